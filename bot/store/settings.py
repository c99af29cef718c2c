"""What is set at the desk: it wins over config/."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from bot.store.database import Database
from bot.store.desk_tables import settings


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting, with who set it and when."""

    value: Any
    who: str
    at: datetime


class SettingStore:
    """Settings by key."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> Mapping[str, Setting]:
        """Everything that is set."""
        with self._db.read() as db:
            return {row.key: Setting(value=row.value, who=row.who, at=row.at) for row in db.execute(select(settings))}

    def stamp(self) -> str:
        """What changes with any of them."""
        with self._db.read() as db:
            row = db.execute(select(func.count(), func.max(settings.c.at))).one()
        return f"{row[0]} {row[1]}"

    def put(self, key: str, value: Any, who: str, now: datetime, seen: datetime | None, *, checked: bool) -> bool:
        """Set one; with `checked` False is answered where another one than that of `seen` stands by now."""
        with self._db.write() as db:
            if checked and self._at(db, key) != seen:
                return False
            db.execute(self._db.upsert(settings, {"key": key}, {"value": value, "who": who, "at": now}))
        return True

    def drop(self, key: str, seen: datetime | None, *, checked: bool) -> bool:
        """Let config/ hold again; False as `put`, or where nothing was set."""
        with self._db.write() as db:
            if checked and self._at(db, key) != seen:
                return False
            return db.execute(delete(settings).where(settings.c.key == key)).rowcount == 1

    @staticmethod
    def _at(db: Any, key: str) -> datetime | None:
        at: datetime | None = db.execute(
            select(settings.c.at).where(settings.c.key == key).with_for_update()
        ).scalar_one_or_none()
        return at
