"""The lane over the real store, with a channel whose answers the test writes down beforehand."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest

from bot.domain.amendment import Kind
from bot.domain.channel import Account, Health, Receipt
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.errors import ChannelDown, Rejected, RetryLater, Unsure
from bot.domain.limits import Limit, Use
from bot.domain.post import Post, Segment
from bot.domain.schedule import Plan, Quiet
from bot.pipeline.dispatch import Dispatcher
from bot.pipeline.retry import MOST_ATTEMPTS, next_try
from bot.pipeline.silence import Silence
from bot.store.amendments import AmendmentStore
from bot.store.calls import spent
from bot.store.database import Database
from bot.store.doubts import DoubtStore
from bot.store.figures import Figures
from bot.store.lanes import LaneStore
from bot.store.leases import Holder, LeaseStore
from bot.store.ledger import LedgerStore
from bot.store.outbox import OutboxStore
from tests.conftest import START, Clock
from tests.store.test_store import WHY, draft

PATIENCE = timedelta(seconds=80)

Step = Exception | str | None


class Scripted:
    """Answers call after call: None publishes, an error is raised after `begin`, "early" marks one before it."""

    def __init__(self) -> None:
        self.script: list[Step | Callable[[], None]] = []
        self.out: list[tuple[str, str | None]] = []
        self.before: Exception | None = None
        self.place = ""

    def check(self) -> Account:
        return Account(name="scripted")

    def send(self, segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:
        if self.before:
            error, self.before = self.before, None
            raise error
        begin()
        step = self.script.pop(0) if self.script else None
        if callable(step):
            step()
        elif isinstance(step, Exception):
            raise step
        self.out.append((segment.text, parent.remote_id if parent else None))
        return Receipt(remote_id=str(len(self.out)), place=self.place)

    def close(self) -> None:
        pass


class Lane:
    def __init__(self, database_url: str) -> None:
        self.db = Database(database_url)
        self.db.upgrade()
        self.clock, self.channel, self.stopping = Clock(), Scripted(), False
        self.outbox, self.ledger, self.leases = (
            OutboxStore(self.db),
            LedgerStore(self.db),
            LeaseStore(self.db, Holder(None)),
        )
        self.plans: dict[str, Plan] = {}
        self.lanes = LaneStore(self.db, Silence(plans=self.plans, zone=UTC).holds)
        self.doubts, self.amendments = DoubtStore(self.db), AmendmentStore(self.db)
        self.gone = False
        self.dispatcher = Dispatcher(
            ledger=self.ledger,
            doubts=self.doubts,
            amendments=self.amendments,
            lanes=self.lanes,
            leases=self.leases,
            plans=self.plans,
            zone=UTC,
            patience=lambda _c: PATIENCE,
            adapter_for=lambda _d: None if self.gone else self.channel,
            ttl=lambda _c: timedelta(seconds=60),
            now=self.clock,
            monotonic=self.clock.monotonic,
            redact=lambda text: text.replace("secret", "•••"),
            stopping=lambda: self.stopping,
            rest=self.clock.rest,
        )

    def add(self, **options: object) -> int:
        id_ = self.outbox.add(draft(**options), self.clock.at)  # type: ignore[arg-type]  # fields of a draft by name
        assert id_ is not None
        return id_

    def drain(self) -> list[int]:
        return self.dispatcher.drain("x")

    def get(self, id_: int) -> Delivery:
        found = self.outbox.get(id_)
        assert found is not None
        return found

    def texts(self) -> list[str]:
        return [text for text, _ in self.channel.out]


@pytest.fixture
def lane(database_url: str):  # type: ignore[no-untyped-def]  # a generator fixture
    made = Lane(database_url)
    yield made
    made.db.close()


def test_a_thread_goes_out_each_segment_under_the_one_before(lane: Lane) -> None:
    id_ = lane.add(segments=3)
    assert lane.drain() == [id_]
    assert lane.channel.out == [("نص 0", None), ("نص 1", "1"), ("نص 2", "2")]
    found = lane.get(id_)
    assert found.state is State.SENT
    assert [s.receipt.remote_id for s in found.segments if s.receipt] == ["1", "2", "3"]
    assert lane.drain() == []


def test_sending_is_committed_before_the_call(lane: Lane) -> None:
    id_ = lane.add(segments=1)
    seen: list[SegmentState] = []
    lane.channel.script = [lambda: seen.append(lane.get(id_).segments[0].state)]
    lane.drain()
    assert seen == [SegmentState.SENDING]


def test_retry_later_goes_on_at_the_first_segment_never_begun(lane: Lane) -> None:
    id_ = lane.add(segments=3)
    lane.channel.script = [None, RetryLater("wait secret", "انتظر", after=timedelta(seconds=30))]
    lane.drain()
    found = lane.get(id_)
    assert (found.state, found.not_before, found.attempts) == (State.SENDING, START + timedelta(seconds=30), 0)
    assert found.note is not None
    assert "secret" not in found.note.en
    lane.drain()
    assert lane.texts() == ["نص 0"]
    lane.clock.move(seconds=30)
    lane.drain()
    assert lane.texts() == ["نص 0", "نص 1", "نص 2"]
    assert lane.get(id_).state is State.SENT


def test_a_wait_holds_the_whole_lane(lane: Lane) -> None:
    lane.add(article="a", segments=1)
    lane.add(article="b", segments=1)
    lane.channel.script = [RetryLater("429", "انتظر", after=timedelta(minutes=2))]
    lane.drain()
    lane.drain()
    assert lane.channel.out == []
    lane.clock.move(minutes=2)
    lane.drain()
    assert len(lane.channel.out) == 2


def test_an_error_before_begin_is_no_doubt(lane: Lane) -> None:
    id_ = lane.add(segments=1)
    lane.channel.before = OSError("boom")
    lane.drain()
    assert lane.get(id_).state is State.QUEUED
    lane.clock.move(minutes=1)
    lane.drain()
    assert lane.get(id_).state is State.SENT


def test_unsure_stops_the_delivery_and_the_lane_goes_on(lane: Lane) -> None:
    first, second = lane.add(article="a", segments=2), lane.add(article="b", segments=1)
    lane.channel.script = [None, Unsure("may be out", "قد يكون ظاهرا")]
    lane.drain()
    found = lane.get(first)
    assert found.state is State.UNSURE
    assert [s.state for s in found.segments] == [SegmentState.SENT, SegmentState.SENDING]
    assert found.note is not None
    assert "2 of 2" in found.note.en
    assert lane.get(second).state is State.SENT
    for _ in range(3):
        lane.clock.move(hours=1)
        lane.drain()
    assert lane.texts() == ["نص 0", "نص 0"], "nothing that may be out is sent again"


def test_an_unexpected_error_after_begin_is_unsure(lane: Lane) -> None:
    id_ = lane.add(segments=1)
    lane.channel.script = [ValueError("a library's own fault")]
    lane.drain()
    assert lane.get(id_).state is State.UNSURE


def test_rejected_fails_with_its_reason_and_the_lane_goes_on(lane: Lane) -> None:
    first, second = lane.add(article="a", segments=1), lane.add(article="b", segments=1)
    lane.channel.script = [Rejected("too long", "طويل")]
    lane.drain()
    # it is there, or the test fails
    assert (lane.get(first).state, lane.get(first).note.en) == (State.FAILED, "too long The text: نص 0")  # type: ignore[union-attr]  # it has one
    assert lane.get(first).segments[0].state is SegmentState.WAITING
    assert lane.get(second).state is State.SENT


def test_a_broken_account_stops_the_lane_and_loses_nothing(lane: Lane) -> None:
    first, second = lane.add(article="a", segments=1), lane.add(article="b", segments=1)
    lane.channel.script = [ChannelDown("bad token", "رمز خاطئ")]
    lane.drain()
    assert lane.lanes.health("x").down is not None
    assert {lane.get(first).state, lane.get(second).state} == {State.QUEUED}
    lane.clock.move(minutes=5)
    lane.drain()
    assert {lane.get(first).state, lane.get(second).state} == {State.SENT}
    assert lane.lanes.health("x").down is None


def test_trying_again_ends(lane: Lane) -> None:
    id_ = lane.add(segments=1)
    for _ in range(MOST_ATTEMPTS + 1):
        lane.channel.script = [RetryLater("down", "لا جواب")]
        lane.drain()
        lane.clock.move(hours=1)
    assert lane.get(id_).state is State.FAILED
    waits = [next_try(RetryLater("", ""), n, START) for n in range(MOST_ATTEMPTS + 1)]
    assert waits[-1] is None
    assert waits[0] == START + timedelta(seconds=5)
    assert waits[-2] == START + timedelta(minutes=10)


def test_a_flood_is_waited_for_however_often_the_service_asks(lane: Lane) -> None:
    id_ = lane.add(segments=1)
    for _ in range(3 * MOST_ATTEMPTS):
        lane.channel.script = [RetryLater("wait", "انتظر", after=timedelta(seconds=40))]
        lane.drain()
        lane.clock.move(seconds=40)
    assert (lane.get(id_).state, lane.get(id_).attempts) == (State.QUEUED, 0)
    lane.drain()
    assert lane.get(id_).state is State.SENT


def test_a_network_that_is_gone_is_no_fault_of_the_delivery(lane: Lane) -> None:
    first, second = lane.add(article="a", segments=1), lane.add(article="b", segments=1)
    for _ in range(3 * MOST_ATTEMPTS):
        lane.channel.script = [RetryLater("no route", "لا طريق", reached=False)]
        lane.drain()
        lane.clock.move(seconds=15)
    assert (lane.get(first).state, lane.get(first).attempts) == (State.QUEUED, 0)
    lane.drain()
    assert {lane.get(first).state, lane.get(second).state} == {State.SENT}


def test_a_cancelled_delivery_whose_segment_is_in_doubt_is_unsure(lane: Lane) -> None:
    id_ = lane.add(segments=2)

    def cancelled_on_the_way(error: BaseException) -> Callable[[], None]:
        def act() -> None:
            assert lane.outbox.change(id_, [State.SENDING], State.CANCELLED, None, lane.clock.at)
            raise error

        return act

    lane.channel.script = [cancelled_on_the_way(Unsure("gone", "انقطع"))]
    lane.drain()
    assert lane.get(id_).state is State.UNSURE
    assert lane.outbox.change(id_, [State.UNSURE], State.QUEUED, None, lane.clock.at, forget_unsure=True)
    lane.channel.script = [cancelled_on_the_way(KeyboardInterrupt())]
    with pytest.raises(KeyboardInterrupt):
        lane.drain()
    lane.add(article="b", segments=1)
    lane.drain()
    assert lane.get(id_).state is State.UNSURE


def test_a_process_that_died_while_sending_leaves_unsure_and_the_lane_goes_on(lane: Lane) -> None:
    first, second = lane.add(article="a", segments=2), lane.add(article="b", segments=1)

    def die() -> None:
        raise KeyboardInterrupt

    lane.channel.script = [die]
    with pytest.raises(KeyboardInterrupt):
        lane.drain()
    lane.drain()
    assert lane.get(first).state is State.UNSURE
    assert lane.get(second).state is State.SENT


def test_no_call_starts_once_the_lease_has_run_out(lane: Lane) -> None:
    id_ = lane.add(segments=1)
    send = lane.channel.send

    def slow(segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:
        lane.clock.move(seconds=61)
        return send(segment, parent, begin)

    lane.channel.send = slow  # type: ignore[method-assign]  # the test's own channel
    lane.drain()
    assert lane.channel.out == []
    assert lane.get(id_).segments[0].state is SegmentState.WAITING
    lane.channel.send = send  # type: ignore[method-assign]  # the test's own channel
    lane.drain()
    assert lane.get(id_).state is State.SENT


def test_two_drains_of_one_lane_never_overlap(lane: Lane) -> None:
    lane.add(segments=1)
    inner: list[list[int]] = []
    lane.channel.script = [lambda: inner.append(lane.drain())]
    lane.drain()
    assert inner == [[]]
    assert len(lane.channel.out) == 1


def test_cancel_acts_between_segments(lane: Lane) -> None:
    id_ = lane.add(segments=3)
    lane.channel.script = [lambda: lane.outbox.change(id_, (State.SENDING,), State.CANCELLED, WHY, START) and None]
    lane.drain()
    assert lane.texts() == ["نص 0"]
    found = lane.get(id_)
    assert found.state is State.CANCELLED
    assert found.segments[0].receipt is not None


def test_stopping_acts_between_segments_and_the_next_start_goes_on(lane: Lane) -> None:
    id_ = lane.add(segments=3)
    lane.channel.script = [lambda: setattr(lane, "stopping", True)]
    lane.drain()
    assert (lane.texts(), lane.get(id_).state) == (["نص 0"], State.SENDING)
    lane.stopping = False
    lane.drain()
    assert lane.texts() == ["نص 0", "نص 1", "نص 2"]


def test_a_live_delivery_of_a_channel_that_is_no_longer_live_is_held(lane: Lane) -> None:
    id_ = lane.add(segments=1)
    lane.gone = True
    lane.drain()
    assert lane.get(id_).state is State.HELD
    assert lane.channel.out == []


def test_a_call_that_begins_late_in_its_lease_begins_with_a_fresh_one(lane: Lane) -> None:
    id_ = lane.add(segments=1)
    held: list[bool] = []
    send = lane.channel.send

    def slow(segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:
        lane.clock.move(seconds=50)  # as mail may take until its final dot
        return send(segment, parent, begin)

    lane.channel.send = slow  # type: ignore[method-assign]  # the same call, later
    lane.channel.script = [
        lambda: held.append(lane.leases.is_held("lane", "x", lane.clock.at + timedelta(seconds=30))),
    ]
    lane.drain()
    assert held == [True]
    assert lane.get(id_).state is State.SENT


def test_spacing_does_not_wait_for_hours_after_the_wall_clock_was_put_back(lane: Lane) -> None:
    lane.plans["x"] = Plan(channel="x", spacing=timedelta(minutes=10))
    lane.add(segments=1)
    lane.drain()
    lane.clock.move(hours=-6)
    id_ = lane.add(article="b", segments=1, due=-6 * 60, expires=0)
    lane.drain()
    assert lane.get(id_).state is State.SENT


class Dear(Scripted):
    """A channel with a month's budget."""

    budget = 10

    def uses(self, kind: str, segment: Segment) -> list[Use]:
        return [Use(key="dear", micros=10, budget=self.budget)]


