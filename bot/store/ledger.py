"""The ledger: what a lane writes while it sends. Every write carries the token of the lane's lease."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, insert, or_, select, true, update

from bot.domain.channel import Receipt
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.errors import LeaseLost, NotNow
from bot.domain.limits import Use
from bot.domain.say import Say
from bot.store.calls import give_back, take
from bot.store.database import Database
from bot.store.delivery_rows import lock, read_deliveries, segment_digest, some_begun
from bot.store.doubts import ask, newest
from bot.store.lanes import by_hand, by_hand_or_urgent, not_paused
from bot.store.leases import holding
from bot.store.rows import say_out
from bot.store.tables import attempts, deliveries, receipts, segments

_MAY_HAVE_BEGUN = (State.SENDING, State.QUEUED, State.HELD, State.CANCELLED)  # the last ones by an editor, meanwhile
_WAITING = or_(deliveries.c.state == State.SENDING, deliveries.c.state == State.QUEUED)

# statements of every segment are built once: to build one takes longer than to carry it out
_MAY_SPEAK = select(not_paused(bindparam("channel")))
_THIS = (segments.c.delivery_id == bindparam("delivery")) & (segments.c.n == bindparam("number"))
_BEGIN = (
    update(segments)
    .where(_THIS, segments.c.state == SegmentState.WAITING, segments.c.digest == bindparam("text"))
    .where(exists().where(deliveries.c.id == segments.c.delivery_id, deliveries.c.state == State.SENDING))
    .values(state=bindparam("state"), began_at=bindparam("began_at"))
)
_LOCKED = select(deliveries.c.id).where(deliveries.c.id == bindparam("delivery")).with_for_update()
_SENT = update(segments).where(_THIS).values(state=bindparam("state"))
_ATTEMPT, _PROOF = insert(attempts), insert(receipts)
_END = (
    update(attempts)
    .where(
        attempts.c.delivery_id == bindparam("delivery"),
        attempts.c.n == bindparam("number"),
        attempts.c.token == bindparam("mine"),
        attempts.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("ended_at"), outcome=bindparam("outcome"), reason=bindparam("reason"))
)
_WELL = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"))
    .values(attempts=bindparam("attempts"), updated_at=bindparam("updated_at"))
)


def _ready(*, paced: bool, hushed: bool) -> Select[Any]:
    """What a lane sends at `now`: what is urgent first, then what is due earliest."""
    d, now = deliveries.c, bindparam("now", type_=deliveries.c.due_at.type)
    may = and_(
        d.channel == bindparam("channel"),
        not_paused(bindparam("channel")),
        d.state.in_([State.QUEUED, State.SENDING]),  # a process may have taken one and died before it began
        d.due_at <= now,
        or_(d.expires_at.is_(None), d.expires_at > now, some_begun()),
        or_(d.not_before.is_(None), d.not_before <= now),
        (by_hand() if hushed else by_hand_or_urgent()) if paced else true(),
    )
    return select(deliveries).where(may).order_by(d.urgent.desc(), d.due_at, d.id).limit(1)


def _half_out() -> Select[Any]:
    """The delivery of a lane of which something is out."""
    d = deliveries.c
    may = and_(d.channel == bindparam("channel"), not_paused(bindparam("channel")), d.state == State.SENDING)
    return select(deliveries).where(may, some_begun()).order_by(d.id).limit(1)


_READY = {(paced, hushed): _ready(paced=paced, hushed=hushed) for paced in (False, True) for hushed in (False, True)}
_HALF_OUT = _half_out()


class LedgerStore:
    """Implements the port `Ledger`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def next_due(self, channel: str, now: datetime, *, paced: bool = False, hushed: bool = False) -> Delivery | None:
        """The delivery to send now: the one of which something is out, else the most urgent, else the earliest due.

        `paced`: spacing or quiet hours hold, and only what is urgent or by hand goes; `hushed`: what is urgent waits,
        too. None while the lane is paused.
        """
        given = {"channel": channel, "now": now}
        with self._db.read() as db:
            found = read_deliveries(db, _HALF_OUT, given) or read_deliveries(db, _READY[paced, hushed], given)
        # a thread that is half out keeps its lane until its own next try: it is never interleaved
        return next((d for d in found if d.not_before is None or d.not_before <= now), None)

    def spoke(self, channel: str, since: datetime) -> list[datetime]:
        """When posts of the channel went out, or may have, from a moment on; newest first."""
        query = (
            select(func.max(attempts.c.began_at).label("at"))
            .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
            .where(
                deliveries.c.channel == channel,
                attempts.c.n == 0,
                attempts.c.began_at > since,
                or_(attempts.c.outcome.is_(None), attempts.c.outcome.in_(["sent", State.UNSURE])),
            )
            .group_by(attempts.c.delivery_id)
        )
        with self._db.read() as db:
            return sorted(db.execute(query).scalars(), reverse=True)

    def settle_interrupted(self, channel: str, note: Say, token: int, now: datetime) -> list[int]:
        """Put in doubt what a dead process left between `sending` and its receipt, also where an editor had cancelled
        it meanwhile; return the ids.
        """
        in_doubt = and_(
            deliveries.c.channel == channel,
            deliveries.c.state.in_(_MAY_HAVE_BEGUN),
            exists().where(and_(segments.c.delivery_id == deliveries.c.id, segments.c.state == SegmentState.SENDING)),
        )
        with self._db.read() as db:
            ids = list(db.execute(select(deliveries.c.id).where(in_doubt)).scalars())
        if ids:
            with holding(self._db, channel, token) as db:
                lock(self._db, db, ids)
                lines = (
                    select(segments.c.delivery_id, segments.c.n, deliveries.c.state)
                    .join(deliveries, deliveries.c.id == segments.c.delivery_id)
                    .where(
                        segments.c.delivery_id.in_(ids),
                        segments.c.state == SegmentState.SENDING,
                        deliveries.c.state.in_(_MAY_HAVE_BEGUN),
                    )
                )
                for row in db.execute(lines).all():
                    ask(db, row.delivery_id, row.n, now, stop=row.state == State.CANCELLED)
                db.execute(
                    update(deliveries)
                    .where(deliveries.c.id.in_(ids), deliveries.c.state.in_(_MAY_HAVE_BEGUN))
                    .values(state=State.UNSURE, note=say_out(note), updated_at=now)
                )
        return ids

    def start(self, delivery: Delivery, token: int, now: datetime) -> bool:
        """queued -> sending; False where an editor was quicker or its time has passed."""
        fresh = or_(deliveries.c.expires_at.is_(None), deliveries.c.expires_at > now, some_begun())
        may = or_(deliveries.c.state == State.SENDING, and_(deliveries.c.state == State.QUEUED, fresh))
        with holding(self._db, delivery.channel, token) as db:
            return (
                db.execute(
                    update(deliveries)
                    .where(deliveries.c.id == delivery.id, may)
                    .values(state=State.SENDING, updated_at=now)
                ).rowcount
                == 1
            )

    def begin(
        self,
        delivery: Delivery,
        n: int,
        uses: Sequence[Use],
        token: int,
        now: datetime,
        *,
        until: datetime | None = None,
    ) -> None:
        """Commit that segment n may be out from now on, what the call uses of its limits, and the lease `until` then.

        Raises LeaseLost where it was begun, stopped or its text is another, NotNow where the lane is paused or a
        limit is reached.
        """
        hot = self._db.prepared
        with holding(self._db, delivery.channel, token, until) as db:
            if not hot(_MAY_SPEAK).rows(db, channel=delivery.channel)[0][0]:
                raise NotNow("The channel is paused.", "القناة متوقفة مؤقتا.")
            untouched = all(row.state is SegmentState.WAITING for row in delivery.segments)  # as `_ready` judges, too
            if untouched and delivery.expires_at and delivery.expires_at <= now:
                raise NotNow("Its time has passed.", "فات أوانه.", until=now)
            if not self._db.sqlite:  # whoever cancels, expires or rewrites it comes before this, or sees it begun
                hot(_LOCKED).rows(db, delivery=delivery.id)
            take(self._db, db, uses, delivery, now)
            this = {"delivery": delivery.id, "number": n, "text": segment_digest(delivery.post.segments[n])}
            if not hot(_BEGIN).run(db, **this, state=SegmentState.SENDING, began_at=now):
                raise LeaseLost(
                    f"Delivery {delivery.id} was stopped or taken by another hand.",
                    f"أوقفت يد أخرى الإرسال رقم {delivery.id} أو أخذته.",
                )
            known, place = newest(self._db, db, delivery.channel, preview=delivery.preview, now=now)
            attempt = {"delivery_id": delivery.id, "n": n, "token": token, "began_at": now}
            attempt |= {"known": known, "place": place}
            hot(_ATTEMPT, list(attempt)).run(db, **attempt)

    def receipt(self, delivery: Delivery, n: int, receipt: Receipt, token: int, now: datetime) -> None:
        """Commit the proof of segment n."""
        proof = {"delivery_id": delivery.id, "n": n, "remote_id": receipt.remote_id, "url": receipt.url, "at": now}
        proof["place"] = receipt.place
        hot = self._db.prepared
        with holding(self._db, delivery.channel, token) as db:
            hot(_SENT).run(db, delivery=delivery.id, number=n, state=SegmentState.SENT)
            hot(_PROOF, list(proof)).run(db, **proof)
            self._end_attempt(db, delivery.id, n, token, "sent", None, now)
            hot(_WELL).run(db, delivery=delivery.id, attempts=0, updated_at=now)

    def not_out(
        self, delivery: Delivery, n: int, note: Say, token: int, now: datetime, *, reached: bool = True
    ) -> None:
        """Commit that segment n is certainly not out, although it was begun; `reached`: the service saw the call."""
        with holding(self._db, delivery.channel, token) as db:
            db.execute(
                update(segments)
                .where(
                    segments.c.delivery_id == delivery.id, segments.c.n == n, segments.c.state == SegmentState.SENDING
                )
                .values(state=SegmentState.WAITING)
            )
            began = (
                select(attempts.c.began_at)
                .where(attempts.c.delivery_id == delivery.id, attempts.c.n == n)
                .order_by(attempts.c.id.desc())
                .limit(1)
            )
            give_back(db, delivery.id, ["post"], began, reached=reached)
            self._end_attempt(db, delivery.id, n, token, "not_out", note, now)

    def postpone(
        self, delivery: Delivery, until: datetime, note: Say, token: int, now: datetime, *, counts: bool = True
    ) -> None:
        """Try this delivery again at a later time; one whose first segment is not out gives its place free."""
        with holding(self._db, delivery.channel, token) as db:
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

    def doubt(self, delivery: Delivery, n: int, note: Say, token: int, now: datetime, *, seen: bool = False) -> None:
        """The delivery is unsure: segment n may be out; it is looked for from now on."""
        this = deliveries.c.id == delivery.id
        with holding(self._db, delivery.channel, token) as db:
            was = db.execute(select(deliveries.c.state).where(this).with_for_update()).scalar_one()
            values = {"state": State.UNSURE, "note": say_out(note), "not_before": None, "updated_at": now}
            if not db.execute(
                update(deliveries).where(this, deliveries.c.state.in_(_MAY_HAVE_BEGUN)).values(values)
            ).rowcount:
                return
            ask(db, delivery.id, n, now, seen=seen, stop=was == State.CANCELLED)
            self._end_attempt(db, delivery.id, n, token, State.UNSURE, note, now)

    def finish(self, delivery: Delivery, state: State, note: Say | None, token: int, now: datetime) -> None:
        """The lane is done with this delivery; an editor's state wins."""
        with holding(self._db, delivery.channel, token) as db:
            db.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery.id, deliveries.c.state == State.SENDING)
                .values(state=state, note=say_out(note), not_before=None, updated_at=now)
            )
            open_attempt = (attempts.c.delivery_id == delivery.id) & attempts.c.ended_at.is_(None)
            db.execute(update(attempts).where(open_attempt).values(ended_at=now, outcome=state, reason=say_out(note)))

    def _end_attempt(
        self, db: Connection, delivery_id: int, n: int, token: int, outcome: str, note: Say | None, now: datetime
    ) -> None:
        values: dict[str, Any] = {"ended_at": now, "outcome": outcome, "reason": say_out(note)}
        self._db.prepared(_END).run(db, delivery=delivery_id, number=n, mine=token, **values)
