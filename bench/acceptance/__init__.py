"""Whether delivery keeps its promises, measured on whole processes: `python -m bench.acceptance.NAME`.

Each script prints what it measured beside its bar, and exits 1 where a bar is missed.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.newsrooms import Judgement, Room, judge, servers
from tests.postgres import Postgres

DESK = 'desk_chat = "@nashir_desk"'
QUICK_LOOK = 'resolve_after = "2s"'
FREELY = "per_minute = 6000"  # the chat's one message a second holds all the same


class Bars:
    """What was measured, beside what was asked for."""

    def __init__(self) -> None:
        self._missed, self._began = 0, time.monotonic()

    def hold(self, what: str, measured: object, bar: str, *, ok: bool) -> None:
        """Print one of them."""
        self._missed += not ok
        print(f"{'ok  ' if ok else 'MISS'} {what}: {measured} (bar: {bar})", flush=True)

    def judged(self, found: Judgement) -> None:
        """What every killing must leave whole."""
        kinds = {"lost": found.lost, "doubled": found.doubled, "broken chains": found.broken, "unproved": found.stray}
        for name, lines in kinds.items():
            self.hold(name, len(lines), "0", ok=not lines)
            for line in lines[:20]:
                print(f"       {line}")
        sure = {channel: n for channel, n in found.unsure.items() if channel != "email"}
        self.hold("unsure on X and Telegram", sum(sure.values()), "0", ok=not sure)
        print("     deliveries:", ", ".join(f"{c} {s} {n}" for (c, s), n in sorted(found.states.items())))

    def end(self) -> int:
        """The exit code."""
        print(f"     {time.monotonic() - self._began:.0f} s; {'a bar is missed' if self._missed else 'all bars hold'}")
        return 1 if self._missed else 0


def counts(doc: str | None, **defaults: float) -> argparse.Namespace:
    """The command line: each count or time with its full size."""
    parser = argparse.ArgumentParser(description=doc)
    for name, default in defaults.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    return parser.parse_args()


@contextlib.contextmanager
def room(*more: str, delay: float = 0.12, url: str = "", seconds: float = 1800) -> Iterator[Room]:
    """A newsroom with three live channels and local servers, gone at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="nashir-") as folder,
        servers(Path(folder, "kept"), *more, delay=delay, seconds=seconds) as ports,
    ):
        made = Room(folder=Path(folder, "room"), ports=ports, url=url)
        made.channels(telegram="\n".join([DESK, QUICK_LOOK, FREELY]), x=QUICK_LOOK, email=FREELY)
        try:
            yield made
        finally:
            made.close()


@contextlib.contextmanager
def many_machines(*more: str, delay: float = 0.12, seconds: float = 1800) -> Iterator[Room]:
    """The same on PostgreSQL, for clocks and workers."""
    with Postgres.start() as postgres, room(*more, delay=delay, url=postgres.fresh(), seconds=seconds) as made:
        made.newsroom('engine = "procrastinate"')
        yield made


def unanswered(made: Room) -> dict[int, str]:
    """Calls that were begun and have no answer, with their channels."""
    joined = "attempts join deliveries on deliveries.id = delivery_id"
    return {
        row.id: row.channel for row in made.ask(f"select attempts.id, channel from {joined} where ended_at is null")
    }


__all__ = ["Bars", "Room", "counts", "judge", "many_machines", "room", "unanswered"]
