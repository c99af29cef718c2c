"""The file of a backup: a SQLite database as it was, older or not, with the newsroom's own key beside its tables."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, inspect

import bot.store.desk_tables  # noqa: F401 - its tables are carried, too
import bot.store.mail_tables  # noqa: F401 - these, too
from bot.domain.errors import BotError, Refused
from bot.store.database import Database
from bot.store.leftovers import FOLDER
from bot.store.tables import leases, metadata

NOT_COPIED = {leases.name}  # who acts now is no part of what was
KEY = "own_key"  # a table of the backup alone


def whole(database: Database, path: Path) -> None:
    """A SQLite database into an empty file, at one instant, without what was erased. Raises sqlite3.Error."""
    raw = database.engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(path),))
    finally:
        raw.close()
    with closing(sqlite3.connect(path)) as copy, copy:
        for name in NOT_COPIED:
            copy.execute(f"DELETE FROM {name}")  # noqa: S608 - our own names


def tables_of(connection: Connection) -> list[Table]:
    """Our tables as a database of any version has them, kept as we keep them."""
    found, there = MetaData(), set(inspect(connection).get_table_names())
    found.reflect(connection, only=sorted(there & set(metadata.tables)))
    for table in found.tables.values():
        for column in table.columns:
            if column.name in (known := metadata.tables[table.name].columns):
                column.type = known[column.name].type
    return found.sorted_tables


def put_key(path: Path, key: bytes | None) -> None:
    """Write the newsroom's own key into a backup: empty where none was made yet, None where it is kept elsewhere."""
    with closing(sqlite3.connect(path)) as copy, copy:
        copy.execute(f"CREATE TABLE IF NOT EXISTS {KEY} (key BLOB)")
        copy.execute(f"DELETE FROM {KEY}")  # noqa: S608 - our own name; there is one where a backup became a database
        copy.execute(f"INSERT INTO {KEY} VALUES (?)", (key,))  # noqa: S608 - our own name


def key_of(path: Path) -> bytes | None:
    """The key that a backup holds: empty where none was made yet, None where it is kept elsewhere."""
    with closing(sqlite3.connect(path)) as copy:
        if not copy.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (KEY,)).fetchone():
            return None
        key: bytes | None = copy.execute(f"SELECT key FROM {KEY}").fetchone()[0]  # noqa: S608 - our own name
        return key


def check(path: Path, copy_: Path) -> None:
    """That a file, of which this is a copy, is a backup that this program can bring back; raises Refused."""
    from bot.store import upgrading

    try:
        with closing(sqlite3.connect(copy_)) as copy:
            found = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise Refused(f"{path} is no backup: {error}.", f"{path} ليس نسخة احتياطية: {error}.") from None
    if not found:
        raise Refused(f"{path} is no backup: it is empty.", f"{path} ليس نسخة احتياطية: لا شيء فيه.")
    if found[0] not in upgrading.known():
        raise Refused(
            f"{path} is a backup of a newer nashir (version {found[0]} of its tables): install that one.",
            f"{path} نسخة احتياطية من إصدار أحدث من ناشر (نسخة جداولها {found[0]}): ثبّت ذلك الإصدار.",
        )


@contextmanager
def opened(path: Path, near: Path | None, owner: str = "") -> Iterator[tuple[Database, bytes | None]]:
    """A backup brought to this version, in a copy within a folder `near`, and its key; raises Refused.

    The file stays as it is: SQLite writes into the one that it opens. `owner`: the holder that works on it.
    """
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}{owner}-", dir=near) as folder:
        copy = Path(folder) / "backup.db"
        try:
            for end in ("", "-wal"):  # a database that was carried away as it stood has both
                if (part := path.with_name(path.name + end)).exists():
                    shutil.copyfile(part, copy.with_name(copy.name + end))
        except OSError as error:
            raise Refused(
                f"{path} cannot be read, or {Path(folder).parent} has no room for a copy of it: {error.strerror}.",
                f"تعذرت قراءة {path} أو لا مساحة لنسخة منه في {Path(folder).parent}: {error.strerror}.",
            ) from None
        check(path, copy)
        key, source = key_of(copy), Database.of_file(copy)
        try:
            source.upgrade(keep=False)
        except BotError as error:
            source.close()
            said = [each.replace(str(copy), str(path)) for each in (error.say.en, error.say.ar)]
            raise Refused(*said) from None
        try:
            yield source, key
        finally:
            source.close()
