"""What a button carries: which act on which card, signed so that nobody else can make one."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.delivery import Delivery

LONGEST = 64  # bytes (core.telegram.org/bots/api#inlinekeyboardbutton)


@dataclass(frozen=True, kw_only=True)
class Press:
    """What a button asks for."""

    act: str  # one letter
    card: int = 0
    target: int = 0  # a delivery; 0: all that the card still asks about
    segment: int = 0
    seen: str = ""  # how the deliveries stood when the button was drawn


def standing(deliveries: Iterable[Delivery], acts: Mapping[int, int]) -> str:
    """Changes whenever one of them is changed, moves on, or somebody acts on it; `acts`: the newest act on each."""
    told = [f"{d.id}.{d.edition}.{d.state}.{acts.get(d.id, 0)}" for d in sorted(deliveries, key=lambda d: d.id)]
    return _short(hashlib.sha256(" ".join(told).encode()).digest(), 6)


class Signer:
    """Makes and reads what buttons carry, for the chat that they stand in."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"telegram desk buttons", "sha256")

    def pack(self, chat_id: int, press: Press) -> str:
        """At most 64 bytes."""
        said = f"{press.act}{press.card:x}.{press.target:x}.{press.segment:x}.{press.seen}"
        packed = f"{said}.{self._mac(chat_id, said)}"
        if len(packed) > LONGEST:
            raise ValueError("a button carries at most 64 bytes")
        return packed

    def unpack(self, chat_id: int, data: str) -> Press | None:
        """None where we did not make it for this chat."""
        said, _, mac = data.rpartition(".")
        if not hmac.compare_digest(self._mac(chat_id, said).encode(), mac.encode("utf-8", "replace")):
            return None
        head, target, segment, seen = said.split(".")
        return Press(act=head[0], card=int(head[1:], 16), target=int(target, 16), segment=int(segment, 16), seen=seen)

    def _mac(self, chat_id: int, said: str) -> str:
        told = f"{chat_id} {said}".encode("utf-8", "replace")
        return _short(hmac.digest(self._key, told, "sha256"), 12)


def _short(digest: bytes, length: int) -> str:
    return base64.urlsafe_b64encode(digest[:length]).decode().rstrip("=")