def test_a_budget_that_is_raised_lets_what_waited_go_at_the_next_start(lane: Lane) -> None:
    lane.channel = dear = Dear()
    id_ = lane.add(segments=2)
    lane.drain()
    assert lane.get(id_).state is State.SENDING, "half out"
    health = lane.lanes.health("x")
    assert health.down is not None
    assert health.retry_at is not None
    dear.budget = 100
    lane.lanes.set_health(Health(channel="x"), lane.clock.at)  # as a start does
    lane.drain()
    assert lane.get(id_).state is State.SENT


def test_a_post_before_that_never_shows_ends_the_thread_and_lets_the_lane_go_on(lane: Lane) -> None:
    id_ = lane.add(segments=2)
    unseen = RetryLater("not visible yet", "لا يُرى بعد", after=timedelta(seconds=10), counts=True)
    lane.channel.script = [None]
    for _ in range(MOST_ATTEMPTS + 1):
        lane.channel.script += [unseen]
        lane.drain()
        lane.clock.move(seconds=10)
    found = lane.get(id_)
    assert (found.state, lane.texts()) == (State.FAILED, ["نص 0"])
    assert found.note is not None
    assert "1 before it are out" in found.note.en
    other = lane.add(article="b", segments=1, urgent=True)
    lane.drain()
    assert lane.get(other).state is State.SENT


