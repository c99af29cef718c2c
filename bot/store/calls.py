"""Calls that count against a service's limits or its budget, across restarts and workers: one row for each use."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, delete, func, insert, select, update

from bot.domain.delivery import Delivery
from bot.domain.errors import NotNow
from bot.domain.limits import Limit, Room, Use
from bot.store.database import Database
from bot.store.prepared import moment
from bot.store.tables import calls

LOCKS = 6_274_748  # a space of advisory locks that no other program of the database uses

# built once: to build a statement takes longer than to carry it out
_NOTE = insert(calls)
# what lies further ahead was written before the wall clock was put back: it would hold the lane for hours
_NTH_CALL = (
    select(calls.c.at)
    .where(calls.c.key == bindparam("key"), calls.c.at > bindparam("since"), calls.c.at < bindparam("before"))
    .order_by(calls.c.at.desc())
    .offset(bindparam("others", type_=Integer))
    .limit(1)
)


def take(database: Database, db: Connection, uses: Sequence[Use], delivery: Delivery, now: datetime) -> None:
    """Note what a call for a delivery uses; raises NotNow."""
    take_for(database, db, uses, delivery.channel, delivery.id, now)


def take_for(
    database: Database, db: Connection, uses: Sequence[Use], channel: str, delivery_id: int | None, now: datetime
) -> None:
    """Note what a call uses; raises NotNow where a limit or the month's budget is reached.

    PostgreSQL locks the keys until the transaction ends, since another lane may use the same ones.
    """
    for use in () if database.sqlite else sorted(uses, key=lambda use: use.key):
        db.execute(select(func.pg_advisory_xact_lock(LOCKS, func.hashtext(use.key))))
    for use in uses:
        if until := max(
            (t for limit in use.limits if (t := _free_at(database, db, use.key, limit, now))), default=None
        ):
            raise NotNow("The service's limit is reached.", "بُلغ حد الخدمة.", until=until)
        if use.budget is not None and spent(db, use.key, now) + use.micros > use.budget:
            raise NotNow(
                f"The month's budget of {use.budget / 1e6:.2f} dollars is used up; raise monthly_budget_usd or wait "
                "for the next month.",
                f"استُهلكت ميزانية الشهر ({use.budget / 1e6:.2f} دولار)؛ ارفع monthly_budget_usd أو انتظر الشهر القادم.",
                until=nextmonth(now),
                spent=True,
            )
    for use in uses:
        row = {"key": use.key, "at": now, "channel": channel, "delivery_id": delivery_id}
        row |= {"kind": use.kind, "micros": use.micros}
        database.prepared(_NOTE, list(row)).run(db, **row)


def give_back(db: Connection, delivery_id: int, kinds: Sequence[str], at: Any, *, reached: bool) -> None:
    """The calls of these kinds for a delivery that began `at` these moments did nothing, and cost nothing.

    Those that the service saw count against its limits all the same.
    """
    these = (calls.c.delivery_id == delivery_id) & calls.c.kind.in_(kinds) & calls.c.at.in_(at)
    db.execute(update(calls).where(these).values(micros=0) if reached else delete(calls).where(these))


def _free_at(database: Database, db: Connection, key: str, limit: Limit, now: datetime) -> datetime | None:
    """When the limit has room again, or None where it has."""
    asked = {"key": key, "since": now - limit.per, "before": now + limit.per, "others": limit.count - 1}
    oldest = database.prepared(_NTH_CALL).rows(db, **asked)
    return moment(oldest[0][0]) + limit.per if oldest else None


def spent(db: Connection, key: str, now: datetime) -> int:
    """Micros that were used under a key in this month (UTC)."""
    query = select(func.coalesce(func.sum(calls.c.micros), 0)).where(calls.c.key == key, calls.c.at >= month(now))
    total: int = db.execute(query).scalar_one()
    return total


def month(now: datetime) -> datetime:
    """The first moment of this month, UTC."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def nextmonth(now: datetime) -> datetime:
    """The first moment of the next month, UTC."""
    return (month(now) + timedelta(days=32)).replace(day=1)


class CallStore:
    """What is left of limits, and calls that no delivery makes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def take(self, uses: Sequence[Use], channel: str, now: datetime) -> None:
        """Note what a call uses; raises NotNow where a limit or the month's budget is reached."""
        with self._db.write() as db:
            take_for(self._db, db, uses, channel, None, now)

    def rooms(self, uses: Sequence[Use], now: datetime) -> list[Room]:
        """What each limit of these uses lets through now."""
        with self._db.read() as db:
            return [
                Room(key=use.key, limit=limit, left=max(limit.count - _made(db, use.key, limit, now), 0))
                for use in uses
                for limit in use.limits
            ]


def _made(db: Connection, key: str, limit: Limit, now: datetime) -> int:
    """Calls in the limit's span."""
    span = (calls.c.at > now - limit.per) & (calls.c.at < now + limit.per)
    number: int = db.execute(select(func.count()).where(calls.c.key == key, span)).scalar_one()
    return number
