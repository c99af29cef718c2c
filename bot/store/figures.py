"""Counts and ages for the person who runs it; nothing here is needed to publish."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, exists, func, or_, select, type_coerce

from bot.domain.delivery import TROUBLE, State
from bot.store.calls import month
from bot.store.database import Database
from bot.store.lanes import PACED, Silent, unpaced
from bot.store.rows import chunks
from bot.store.tables import articles, attempts, calls, deliveries, doubts, lanes, leases, receipts

WAITING = (State.QUEUED, State.SENDING)


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many deliveries of one channel are in one state."""

    channel: str
    service: str
    preview: bool
    state: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A delivery that waits for a person."""

    id: int
    channel: str
    state: State  # unsure or failed
    title: str
    since: datetime


class Figures:
    """Reads what the tables add up to."""

    def __init__(self, database: Database, silent: Silent = lambda _now: {}) -> None:
        self._db, self._silent = database, silent

    def states(self) -> list[Count]:
        """Deliveries by channel and state."""
        group = (deliveries.c.channel, deliveries.c.service, deliveries.c.preview, deliveries.c.state)
        with self._db.read() as db:
            rows = db.execute(select(*group, func.count().label("number")).group_by(*group)).all()
        return [
            Count(channel=r.channel, service=r.service, preview=r.preview, state=r.state, number=r.number) for r in rows
        ]

    def in_trouble(self) -> list[Trouble]:
        """Posts for real that nobody but a person can mend, newest first."""
        d = deliveries.c
        looked_for = exists().where(doubts.c.delivery_id == d.id, doubts.c.next_at.is_not(None))
        query = (
            select(d.id, d.channel, d.state, d.title, d.updated_at)
            .where(deliveries.c.state.in_(TROUBLE), ~deliveries.c.preview, ~looked_for)
            .order_by(deliveries.c.updated_at.desc())
        )
        with self._db.read() as db:
            return [
                Trouble(id=r.id, channel=r.channel, state=State(r.state), title=r.title, since=r.updated_at)
                for r in db.execute(query)
            ]

    def oldest_due(self, now: datetime) -> dict[str, timedelta]:
        """How long the oldest delivery of each channel could have gone; channels with nothing due are left out.

        What quiet hours or spacing hold back is not due yet.
        """
        silent = self._silent(now)
        d, later = deliveries.c, func.max if self._db.sqlite else func.greatest
        paced = and_(~unpaced(), lanes.c.paced_until <= now + PACED)  # later: written before the clock was put back
        since = type_coerce(case((paced, later(d.due_at, lanes.c.paced_until)), else_=d.due_at), d.due_at.type)
        query = (
            select(d.channel, func.min(since).label("due"))
            .outerjoin(lanes, lanes.c.channel == d.channel)
            .where(d.state.in_(WAITING), d.due_at <= now, or_(unpaced(), d.channel.not_in(list(silent))))
            .group_by(d.channel)
        )
        hushed = [channel for channel, breaking in silent.items() if breaking]
        with self._db.read() as db:
            return {row.channel: now - row.due for row in db.execute(query, {"hushed": hushed}) if row.due <= now}

    def attempts(self) -> list[tuple[str, str, int]]:
        """Calls that were begun, by channel and outcome."""
        outcome = func.coalesce(attempts.c.outcome, "unanswered").label("outcome")
        query = (
            select(deliveries.c.channel, outcome, func.count().label("number"))
            .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
            .group_by(deliveries.c.channel, outcome)
        )
        with self._db.read() as db:
            return [(row.channel, row.outcome, row.number) for row in db.execute(query)]

    def article_to_receipt(self, since: datetime) -> dict[str, list[float]]:
        """Seconds from an article's first sight to its first receipt, by channel and sorted, since a moment."""
        query = (
            select(deliveries.c.channel, receipts.c.at, articles.c.first_seen)
            .join(deliveries, deliveries.c.id == receipts.c.delivery_id)
            .join(articles, articles.c.id == deliveries.c.article_id)
            .where(receipts.c.n == 0, receipts.c.at >= since, deliveries.c.occasion == "first", ~deliveries.c.preview)
        )
        found: dict[str, list[float]] = {}
        with self._db.read() as db:
            for row in db.execute(query):
                found.setdefault(row.channel, []).append((row.at - row.first_seen).total_seconds())
        return {channel: sorted(seconds) for channel, seconds in found.items()}

    def cost(self, ids: Sequence[int]) -> dict[int, int]:
        """What these deliveries cost, in millionths of a dollar; those that cost nothing are left out."""
        found: dict[int, int] = {}
        with self._db.read() as db:
            for some in chunks(list(ids)):
                query = (
                    select(calls.c.delivery_id, func.sum(calls.c.micros).label("micros"))
                    .where(calls.c.delivery_id.in_(some), calls.c.micros > 0)
                    .group_by(calls.c.delivery_id)
                )
                found |= {row.delivery_id: row.micros for row in db.execute(query)}
        return found

    def spent(self, now: datetime) -> dict[str, int]:
        """What each channel cost in this month (UTC), in millionths of a dollar."""
        query = (
            select(calls.c.channel, func.sum(calls.c.micros).label("micros"))
            .where(calls.c.at >= month(now), calls.c.micros > 0)
            .group_by(calls.c.channel)
        )
        with self._db.read() as db:
            return {row.channel: row.micros for row in db.execute(query)}

    def spent_since(self, since: datetime) -> dict[str, int]:
        """What each channel cost from a moment on, in millionths of a dollar."""
        query = select(calls.c.channel, func.sum(calls.c.micros).label("micros")).where(calls.c.at >= since)
        with self._db.read() as db:
            return {row.channel: row.micros for row in db.execute(query.group_by(calls.c.channel))}

    def outcomes(self, since: datetime) -> list[tuple[str, bool, State, datetime]]:
        """Channel, whether it is a preview, state and time of the posts that changed from a moment on."""
        d = deliveries.c
        query = select(d.channel, d.preview, d.state, d.updated_at).where(d.updated_at >= since)
        with self._db.read() as db:
            return [(row.channel, row.preview, State(row.state), row.updated_at) for row in db.execute(query)]

    def down(self) -> list[str]:
        """Channels whose account is broken."""
        with self._db.read() as db:
            return [row.channel for row in db.execute(select(lanes.c.channel, lanes.c.down)) if row.down]

    def clock_until(self) -> datetime | None:
        """How long the lease of the clock still holds."""
        query = select(leases.c.until).where(leases.c.kind == "clock")
        with self._db.read() as db:
            until: datetime | None = db.execute(query).scalar_one_or_none()
        return until
