"""Segments that may be out: what is known of them, and how each doubt ends. A lane's writes carry its lease's token."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, select, update

from bot.domain.channel import Receipt
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.lane import Doubt
from bot.domain.limits import Use
from bot.domain.say import Say
from bot.store.calls import give_back, take
from bot.store.database import Database
from bot.store.delivery_rows import lock, read_deliveries
from bot.store.leases import holding
from bot.store.outbox import go_on_retracting
from bot.store.rows import say_out
from bot.store.tables import attempts, deliveries, doubts, receipts, segments

LOOKED_BACK = timedelta(days=30)  # for ids that were proved before
NEWEST = 50  # receipts among which the newest id is: one that was found late stands behind newer ones


def ask(db: Connection, delivery_id: int, n: int, now: datetime, *, seen: bool = False, stop: bool = False) -> None:
    """Look for a segment from now on; `stop`: an editor does not want the rest of it."""
    db.execute(delete(doubts).where(doubts.c.delivery_id == delivery_id, doubts.c.n == n))
    row = {"delivery_id": delivery_id, "n": n, "looks": 0, "seen": seen, "stop": stop, "next_at": now}
    db.execute(doubts.insert().values(row))


_PROVED = (
    select(receipts.c.remote_id, receipts.c.place)
    .join(deliveries, deliveries.c.id == receipts.c.delivery_id)
    .where(
        deliveries.c.channel == bindparam("channel"),
        deliveries.c.preview == bindparam("preview"),
        receipts.c.at > bindparam("since"),
    )
    .order_by(receipts.c.at.desc())
)
_NEWEST = _PROVED.limit(NEWEST)


def newest(
    database: Database, db: Connection, channel: str, *, preview: bool, now: datetime
) -> tuple[str | None, str | None]:
    """The newest id of a channel that is proved, in the service's own order, and its place; None where none is."""
    since = now - LOOKED_BACK
    found = database.prepared(_NEWEST).rows(db, channel=channel, preview=preview, since=since)
    numbered = [row for row in found if row[0]]  # an editor may have said that one is out, without its number
    if not numbered:
        return None, None
    place = next((row[1] for row in numbered if row[1]), "")  # a chat that has moved since counts anew
    return max((row[0] for row in numbered if row[1] in ("", place)), key=_number), place


class DoubtStore:
    """Implements the port `Doubts`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def due(self, channel: str, now: datetime) -> list[Doubt]:
        """Those whose next look has come, oldest first."""
        query = (
            select(doubts)
            .join(deliveries, deliveries.c.id == doubts.c.delivery_id)
            .where(deliveries.c.channel == channel, deliveries.c.state == State.UNSURE, doubts.c.next_at <= now)
            .order_by(doubts.c.delivery_id, doubts.c.n)
        )
        with self._db.read() as db:
            return [self._doubt(db, row) for row in db.execute(query).all()]

    def _doubt(self, db: Connection, row: Any) -> Doubt:
        (delivery,) = read_deliveries(db, select(deliveries).where(deliveries.c.id == row.delivery_id))
        tries = select(attempts.c.began_at, attempts.c.known, attempts.c.place).where(
            attempts.c.delivery_id == row.delivery_id, attempts.c.n == row.n
        )
        made = db.execute(tries.order_by(attempts.c.id)).all()
        known, place = (made[0].known, made[0].place) if made else (None, None)
        first_at, began_at = (made[0].began_at, made[-1].began_at) if made else (delivery.due_at, delivery.due_at)
        lately = {"channel": delivery.channel, "preview": delivery.preview, "since": first_at - LOOKED_BACK}
        others = [row.remote_id for row in db.execute(_PROVED, lately) if not place or row.place in ("", place)]
        return Doubt(
            delivery=delivery,
            n=row.n,
            first_at=first_at,
            began_at=began_at,
            known=known,
            others=frozenset(each for each in others if known is None or _number(each) > _number(known)),
            place=place or "",
            looks=row.looks,
            seen=row.seen,
        )

    def take(self, doubt: Doubt, uses: Sequence[Use], token: int, now: datetime) -> None:
        """Note what a call of a look uses; raises NotNow where a limit is reached."""
        with holding(self._db, doubt.delivery.channel, token) as db:
            take(self._db, db, uses, doubt.delivery, now)

    def found(self, doubt: Doubt, receipt: Receipt, token: int, now: datetime) -> None:
        """It is out: commit the proof; the rest of its thread goes on, or the delivery is sent."""
        with holding(self._db, doubt.delivery.channel, token) as db:
            lock(self._db, db, [doubt.delivery.id])
            _out(db, doubt.delivery, doubt.n, receipt, now)

    def absent(self, doubt: Doubt, again_at: datetime | None, note: Say, token: int, now: datetime) -> None:
        """It is surely not out: it waits again until then, or (None) has failed."""
        id_, n = doubt.delivery.id, doubt.n
        with holding(self._db, doubt.delivery.channel, token) as db:
            lock(self._db, db, [id_])
            if not _settle(db, id_, n, SegmentState.WAITING):
                return
            give_back(db, id_, ["post"], select(attempts.c.began_at).where(_in_doubt(id_, n)), reached=True)
            _close(db, id_, n, "not_out", note, now)
            out = db.execute(select(receipts.c.n).where(receipts.c.delivery_id == id_).limit(1)).first()
            to = State.SENDING if out else State.QUEUED
            tries = doubt.delivery.attempts + 1
            _move(db, id_, n, to if again_at else State.FAILED, note, now, again_at=again_at, tries=tries)

    def again(self, doubt: Doubt, next_at: datetime | None, looks: int, note: Say, token: int, now: datetime) -> None:
        """Nothing is sure yet: look at another time, or (None) leave it to a person."""
        id_ = doubt.delivery.id
        with holding(self._db, doubt.delivery.channel, token) as db:
            this = (doubts.c.delivery_id == id_) & (doubts.c.n == doubt.n)
            db.execute(update(doubts).where(this).values(next_at=next_at, looks=looks))
            unsure = (deliveries.c.id == id_) & (deliveries.c.state == State.UNSURE)
            db.execute(update(deliveries).where(unsure).values(note=say_out(note), updated_at=now))

    def reopen(self, now: datetime) -> None:
        """Look once more for what was left to a person in the last day: an account or a setting may be mended."""
        fresh = exists().where(
            segments.c.delivery_id == doubts.c.delivery_id,
            segments.c.n == doubts.c.n,
            segments.c.began_at > now - timedelta(days=1),
        )
        with self._db.write() as db:
            db.execute(update(doubts).where(doubts.c.next_at.is_(None), fresh).values(next_at=now, looks=0))

    def said_out(self, delivery: Delivery, receipt: Receipt, now: datetime) -> bool:
        """An editor's word that the segment in doubt is out; False where none is in doubt any more."""
        with self._db.write() as db:
            lock(self._db, db, [delivery.id])
            row = db.execute(
                select(segments.c.n).where(
                    segments.c.delivery_id == delivery.id, segments.c.state == SegmentState.SENDING
                )
            ).first()
            if row is None:
                return False
            # it stands where the channel was when it began, as far as that is known
            begun = (attempts.c.delivery_id == delivery.id) & (attempts.c.n == row.n)
            where = select(attempts.c.place).where(begun).order_by(attempts.c.id).limit(1)
            place = db.execute(where).scalar() if receipt.remote_id else ""
            return _out(db, delivery, row.n, replace(receipt, place=place or ""), now)


