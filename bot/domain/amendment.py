"""Amendment: a correction or a retraction of what is out, carried out on the service segment by segment."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.delivery import Delivery
from bot.domain.post import Post
from bot.domain.say import Say


class Kind(StrEnum):
    """What is done to what is out."""

    RETRACT = "retract"  # deleted
    EDIT = "edit"  # put into new words where it stands


class Progress(StrEnum):
    """Where an amendment stands."""

    OPEN = "open"  # the lane carries it out
    WAITS = "waits"  # what is known is taken back; the rest, once a person says whether a segment is out
    DONE = "done"
    PARTIAL = "partial"  # the service refused it for some segments


class PartState(StrEnum):
    """What is known of one segment's part."""

    SENDING = "sending"  # begun and unanswered: begun again, for to delete or to edit twice changes nothing
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One segment's part of an amendment that was begun."""

    n: int
    state: PartState
    note: Say | None = None


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """A row of the amendments."""

    id: int
    delivery: Delivery
    kind: Kind
    state: Progress
    post: Post | None  # of an edit: what stands there afterwards
    version: int  # of the article
    parts: tuple[Part, ...] = ()
    attempts: int = 0
    note: Say | None = None
