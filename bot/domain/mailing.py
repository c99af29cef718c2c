"""What sending an edition asks of the world, and the rules that it goes by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.edition import Answer, Recipient
from bot.domain.say import Say

CLAIM = 25  # recipients; a connection has at most two claims open: one that it sends, and the next
MOST_AGAIN = 3  # times that what may be out is sent again, where the newsletter wants that: each may be one more copy


@dataclass(frozen=True, kw_only=True)
class ShardKey:
    """One shard under a lease."""

    edition: int
    n: int
    token: int  # of the lease


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Recipients that one connection is about to send to; committed before they are."""

    id: int
    recipients: Sequence[Recipient]
    again: bool = False  # they were tried before


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of a claim: the ends that are not a plain yes, each with what follows from it."""

    claim: Claim
    sent: int
    others: Sequence["Ruled"] = ()


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """One answer and what follows from it."""

    answer: Answer
    next_at: datetime | None = None  # tried again then
    suppress: bool = False  # the address is dead: nothing goes to it any more


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The next claim of a shard, or why there is none."""

    claim: Claim | None = None
    wait_until: datetime | None = None  # nothing may go before; None without a claim: the shard is through, or halted
    halted: bool = False  # paused or stopped by a person


class MailLedger(Protocol):
    """The ledger of one edition's recipients."""

    def turn(self, shard: ShardKey, settled: Settled | None, until: datetime, now: datetime, *, more: bool) -> Turn:
        """Write the answers of one claim and with `more` make the next, in one commit; the lease holds until `until`.

        Raises LeaseLost, and then nothing is written.
        """

    def recover(self, shard: ShardKey, now: datetime, *, again: bool) -> int:
        """Claims that a dead process left: their recipients are unsure, or with `again` tried once more; how many.

        One that has been tried again MOST_AGAIN times is unsure even then.
        """

    def rest(self, shard: ShardKey, now: datetime, *, until: datetime | None = None, note: Say | None = None) -> None:
        """The shard has nothing to do until then, and why; without `until` it has ended, with all of them the edition.

        Raises LeaseLost.
        """


class Line(Protocol):
    """A connection to the mail server."""

    def send(self, recipients: Sequence[Recipient]) -> list[Answer]:
        """An answer for each; raises ChannelDown or RetryLater, and then nothing was sent."""

    def leave(self) -> None:
        """End it in order."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a newsletter is sent."""

    again: bool = False  # what may be out is sent once more, with the same Message-ID
    retry_for: timedelta = timedelta(hours=24)
    connections: int = 2
    lease: timedelta = timedelta(seconds=90)
    reply: timedelta = timedelta(seconds=60)  # longest wait for the server
    patience: tuple[timedelta, ...] = field(default=tuple(timedelta(minutes=m) for m in (5, 15, 30, 60, 120)))


class Told(Protocol):
    """One report, as bot/mail/reports.py reads it."""

    @property
    def kind(self) -> str: ...
    @property
    def paths(self) -> Sequence[str]: ...
    @property
    def status(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def digest(self) -> str: ...


class Whose(Protocol):
    """A recipient of an edition."""

    @property
    def subscriber(self) -> int: ...
    @property
    def edition(self) -> int: ...
