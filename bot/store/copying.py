"""One database into another, whole: a backup while running, its restoration, the move from SQLite to PostgreSQL."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, Table, delete, func, insert, select, text, update

from bot.domain.delivery import SegmentState, State
from bot.domain.edition import EditionState
from bot.domain.errors import Refused
from bot.domain.say import Say
from bot.store import backups
from bot.store.database import Database, DatabaseError
from bot.store.leases import Holder
from bot.store.mail_tables import editions, subscribers
from bot.store.rows import say_out
from bot.store.signup_tables import newsletters, signups
from bot.store.tables import alerts, contacts, deliveries, leases, metadata, segments, sources, subscriptions

TOGETHER = 500
# ids that stand in signed links: those that were given since the backup was made must not become somebody else's
LEAPS = {subscribers.name: 1_000_000, signups.name: 1_000_000, editions.name: 10_000}
Progress = Callable[[str, int, int], None]  # the table, rows done, rows in all


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What a restoration left for editors to look at."""

    held: int  # waited at the time of the backup, and may have gone since
    unsure: int  # were half out


def copy(source: Database, target: Database, progress: Progress) -> int:
    """Every row into an empty database of the same version, as one state of the source; the number of rows.

    Raises Refused where something is in the target.
    """
    if not source.memory and source.behind():
        raise Refused(
            f"The database {source.name} is of an older version: run `nashir db upgrade` on it first.",
            f"إصدار قاعدة البيانات {source.name} أقدم: نفّذ `nashir db upgrade` عليها أولا.",
        )
    with source.read() as old, target.write() as new:
        for table in _carried(metadata.sorted_tables):
            if new.execute(select(table).limit(1)).first():
                raise Refused(
                    f"The database {target.name} is not empty (table {table.name}).",
                    f"قاعدة البيانات {target.name} ليست فارغة (الجدول {table.name}).",
                )
        return _rows(source, old, new, progress, metadata.sorted_tables, sqlite=target.sqlite)


def _rows(
    source: Database, old: Connection, new: Connection, progress: Progress, tables: Sequence[Table], *, sqlite: bool
) -> int:
    total = 0
    for table in _carried(tables):
        with source.told_plainly():
            rows = old.execute(select(func.count()).select_from(table)).scalar_one()
        done = 0
        for part in _parts(source, old, table):
            new.execute(insert(table), part)
            done += len(part)
            progress(table.name, done, rows)
        total += done
    if not sqlite:
        _count_on(new)
    return total


