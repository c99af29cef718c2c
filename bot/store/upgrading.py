"""The versions of the schema: which one a database is of, and the way to the newest."""

import glob
import logging
import os
import re
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.domain.say import Say
from bot.store import leftovers
from bot.store.database import DatabaseError

log = logging.getLogger("nashir")

MIGRATIONS = Path(__file__).parent / "migrations"
_MISFIT = re.compile(r"no such (table|column|index)|duplicate column|already exists|does not exist")
KEPT = 2  # copies of what was before


def version(connection: Connection) -> str:
    """The version that a database is of; empty where nothing was made yet."""
    return MigrationContext.configure(connection).get_current_revision() or ""


@cache
def known() -> tuple[str, ...]:
    """The versions that this program knows, the newest first."""
    script = ScriptDirectory.from_config(_settings())
    return tuple(each.revision for each in script.walk_revisions())


def upgrade(connection: Connection, version: str = "head") -> None:
    """Bring the schema to a version; raises DBAPIError and CommandError."""
    settings = _settings()
    settings.attributes["connection"] = connection
    command.upgrade(settings, version)


def misfit(name: str, error: DBAPIError) -> Exception:
    """What a step that finds other tables than those of its version ends in: a sentence with the way out."""
    reason = str(error.orig).splitlines()[0]
    if not _MISFIT.search(reason):
        return error
    return DatabaseError(
        f"The database {name} was made while nashir was being written, with tables of no version, and cannot be "
        f"upgraded ({reason}); it stays as it is. Go on with the nashir that made it, or move it away and "
        "begin with an empty one.",
        f"قاعدة البيانات {name} صُنعت أثناء كتابة ناشر بجداول ليست لأي إصدار، وتعذرت ترقيتها ({reason})؛ وبقيت كما هي. "
        "ابق على نسخة ناشر التي صنعتها، أو انقلها من مكانها وابدأ بقاعدة فارغة.",
    )


def keep(file: Path) -> Path:
    """A SQLite database as it is, in a file beside it, before it becomes another; raises OSError and sqlite3.Error."""
    for left in leftovers.of_upgrades(file):  # of a process that was killed: one upgrades at a time
        left.unlink(missing_ok=True)
    path = file.with_name(f"{file.name}.before-{known()[0]}")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(part)) as new:
            old.backup(new)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    for each in sorted(file.parent.glob(f"{glob.escape(file.name)}.before-[0-9][0-9][0-9][0-9]"))[:-KEPT]:
        each.unlink()
    return path


def tell_kept(path: Path) -> None:
    """Say that a database was upgraded, and where it stands as it was."""
    log.warning(
        Say(
            f"The database was of an older version and is brought to the newest; what it was is kept in {path}.",
            f"كانت قاعدة البيانات بإصدار أقدم فرُقّيت إلى الأحدث؛ وما كانت عليه محفوظ في {path}.",
        )
    )


def _settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    return settings
