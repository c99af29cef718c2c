"""Channels tried and sources paused, by a press."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Request, Response

from bot.app import App
from bot.domain.errors import BotError, NotFound
from bot.domain.limits import Room
from bot.domain.person import Act, Actor
from bot.web.desk.door import Door, acting

MOST_ACTS = 300  # of each kind, among which the last try of each channel is looked for
TRIED = ("test", "test_sent", "test_failed")


def routes(door: Door) -> APIRouter:
    """The presses; they stand before the acts, whose addresses take any word."""
    web, app = APIRouter(), door.app

    @web.post("/channels/{name}/check")
    def check(name: str, request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """Ask the service whose keys these are; nothing is published. The answer stands on the page."""
        app.handwork.trials.check(who, name)
        return door.done(request)

    @web.post("/channels/{name}/test")
    def test(name: str, request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """A message that everybody sees, and that says of itself that it is a test."""
        app.handwork.trials.send(who, name)
        return door.done(request)

    @web.post("/sources/{name}/{act}")
    def source(name: str, act: str, request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """Leave a source alone, or read it again."""
        if act == "pause":
            app.handwork.sourcing.pause(who, name)
        elif act == "resume":
            app.handwork.sourcing.resume(who, name)
        else:
            raise NotFound("There is no such act.", "لا فعل بهذا الاسم.")
        return door.done(request)

    return web


def rooms(app: App) -> Mapping[str, list[Room]]:
    """What the limits of each live channel let through now; nothing of one whose keys are missing."""
    found: dict[str, list[Room]] = {}
    for name, channel in app.channels.items():
        if channel.live:
            try:
                found[name] = app.handwork.trials.rooms(channel)
            except BotError:  # its fault stands on the page already, or comes with a check
                continue
    return found


def trials(app: App) -> Mapping[str, Act]:
    """The last check or test of each channel."""
    acts = [act for what in TRIED for act in app.acts.listing(what=what, limit=MOST_ACTS)]
    return {str(act.detail.get("channel", "")): act for act in sorted(acts, key=lambda act: act.id)}
