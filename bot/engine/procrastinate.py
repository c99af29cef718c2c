"""Many machines: jobs of Procrastinate on the newsroom's own PostgreSQL carry the wake-ups, and nothing else.

Order, due time and truth stay in the outbox and its leases: a job that is lost costs one tick, and one that runs twice
finds the lane taken. So jobs have no `lock` (a killed worker's job would keep it), and those that are done go at once.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from bot.domain.ports import Now
from bot.engine.clock import PATIENCE, Clock, Reports, Sender, Teller
from bot.pipeline.ingest import Intake
from bot.pipeline.tick import Tick

log = logging.getLogger(__name__)

QUEUE = "nashir"
PREPARE_LOCK = 6_274_749  # any number that no other program of the database uses
HEARTBEAT = 10.0  # seconds
STALLED = 30.0  # seconds without a heartbeat after which a worker counts as dead
AGAIN = 2.0  # seconds until the database is asked for again
FETCHERS = 4
SHARDS_AT_ONCE = 16  # that a tick offers: those that are taken are no longer due, and the next tick offers others


def prepare(conninfo: str) -> None:
    """Make Procrastinate's own tables where they are not there."""
    with psycopg.connect(conninfo) as connection:
        # processes that start at once: one makes them, the others wait for it
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [PREPARE_LOCK])
        row = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if row and row[0]:
            return
        app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=conninfo))
        with app.open():
            app.schema_manager.apply_schema()


class Jobs:
    """Puts wake-ups where any worker finds them, each once as long as it waits."""

    def __init__(self, conninfo: str, is_held: Callable[[str], bool] = lambda _lane: False) -> None:
        connector = procrastinate.SyncPsycopgConnector(conninfo=conninfo, min_size=0, max_size=2, timeout=5)
        self._app, self._is_held = procrastinate.App(connector=connector), is_held
        self._lock, self._open = threading.Lock(), False

    def source(self, name: str) -> None:
        """Have a source fetched."""
        self._defer("fetch", f"source:{name}", source=name)

    def lane(self, name: str) -> None:
        """Have a lane drained, unless somebody is at it."""
        if not self._is_held(name):
            self._defer("drain", f"lane:{name}", lane=name)

    def shards(self, due: Sequence[tuple[int, int]]) -> None:
        """Have shards of editions sent, each by any worker."""
        for edition, n in due[:SHARDS_AT_ONCE]:
            self._defer("send_shard", f"shard:{edition}:{n}", edition=edition, n=n)

    def look(self) -> None:
        """Have it looked for what is broken."""
        self._defer("look", "look")

    def hooks(self) -> None:
        """Have webhooks told what happened."""
        self._defer("hooks", "hooks")

    def close(self) -> None:
        """Give back connections."""
        with self._lock:
            if self._open:
                self._app.close()
                self._open = False

    def _defer(self, task: str, lock: str, **arguments: str | int) -> None:
        try:
            with self._lock:
                if not self._open:
                    self._app.open()
                    self._open = True
            self._app.configure_task(task, queue=QUEUE, queueing_lock=lock).defer(**arguments)
        except AlreadyEnqueued:
            pass
        except (ConnectorException, psycopg.Error) as error:  # the next tick wakes again
            log.warning("a wake-up was lost: %s", type(error).__name__)


