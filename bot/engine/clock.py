"""The clock: APScheduler asks for a tick each second; whom a tick wakes is the engine's to carry out.

A tick only reads and writes the database. A lost wake-up costs one tick.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol

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
HOOKS_EVERY = 5.0  # seconds between two rounds of webhooks
CHOOSE_EVERY = 30.0  # seconds: selection runs at news, and this often besides
PATIENCE = 8.0  # seconds that a stop waits for calls on their way
STANDS_BY = Say(
    "Another nashir has the clock of this database; this one stands by and helps to send.",
    "عملية أخرى من ناشر تمسك ساعة قاعدة البيانات هذه؛ وهذه تنتظر وتساعد في الإرسال.",
)
TAKES_OVER = Say("This nashir has the clock now.", "تمسك هذه العملية الساعة من الآن.")


class Wakes(Protocol):
    """Who works when the clock says so; each call returns at once."""

    def source(self, name: str) -> None:
        """Have a source fetched."""

    def lane(self, name: str) -> None:
        """Have a lane drained."""

    def shards(self, due: Sequence[tuple[int, int]]) -> None:
        """Have shards of editions sent."""

    def look(self) -> None:
        """Have it looked for what is broken."""

    def hooks(self) -> None:
        """Have webhooks told what happened."""


class Sender(Protocol):
    """Sends editions of newsletters."""

    @property
    def processes(self) -> int:
        """At once on this machine."""

    def send(self, edition: int, shard: int | None = None) -> None:
        """What is due of it; back when that is done."""

    def stop(self) -> None:
        """Let what is being sent come to an end soon."""


class Teller(Protocol):
    """Who is told."""

    def __call__(self, say: Say, /) -> None: ...


class Engine(Protocol):
    """What runs a newsroom, or its part of it, in this process."""

    @property
    def fault(self) -> str:
        """Why the last tick failed; empty where it did not."""

    def start(self) -> None:
        """Begin."""

    def hurry(self) -> None:
        """Something is new: select and send at once."""

    def tick_now(self) -> None:
        """Something may be due: send at once."""

    def nudge(self) -> None:
        """Tick at once where no tick came for a while."""

    def stop(self) -> bool:
        """Start nothing new, wait for calls on their way; False where some did not end in time."""


class Clock:
    """Ticks one newsroom until it is stopped; of several on one database one acts, and the others stand by."""

    def __init__(self, *, tick: Tick, wakes: Wakes, now: Now, stopping: threading.Event, tell: Teller) -> None:
        self._tick, self._wakes, self._now, self._stopping, self._tell = tick, wakes, now, stopping, tell
        self._ticking = threading.Lock()
        self._ticked_at = time.monotonic()
        self._news = threading.Event()  # something to select
        self._news.set()
        self._again = threading.Event()  # something is due
        self._chosen_at = self._looked_at = self._hooked_at = 0.0
        self._stands_by = False
        self.fault = ""  # why the last tick failed
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
        self.tick_now()

    def tick_now(self) -> None:
        """Something may be due: send at once, without a selection, which twenty editors would ask for all the time."""
        self._again.set()  # the scheduler drops what comes amid a tick
        if self._scheduler.running:
            self._scheduler.modify_job("tick", next_run_time=self._now())

    def nudge(self) -> None:
        """Tick at once where no tick came for a while: the scheduler waits out a wall clock that was put back."""
        if time.monotonic() - self._ticked_at > SILENCE and not self._ticking.locked():
            self._ticked_at = time.monotonic()
            self._scheduler.modify_job("tick", next_run_time=self._now())

    def tick(self) -> None:
        """One tick, and its wake-ups."""
        with self._ticking:
            self._again.set()
            while self._again.is_set() and not self._stopping.is_set():
                self._again.clear()
                self._ticked_at = time.monotonic()
                self._tick_once()

    def stop(self) -> bool:
        """Tick no more; False where the last one does not end in time."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._ticking.acquire(timeout=PATIENCE):
            self._ticking.release()
            return True
        return False

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
            self._wakes.source(name)
        for name in wakes.lanes:
            self._wakes.lane(name)
        self._wakes.shards(wakes.shards)
        if wakes.is_clock and time.monotonic() - self._looked_at >= LOOK_EVERY:
            self._looked_at = time.monotonic()
            self._wakes.look()
        if wakes.is_clock and time.monotonic() - self._hooked_at >= HOOKS_EVERY:
            self._hooked_at = time.monotonic()
            self._wakes.hooks()

    def _failed(self, error: Exception) -> None:
        """Say it once, and let another process be the clock meanwhile."""
        self._news.set()
        said = error.say if isinstance(error, BotError) else Say(type(error).__name__, type(error).__name__)
        if said.en != self.fault:
            self.fault = said.en
            if isinstance(error, BotError):  # a sentence that says it all, such as of a database that is down
                log.error("the tick failed: %s", error)
            else:
                log.error("the tick failed", exc_info=error)
            self._tell(
                Say(
                    f"The clock fails and is tried each second, nothing new goes out: {said.en}",
                    f"الساعة متعطلة وتعاد المحاولة كل ثانية، ولا يخرج جديد: {said.ar}",
                )
            )
        with contextlib.suppress(Exception):
            self._tick.stop()


class Reports:
    """Tells what is wrong with a source once, and once when it is well again."""

    def __init__(self, tell: Teller) -> None:
        self._tell = tell
        self._told: dict[str, str] = {}

    def __call__(self, intake: Intake) -> None:
        """What one fetch came to."""
        said = self._told.get(intake.source, "")
        for say in (*intake.faults, *intake.news):
            self._tell(say)
        if intake.error and intake.error.en != said:
            name, error = intake.source, intake.error
            self._tell(Say(f"Source {name}: {error.en}", f"المصدر {name}: {error.ar}"))
        elif said and not intake.error:
            self._tell(Say(f"Source {intake.source} is read again.", f"عاد المصدر {intake.source} يُقرأ."))
        self._told[intake.source] = intake.error.en if intake.error else ""
