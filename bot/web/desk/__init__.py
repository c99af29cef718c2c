"""The desk (المكتب): pages for editors. Each page reads; each act is one function of the office."""

import logging

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from bot.app import App
from bot.domain.errors import BotError
from bot.web.desk import (
    acts,
    article,
    board,
    calendar,
    editions,
    entry,
    gates,
    readers,
    remaking,
    results,
    rules,
    settings,
    switches,
)
from bot.web.desk.door import Door
from bot.web.desk.live import Live

log = logging.getLogger(__name__)


class Desk:
    """The desk of one newsroom."""

    def __init__(self, app: App) -> None:
        self.door = Door(app)
        self.live = Live(app)

    def join(self, web: FastAPI) -> None:
        """Put the pages into the web application."""
        first = (gates, board, article, switches, remaking, acts, entry, calendar)
        for part in (*first, editions, readers, results, rules, settings):
            web.include_router(part.routes(self.door))
        web.include_router(self.live.routes(self.door))
        web.add_exception_handler(BotError, self._told)
        web.add_exception_handler(Exception, self._broken)

    def refused(self, request: Request, error: BotError, status: int) -> Response | None:
        """The sentence as a page for somebody who is signed in, else None."""
        return self.door.told(request, error, status) if self.door.session(request) else None

    def _broken(self, request: Request, error: Exception) -> Response:
        log.error("%s %s", request.method, request.url.path, exc_info=error)
        return PlainTextResponse("A fault of ours; it stands in the log.\nخلل منا، وهو في سجل البرنامج.", 500)

    def _told(self, request: Request, error: Exception) -> Response:
        return self.door.told(request, error)  # type: ignore[arg-type]  # registered for BotError only
