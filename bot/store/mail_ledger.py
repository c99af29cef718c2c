"""The ledger of an edition: claims committed before they are sent, answers after, both in one commit a turn."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, exists, select, update

from bot.domain.edition import EditionState, End, Recipient, RecipientState
from bot.domain.errors import LeaseLost
from bot.domain.mailing import MOST_AGAIN, Claim, Ruled, Settled, ShardKey, Turn
from bot.domain.say import Say
from bot.domain.subscriber import Suppressed, is_sendable
from bot.store.database import Database
from bot.store.mail_statements import HOT, NEXT_DUE, ONE, PUT_OFF
from bot.store.mail_tables import claims, editions, recipients, shards, subscribers, suppressions
from bot.store.rates import FAR, Pace, Rates, forget_lines
from bot.store.rows import say_out
from bot.store.tables import leases

_COLUMN = {End.REFUSED: "more_refused", End.UNSURE: "more_unsure"}


class _Stand(NamedTuple):
    """Where a shard stands, as _STAND reads it."""

    first: int
    next: int
    last: int
    state: str
    newsletter: str
    stopped: bool | int  # with everything else, by `stop-all`


class _Who(NamedTuple):
    """One recipient, as _WHO reads it."""

    id: int
    address: str
    name: str
    attempts: int
    reads: bool | int | None


def lease_name(edition: int, shard: int) -> str:
    """The name of a shard's lease, of kind `edition`."""
    return f"{edition}:{shard}"


