"""Subscriber (مشترك): one address that asked for newsletters."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.say import Say


class SubscriberState(StrEnum):
    """How far a subscriber has come."""

    PENDING = "pending"  # asked, and has not followed the link that confirms it
    ACTIVE = "active"  # gets mail
    LEFT = "left"  # reads nothing any more


class Frequency(StrEnum):
    """How often a subscriber reads a newsletter."""

    DAILY = "daily"
    WEEKLY = "weekly"
    EACH = "each"  # every article as it comes


class Suppressed(StrEnum):
    """Why an address gets nothing."""

    UNSUBSCRIBED = "unsubscribed"
    HARD_BOUNCE = "hard_bounce"  # its server says that there is no such mailbox
    SOFT_BOUNCES = "soft_bounces"  # it could not be delivered to for too long
    COMPLAINT = "complaint"  # its owner called a mail spam
    BY_HAND = "by_hand"  # an editor said so


# a confirmed sign-up lifts these
CAME_BACK = (Suppressed.UNSUBSCRIBED, Suppressed.HARD_BOUNCE, Suppressed.SOFT_BOUNCES)
SUPPRESSED = {
    Suppressed.UNSUBSCRIBED: Say("unsubscribed", "ألغى الاشتراك"),
    Suppressed.HARD_BOUNCE: Say("no such mailbox", "لا صندوق بهذا العنوان"),
    Suppressed.SOFT_BOUNCES: Say("bounced again and again", "ارتد مرارا"),
    Suppressed.COMPLAINT: Say("complained", "اشتكى"),
    Suppressed.BY_HAND: Say("by hand", "بقرار من المكتب"),
}


STANDINGS = {
    SubscriberState.PENDING: Say("not confirmed", "لم يؤكد بعد"),
    SubscriberState.ACTIVE: Say("active", "مشترك"),
    SubscriberState.LEFT: Say("left", "غادر"),
}


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """One subscriber, as mail is sent to."""

    id: int
    address: str  # in ASCII
    name: str = ""
    state: SubscriberState = SubscriberState.ACTIVE
    language: str = "ar"
    created_at: datetime | None = None


_SENDABLE = re.compile(r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def is_sendable(address: str | None) -> bool:
    """Whether a mail can go to it as it is: ASCII, no quotation, nothing that would be another command of SMTP."""
    return bool(address and _SENDABLE.fullmatch(address))


def digest_of(key: str) -> str:
    """What is kept of a normalised address in suppressions, also after an erasure."""
    return hashlib.sha256(f"nashir:{key}".encode()).hexdigest()