class Counted(Scripted):
    """A channel that lets two posts through in a day."""

    def uses(self, kind: str, segment: Segment) -> list[Use]:
        day = Limit(count=2, per=timedelta(days=1))
        return [Use(key="cost", micros=5, kind=kind), Use(key="posts", limits=(day,), kind=kind)]


def test_calls_that_never_reached_the_service_use_up_nothing(lane: Lane) -> None:
    lane.channel = Counted()
    first, second = lane.add(article="a", segments=1), lane.add(article="b", segments=1)
    for _ in range(5):
        lane.channel.script = [RetryLater("no route", "لا طريق", reached=False)]
        lane.drain()
        lane.clock.move(seconds=15)
    lane.drain()
    assert {lane.get(first).state, lane.get(second).state} == {State.SENT}
    with lane.db.read() as db:
        assert spent(db, "cost", lane.clock.at) == 10


def test_spacing_holds_for_what_a_dead_process_had_taken_and_not_begun(lane: Lane) -> None:
    hours = timedelta(hours=5)
    lane.plans["x"] = Plan(channel="x", spacing=timedelta(minutes=10), fresh_for=hours, breaking_fresh_for=hours)
    taken = lane.add(article="a", segments=1, expires=300)
    lane.channel.before = KeyboardInterrupt()  # type: ignore[assignment]  # no error: the process ends
    with pytest.raises(KeyboardInterrupt):
        lane.drain()
    assert lane.get(taken).state is State.SENDING
    urgent = lane.add(article="b", segments=1, expires=300, urgent=True)
    lane.clock.move(seconds=90)
    lane.drain()
    assert (lane.get(urgent).state, lane.get(taken).state) == (State.SENT, State.SENDING)
    assert lane.lanes.due(lane.clock.at) == []
    lane.clock.move(minutes=10)
    assert lane.lanes.due(lane.clock.at) == ["x"]
    lane.drain()
    assert lane.get(taken).state is State.SENT


