"""Local dates of editions into moments: each date has one, whatever the clock does on it. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.domain.edition import LATE
from bot.domain.recurring import Recurring
from bot.domain.subscriber import Frequency

A_DAY = timedelta(days=1)
LOOKS_BACK = 3  # days, for dates that were missed


def moment_of(day: date, at: time, zone: tzinfo) -> datetime:
    """When that wall time is on that date; the moments of a series of dates rise, one for each.

    Of a time that comes twice it is the first, of one that the clock skips the end of the gap.
    """
    local = datetime.combine(day, at)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    low, high = local.replace(tzinfo=zone, fold=1).astimezone(UTC), first  # around the moment at which the clock jumps
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def coming(letter: Recurring, zone: tzinfo, now: datetime) -> Iterator[tuple[date, Frequency, datetime]]:
    """Editions that are to be made now: the date on the newsroom's clock, for whom, and when it goes out."""
    today = now.astimezone(zone).date()
    ahead = (letter.delay + A_DAY) // A_DAY
    for n in range(-1, ahead + 1):
        day = today + n * A_DAY
        due = moment_of(day, letter.at, zone)
        if due - letter.delay <= now < due + LATE:
            for frequency in frequencies_on(letter, day):
                yield day, frequency, due


def missed(letter: Recurring, zone: tzinfo, now: datetime) -> Iterator[tuple[date, Frequency, datetime]]:
    """Editions of the last days that are no longer made, as `coming` tells those that are."""
    today = now.astimezone(zone).date()
    for n in range(-LOOKS_BACK, 1):
        day = today + n * A_DAY
        due = moment_of(day, letter.at, zone)
        if due + LATE <= now:
            for frequency in frequencies_on(letter, day):
                yield day, frequency, due


def frequencies_on(letter: Recurring, day: date) -> list[Frequency]:
    """For whom there is an edition on a date: weekly readers have one on the newsletter's own day."""
    daily = [Frequency.DAILY] if letter.schedule != "weekly" else []
    return daily + ([Frequency.WEEKLY] if day.weekday() == letter.weekday else [])


def next_date(letter: Recurring, zone: tzinfo, now: datetime) -> tuple[date, Frequency, datetime]:
    """The next edition whose time is still to come."""
    day = now.astimezone(zone).date()
    for n in range(9):
        due = moment_of(day + n * A_DAY, letter.at, zone)
        for frequency in frequencies_on(letter, day + n * A_DAY):
            if due > now:
                return day + n * A_DAY, frequency, due
    raise AssertionError("a week has each day")
