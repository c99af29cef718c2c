"""The engine of many machines on a real PostgreSQL: jobs only wake."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from bot.config import load
from bot.config.ready import check_ready
from bot.domain.errors import ConfigError
from bot.engine.procrastinate import Jobs, Worker, prepare
from bot.store.database import Database
from tests.conftest import NEWSROOM, Newsroom
from tests.postgres import Postgres

SOON = 20.0  # seconds that an event is waited for; it comes within milliseconds


@pytest.fixture
def conninfo(postgres: Postgres) -> Iterator[str]:
    database = Database(postgres.fresh())
    prepare(database.conninfo)
    prepare(database.conninfo)  # a second start changes nothing
    yield database.conninfo
    database.close()


def waiting(conninfo: str) -> list[tuple[str, str]]:
    with psycopg.connect(conninfo) as connection:
        return connection.execute("SELECT task_name, queueing_lock FROM procrastinate_jobs ORDER BY id").fetchall()


class Work:
    """What a worker was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.done = threading.Event()
        self.fault: Exception | None = None

    def __call__(self, name: str = "look") -> None:
        self.asked.append(name)
        self.done.set()
        if self.fault:
            raise self.fault


def worker_of(conninfo: str, work: Callable[..., None], stopping: threading.Event) -> Worker:
    return Worker(conninfo=conninfo, fetch=work, drain=work, look=work, at_once=3, stopping=stopping)


def test_processes_that_start_at_once_make_the_tables_once(postgres: Postgres) -> None:
    database = Database(postgres.fresh())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(prepare, [database.conninfo] * 4))
    assert waiting(database.conninfo) == []
    database.close()


def test_a_wake_up_waits_once_and_without_a_lock(conninfo: str) -> None:
    jobs = Jobs(conninfo)
    for _ in range(3):
        jobs.lane("x")
        jobs.source("site")
    assert waiting(conninfo) == [("drain", "lane:x"), ("fetch", "source:site")]
    with psycopg.connect(conninfo) as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE lock IS NOT NULL").fetchone() == (0,)
    jobs.close()


def test_shards_of_an_edition_are_jobs_of_any_worker(conninfo: str) -> None:
    jobs, stopping = Jobs(conninfo), threading.Event()
    for _ in range(2):
        jobs.shards([(7, 0), (7, 1)])
    assert waiting(conninfo) == [("send_shard", "shard:7:0"), ("send_shard", "shard:7:1")]
    sent: list[tuple[int, int]] = []
    done = threading.Event()

    def send(edition: int, n: int) -> None:
        sent.append((edition, n))
        if len(sent) == 2:
            done.set()

    work = Work()
    worker = Worker(
        conninfo=conninfo, fetch=work, drain=work, look=work, at_once=3, stopping=stopping, send=send, processes=2
    )
    worker.start()
    assert done.wait(SOON)
    stopping.set()
    assert worker.stop()
    assert sorted(sent) == [(7, 0), (7, 1)]
    jobs.close()


def test_a_lane_that_somebody_holds_is_not_woken(conninfo: str) -> None:
    jobs = Jobs(conninfo, lambda lane: lane == "x")
    jobs.lane("x")
    jobs.lane("y")
    assert waiting(conninfo) == [("drain", "lane:y")]
    jobs.close()


def test_a_worker_takes_what_waits_and_what_comes_and_leaves_nothing_behind(conninfo: str) -> None:
    jobs, work, stopping = Jobs(conninfo), Work(), threading.Event()
    jobs.lane("before")
    worker = worker_of(conninfo, work, stopping)
    worker.start()
    assert work.done.wait(SOON)
    work.done.clear()
    jobs.source("after")
    assert work.done.wait(SOON)
    stopping.set()
    assert worker.stop()
    assert work.asked == ["before", "after"]
    assert waiting(conninfo) == []
    jobs.close()


def test_work_that_breaks_takes_no_worker_with_it(conninfo: str) -> None:
    jobs, work, stopping = Jobs(conninfo), Work(), threading.Event()
    work.fault = ValueError("a fault of ours")
    worker = worker_of(conninfo, work, stopping)
    worker.start()
    for name in ("first", "second"):
        work.done.clear()
        jobs.lane(name)
        assert work.done.wait(SOON)
    stopping.set()
    assert worker.stop()
    assert work.asked == ["first", "second"]
    jobs.close()


def test_a_worker_waits_for_a_database_that_is_gone(conninfo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.procrastinate.AGAIN", 0.05)
    jobs, work, stopping = Jobs(conninfo), Work(), threading.Event()
    worker = worker_of(conninfo, work, stopping)
    worker.start()
    jobs.lane("one")
    assert work.done.wait(SOON)
    work.done.clear()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for _ in range(50):
        jobs.lane("two")
        if work.done.wait(1):
            break
    assert "two" in work.asked
    stopping.set()
    assert worker.stop()
    jobs.close()


def test_a_wake_up_that_cannot_be_kept_is_lost_and_no_fault() -> None:
    jobs = Jobs("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    jobs.lane("x")
    jobs.close()


def test_it_needs_postgresql(files_only: Newsroom) -> None:
    files_only.write(
        "newsroom.toml", NEWSROOM.replace("\n\n[[sources]]", '\nengine = "procrastinate"\n\n[[sources]]', 1)
    )
    with pytest.raises(ConfigError, match="PostgreSQL"):
        check_ready(load({"DATABASE_URL": "sqlite:///var/nashir.db"}, files_only.config))
