"""Channels, their pauses, the stop of all sending, and whether we are well."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from bot.app import App
from bot.ops import readiness
from bot.web.api.guard import By, Guarded, needs
from bot.web.api.models import ChannelOut, ChannelsOut, Done, Health, Saying

Name = Annotated[str, Path(max_length=60)]


def router(app: App) -> APIRouter:
    """The routes of channels."""
    routes = APIRouter(route_class=Guarded, tags=["channels"])

    @routes.get("/channels")
    @needs("posts:read")
    def listing() -> ChannelsOut:
        """Every channel, and why one stands still."""
        pauses = app.lanes.pauses()
        stopped = pauses.get(None)
        return ChannelsOut(
            channels=[
                ChannelOut.of(each, pauses.get(each.name), app.lanes.health(each.name).down)
                for each in app.channels.values()
            ],
            stopped=Saying.of(stopped) if stopped else None,
        )

    @routes.post("/channels/{name}/pause")
    @needs("actions:write")
    def pause(name: Name, by: By) -> Done:
        """Begin nothing on a channel from now on."""
        return Done(changed=app.office.pause(by, name))

    @routes.post("/channels/{name}/resume")
    @needs("actions:write")
    def resume(name: Name, by: By) -> Done:
        """Let a channel go on."""
        return Done(changed=app.office.resume(by, name))

    @routes.post("/stop-all")
    @needs("actions:write")
    def stop_all(by: By) -> Done:
        """Begin nothing anywhere from now on."""
        return Done(changed=app.office.pause(by, None))

    @routes.post("/start-all")
    @needs("actions:write")
    def start_all(by: By) -> Done:
        """Take the stop of all sending off."""
        return Done(changed=app.office.resume(by, None))

    @routes.get("/health", responses={503: {"model": Health, "description": "It cannot."}})
    def health(response: Response) -> Health:
        """Whether nashir can do its work; open to all."""
        faults = readiness.faults(app.database, app.clock_fault())
        response.status_code = 503 if faults else 200
        return Health(ready=not faults, faults=faults)

    return routes
