"""Leases: who may act on a lane, a source or the clock; and how a dead holder on this machine is known."""

import contextlib
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, bindparam, select, update

from bot.config import private
from bot.domain.errors import LeaseLost
from bot.store.database import Database
from bot.store.tables import leases

try:
    import fcntl
except ImportError:  # not a POSIX system: a dead holder's lease is waited for
    fcntl = None  # type: ignore[assignment]  # not a POSIX system

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = timedelta(minutes=10)


class Holder:
    """This process among those that share one SQLite file.

    It keeps a locked file beside the database; the system lets go of the lock when the process ends in any way, so
    others see at once that its leases are free.
    """

    def __init__(self, folder: Path | None) -> None:
        self.id = uuid.uuid4().hex
        self._folder = folder if fcntl else None
        self._file: IO[str] | None = None
        self._lock = threading.Lock()

    def show_life(self) -> None:
        """Lock this process's file, once, before its first lease."""
        with self._lock:
            if self._folder and self._file is None:
                private.folder(self._folder)
                self._file = (self._folder / self.id).open("w")
                fcntl.flock(self._file, fcntl.LOCK_EX)

    def is_dead(self, other: str) -> bool:
        """Whether the process of that id has surely ended; False where that cannot be known."""
        if self._folder is None or other == self.id:
            return False
        path = self._folder / other
        try:
            with path.open("r") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Let go."""
        if self._file and self._folder:
            (self._folder / self.id).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._file.close()


# statements of every segment are built once: to build one takes longer than to carry it out
_LANE = (leases.c.kind == "lane") & (leases.c.name == bindparam("lane"))
_TOKEN = select(leases.c.token).where(_LANE).with_for_update()
_THIS = (leases.c.kind == bindparam("of")) & (leases.c.name == bindparam("called"))
_LOCKED = select(leases).where(_THIS).with_for_update()
_TAKEN = update(leases).where(_THIS)
_MINE = update(leases).where(_THIS, leases.c.token == bindparam("mine")).values(until=bindparam("end"))
_HOLD = update(leases).where(_LANE, leases.c.token == bindparam("mine")).values(until=bindparam("end"))


@contextmanager
def holding(database: Database, name: str, token: int, until: datetime | None = None) -> Iterator[Connection]:
    """A write of a lane's holder, who holds it `until` then from now on; raises LeaseLost where another holds it."""
    with database.write() as db:
        if until:
            mine = database.prepared(_HOLD).run(db, lane=name, mine=token, end=until) == 1
        else:
            mine = list(database.prepared(_TOKEN).rows(db, lane=name)) == [(token,)]
        if not mine:
            raise LeaseLost(
                f"The lane {name} was taken over by another process.", f"أخذت عملية أخرى مسار القناة {name}."
            )
        yield db


def still_clock(db: Connection, token: int) -> None:
    """Part of a write of the clock's: raises LeaseLost where another process is the clock by now."""
    row = db.execute(_LOCKED, {"of": "clock", "called": "clock"}).one_or_none()
    if row is None or row.token != token:
        raise LeaseLost("Another process is the clock by now.", "صارت الساعة عند عملية أخرى.")


class LeaseStore:
    """Implements the port `Leases`: one row for each (kind, name), claimed by a conditional update."""

    def __init__(self, database: Database, holder: Holder) -> None:
        self._db, self._holder = database, holder

    def claim(self, kind: str, name: str, ttl: timedelta, now: datetime) -> int | None:
        """A token that rises with each holder, or None while another living process or thread holds it."""
        self._holder.show_life()
        this, values = {"of": kind, "called": name}, {"holder": self._holder.id, "until": now + ttl}
        with self._db.write() as db:
            row = db.execute(_LOCKED, this).one_or_none()
            if row is None:
                first = self._db.insert(leases).values(token=1, kind=kind, name=name, **values)
                if db.execute(first.on_conflict_do_nothing().returning(leases.c.token)).scalar_one_or_none():
                    return 1
                row = db.execute(_LOCKED, this).one()  # another process made it meanwhile
            # what ends further ahead than any lease was written before the wall clock was put back; a process with
            # other settings may hold it for longer than we would
            if now < row.until <= now + max(2 * ttl, LONGEST) and not self._holder.is_dead(row.holder):
                return None
            token: int = row.token + 1
            db.execute(_TAKEN.values(token=token, **values), this)
        return token

    def renew(self, kind: str, name: str, token: int, ttl: timedelta, now: datetime) -> bool:
        """Hold it longer; False where it was taken over."""
        mine = {"of": kind, "called": name, "mine": token, "end": now + ttl}
        with self._db.write() as db:
            return db.execute(_MINE, mine).rowcount == 1

    def is_held(self, kind: str, name: str, now: datetime) -> bool:
        """Whether somebody holds it who may still live."""
        query = select(leases.c.until).where(leases.c.kind == kind, leases.c.name == name)
        with self._db.read() as db:
            until: datetime | None = db.execute(query).scalar_one_or_none()
        return until is not None and until > now

    def held(self, kind: str, now: datetime) -> set[str]:
        """The names of one kind that somebody holds who may still live."""
        query = select(leases.c.name, leases.c.holder).where(leases.c.kind == kind, leases.c.until > now)
        with self._db.read() as db:
            rows = db.execute(query).all()
        dead = {holder for holder in {row.holder for row in rows} if self._holder.is_dead(holder)}
        return {row.name for row in rows if row.holder not in dead}

    def release(self, kind: str, name: str, token: int) -> None:
        """Give it back; the row stays, so that tokens go on rising."""
        with self._db.write() as db:
            db.execute(_MINE, {"of": kind, "called": name, "mine": token, "end": LONG_AGO})