def test_quiet_hours_hold_for_what_an_outage_or_a_new_plan_moved_into_them(lane: Lane) -> None:
    planned = lane.add(article="a", segments=1, expires=300)
    begins, ends = (lane.clock.at + timedelta(minutes=n) for n in (-5, 30))
    lane.plans["x"] = Plan(channel="x", quiet=(Quiet(start=begins.time(), end=ends.time()),))
    by_hand = lane.add(article="b", segments=1)
    urgent = lane.add(article="c", segments=1, expires=300, urgent=True)
    lane.drain()
    assert [lane.get(n).state for n in (planned, by_hand, urgent)] == [State.QUEUED, State.SENT, State.SENT]
    lane.clock.move(minutes=29)
    lane.drain()
    assert lane.get(planned).state is State.QUEUED
    assert lane.lanes.due(lane.clock.at) == []
    lane.clock.move(minutes=2)
    assert lane.lanes.due(lane.clock.at) == ["x"]
    lane.drain()
    assert lane.get(planned).state is State.SENT


def test_breaking_news_is_silent_too_where_the_plan_says_so_and_wakes_no_lane(lane: Lane) -> None:
    half_out = lane.add(article="a", segments=2, expires=300)
    lane.channel.script = [None, RetryLater("later", "لاحقا", after=timedelta(minutes=1))]
    lane.drain()
    lane.clock.move(minutes=1)
    begins, ends = (lane.clock.at + timedelta(minutes=n) for n in (-5, 30))
    quiet = (Quiet(start=begins.time(), end=ends.time()),)
    lane.plans["x"] = Plan(channel="x", quiet=quiet, quiet_breaking=True)
    by_hand = lane.add(article="b", segments=1)
    urgent = lane.add(article="c", segments=1, expires=300, urgent=True)
    lane.drain()
    assert [lane.get(n).state for n in (half_out, by_hand, urgent)] == [State.SENT, State.SENT, State.QUEUED]
    assert lane.lanes.due(lane.clock.at) == []
    lane.clock.move(minutes=31)
    assert lane.lanes.due(lane.clock.at) == ["x"]
    lane.drain()
    assert lane.get(urgent).state is State.SENT


