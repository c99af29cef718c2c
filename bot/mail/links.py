"""Signed names of one recipient of one edition: in links, in the return path, in the Message-ID.

One HMAC-SHA256 over both ids; each use has bytes of it to itself, so that one tells nothing of another.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

TOKEN = 24  # letters of a token of a link
LONGEST = 70  # letters of the address in List-Unsubscribe: mailers fold or encode longer ones
_UNSUBSCRIBE, _PREFERENCES, _RETURN = slice(0, 9), slice(9, 18), slice(18, 25)
_RETURN_PREFIX = "b-"


@dataclass(frozen=True)
class Who:
    """A recipient of an edition; edition 0 is none."""

    subscriber: int
    edition: int


class Signer:
    """Makes and reads the tokens of one newsroom."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"nashir: names of recipients", "sha256")
        self._links = hmac.digest(key, b"nashir: links of editions", "sha256")
        self._signups = hmac.digest(key, b"nashir: sign-ups", "sha256")

    def tokens(self, subscriber: int, edition: int) -> tuple[str, str, str]:
        """For the links to unsubscribe and to preferences, and for the return path."""
        name = _name(subscriber, edition)
        mac = hmac.digest(self._key, name, "sha256")
        return (
            base64.urlsafe_b64encode(name + mac[_UNSUBSCRIBE]).decode(),
            base64.urlsafe_b64encode(name + mac[_PREFERENCES]).decode(),
            (name + mac[_RETURN]).hex(),
        )

    def unsubscribing(self, token: str) -> Who | None:
        """Whose token to unsubscribe it is; None where it is forged or changed."""
        return self._read(_link(token), _UNSUBSCRIBE)

    def preferring(self, token: str) -> Who | None:
        """Whose token of preferences it is; None where it is forged or changed."""
        return self._read(_link(token), _PREFERENCES)

    def returned(self, address: str) -> Who | None:
        """Whose return path an address is, however its letters were changed; None where it is forged."""
        local = address.strip().strip("<>").rpartition("@")[0].lower()
        if not local.startswith(_RETURN_PREFIX):
            return None
        try:
            return self._read(bytes.fromhex(local[len(_RETURN_PREFIX) :]), _RETURN)
        except ValueError:
            return None

    def click(self, edition: int, link: int) -> str:
        """The token of one link of an edition; it says nothing of who follows it."""
        name = edition.to_bytes(4, "big") + link.to_bytes(2, "big")
        return base64.urlsafe_b64encode(name + hmac.digest(self._links, name, hashlib.sha256)[:9]).decode()

    def clicked(self, token: str) -> tuple[int, int] | None:
        """Edition and link; None where it is forged or changed."""
        raw = _link(token, 20)
        if len(raw) != 15 or not hmac.compare_digest(hmac.digest(self._links, raw[:6], "sha256")[:9], raw[6:]):
            return None
        return int.from_bytes(raw[:4], "big"), int.from_bytes(raw[4:6], "big")

    def confirming(self, signup: int, until: datetime) -> str:
        """The token by which a sign-up is confirmed, good until then."""
        name = signup.to_bytes(5, "big") + (int(until.timestamp()) // 60).to_bytes(4, "big")
        return base64.urlsafe_b64encode(name + hmac.digest(self._signups, name, "sha256")[:9]).decode()

    def confirmed(self, token: str, now: datetime) -> int | None:
        """Whose token it is; 0 where its time is over, None where it is forged or changed."""
        name, given = (raw := _link(token))[:9], raw[9:]
        if not raw or not hmac.compare_digest(hmac.digest(self._signups, name, "sha256")[:9], given):
            return None
        over = int.from_bytes(name[5:], "big") * 60 < now.timestamp()
        return 0 if over else int.from_bytes(name[:5], "big")

    def _read(self, raw: bytes, use: slice) -> Who | None:
        name, given = raw[:9], raw[9:]
        if len(given) != use.stop - use.start:
            return None
        if not hmac.compare_digest(hmac.digest(self._key, name, "sha256")[use], given):
            return None
        return Who(int.from_bytes(name[:5], "big"), int.from_bytes(name[5:], "big"))


def return_path(token: str, domain: str) -> str:
    """The address to which a mail that cannot be delivered comes back."""
    return f"{_RETURN_PREFIX}{token}@{domain}"


def _name(subscriber: int, edition: int) -> bytes:
    return subscriber.to_bytes(5, "big") + edition.to_bytes(4, "big")


def _link(token: str, length: int = TOKEN) -> bytes:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True) if len(token) == length else b""
    except (binascii.Error, ValueError):
        return b""
