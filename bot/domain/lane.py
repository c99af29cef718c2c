"""What a lane asks of the world: the channel that sends, what it may also be able to do, the ledger, the leases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from bot.domain.amendment import Amendment, Kind, PartState, Progress
from bot.domain.channel import Account, Health, Receipt
from bot.domain.delivery import Delivery, Draft, State
from bot.domain.limits import Use
from bot.domain.post import Post, Segment
from bot.domain.say import Say


class SendingChannel(Protocol):
    """One account on one service."""

    def check(self) -> Account:
        """Say whose account this is, without publishing anything; raises ChannelError."""

    def send(self, segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:
        """Publish one segment with one call and return the proof; raises ChannelError.

        Calls `begin()` exactly once, at the last moment before the segment may be out. `parent` is the receipt of
        the segment before it in its thread.
        """

    def close(self) -> None:
        """Give back connections."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A segment that may be out, with what helps to look it up."""

    delivery: Delivery
    n: int
    first_at: datetime  # when its first try began
    began_at: datetime  # when its last try began: a call that hangs may still complete
    known: str | None  # the newest id of the channel that was proved before the first try
    others: frozenset[str]  # newer ids that are other segments'
    place: str = ""  # where `known` and `others` hold
    looks: int = 0  # that saw nothing, late enough to count
    seen: bool = False  # the service says that the text is there

    @property
    def segment(self) -> Segment:
        """What may be out."""
        return self.delivery.post.segments[self.n]


class Hold(Protocol):
    """The lane is held through a look of many calls."""

    def __call__(self, uses: Sequence[Use] = ()) -> None:
        """Make room for a call that uses this; raises LeaseLost, and RetryLater where there is none for a while."""


@runtime_checkable
class Resolvable(Protocol):
    """A channel that can look up whether a segment is out."""

    def look(self, doubt: Doubt, hold: Hold) -> Receipt | None:
        """Its receipt where it is out, None where it is not to be seen; raises CannotTell, ChannelError.

        Calls `hold` before each of its calls; what that raises goes through. Publishes nothing that readers see.
        """


@runtime_checkable
class Limited(Protocol):
    """A channel whose calls count against limits, or cost something."""

    def uses(self, kind: Literal["post", "edit", "delete", "read"], segment: Segment) -> Sequence[Use]:
        """What a call of this kind for a segment uses."""


@runtime_checkable
class Retractable(Protocol):
    """A channel that can take back what is out."""

    def retract(self, receipt: Receipt, begin: Callable[[], None]) -> None:
        """Delete one segment with one call; one that is gone already is no error. Raises ChannelError.

        Calls `begin()` once, before the call.
        """


@runtime_checkable
class Amendable(Protocol):
    """A channel that can put what is out into new words where it stands."""

    def amend(self, receipt: Receipt, old: Segment, segment: Segment, begin: Callable[[], None]) -> None:
        """Put `segment` where `old` is out; one that reads so already is no error. Raises ChannelError.

        Calls `begin()` once, before the first call. What was refused may be tried in another way.
        """


class Doubts(Protocol):
    """What may be out and is looked for. A write with a token raises LeaseLost where another holds the lane."""

    def due(self, channel: str, now: datetime) -> list[Doubt]:
        """Those whose next look has come, oldest first."""

    def take(self, doubt: Doubt, uses: Sequence[Use], token: int, now: datetime) -> None:
        """Note what a call of a look uses; raises NotNow where a limit is reached."""

    def found(self, doubt: Doubt, receipt: Receipt, token: int, now: datetime) -> None:
        """It is out: commit the proof; the rest of its thread goes on, or the delivery is sent."""

    def absent(self, doubt: Doubt, again_at: datetime | None, note: Say, token: int, now: datetime) -> None:
        """It is surely not out: it waits again until then, or (None) has failed."""

    def again(self, doubt: Doubt, next_at: datetime | None, looks: int, note: Say, token: int, now: datetime) -> None:
        """Nothing is sure yet: look at another time, or (None) leave it to a person."""

    def said_out(self, delivery: Delivery, receipt: Receipt, now: datetime) -> bool:
        """An editor's word that the segment in doubt is out; False where none is in doubt any more."""


