"""Corrections and retractions: asked for by editors, carried out by who holds the lane, each part with its proof."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, insert, or_, select, update

from bot.domain.amendment import Amendment, Kind, Part, PartState, Progress
from bot.domain.delivery import Delivery, Draft, State
from bot.domain.limits import Use
from bot.domain.post import Post
from bot.domain.say import Say
from bot.store.calls import give_back, take
from bot.store.database import Database
from bot.store.delivery_rows import read_deliveries, segment_digest
from bot.store.leases import holding
from bot.store.outbox import add
from bot.store.rows import post_in, post_out, say_in, say_out
from bot.store.tables import amended, amendments, corrections, deliveries, doubts, lanes, segments


class AmendmentStore:
    """Implements the port `Amendments`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ask(
        self,
        delivery: Delivery,
        kind: Kind,
        post: Post | None,
        version: int,
        now: datetime,
        *,
        then: Draft | None = None,
    ) -> tuple[int, ...] | None:
        """Keep a new one and, in one, the delivery that belongs to it: their numbers; None where there already."""
        same = and_(amendments.c.delivery_id == delivery.id, amendments.c.state.in_([Progress.OPEN, Progress.WAITS]))
        with self._db.write() as db:
            if db.execute(select(amendments.c.id).where(same, amendments.c.kind == kind)).first():
                return None
            following = add(self._db, db, then, now) if then else None
            if then and following is None:
                return None
            if kind is Kind.RETRACT:  # what is in doubt and is found goes no further, and is deleted, too
                db.execute(update(doubts).where(doubts.c.delivery_id == delivery.id).values(stop=True))
            row = {
                "delivery_id": delivery.id,
                "kind": kind,
                "state": Progress.OPEN,
                "post": post_out(post) if post else None,
                "version": version,
                "attempts": 0,
                "created_at": now,
                "updated_at": now,
            }
            id_: int = db.execute(insert(amendments).values(row).returning(amendments.c.id)).scalar_one()
        return (id_,) if following is None else (id_, following)

    def due(self, channel: str, now: datetime) -> list[Amendment]:
        """Those that can be carried out now, oldest first; one whose delivery is being looked for waits."""
        looked_for = exists().where(doubts.c.delivery_id == deliveries.c.id, doubts.c.next_at.is_not(None))
        query = (
            select(amendments)
            .join(deliveries, deliveries.c.id == amendments.c.delivery_id)
            .outerjoin(lanes, lanes.c.channel == deliveries.c.channel)
            .where(
                deliveries.c.channel == channel,
                amendments.c.state == Progress.OPEN,
                or_(amendments.c.not_before.is_(None), amendments.c.not_before <= now),
                ~and_(deliveries.c.state == State.UNSURE, looked_for),
            )
            .order_by(amendments.c.id)
        )
        with self._db.read() as db:
            return [self._read(db, row) for row in db.execute(query).all()]

    def get(self, amendment_id: int) -> Amendment | None:
        """One of them, or None."""
        with self._db.read() as db:
            row = db.execute(select(amendments).where(amendments.c.id == amendment_id)).one_or_none()
            return self._read(db, row) if row else None

    def _read(self, db: Any, row: Any) -> Amendment:
        (delivery,) = read_deliveries(db, select(deliveries).where(deliveries.c.id == row.delivery_id))
        parts = db.execute(select(amended).where(amended.c.amendment_id == row.id).order_by(amended.c.n)).all()
        return Amendment(
            id=row.id,
            delivery=delivery,
            kind=Kind(row.kind),
            state=Progress(row.state),
            post=post_in(row.post) if row.post else None,
            version=row.version,
            parts=tuple(Part(n=p.n, state=PartState(p.state), note=say_in(p.note)) for p in parts),
            attempts=row.attempts,
            note=say_in(row.note),
        )

    def begin(self, amendment: Amendment, n: int, uses: Sequence[Use], token: int, now: datetime) -> None:
        """Commit that segment n is being amended from now on; raises LeaseLost, NotNow."""
        with holding(self._db, amendment.delivery.channel, token) as db:
            take(self._db, db, uses, amendment.delivery, now)
            values = {"state": PartState.SENDING, "began_at": now, "ended_at": None}
            db.execute(self._db.upsert(amended, {"amendment_id": amendment.id, "n": n}, values))

    def not_made(self, amendment: Amendment, n: int, token: int, now: datetime, *, reached: bool) -> None:
        """Commit that the call for segment n changed nothing, so that it costs nothing."""
        part = (amended.c.amendment_id == amendment.id) & (amended.c.n == n)
        with holding(self._db, amendment.delivery.channel, token) as db:
            give_back(
                db, amendment.delivery.id, ["edit", "delete"], select(amended.c.began_at).where(part), reached=reached
            )
            db.execute(update(amended).where(part).values(ended_at=now))

    def end(self, amendment: Amendment, n: int, state: PartState, note: Say | None, token: int, now: datetime) -> None:
        """Commit what came of segment n."""
        values = {"state": state, "note": say_out(note), "ended_at": now}
        with holding(self._db, amendment.delivery.channel, token) as db:
            db.execute(self._db.upsert(amended, {"amendment_id": amendment.id, "n": n}, values))
            db.execute(update(amendments).where(amendments.c.id == amendment.id).values(attempts=0, updated_at=now))

    def postpone(
        self, amendment: Amendment, until: datetime, note: Say, token: int, now: datetime, *, counts: bool = True
    ) -> None:
        """Go on with it at a later time."""
        values = {"not_before": until, "note": say_out(note), "updated_at": now}
        with holding(self._db, amendment.delivery.channel, token) as db:
            db.execute(
                update(amendments)
                .where(amendments.c.id == amendment.id)
                .values(attempts=amendments.c.attempts + int(counts), **values)
            )

    def finish(self, amendment: Amendment, state: Progress, note: Say, token: int, now: datetime) -> None:
        """Write what came of it to the amendment and to its delivery, in one."""
        delivery = amendment.delivery
        values: dict[str, Any] = {"note": say_out(note), "updated_at": now}
        whole = state is Progress.DONE
        with holding(self._db, delivery.channel, token) as db:
            db.execute(update(amendments).where(amendments.c.id == amendment.id).values(state=state, **values))
            this = (deliveries.c.id == delivery.id) & (deliveries.c.state != State.UNSURE)
            if whole and amendment.kind is Kind.RETRACT:
                values["state"] = State.RETRACTED
            if whole and amendment.post:
                values |= {"post": post_out(amendment.post), "version": amendment.version}
                for n, segment in enumerate(amendment.post.segments):
                    line = (segments.c.delivery_id == delivery.id) & (segments.c.n == n)
                    db.execute(update(segments).where(line).values(digest=segment_digest(segment)))
            db.execute(update(deliveries).where(this).values(values))

    def note_correction(self, channel: str, article_id: str, version: int, text: str, now: datetime) -> bool:
        """Keep what the next edition of a newsletter prints; False where it is kept already."""
        row = {"channel": channel, "article_id": article_id, "version": version, "text": text, "at": now}
        statement = self._db.insert(corrections).values(row).on_conflict_do_nothing()
        with self._db.write() as db:
            return db.execute(statement.returning(corrections.c.version)).first() is not None
