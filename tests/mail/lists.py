"""A list of subscribers in a database, an edition that is frozen for it, and a process that sends it."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from bot.domain.edition import EditionState, Letter
from bot.domain.posting import Job
from bot.domain.subscriber import Frequency, digest_of
from bot.store.database import Database
from bot.store.editions import EditionStore
from bot.store.mail_tables import memberships, recipients, subscribers
from tests.conftest import ROOT, START
from tests.mail.letters import PUBLIC, letter

TOGETHER = 10_000


def address(n: int) -> str:
    """Of the n-th reader."""
    return f"reader{n}@example.net"


def fill(database: Database, count: int, *, newsletter: str = "morning", now: datetime = START, first: int = 1) -> None:
    """So many active readers of one newsletter."""
    with database.write() as db:
        for at in range(first, first + count, TOGETHER):
            ids = range(at, min(at + TOGETHER, first + count))
            common = {"name": "", "state": "active", "language": "ar", "created_at": now}
            mine = {"newsletter": newsletter, "frequency": "daily", "since": now}
            rows = [{"id": n, "key": address(n), "digest": digest_of(address(n)), "address": address(n)} for n in ids]
            db.execute(insert(subscribers), [row | common for row in rows])
            db.execute(insert(memberships), [{"subscriber_id": n, **mine} for n in ids])


def frozen(
    database: Database, *, day: str = "2026-11-24", processes: int = 1, now: datetime = START, of: Letter | None = None
) -> int:
    """The number of an edition that is on its way."""
    store = EditionStore(database)
    id_ = store.add("morning", day, "daily", state=EditionState.QUEUED, now=now)
    assert id_
    store.freeze(store.get(id_), of or letter(), Frequency.DAILY, processes=processes, now=now)
    return id_


def job(url: str, edition: int, at: tuple[str, int], **more: Any) -> Job:
    """What a process is told."""
    host, port = at
    values: dict[str, Any] = {
        "database_url": url,
        "edition": edition,
        "shard": None,
        "server": {"host": host, "port": port, "timeout": 10.0},
        "public_url": PUBLIC,
        "return_domain": "bounces.example.org",
        "key": b"a key for tests".hex(),
        "connections": 2,
    }
    return Job(**(values | more))


def start(job_: Job) -> subprocess.Popen[str]:
    """A process that sends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.shard"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    process.stdin.write(job_.as_json() + "\n")
    process.stdin.flush()
    return process


def ended(process: subprocess.Popen[str], patience: float = 120) -> str:
    """What it said; its standard input stays open, for at its end it would stop."""
    process.wait(patience)
    assert process.stdout
    return process.stdout.read()


def states(database: Database, edition: int) -> dict[int, str]:
    """Of each recipient."""
    query = select(recipients.c.subscriber_id, recipients.c.state).where(recipients.c.edition_id == edition)
    with database.read() as db:
        return {row.subscriber_id: row.state for row in db.execute(query)}


def numbers(addresses: Sequence[str]) -> list[int]:
    """The readers that these are the addresses of."""
    return [int(each.removeprefix("reader").partition("@")[0]) for each in addresses]
