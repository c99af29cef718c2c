"""All in one process: the clock, a pool that fetches, a thread for each lane."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from bot.domain.errors import BotError
from bot.domain.ports import Now
from bot.engine.clock import PATIENCE, Clock, Reports, Sender, Teller
from bot.pipeline.ingest import Intake
from bot.pipeline.tick import Tick

log = logging.getLogger(__name__)

FETCHERS = 4
AFTER_FAULT = 5.0  # seconds that a source or lane rests whose work broke


class Engine:
    """Runs one newsroom until it is stopped."""

    def __init__(
        self,
        *,
        tick: Tick,
        fetch: Callable[[str], Intake],
        drain: Callable[[str], object],
        look: Callable[[], None],
        hooks: Callable[[], None],
        sender: Sender,
        now: Now,
        stopping: threading.Event,
        tell: Teller,
    ) -> None:
        self._fetch_source, self._drain_lane, self._look, self._tell_hooks = fetch, drain, look, hooks
        self._sender = sender
        self._stopping, self._report = stopping, Reports(tell)
        self._fetchers = ThreadPoolExecutor(FETCHERS, "fetch")
        self._lanes = ThreadPoolExecutor(max(len(tick.channels), 1), "lane")
        self._senders = ThreadPoolExecutor(sender.processes, "edition")
        self._busy: dict[tuple[str, str], Future[None]] = {}
        self._lock = threading.Lock()
        self.clock = Clock(tick=tick, wakes=self, now=now, stopping=stopping, tell=tell)

    @property
    def fault(self) -> str:
        """Why the last tick failed; empty where it did not."""
        return self.clock.fault

    def start(self) -> None:
        """Begin to tick."""
        self.clock.start()

    def hurry(self) -> None:
        """Something is new: select and send at once."""
        self.clock.hurry()

    def tick_now(self) -> None:
        """Something may be due: send at once."""
        self.clock.tick_now()

    def nudge(self) -> None:
        """Tick at once where no tick came for a while."""
        self.clock.nudge()

    def stop(self) -> bool:
        """Start nothing new, wait for calls on their way; False where some did not end in time."""
        self._stopping.set()
        self._sender.stop()
        began = time.monotonic()
        with self._lock:
            running = list(self._busy.values())
        for pool in (self._fetchers, self._lanes, self._senders):
            pool.shutdown(wait=False, cancel_futures=True)
        ticked = self.clock.stop()
        left = max(PATIENCE - (time.monotonic() - began), 0.1)
        return not wait(running, timeout=left).not_done and ticked

    def source(self, name: str) -> None:
        """Have a source fetched."""
        self._wake("source", name, self._fetchers, self._fetch)

    def lane(self, name: str) -> None:
        """Have a lane drained."""
        self._wake("lane", name, self._lanes, self._drain)

    def shards(self, due: Sequence[tuple[int, int]]) -> None:
        """Have editions sent, each by as many processes as may be at once; each takes one shard after the other."""
        for edition in dict.fromkeys(number for number, _ in due):
            for n in range(self._sender.processes):
                self._wake("edition", f"{edition}:{n}", self._senders, self._send)

    def _send(self, name: str) -> None:
        self._sender.send(int(name.partition(":")[0]))

    def look(self) -> None:
        """Have it looked for what is broken."""
        self._wake("alerts", "", self._fetchers, lambda _: self._look())

    def hooks(self) -> None:
        """Have webhooks told what happened."""
        self._wake("hooks", "", self._fetchers, lambda _: self._tell_hooks())

    def _wake(self, kind: str, name: str, pool: ThreadPoolExecutor, work: Callable[[str], None]) -> None:
        with self._lock:
            if (kind, name) not in self._busy and not self._stopping.is_set():
                self._busy[kind, name] = pool.submit(self._run, kind, name, work)

    def _run(self, kind: str, name: str, work: Callable[[str], None]) -> None:
        try:
            work(name)
        except BotError as error:  # its sentence says it all
            log.error("%s %s failed: %s", kind, name, error)
            self._stopping.wait(AFTER_FAULT)
        except Exception:  # one source or lane never stops the others; the next tick wakes it again
            log.exception("%s %s failed", kind, name)
            self._stopping.wait(AFTER_FAULT)
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


def leave(clean: bool) -> None:
    """End the process; without waiting where a call is still on its way: the ledger knows of it."""
    if not clean:
        os._exit(0)
