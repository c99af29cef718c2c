"""What is unsure is looked for: found and gone on with, absent and sent again, or left to a person."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.channel import Receipt
from bot.domain.delivery import SegmentState, State
from bot.domain.errors import CannotTell, ChannelDown, RetryLater, Unsure
from bot.domain.lane import Doubt, Hold
from bot.domain.limits import Limit, Use
from bot.domain.say import Say
from bot.pipeline.dispatch import NO_ROOM
from bot.pipeline.retry import MOST_ATTEMPTS
from bot.store.calls import spent
from tests.pipeline.test_dispatch import PATIENCE, Lane, Scripted

A_SECOND = timedelta(seconds=1)
GONE = Unsure("the answer was lost", "ضاع الجواب")


class Searchable(Scripted):
    """A scripted channel that can be searched: `unseen` texts are out, and are not shown yet."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: set[str] = set()
        self.looks: list[Doubt] = []
        self.fault: Exception | None = None

    def look(self, doubt: Doubt, hold: Hold) -> Receipt | None:
        hold()
        self.looks.append(doubt)
        if self.fault:
            raise self.fault
        for number, (text, _) in enumerate(self.out, 1):
            if text == doubt.segment.text and text not in self.hidden and number > int(doubt.known or 0):
                return Receipt(remote_id=str(number))
        return None

    def lose_answer(self, text: str) -> None:
        """The call publishes, and its answer is lost."""
        self.out.append((text, None))
        raise GONE


class Room(Lane):
    channel: Searchable

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.channel = Searchable()
        self.told: list[Say] = []
        object.__setattr__(self.dispatcher, "tell", self.told.append)


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    made = Room(database_url)
    yield made
    made.db.close()


def test_what_is_out_is_found_and_its_thread_goes_on_at_once(room: Room) -> None:
    id_ = room.add(segments=3)
    room.channel.script = [None, lambda: room.channel.lose_answer("نص 1")]
    room.drain()
    found = room.get(id_)
    assert found.state is State.SENT
    assert [s.receipt.remote_id for s in found.segments if s.receipt] == ["1", "2", "3"]
    assert room.channel.out[2] == ("نص 2", "2"), "under the segment that was found"
    assert room.told == [], "nobody had to look"


def test_what_is_not_out_is_sent_again_only_after_the_wait_and_two_looks(room: Room) -> None:
    id_ = room.add(segments=2)
    room.channel.script = [None, GONE]
    room.drain()
    assert room.get(id_).state is State.UNSURE
    for _ in range(int(PATIENCE.total_seconds()) - 1):
        room.clock.move(seconds=1)
        room.drain()
    assert room.texts() == ["نص 0"], "absence is not believed before the wait"
    assert len(room.channel.looks) <= 6
    room.clock.move(seconds=1)
    room.drain()
    assert room.texts() == ["نص 0"], "one look is not enough"
    room.clock.move(seconds=15)
    room.drain()
    assert room.texts() == ["نص 0", "نص 1"]
    assert room.get(id_).state is State.SENT
    assert room.told == []


def test_a_timeline_that_lags_costs_no_second_post(room: Room) -> None:
    id_ = room.add(segments=1)
    room.channel.hidden = {"نص 0"}
    room.channel.script = [lambda: room.channel.lose_answer("نص 0")]
    room.drain()
    room.clock.move(seconds=50)
    room.drain()
    assert room.get(id_).state is State.UNSURE
    room.channel.hidden = set()
    room.clock.move(seconds=40)
    room.drain()
    assert room.texts() == ["نص 0"]
    assert room.get(id_).state is State.SENT


def test_a_doubt_never_blocks_its_lane(room: Room) -> None:
    room.add(article="a", segments=1)
    other = room.add(article="b", segments=1)
    room.channel.script = [GONE]
    room.drain()
    assert room.get(other).state is State.SENT


def test_what_a_dead_process_left_is_looked_for_before_anything_else(room: Room) -> None:
    first, second = room.add(article="a", segments=2), room.add(article="b", segments=1)

    def die() -> None:
        room.channel.out.append(("نص 0", None))
        raise KeyboardInterrupt

    room.channel.script = [die]
    with pytest.raises(KeyboardInterrupt):
        room.drain()
    room.drain()
    assert room.texts() == ["نص 0", "نص 1", "نص 0"], "the thread first, then the other"
    assert {room.get(first).state, room.get(second).state} == {State.SENT}


def test_one_that_was_cancelled_on_its_way_stays_cancelled(room: Room) -> None:
    id_ = room.add(segments=2)

    def cancelled() -> None:
        assert room.outbox.change(id_, [State.SENDING], State.CANCELLED, None, room.clock.at)
        room.channel.lose_answer("نص 0")

    room.channel.script = [cancelled]
    room.drain()
    found = room.get(id_)
    assert found.state is State.CANCELLED
    assert [s.state for s in found.segments] == [SegmentState.SENT, SegmentState.WAITING]
    assert room.texts() == ["نص 0"]


