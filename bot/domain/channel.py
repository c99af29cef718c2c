"""Channel (قناة) and Receipt (إيصال)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.post import Service
from bot.domain.say import Say


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One account on one service, as selection and composing need to know it; secrets are elsewhere."""

    name: str
    service: Service
    live: bool = False  # False: its posts go to the preview
    account: str = ""
    mode: str = ""  # X: thread, short or long; Telegram: message, expandable, messages, caption or rich
    card: str = "picture"  # Telegram, under the text: the picture's or the link's card, or none
    utm: tuple[tuple[str, str], ...] = ()  # parameters added to the link
    approval: Literal["none", "editor", "chief"] = "none"  # who must release what selection picks


MODES: dict[Service, tuple[str, ...]] = {  # of a post, as formats/ knows them; the first is the usual one
    "x": ("thread", "short", "long"),
    "telegram": ("message", "expandable", "messages", "caption", "rich"),
    "email": (),
}


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Proof from the service that one segment is out."""

    remote_id: str
    url: str = ""
    place: str = ""  # the number of its chat, outside of which the id means nothing; empty where ids hold everywhere
    free_at: datetime | None = None  # the service takes nothing more before


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose account a channel's keys open, as the service itself says."""

    name: str
    note: Say | None = None  # why it cannot publish although the keys are right
    hint: Say | None = None  # what could be better


@dataclass(frozen=True, kw_only=True)
class Health:
    """What is known of a lane besides its deliveries."""

    channel: str
    down: Say | None = None  # why nothing can go out
    retry_at: datetime | None = None  # nothing is tried on this lane before