class MailLedger:
    """Implements the port of the same name."""

    def __init__(self, database: Database, rates: Rates | None = None) -> None:
        self._db, self._rates = database, rates or Rates()
        self._hot = {name: database.prepared(statement) for name, statement in HOT.items()}

    def turn(self, shard: ShardKey, settled: Settled | None, until: datetime, now: datetime, *, more: bool) -> Turn:
        """Answers of one claim in, the next claim out, in one commit."""
        counts = {"more_sent": 0, "more_refused": 0, "more_unsure": 0, "more_left": 0}
        with self._db.write() as db:
            name, end = lease_name(shard.edition, shard.n), until
            if self._hot["hold"].run(db, called=name, mine=shard.token, end=end) != 1:
                raise _taken()
            if settled:
                self._settle(db, shard, settled, counts, now)
            stand = _Stand(*self._hot["stand"].rows(db, of=shard.edition, shard=shard.n)[0])
            found, next_id = Turn(halted=stand.state != EditionState.SENDING or bool(stand.stopped)), stand.next
            if more and not found.halted:
                found, next_id = self._claim(db, shard, stand, counts, now)
            if any(counts.values()) or next_id != stand.next:
                self._hot["count"].run(db, of=shard.edition, shard=shard.n, next_id=next_id, **counts)
        return found

    def _settle(self, db: Connection, shard: ShardKey, settled: Settled, counts: dict[str, int], now: datetime) -> None:
        claim, ids = settled.claim, [each.id for each in settled.claim.recipients]
        for ruled in settled.others:
            self._write(db, shard, ruled, counts, now)
        if settled.sent:
            span = {"of": shard.edition, "from_id": min(ids), "to_id": max(ids), "moment": now}
            if claim.again:
                counts["more_sent"] += self._hot["again sent"].run(db, claim=claim.id, **span)
            else:
                counts["more_sent"] += self._hot["fresh sent"].run(db, **span)
        self._hot["done"].run(db, claim=claim.id)

    def _write(self, db: Connection, shard: ShardKey, ruled: Ruled, counts: dict[str, int], now: datetime) -> None:
        answer = ruled.answer
        tried = 0 if answer.end is End.UNTRIED else 1
        state = RecipientState.LATER if ruled.next_at else RecipientState(answer.end)
        values: dict[str, Any] = {"state": state, "next_at": ruled.next_at, "claim_id": None, "at": now}
        if tried:
            values |= {"code": answer.code or None, "answer": answer.words or None}
        values["attempts"] = recipients.c.attempts + tried
        db.execute(ONE.values(values), {"of": shard.edition, "who": answer.id})
        if not ruled.next_at and answer.end in _COLUMN:
            counts[_COLUMN[answer.end]] += 1
        if ruled.suppress:
            suppress(self._db, db, answer.id, Suppressed.HARD_BOUNCE, f"{answer.code} {answer.words}"[:300], now)

    def _claim(
        self, db: Connection, shard: ShardKey, stand: _Stand, counts: dict[str, int], now: datetime
    ) -> tuple[Turn, int]:
        span = {"of": shard.edition, "paper": stand.newsletter, "to_id": stand.last}
        due = self._hot["due"].rows(db, from_id=stand.first, moment=now, **span)
        rows = [_Who(*row) for row in due or self._hot["next"].rows(db, from_id=stand.next, **span)]
        pace = self._pace(db, shard, rows)
        if pace and self._rates.total:
            most, wait = pace.take(self._rates.total, len(rows), now)
            if not most:
                return Turn(wait_until=now + timedelta(seconds=max(wait, 0.05))), stand.next
            rows = rows[:most]
        next_id = stand.next if due or not rows else rows[-1].id + 1
        if not rows:
            return Turn(wait_until=self._next_due(db, shard, stand)), next_id
        kept = [row for row in rows if row.reads and is_sendable(row.address)]
        gone = [row.id for row in rows if row not in kept]
        if gone:
            counts["more_left"] += len(gone)
            left = {"state": RecipientState.LEFT, "at": now, "next_at": None, "claim_id": None}
            db.execute(_some(shard.edition, gone).values(left))
        if pace:
            kept = self._paced(db, shard, pace, kept, now, again=bool(due))
            if self._rates.total:
                pace.give_back(self._rates.total, len(rows) - len(kept))
            pace.keep()
        if not kept:  # all of them left, or have their place later: look further at once
            return Turn(wait_until=now), next_id
        ids = [row.id for row in kept]
        id_ = int(
            self._hot["claimed"].rows(
                db,
                of=shard.edition,
                shard=shard.n,
                from_id=min(ids),
                to_id=max(ids),
                again=bool(due),
                mine=shard.token,
                moment=now,
            )[0][0]
        )
        if due:
            db.execute(_some(shard.edition, ids).values(claim_id=id_))
        found = tuple(Recipient(id=r.id, address=r.address, name=r.name, attempts=r.attempts) for r in kept)
        return Turn(claim=Claim(id=id_, recipients=found, again=bool(due))), next_id

    def _pace(self, db: Connection, shard: ShardKey, rows: Sequence[_Who]) -> Pace | None:
        """The pace of these, or None where nothing limits it."""
        domains = [domain for row in rows if row.reads and self._rates.of(domain := _domain(row))]
        return Pace(self._db, db, shard.edition, domains) if domains or (rows and self._rates.total) else None

    def _paced(
        self, db: Connection, shard: ShardKey, pace: Pace, rows: Sequence[_Who], now: datetime, *, again: bool
    ) -> list[_Who]:
        """Those that may go now; each of the others gets its place in the pace of its domain, or asks again."""
        kept, put_off = [], []
        placed = self._placed(db, shard, [row.id for row in rows], now) if again else set()
        for row in rows:
            limit = self._rates.of(domain := _domain(row))
            wait, place = pace.slot(domain, limit, now) if limit and row.id not in placed else (0.0, True)
            if wait <= 0:
                kept.append(row)
                continue
            next_at = now + timedelta(seconds=wait)
            put_off.append({"of": shard.edition, "who": row.id, "then": next_at, "moment": None if place else now})
        if put_off:
            db.execute(PUT_OFF, put_off)
        return kept

    @staticmethod
    def _placed(db: Connection, shard: ShardKey, ids: Sequence[int], now: datetime) -> set[int]:
        """Those whose place in the pace has just come; who was tried since, or missed it, needs a new one."""
        query = select(recipients.c.subscriber_id).where(
            recipients.c.edition_id == shard.edition,
            recipients.c.subscriber_id.in_(ids),
            recipients.c.at.is_(None),
            recipients.c.next_at > now - FAR,
        )
        return set(db.execute(query).scalars())

    @staticmethod
    def _next_due(db: Connection, shard: ShardKey, stand: _Stand) -> datetime | None:
        values = {"of": shard.edition, "from_id": stand.first, "to_id": stand.last}
        found: datetime | None = db.execute(NEXT_DUE, values).scalar()
        return found

    def recover(self, shard: ShardKey, now: datetime, *, again: bool) -> int:
        """What a dead process claimed and did not answer for."""
        with self._db.write() as db:
            hold(db, shard)
            of_shard = and_(claims.c.edition_id == shard.edition, claims.c.shard == shard.n)
            count = unsure = 0
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
                left = and_(mine, recipients.c.attempts >= MOST_AGAIN) if again else mine
                values = tried | {"state": RecipientState.UNSURE, "next_at": None}
                unsure += db.execute(update(recipients).where(left).values(values)).rowcount
                if again:
                    values = tried | {"state": RecipientState.LATER, "next_at": now}
                    count += db.execute(update(recipients).where(mine).values(values)).rowcount
                db.execute(delete(claims).where(claims.c.id == claim.id))
            if unsure:
                db.execute(
                    update(shards)
                    .where(shards.c.edition_id == shard.edition, shards.c.n == shard.n)
                    .values(unsure=shards.c.unsure + unsure)
                )
        return count + unsure

    def rest(self, shard: ShardKey, now: datetime, *, until: datetime | None = None, note: Say | None = None) -> None:
        """Nothing to do until then, or nothing any more; all shards ended, the edition is sent."""
        with self._db.write() as db:
            hold(db, shard)
            if until is None:  # of two shards that end at once, the later one has to see that the other has ended
                db.execute(select(editions.c.id).where(editions.c.id == shard.edition).with_for_update())
            this = and_(shards.c.edition_id == shard.edition, shards.c.n == shard.n)
            ended = None if until else now
            db.execute(update(shards).where(this).values(rest_until=until, note=say_out(note), ended_at=ended))
            if ended:
                close(db, shard.edition, now)


