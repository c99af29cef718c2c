"""What asks the clock for a tick, and what for a selection besides."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from bot.engine.clock import Clock
from bot.pipeline.tick import Tick
from bot.pipeline.tick import Wakes as Due


class Asked:
    """Notes what each tick was asked for, in the place of a newsroom's."""

    def __init__(self) -> None:
        self.choose: list[bool] = []

    def run(self, now: datetime, *, choose: bool = True) -> Due:
        self.choose.append(choose)
        return Due()


class Nobody:
    """Is woken, and does nothing."""

    def source(self, name: str) -> None: ...
    def lane(self, name: str) -> None: ...
    def shards(self, due: Sequence[tuple[int, int]]) -> None: ...
    def look(self) -> None: ...
    def hooks(self) -> None: ...


def clock_of(tick: Asked) -> Clock:
    return Clock(
        tick=cast(Tick, tick),
        wakes=Nobody(),
        now=lambda: datetime(2026, 11, 24, 9, tzinfo=UTC),
        stopping=threading.Event(),
        tell=lambda _say: None,
    )


def test_news_is_selected_and_what_is_due_only_sent() -> None:
    tick = Asked()
    clock = clock_of(tick)
    clock.tick()
    clock.tick_now()  # an act of an editor
    clock.tick()
    clock.hurry()  # a new article
    clock.tick()
    clock.tick()
    assert tick.choose == [True, False, True, False]


def test_what_is_asked_for_amid_a_tick_is_done_right_after_it() -> None:
    clock: Clock

    class Slow(Asked):
        def run(self, now: datetime, *, choose: bool = True) -> Due:
            if len(self.choose) == 0:
                clock.tick_now()  # an editor, while this tick is under way
            return super().run(now, choose=choose)

    tick = Slow()
    clock = clock_of(tick)
    clock.tick()
    assert tick.choose == [True, False]
