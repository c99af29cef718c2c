"""Whatever goes wrong, in one shape: {"error": {"code", "message", "message_ar"}}."""

import logging
from collections.abc import Callable, Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from bot.config import wanted
from bot.domain.errors import BotError, FormatError, NotFound, Refused, SourceError
from bot.domain.person import NotAllowed
from bot.domain.say import Say
from bot.pipeline.office import Conflict
from bot.store.database import DatabaseError

log = logging.getLogger(__name__)

MEANINGS: tuple[tuple[type[BotError], int, str], ...] = (  # the first that fits
    (NotAllowed, 403, "not_allowed"),
    (NotFound, 404, "not_found"),
    (Conflict, 409, "conflict"),
    (Refused, 409, "refused"),
    (FormatError, 422, "format"),
    (SourceError, 422, "source"),
    (DatabaseError, 503, "unavailable"),
    (BotError, 422, "refused"),
)
NO_ROUTE = Say("There is nothing at this address.", "لا شيء في هذا العنوان.")
NO_METHOD = Say("This address does not take that method.", "لا يقبل هذا العنوان هذه الطريقة.")
NO_JSON = Say("The body is not valid JSON.", "الجسم ليس JSON صحيحا.")
BROKEN = Say("A fault of ours; it is in the log.", "خلل عندنا، وهو في السجل.")


class Error(BaseModel):
    """What is wrong, for programs (`code`) and for people."""

    code: str
    message: str
    message_ar: str


class Fault(BaseModel):
    """The answer where something is wrong."""

    error: Error


def answer(status: int, code: str, say: Say, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """One answer in that shape."""
    body = Fault(error=Error(code=code, message=say.en, message_ar=say.ar))
    return JSONResponse(body.model_dump(), status, dict(headers or {}))


def of(error: Exception, redact: Callable[[str], str]) -> JSONResponse | None:
    """The answer to what a request raised; None for a fault of ours."""
    if isinstance(error, BotError):
        status, code = next((status, code) for kind, status, code in MEANINGS if isinstance(error, kind))
        return answer(status, code, Say(redact(error.say.en), redact(error.say.ar)))
    if isinstance(error, RequestValidationError):
        found = error.errors()
        if any(each["type"] == "json_invalid" for each in found):
            return answer(400, "malformed", NO_JSON)
        # where and why, not what: an input may be large, or hold what is no text
        places = [(_place(each["loc"]), wanted.said(each)) for each in found[:5]]
        en, ar = ("; ".join(f"{place}: {say.to(to)}" for place, say in places) for to in ("en", "ar"))
        en, ar = (words.encode("utf-8", "replace").decode("utf-8") for words in (en, ar))
        return answer(422, "invalid", Say(f"The request is not valid: {en}.", f"الطلب غير صحيح: {ar}."))
    if isinstance(error, HTTPException):
        say = {404: NO_ROUTE, 405: NO_METHOD}.get(error.status_code, NO_JSON)
        code = {404: "not_found", 405: "method"}.get(error.status_code, "malformed")
        return answer(error.status_code, code, say, error.headers)
    return None


def handle(api: FastAPI, redact: Callable[[str], str]) -> None:
    """Let every error of an application take that shape."""

    def known(_request: Request, error: Exception) -> JSONResponse:
        return of(error, redact) or broken(_request, error)

    def broken(_request: Request, error: Exception) -> JSONResponse:
        log.error("the API failed", exc_info=error)
        return answer(500, "fault", BROKEN)

    for kind in (BotError, RequestValidationError, HTTPException):
        api.add_exception_handler(kind, known)
    api.add_exception_handler(Exception, broken)


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(each)[:40] for each in loc)