def close(db: Connection, edition: int, now: datetime) -> None:
    """The edition is sent once all its shards have ended."""
    left = exists().where(shards.c.edition_id == edition, shards.c.ended_at.is_(None))
    ended = db.execute(
        update(editions)
        .where(editions.c.id == edition, editions.c.state == EditionState.SENDING, ~left)
        .values(state=EditionState.SENT, ended_at=now, reason=None)
    )
    if ended.rowcount:
        forget_lines(db, edition)


def hold(db: Connection, shard: ShardKey) -> None:
    """Every write of a holder: only while the lease is its own; raises LeaseLost."""
    name = lease_name(shard.edition, shard.n)
    query = select(leases.c.token).where(leases.c.kind == "edition", leases.c.name == name).with_for_update()
    if db.execute(query).scalar_one_or_none() != shard.token:
        raise _taken()


def _taken() -> LeaseLost:
    return LeaseLost("Another process sends this shard by now.", "صار هذا الجزء من العدد عند عملية أخرى.")


def suppress(database: Database, db: Connection, subscriber: int, reason: Suppressed, note: str, now: datetime) -> None:
    """Nothing goes to this subscriber's address any more; the first reason stays."""
    row = db.execute(
        select(subscribers.c.digest, subscribers.c.address).where(subscribers.c.id == subscriber)
    ).one_or_none()
    if row is None:
        return
    values = {"digest": row.digest, "newsletter": "", "address": row.address, "reason": reason, "at": now, "note": note}
    db.execute(database.insert(suppressions).values(values).on_conflict_do_nothing())


def _domain(row: _Who) -> str:
    return row.address.rpartition("@")[2].lower()


def _some(edition: int, ids: Sequence[int]) -> Any:
    return update(recipients).where(recipients.c.edition_id == edition, recipients.c.subscriber_id.in_(ids))
