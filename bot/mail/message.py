"""The mails of an edition: all that they share is encoded once, and what differs is put between.

Bodies are base64: every server takes it, an Arabic letter costs 2.7 octets (six in quoted-printable), and three octets
always make four letters. So a text is cut around each mark at multiples of three: the pieces between are encoded once,
and of each mail only a few dozen octets are.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Any

from bot.domain.edition import Letter
from bot.domain.errors import FormatError
from bot.mail import dkim
from bot.mail.headers import domain_of, encoded, mailbox, phrase
from bot.mail.links import LONGEST, TOKEN, Signer, return_path
from bot.mail.marks import MARK

MOST_HTML = 100_000  # octets; Gmail clips at about 102 KB
LINE = 57  # octets that make one line of 76 letters
FIXED = {"unsubscribe", "preferences"}  # marks of one length


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, ready to go."""

    id: int  # of the subscriber
    sender: str  # the return path
    to: str
    content: bytes  # ends with a line end; no line begins with a dot


@dataclass(frozen=True, kw_only=True)
class Dkim:
    """With what mails are signed."""

    domain: str
    selector: str
    key: Any


@dataclass(frozen=True, slots=True)
class _Hole:
    """The place of a mark: the octets before and after it that are encoded together with it."""

    name: str
    before: bytes
    after: bytes


class Mailing:
    """The mails of one edition."""

    def __init__(
        self,
        letter: Letter,
        *,
        edition: int,
        public_url: str,
        return_domain: str,
        signer: Signer,
        dkim_: Dkim | None = None,
    ) -> None:
        self._edition, self._signer, self._return_domain = edition, signer, return_domain
        self._host = domain_of(letter.sender)
        self._link = f"<{public_url}/u/".encode()
        check(letter, public_url)
        self._greeting = greeting(letter.named, letter.nameless)
        boundary = "=_" + hashlib.sha256(f"{letter.list_id}\0{edition}".encode()).hexdigest()[:24]
        shared = _fields(letter, edition, boundary)
        self._head = "".join(f"{name}: {value}\r\n" for name, value in shared.items()).encode()
        parts = [_part(boundary, "plain"), *_pieces(letter.text, html=False), _part(boundary, "html")]
        parts += [*_pieces(letter.html, html=True), f"\r\n--{boundary}--\r\n".encode()]
        self._parts = _joined(parts)
        self._begin = len(self._parts[0]) if isinstance(self._parts[0], bytes) else 0
        self._signature = None
        if dkim_:
            self._signature = dkim.Signature(
                dkim_.key,
                domain=dkim_.domain,
                selector=dkim_.selector,
                at=int(letter.date.timestamp()),
                shared=shared,
                own=("To", "Message-ID", "List-Unsubscribe"),
                begin=self._parts[0] if isinstance(self._parts[0], bytes) else b"",
            )
        self.size = len(self.mail(2**39, "a" * 200 + "@example.org", "").content) + 400

    def return_of(self, subscriber: int) -> str:
        """The return path of a recipient."""
        return return_path(self._signer.tokens(subscriber, self._edition)[2], self._return_domain)

    def mail(self, subscriber: int, address: str, name: str) -> Mail:
        """The mail to one recipient: the same octets whenever it is made."""
        unsubscribe, preferences, back = self._signer.tokens(subscriber, self._edition)
        greeting, where = self._greeting(name), address.encode("ascii")
        values = {
            "unsubscribe": unsubscribe.encode(),
            "preferences": preferences.encode(),
            "address": where,
            "address html": escape(address).encode(),
            "greeting": greeting.encode(),
            "greeting html": escape(greeting).encode(),
        }
        body = b"".join([part if type(part) is bytes else _filled(part, values) for part in self._parts])
        message_id = f"<{back}@{self._host}>".encode()
        link = self._link + unsubscribe.encode() + b">"
        own = b"".join((b"To: ", where, b"\r\nMessage-ID: ", message_id, b"\r\nList-Unsubscribe: ", link, b"\r\n\r\n"))
        signed = b""
        if self._signature:
            signed = self._signature.line((where, message_id, link), memoryview(body)[self._begin :])
        return Mail(
            subscriber, return_path(back, self._return_domain), address, b"".join((signed, self._head, own, body))
        )


