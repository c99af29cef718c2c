"""How many mails may go now, in all and to each domain, across all processes and machines.

One number for each key: when the next mail may go. To take one moves it on by the time that one mail takes; a little
may be taken ahead, so that a claim is not of one mail each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from bot.store.database import Database
from bot.store.mail_tables import mail_rates

AHEAD = 10.0  # seconds' worth of mails that may go at once after a rest

_FREE = select(mail_rates.c.free_at).where(mail_rates.c.key == bindparam("of")).with_for_update()


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
    """Reads and moves the numbers, within the transaction of a claim."""

    def __init__(self, database: Database, db: Connection) -> None:
        self._database, self._db = database, db

    def take(self, key: str, per_minute: int, wanted: int, now: datetime) -> tuple[int, float]:
        """How many of `wanted` may go now, and after how many seconds one more may; they count from here on."""
        at, step = now.timestamp(), 60.0 / per_minute
        free = max(self._free(key), at)
        taken = max(0, min(wanted, int((at + max(AHEAD, step) - free) / step + 1e-9)))
        if taken:
            self._set(key, free + taken * step)
        return taken, max(0.0, free + (taken + 1) * step - at - max(AHEAD, step))

    def slot(self, key: str, per_minute: int, now: datetime) -> float:
        """The seconds until one mail may go; its place is kept for it."""
        at, step = now.timestamp(), 60.0 / per_minute
        free = max(self._free(key), at - max(AHEAD, step) + step)
        self._set(key, free + step)
        return max(0.0, free - at)

    def _free(self, key: str) -> float:
        return float(self._db.execute(_FREE, {"of": key}).scalar_one_or_none() or 0.0)

    def _set(self, key: str, free_at: float) -> None:
        self._db.execute(self._database.upsert(mail_rates, {"key": key}, {"free_at": free_at}))
