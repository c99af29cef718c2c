"""Telegram: answers over which python-telegram-bot would stumble, or whose status it would hide.

The library reads an error's body as an object with known keys, and gives most statuses one class. Here the status alone
decides where the body says nothing: a 4xx is surely refused.
"""

import json
from http import HTTPStatus
from typing import Any

from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

FLOOD = 30  # seconds, where a 429 names none
MOST_SECONDS = 10_000_000  # that a 429 is believed

KINDS: dict[int, type[TelegramError]] = {
    400: BadRequest,
    401: InvalidToken,
    403: Forbidden,
    404: InvalidToken,
    408: NetworkError,  # what a proxy says that may have passed the request on
    409: Conflict,
}


class PlainAnswers(HTTPXRequest):
    """Asks as the library does; what it would stumble over is an error that it knows."""

    async def do_request(self, *given: Any, **more: Any) -> tuple[int, bytes]:
        """Status and body; raises TelegramError."""
        code, payload = await super().do_request(*given, **more)
        if error := fault(code, payload):
            raise error
        return code, payload


def fault(code: int, payload: bytes) -> TelegramError | None:
    """What an answer means by its status; None where the library reads it itself."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        found = None
    body: dict[str, Any] = found if isinstance(found, dict) else {}
    if 200 <= code < 300:
        return None if "result" in body else TelegramError("Invalid server response")
    parameters = body.get("parameters")
    if isinstance(parameters, dict):
        seconds, chat = parameters.get("retry_after"), parameters.get("migrate_to_chat_id")
        if isinstance(chat, int) or (isinstance(seconds, int) and 0 < seconds < MOST_SECONDS):
            return None
    if code == 429:
        return RetryAfter(FLOOD)
    said = body.get("description")
    if not isinstance(said, str) or not said.strip():
        said = f"{HTTPStatus(code).phrase if code in list(HTTPStatus) else 'HTTP'} ({code})"
    return KINDS.get(code, BadRequest if 400 <= code < 500 else NetworkError)(said)
