"""What one process writes while another one is amid a write: each ends as if one had come after the other."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import bot.store.desk
import bot.store.ledger
from bot.domain.channel import Receipt
from bot.domain.delivery import SegmentState, State
from bot.domain.errors import Refused, Unsure
from bot.domain.post import Post, Segment
from bot.pipeline import desk
from bot.store.desk import DeskStore
from tests.conftest import START
from tests.pipeline.test_dispatch import Lane
from tests.store.test_store import WHY


class Beside:
    """Does something in a thread of its own at a point amid a write, without waiting for its end there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any, point: str, act: Callable[[], Any]) -> None:
        self.found: list[Any] = []
        self.threads: list[threading.Thread] = []
        real = getattr(module, point)

        def at_the_point(*given: Any, **more: Any) -> Any:
            if not self.threads:
                self.threads.append(threading.Thread(target=lambda: self.found.append(outcome(act))))
                self.threads[0].start()
                self.threads[0].join(0.3)  # long enough for one that need not wait to end
            return real(*given, **more)

        monkeypatch.setattr(module, point, at_the_point)

    def end(self) -> Any:
        """What came of it."""
        self.threads[0].join(20)
        (found,) = self.found
        return found


def outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Refused as refused:
        return refused


@pytest.fixture
def lane(database_url: str):  # type: ignore[no-untyped-def]  # a generator fixture
    made = Lane(database_url)
    yield made
    made.db.close()


def die() -> None:
    raise KeyboardInterrupt


def words(text: str) -> Post:
    return Post(service="x", segments=(Segment(text=text, length=len(text), limit=280),))


def edit(lane: Lane, id_: int, text: str) -> bool:
    return DeskStore(lane.db).rewrite(id_, 1, words(text), "ع", "editor", lane.clock.at)


def test_an_edit_that_is_saved_is_what_goes_out(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = lane.add(segments=1)
    sending = Beside(monkeypatch, bot.store.desk, "post_out", lane.drain)
    assert edit(lane, id_, "نص جديد")
    sending.end()
    lane.drain()
    assert lane.texts() == ["نص جديد"]
    assert lane.get(id_).state is State.SENT


def test_of_two_editors_who_save_one_edition_one_is_told(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = lane.add(segments=1)
    other = Beside(monkeypatch, bot.store.desk, "post_out", lambda: edit(lane, id_, "نص الثاني"))
    assert edit(lane, id_, "نص الأول")
    assert other.end() is False
    assert lane.get(id_).post.segments[0].text == "نص الأول"


@pytest.mark.parametrize("dies", [False, True])
def test_what_is_begun_does_not_expire(lane: Lane, monkeypatch: pytest.MonkeyPatch, dies: bool) -> None:
    id_ = lane.add(segments=2, expires=1)
    at = START + timedelta(minutes=1)
    late = Beside(monkeypatch, bot.store.ledger, "newest", lambda: lane.outbox.expire(at, WHY))
    lane.clock.move(seconds=59)
    if dies:
        lane.channel.script = [die]
        with pytest.raises(KeyboardInterrupt):
            lane.drain()
    else:
        lane.drain()
    assert late.end() == []
    lane.drain()
    assert lane.get(id_).state is (State.UNSURE if dies else State.SENT)
    assert len(lane.texts()) == (0 if dies else 2)


def test_what_is_cancelled_while_it_begins_is_known_to_be_out(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = lane.add(segments=1)
    seen: list[SegmentState] = []

    def cancel() -> None:
        desk.cancel(id_, lane.outbox, lane.clock.at)
        seen.append(lane.get(id_).segments[0].state)

    cancelled = Beside(monkeypatch, bot.store.ledger, "newest", cancel)
    lane.drain()
    refused = isinstance(cancelled.end(), Refused)  # it was out by then, and nothing was promised
    assert len(lane.texts()) == 1
    assert refused or seen[0] is not SegmentState.WAITING, "who cancels sees that it may be out"


def test_a_cancel_amid_a_doubt_stops_the_rest(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = lane.add(segments=3)
    cancelled: list[Beside] = []

    def lost() -> None:
        cancelled.append(
            Beside(monkeypatch, bot.store.ledger, "say_out", lambda: desk.cancel(id_, lane.outbox, lane.clock.at))
        )
        raise Unsure("no answer", "لا جواب")

    lane.channel.script = [None, lost]
    lane.drain()
    refused = isinstance(cancelled[0].end(), Refused)  # it was in doubt by then, and nothing was promised
    assert lane.get(id_).state is State.UNSURE
    lane.doubts.said_out(lane.get(id_), Receipt(remote_id="7"), lane.clock.at)
    lane.drain()
    assert lane.texts() == (["نص 0", "نص 2"] if refused else ["نص 0"])