def test_a_text_that_the_service_says_is_there_is_never_sent_again(room: Room) -> None:
    id_ = room.add(segments=1)
    room.channel.script = [Unsure("duplicate", "مكرر", seen=True)]
    for _ in range(40):
        room.drain()
        room.clock.move(seconds=5)
    assert room.texts() == []
    assert room.get(id_).state is State.UNSURE
    (told,) = room.told
    assert "duplicate The service says" in told.en


def test_a_look_that_fails_is_made_again_and_one_that_cannot_tell_is_told_once(room: Room) -> None:
    id_ = room.add(segments=1)
    room.channel.script = [GONE]
    room.channel.fault = RetryLater("no route", "لا طريق", reached=False)
    room.drain()
    assert (room.get(id_).state, room.told) == (State.UNSURE, [])
    room.channel.fault = CannotTell("no desk chat", "لا محادثة")
    for _ in range(5):
        room.clock.move(minutes=2)
        room.drain()
    assert len(room.channel.looks) == 2
    (told,) = room.told
    assert "no desk chat" in told.en


def test_the_known_id_is_that_of_the_first_try(room: Room) -> None:
    room.add(article="a", segments=1)
    room.drain()
    room.add(article="b", segments=1)
    room.channel.script = [GONE]
    room.drain()
    room.add(article="c", segments=1)
    room.drain()
    room.clock.move(minutes=3)
    room.drain()
    assert {doubt.known for doubt in room.channel.looks} == {"1"}
    assert room.channel.looks[-1].others == {"2"}
    assert room.channel.looks[-1].began_at + timedelta(minutes=3) == room.clock.at


def test_a_lease_that_was_lost_settles_nothing(room: Room) -> None:
    id_ = room.add(segments=1)
    room.channel.script = [GONE]
    room.drain()

    def taken(doubt: Doubt, hold: Hold) -> Receipt | None:
        room.clock.move(minutes=2)
        assert room.leases.claim("lane", "x", timedelta(minutes=1), room.clock.at)
        return Receipt(remote_id="9")

    room.channel.look = taken  # type: ignore[method-assign]  # the test's own channel
    room.clock.move(minutes=3)
    room.drain()
    assert room.get(id_).state is State.UNSURE


def test_a_channel_that_is_down_while_it_is_searched_is_told_and_searched_again_at_the_next_start(room: Room) -> None:
    id_ = room.add(segments=1)
    room.channel.script = [lambda: room.channel.lose_answer("نص 0")]
    room.channel.fault = ChannelDown("the desk chat is gone secret", "لا محادثة")
    room.drain()
    found = room.get(id_)
    assert (found.state, len(room.told)) == (State.UNSURE, 1)
    assert found.note is not None
    assert "desk chat is gone" in found.note.en
    assert "secret" not in found.note.en + room.told[0].en
    room.channel.fault = None
    room.clock.move(hours=1)
    room.drain()
    assert room.get(id_).state is State.UNSURE
    room.doubts.reopen(room.clock.at)
    room.drain()
    assert room.get(id_).state is State.SENT


def test_what_was_left_to_a_person_days_ago_is_not_searched_again(room: Room) -> None:
    id_ = room.add(segments=1)
    room.channel.script = [GONE]
    room.channel.fault = CannotTell("look", "انظر")
    room.drain()
    room.channel.fault = None
    room.clock.move(days=2)
    room.doubts.reopen(room.clock.at)
    room.drain()
    assert room.get(id_).state is State.UNSURE


def test_a_look_of_many_calls_keeps_the_lane(room: Room) -> None:
    id_ = room.add(segments=1)
    room.channel.script = [GONE]

    def slow(doubt: Doubt, hold: Hold) -> Receipt | None:
        for _ in range(20):
            hold()
            room.clock.move(seconds=20)
            assert room.leases.claim("lane", "x", timedelta(minutes=1), room.clock.at) is None, "it is ours"
        return Receipt(remote_id="7")

    room.channel.look = slow  # type: ignore[method-assign]  # the test's own channel
    room.drain()
    assert room.get(id_).state is State.SENT


def test_what_never_comes_out_ends_with_a_person(room: Room) -> None:
    id_ = room.add(segments=2)
    room.channel.script = [None] + [GONE] * 40
    for _ in range(60):
        room.drain()
        room.clock.move(minutes=4)
    found = room.get(id_)
    assert (found.state, room.texts()) == (State.FAILED, ["نص 0"])
    assert found.note is not None
    assert "again and again" in found.note.en
    assert len(room.told) == 1
    assert len(room.channel.script) == 40 - MOST_ATTEMPTS - 1


def test_what_was_not_out_cost_nothing(room: Room) -> None:
    monthly = [Use(key="cost", micros=5)]
    room.channel.uses = lambda kind, segment: monthly  # type: ignore[attr-defined]  # the test's own channel
    room.add(segments=1)
    room.channel.script = [GONE, GONE]
    for _ in range(12):
        room.drain()
        room.clock.move(minutes=1)
    assert room.texts() == ["نص 0"]
    with room.db.read() as db:
        assert spent(db, "cost", room.clock.at) == 5