def test_what_spacing_holds_back_is_not_late(lane: Lane) -> None:
    lane.plans["x"] = Plan(channel="x", spacing=timedelta(minutes=30))
    figures = Figures(lane.db)
    for article in ("a", "b"):
        lane.add(article=article, segments=1, expires=300)
    lane.drain()
    lane.clock.move(seconds=50)
    assert figures.oldest_due(lane.clock.at) == {}
    lane.add(article="c", segments=1)
    lane.clock.move(seconds=5)
    assert figures.oldest_due(lane.clock.at) == {"x": timedelta(seconds=55)}, "what an editor sends waits for nothing"
    lane.drain()
    lane.clock.move(minutes=29, seconds=30)
    lane.drain()
    lane.clock.move(minutes=10)  # no lane is at work any more
    assert figures.oldest_due(lane.clock.at) == {"x": timedelta(minutes=9, seconds=30)}


def test_a_thread_that_is_half_out_never_expires(lane: Lane) -> None:
    id_ = lane.add(segments=3, expires=5)
    lane.channel.script = [None, lambda: setattr(lane, "stopping", True)]
    lane.drain()
    lane.stopping, lane.gone = False, True  # meanwhile the channel is no longer live
    lane.drain()
    assert (lane.get(id_).state, len(lane.texts())) == (State.HELD, 2)
    lane.clock.move(minutes=6)
    assert lane.outbox.expire(lane.clock.at, WHY) == []
    lane.gone = False
    assert lane.outbox.change(id_, [State.HELD], State.QUEUED, None, lane.clock.at)
    assert lane.outbox.expire(lane.clock.at, WHY) == []
    lane.drain()
    assert (lane.get(id_).state, len(lane.texts())) == (State.SENT, 3)


