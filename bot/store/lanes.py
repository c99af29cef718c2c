"""How each lane stands: broken, waiting, paused, paced; and which ones have something to do."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, union, update

from bot.domain.channel import Health
from bot.domain.delivery import SegmentState, State
from bot.domain.say import Say
from bot.store.database import Database
from bot.store.delivery_rows import some_begun
from bot.store.rows import say_in, say_out
from bot.store.tables import amendments, deliveries, doubts, lanes, segments

ALL = "*"  # the row of a pause that holds for every lane
PACED = timedelta(minutes=1)  # at most, until a lane looks anew whether it may speak
Silent = Callable[[datetime], Mapping[str, bool]]  # channels that are silent then, and whether breaking news is, too
WAITING = or_(deliveries.c.state == State.SENDING, deliveries.c.state == State.QUEUED)


def not_paused(channel: Any) -> ColumnElement[bool]:
    """Whether neither the lane of a channel nor all are paused."""
    row = lanes.alias()
    return ~exists().where(or_(row.c.channel == channel, row.c.channel == ALL), row.c.paused_at.is_not(None))


def by_hand() -> ColumnElement[bool]:
    """What nothing paces: what an editor sends, and the rest of a thread."""
    return or_(deliveries.c.expires_at.is_(None), and_(deliveries.c.state == State.SENDING, some_begun()))


def by_hand_or_urgent() -> ColumnElement[bool]:
    """What spacing does not hold back, and quiet hours where breaking news is not silent then, too."""
    return or_(deliveries.c.urgent, by_hand())


def unpaced() -> ColumnElement[bool]:
    """The same, by the channel; `hushed` are those where breaking news is silent."""
    hushed = deliveries.c.channel.in_(bindparam("hushed", expanding=True))
    return or_(and_(deliveries.c.urgent, ~hushed), by_hand())


def _due() -> Any:
    """Channels that have something to do at `now`; `far` is further ahead than any pace reaches."""
    now = bindparam("now", type_=deliveries.c.due_at.type)
    free = or_(lanes.c.retry_at.is_(None), lanes.c.retry_at <= now)
    sending = (
        select(deliveries.c.channel)
        .outerjoin(lanes, lanes.c.channel == deliveries.c.channel)
        .where(
            WAITING,
            deliveries.c.due_at <= now,
            or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now),
            free,
            or_(
                lanes.c.paced_until.is_(None),
                lanes.c.paced_until <= now,
                lanes.c.paced_until > bindparam("far"),  # written before the wall clock was put back
                unpaced(),
            ),
            not_paused(deliveries.c.channel),
        )
    )
    looking = (
        select(deliveries.c.channel)
        .join(doubts, doubts.c.delivery_id == deliveries.c.id)
        .where(doubts.c.next_at <= now, deliveries.c.state == State.UNSURE)
    )
    amending = (
        select(deliveries.c.channel)
        .join(amendments, amendments.c.delivery_id == deliveries.c.id)
        .outerjoin(lanes, lanes.c.channel == deliveries.c.channel)
        .where(
            amendments.c.state == "open",
            or_(amendments.c.not_before.is_(None), amendments.c.not_before <= now),
            free,
        )
    )
    interrupted = (  # stopped by an editor amid a call whose process died: what was begun may be out
        select(deliveries.c.channel)
        .join(segments, segments.c.delivery_id == deliveries.c.id)
        .where(segments.c.state == SegmentState.SENDING, deliveries.c.state.in_([State.CANCELLED, State.HELD]))
    )
    return union(sending, looking, amending, interrupted)


_DUE = _due()  # asked each second: to build it takes longer than to carry it out


class LaneStore:
    """Implements the port `Lanes`."""

    def __init__(self, database: Database, silent: Silent = lambda _now: {}) -> None:
        self._db, self._silent = database, silent

    def due(self, now: datetime) -> list[str]:
        """Channels that have a delivery to send now, one to look up, or one to correct or retract."""
        hushed = [channel for channel, breaking in self._silent(now).items() if breaking]
        with self._db.read() as db:
            return sorted(db.execute(_DUE, {"now": now, "far": now + PACED, "hushed": hushed}).scalars())

    def next_at(self) -> datetime | None:
        """When any lane has something to do next; None where nothing waits."""
        latest = func.max if self._db.sqlite else func.greatest
        at = latest(deliveries.c.due_at, func.coalesce(deliveries.c.not_before, deliveries.c.due_at))
        with self._db.read() as db:
            rows = db.execute(
                select(deliveries.c.due_at, deliveries.c.not_before).where(WAITING).order_by(at).limit(1)
            ).all()
            looks = db.execute(
                select(func.min(doubts.c.next_at))
                .join(deliveries, deliveries.c.id == doubts.c.delivery_id)
                .where(deliveries.c.state == State.UNSURE)
            ).scalar_one()
            amending = db.execute(
                select(amendments.c.updated_at, amendments.c.not_before, lanes.c.retry_at)
                .join(deliveries, deliveries.c.id == amendments.c.delivery_id)
                .outerjoin(lanes, lanes.c.channel == deliveries.c.channel)
                .where(amendments.c.state == "open")
            ).all()
        times = [max(filter(None, row)) for row in (*rows, *amending)] + ([looks] if looks else [])
        return min(times, default=None)

    def health(self, channel: str) -> Health:
        """What is known of the lane."""
        with self._db.read() as db:
            row = db.execute(select(lanes).where(lanes.c.channel == channel)).one_or_none()
        if row is None:
            return Health(channel=channel)
        return Health(channel=channel, down=say_in(row.down), retry_at=row.retry_at)

    def set_health(self, health: Health, now: datetime) -> None:
        """Note that a lane is down or must wait, or (with neither) that it is well."""
        self._put(health.channel, {"down": say_out(health.down), "retry_at": health.retry_at}, now)

    def pause(self, channel: str | None, note: Say, now: datetime) -> bool:
        """Begin nothing on this lane, or (None) on any, from now on; False where it is so already."""
        if channel in self.pauses():
            return False
        self._put(channel or ALL, {"paused_at": now, "paused": say_out(note)}, now)
        return True

    def resume(self, channel: str | None, now: datetime) -> bool:
        """Take the pause off, and try threads again; False where there was neither."""
        stopped = or_(lanes.c.paused_at.is_not(None), lanes.c.mode.is_not(None))
        this = and_(lanes.c.channel == (channel or ALL), stopped)
        with self._db.write() as db:
            return db.execute(update(lanes).where(this).values(paused_at=None, mode=None, updated_at=now)).rowcount == 1

    def pauses(self) -> dict[str | None, Say]:
        """Why lanes are paused; under None, why all are."""
        with self._db.read() as db:
            rows = db.execute(select(lanes.c.channel, lanes.c.paused).where(lanes.c.paused_at.is_not(None))).all()
        return {None if row.channel == ALL else row.channel: say_in(row.paused) or Say("", "") for row in rows}

    def fall_back(self, channel: str, now: datetime) -> bool:
        """Note that the service refuses threads here, until `resume`; False where that is noted already."""
        if channel in self.without_threads():
            return False
        self._put(channel, {"mode": "short"}, now)
        return True

    def without_threads(self) -> set[str]:
        """Channels on which the service refuses threads."""
        with self._db.read() as db:
            return set(db.execute(select(lanes.c.channel).where(lanes.c.mode.is_not(None))).scalars())

    def pace(self, channel: str, until: datetime | None, now: datetime) -> None:
        """What selection has planned waits until then, or is looked at before; what is urgent or by hand goes."""
        self._put(channel, {"paced_until": until and min(until, now + PACED)}, now)

    def _put(self, channel: str, values: dict[str, Any], now: datetime) -> None:
        with self._db.write() as db:
            db.execute(self._db.upsert(lanes, {"channel": channel}, values | {"updated_at": now}))