def test_a_look_waits_for_a_little_room_and_is_put_off_where_there_is_none(room: Room) -> None:
    id_ = room.add(segments=1)
    room.channel.script = [lambda: room.channel.lose_answer("نص 0")]
    probe = [Use(key="desk", limits=(Limit(count=2, per=timedelta(seconds=2)),), kind="read")]
    asked = []

    def look(doubt: Doubt, hold: Hold) -> Receipt | None:
        for n in range(4):
            hold(probe)
            asked.append((n, room.clock.at))
        return Receipt(remote_id="1")

    room.channel.look = look  # type: ignore[method-assign]  # the test's own channel
    room.drain()
    assert room.get(id_).state is State.SENT
    assert asked[3][1] - asked[0][1] >= timedelta(seconds=2), "no more than two in two seconds"

    second = room.add(article="b", segments=1)
    room.channel.script = [lambda: room.channel.lose_answer("نص 0")]
    probe[0] = Use(key="desk", limits=(Limit(count=1, per=timedelta(minutes=1)),), kind="read")
    asked.clear()
    room.drain()
    assert (room.get(second).state, asked) == (State.UNSURE, []), "the lane does not wait a minute"
    assert room.told == []


def test_a_service_that_answers_nothing_of_use_for_hours_is_left_to_a_person(room: Room) -> None:
    id_ = room.add(segments=1)
    room.channel.script = [lambda: room.channel.lose_answer("نص 0")]
    room.channel.fault = RetryLater("unreadable", "لا يُقرأ")
    room.drain()
    for _ in range(110):
        room.clock.move(minutes=1)
        room.drain()
    assert room.told == []
    for _ in range(15):
        room.clock.move(minutes=1)
        room.drain()
    assert len(room.told) == 1
    assert room.get(id_).state is State.UNSURE


def test_a_chat_that_moved_numbers_its_messages_anew(room: Room) -> None:
    room.channel.place = "-1001"
    for n in range(3):
        room.add(article=f"a{n}", segments=1)
    room.drain()
    room.clock.move(minutes=1)
    room.channel.place = "-1002"
    room.add(article="b", segments=1)
    room.drain()
    id_ = room.add(article="c", segments=1)
    room.channel.script = [GONE]
    room.drain()
    (doubt,) = room.channel.looks
    assert (doubt.known, doubt.place, doubt.others) == ("4", "-1002", frozenset())
    assert room.get(id_).state is State.UNSURE


def left_to_a_person(room: Room) -> int:
    """One message is out in a chat, and another one may be."""
    room.channel.place = "-1001"
    room.add(article="a", segments=1)
    room.drain()
    said = room.add(article="b", segments=1)
    room.channel.script = [GONE]
    room.channel.fault = CannotTell("look", "انظر")
    room.drain()
    return said


def test_an_editors_word_without_a_number_is_nothing_to_look_from(room: Room) -> None:
    said = left_to_a_person(room)
    room.clock.move(minutes=1)
    assert room.doubts.said_out(room.get(said), Receipt(remote_id=""), room.clock.at)
    room.clock.move(minutes=1)
    room.add(article="c", segments=1)
    room.channel.script = [GONE]
    room.drain()
    assert (room.channel.looks[-1].known, room.channel.looks[-1].place) == ("1", "-1001")


def test_a_number_that_an_editor_gives_stands_where_the_channel_was(room: Room) -> None:
    said = left_to_a_person(room)
    assert room.doubts.said_out(room.get(said), Receipt(remote_id="7"), room.clock.at)
    receipt = room.get(said).segments[0].receipt
    assert receipt is not None
    assert (receipt.remote_id, receipt.place) == ("7", "-1001")


def test_looks_that_found_no_room_come_again_at_times_of_their_own(room: Room) -> None:
    object.__setattr__(room.dispatcher, "spread", lambda: 0.5)
    id_ = room.add(segments=1)
    room.channel.script = [GONE]
    probe = [Use(key="desk", limits=(Limit(count=1, per=timedelta(seconds=20)),), kind="read")]

    def look(doubt: Doubt, hold: Hold) -> Receipt | None:
        for _ in range(2):
            hold(probe)
        return None

    room.channel.look = look  # type: ignore[method-assign]  # the test's own channel
    room.drain()
    assert room.doubts.due("x", room.clock.at + 20 * A_SECOND + NO_ROOM * 0.4) == []
    (due,) = room.doubts.due("x", room.clock.at + 20 * A_SECOND + NO_ROOM * 0.5)
    assert due.delivery.id == id_
    for _ in range(200):
        room.clock.move(minutes=1)
        room.drain()
    assert len(room.told) == 1, "one that never finds room is left to a person in the end"