def check(letter: Letter, public_url: str) -> None:
    """That the letter may go out; raises FormatError."""
    if (size := len(letter.html.encode())) > MOST_HTML:
        raise FormatError(
            f"The HTML of this edition takes {size // 1000} KB and mail programs clip it at 102: leave articles out.",
            f"حجم HTML في هذا العدد {size // 1000} كيلوبايت وبرامج البريد تقصه عند 102: احذف بعض المواد.",
        )
    if (size := len(public_url) + len("/u/") + TOKEN) > LONGEST:
        raise FormatError(
            f"The link to unsubscribe would take {size} letters, and mailers break what is over {LONGEST}: "
            "`public_url` is too long.",
            f"طول رابط إلغاء الاشتراك {size} حرفا، وخوادم البريد تكسر ما زاد على {LONGEST}: اختصر `public_url`.",
        )


def greeting(named: str, nameless: str) -> Callable[[str], str]:
    """What greets a recipient: `named` with {name} in it, or `nameless`."""
    return lambda name: named.replace("{name}", " ".join(name.split())) if name.strip() else nameless


def _fields(letter: Letter, edition: int, boundary: str) -> dict[str, str]:
    """The fields that all mails of an edition share."""
    answers = {"Reply-To": mailbox(letter.reply_to, "Reply-To")} if letter.reply_to else {}
    return {
        "From": mailbox(letter.sender, "From"),
        **answers,
        "Subject": encoded(letter.subject, "Subject"),
        "Date": format_datetime(letter.date.astimezone(UTC)),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative;\r\n boundary="{boundary}"',
        "List-Id": f"{phrase(letter.newsletter_name, 'List-Id')} <{letter.list_id}>",
        # campaign, customer, type of mail, sender: as Gmail's complaint loop wants it
        "Feedback-ID": f"{edition}:{letter.newsletter}:newsletter:{parseaddr(letter.sender)[1].rpartition('@')[2]}",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
    }


def _part(boundary: str, kind: str) -> bytes:
    start = "" if kind == "plain" else "\r\n"
    return (
        f"{start}--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    ).encode()


def _pieces(text: str, *, html: bool) -> list[bytes | _Hole]:
    """A text cut around its marks."""
    if not html:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    steps = MARK.split(text)
    raw = [step.encode() for step in steps[::2]]
    found: list[bytes | _Hole] = []
    rest = raw[0]
    for name, after in zip(steps[1::2], raw[1:], strict=True):
        whole = len(rest) // 3 * 3
        found.append(_lines(rest[:whole]))
        taken = -(len(rest) - whole + TOKEN) % 3 if name in FIXED else 0
        used = name if name in FIXED or not html else f"{name} html"
        found.append(_Hole(used, rest[whole:], after[:taken]))
        rest = after[taken:]
    found.append(_lines(rest))
    return found


def _filled(hole: Any, values: dict[str, bytes]) -> bytes:
    octets: bytes = hole.before + values[hole.name] + hole.after
    if short := len(octets) % 3:
        octets += b"  "[short - 1 :]
    if len(octets) <= LINE:
        return binascii.b2a_base64(octets, newline=False) + b"\r\n"
    return _lines(octets)


def _lines(octets: bytes) -> bytes:
    """In base64, in lines of 76 letters; nothing of nothing."""
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def _joined(parts: Sequence[bytes | _Hole]) -> list[bytes | _Hole]:
    """Neighbours that are known already made one."""
    found: list[bytes | _Hole] = []
    for part in parts:
        if isinstance(part, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += part
        else:
            found.append(part)
    return found
