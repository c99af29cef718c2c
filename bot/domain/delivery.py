"""Delivery: one post on its way to one channel; the rows of the outbox (صندوق الصادر)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.channel import Receipt
from bot.domain.post import Post, Service
from bot.domain.say import Say


class State(StrEnum):
    """Where a delivery stands."""

    HELD = "held"  # waits for an editor
    QUEUED = "queued"  # leaves by itself when due
    SENDING = "sending"  # its first segment was begun, or is about to be
    SENT = "sent"  # the service gave an id for every segment
    FAILED = "failed"  # the service refused it, or trying again was given up
    UNSURE = "unsure"  # a segment may be out; only a person or a look-up decides
    EXPIRED = "expired"  # not out in time: late is worse than lost
    CANCELLED = "cancelled"  # stopped by an editor
    RETRACTED = "retracted"  # was out and was taken back


STATES = {  # in Arabic, as editors read them
    State.HELD: "موقوف",
    State.QUEUED: "مجدول",
    State.SENDING: "يخرج",
    State.SENT: "خرج",
    State.FAILED: "رُفض",
    State.UNSURE: "غير مؤكد",
    State.EXPIRED: "فات أوانه",
    State.CANCELLED: "أُلغي",
    State.RETRACTED: "سُحب",
}

OPEN = (State.HELD, State.QUEUED, State.SENDING)
TROUBLE = (State.UNSURE, State.FAILED)  # nothing happens to these before a person looks


class SegmentState(StrEnum):
    """What is known of one segment."""

    WAITING = "waiting"  # never begun: certainly not out
    SENDING = "sending"  # begun and unanswered: may be out
    SENT = "sent"  # has its receipt


@dataclass(frozen=True, kw_only=True)
class SegmentRow:
    """One segment's line in the ledger."""

    n: int  # from 0
    state: SegmentState
    receipt: Receipt | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A delivery before it has a number: what compose hands to the outbox."""

    channel: str
    service: Service
    preview: bool  # goes to the preview, and never counts as published
    subject: str  # "article:ID"
    occasion: str  # "first", "again:N", "correction:V"
    article_id: str
    version: int
    title: str
    post: Post
    state: State
    due_at: datetime
    expires_at: datetime | None
    slot: str | None = None  # local date and time of the slot it fills
    section: str = ""
    urgent: bool = False  # breaking news: out before everything that is not
    reply_to: str | None = None  # the id of what its first segment answers
    reason: Say


@dataclass(frozen=True, kw_only=True)
class Delivery(Draft):
    """One row of the outbox."""

    id: int
    created_at: datetime
    updated_at: datetime
    edition: int = 1  # rises with each change of what goes out
    approved_by: str = ""  # who released it
    edited_by: str = ""  # who wrote its text by hand
    attempts: int = 0  # failed attempts since the last success
    not_before: datetime | None = None  # the next try
    note: Say | None = None  # why it stands where it stands
    segments: tuple[SegmentRow, ...] = ()

    @property
    def size(self) -> int:
        """How many segments it has."""
        return len(self.post.segments)

    @property
    def proved(self) -> int:
        """How many of them are surely out."""
        return sum(row.state is SegmentState.SENT for row in self.segments)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A delivery as a list shows it: where it stands, without its texts."""

    id: int
    channel: str
    service: Service
    preview: bool
    article_id: str
    version: int
    title: str
    state: State
    section: str
    urgent: bool
    due_at: datetime
    expires_at: datetime | None
    updated_at: datetime
    edition: int
    approved_by: str
    reason: Say
    note: Say | None
    size: int
    proved: int
