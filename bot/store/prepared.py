"""Statements that are carried out for each post or for each few mails: compiled once, then given straight to the
database's library.

SQLAlchemy takes three times as long for one of these as SQLite does.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.base import Executable


class Prepared:
    """One statement, with its names bound at each call, each by the type of its column."""

    def __init__(self, dialect: Dialect, statement: Executable, columns: Sequence[str] | None = None) -> None:
        """`columns`: those that an insert writes."""
        options = {"column_keys": list(columns)} if columns else {}
        compiled: Any = statement.compile(dialect=dialect, **options)  # type: ignore[attr-defined]  # all have it
        self._sql, self._order = str(compiled), compiled.positiontup
        self._made: dict[str, Callable[[Any], Any]] = {}
        for name, bind in compiled.binds.items():
            if made := bind.type.dialect_impl(dialect).bind_processor(dialect):
                self._made[name] = made
        fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._given = self._as_kept({name: value for name, value in fixed.items() if value is not None})

    def run(self, db: Connection, **values: Any) -> int:
        """Carry it out; how many rows it changed."""
        cursor = self._cursor(db, values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def rows(self, db: Connection, **values: Any) -> Sequence[tuple[Any, ...]]:
        """What it finds, as the database's library gives it: moments by `moment`."""
        cursor = self._cursor(db, values)
        try:
            return cursor.fetchall()  # type: ignore[no-any-return]  # the library's own rows
        finally:
            cursor.close()

    def _cursor(self, db: Connection, values: dict[str, Any]) -> Any:
        given = {**self._given, **self._as_kept(values)}
        cursor = db.connection.cursor()
        cursor.execute(self._sql, tuple([given[name] for name in self._order]) if self._order else given)
        return cursor

    def _as_kept(self, values: dict[str, Any]) -> dict[str, Any]:
        made = self._made
        plain = {name: each.value if isinstance(each, Enum) else each for name, each in values.items()}
        return {name: made[name](each) if name in made else each for name, each in plain.items()}


def moment(found: datetime | str) -> datetime:
    """A moment as the database's library gives it: SQLite keeps text, in UTC."""
    at = datetime.fromisoformat(found) if isinstance(found, str) else found
    return at if at.tzinfo else at.replace(tzinfo=UTC)
