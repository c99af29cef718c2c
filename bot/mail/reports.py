"""What comes back: reports of delivery (RFC 3464), complaints (RFC 5965), and what older servers write instead."""

import email
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from typing import Literal

from bot.mail.replies import NO_MAILBOX, is_no_mailbox

Kind = Literal["hard", "soft", "complaint"]
LARGEST = 2_000_000  # octets that are looked at
_ADDRESS = re.compile(r"b-[0-9a-fA-F]{32}@[A-Za-z0-9.-]+")
# some providers cut the return path out of what they send back; the Message-ID of our mails holds the same name
_MESSAGE_ID = re.compile(r"^Message-ID:\s*<([0-9a-f]{32}@[A-Za-z0-9.-]+)>", re.IGNORECASE | re.MULTILINE)

_SAID = re.compile(r"(?:smtp;\s*)?(?P<code>[245]\d\d)[ -](?P<words>.*)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Report:
    """One bounce or complaint."""

    kind: Kind
    paths: tuple[str, ...]  # return paths that it names; which of them are ours, their signature says
    status: str  # 5.1.1
    detail: str  # the server's words
    digest: str  # of the whole: the same report told twice is one


def read(raw: bytes) -> Report | None:
    """The report that a mail is; None where it is none, or tells of a mere delay."""
    raw = raw[:LARGEST]
    message = email.message_from_bytes(raw, policy=policy.compat32)
    found = _complaint(message) or _delivery(message) or _by_pattern(message)
    if found is None:
        return None
    kind, status, detail = found
    text = _text(message, raw)
    named = [*_ADDRESS.findall(text), *(f"b-{match}" for match in _MESSAGE_ID.findall(text))]
    paths = tuple(dict.fromkeys(each.lower() for each in named))
    return Report(
        kind=kind,
        paths=paths,
        status=_kept(status)[:16],
        detail=_kept(detail)[:300],
        digest=hashlib.sha256(raw).hexdigest(),
    )


def _kept(words: str) -> str:
    """What a stranger wrote, as every database keeps it: PostgreSQL takes no NUL."""
    return " ".join(words.replace("\0", " ").split())


def _text(message: Message, raw: bytes) -> str:
    """The envelope's own fields first, then all that is readable."""
    fields = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "X-Envelope-To")
    heads = [str(value) for name in fields for value in message.get_all(name, [])]
    return "\n".join([*heads, raw.decode("ascii", "ignore")])


def _complaint(message: Message) -> tuple[Kind, str, str] | None:
    if message.get_param("report-type") != "feedback-report":
        return None
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            fields = _fields(part)
            kind = fields.get("feedback-type", "").lower()
            return ("complaint", "", f"{kind} {fields.get('user-agent', '')}") if kind in ("abuse", "fraud") else None
    return None


def _delivery(message: Message) -> tuple[Kind, str, str] | None:
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _blocks(part):
            action = str(block.get("Action", "")).strip().lower()
            status = str(block.get("Status", "")).strip().split(" ")[0]
            if action == "failed":
                detail = str(block.get("Diagnostic-Code", "")) or status
                return "hard" if _is_dead(status, detail) else "soft", status, detail
    return None


def _is_dead(status: str, detail: str) -> bool:
    """Whether the mailbox is gone; where the status tells no more than 5.0.0, as Exim's, the server's words decide."""
    if status != "5.0.0":
        return status.startswith("5.") and status[2:] in NO_MAILBOX
    said = _SAID.match(" ".join(detail.split()))
    return said is not None and is_no_mailbox(int(said["code"]), said["words"])


def _blocks(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (each for each in payload if isinstance(each, Message))


def _fields(part: Message) -> dict[str, str]:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(inner, Message):
        inner = email.message_from_string(str(part.get_payload()))
    return {name.lower(): str(value).strip() for name, value in inner.items()}


def _by_pattern(message: Message) -> tuple[Kind, str, str] | None:
    """By the ways of servers that know no RFC 3464; an answer of a person or a machine is none of them."""
    if any(part.get_content_type() == "message/delivery-status" for part in message.walk()):
        return None  # it said what it is: a delay, or a success
    if str(message.get("Auto-Submitted", "")).lower().startswith("auto-replied") or not message.get("From"):
        return None
    from flufl.bounce import all_failures  # over forty detectors: loaded for mails that need them

    try:
        temporary, permanent = all_failures(message)
    except Exception:  # a detector that stumbles over a mail knows nothing of it
        return None
    if permanent:
        return "hard", "", str(message.get("Subject", ""))
    return ("soft", "", str(message.get("Subject", ""))) if temporary else None
