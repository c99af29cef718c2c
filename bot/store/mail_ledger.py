"""The ledger of an edition: claims committed before they are sent, answers after, both in one commit a turn."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, func, insert, or_, select, update

from bot.domain.edition import EditionState, End, Recipient, RecipientState
from bot.domain.errors import LeaseLost
from bot.domain.mailing import CLAIM, Claim, Ruled, Settled, ShardKey, Turn
from bot.domain.say import Say
from bot.domain.subscriber import SubscriberState, Suppressed
from bot.store.database import Database
from bot.store.mail_tables import claims, editions, memberships, recipients, shards, subscribers, suppressions
from bot.store.rates import Pace, Rates
from bot.store.rows import say_out
from bot.store.tables import leases

LATE = timedelta(minutes=5)  # after which a place in the pace counts as missed

# statements of every turn are built once: to build one takes longer than to carry it out
_HOLD = (
    update(leases)
    .where(
        leases.c.kind == "edition", leases.c.name == bindparam("called"), leases.c.token == bindparam("mine")
    )
    .values(until=bindparam("end"))
)  # fmt: skip
_SHARD = and_(shards.c.edition_id == bindparam("of"), shards.c.n == bindparam("shard"))
_STAND = (
    select(shards.c.first, shards.c.next, shards.c.last, editions.c.state, editions.c.newsletter)
    .join(editions, editions.c.id == shards.c.edition_id)
    .where(_SHARD)
)
_MINE = and_(recipients.c.edition_id == bindparam("of"), recipients.c.subscriber_id == bindparam("who"))
_RANGE = and_(
    recipients.c.edition_id == bindparam("of"),
    recipients.c.subscriber_id >= bindparam("from_id"),
    recipients.c.subscriber_id <= bindparam("to_id"),
)
_ONE = update(recipients).where(_MINE)
_FRESH_SENT = (
    update(recipients)
    .where(_RANGE, recipients.c.state == RecipientState.WAITING)
    .values(state=RecipientState.SENT, attempts=recipients.c.attempts + 1, at=bindparam("moment"))
)
_AGAIN_SENT = (
    update(recipients)
    .where(_RANGE, recipients.c.state == RecipientState.LATER, recipients.c.claim_id == bindparam("claim"))
    .values(state=RecipientState.SENT, attempts=recipients.c.attempts + 1, at=bindparam("moment"), claim_id=None)
)
_COUNT = (
    update(shards)
    .where(_SHARD)
    .values(
        sent=shards.c.sent + bindparam("more_sent"),
        refused=shards.c.refused + bindparam("more_refused"),
        unsure=shards.c.unsure + bindparam("more_unsure"),
        left=shards.c.left + bindparam("more_left"),
        next=bindparam("next_id"),
    )
)
_READS = and_(
    subscribers.c.state == SubscriberState.ACTIVE,
    exists().where(
        memberships.c.newsletter == bindparam("paper"),
        memberships.c.subscriber_id == recipients.c.subscriber_id,
        memberships.c.until.is_(None),
    ),
    ~exists().where(
        suppressions.c.digest == subscribers.c.digest,
        or_(suppressions.c.newsletter == "", suppressions.c.newsletter == bindparam("paper")),
    ),
)
_WHO = select(
    recipients.c.subscriber_id.label("id"),
    recipients.c.attempts,
    recipients.c.next_at,
    recipients.c.claim_id,
    subscribers.c.address,
    subscribers.c.name,
    _READS.label("reads"),
).outerjoin(subscribers, subscribers.c.id == recipients.c.subscriber_id)
_NEXT = _WHO.where(_RANGE).order_by(recipients.c.subscriber_id).limit(bindparam("most"))
_DUE = (
    _WHO.where(
        _RANGE,
        recipients.c.state == RecipientState.LATER,
        recipients.c.claim_id.is_(None),
        recipients.c.next_at <= bindparam("moment"),
    )
    .order_by(recipients.c.next_at)
    .limit(bindparam("most"))
)
_NEXT_DUE = select(func.min(recipients.c.next_at)).where(
    _RANGE, recipients.c.state == RecipientState.LATER, recipients.c.claim_id.is_(None)
)
_COLUMN = {End.REFUSED: "more_refused", End.UNSURE: "more_unsure"}


def lease_name(edition: int, shard: int) -> str:
    """The name of a shard's lease, of kind `edition`."""
    return f"{edition}:{shard}"


