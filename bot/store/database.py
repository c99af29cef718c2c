"""One connection to the database, SQLite or PostgreSQL, its settings and its migrations."""

import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, create_engine, event, exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.base import Executable

from bot.config import private
from bot.domain.errors import BotError, ConfigError
from bot.store.prepared import Prepared

UPGRADE_LOCK = 6_274_747  # any number that no other program of the database uses
IDLE = "8s"  # within a transaction, after which PostgreSQL ends it: no longer than the shortest lease


class DatabaseError(BotError):
    """The database could not be opened or is of another version."""


class NewerDatabase(DatabaseError):
    """The database was made by a newer nashir; this one cannot use it."""


class Database:
    """Reads and writes, each in one transaction. SQLite: WAL, synchronous FULL, BEGIN IMMEDIATE."""

    def __init__(self, url: str | URL) -> None:
        if isinstance(url, str):  # as hosts write it: SQLAlchemy 2 refuses it
            url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
        try:
            parsed = make_url(url)
            self.name = str(parsed.database or "") if parsed.get_backend_name() == "sqlite" else _shown(parsed)
            self.sqlite = parsed.get_backend_name() == "sqlite"
            self.memory = self.sqlite and parsed.database in (None, "", ":memory:")
            self.file = Path(parsed.database) if self.sqlite and parsed.database and not self.memory else None
            options: dict[str, Any] = {"poolclass": StaticPool} if self.memory else {}
            # SQLite lets one write at a time; who finds it busy sleeps and looks again, ever longer: threads take turns
            self._turn: AbstractContextManager[Any] = threading.Lock() if self.sqlite else nullcontext()
            self._mine = threading.local()
            self._prepared: dict[Executable, Prepared] = {}
            # a failed statement goes to the log without its values: they are addresses, texts and secrets
            self.engine = create_engine(parsed, hide_parameters=True, **options)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError):
            raise ConfigError(  # the address may hold a password: it is not repeated
                "DATABASE_URL is no database address; write sqlite:///var/nashir.db or postgres://user:password@host/db",
                "ما في DATABASE_URL ليس عنوان قاعدة بيانات؛ اكتب sqlite:///var/nashir.db "
                "أو postgres://user:password@host/db",
            ) from None
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "do_connect", self._keep_private)
        else:
            event.listen(self.engine, "connect", _prepare_postgresql)
        library: Any = self.engine.dialect.loaded_dbapi
        self._library: type[Exception] = library.Error
        self._raw = (library.OperationalError, library.InterfaceError, library.InternalError, library.ProgrammingError)
        self._damaged = (exc.DatabaseError, library.DatabaseError)  # themselves, without the kinds below them

    def prepared(self, statement: Executable, columns: Sequence[str] | None = None) -> Prepared:
        """A statement that is carried out again and again, compiled once; `columns`: those that an insert writes."""
        if statement not in self._prepared:
            self._prepared[statement] = Prepared(self.engine.dialect, statement, columns)
        return self._prepared[statement]

    @property
    def conninfo(self) -> str:
        """The address of a PostgreSQL as its own library takes it; holds the password."""
        return self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @classmethod
    def of_file(cls, path: Path) -> "Database":
        """A SQLite file, whatever signs its name holds."""
        return cls(URL.create("sqlite", database=str(path)))

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that takes the write lock at once and is committed at the end.

        Within another one of the same thread it is a part of that: what is written together stands or falls together.
        """
        around = self._around
        if around is not None and not around.get_execution_options().get("reading"):
            with around.begin_nested():
                yield around
            return
        with self._turn, self.told_plainly(), self.engine.connect() as plain, plain.begin(), self._within(plain):
            self._begin(plain, "BEGIN IMMEDIATE")
            yield plain

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database; within another one of the same thread, what that sees."""
        if self._around is not None:
            yield self._around
            return
        with self.told_plainly(), self.engine.connect() as plain:
            level = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
            connection = plain.execution_options(reading=True, **level)
            with connection.begin(), self._within(connection):
                self._begin(connection, "BEGIN")
                yield connection

    def _keep_private(self, *_of: object) -> None:
        if self.file:
            private.database(self.file)

    def _begin(self, connection: Connection, words: str) -> None:
        """SQLite's own transaction; an event of the engine would slow down each statement."""
        if self.sqlite:
            connection.connection.cursor().execute(words)

    @property
    def _around(self) -> Connection | None:
        found: Connection | None = getattr(self._mine, "connection", None)
        return found

    @contextmanager
    def _within(self, connection: Connection) -> Iterator[None]:
        before, self._mine.connection = self._around, connection
        try:
            yield
        finally:
            self._mine.connection = before

    def into_one_file(self) -> None:
        """SQLite: put everything into the file itself, so that it can be carried away."""
        raw = self.engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = DELETE")
        finally:
            raw.close()

    @contextmanager
    def told_plainly(self) -> Iterator[None]:
        """What the database's own library raises becomes one sentence; raises DatabaseError."""
        try:
            yield
        except (DBAPIError, self._library) as error:
            plain = (OperationalError, InterfaceError, InternalError, ProgrammingError, *self._raw)
            if not isinstance(error, plain) and type(error) not in self._damaged:
                raise
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            raise DatabaseError(
                f"The database {self.name} cannot be used: {reason}.",
                f"تعذر استعمال قاعدة البيانات {self.name}: {reason}.",
            ) from error

    def upsert(self, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> Insert:
        """A statement that writes `values` to the row of `key`, whether it is there or not."""
        statement = self.insert(table).values({**key, **values})
        return statement.on_conflict_do_update(index_elements=list(key), set_=values)

    def insert(self, table: Table) -> Insert:
        """An insert that can speak of conflicts, in the database's own dialect."""
        # both inserts have the same methods
        return sqlite.insert(table) if self.sqlite else postgresql.insert(table)  # type: ignore[return-value]  # told above

    def upgrade(self, *, keep: bool = True) -> None:
        """Bring the schema to the newest version; raises DatabaseError. `keep`: what an older SQLite file was."""
        from alembic.util import CommandError

        from bot.store import upgrading

        if self.file:
            try:
                private.folder(self.file.parent)
            except OSError as error:
                raise DatabaseError(
                    f"The folder for the database {self.file} cannot be made: {error.strerror}.",
                    f"تعذر إنشاء مجلد قاعدة البيانات {self.file}: {error.strerror}.",
                ) from None
        kept: Path | None = None
        try:
            with self._upgraded_by_one(), self.write() as connection:
                if not self.sqlite:  # two processes that start at once: one upgrades, the other waits for it
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
                if not self._is_newest(connection) and keep and self.file and upgrading.version(connection):
                    kept = self._keep_copy(self.file)
                try:
                    upgrading.upgrade(connection)
                except (OperationalError, ProgrammingError) as error:
                    raise upgrading.misfit(self.name, error) from None
        except (DBAPIError, CommandError) as error:
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            raise DatabaseError(
                f"The database {self.name} cannot be opened or upgraded: {reason}.",
                f"تعذر فتح قاعدة البيانات {self.name} أو ترقيتها: {reason}.",
            ) from None
        if kept:
            upgrading.tell_kept(kept)

    @contextmanager
    def _upgraded_by_one(self) -> Iterator[None]:
        """Who finds an older SQLite file locked for long is told that another process upgrades it."""
        try:
            yield
        except DatabaseError as error:
            code = getattr(getattr(error.__cause__, "orig", error.__cause__), "sqlite_errorcode", None)
            if code != sqlite3.SQLITE_BUSY or not self.behind():
                raise
            raise DatabaseError(
                f"Another nashir upgrades the database {self.name}: wait until it has, then run this again.",
                f"برنامج ناشر آخر يرقّي قاعدة البيانات {self.name}: انتظر حتى يفرغ ثم أعد تشغيل هذا.",
            ) from None

    def _keep_copy(self, file: Path) -> Path:
        from bot.store import upgrading

        try:
            return upgrading.keep(file)
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise DatabaseError(
                f"The database {self.name} is of an older version and stays so, since no copy of it can be kept before "
                f"the upgrade: {reason}. Make room in {file.parent}.",
                f"قاعدة البيانات {self.name} بإصدار أقدم وبقيت كما هي لتعذر حفظ نسخة منها قبل الترقية: {reason}. "
                f"أفرغ مساحة في {file.parent}.",
            ) from None

    def is_made(self) -> bool:
        """Whether there is a database of any version; raises DatabaseError where it cannot be read."""
        from bot.store import upgrading

        if self.file and not self.file.exists():
            return False
        with self.read() as connection:
            return bool(upgrading.version(connection))

    def behind(self) -> bool:
        """Whether the schema is older than the program; raises DatabaseError where it cannot be read or is newer."""
        try:
            with self.read() as connection:
                return not self._is_newest(connection)
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise DatabaseError(
                f"The database {self.name} cannot be opened: {reason}.",
                f"تعذر فتح قاعدة البيانات {self.name}: {reason}.",
            ) from None

    def _is_newest(self, connection: Connection) -> bool:
        from bot.store import upgrading

        version = upgrading.version(connection)
        if version and version not in upgrading.known():
            raise NewerDatabase(
                f"The database {self.name} was made by a newer nashir (version {version} of its tables): install that "
                "nashir, or restore a backup that was made before.",
                f"قاعدة البيانات {self.name} من إصدار أحدث من ناشر (نسخة جداولها {version}): ثبّت ذلك الإصدار، "
                "أو استعد نسخة احتياطية أقدم منه.",
            )
        return version == upgrading.known()[0]

    def is_ready(self) -> bool:
        """Whether it is there and of this version; nothing is made. Raises DatabaseError where it cannot be read."""
        try:
            return not (self.file and not self.file.exists()) and not self.behind()
        except NewerDatabase:
            return False

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def shown(url: str) -> str:
    """A database address for people to see: without user, password and options."""
    try:
        return _shown(make_url(url))
    except (ArgumentError, ValueError):
        return "?"


def _shown(url: URL) -> str:
    return URL.create(
        url.drivername.partition("+")[0], host=url.host, port=url.port, database=url.database
    ).render_as_string()


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say
    for pragma in ("busy_timeout = 15000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """A process that is frozen amid a write lets go of its rows before others may take its lanes over.

    Text loses its NULs on the way in: PostgreSQL refuses the whole statement for one, and no text needs it.
    """
    from psycopg.types.string import StrDumper

    class WithoutNul(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", ""))

    connection.adapters.register_dumper(str, WithoutNul)
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE}'")
    connection.commit()