class Amended(Counted):
    """A channel whose posts can be edited."""

    def __init__(self) -> None:
        super().__init__()
        self.edits: list[str] = []
        self.fault: Exception | None = None

    def amend(self, receipt: Receipt, old: Segment, segment: Segment, begin: Callable[[], None]) -> None:
        begin()
        if self.fault:
            raise self.fault
        self.edits.append(segment.text)

    def retract(self, receipt: Receipt, begin: Callable[[], None]) -> None:
        raise AssertionError


def to_edit(lane: Lane, text: str, version: int) -> int:
    """A post that is out and is to read otherwise."""
    id_ = lane.add(segments=1) if version == 2 else 1
    lane.drain()
    post = Post(service="x", segments=(Segment(text=text, length=len(text), limit=280),))
    assert lane.amendments.ask(lane.get(id_), Kind.EDIT, post, version, lane.clock.at)
    return id_


def test_an_edit_that_changed_nothing_costs_nothing(lane: Lane) -> None:
    lane.channel = channel = Amended()
    to_edit(lane, "ثان", 2)
    for fault in (
        *[RetryLater("no route", "لا طريق", reached=False)] * 5,
        ChannelDown("bad token", "رمز خاطئ", after=timedelta(minutes=1)),
    ):
        channel.fault = fault
        lane.drain()
        lane.clock.move(minutes=1)
    channel.fault = None
    lane.clock.move(days=1)
    lane.drain()
    assert channel.edits == ["ثان"]
    with lane.db.read() as db:
        assert spent(db, "cost", lane.clock.at) == 10, "the post and its edit"


def test_one_that_was_frozen_before_an_edit_makes_none_when_it_wakes(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane.channel = channel = Amended()
    to_edit(lane, "ثان", 2)
    begin = lane.amendments.begin
    woken: list[int] = []

    def frozen(*given: Any) -> None:
        begin(*given)
        if not woken:
            woken.append(1)
            lane.clock.move(days=1)  # longer than its lease
            lane.drain()  # another worker carries it out, and the next one
            to_edit(lane, "ثالث", 3)
            lane.drain()

    monkeypatch.setattr(lane.amendments, "begin", frozen)
    lane.drain()
    assert channel.edits == ["ثان", "ثالث"]
    assert lane.get(1).post.segments[0].text == "ثالث"