class MailLedger:
    """Implements the port of the same name."""

    def __init__(self, database: Database, rates: Rates | None = None) -> None:
        self._db, self._rates = database, rates or Rates()

    def turn(self, shard: ShardKey, settled: Settled | None, until: datetime, now: datetime, *, more: bool) -> Turn:
        """Answers of one claim in, the next claim out, in one commit."""
        of = {"of": shard.edition, "shard": shard.n}
        counts = {"more_sent": 0, "more_refused": 0, "more_unsure": 0, "more_left": 0}
        with self._db.write() as db:
            hold(db, shard, until)
            if settled:
                self._settle(db, shard, settled, counts, now)
            stand = db.execute(_STAND, of).one()
            found, next_id = Turn(halted=stand.state != EditionState.SENDING), stand.next
            if more and not found.halted:
                found, next_id = self._claim(db, shard, stand, counts, now)
            if any(counts.values()) or next_id != stand.next:
                db.execute(_COUNT, of | counts | {"next_id": next_id})
        return found

    def _settle(self, db: Connection, shard: ShardKey, settled: Settled, counts: dict[str, int], now: datetime) -> None:
        claim, ids = settled.claim, [each.id for each in settled.claim.recipients]
        for ruled in settled.others:
            self._write(db, shard, ruled, counts, now)
        if settled.sent:
            span = {"of": shard.edition, "from_id": min(ids), "to_id": max(ids), "moment": now}
            again = db.execute(_AGAIN_SENT, span | {"claim": claim.id}) if claim.again else None
            done = again or db.execute(_FRESH_SENT, span)
            counts["more_sent"] += done.rowcount
        db.execute(delete(claims).where(claims.c.id == claim.id))

    def _write(self, db: Connection, shard: ShardKey, ruled: Ruled, counts: dict[str, int], now: datetime) -> None:
        answer = ruled.answer
        tried = 0 if answer.end is End.UNTRIED else 1
        state = RecipientState.LATER if ruled.next_at else RecipientState(answer.end)
        values: dict[str, Any] = {"state": state, "next_at": ruled.next_at, "claim_id": None, "at": now}
        if tried:
            values |= {"code": answer.code or None, "answer": answer.words or None}
        values["attempts"] = recipients.c.attempts + tried
        db.execute(_ONE.values(values), {"of": shard.edition, "who": answer.id})
        if not ruled.next_at and answer.end in _COLUMN:
            counts[_COLUMN[answer.end]] += 1
        if ruled.suppress:
            suppress(self._db, db, answer.id, Suppressed.HARD_BOUNCE, f"{answer.code} {answer.words}"[:300], now)

    def _claim(
        self, db: Connection, shard: ShardKey, stand: Any, counts: dict[str, int], now: datetime
    ) -> tuple[Turn, int]:
        most, wait = CLAIM, 0.0
        pace = Pace(self._db, db)
        if self._rates.total:
            most, wait = pace.take("", self._rates.total, CLAIM, now)
            if not most:
                return Turn(wait_until=now + timedelta(seconds=max(wait, 0.05))), stand.next
        span = {"of": shard.edition, "paper": stand.newsletter, "to_id": stand.last, "most": most, "moment": now}
        again = db.execute(_DUE, span | {"from_id": stand.first}).all()
        rows = again or db.execute(_NEXT, span | {"from_id": stand.next}).all()
        next_id = stand.next if again or not rows else rows[-1].id + 1
        if not rows:
            return Turn(wait_until=self._next_due(db, shard, stand)), next_id
        gone = [row.id for row in rows if not row.reads]
        if gone:
            counts["more_left"] += len(gone)
            left = {"state": RecipientState.LEFT, "at": now, "next_at": None, "claim_id": None}
            db.execute(_some(shard.edition, gone).values(left))
        kept = [row for row in rows if row.reads]
        kept = self._paced(db, shard, pace, kept, now, again=bool(again))
        if not kept:  # all of them left, or have their place later: look further at once
            return Turn(wait_until=now), next_id
        ids = [row.id for row in kept]
        values = {"edition_id": shard.edition, "shard": shard.n, "token": shard.token, "at": now}
        values |= {"first": min(ids), "last": max(ids), "again": bool(again)}
        made = db.execute(insert(claims).values(values)).inserted_primary_key
        id_ = int(made[0]) if made else 0
        if again:
            db.execute(_some(shard.edition, ids).values(claim_id=id_))
        found = tuple(Recipient(id=r.id, address=r.address, name=r.name, attempts=r.attempts) for r in kept)
        return Turn(claim=Claim(id=id_, recipients=found, again=bool(again))), next_id

    def _paced(
        self, db: Connection, shard: ShardKey, pace: Pace, rows: Sequence[Row[Any]], now: datetime, *, again: bool
    ) -> list[Row[Any]]:
        """Those that may go now; each of the others gets its place in the pace of its domain."""
        if not (self._rates.per_domain or self._rates.domains):
            return list(rows)
        kept = []
        for row in rows:
            domain = row.address.rpartition("@")[2].lower()
            limit = self._rates.of(domain)
            in_time = again and row.next_at and now - row.next_at < LATE
            wait = pace.slot(f"@{domain}", limit, now) if limit and not in_time else 0.0
            if wait <= 0:
                kept.append(row)
                continue
            values = {"state": RecipientState.LATER, "next_at": now + timedelta(seconds=wait)}
            db.execute(_ONE.values(values), {"of": shard.edition, "who": row.id})
        return kept

    @staticmethod
    def _next_due(db: Connection, shard: ShardKey, stand: Any) -> datetime | None:
        values = {"of": shard.edition, "from_id": stand.first, "to_id": stand.last}
        found: datetime | None = db.execute(_NEXT_DUE, values).scalar()
        return found

    def recover(self, shard: ShardKey, now: datetime, *, again: bool) -> int:
        """What a dead process claimed and did not answer for."""
        with self._db.write() as db:
            hold(db, shard, None)
            of_shard = and_(claims.c.edition_id == shard.edition, claims.c.shard == shard.n)
            count = 0
            for claim in db.execute(select(claims).where(of_shard, claims.c.token != shard.token)).all():
                mine = and_(
                    recipients.c.edition_id == shard.edition,
                    recipients.c.subscriber_id >= claim.first,
                    recipients.c.subscriber_id <= claim.last,
                    recipients.c.state == (RecipientState.LATER if claim.again else RecipientState.WAITING),
                )
                if claim.again:
                    mine = and_(mine, recipients.c.claim_id == claim.id)
                tried: dict[str, Any] = {"attempts": recipients.c.attempts + 1, "claim_id": None, "at": now}
                values = tried | {"state": RecipientState.LATER, "next_at": now} if again else tried
                values = values if again else values | {"state": RecipientState.UNSURE, "next_at": None}
                count += db.execute(update(recipients).where(mine).values(values)).rowcount
                db.execute(delete(claims).where(claims.c.id == claim.id))
            if count and not again:
                db.execute(
                    update(shards)
                    .where(shards.c.edition_id == shard.edition, shards.c.n == shard.n)
                    .values(unsure=shards.c.unsure + count)
                )
        return count

    def rest(self, shard: ShardKey, now: datetime, *, until: datetime | None = None, note: Say | None = None) -> None:
        """Nothing to do until then, or nothing any more; all shards ended, the edition is sent."""
        with self._db.write() as db:
            hold(db, shard, None)
            this = and_(shards.c.edition_id == shard.edition, shards.c.n == shard.n)
            ended = None if until else now
            db.execute(update(shards).where(this).values(rest_until=until, note=say_out(note), ended_at=ended))
            if ended:
                close(db, shard.edition, now)


