"""Processes that send editions: started, told to stop, waited for."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable

from bot.domain.posting import Job
from bot.domain.say import Say

PATIENCE = 20.0  # seconds that a process has to end the claims that it is at


class Shards:
    """The sending processes of this one."""

    def __init__(self, fault: Callable[[Say], None] = lambda _: None) -> None:
        self._running: list[subprocess.Popen[str]] = []
        self._lock, self.fault = threading.Lock(), fault

    def start(self, job: Job) -> None:
        """One more process; its job goes through a pipe, which nobody else can read."""
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.shard"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if process.stdin:
            process.stdin.write(job.as_json() + "\n")
            process.stdin.flush()
        with self._lock:
            self._running.append(process)

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
        """One process from its start to its end."""
        self.start(job)
        with self._lock:
            process = self._running.pop()
        process.wait()
        self._hear(process)

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
        said = process.stdout.read() if process.stdout else ""
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        try:
            answer = json.loads(said.strip() or "{}")
        except ValueError:
            answer = {}
        if "en" in answer:
            self.fault(Say(answer["en"], answer["ar"]))
        elif "worked" not in answer:
            self.fault(
                Say(
                    f"A sending process ended with code {process.returncode}; its claims are looked after.",
                    f"انتهت عملية إرسال بالرمز {process.returncode}؛ وما كان بيدها محفوظ في السجل.",
                )
            )