def _parts(source: Database, old: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table, some at a time; what is wrong with the source is said of the source."""
    with source.told_plainly():
        every = select(table).execution_options(yield_per=TOGETHER)
        for part in old.execute(every).mappings().partitions(TOGETHER):
            yield [dict(row) for row in part]


def backup(database: Database, path: Path, progress: Progress, key: bytes | None = b"") -> int:
    """The whole newsroom as it is in one SQLite file, mode 600, also while it runs; the number of rows.

    `key`: its own one, empty where none was made yet, None where it is kept elsewhere. Raises Refused, DatabaseError.
    """
    if path.exists():
        raise Refused(f"{path} is there already; name another file.", f"الملف {path} موجود من قبل؛ اختر اسما آخر.")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    target = Database.of_file(part)
    try:
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"):
            pass
        rows = _as_it_is(database, target, part, progress)
        target.into_one_file()
        target.close()
        backups.put_key(part, key)
        part.replace(path)
    except DatabaseError as error:  # our own name for a file that is not there yet helps nobody
        said = [each.replace(str(part), str(path)) for each in (error.say.en, error.say.ar)]
        raise DatabaseError(*said) from None
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refused(
            f"{path}: the backup cannot be written: {reason}.", f"{path}: تعذرت كتابة النسخة الاحتياطية: {reason}."
        ) from None
    finally:
        target.close()
        for left in (part, Path(f"{part}-wal"), Path(f"{part}-shm")):
            left.unlink(missing_ok=True)
    return rows


def _as_it_is(database: Database, target: Database, part: Path, progress: Progress) -> int:
    """A database of any version into an empty SQLite file; the number of rows."""
    from bot.store import upgrading

    if not database.is_made():
        raise Refused(
            f"The database {database.name} is not made yet: there is nothing to back up.",
            f"لم تُنشأ القاعدة {database.name} بعد: لا شيء يُنسخ.",
        )
    if database.sqlite:
        backups.whole(database, part)
        with target.read() as copied:
            return sum(_counted(copied, table, progress) for table in _carried(backups.tables_of(copied)))
    database.behind()  # raises where it is newer
    with database.read() as old:
        version = upgrading.version(old)
    with target.write() as new:  # before the rows are read: PostgreSQL ends a transaction that waits
        upgrading.upgrade(new, version)
    with database.read() as old, target.write() as new:
        return _rows(database, old, new, progress, backups.tables_of(old), sqlite=True)


def _counted(db: Connection, table: Table, progress: Progress) -> int:
    rows: int = db.execute(select(func.count()).select_from(table)).scalar_one()
    progress(table.name, rows, rows)
    return rows


def _carried(tables: Sequence[Table]) -> list[Table]:
    return [table for table in tables if table.name not in backups.NOT_COPIED]


def restore(
    path: Path,
    database: Database,
    names: Sequence[str],
    now: datetime,
    progress: Progress,
    *,
    replace: bool = False,
    owner: str = "",
    first: Callable[[], object] = lambda: None,
    together: Callable[[bytes | None], object] = lambda _key: None,
) -> Settled:
    """A backup into an empty database, or with `replace` in the place of what is there, so that nothing repeats.

    What waited when the backup was made may have gone since: it is held. A thread that was half out is unsure. Every
    source of `names` is met anew and its backlog stays unpublished. All of it in one transaction: `first` comes before
    it, once the file is known to be a backup, and `together` at its end, with the backup's key. The file stays as it
    is. Raises Refused.
    """
    made = datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo)
    note = Say(
        f"Restored from a backup of {made:%Y-%m-%d %H:%M} UTC: it may have gone out since. Look at the channel.",
        f"استعيد من نسخة احتياطية بتاريخ {made:%Y-%m-%d %H:%M} UTC: قد يكون خرج بعدها. تحقق من القناة.",
    )
    near = database.file.parent if database.file else None
    with backups.opened(path, near, owner) as (source, key), source.read() as old:
        first()
        return _restored(
            source, old, database, names, note, now, progress, replace=replace, together=lambda: together(key)
        )


def _restored(
    source: Database,
    old: Connection,
    database: Database,
    names: Sequence[str],
    note: Say,
    now: datetime,
    progress: Progress,
    *,
    replace: bool,
    together: Callable[[], object],
) -> Settled:
    with database.write() as db:
        if replace:
            for table in reversed(metadata.sorted_tables):
                db.execute(delete(table))
        _rows(source, old, db, progress, metadata.sorted_tables, sqlite=database.sqlite)
        _leap(db, sqlite=database.sqlite)
        settled = _settled(db, names, note, now)
        together()
        return settled


def _settled(db: Connection, names: Sequence[str], note: Say, now: datetime) -> Settled:
    live = ~deliveries.c.preview
    half = _half_out(db)
    for id_ in half:
        first = select(func.min(segments.c.n)).where(
            segments.c.delivery_id == id_, segments.c.state == SegmentState.WAITING
        )
        db.execute(
            update(segments)
            .where(segments.c.delivery_id == id_, segments.c.n == first.scalar_subquery())
            .values(state=SegmentState.SENDING)
        )
    values = {"note": say_out(note), "updated_at": now}
    unsure = db.execute(update(deliveries).where(deliveries.c.id.in_(half)).values(state=State.UNSURE, **values))
    waiting = deliveries.c.state.in_([State.QUEUED, State.SENDING])
    held = db.execute(update(deliveries).where(live, waiting).values(state=State.HELD, expires_at=None, **values))
    going = editions.c.state.in_([EditionState.SENDING, EditionState.PAUSED])
    db.execute(update(editions).where(going).values(state=EditionState.STOPPED, reason=say_out(note), ended_at=now))
    # what was due since the backup may be out: the newsletters begin anew from now on
    db.execute(update(newsletters).values(since=now))
    queued = editions.c.state == EditionState.QUEUED
    db.execute(update(editions).where(queued).values(state=EditionState.HELD, reason=say_out(note)))
    for table in (contacts, alerts, subscriptions):  # the key of a hub's secret may be another
        db.execute(delete(table))
    anew: dict[str, Any] = {"cursor": {}, "read_at": None, "began_at": None, "no_backfill": True, "next_at": now}
    db.execute(update(sources).values(anew))
    there = set(db.execute(select(sources.c.name)).scalars())
    for name in names:
        if name not in there:
            db.execute(insert(sources).values(name=name, failures=0, **anew))
    return Settled(held=held.rowcount, unsure=unsure.rowcount)


def is_used(database: Database) -> bool:
    """Whether anything is in it."""
    with database.read() as db:
        return any(db.execute(select(table).limit(1)).first() for table in _carried(metadata.sorted_tables))


def in_use(database: Database, holder: Holder, now: datetime) -> bool:
    """Whether a living process works on the database."""
    with database.read() as db:
        held = db.execute(select(leases.c.holder).where(leases.c.until > now)).scalars().all()
    return any(not holder.is_dead(each) for each in held)


def _half_out(db: Connection) -> list[int]:
    """Live deliveries of which something is out or may be, and something is not."""
    begun = select(segments.c.delivery_id).where(segments.c.state != SegmentState.WAITING)
    rest = select(segments.c.delivery_id).where(segments.c.state != SegmentState.SENT)
    mine = deliveries.c.state.in_([State.QUEUED, State.SENDING, State.HELD]) & ~deliveries.c.preview
    query = select(deliveries.c.id).where(mine, deliveries.c.id.in_(begun), deliveries.c.id.in_(rest))
    return list(db.execute(query).scalars())


def _count_on(db: Connection) -> None:
    """PostgreSQL's own counters go on after the rows that were copied."""
    for table in metadata.sorted_tables:
        if "id" not in table.c or not isinstance(table.c.id.type, Integer):
            continue
        db.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608 - our own names
                f"GREATEST((SELECT max(id) FROM {table.name}), 1))"
            )
        )


def _leap(db: Connection, *, sqlite: bool) -> None:
    """The next rows of these tables get ids that no row had, also none that the backup does not know."""
    for name, step in LEAPS.items():
        reached = db.execute(text(f"SELECT coalesce(max(id), 0) FROM {name}")).scalar_one() + step  # noqa: S608 - ours
        if not sqlite:
            db.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {reached})"))
            continue
        before = db.execute(text("DELETE FROM sqlite_sequence WHERE name = :name RETURNING seq"), {"name": name})
        reached = max(reached, before.scalar_one_or_none() or 0)
        db.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :seq)"), {"name": name, "seq": reached})