def close(db: Connection, edition: int, now: datetime) -> None:
    """The edition is sent once all its shards have ended."""
    left = exists().where(shards.c.edition_id == edition, shards.c.ended_at.is_(None))
    db.execute(
        update(editions)
        .where(editions.c.id == edition, editions.c.state == EditionState.SENDING, ~left)
        .values(state=EditionState.SENT, ended_at=now, reason=None)
    )


def hold(db: Connection, shard: ShardKey, until: datetime | None) -> None:
    """Every write of a holder: only while the lease is its own; raises LeaseLost."""
    name, mine = lease_name(shard.edition, shard.n), shard.token
    if until:
        held = db.execute(_HOLD, {"called": name, "mine": mine, "end": until}).rowcount == 1
    else:
        query = select(leases.c.token).where(leases.c.kind == "edition", leases.c.name == name).with_for_update()
        held = db.execute(query).scalar_one_or_none() == mine
    if not held:
        raise LeaseLost("Another process sends this shard by now.", "صار هذا الجزء من العدد عند عملية أخرى.")


def suppress(database: Database, db: Connection, subscriber: int, reason: Suppressed, note: str, now: datetime) -> None:
    """Nothing goes to this subscriber's address any more; the first reason stays."""
    row = db.execute(
        select(subscribers.c.digest, subscribers.c.address).where(subscribers.c.id == subscriber)
    ).one_or_none()
    if row is None:
        return
    values = {"digest": row.digest, "newsletter": "", "address": row.address, "reason": reason, "at": now, "note": note}
    db.execute(database.insert(suppressions).values(values).on_conflict_do_nothing())


def _some(edition: int, ids: Sequence[int]) -> Any:
    return update(recipients).where(recipients.c.edition_id == edition, recipients.c.subscriber_id.in_(ids))
