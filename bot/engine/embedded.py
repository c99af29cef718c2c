"""All in one process: APScheduler ticks, a pool that fetches, a thread for each lane.

A tick only reads and writes the database; whom it wakes works in the pools. A lost wake-up costs one tick.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.domain.errors import BotError
from bot.domain.ports import Now
from bot.domain.say import Say
from bot.pipeline.ingest import Intake
from bot.pipeline.tick import Tick

log = logging.getLogger(__name__)

TICK = 1.0  # seconds
SILENCE = 5.0  # seconds without a tick after which one is asked for
LOOK_EVERY = 30.0  # seconds between two looks for what is broken
CHOOSE_EVERY = 30.0  # seconds: selection runs at news, and this often besides
FETCHERS = 4
STANDS_BY = Say(
    "Another nashir has the clock of this database; this one stands by and helps to send.",
    "عملية أخرى من ناشر تمسك ساعة قاعدة البيانات هذه؛ وهذه تنتظر وتساعد في الإرسال.",
)
TAKES_OVER = Say("This nashir has the clock now.", "تمسك هذه العملية الساعة من الآن.")
PATIENCE = 8.0  # seconds that a stop waits for calls on their way


class Engine:
    """Runs one newsroom until it is stopped."""

    def __init__(
        self,
        *,
        tick: Tick,
        fetch: Callable[[str], Intake],
        drain: Callable[[str], object],
        look: Callable[[], None],
        now: Now,
        stopping: threading.Event,
        tell: Callable[[Say], None],
    ) -> None:
        self._tick, self._fetch_source, self._drain_lane, self._look = tick, fetch, drain, look
        self._now, self._stopping, self._tell = now, stopping, tell
        self._fetchers = ThreadPoolExecutor(FETCHERS, "fetch")
        self._lanes = ThreadPoolExecutor(max(len(tick.channels), 1), "lane")
        self._busy: dict[tuple[str, str], Future[None]] = {}
        self._lock = threading.Lock()
        self._ticking = threading.Lock()
        self._ticked_at = time.monotonic()
        self._news = threading.Event()  # something to select
        self._news.set()
        self._chosen_at = self._looked_at = 0.0
        self._told: dict[str, str] = {}
        self._stands_by = False
        self.fault = ""  # why the last tick failed, for /readyz
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
        )

    def start(self) -> None:
        """Begin to tick."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler.add_job(
            self.tick, IntervalTrigger(seconds=TICK, timezone="UTC"), id="tick", next_run_time=self._now()
        )
        self._scheduler.start()

    def hurry(self) -> None:
        """Something is new: select and send at once."""
        self._news.set()
        self._scheduler.modify_job("tick", next_run_time=self._now())

    def nudge(self) -> None:
        """Tick at once where no tick came for a while: the scheduler waits out a wall clock that was put back."""
        if time.monotonic() - self._ticked_at > SILENCE and not self._ticking.locked():
            self._ticked_at = time.monotonic()
            self._scheduler.modify_job("tick", next_run_time=self._now())

    def tick(self) -> None:
        """One tick, and its wake-ups."""
        with self._ticking:
            self._ticked_at = time.monotonic()
            if not self._stopping.is_set():
                self._tick_once()

    def _tick_once(self) -> None:
        choose = self._news.is_set() or time.monotonic() - self._chosen_at >= CHOOSE_EVERY
        if choose:
            self._news.clear()
            self._chosen_at = time.monotonic()
        try:
            wakes = self._tick.run(self._now(), choose=choose)
        except Exception as error:  # the next tick tries again; a clock that stops loses posts
            self._failed(error)
            return
        if self.fault:
            self.fault = ""
            self._tell(Say("The clock works again.", "عادت الساعة تعمل."))
        if self._stands_by is wakes.is_clock:
            self._stands_by = not wakes.is_clock
            self._tell(STANDS_BY if self._stands_by else TAKES_OVER)
        for say in wakes.news:
            self._tell(say)
        for name in wakes.sources:
            self._wake("source", name, self._fetchers, self._fetch)
        for name in wakes.lanes:
            self._wake("lane", name, self._lanes, self._drain)
        if wakes.is_clock and time.monotonic() - self._looked_at >= LOOK_EVERY:
            self._looked_at = time.monotonic()
            self._wake("alerts", "", self._fetchers, lambda _: self._look())

    def _failed(self, error: Exception) -> None:
        """Say it once, and let another process be the clock meanwhile."""
        self._news.set()
        said = error.say if isinstance(error, BotError) else Say(type(error).__name__, type(error).__name__)
        if said.en != self.fault:
            self.fault = said.en
            log.error("the tick failed", exc_info=error)
            self._tell(
                Say(
                    f"The clock fails and is tried each second, nothing new goes out: {said.en}",
                    f"الساعة متعطلة وتعاد المحاولة كل ثانية، ولا يخرج جديد: {said.ar}",
                )
            )
        with contextlib.suppress(Exception):
            self._tick.stop()

    def stop(self) -> bool:
        """Start nothing new, wait for calls on their way; False where some did not end in time."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        with self._lock:
            running = list(self._busy.values())
        for pool in (self._fetchers, self._lanes):
            pool.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + PATIENCE
        done = not wait(running, timeout=PATIENCE).not_done
        if self._ticking.acquire(timeout=max(until - time.monotonic(), 0.1)):
            self._ticking.release()
            return done
        return False

    def _wake(self, kind: str, name: str, pool: ThreadPoolExecutor, work: Callable[[str], None]) -> None:
        with self._lock:
            if (kind, name) not in self._busy and not self._stopping.is_set():
                self._busy[kind, name] = pool.submit(self._run, kind, name, work)

    def _run(self, kind: str, name: str, work: Callable[[str], None]) -> None:
        try:
            work(name)
        except Exception:  # one source or lane never stops the others; the next tick wakes it again
            log.exception("%s %s failed", kind, name)
            self._stopping.wait(timedelta(seconds=5).total_seconds())
        finally:
            with self._lock:
                self._busy.pop((kind, name), None)

    def _fetch(self, name: str) -> None:
        intake = self._fetch_source(name)
        self._report(intake)
        if intake.new or intake.changed:
            self.hurry()

    def _drain(self, name: str) -> None:
        self._drain_lane(name)

    def _report(self, intake: Intake) -> None:
        """Tell what is wrong with a source once, and once when it is well again."""
        said = self._told.get(intake.source, "")
        for say in (*intake.faults, *intake.news):
            self._tell(say)
        if intake.error and intake.error.en != said:
            name, error = intake.source, intake.error
            self._tell(Say(f"Source {name}: {error.en}", f"المصدر {name}: {error.ar}"))
        elif said and not intake.error:
            self._tell(Say(f"Source {intake.source} is read again.", f"عاد المصدر {intake.source} يُقرأ."))
        self._told[intake.source] = intake.error.en if intake.error else ""


def leave(clean: bool) -> None:
    """End the process; without waiting where a call is still on its way: the ledger knows of it."""
    if not clean:
        os._exit(0)
