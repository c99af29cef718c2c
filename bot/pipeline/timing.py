"""When a channel may speak next: slots, quiet hours, spacing and hourly limits on the newsroom's clock. Pure."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

from bot.domain.schedule import Plan

DAYS_AHEAD = 2  # how far slots are filled
HOUR = timedelta(hours=1)
A_WEEK = timedelta(days=7)


def end_of_quiet(plan: Plan, at: datetime, zone: tzinfo) -> datetime | None:
    """When the silence ends that holds at a time, always after it, or None: it holds as long as the wall clock says so.

    A clock that is put back into the silence brings it again; one that jumps over its end ends it.
    """
    local = at.astimezone(zone).replace(tzinfo=None)
    for quiet in plan.quiet:
        began = quiet.holds(local)
        if began is not None:
            day = began if quiet.end > quiet.start else began + timedelta(days=1)
            return _next(datetime.combine(day, quiet.end, tzinfo=zone), at)
    return None


def out_of_quiet(plan: Plan, at: datetime, zone: tzinfo) -> datetime:
    """The time itself, or the end of the silences that hold then, one after the other."""
    asked = at
    while (end := end_of_quiet(plan, at, zone)) and at < asked + A_WEEK:
        at = end
    return at


def _next(wall: datetime, at: datetime) -> datetime:
    """When the clock first shows that time or a later one, after `at`."""
    first, last = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if last < first:  # the clock skips it: the jump lies between
        while first - last > timedelta(seconds=1):
            middle = last + (first - last) / 2
            skipped = middle.astimezone(wall.tzinfo).replace(tzinfo=None) >= wall.replace(tzinfo=None)
            first, last = (middle, last) if skipped else (first, middle)
        return first.replace(microsecond=0)
    return first if first > at else last


class Timetable:
    """The times of one channel that are taken, and the next one that is free."""

    def __init__(self, plan: Plan, due_times: Iterable[datetime], slots_taken: Iterable[str], zone: tzinfo) -> None:
        self._plan, self._zone = plan, zone
        self._times, self._taken = sorted(due_times), set(slots_taken)

    def place(self, start: datetime, before: datetime, *, urgent: bool = False) -> tuple[datetime, str | None] | None:
        """Take the first free time from `start` on and before `before`, with its slot's name; None where none is.

        Urgent news waits for no slot, spacing or limit, and for quiet hours only where the plan says so.
        """
        found = self._any_time(start, before, urgent) if urgent or not self._plan.slots else self._slot(start, before)
        if found:
            insort(self._times, found[0])
            self._taken |= {found[1]} if found[1] else set()
        return found

    def _slot(self, start: datetime, before: datetime) -> tuple[datetime, str] | None:
        today = start.astimezone(self._zone).date()
        for ahead in range(DAYS_AHEAD + 1):
            day = today + timedelta(days=ahead)
            for slot in self._plan.slots:
                if day.weekday() not in slot.days:
                    continue
                local = datetime.combine(day, slot.at)
                # a time that the clock skips is the same time after the jump; of one that comes twice it is the first
                due = local.replace(tzinfo=self._zone).astimezone(UTC)
                name = local.isoformat(timespec="minutes")
                if start <= due < before and name not in self._taken and self._allowed(due) == due:
                    return due, name
        return None

    def _any_time(self, start: datetime, before: datetime, urgent: bool) -> tuple[datetime, None] | None:
        if urgent:
            due = out_of_quiet(self._plan, start, self._zone) if self._plan.quiet_breaking else start
            return (due, None) if due < before else None
        due = start
        while due < before:
            later = self._allowed(due)
            if later == due:
                return due, None
            due = later
        return None

    def _allowed(self, due: datetime) -> datetime:
        """The time itself where nothing stands against it, else a later one to look at."""
        due = out_of_quiet(self._plan, due, self._zone)
        gap, most = self._plan.spacing, self._plan.max_per_hour
        if gap:
            for other in self._near(due, gap):
                if abs(other - due) < gap:
                    return other + gap
        if most:
            near = sorted([*self._near(due, HOUR), due])
            for first, last in zip(near, near[most:], strict=False):
                if last - first < HOUR and first <= due <= last:
                    return max(first + HOUR, due + timedelta(seconds=1))
        return due

    def _near(self, due: datetime, span: timedelta) -> list[datetime]:
        low = bisect_left(self._times, due - span)
        return self._times[low : bisect_left(self._times, due + span)]
