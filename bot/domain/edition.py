"""Edition (عدد): one dated sending of a newsletter, and the ledger of its recipients."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.say import Say


class EditionState(StrEnum):
    """Where an edition is."""

    DRAFT = "draft"  # being made or edited
    HELD = "held"  # complete, and waits for an editor
    QUEUED = "queued"  # goes out when it is due
    SENDING = "sending"  # its shards are being sent
    PAUSED = "paused"  # half out, and waits for a person
    SENT = "sent"  # every recipient has an end
    SKIPPED = "skipped"  # there was nothing new
    STOPPED = "stopped"  # ended by a person; the rest never goes


class RecipientState(StrEnum):
    """What became of one recipient of an edition."""

    WAITING = "waiting"  # never begun, or claimed: see the table `claims`
    SENT = "sent"  # the mail server took it
    LATER = "later"  # is tried again at `next_at`
    REFUSED = "refused"  # the mail server refused it for good
    UNSURE = "unsure"  # it may be out: the answer was lost
    LEFT = "left"  # unsubscribed or suppressed after the edition began


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail as it goes to all, frozen when sending begins; what differs by recipient stands as a mark.

    The marks of `text` and `html` are those of bot/mail/marks.py.
    """

    newsletter: str
    newsletter_name: str
    sender: str  # "الرواق <news@example.org>"
    reply_to: str
    list_id: str  # news.example.org
    subject: str
    date: datetime
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One recipient of a claim."""

    id: int  # of the subscriber
    address: str
    name: str
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How far an edition has come; the counts are of recipients."""

    edition: int
    state: EditionState
    total: int
    sent: int = 0
    refused: int = 0
    unsure: int = 0
    left: int = 0
    bounced: int = 0
    reason: Say | None = None
    shards: Mapping[int, str] | None = None

    @property
    def waiting(self) -> int:
        """Those that have no end yet."""
        return self.total - self.sent - self.refused - self.unsure - self.left
