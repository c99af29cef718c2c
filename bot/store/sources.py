"""How each source stands, and which channels it has met."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, null, select, update

from bot.domain.ports import Cursor
from bot.domain.say import Say
from bot.domain.schedule import Contact, Standing
from bot.store.database import Database
from bot.store.rows import say_in, say_out
from bot.store.tables import contacts, sources

LONGEST_FIRST_LOOK = timedelta(minutes=1)
_PAUSED = sources.c.paused.is_not(None) & (cast(sources.c.paused, Text) != "null")


class SourceStore:
    """Implements the port `Sources`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def due(self, names: Sequence[str], now: datetime) -> list[str]:
        """Those whose next fetch has come and that are not paused, never fetched ones among them."""
        with self._db.read() as db:
            waits = (sources.c.next_at > now) | _PAUSED
            waiting = set(db.execute(select(sources.c.name).where(waits)).scalars())
        return [name for name in names if name not in waiting]

    def cursor(self, name: str) -> Cursor:
        """What the last good fetch left, or an empty one."""
        return self._value(name, "cursor") or {}

    def failures(self, name: str) -> int:
        """Failed fetches since the last good one."""
        return self._value(name, "failures") or 0

    def backfills(self, name: str) -> bool:
        """Whether the backfill's setting holds for the next first contact; not after a restoration."""
        return not self._value(name, "no_backfill")

    def read_once(self, name: str) -> bool:
        """Whether a fetch has ever succeeded."""
        return self._value(name, "read_at") is not None

    def standing(self, names: Sequence[str]) -> list[Standing]:
        """How each of these sources stands, in their order."""
        with self._db.read() as db:
            rows = {row.name: row for row in db.execute(select(sources).where(sources.c.name.in_(names)))}
        return [
            Standing(
                name=name,
                read_at=rows[name].read_at,
                next_at=rows[name].next_at,
                failures=rows[name].failures,
                reason=say_in(rows[name].reason),
                paused=say_in(rows[name].paused),
            )
            if name in rows
            else Standing(name=name)
            for name in names
        ]

    def fetched(self, name: str, cursor: Cursor, next_at: datetime, now: datetime, *, whole: bool = True) -> None:
        """Note a good fetch; `whole`: nothing was still arriving. Until a first whole one, or a minute, none counts."""
        began = self._value(name, "began_at") or now
        counts = whole or self.read_once(name) or now - began > LONGEST_FIRST_LOOK
        values = {"cursor": cursor, "next_at": next_at, "began_at": began, "failures": 0, "reason": None}
        self._put(name, values | ({"read_at": now, "no_backfill": False} if counts else {}))

    def broken(self, name: str, reason: Say, next_at: datetime) -> None:
        """Note a failed fetch; the cursor stays."""
        self._put(name, {"next_at": next_at, "failures": self.failures(name) + 1, "reason": say_out(reason)})

    def paused(self, name: str) -> bool:
        """Whether somebody has paused it."""
        return bool(self._value(name, "paused"))

    def pause(self, name: str, why: Say, now: datetime) -> bool:
        """It is left alone from now on; False where it was already."""
        if self.paused(name):
            return False
        with self._db.write() as db:
            made = {"cursor": {}, "failures": 0, "no_backfill": False, "next_at": now, "paused": say_out(why)}
            if not db.execute(update(sources).where(sources.c.name == name).values(paused=say_out(why))).rowcount:
                db.execute(self._db.upsert(sources, {"name": name}, made))
        return True

    def resume(self, name: str, now: datetime) -> bool:
        """It is read again, at once; False where it was not paused."""
        with self._db.write() as db:
            this = (sources.c.name == name) & _PAUSED
            return db.execute(update(sources).where(this).values(paused=null(), next_at=now)).rowcount == 1

    def contacts(self) -> list[Contact]:
        """Every pair of source and channel that has met."""
        with self._db.read() as db:
            return [
                Contact(
                    source=row.source,
                    channel=row.channel,
                    live=row.live,
                    since=row.since,
                    admitted=frozenset(row.admitted),
                )
                for row in db.execute(select(contacts))
            ]

    def meet(self, contact: Contact) -> None:
        """Write a pair's contact, in the place of an earlier one."""
        key = {"source": contact.source, "channel": contact.channel}
        values = {"live": contact.live, "since": contact.since, "admitted": sorted(contact.admitted)}
        with self._db.write() as db:
            db.execute(self._db.upsert(contacts, key, values))

    def _value(self, name: str, column: str) -> Any:
        with self._db.read() as db:
            return db.execute(select(sources.c[column]).where(sources.c.name == name)).scalar_one_or_none()

    def _put(self, name: str, values: dict[str, Any]) -> None:
        with self._db.write() as db:
            if not db.execute(update(sources).where(sources.c.name == name).values(values)).rowcount:
                db.execute(
                    self._db.upsert(
                        sources, {"name": name}, {"cursor": {}, "failures": 0, "no_backfill": False} | values
                    )
                )