def _out(db: Connection, delivery: Delivery, n: int, receipt: Receipt, now: datetime) -> bool:
    if not _settle(db, delivery.id, n, SegmentState.SENT):
        return False
    proof = {"delivery_id": delivery.id, "n": n, "remote_id": receipt.remote_id, "url": receipt.url, "at": now}
    db.execute(receipts.insert().values(proof | {"place": receipt.place}))
    _close(db, delivery.id, n, "sent", None, now)
    rest = db.execute(
        select(exists().where(segments.c.delivery_id == delivery.id, segments.c.state == SegmentState.WAITING))
    ).scalar_one()
    _move(db, delivery.id, n, State.SENDING if rest else State.SENT, None, now)
    return True


def _settle(db: Connection, delivery_id: int, n: int, to: SegmentState) -> bool:
    """False where somebody else has settled it."""
    unsure = exists().where(deliveries.c.id == delivery_id, deliveries.c.state == State.UNSURE)
    this = (segments.c.delivery_id == delivery_id) & (segments.c.n == n) & (segments.c.state == SegmentState.SENDING)
    return db.execute(update(segments).where(this, unsure).values(state=to)).rowcount == 1


def _close(db: Connection, delivery_id: int, n: int, outcome: str, note: Say | None, now: datetime) -> None:
    """What came of the attempts that were in doubt."""
    values = {"ended_at": now, "outcome": outcome, "reason": say_out(note)}
    db.execute(update(attempts).where(_in_doubt(delivery_id, n)).values(values))


def _in_doubt(delivery_id: int, n: int) -> ColumnElement[bool]:
    this = (attempts.c.delivery_id == delivery_id) & (attempts.c.n == n)
    return this & (attempts.c.outcome.is_(None) | (attempts.c.outcome == State.UNSURE))


def _move(
    db: Connection,
    delivery_id: int,
    n: int,
    to: State,
    note: Say | None,
    now: datetime,
    *,
    again_at: datetime | None = None,
    tries: int = 0,
) -> None:
    """The delivery goes on, unless an editor had cancelled it before it fell into doubt."""
    this = (doubts.c.delivery_id == delivery_id) & (doubts.c.n == n)
    if to is not State.SENT and db.execute(select(doubts.c.stop).where(this)).scalar_one_or_none():
        to = State.CANCELLED
    db.execute(delete(doubts).where(this))
    go_on_retracting(db, delivery_id)
    values = {"state": to, "note": say_out(note), "not_before": again_at, "attempts": tries, "updated_at": now}
    db.execute(
        update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state == State.UNSURE).values(values)
    )


def _number(remote_id: str) -> int:
    """An id by which newer ones are greater, as Telegram and X give them."""
    return int("".join(sign for sign in remote_id if sign.isdigit()) or 0)
