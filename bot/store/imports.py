"""Files of addresses taken into lists, some rows in each transaction; a file that was broken off goes on."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.domain.errors import LeaseLost
from bot.domain.importing import BARRED, KNOWN, LEFT, TWICE, Import, ImportState, Refusal, Row
from bot.domain.say import Say
from bot.domain.subscriber import Frequency, SubscriberState, Suppressed, digest_of
from bot.store.database import Database
from bot.store.mail_tables import consents, import_refusals, imports, memberships, subscribers, suppressions
from bot.store.rows import say_in, say_out

PAGE = 1000


class ImportStore:
    """Implements the port `Imports`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(
        self, newsletter: str, digest: str, name: str, rows: int, who: str, words: str, now: datetime
    ) -> tuple[Import, bool]:
        """The import of this file into this list, and whether it is new."""
        row = {"newsletter": newsletter, "digest": digest, "name": name, "rows": rows, "who": who, "words": words}
        row |= {"state": ImportState.RUNNING, "done": 0, "added": 0, "refused": 0, "began_at": now}
        with self._db.write() as db:
            made = self._db.insert(imports).values(row).on_conflict_do_nothing().returning(imports.c.id)
            new = db.execute(made).scalar_one_or_none() is not None
            this = (imports.c.newsletter == newsletter) & (imports.c.digest == digest)
            found = db.execute(select(imports).where(this)).one()
        return _import(found), new

    def get(self, id_: int) -> Import | None:
        """One by number."""
        with self._db.read() as db:
            row = db.execute(select(imports).where(imports.c.id == id_)).one_or_none()
        return _import(row) if row else None

    def newest(self, limit: int) -> list[Import]:
        """The newest first."""
        with self._db.read() as db:
            return [_import(row) for row in db.execute(select(imports).order_by(imports.c.id.desc()).limit(limit))]

    def take(self, import_: Import, rows: Sequence[Row], usual: Frequency, now: datetime) -> Import:
        """These rows, the next of the file, in one transaction; raises LeaseLost where another process took them."""
        with self._db.write() as db:
            mine = (imports.c.id == import_.id) & (imports.c.done == import_.done)
            moved = update(imports).where(mine).values(done=import_.done + len(rows))
            if db.execute(moved).rowcount != 1:
                raise LeaseLost("Another process imports this file.", "عملية أخرى تستورد هذا الملف.")
            good, refused = self._judged(db, import_, rows)
            if good:
                self._write(db, import_, good, usual, now)
            if refused:
                said = [
                    {"import_id": import_.id, "line": row.line, "value": row.value, "reason": say_out(reason)}
                    for row, reason in refused
                ]
                db.execute(self._db.insert(import_refusals).on_conflict_do_nothing(), said)
            counts = {"added": imports.c.added + len(good), "refused": imports.c.refused + len(refused)}
            changed = update(imports).where(imports.c.id == import_.id).values(counts)
            return _import(db.execute(changed.returning(imports)).one())

    def end(self, id_: int, now: datetime) -> Import:
        """All of it is taken."""
        ended = {"state": ImportState.DONE, "ended_at": now, "rows": imports.c.done}
        with self._db.write() as db:
            return _import(
                db.execute(update(imports).where(imports.c.id == id_).values(ended).returning(imports)).one()
            )

    def refusals(self, id_: int) -> Iterator[Refusal]:
        """Each row that was not taken, in the order of the file; a few at a time are held."""
        after = -1
        while True:
            this = (import_refusals.c.import_id == id_) & (import_refusals.c.line > after)
            query = select(import_refusals).where(this).order_by(import_refusals.c.line).limit(PAGE)
            with self._db.read() as db:
                rows = db.execute(query).all()
            for row in rows:
                yield Refusal(line=row.line, value=row.value, reason=say_in(row.reason) or Say("", ""))
            if len(rows) < PAGE:
                return
            after = rows[-1].line

    def _judged(self, db: Connection, import_: Import, rows: Sequence[Row]) -> tuple[list[Row], list[tuple[Row, Say]]]:
        keys = [row.address.key for row in rows if row.address]
        digests = {key: digest_of(key) for key in keys}
        barred: dict[str, Suppressed] = {}
        query = select(suppressions.c.digest, suppressions.c.reason).where(
            suppressions.c.digest.in_(list(digests.values())),
            suppressions.c.newsletter.in_(["", import_.newsletter]),
        )
        for line in db.execute(query):
            barred[line.digest] = Suppressed(line.reason)
        read = (
            select(subscribers.c.key, memberships.c.until)
            .join(memberships, memberships.c.subscriber_id == subscribers.c.id)
            .where(subscribers.c.key.in_(keys), memberships.c.newsletter == import_.newsletter)
        )
        had = {line.key: line.until for line in db.execute(read)}
        good: list[Row] = []
        refused: list[tuple[Row, Say]] = []
        seen: set[str] = set()
        for row in rows:
            reason = row.reason
            if reason is None and row.address:
                why = barred.get(digests[row.address.key])
                if row.address.key in seen:
                    reason = TWICE
                elif why is Suppressed.UNSUBSCRIBED or had.get(row.address.key):
                    reason = LEFT
                elif why:
                    reason = BARRED
                elif row.address.key in had:
                    reason = KNOWN
                seen.add(row.address.key)
            if reason:
                refused.append((row, reason))
            else:
                good.append(row)
        return good, refused

    def _write(self, db: Connection, import_: Import, rows: Sequence[Row], usual: Frequency, now: datetime) -> None:
        people = [
            {
                "key": row.address.key,
                "digest": digest_of(row.address.key),
                "address": row.address.ascii,
                "name": row.name,
                "state": SubscriberState.ACTIVE,
                "language": "ar",
                "created_at": now,
                "confirmed_at": now,
            }
            for row in rows
            if row.address
        ]
        keys = [person["key"] for person in people]
        db.execute(self._db.insert(subscribers).on_conflict_do_nothing(), people)
        active = {"state": SubscriberState.ACTIVE, "left_at": None}
        others = (SubscriberState.PENDING, SubscriberState.LEFT)
        db.execute(
            update(subscribers).where(subscribers.c.key.in_(keys), subscribers.c.state.in_(others)).values(active)
        )
        ids = {
            row.key: row.id
            for row in db.execute(select(subscribers.c.key, subscribers.c.id).where(subscribers.c.key.in_(keys)))
        }
        reads = [
            {
                "newsletter": import_.newsletter,
                "subscriber_id": ids[row.address.key],
                "frequency": row.frequency or usual,
                "since": now,
            }
            for row in rows
            if row.address
        ]
        db.execute(self._db.insert(memberships).on_conflict_do_nothing(), reads)
        line: dict[str, Any] = {"newsletter": import_.newsletter, "what": "imported", "at": now}
        line |= {"origin": f"import {import_.id} by {import_.who}", "words": import_.words}
        db.execute(insert(consents), [line | {"digest": person["digest"]} for person in people])


def _import(row: Any) -> Import:
    values = {name: row._mapping[name] for name in Import.__dataclass_fields__}
    return Import(**(values | {"state": ImportState(row.state), "words": row.words or ""}))
