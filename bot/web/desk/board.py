"""The queue (الطابور): what waits for a decision, what goes soon, what went today, and the very posts beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup

from bot.app import App
from bot.domain.article import Heading
from bot.domain.delivery import Delivery, Standing, State
from bot.domain.errors import NotFound
from bot.web.desk.door import Door, Number, reading
from bot.web.guard import MAIL_POLICY

NEEDS, SOON = (State.HELD, State.UNSURE, State.FAILED), (State.QUEUED, State.SENDING)
OVER = (State.SENT, State.EXPIRED, State.CANCELLED, State.RETRACTED)
ORDER = {"x": 0, "telegram": 1, "email": 2}
SHOWN, MOST = 40, 400  # articles of each group, at first and where more is asked for


Shown = TypeVar("Shown", Delivery, Standing)  # a row of the list, or one with its very posts


@dataclass(frozen=True, kw_only=True)
class Row(Generic[Shown]):
    """One article in one group, with all its newest deliveries."""

    id: str
    group: str
    title: str
    source: str
    section: str
    urgent: bool
    due_at: datetime
    lapses: datetime | None
    deliveries: Sequence[Shown]
    newest: int  # the article's version

    @property
    def stamp(self) -> str:
        """What changes with anything that the row shows."""
        return "/".join(f"{d.id}.{d.state}.{d.edition}.{sent(d)}.{d.updated_at:%H%M%S%f}" for d in self.deliveries)

    @property
    def seen(self) -> str:
        """Which editions the page shows: a press for them releases no other."""
        return " ".join(f"{d.id}.{d.edition}" for d in self.deliveries)

    def having(self, *states: State) -> list[Shown]:
        """Its deliveries in these states."""
        return [d for d in self.deliveries if d.state in states]

    @property
    def correctable(self) -> bool:
        """Whether something older than the newest version is out."""
        return any(d.state is State.SENT and d.version < self.newest for d in self.deliveries)


def sent(delivery: Delivery | Standing) -> int:
    """How many segments are proved."""
    return delivery.proved


def rows(
    app: App,
    since: datetime,
    *,
    channel: str = "",
    section: str = "",
    search: str = "",
    state: str = "",
    most: int = SHOWN,
) -> tuple[dict[str, list[Row[Standing]]], dict[str, int]]:
    """The first articles of each group of the queue, and how many each group has; an article is in the first only."""
    given: dict[str, Any] = {"channel": channel, "section": section, "search": search, "limit": most}
    found: dict[str, tuple[list[str], int]] = {}
    for group, states in (("needs", NEEDS), ("soon", SOON), ("over", OVER)):
        wanted = [each for each in states if state in ("", each)]
        of_days: dict[str, Any] = {"since": since} if group == "over" else {}
        found[group] = app.queue.first_articles(wanted, **of_days, **given) if wanted else ([], 0)
    ids = list(dict.fromkeys(id_ for each, _ in found.values() for id_ in each))
    standings, headings = app.queue.standings(ids)
    whole: dict[str, dict[str, Standing]] = {}
    for standing in standings:
        whole.setdefault(standing.article_id, {})[f"{standing.channel}/{standing.preview}"] = standing
    made: dict[str, list[Row[Standing]]] = {"needs": [], "soon": [], "over": []}
    for id_ in ids:
        deliveries = list(whole[id_].values())
        group = _group(deliveries)
        made[group].append(_row(group, deliveries, headings.get(id_)))
    return made, {group: max(total, len(made[group])) for group, (_, total) in found.items()}


def _group(deliveries: Sequence[Standing]) -> str:
    states = {delivery.state for delivery in deliveries}
    return "needs" if states & set(NEEDS) else "soon" if states & set(SOON) else "over"


def _row(group: str, deliveries: Sequence[Shown], heading: Heading | None) -> Row[Shown]:
    live = sorted([d for d in deliveries if not d.preview] or deliveries, key=lambda d: (ORDER[d.service], d.channel))
    open_ = [d for d in live if d.state in (*NEEDS, *SOON)] or live
    return Row(
        id=live[0].article_id,
        group=group,
        title=heading.title if heading else live[0].title,
        source=heading.source if heading else "",
        section=live[0].section,
        urgent=any(d.urgent for d in open_),
        due_at=min(d.due_at for d in open_) if group != "over" else max(d.updated_at for d in live),
        lapses=min((d.expires_at for d in open_ if d.expires_at), default=None),
        deliveries=tuple(live),
        newest=heading.version if heading else 0,
    )


def row_of(app: App, article_id: str) -> Row[Delivery]:
    """One article's row; raises NotFound."""
    whole = {f"{d.channel}/{d.preview}": d for d in app.desk.of_articles([article_id])}
    article = app.articles.get(article_id)
    if not whole:
        raise NotFound(f"There is no post of article {article_id}.", f"لا منشور للمادة {article_id}.")
    found = list(whole.values())
    group = next(
        (g for g, states in (("needs", NEEDS), ("soon", SOON)) if any(d.state in states for d in found)), "over"
    )
    heading = Heading(article.title, article.source, article.version) if article else None
    return _row(group, found, heading)


