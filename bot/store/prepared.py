"""Statements that are carried out for each few mails: compiled once, then given straight to the database's library.

SQLAlchemy takes three times as long for one of these as SQLite does.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.base import Executable

from bot.store.database import Database


class Prepared:
    """One statement, with its names bound at each call; moments are given by `moment`."""

    def __init__(self, database: Database, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=database.engine.dialect)  # type: ignore[attr-defined]  # all have it
        self._sql, self._order = str(compiled), compiled.positiontup
        self._given = {name: value for name, value in compiled.params.items() if value is not None}

    def run(self, db: Connection, **values: Any) -> int:
        """Carry it out; how many rows it changed."""
        cursor = self._cursor(db, values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def rows(self, db: Connection, **values: Any) -> Sequence[tuple[Any, ...]]:
        """What it finds."""
        cursor = self._cursor(db, values)
        try:
            return cursor.fetchall()  # type: ignore[no-any-return]  # the library's own rows
        finally:
            cursor.close()

    def _cursor(self, db: Connection, values: dict[str, Any]) -> Any:
        given = {**self._given, **values}
        cursor = db.connection.cursor()
        cursor.execute(self._sql, tuple([given[name] for name in self._order]) if self._order else given)
        return cursor


def moment(database: Database, at: datetime) -> datetime | str:
    """As the database's library takes it; SQLite keeps text, as SQLAlchemy writes it."""
    if not database.sqlite:
        return at
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
