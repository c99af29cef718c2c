"""How many mails may go now, in all and to each domain, across all processes and machines.

One number for each key: when the next mail may go. To take one moves it on by the time that one mail takes; a little
may be taken ahead, so that a claim is not of one mail each.

Places of a domain are kept only a minute ahead, so that no edition waits long for the places of another. Who finds none
asks again: when its edition's own line has come so far, which holds nobody else up.
"""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select

from bot.store.database import Database
from bot.store.mail_tables import mail_rates

AHEAD = 10.0  # seconds' worth of mails that may go at once after a rest
AT_ONCE = 0.001  # seconds: no wait
FAR = timedelta(minutes=1)  # so far ahead places are kept; after as long one that was missed is given anew

_FREE = (
    select(mail_rates.c.key, mail_rates.c.free_at)
    .where(mail_rates.c.key.in_(bindparam("of", expanding=True)))
    .order_by(mail_rates.c.key)  # in one order for all: nobody waits for one who waits for him
    .with_for_update()
)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Mails in a minute; 0 is no limit."""

    total: int = 0
    per_domain: int = 0
    domains: Mapping[str, int] = field(default_factory=dict)  # limits of their own

    def of(self, domain: str) -> int:
        """The limit of a domain."""
        return self.domains.get(domain, self.per_domain)

    @property
    def none(self) -> bool:
        """Whether there is no limit at all."""
        return not self.total and not self.per_domain and not self.domains


class Pace:
    """Reads and moves the numbers, within the transaction of a claim: read once, written once."""

    def __init__(
        self,
        database: Database,
        db: Connection,
        edition: int,
        domains: Collection[str],
        chance: Callable[[], float] = random.random,  # noqa: S311 - no secret: it shares places out
    ) -> None:
        """`domains`: those that have a limit."""
        self._database, self._db, self._edition, self._chance = database, db, edition, chance
        keys = ["", *(key for domain in set(domains) for key in (f"@{domain}", self._line(domain)))]
        self._free = {row.key: row.free_at for row in db.execute(_FREE, {"of": keys})}
        self._moved: set[str] = set()

    def take(self, per_minute: int, wanted: int, now: datetime) -> tuple[int, float]:
        """How many of `wanted` may go now, and after how many seconds one more may; they count from here on."""
        at, step = now.timestamp(), 60.0 / per_minute
        free = max(self._free.get("", 0.0), at)
        taken = max(0, min(wanted, int((at + max(AHEAD, step) - free) / step + 1e-9)))
        if taken:
            self._move("", free + taken * step)
        return taken, max(0.0, free + (taken + 1) * step - at - max(AHEAD, step))

    def give_back(self, per_minute: int, count: int) -> None:
        """So many of those that were taken do not go now."""
        if count:
            self._move("", self._free[""] - count * 60.0 / per_minute)

    def slot(self, domain: str, per_minute: int, now: datetime) -> tuple[float, bool]:
        """The seconds until one mail may go, and whether its place is kept; where not, it asks again then.

        The fuller the minute ahead is, the fewer find a place: each of several editions gets its share.
        """
        at, step, key = now.timestamp(), 60.0 / per_minute, f"@{domain}"
        free = max(self._free.get(key, 0.0), at - max(AHEAD, step) + step)
        if free - at <= max(FAR.total_seconds(), 2 * step) * self._chance():
            self._move(key, free + step)
            return (free - at if free - at > AT_ONCE else 0.0), True
        line = self._line(domain)
        turn = max(self._free.get(line, 0.0), free)
        self._move(line, turn + step)
        return turn - at, False

    def keep(self) -> None:
        """Write down what was moved."""
        for key in sorted(self._moved):
            self._db.execute(self._database.upsert(mail_rates, {"key": key}, {"free_at": self._free[key]}))

    def _move(self, key: str, free_at: float) -> None:
        self._free[key] = free_at
        self._moved.add(key)

    def _line(self, domain: str) -> str:
        return f"{self._edition}@{domain}"


def forget_lines(db: Connection, edition: int) -> None:
    """Nobody of this edition asks for a place any more."""
    db.execute(delete(mail_rates).where(mail_rates.c.key.startswith(f"{edition}@")))