class Drawn:
    """The HTML of rows that were drawn in this minute: many open pages ask for the same ones at each change."""

    def __init__(self, door: Door) -> None:
        self._door, self._minute = door, ""
        # beside what it was drawn from; of what did not change lists keep the very thing, so this compares quickly
        self._kept: dict[tuple[object, ...], tuple[Sequence[Standing], int, Markup]] = {}

    def of(self, request: Request, chosen: str) -> Callable[[Row[Standing]], Markup]:
        """Draws for who asks; the chosen row, and one with a form of its own, is drawn each time."""
        shared: dict[str, Any] = self._door.shared(request) | {"state": State, "sent": sent, "chosen": None}
        minute = f"{shared['now']:%d%H%M}"
        if minute != self._minute:  # the spans of time in them are of another minute
            self._minute, self._kept = minute, {}
        kept, who = self._kept, (shared["language"], shared["person"].role)

        def drawn(row: Row[Standing]) -> Markup:
            own = row.id == chosen or bool(row.having(State.UNSURE))
            key = (row.id, row.group, *who)
            known = kept.get(key)
            if not own and known and known[:2] == (row.deliveries, row.newest):
                return known[2]
            values = shared | {"row": row, "chosen": row if row.id == chosen else None}
            text = Markup(self._door.app.templates.render("web/row.html.j2", **values))  # noqa: S704 - a template's
            if not own:
                kept[key] = row.deliveries, row.newest, text
            return text

        return drawn


def routes(door: Door) -> APIRouter:
    """The queue and its pane."""
    web, app, drawn = APIRouter(dependencies=[reading(door)]), door.app, Drawn(door)

    @web.get("/")
    def queue(
        request: Request,
        channel: str = "",
        section: str = "",
        q: Annotated[str, Query(max_length=200)] = "",
        group: str = "",
        state: str = "",
        days: Annotated[int, Query(ge=1, le=90)] = 1,
        article: str = "",
        more: bool = False,
    ) -> Response:
        """The page; htmx gets its list only."""
        given = {"channel": channel, "section": section, "search": q.strip(), "state": state}
        since = door.today() - timedelta(days=days - 1)
        with app.database.read():
            stamp, sections, stopped = app.queue.stamp(), app.queue.sections(), app.lanes.pauses()
            found, totals = rows(app, since, most=MOST if more else SHOWN, **given)
        first = next((row for each in ("needs", "soon", "over") for row in found[each]), None)
        chosen = next((row for each in found.values() for row in each if row.id == article), first)
        part = "queue_list" if request.headers.get("hx-target") == "list" else "queue"
        return door.page(
            request,
            part,
            groups=found,
            group=group if group in found else "",
            totals=totals,
            more=more,
            chosen=row_of(app, chosen.id) if chosen else None,
            channel=channel,
            section=section,
            q=q,
            wanted=state,
            days=days,
            sections=sections,
            stamp=stamp,
            state=State,
            sent=sent,
            drawn=drawn.of(request, chosen.id if chosen else ""),
            stopped=stopped,
            first_run=not chosen and not app.articles.newest_at(),
        )

    @web.get("/pane/{article_id}")
    def pane(article_id: str, request: Request) -> Response:
        """The very posts of one article."""
        return door.page(request, "pane", chosen=row_of(app, article_id), state=State, sent=sent)

    @web.get("/deliveries/{delivery_id}/mail")
    def mail(delivery_id: Number) -> Response:
        """The HTML of a mail as it goes out, in a frame that runs nothing."""
        delivery = app.outbox.get(delivery_id)
        if delivery is None or delivery.service != "email":
            raise NotFound(f"There is no mail {delivery_id}.", f"لا بريد رقمه {delivery_id}.")
        headers = {"content-security-policy": MAIL_POLICY}
        return Response(delivery.post.segments[0].html or "", media_type="text/html; charset=utf-8", headers=headers)

    return web


def lanes(app: App) -> list[dict[str, object]]:
    """How each channel stands, for the rail."""
    pauses = app.lanes.pauses()
    found: list[dict[str, object]] = []
    for name, channel in app.channels.items():
        health = app.lanes.health(name)
        found.append(
            {
                "channel": channel,
                "paused": pauses.get(name) or pauses.get(None),
                "down": health.down,
                "at": health.retry_at,
            }
        )
    return found
