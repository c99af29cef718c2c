"""Processes that send editions: started, told to stop, waited for."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable

from bot.domain.errors import BotError
from bot.domain.posting import Job
from bot.domain.say import Say

PATIENCE = 20.0  # seconds that a process has to end the claims that it is at


class Shards:
    """The sending processes of this one."""

    def __init__(self, fault: Callable[[Say], None] = lambda _: None) -> None:
        self._running: list[subprocess.Popen[str]] = []
        self._awaited: list[subprocess.Popen[str]] = []  # those that a caller of `run` waits for
        self._lock, self.fault = threading.Lock(), fault

    def start(self, job: Job) -> None:
        """One more process, which `running` counts."""
        process = self._begun(job)
        with self._lock:
            self._running.append(process)

    @staticmethod
    def _begun(job: Job) -> subprocess.Popen[str]:
        """A process; its job goes through a pipe, which nobody else can read."""
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.shard"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if process.stdin:
            process.stdin.write(job.as_json() + "\n")
            process.stdin.flush()
        return process

    def running(self) -> int:
        """How many are at work; what those that ended said is told."""
        with self._lock:
            ended = [process for process in self._running if process.poll() is not None]
            self._running = [process for process in self._running if process not in ended]
            count = len(self._running)
        for process in ended:
            self._hear(process)
        return count

    def run(self, job: Job) -> None:
        """One process from its start to its end; raises BotError where it could not work at all."""
        process = self._begun(job)
        with self._lock:
            self._awaited.append(process)
        process.wait()
        with self._lock:
            self._awaited.remove(process)
        if fault := self._said(process):
            raise BotError(fault.en, fault.ar)

    def hasten(self) -> None:
        """Tell those that are waited for to end."""
        with self._lock:
            for process in self._awaited:
                process.terminate()

    def stop(self) -> bool:
        """End them in order; False where one did not end in time."""
        with self._lock:
            running, self._running = self._running, []
        for process in running:
            process.terminate()
        clean = True
        for process in running:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                clean = False
                continue
            self._hear(process)
        return clean

    def _hear(self, process: subprocess.Popen[str]) -> None:
        if fault := self._said(process):
            self.fault(fault)

    @staticmethod
    def _said(process: subprocess.Popen[str]) -> Say | None:
        """What a process that has ended says was wrong."""
        said = process.stdout.read() if process.stdout else ""
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        try:
            answer = json.loads(said.strip() or "{}")
        except ValueError:
            answer = {}
        if "en" in answer:
            return Say(answer["en"], answer["ar"])
        if "worked" in answer:
            return None
        return Say(
            f"A sending process ended with code {process.returncode}; its claims are looked after.",
            f"انتهت عملية إرسال بالرمز {process.returncode}؛ وما كان بيدها محفوظ في السجل.",
        )
