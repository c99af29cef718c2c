"""A mail to one person, such as the one that a sign-up is confirmed by."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parseaddr

from bot.mail import dkim
from bot.mail.headers import domain_of, encoded, mailbox
from bot.mail.message import Dkim, Mail


def notice(
    *,
    id_: int,
    sender: str,
    to: str,
    reply_to: str,
    subject: str,
    text: str,
    html: str,
    at: datetime,
    unique: str,
    signing: Dkim | None,
) -> Mail:
    """The mail; `unique` makes its Message-ID. It has no List-Unsubscribe: it goes once, to who asked for it."""
    boundary = "=_" + hashlib.sha256(unique.encode()).hexdigest()[:24]
    host = domain_of(sender)
    answers = {"Reply-To": mailbox(reply_to, "Reply-To")} if reply_to else {}
    fields = {
        "From": mailbox(sender, "From"),
        **answers,
        "To": to,
        "Subject": encoded(subject, "Subject"),
        "Date": format_datetime(at.astimezone(UTC)),
        "Message-ID": f"<{hashlib.sha256(unique.encode()).hexdigest()[:32]}@{host}>",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative;\r\n boundary="{boundary}"',
        "Auto-Submitted": "auto-generated",
    }
    body = _part(boundary, "plain", text) + _part(boundary, "html", html) + f"--{boundary}--\r\n".encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
    content = _signed(fields, body, at, signing) + head + b"\r\n" + body
    return Mail(id_, parseaddr(sender)[1], to, content)


def _signed(fields: Mapping[str, str], body: bytes, at: datetime, signing: Dkim | None) -> bytes:
    if signing is None:
        return b""
    signature = dkim.Signature(
        signing.key,
        domain=signing.domain,
        selector=signing.selector,
        at=int(at.timestamp()),
        shared=fields,
        own=(),
        begin=body,
    )
    return signature.line((), b"")


def _part(boundary: str, kind: str, text: str) -> bytes:
    octets = "\r\n".join(text.splitlines()).encode() + b"\r\n"
    coded = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    head = f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + coded