class Worker:
    """Carries out jobs in threads, until it is stopped; a database that is gone is waited for."""

    def __init__(
        self,
        *,
        conninfo: str,
        fetch: Callable[[str], object],
        drain: Callable[[str], object],
        look: Callable[[], object],
        at_once: int,
        stopping: threading.Event,
        hooks: Callable[[], object] = lambda: None,
        send: Callable[[int, int], object] = lambda _edition, _n: None,
        processes: int = 1,
    ) -> None:
        self._conninfo, self._at_once, self._stopping = conninfo, at_once, stopping
        self._fetch, self._drain, self._look, self._hooks = fetch, drain, look, hooks
        self._send, self._senders = send, threading.BoundedSemaphore(processes)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def stop(self) -> bool:
        """Take no more; False where a call on its way does not end in time."""
        loop, task = self._loop, self._task
        if loop and task:
            loop.call_soon_threadsafe(task.cancel)
        self._thread.join(PATIENCE + 1)
        return not self._thread.is_alive()

    def _app(self) -> procrastinate.App:
        connector = procrastinate.PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=4, timeout=5)
        app = procrastinate.App(connector=connector)

        @app.task(name="drain", queue=QUEUE)
        def drain(lane: str) -> None:
            self._drain(lane)

        @app.task(name="fetch", queue=QUEUE)
        def fetch(source: str) -> None:
            self._fetch(source)

        @app.task(name="send_shard", queue=QUEUE)
        def send_shard(edition: int, n: int) -> None:
            if self._senders.acquire(blocking=False):  # where all are at work the clock wakes again
                try:
                    self._send(edition, n)
                finally:
                    self._senders.release()

        @app.task(name="look", queue=QUEUE)
        def look() -> None:
            self._look()

        @app.task(name="hooks", queue=QUEUE)
        def hooks() -> None:
            self._hooks()

        return app

    def _run(self) -> None:
        for name in ("procrastinate", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # jobs that failed say so in our own words
        while not self._stopping.is_set():
            try:
                asyncio.run(self._take())
            except Exception as error:
                log.warning("the worker lost its database: %s", type(error).__name__)
                self._stopping.wait(AGAIN)

    async def _take(self) -> None:
        loop = self._loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self._at_once, "job"))
        app = self._app()
        async with app.open_async():
            work = app.run_worker_async(
                queues=[QUEUE],
                concurrency=self._at_once,
                install_signal_handlers=False,
                listen_notify=True,
                fetch_job_polling_interval=1.0,  # a sweep that covers a lost notice
                delete_jobs="always",
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=STALLED,
                shutdown_graceful_timeout=PATIENCE,
            )
            self._task = loop.create_task(work)
            sweeping = loop.create_task(self._sweep(app))
            try:
                await self._task
            except asyncio.CancelledError:
                pass
            finally:
                sweeping.cancel()

    async def _sweep(self, app: procrastinate.App) -> None:
        """Take away the jobs of workers that died: what they were to wake is woken by the clock."""
        while True:
            await asyncio.sleep(STALLED)
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
                await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


class Engine:
    """One process of many: the clock, a worker, or both."""

    def __init__(
        self,
        *,
        conninfo: str,
        tick: Tick,
        fetch: Callable[[str], Intake],
        drain: Callable[[str], object],
        look: Callable[[], None],
        hooks: Callable[[], None],
        sender: Sender,
        is_held: Callable[[str], bool],
        now: Now,
        stopping: threading.Event,
        tell: Teller,
        with_clock: bool,
        with_worker: bool,
    ) -> None:
        self._stopping, self._report, self._fetch_source = stopping, Reports(tell), fetch
        self._jobs, self._sender = Jobs(conninfo, is_held), sender
        self.clock = Clock(tick=tick, wakes=self._jobs, now=now, stopping=stopping, tell=tell) if with_clock else None
        at_once = len(tick.channels) + FETCHERS + sender.processes
        self._worker = (
            Worker(
                conninfo=conninfo,
                fetch=self._fetch,
                drain=drain,
                look=look,
                hooks=hooks,
                send=sender.send,
                processes=sender.processes,
                at_once=at_once,
                stopping=stopping,
            )
            if with_worker
            else None
        )

    @property
    def fault(self) -> str:
        """Why the last tick failed; empty where it did not."""
        return self.clock.fault if self.clock else ""

    def start(self) -> None:
        """Begin."""
        if self._worker:
            self._worker.start()
        if self.clock:
            self.clock.start()

    def hurry(self) -> None:
        """Something is new: select and send at once, where the clock is here; else at its next tick."""
        if self.clock:
            self.clock.hurry()

    def tick_now(self) -> None:
        """Something may be due: send at once, where the clock is here; else at its next tick."""
        if self.clock:
            self.clock.tick_now()

    def nudge(self) -> None:
        """Tick at once where no tick came for a while."""
        if self.clock:
            self.clock.nudge()

    def stop(self) -> bool:
        """Start nothing new, wait for calls on their way; False where some did not end in time."""
        self._stopping.set()
        self._sender.stop()
        began = time.monotonic()
        clean = self._worker.stop() if self._worker else True
        if self.clock and time.monotonic() - began < PATIENCE:
            clean = self.clock.stop() and clean
        self._jobs.close()
        return clean

    def _fetch(self, name: str) -> None:
        intake = self._fetch_source(name)
        self._report(intake)
        if intake.new or intake.changed:
            self.hurry()
