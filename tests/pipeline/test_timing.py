"""Slots, quiet hours and limits, over nights and over changes of the clock."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import Plan, Quiet, Slot, always_quiet
from bot.pipeline.timing import Timetable, end_of_quiet
from tests.conftest import START

CASABLANCA, CAIRO, PARIS = (ZoneInfo(name) for name in ("Africa/Casablanca", "Africa/Cairo", "Europe/Paris"))
LATER = START + timedelta(days=3)


def table(plan: Plan, times: list[datetime] | None = None, zone: ZoneInfo = CASABLANCA) -> Timetable:
    return Timetable(plan, times or [], [], zone)


def plan(**settings: object) -> Plan:
    return Plan(channel="x", **settings)  # type: ignore[arg-type]  # fields by name


def local(text: str, zone: ZoneInfo = CASABLANCA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


NIGHT = Quiet(start=time(23), end=time(6, 30))
FRIDAY_PRAYER = Quiet(start=time(12, 30), end=time(14), days=frozenset({4}))


@pytest.mark.parametrize(
    ("asked", "given_"),
    [
        ("2026-11-24T22:59", "2026-11-24T22:59"),
        ("2026-11-24T23:00", "2026-11-25T06:30"),
        ("2026-11-25T03:00", "2026-11-25T06:30"),
        ("2026-11-25T06:30", "2026-11-25T06:30"),
        ("2026-11-27T13:00", "2026-11-27T14:00"),
        ("2026-11-26T13:00", "2026-11-26T13:00"),
    ],
)
def test_quiet_hours_also_past_midnight_and_on_some_days(asked: str, given_: str) -> None:
    found = table(plan(quiet=(NIGHT, FRIDAY_PRAYER))).place(local(asked), LATER + timedelta(days=9))
    assert found == (local(given_), None)


def test_breaking_news_passes_over_quiet_hours_unless_the_plan_says_otherwise() -> None:
    night = local("2026-11-25T01:00")
    assert table(plan(quiet=(NIGHT,))).place(night, LATER) == (local("2026-11-25T06:30"), None)
    through = table(plan(quiet=(NIGHT,)))
    assert through.place(night, LATER, urgent=True) == (night, None)
    silent = table(plan(quiet=(NIGHT,), quiet_breaking=True))
    assert silent.place(night, LATER, urgent=True) == (local("2026-11-25T06:30"), None)


def test_days_of_slots() -> None:
    slots = (Slot(at=time(9), days=frozenset({4, 5})), Slot(at=time(7), days=frozenset({0, 1, 2, 3, 6})))
    found = Timetable(plan(slots=slots), [], [], CASABLANCA)
    thursday = local("2026-11-26T06:00")
    names = [place[1] for _ in range(3) if (place := found.place(thursday, thursday + timedelta(days=3)))]
    assert names == ["2026-11-26T07:00", "2026-11-27T09:00", "2026-11-28T09:00"]


@given(
    st.lists(st.integers(0, 240), max_size=12),
    st.integers(1, 4),
    st.integers(0, 20),
    st.integers(1, 15),
)
def test_spacing_and_hourly_limit_hold_in_any_order(taken: list[int], most: int, gap: int, wanted: int) -> None:
    rules = plan(max_per_hour=most, spacing=timedelta(minutes=gap))
    seed = Timetable(rules, [], [], CASABLANCA)  # a history that keeps the limits itself
    kept = [seed.place(START + timedelta(minutes=minute), LATER) for minute in taken]
    times = [place[0] for place in kept if place]
    found = Timetable(rules, times, [], CASABLANCA)
    for _ in range(wanted):
        place = found.place(START, LATER)
        assert place is not None
        times.append(place[0])
    times.sort()
    assert all(b - a >= timedelta(minutes=gap) for a, b in itertools.pairwise(times))
    assert all(b - a >= timedelta(hours=1) for a, b in zip(times, times[most:], strict=False))


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        (CASABLANCA, date(2026, 2, 15)),
        (CASABLANCA, date(2026, 3, 22)),
        (CAIRO, date(2026, 4, 24)),
        (CAIRO, date(2026, 10, 29)),
        (CAIRO, date(2026, 10, 30)),
    ],
)
def test_each_slot_of_a_local_date_once_when_the_clock_changes(zone: ZoneInfo, day: date) -> None:
    slots = tuple(Slot(at=time(hour, minute)) for hour in range(24) for minute in (0, 30))
    now = local(f"{day - timedelta(days=1)}T23:40", zone)
    end = local(f"{day + timedelta(days=1)}T00:00", zone)
    given_: list[tuple[datetime, str]] = []
    taken: set[str] = set()
    while now < end:  # the clock ticks each ten minutes, and each time there is an article
        found = Timetable(plan(slots=slots), [at for at, _ in given_], taken, zone).place(now, now + timedelta(hours=2))
        if found and found[1] and found[1].startswith(str(day)):
            given_.append((found[0], found[1]))
        taken |= {found[1]} if found and found[1] else set()
        now += timedelta(minutes=10)
    names = [name for _, name in given_]
    assert len(names) == len(set(names))
    assert sorted(names) == [f"{day}T{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]


def test_silences_that_leave_no_minute_of_a_week_are_known_and_end() -> None:
    whole_day = Quiet(start=time(0), end=time(0))
    halves = (Quiet(start=time(6), end=time(18)), Quiet(start=time(18), end=time(6)))
    assert always_quiet([whole_day])
    assert always_quiet(halves)
    assert not always_quiet([])
    assert not always_quiet([NIGHT, FRIDAY_PRAYER])
    assert not always_quiet([Quiet(start=time(0), end=time(0), days=frozenset({4}))])
    assert not always_quiet([halves[0], Quiet(start=time(18), end=time(5, 59))])
    assert table(plan(quiet=(whole_day,))).place(START, LATER) is None


def test_friday_may_be_silent_from_midnight_to_midnight() -> None:
    friday = Quiet(start=time(0), end=time(0), days=frozenset({4}))
    found = table(plan(quiet=(friday,))).place(local("2026-11-27T13:00"), LATER + timedelta(days=9))
    assert found == (local("2026-11-28T00:00"), None)


UNTIL_HALF_PAST_TWO = plan(quiet=(Quiet(start=time(23), end=time(2, 30)),))


@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        ("2026-10-24T23:30+02:00", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:10+02:00", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:40+02:00", None),
        ("2026-10-25T02:10+01:00", "2026-10-25T02:30+01:00"),  # the same hour again
        ("2026-10-25T02:30+01:00", None),
        ("2026-03-29T01:50+01:00", "2026-03-29T03:00+02:00"),  # half past two is skipped
        ("2026-03-29T03:00+02:00", None),
    ],
)
def test_a_silence_ends_by_the_wall_clock_also_where_that_is_changed(asked: str, ends: str | None) -> None:
    found = end_of_quiet(UNTIL_HALF_PAST_TWO, datetime.fromisoformat(asked), PARIS)
    assert found == (datetime.fromisoformat(ends) if ends else None)


@given(st.integers(0, 365 * 24 * 60), st.times(), st.times())
def test_a_silence_always_ends_later_and_then_is_over(minute: int, start: time, end: time) -> None:
    start, end = (each.replace(second=0, microsecond=0) for each in (start, end))
    silent = plan(quiet=(Quiet(start=start, end=end),))
    for zone in (CASABLANCA, CAIRO, PARIS):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
        found = end_of_quiet(silent, moment, zone)
        if found is not None and start != end:
            assert found > moment
            assert end_of_quiet(silent, found, zone) is None or found.astimezone(zone).utcoffset() != (
                moment.astimezone(zone).utcoffset()
            )
