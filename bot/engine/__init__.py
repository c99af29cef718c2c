"""Who runs the lanes. An engine carries wake-ups only; order, due time and truth live in the outbox."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.engine.clock import Engine
from bot.engine.embedded import Engine as Embedded

if TYPE_CHECKING:
    from bot.engine.procrastinate import Jobs

EMBEDDED, PROCRASTINATE = "embedded", "procrastinate"


class Engines:
    """The engine of the settings; Procrastinate's libraries are loaded where it is used."""

    def __init__(self, kind: str, conninfo: Callable[[], str]) -> None:
        self.kind, self._conninfo = kind, conninfo

    def prepare(self) -> None:
        """Make the tables that the engine keeps for itself."""
        if self.kind == PROCRASTINATE:
            from bot.engine import procrastinate

            procrastinate.prepare(self._conninfo())

    def build(self, *, is_held: Callable[[str], bool], with_clock: bool, with_worker: bool, **common: Any) -> Engine:
        """What runs the clock and the lanes in this process; embedded, it is always both."""
        if self.kind == EMBEDDED:
            return Embedded(**common)
        from bot.engine import procrastinate

        return procrastinate.Engine(
            conninfo=self._conninfo(), is_held=is_held, with_clock=with_clock, with_worker=with_worker, **common
        )

    def wake(self, lanes: Iterable[str]) -> None:
        """An editor did something: let these lanes see to it at once, where other processes run them."""
        if self.kind == PROCRASTINATE:
            for lane in lanes:
                self._jobs.lane(lane)

    @cached_property
    def _jobs(self) -> "Jobs":
        from bot.engine.procrastinate import Jobs

        return Jobs(self._conninfo())

    def close(self) -> None:
        """Give back connections."""
        if "_jobs" in self.__dict__:
            self._jobs.close()
