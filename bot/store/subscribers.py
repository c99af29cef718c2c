"""Subscribers, what they read and what they agreed to; and those who get nothing."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, select, update

from bot.domain.say import Language
from bot.domain.signup import Address, Consent, Membership
from bot.domain.subscriber import CAME_BACK, Frequency, Subscriber, SubscriberState, Suppressed, digest_of
from bot.store.database import Database
from bot.store.mail_tables import consents, memberships, subscribers, suppressions

MOST = 1 << 31  # as large as the column is


class SubscriberStore:
    """What readers do themselves, each in one transaction with its lines in the log of consents."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_key(self, key: str) -> Subscriber | None:
        """Whose address this is."""
        return self._one(subscribers.c.key == key)

    def get(self, id_: int) -> Subscriber | None:
        """One by number; tests of editions bear numbers that no subscriber has."""
        return self._one(subscribers.c.id == id_) if id_ < MOST else None

    def memberships(self, id_: int) -> list[Membership]:
        """What somebody reads or has read."""
        query = select(memberships).where(memberships.c.subscriber_id == id_).order_by(memberships.c.newsletter)
        with self._db.read() as db:
            return [
                Membership(newsletter=r.newsletter, frequency=Frequency(r.frequency), since=r.since, until=r.until)
                for r in db.execute(query)
            ]

    def suppressed(self, digest: str) -> dict[str, Suppressed]:
        """Why an address gets nothing, by newsletter; "" is all of them."""
        query = select(suppressions.c.newsletter, suppressions.c.reason).where(suppressions.c.digest == digest)
        with self._db.read() as db:
            return {row.newsletter: Suppressed(row.reason) for row in db.execute(query)}

    def consents(self, digest: str) -> list[Consent]:
        """The log of one address, oldest first."""
        query = select(consents).where(consents.c.digest == digest).order_by(consents.c.id)
        with self._db.read() as db:
            return [
                Consent(newsletter=r.newsletter, what=r.what, at=r.at, origin=r.origin, words=r.words)
                for r in db.execute(query)
            ]

    def pend(self, address: Address, name: str, language: Language, now: datetime) -> int:
        """A subscriber who has still to confirm, or the one who is there."""
        with self._db.write() as db:
            return self._made(db, address, name, language, SubscriberState.PENDING, now)

    def join(
        self,
        address: Address,
        name: str,
        language: Language,
        wanted: Mapping[str, Frequency],
        *,
        what: str,
        origin: str,
        words: Mapping[str, str],
        now: datetime,
        offered: Collection[str] = (),
    ) -> int:
        """Somebody reads these newsletters from now on.

        `offered`, all that there are, where the owner of the address asks: what kept mail from it goes, but for
        complaints; who had left all of them stays away from the others.
        """
        digest = digest_of(address.key)
        with self._db.write() as db:
            id_ = self._made(db, address, name, language, SubscriberState.ACTIVE, now)
            active: dict[str, Any] = {"state": SubscriberState.ACTIVE, "left_at": None}
            active["confirmed_at"] = func.coalesce(subscribers.c.confirmed_at, now)
            if name:
                active["name"] = name
            db.execute(update(subscribers).where(subscribers.c.id == id_).values(active))
            for key, frequency in wanted.items():
                self._read(db, id_, key, frequency, now)
            if offered:
                self._lift(db, id_, digest, address.ascii, wanted, offered, CAME_BACK, now)
            _log(db, digest, what, origin, words, now)
        return id_

    def leave(
        self, id_: int, newsletter: str, *, origin: str, words: str, now: datetime, edition: int | None = None
    ) -> bool:
        """Somebody reads a newsletter ("": any) no more, whatever an import says; False where that was so already."""
        with self._db.write() as db:
            row = db.execute(select(subscribers).where(subscribers.c.id == id_).with_for_update()).one_or_none()
            if row is None:
                return False
            return self._leave(db, row, newsletter, origin, words, now, edition)

    def prefer(
        self,
        id_: int,
        wanted: Mapping[str, Frequency | None],
        *,
        origin: str,
        words: Mapping[str, str],
        now: datetime,
        offered: Collection[str],
    ) -> bool:
        """Other newsletters of all that are offered, or as often; None: no more. False where there is no such one."""
        with self._db.write() as db:
            row = db.execute(select(subscribers).where(subscribers.c.id == id_).with_for_update()).one_or_none()
            if row is None:
                return False
            for key, frequency in wanted.items():
                if frequency is None:
                    if self._reads(db, id_, key):
                        self._leave(db, row, key, origin, words[key], now, None)
                    continue
                if self._read(db, id_, key, frequency, now):
                    _log(db, row.digest, "chose", origin, {key: words[key]}, now)
                own = (Suppressed.UNSUBSCRIBED,)
                self._lift(db, id_, row.digest, row.address, [key], offered, own, now)
                db.execute(
                    update(subscribers)
                    .where(subscribers.c.id == id_)
                    .values(state=SubscriberState.ACTIVE, left_at=None)
                )
        return True

    def _made(
        self, db: Connection, address: Address, name: str, language: str, state: SubscriberState, now: datetime
    ) -> int:
        row = {
            "key": address.key,
            "digest": digest_of(address.key),
            "address": address.ascii,
            "name": name,
            "state": state,
            "language": language,
            "created_at": now,
            "confirmed_at": now if state is SubscriberState.ACTIVE else None,
        }
        db.execute(self._db.insert(subscribers).values(row).on_conflict_do_nothing())
        id_: int = db.execute(select(subscribers.c.id).where(subscribers.c.key == address.key)).scalar_one()
        return id_

    def _read(self, db: Connection, id_: int, newsletter: str, frequency: Frequency, now: datetime) -> bool:
        """Write a membership; False where it stood so."""
        mine = and_(memberships.c.newsletter == newsletter, memberships.c.subscriber_id == id_)
        had = db.execute(select(memberships.c.frequency).where(mine, memberships.c.until.is_(None))).scalar()
        if had == frequency:
            return False
        key = {"newsletter": newsletter, "subscriber_id": id_}
        since = {} if had else {"since": now}
        values = {"frequency": frequency, "until": None}
        fresh = self._db.insert(memberships).values(key | values | {"since": now})
        changed = fresh.on_conflict_do_update(index_elements=list(key), set_=values | since)
        db.execute(changed)
        return True

    def _lift(
        self,
        db: Connection,
        id_: int,
        digest: str,
        address: str,
        wanted: Collection[str],
        offered: Collection[str],
        reasons: Collection[Suppressed],
        now: datetime,
    ) -> None:
        """Mail of these newsletters may go there again; who had left all of them has left each of the others."""
        these = and_(suppressions.c.digest == digest, suppressions.c.newsletter.in_(["", *wanted]))
        gone = db.execute(
            delete(suppressions)
            .where(these, suppressions.c.reason.in_(reasons))
            .returning(suppressions.c.newsletter, suppressions.c.reason)
        ).all()
        if ("", Suppressed.UNSUBSCRIBED) not in [(row.newsletter, row.reason) for row in gone]:
            return
        line = {"digest": digest, "address": address, "reason": Suppressed.UNSUBSCRIBED, "at": now, "note": ""}
        rest = [key for key in offered if key not in wanted and not self._reads(db, id_, key)]
        if rest:
            left = self._db.insert(suppressions).on_conflict_do_nothing()
            db.execute(left, [line | {"newsletter": key} for key in rest])

    @staticmethod
    def _reads(db: Connection, id_: int, newsletter: str) -> bool:
        mine = and_(memberships.c.subscriber_id == id_, memberships.c.until.is_(None))
        mine = and_(mine, memberships.c.newsletter == newsletter) if newsletter else mine
        return db.execute(select(memberships.c.newsletter).where(mine).limit(1)).first() is not None

    def _leave(
        self,
        db: Connection,
        row: Any,
        newsletter: str,
        origin: str,
        words: str,
        now: datetime,
        edition: int | None,
    ) -> bool:
        read = and_(memberships.c.subscriber_id == row.id, memberships.c.until.is_(None))
        these = and_(read, memberships.c.newsletter == newsletter) if newsletter else read
        ended = db.execute(update(memberships).where(these).values(until=now)).rowcount
        values = {"digest": row.digest, "newsletter": newsletter, "address": row.address, "at": now, "note": ""}
        kept = self._db.insert(suppressions).values(values | {"reason": Suppressed.UNSUBSCRIBED})
        fresh = db.execute(kept.on_conflict_do_nothing().returning(suppressions.c.digest)).first()
        if not ended and not fresh:
            return False
        _log(db, row.digest, "left", origin, {newsletter: words}, now, edition)
        left = {"state": SubscriberState.LEFT, "left_at": now}
        db.execute(update(subscribers).where(subscribers.c.id == row.id, ~exists().where(read)).values(left))
        return True

    def _one(self, which: Any) -> Subscriber | None:
        with self._db.read() as db:
            row = db.execute(select(subscribers).where(which)).one_or_none()
        return subscriber_in(row) if row else None


def subscriber_in(row: Any) -> Subscriber:
    """A row of the table."""
    return Subscriber(
        id=row.id,
        address=row.address,
        name=row.name,
        state=SubscriberState(row.state),
        language=row.language,
        created_at=row.created_at,
    )


def _log(
    db: Connection,
    digest: str,
    what: str,
    origin: str,
    words: Mapping[str, str],
    now: datetime,
    edition: int | None = None,
) -> None:
    line = {"digest": digest, "what": what, "at": now, "origin": origin, "edition_id": edition}
    rows = [line | {"newsletter": key, "words": text} for key, text in words.items()]
    if rows:
        db.execute(insert(consents), rows)
