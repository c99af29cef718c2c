"""Dates of editions into moments, over every change of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recurring import Recurring
from bot.domain.subscriber import Frequency
from bot.pipeline.dates import coming, frequencies_on, missed, moment_of, next_date

CASABLANCA, CAIRO = ZoneInfo("Africa/Casablanca"), ZoneInfo("Africa/Cairo")


def letter(**more: object) -> Recurring:
    values: dict[str, object] = {"key": "k", "name": "n", "schedule": "daily", "at": time(7), "weekday": 6}
    values |= {"delay": timedelta(0), "sections": (), "articles": 12, "approval": "none"}
    return Recurring(**(values | more))  # type: ignore[arg-type]  # the fields of Recurring


@pytest.mark.parametrize(
    ("zone", "day", "at", "moment"),
    [
        (CASABLANCA, date(2026, 2, 15), time(2, 30), "2026-02-15T01:30"),  # 02:30 comes twice: the first
        (CASABLANCA, date(2026, 3, 22), time(2, 30), "2026-03-22T02:00"),  # 02:00 to 03:00 is not there
        (CAIRO, date(2026, 4, 24), time(0, 30), "2026-04-23T22:00"),  # midnight to 01:00 is not there
        (CAIRO, date(2026, 10, 29), time(23, 30), "2026-10-29T20:30"),  # 23:30 comes twice: the first
        (CASABLANCA, date(2026, 11, 24), time(7), "2026-11-24T06:00"),
    ],
)
def test_each_date_has_one_moment(zone: ZoneInfo, day: date, at: time, moment: str) -> None:
    assert moment_of(day, at, zone) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


ZONES = ["Africa/Casablanca", "Africa/Cairo", "Asia/Beirut", "Asia/Gaza", "America/New_York", "Asia/Riyadh"]


@given(
    st.sampled_from(ZONES),
    st.dates(date(2020, 1, 1), date(2030, 12, 30)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_moments_rise_with_their_dates(zone: str, day: date, at: time) -> None:
    first, second = moment_of(day, at, ZoneInfo(zone)), moment_of(day + timedelta(days=1), at, ZoneInfo(zone))
    assert timedelta(hours=22) <= second - first <= timedelta(hours=26)
    local = first.astimezone(ZoneInfo(zone))
    assert local.replace(tzinfo=None) >= datetime.combine(day, at), "never before its time on the wall"
    assert local.replace(tzinfo=None) - datetime.combine(day, at) <= timedelta(hours=1)


def test_daily_and_weekly_readers_have_their_days() -> None:
    sunday, monday = date(2026, 11, 29), date(2026, 11, 30)
    assert frequencies_on(letter(), sunday) == [Frequency.DAILY, Frequency.WEEKLY]
    assert frequencies_on(letter(), monday) == [Frequency.DAILY]
    assert frequencies_on(letter(schedule="weekly"), monday) == []


def test_an_edition_is_made_before_its_time_and_not_long_after_it() -> None:
    early = letter(delay=timedelta(hours=2))
    day = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # 07:00 in Casablanca
    assert list(coming(early, CASABLANCA, day - timedelta(hours=2, minutes=1))) == []
    for span in (timedelta(hours=-2), timedelta(0), timedelta(hours=5, minutes=59)):
        assert list(coming(early, CASABLANCA, day + span)) == [(date(2026, 11, 24), Frequency.DAILY, day)]
    assert list(coming(early, CASABLANCA, day + timedelta(hours=6))) == []
    assert next_date(letter(schedule="weekly"), CASABLANCA, day)[0] == date(2026, 11, 29)


def test_each_date_of_the_last_days_is_coming_or_missed_and_never_both() -> None:
    day = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # 07:00 in Casablanca
    for hours in range(72):
        now = day + timedelta(hours=hours)
        late, open_ = ({each[0] for each in found(letter(), CASABLANCA, now)} for found in (missed, coming))
        assert not late & open_
        assert {due for *_, due in missed(letter(), CASABLANCA, now)} <= {
            now - timedelta(hours=n) for n in range(6, 96)
        }
        assert (date(2026, 11, 24) in late) == (hours >= 6)
