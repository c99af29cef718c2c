"""The desk (المكتب): pages for editors. Each page reads; each act is one function of the office."""

import logging

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

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

TOO_LARGE = BotError("A field is larger than a megabyte.", "في النموذج حقل أكبر من ميغابايت.")
NOWHERE = BotError("There is no such page.", "لا صفحة بهذا العنوان.")
ODD = BotError(
    "Something in this form is missing, too long or not a number.", "في النموذج شيء ناقص أو أطول من اللازم أو ليس رقما."
)


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
        web.add_exception_handler(RequestValidationError, lambda request, _: self.door.told(request, ODD, 422))
        web.add_exception_handler(HTTPException, self._odd)
        web.add_exception_handler(Exception, self._broken)

    def refused(self, request: Request, error: BotError, status: int) -> Response | None:
        """The sentence as a page for somebody who is signed in, else None."""
        return self.door.told(request, error, status) if self.door.session(request) else None

    async def _odd(self, request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == 400:  # of a form that is too large to be read
            return await run_in_threadpool(self.door.told, request, TOO_LARGE, 413)
        if isinstance(error, HTTPException) and error.status_code == 404:
            page = await run_in_threadpool(self.refused, request, NOWHERE, 404)
            return page or PlainTextResponse(f"{NOWHERE.say.ar}\n{NOWHERE.say.en}", 404)
        return await http_exception_handler(request, error)  # type: ignore[arg-type]  # registered for it only

    def _broken(self, request: Request, error: Exception) -> Response:
        log.error("%s %s", request.method, request.url.path, exc_info=error)
        return PlainTextResponse("A fault of ours; it stands in the log.\nخلل منا، وهو في سجل البرنامج.", 500)

    def _told(self, request: Request, error: Exception) -> Response:
        return self.door.told(request, error)  # type: ignore[arg-type]  # registered for BotError only
