"""The calls of the Bot API: their parameters, their refusals, and the record of an accepted one."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from email.parser import BytesParser
from urllib.parse import parse_qsl

from tests.servers import JsonObject, Request
from tests.servers.telegram_html import Entity

NESTED = {"rich_message", "media", "link_preview_options", "reply_parameters", "entities", "reply_markup"}


@dataclass(frozen=True)
class KeptMessage:
    """One accepted call: a send, an edit, a forward or a deletion."""

    message_id: int
    chat_id: int
    text: str
    raw_text: str
    entities: list[Entity] = field(default_factory=list)
    link_preview: JsonObject | None = None
    reply_to: int | None = None
    method: str = "sendMessage"
    at: float = field(default_factory=time.time)
    reply_markup: JsonObject | None = None
    forward_of: int | None = None
    photo: str = ""
    rich: JsonObject | None = None
    silent: bool = False


class Refused(Exception):
    """A call the service refuses."""

    def __init__(self, description: str, code: int = 400) -> None:
        super().__init__(description)
        self.description, self.code = description, code


def parameters(request: Request) -> JsonObject:
    """The parameters of a call, from the query and any of the three kinds of body."""
    found: JsonObject = dict(request.query)
    kind = request.headers.get_content_type()
    if kind == "application/json":
        found |= json.loads(request.body or b"{}")
    elif kind == "multipart/form-data":
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        for part in BytesParser().parsebytes(head + request.body).walk():
            name = part.get_param("name", header="Content-Disposition")
            content = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(content, bytes):
                found[name] = content if part.get_filename() else content.decode()
    else:
        found |= dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    for name in NESTED & found.keys():
        if isinstance(found[name], str):
            try:
                found[name] = json.loads(found[name])
            except ValueError:
                raise Refused(f"Bad Request: can't parse {name} JSON object") from None
    return found