class Ledger(Protocol):
    """What a lane writes while it sends. A write with a token raises LeaseLost where another holds the lane."""

    def next_due(self, channel: str, now: datetime, *, paced: bool = False, hushed: bool = False) -> Delivery | None:
        """The delivery to send now: the one of which something is out, else the most urgent, else the earliest due.

        `paced`: spacing or quiet hours hold, and only what is urgent or by hand goes; `hushed`: what is urgent waits,
        too. None while the lane is paused.
        """

    def spoke(self, channel: str, since: datetime) -> list[datetime]:
        """When posts of the channel went out, or may have, from a moment on; newest first."""

    def settle_interrupted(self, channel: str, note: Say, token: int, now: datetime) -> list[int]:
        """Put in doubt what a dead process left between `sending` and its receipt, also where an editor had cancelled
        it meanwhile; return the ids.
        """

    def start(self, delivery: Delivery, token: int, now: datetime) -> bool:
        """queued -> sending; False where an editor was quicker or its time has passed."""

    def begin(
        self, delivery: Delivery, n: int, uses: Sequence[Use], token: int, now: datetime, *, until: datetime
    ) -> None:
        """Commit that segment n may be out from now on, what the call uses of its limits, and the lease `until` then.

        Raises LeaseLost where it was begun, stopped or its text is another, NotNow where the lane is paused or a
        limit is reached.
        """

    def receipt(self, delivery: Delivery, n: int, receipt: Receipt, token: int, now: datetime) -> None:
        """Commit the proof of segment n."""

    def not_out(
        self, delivery: Delivery, n: int, note: Say, token: int, now: datetime, *, reached: bool = True
    ) -> None:
        """Commit that segment n is certainly not out, although it was begun; `reached`: the service saw the call."""

    def postpone(
        self, delivery: Delivery, until: datetime, note: Say, token: int, now: datetime, *, counts: bool = True
    ) -> None:
        """Try this delivery again at a later time; `counts`: as a failed attempt of its own."""

    def doubt(self, delivery: Delivery, n: int, note: Say, token: int, now: datetime, *, seen: bool = False) -> None:
        """The delivery is unsure: segment n may be out; it is looked for from now on."""

    def finish(self, delivery: Delivery, state: State, note: Say | None, token: int, now: datetime) -> None:
        """The lane is done with this delivery; an editor's state wins."""


class Lanes(Protocol):
    """How each lane stands besides its deliveries."""

    def due(self, now: datetime) -> list[str]:
        """Channels whose lane has something to do now."""

    def next_at(self) -> datetime | None:
        """When any lane has something to do next; None where nothing waits."""

    def health(self, channel: str) -> Health:
        """What is known of the lane."""

    def set_health(self, health: Health, now: datetime) -> None:
        """Note that a lane is down or must wait, or (with neither) that it is well."""

    def pause(self, channel: str | None, note: Say, now: datetime) -> bool:
        """Begin nothing on this lane, or (None) on any, from now on; False where it is so already."""

    def resume(self, channel: str | None, now: datetime) -> bool:
        """Take the pause off, and try threads again; False where there was neither."""

    def pauses(self) -> dict[str | None, Say]:
        """Why lanes are paused; under None, why all are."""

    def fall_back(self, channel: str, now: datetime) -> bool:
        """Note that the service refuses threads here, until `resume`; False where that is noted already."""

    def without_threads(self) -> set[str]:
        """Channels on which the service refuses threads."""

    def pace(self, channel: str, until: datetime | None, now: datetime) -> None:
        """What selection has planned waits until then; what is urgent or by hand does not."""


class Amendments(Protocol):
    """Corrections and retractions. A write with a token raises LeaseLost where another holds the lane."""

    def ask(
        self,
        delivery: Delivery,
        kind: Kind,
        post: Post | None,
        version: int,
        now: datetime,
        *,
        then: Draft | None = None,
    ) -> tuple[int, ...] | None:
        """Keep a new one and, in one, the delivery that belongs to it: their numbers.

        None, and nothing is kept, where the same is open already or `then` is in the outbox.
        """

    def due(self, channel: str, now: datetime) -> list[Amendment]:
        """Those that can be carried out now, oldest first; one whose delivery is being looked for waits."""

    def begin(self, amendment: Amendment, n: int, uses: Sequence[Use], token: int, now: datetime) -> None:
        """Commit that segment n is being amended from now on; raises LeaseLost, NotNow."""

    def not_made(self, amendment: Amendment, n: int, token: int, now: datetime, *, reached: bool) -> None:
        """Commit that the call for segment n changed nothing, so that it costs nothing."""

    def end(self, amendment: Amendment, n: int, state: PartState, note: Say | None, token: int, now: datetime) -> None:
        """Commit what came of segment n."""

    def postpone(
        self, amendment: Amendment, until: datetime, note: Say, token: int, now: datetime, *, counts: bool = True
    ) -> None:
        """Go on with it at a later time; `counts`: as a failed attempt."""

    def finish(self, amendment: Amendment, state: Progress, note: Say, token: int, now: datetime) -> None:
        """Write what came of it to the amendment and to its delivery, in one."""

    def note_correction(self, channel: str, article_id: str, version: int, text: str, now: datetime) -> bool:
        """Keep what the next edition of a newsletter prints; False where it is kept already."""


class Leases(Protocol):
    """Who may act: one row for each (kind, name), claimed by a conditional update."""

    def claim(self, kind: str, name: str, ttl: timedelta, now: datetime) -> int | None:
        """A token that rises with each holder, or None while another living process holds it."""

    def renew(self, kind: str, name: str, token: int, ttl: timedelta, now: datetime) -> bool:
        """Hold it longer; False where it was taken over."""

    def release(self, kind: str, name: str, token: int) -> None:
        """Give it back."""
