"""A letter for tests, and a strict reader of mails."""

import base64
import re
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from bot.domain.edition import Letter
from bot.mail import marks
from bot.mail.links import Signer
from bot.mail.message import Dkim, Mailing

PUBLIC = "https://desk.example.org"
KEY = rsa.generate_private_key(65537, 2048)
SIGNER = Signer(b"a key for tests")
DATE = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def letter(**more: Any) -> Letter:
    """A letter with every mark."""
    values: dict[str, Any] = {
        "newsletter": "morning",
        "newsletter_name": "نشرة الصباح",
        "sender": "الرواق <news@example.org>",
        "reply_to": "",
        "list_id": "morning.example.org",
        "subject": "أهم أخبار اليوم في المدينة وما حولها كما اختارها محررو النشرة لقرائها هذا الصباح",
        "date": DATE,
        "text": f"مرحبا\n{PUBLIC}/u/{marks.UNSUBSCRIBE}\n\n{'خبر طويل. ' * 60}\n{marks.GREETING}\n"
        f"{marks.ADDRESS}\n{PUBLIC}/p/{marks.PREFERENCES}\n",
        "html": f'<html dir="rtl"><a href="{PUBLIC}/u/{marks.UNSUBSCRIBE}">x</a><p>{"خبر. " * 300}</p>'
        f'<p>{marks.GREETING}</p><span>{marks.ADDRESS}</span><a href="{PUBLIC}/p/{marks.PREFERENCES}">y</a></html>',
        "named": "مرحبا {name}،",
        "nameless": "مرحبا،",
    }
    return Letter(**(values | more))


def mailing(*, signed: bool = True, edition: int = 7, **more: Any) -> Mailing:
    """The mails of that letter."""
    return Mailing(
        letter(**more),
        edition=edition,
        public_url=PUBLIC,
        return_domain="bounces.example.org",
        signer=SIGNER,
        dkim_=Dkim(domain="example.org", selector="s1", key=KEY) if signed else None,
    )


_FIELD = re.compile(rb"[!-9;-~]+: ?[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n")
_WORD = re.compile(rb"=\?[^?]+\?[bBqQ]\?[^? ]*\?=")
ONCE = (
    "From To Subject Date Message-ID MIME-Version Content-Type List-Id List-Unsubscribe List-Unsubscribe-Post".split()
)


def faults(raw: bytes) -> list[str]:
    """What RFC 5322, 2045, 2047, 2369 and 8058 forbid of it."""
    found = []
    head, _, body = raw.partition(b"\r\n\r\n")
    head += b"\r\n"
    found += [] if raw.endswith(b"\r\n") else ["the end is no line end"]
    found += ["a bare CR or LF"] if re.search(rb"\r(?!\n)|(?<!\r)\n", raw) else []
    found += [f"a line of {len(line)} octets" for line in raw.split(b"\r\n") if len(line) > 998]
    found += ["a line of a body over 76"] if any(len(line) > 76 for line in body.split(b"\r\n")) else []
    found += ["a line that begins with a dot"] if re.search(rb"(?m)^\.", raw) else []
    found += ["octets above 127"] if any(octet > 127 for octet in raw) else []
    fields = _FIELD.findall(head)
    found += ["a field that is none"] if b"".join(fields) != head else []
    names = [field.partition(b":")[0].decode().lower() for field in fields]
    found += [f"{name}: {names.count(name.lower())} times" for name in ONCE if names.count(name.lower()) != 1]
    found += [f"an encoded word of {len(word)}" for word in _WORD.findall(head) if len(word) > 75]
    for field in fields:
        name, _, value = field.partition(b":")
        if name == b"List-Unsubscribe":
            good = re.fullmatch(rb" <https://[!-;=?-~]{1,62}>\r\n", value)
            found += [] if good else [f"List-Unsubscribe: {value!r}"]
        long = [line for line in field.split(b"\r\n") if len(line) > 78]
        found += [f"{name.decode()}: a line of {len(long[0])}"] if long and name != b"List-Unsubscribe" else []
    return found + _part_faults(body)


def _part_faults(body: bytes) -> list[str]:
    found = []
    for part in re.split(rb"--=_[0-9a-f]+(?:--)?\r\n", body)[1:]:
        content = part.partition(b"\r\n\r\n")[2].strip(b"\r\n")
        if content:
            joined = content.replace(b"\r\n", b"")
            try:
                base64.b64decode(joined, validate=True).decode("utf-8")
            except ValueError as error:
                found.append(f"a part that is no base64 of UTF-8: {error}")
    return found
