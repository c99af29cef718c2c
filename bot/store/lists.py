"""Lists of subscribers as the desk reads and mends them: searched, counted, written out, erased; the suppressions."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update

from bot.domain.importing import Barred, Listed
from bot.domain.subscriber import Suppressed
from bot.store.database import Database
from bot.store.mail_tables import (
    bounces,
    consents,
    import_refusals,
    memberships,
    recipients,
    subscribers,
    suppressions,
)
from bot.store.signup_tables import signups
from bot.text.rows import LONGEST

PAGE = 1000


class ListStore:
    """Implements the port `Rolls`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def search(
        self, text: str = "", *, state: str = "", newsletter: str = "", before: int = 0, limit: int = 100
    ) -> list[Listed]:
        """Subscribers whose address or name holds the text, newest first, from before an id on."""
        where = [subscribers.c.id < before] if before else []
        if text:
            likes = (subscribers.c.key.contains(text.lower(), autoescape=True),)
            where.append(or_(*likes, subscribers.c.name.contains(text, autoescape=True)))
        if state:
            where.append(subscribers.c.state == state)
        if newsletter:
            where.append(_reads(newsletter))
        query = select(subscribers).where(*where).order_by(subscribers.c.id.desc()).limit(limit)
        with self._db.read() as db:
            return self._listed(db, db.execute(query).all())

    def one(self, id_: int) -> Listed | None:
        """One subscriber."""
        with self._db.read() as db:
            found = self._listed(db, db.execute(select(subscribers).where(subscribers.c.id == id_)).all())
        return found[0] if found else None

    def counts(self) -> dict[str, int]:
        """How many subscribers are in each state."""
        query = select(subscribers.c.state, func.count()).group_by(subscribers.c.state)
        with self._db.read() as db:
            return {row[0]: row[1] for row in db.execute(query)}

    def readers(self) -> dict[tuple[str, str], int]:
        """How many read each newsletter, by how often."""
        query = select(memberships.c.newsletter, memberships.c.frequency, func.count()).where(
            memberships.c.until.is_(None)
        )
        with self._db.read() as db:
            rows = db.execute(query.group_by(memberships.c.newsletter, memberships.c.frequency)).all()
        return {(row[0], row[1]): row[2] for row in rows}

    def left_by(self, edition: int) -> int:
        """How many unsubscribed by a link of this edition."""
        query = select(func.count(consents.c.digest.distinct())).where(
            consents.c.edition_id == edition, consents.c.what == "left"
        )
        with self._db.read() as db:
            return int(db.execute(query).scalar_one())

    def everybody(self, newsletter: str = "") -> Iterator[Listed]:
        """All subscribers (of a newsletter), oldest first; a few at a time are held."""
        after = 0
        while True:
            where = [subscribers.c.id > after, *([_reads(newsletter)] if newsletter else [])]
            query = select(subscribers).where(*where).order_by(subscribers.c.id).limit(PAGE)
            with self._db.read() as db:
                found = self._listed(db, db.execute(query).all())
            yield from found
            if len(found) < PAGE:
                return
            after = found[-1].id

    def erase(self, key: str, digest: str, is_it: Callable[[str], bool], origin: str, now: datetime) -> bool:
        """Nothing of an address stays but the digest that keeps imports from bringing it back; False of an unknown one.

        `is_it` tells of a refused row's value whether it is this address, however written. The ledger of editions keeps
        its counts, without what mail servers said.
        """
        with self._db.write() as db:
            row = db.execute(select(subscribers.c.id).where(subscribers.c.key == key).with_for_update()).one_or_none()
            asked = db.execute(delete(signups).where(signups.c.digest == digest)).rowcount
            this = suppressions.c.digest == digest
            named = update(suppressions).where(this, suppressions.c.address.is_not(None))
            barred = db.execute(named.values(address=None, note="")).rowcount
            refused = self._erase_refusals(db, key, is_it)
            if not (row or asked or barred or refused):
                return False
            line = {"digest": digest, "newsletter": ""}
            values = {"address": None, "reason": Suppressed.UNSUBSCRIBED, "at": now, "note": ""}
            db.execute(self._db.insert(suppressions).values(line | values).on_conflict_do_nothing())
            db.execute(update(consents).where(consents.c.digest == digest).values(origin=""))
            db.execute(insert(consents).values(line | {"what": "erased", "at": now, "origin": origin, "words": ""}))
            if row:
                db.execute(update(recipients).where(recipients.c.subscriber_id == row.id).values(answer=None))
                db.execute(update(bounces).where(bounces.c.subscriber_id == row.id).values(detail=""))
                db.execute(delete(memberships).where(memberships.c.subscriber_id == row.id))
                db.execute(delete(subscribers).where(subscribers.c.id == row.id))
        return True

    @staticmethod
    def _erase_refusals(db: Any, key: str, is_it: Callable[[str], bool]) -> int:
        local = key.rpartition("@")[0][:LONGEST]  # the same in all writings of an address, but for capitals
        near = func.lower(import_refusals.c.value).contains(local, autoescape=True)
        rows = db.execute(
            select(import_refusals.c.import_id, import_refusals.c.line, import_refusals.c.value).where(near)
        )
        mine = [(row.import_id, row.line) for row in rows if is_it(row.value)]
        for id_, line in mine:
            this = and_(import_refusals.c.import_id == id_, import_refusals.c.line == line)
            db.execute(delete(import_refusals).where(this))
        return len(mine)

    def barred(self, text: str = "", *, reason: str = "", skip: int = 0, limit: int = 100) -> list[Barred]:
        """The suppression list, newest first."""
        where: list[Any] = [suppressions.c.reason == reason] if reason else []
        if text:
            where.append(suppressions.c.address.contains(text.lower(), autoescape=True))
        query = select(suppressions).where(*where).order_by(suppressions.c.at.desc(), suppressions.c.digest)
        with self._db.read() as db:
            rows = db.execute(query.offset(skip).limit(limit)).all()
        return [
            Barred(
                digest=row.digest,
                newsletter=row.newsletter,
                address=row.address or "",
                reason=row.reason,
                at=row.at,
                note=row.note,
            )
            for row in rows
        ]

    def bar(self, digest: str, newsletter: str, address: str, note: str, now: datetime) -> bool:
        """Nothing goes to this address; False where that was so already."""
        values = {"digest": digest, "newsletter": newsletter, "address": address, "note": note, "at": now}
        values["reason"] = Suppressed.BY_HAND
        with self._db.write() as db:
            made = self._db.insert(suppressions).values(values).on_conflict_do_nothing()
            return db.execute(made.returning(suppressions.c.digest)).first() is not None

    def reason(self, digest: str, newsletter: str) -> Suppressed | None:
        """Why an address is suppressed."""
        this = and_(suppressions.c.digest == digest, suppressions.c.newsletter == newsletter)
        with self._db.read() as db:
            found = db.execute(select(suppressions.c.reason).where(this)).scalar_one_or_none()
        return Suppressed(found) if found else None

    def lift(self, digest: str, newsletter: str) -> bool:
        """Mail may go there again; False where nothing stood against it."""
        this = and_(suppressions.c.digest == digest, suppressions.c.newsletter == newsletter)
        with self._db.write() as db:
            return db.execute(delete(suppressions).where(this)).rowcount == 1

    @staticmethod
    def _listed(db: Any, rows: Sequence[Any]) -> list[Listed]:
        ids, digests = [row.id for row in rows], [row.digest for row in rows]
        reads: dict[int, list[tuple[str, str]]] = {}
        mine = memberships.c.subscriber_id.in_(ids) & memberships.c.until.is_(None)
        for row in db.execute(select(memberships).where(mine).order_by(memberships.c.newsletter)):
            reads.setdefault(row.subscriber_id, []).append((row.newsletter, row.frequency))
        why: dict[str, str] = {}
        of = {row.digest: {"", *(key for key, _ in reads.get(row.id, ()))} for row in rows}
        for row in db.execute(
            select(suppressions).where(suppressions.c.digest.in_(digests)).order_by(suppressions.c.newsletter.desc())
        ):
            if row.newsletter in of[row.digest] or len(of[row.digest]) == 1:  # of all (which comes last), or of theirs
                why[row.digest] = row.reason
        return [
            Listed(
                id=row.id,
                address=row.address,
                name=row.name,
                state=row.state,
                created_at=row.created_at,
                reads=tuple(reads.get(row.id, ())),
                suppressed=why.get(row.digest, ""),
            )
            for row in rows
        ]


def _reads(newsletter: str) -> Any:
    return exists().where(
        memberships.c.subscriber_id == subscribers.c.id,
        memberships.c.newsletter == newsletter,
        memberships.c.until.is_(None),
    )
