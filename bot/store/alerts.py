"""What was told to be broken and is not well yet."""

from datetime import datetime

from sqlalchemy import delete, select

from bot.domain.say import Say
from bot.store.database import Database
from bot.store.rows import say_in, say_out
from bot.store.tables import alerts


class AlertStore:
    """Alerts that are open, by key."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> dict[str, Say]:
        """Every open alert, with what was said."""
        with self._db.read() as db:
            return {row.key: say for row in db.execute(select(alerts)) if (say := say_in(row.text))}

    def put(self, key: str, say: Say, now: datetime) -> None:
        """It was told."""
        with self._db.write() as db:
            db.execute(self._db.upsert(alerts, {"key": key}, {"text": say_out(say), "told_at": now}))

    def drop(self, key: str) -> None:
        """It is over."""
        with self._db.write() as db:
            db.execute(delete(alerts).where(alerts.c.key == key))
