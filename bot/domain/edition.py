"""Edition (عدد): one dated sending of a newsletter, and the ledger of its recipients."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.say import Say

LATE = timedelta(hours=6)  # after its time an edition is neither made nor begun by itself; late is worse than lost


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


STATES = {  # in Arabic
    EditionState.DRAFT: "مسودة",
    EditionState.HELD: "ينتظر الموافقة",
    EditionState.QUEUED: "مجدول",
    EditionState.SENDING: "قيد الإرسال",
    EditionState.PAUSED: "متوقف مؤقتا",
    EditionState.SENT: "أرسل",
    EditionState.SKIPPED: "تُخطي",
    EditionState.STOPPED: "أُلغي",
}


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
    named: str = ""  # how a recipient is greeted whose {name} is known
    nameless: str = ""  # and one whose name is not
    links: tuple[str, ...] = ()  # what its links that count lead to, by number from 1


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One recipient of a claim."""

    id: int  # of the subscriber
    address: str
    name: str
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One edition of one newsletter."""

    id: int
    newsletter: str
    day: str
    occasion: str
    state: EditionState
    slug: str
    subject: str
    preheader: str
    intro: str
    picks: Mapping[str, Any]
    version: int
    total: int
    made_at: datetime
    due_at: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    reason: Say | None = None
    letter: Letter | None = None


def page_of(edition: Edition) -> str:
    """The path of its page in the archive: a daily one is found by its date."""
    if edition.occasion == "daily":
        return f"/newsletters/{edition.newsletter}/{edition.day}"
    return f"/e/{edition.slug}"


class End(StrEnum):
    """What a connection says of one mail that it was given."""

    SENT = "sent"  # the server took it
    LATER = "later"  # the server says: not now
    REFUSED = "refused"  # the server says: never
    UNSURE = "unsure"  # no answer came to a mail that was wholly written
    UNTRIED = "untried"  # it was not begun, or surely not handed over


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The end of one try."""

    id: int  # of the subscriber
    end: End
    code: int = 0
    words: str = ""  # the server's own
    stage: str = ""  # the command that was answered: mail, rcpt, data, end


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
