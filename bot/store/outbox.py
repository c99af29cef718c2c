"""The outbox (صندوق الصادر): deliveries as composing and editors see them. The lane's own writes are in ledger.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, delete, exists, func, insert, select, update

from bot.domain.amendment import Progress
from bot.domain.delivery import OPEN, TROUBLE, Delivery, Draft, SegmentState, State
from bot.domain.say import Say
from bot.domain.schedule import Decision
from bot.store.database import Database
from bot.store.delivery_rows import lock, read_deliveries, segment_digest, some_begun
from bot.store.leases import still_clock
from bot.store.rows import chunks, post_out, say_in, say_out
from bot.store.tables import amendments, articles, decisions, deliveries, doubts, segments


def _values(draft: Draft, now: datetime) -> dict[str, Any]:
    return {
        "channel": draft.channel,
        "service": draft.service,
        "preview": draft.preview,
        "subject": draft.subject,
        "occasion": draft.occasion,
        "article_id": draft.article_id,
        "version": draft.version,
        "title": draft.title,
        "post": post_out(draft.post),
        "state": draft.state,
        "urgent": draft.urgent,
        "due_at": draft.due_at,
        "expires_at": draft.expires_at,
        "slot": draft.slot,
        "section": draft.section,
        "reason": say_out(draft.reason),
        "note": None,
        "attempts": 0,
        "not_before": None,
        "reply_to": draft.reply_to,
        "created_at": now,
        "updated_at": now,
    }


def _lines(delivery_id: int, draft: Draft) -> list[dict[str, Any]]:
    return [
        {"delivery_id": delivery_id, "n": n, "state": SegmentState.WAITING, "digest": segment_digest(segment)}
        for n, segment in enumerate(draft.post.segments)
    ]


def add(database: Database, db: Connection, draft: Draft, now: datetime) -> int | None:
    """A new delivery as a part of a write, or None where it is there already."""
    statement = (
        database.insert(deliveries)
        .values(_values(draft, now))
        .on_conflict_do_nothing(index_elements=["channel", "subject", "occasion", "preview"])
        .returning(deliveries.c.id)
    )
    delivery_id: int | None = db.execute(statement).scalar_one_or_none()
    if delivery_id is not None:
        db.execute(insert(segments), _lines(delivery_id, draft))
    return delivery_id


def go_on_retracting(db: Connection, delivery_id: int) -> None:
    """A doubt is settled: the retraction that waits for it ends before anything else goes out."""
    waits = (amendments.c.delivery_id == delivery_id) & (amendments.c.state == Progress.WAITS)
    db.execute(update(amendments).where(waits).values(state=Progress.OPEN))


def _of_lane(channel: str, preview: bool, since: datetime) -> ColumnElement[bool]:
    mine = (deliveries.c.channel == channel) & (deliveries.c.preview == preview)
    return mine & (deliveries.c.due_at >= since)


# one that a process took and died before it began anything is no further than one in the queue; a thread of which
# something is out never expires
_LATE = (
    deliveries.c.state.in_([State.HELD, State.QUEUED, State.SENDING])
    & (deliveries.c.expires_at <= bindparam("now"))
    & ~some_begun()
)
_LATE_IDS = select(deliveries.c.id).where(_LATE)  # asked each second: to build it takes longer than to carry it out


class OutboxStore:
    """Implements the port `Outbox`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, draft: Draft, now: datetime, *, clock: int | None = None) -> int | None:
        """Keep a new delivery, or None where (channel, subject, occasion, preview) is there already.

        With the token of the `clock`, raises LeaseLost where another has it by now.
        """
        with self._db.write() as db:
            if clock is not None:
                still_clock(db, clock)
            return add(self._db, db, draft, now)

    def rewrite(
        self,
        delivery_id: int,
        allowed: Sequence[State],
        draft: Draft,
        now: datetime,
        note: Say | None = None,
        *,
        clock: int | None = None,
    ) -> bool:
        """Put another draft in the place of one of which nothing can be out; False where something can.

        With the token of the `clock`, raises LeaseLost where another has it by now.
        """
        this = (deliveries.c.id == delivery_id) & deliveries.c.state.in_(allowed) & ~some_begun()
        values = _values(draft, now) | {"note": say_out(note)}
        del values["created_at"]
        values |= {"edition": deliveries.c.edition + 1, "approved_by": None, "edited_by": None}
        with self._db.write() as db:
            if clock is not None:
                still_clock(db, clock)
            lock(self._db, db, [delivery_id])
            if not db.execute(update(deliveries).where(this).values(values)).rowcount:
                return False
            db.execute(delete(segments).where(segments.c.delivery_id == delivery_id))
            db.execute(insert(segments), _lines(delivery_id, draft))
        return True

    def outdated(self) -> list[Delivery]:
        """What waits, nothing of it begun, although its article has a newer version."""
        newer = exists().where((articles.c.id == deliveries.c.article_id) & (articles.c.version > deliveries.c.version))
        waiting = deliveries.c.state.in_([State.HELD, State.QUEUED])
        return self._read(select(deliveries).where(waiting, newer, ~some_begun()).order_by(deliveries.c.id))

    def get(self, delivery_id: int) -> Delivery | None:
        """One delivery with its segments, or None."""
        found = self._read(select(deliveries).where(deliveries.c.id == delivery_id))
        return found[0] if found else None

    def listing(self, states: Sequence[State], limit: int) -> list[Delivery]:
        """Deliveries in these states (all where none is named): first those that need a person, then what waits, by
        urgency and time; then the others, newest first.
        """
        query = select(deliveries).limit(limit)
        if states:
            query = query.where(deliveries.c.state.in_(states))
        state, closed = deliveries.c.state, deliveries.c.state.not_in([*OPEN, *TROUBLE])
        rank = case((state.in_(TROUBLE), 0), (state == State.HELD, 1), (closed, 3), else_=2)
        newest = case((closed, deliveries.c.updated_at))
        order = (rank, newest.desc(), deliveries.c.urgent.desc(), deliveries.c.due_at, deliveries.c.id)
        return self._read(query.order_by(*order))

    def count(self, states: Sequence[State]) -> int:
        """How many deliveries are in these states, all where none is named."""
        query = select(func.count()).select_from(deliveries)
        if states:
            query = query.where(deliveries.c.state.in_(states))
        with self._db.read() as db:
            number: int = db.execute(query).scalar_one()
        return number

    def of_article(self, article_id: str, channel: str, preview: bool) -> list[Delivery]:
        """Every delivery of one article on one channel, oldest first."""
        return self._read(
            select(deliveries)
            .where(
                deliveries.c.article_id == article_id, deliveries.c.channel == channel, deliveries.c.preview == preview
            )
            .order_by(deliveries.c.id)
        )

    def sections(self, channel: str, preview: bool, since: datetime) -> dict[str, int]:
        """How many posts of each section were or will be due, cancelled and expired ones aside."""
        query = (
            select(deliveries.c.section, func.count())
            .where(_of_lane(channel, preview, since), deliveries.c.state.not_in([State.CANCELLED, State.EXPIRED]))
            .group_by(deliveries.c.section)
        )
        with self._db.read() as db:
            return {row[0]: row[1] for row in db.execute(query)}

    def cancel_withdrawn(self, note: Say, now: datetime) -> list[int]:
        """Cancel what waits of articles that their source has taken back; return the ids."""
        # one that was made from the very version that is taken back is an editor's, who knew it
        gone = exists().where(
            (articles.c.id == deliveries.c.article_id)
            & articles.c.withdrawn
            & (deliveries.c.version < articles.c.version)
        )
        waiting = deliveries.c.state.in_([State.HELD, State.QUEUED]) & gone
        with self._db.read() as db:
            ids = list(db.execute(select(deliveries.c.id).where(waiting)).scalars())
        if ids:
            with self._db.write() as db:
                values = {"state": State.CANCELLED, "note": say_out(note), "updated_at": now}
                db.execute(update(deliveries).where(waiting).values(values))
        return ids

    def due_times(self, channel: str, preview: bool, since: datetime) -> list[datetime]:
        """When posts of the channel were or will be due, cancelled and expired ones aside."""
        with self._db.read() as db:
            return list(
                db.execute(
                    select(deliveries.c.due_at).where(
                        _of_lane(channel, preview, since),
                        deliveries.c.state.not_in([State.CANCELLED, State.EXPIRED]),
                    )
                ).scalars()
            )

    def slots_taken(self, channel: str, preview: bool, since: datetime) -> set[str]:
        """Slots of the channel that have a delivery, cancelled ones aside."""
        with self._db.read() as db:
            return set(
                db.execute(
                    select(deliveries.c.slot).where(
                        _of_lane(channel, preview, since),
                        deliveries.c.slot.is_not(None),
                        deliveries.c.state != State.CANCELLED,
                    )
                ).scalars()
            )

    def expire(self, now: datetime, note: Say) -> list[int]:
        """Mark as expired what was not begun in time; return the ids."""
        with self._db.read() as db:
            ids = list(db.execute(_LATE_IDS, {"now": now}).scalars())
        if ids:
            values = {"state": State.EXPIRED, "note": say_out(note), "updated_at": now}
            with self._db.write() as db:
                lock(self._db, db, ids)
                late = update(deliveries).where(_LATE, deliveries.c.id.in_(ids)).values(values)
                ids = list(db.execute(late.returning(deliveries.c.id), {"now": now}).scalars())
        return ids

    def change(
        self,
        delivery_id: int,
        allowed: Sequence[State],
        to: State,
        note: Say | None,
        now: datetime,
        due_at: datetime | None = None,
        forget_unsure: bool = False,
    ) -> bool:
        """An editor's act: move a delivery from one of the allowed states; False where it stands in another.

        `due_at` makes it leave then, whatever its time was. `forget_unsure` makes begun segments waiting again, on the
        editor's word that they are not out.
        """
        values: dict[str, Any] = {
            "state": to,
            "note": say_out(note),
            "updated_at": now,
            "not_before": None,
            "attempts": 0,
        }
        if due_at:
            values |= {"due_at": due_at, "expires_at": None}
        with self._db.write() as db:
            this = (deliveries.c.id == delivery_id) & deliveries.c.state.in_(allowed)
            if not db.execute(update(deliveries).where(this).values(values)).rowcount:
                return False
            if forget_unsure:
                db.execute(
                    update(segments)
                    .where(segments.c.delivery_id == delivery_id, segments.c.state == SegmentState.SENDING)
                    .values(state=SegmentState.WAITING)
                )
                db.execute(delete(doubts).where(doubts.c.delivery_id == delivery_id))
                go_on_retracting(db, delivery_id)
        return True

    def decided(self, news: Sequence[Decision]) -> None:
        """Keep the newest reason for each article and channel."""
        if not news:
            return
        with self._db.write() as db:
            for decision in news:
                key = {"article_id": decision.article_id, "channel": decision.channel}
                values = {"picked": decision.picked, "reason": say_out(decision.reason), "at": decision.at}
                db.execute(self._db.upsert(decisions, key, values))

    def decisions_of(self, article_ids: Sequence[str]) -> list[Decision]:
        """The newest reason for each of these articles and each channel."""
        ids = list(dict.fromkeys(article_ids))
        return [
            decision
            for some in chunks(ids)
            for decision in self._decisions(select(decisions).where(decisions.c.article_id.in_(some)))
        ]

    def decisions(self, article_id: str) -> list[Decision]:
        """The newest reason for each channel."""
        return self._decisions(select(decisions).where(decisions.c.article_id == article_id))

    def refused_since(self, moment: datetime) -> list[Decision]:
        """What selection refused from a moment on."""
        return self._decisions(select(decisions).where(decisions.c.at >= moment, ~decisions.c.picked))

    def _decisions(self, query: Select[Any]) -> list[Decision]:
        with self._db.read() as db:
            rows = db.execute(query.order_by(decisions.c.article_id, decisions.c.channel)).all()
        return [
            Decision(
                article_id=row.article_id,
                channel=row.channel,
                picked=row.picked,
                reason=say_in(row.reason) or Say("", ""),
                at=row.at,
            )
            for row in rows
        ]

    def _read(self, query: Select[Any]) -> list[Delivery]:
        with self._db.read() as db:
            return read_deliveries(db, query)
