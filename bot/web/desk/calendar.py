"""The calendar (المواعيد): a week of one channel, its slots, what fills them, quiet hours; moved by drag or by keys."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.domain.delivery import Delivery, State
from bot.domain.schedule import Plan
from bot.web.desk.door import Door, reading

MOVABLE = (State.HELD, State.QUEUED)
GONE = (State.CANCELLED,)
FURTHEST = timedelta(days=3660)  # that is shown: the calendar itself has an end
FIRST_HOUR, LAST_HOUR = 6, 24  # shown where a channel has no slots


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One time of one day."""

    at: datetime
    slot: str | None
    deliveries: tuple[Delivery, ...]
    open: bool  # something may be put here
    quiet: bool
    past: bool


def week_of(given: str, today: date) -> date:
    """The Monday of an asked week, or of this one."""
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = today
    if abs(day - today) > FURTHEST:
        day = today
    return day - timedelta(days=day.weekday())


def grid(plan: Plan, found: list[Delivery], monday: date, zone: Any, now: datetime) -> list[tuple[str, list[Cell]]]:
    """Rows of times, each with a cell for every day."""
    times = sorted({slot.at for slot in plan.slots}) or [time(hour) for hour in range(FIRST_HOUR, LAST_HOUR)]
    days = [monday + timedelta(days=n) for n in range(7)]
    by_cell: dict[tuple[date, time], list[Delivery]] = {}
    for delivery in found:
        local = delivery.due_at.astimezone(zone)
        at = max((t for t in times if t <= local.time()), default=times[0])
        by_cell.setdefault((local.date(), at), []).append(delivery)
    rows = []
    for at in times:
        cells = []
        for day in days:
            local = datetime.combine(day, at, zone)
            mine = [slot for slot in plan.slots if slot.at == at and day.weekday() in slot.days]
            quiet = any(each.holds(local.replace(tzinfo=None)) for each in plan.quiet)
            here = tuple(by_cell.get((day, at), ()))
            name = datetime.combine(day, at).isoformat(timespec="minutes") if mine else None
            free = (bool(mine) or not plan.slots) and local > now and not quiet
            cells.append(Cell(at=local, slot=name, deliveries=here, open=free, quiet=quiet, past=local <= now))
        rows.append((f"{at:%H:%M}", cells))
    return rows


def routes(door: Door) -> APIRouter:
    """The page."""
    web, app = APIRouter(dependencies=[reading(door)]), door.app

    @web.get("/calendar")
    def calendar(request: Request, channel: str = "", week: str = "") -> Response:
        """One week of one channel; both stand in the address."""
        zone, now = app.config.newsroom.zone, app.now()
        name = channel if channel in app.channels else next(iter(app.channels), "")
        today = now.astimezone(zone).date()
        monday = week_of(week, today)
        since = datetime.combine(monday, time(), zone)
        found = app.desk.between(since, since + timedelta(days=7), name) if name else []
        live = app.channels[name].live if name else False
        found = [d for d in found if d.state not in GONE and d.preview is not live]
        contents = app.desk.articles(list({d.article_id for d in found}))
        embargoes = {id_: article.embargoed_until for id_, article in contents.items()}
        embargoed = {id_: until for id_, until in embargoes.items() if until and until > now}
        rows = grid(app.config.plans[name], found, monday, zone, now) if name else []
        return door.page(
            request,
            "calendar",
            rows=rows,
            days=[monday + timedelta(days=n) for n in range(7)],
            today=today,
            monday=monday,
            before=(monday - timedelta(days=7)).isoformat(),
            after=(monday + timedelta(days=7)).isoformat(),
            channel=name,
            plan=app.config.plans.get(name),
            movable=MOVABLE,
            embargoed=embargoed,
        )

    return web
