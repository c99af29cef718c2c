"""Subscription (اشتراك في محور): a hub's promise to bring a feed as soon as it changes (WebSub)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.say import Say


class SubscriptionState(StrEnum):
    """How far a hub has come."""

    ASKED = "asked"  # the hub was asked and has not verified yet
    ACTIVE = "active"  # verified; the hub brings what is new
    DENIED = "denied"  # the hub refused


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """One source's subscription at one hub."""

    source: str
    hub: str
    topic: str
    callback: str  # where the hub brings it
    state: SubscriptionState
    asked_at: datetime
    until: datetime | None = None  # the end of the hub's lease
    note: Say | None = None
