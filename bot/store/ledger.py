"""The ledger: what a lane writes while it sends. Every write carries the token of the lane's lease."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, or_, select, update

from bot.domain.channel import Health, Receipt
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.errors import LeaseLost
from bot.domain.say import Say
from bot.store.database import Database
from bot.store.outbox import read_deliveries, segment_digest
from bot.store.rows import say_in, say_out
from bot.store.tables import attempts, deliveries, lanes, leases, receipts, segments

_MAY_HAVE_BEGUN = (State.SENDING, State.QUEUED, State.HELD, State.CANCELLED)  # the last ones by an editor, meanwhile
_WAITING = or_(deliveries.c.state == State.SENDING, deliveries.c.state == State.QUEUED)


class LedgerStore:
    """Implements the port `Ledger`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def lanes_due(self, now: datetime) -> list[str]:
        """Channels that have a delivery to send now, or one that a dead process may have left begun."""
        query = (
            select(deliveries.c.channel)
            .distinct()
            .outerjoin(lanes, lanes.c.channel == deliveries.c.channel)
            .where(
                _WAITING,
                deliveries.c.due_at <= now,
                or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now),
                or_(lanes.c.retry_at.is_(None), lanes.c.retry_at <= now),
            )
        )
        with self._db.read() as db:
            return list(db.execute(query).scalars())

    def next_due_at(self) -> datetime | None:
        """When any lane has something to do next; None where nothing waits."""
        latest = func.max if self._db.sqlite else func.greatest
        at = latest(deliveries.c.due_at, func.coalesce(deliveries.c.not_before, deliveries.c.due_at))
        with self._db.read() as db:
            rows = db.execute(
                select(deliveries.c.due_at, deliveries.c.not_before).where(_WAITING).order_by(at).limit(1)
            ).all()
        return max(filter(None, rows[0])) if rows else None

    def next_due(self, channel: str, now: datetime) -> Delivery | None:
        """The delivery to send now: the one already begun, else the most urgent, else the earliest due."""
        begun = deliveries.c.state == State.SENDING
        mine = deliveries.c.channel == channel
        with self._db.read() as db:
            found = read_deliveries(db, select(deliveries).where(mine, begun).order_by(deliveries.c.id).limit(1))
            if not found:
                found = read_deliveries(
                    db,
                    select(deliveries)
                    .where(
                        mine,
                        deliveries.c.state == State.QUEUED,
                        deliveries.c.due_at <= now,
                        or_(deliveries.c.expires_at.is_(None), deliveries.c.expires_at > now),
                        or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now),
                    )
                    .order_by(deliveries.c.urgent.desc(), deliveries.c.due_at, deliveries.c.id)
                    .limit(1),
                )
        # a thread that is half out keeps its lane until its own next try: it is never interleaved
        return next((d for d in found if d.not_before is None or d.not_before <= now), None)

    def settle_interrupted(self, channel: str, note: Say, token: int, now: datetime) -> list[int]:
        """Mark as unsure what a dead process left between `sending` and its receipt, also where an editor had
        cancelled it meanwhile; return the ids.
        """
        in_doubt = and_(
            deliveries.c.channel == channel,
            deliveries.c.state.in_(_MAY_HAVE_BEGUN),
            exists().where(and_(segments.c.delivery_id == deliveries.c.id, segments.c.state == SegmentState.SENDING)),
        )
        with self._db.read() as db:
            ids = list(db.execute(select(deliveries.c.id).where(in_doubt)).scalars())
        if ids:
            with self._lane(channel, token) as db:
                db.execute(
                    update(deliveries)
                    .where(deliveries.c.id.in_(ids), in_doubt)
                    .values(state=State.UNSURE, note=say_out(note), updated_at=now)
                )
        return ids

    def start(self, delivery: Delivery, token: int, now: datetime) -> bool:
        """queued -> sending; False where an editor was quicker or its time has passed."""
        fresh = or_(deliveries.c.expires_at.is_(None), deliveries.c.expires_at > now)
        may = or_(deliveries.c.state == State.SENDING, and_(deliveries.c.state == State.QUEUED, fresh))
        with self._lane(delivery.channel, token) as db:
            return (
                db.execute(
                    update(deliveries)
                    .where(deliveries.c.id == delivery.id, may)
                    .values(state=State.SENDING, updated_at=now)
                ).rowcount
                == 1
            )

    def begin(self, delivery: Delivery, n: int, token: int, now: datetime) -> None:
        """Commit that segment n may be out from now on; raises LeaseLost where it was begun or its text is another."""
        with self._lane(delivery.channel, token) as db:
            running = exists().where(and_(deliveries.c.id == delivery.id, deliveries.c.state == State.SENDING))
            done = db.execute(
                update(segments)
                .where(
                    segments.c.delivery_id == delivery.id,
                    segments.c.n == n,
                    segments.c.state == SegmentState.WAITING,
                    segments.c.digest == segment_digest(delivery.post.segments[n]),
                    running,
                )
                .values(state=SegmentState.SENDING, began_at=now)
            ).rowcount
            if not done:
                raise LeaseLost(
                    f"Delivery {delivery.id} was stopped or taken by another hand.",
                    f"أوقفت يد أخرى الإرسال رقم {delivery.id} أو أخذته.",
                )
            db.execute(insert(attempts).values(delivery_id=delivery.id, n=n, token=token, began_at=now))

    def receipt(self, delivery: Delivery, n: int, receipt: Receipt, token: int, now: datetime) -> None:
        """Commit the proof of segment n."""
        with self._lane(delivery.channel, token) as db:
            db.execute(
                update(segments)
                .where(segments.c.delivery_id == delivery.id, segments.c.n == n)
                .values(state=SegmentState.SENT)
            )
            db.execute(
                insert(receipts).values(
                    delivery_id=delivery.id, n=n, remote_id=receipt.remote_id, url=receipt.url, at=now
                )
            )
            self._end_attempt(db, delivery.id, n, token, "sent", None, now)
            db.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(attempts=0, updated_at=now))

    def not_out(self, delivery: Delivery, n: int, note: Say, token: int, now: datetime) -> None:
        """Commit that segment n is certainly not out, although it was begun."""
        with self._lane(delivery.channel, token) as db:
            db.execute(
                update(segments)
                .where(
                    segments.c.delivery_id == delivery.id, segments.c.n == n, segments.c.state == SegmentState.SENDING
                )
                .values(state=SegmentState.WAITING)
            )
            self._end_attempt(db, delivery.id, n, token, "not_out", note, now)

    def postpone(
        self, delivery: Delivery, until: datetime, note: Say, token: int, now: datetime, *, counts: bool = True
    ) -> None:
        """Try this delivery again at a later time; one whose first segment is not out gives its place free."""
        with self._lane(delivery.channel, token) as db:
            out = db.execute(select(receipts.c.n).where(receipts.c.delivery_id == delivery.id).limit(1)).first()
            db.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery.id, deliveries.c.state == State.SENDING)
                .values(
                    state=State.SENDING if out else State.QUEUED,
                    not_before=until,
                    note=say_out(note),
                    attempts=deliveries.c.attempts + int(counts),
                    updated_at=now,
                )
            )

    def finish(self, delivery: Delivery, state: State, note: Say | None, token: int, now: datetime) -> None:
        """The lane is done with this delivery; an editor's state wins, save over `unsure`."""
        over = _MAY_HAVE_BEGUN if state is State.UNSURE else (State.SENDING,)
        with self._lane(delivery.channel, token) as db:
            db.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery.id, deliveries.c.state.in_(over))
                .values(state=state, note=say_out(note), not_before=None, updated_at=now)
            )
            open_attempt = (attempts.c.delivery_id == delivery.id) & attempts.c.ended_at.is_(None)
            db.execute(update(attempts).where(open_attempt).values(ended_at=now, outcome=state, reason=say_out(note)))

    def health(self, channel: str) -> Health:
        """What is known of the lane."""
        with self._db.read() as db:
            row = db.execute(select(lanes).where(lanes.c.channel == channel)).one_or_none()
        return Health(channel=channel, down=say_in(row.down), retry_at=row.retry_at) if row else Health(channel=channel)

    def set_health(self, health: Health, now: datetime) -> None:
        """Note that a lane is down or must wait, or (with neither) that it is well."""
        values = {"down": say_out(health.down), "retry_at": health.retry_at, "updated_at": now}
        with self._db.write() as db:
            db.execute(self._db.upsert(lanes, {"channel": health.channel}, values))

    @contextmanager
    def _lane(self, channel: str, token: int) -> Iterator[Connection]:
        """A write of the lane's holder; raises LeaseLost where another holds the lane."""
        with self._db.write() as db:
            mine = select(leases.c.token).where(leases.c.kind == "lane", leases.c.name == channel).with_for_update()
            if db.execute(mine).scalar_one_or_none() != token:
                raise LeaseLost(
                    f"The lane {channel} was taken over by another process.", f"أخذت عملية أخرى مسار القناة {channel}."
                )
            yield db

    @staticmethod
    def _end_attempt(
        db: Connection, delivery_id: int, n: int, token: int, outcome: str, note: Say | None, now: datetime
    ) -> None:
        values: dict[str, Any] = {"ended_at": now, "outcome": outcome, "reason": say_out(note)}
        db.execute(
            update(attempts)
            .where(
                attempts.c.delivery_id == delivery_id,
                attempts.c.n == n,
                attempts.c.token == token,
                attempts.c.ended_at.is_(None),
            )
            .values(values)
        )
