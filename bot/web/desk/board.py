"""The queue (الطابور): what waits for a decision, what goes soon, what went today, and the very posts beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from bot.app import App
from bot.domain.article import Article
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.errors import NotFound
from bot.web.desk.door import Door, reading
from bot.web.guard import MAIL_POLICY

NEEDS, SOON = (State.HELD, State.UNSURE, State.FAILED), (State.QUEUED, State.SENDING)
OVER = (State.SENT, State.EXPIRED, State.CANCELLED, State.RETRACTED)
ORDER = {"x": 0, "telegram": 1, "email": 2}
SHOWN, MOST = 40, 400  # articles of each group, at first and where more is asked for


@dataclass(frozen=True, kw_only=True)
class Row:
    """One article in one group, with all its newest deliveries."""

    id: str
    group: str
    title: str
    source: str
    section: str
    urgent: bool
    due_at: datetime
    lapses: datetime | None
    deliveries: tuple[Delivery, ...]
    newest: int  # the article's version

    @property
    def stamp(self) -> str:
        """What changes with anything that the row shows."""
        return "/".join(f"{d.id}.{d.state}.{d.edition}.{sent(d)}.{d.updated_at:%H%M%S%f}" for d in self.deliveries)

    def having(self, *states: State) -> list[Delivery]:
        """Its deliveries in these states."""
        return [d for d in self.deliveries if d.state in states]

    @property
    def correctable(self) -> bool:
        """Whether something older than the newest version is out."""
        return any(d.state is State.SENT and d.version < self.newest for d in self.deliveries)


def sent(delivery: Delivery) -> int:
    """How many segments are proved."""
    return sum(row.state is SegmentState.SENT for row in delivery.segments)


def rows(
    app: App, since: datetime, *, channel: str = "", section: str = "", search: str = "", most: int = SHOWN
) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """The first articles of each group of the queue, and how many each group has; an article is in the first only."""
    given: dict[str, Any] = {"channel": channel, "section": section, "search": search, "limit": most}
    found = {
        "needs": app.desk.first_articles(NEEDS, **given),
        "soon": app.desk.first_articles(SOON, **given),
        "over": app.desk.first_articles(OVER, since=since, **given),
    }
    ids = list(dict.fromkeys(id_ for each, _ in found.values() for id_ in each))
    whole: dict[str, dict[str, Delivery]] = {}
    for delivery in app.desk.of_articles(ids):
        whole.setdefault(delivery.article_id, {})[f"{delivery.channel}/{delivery.preview}"] = delivery
    articles = app.desk.articles(ids)
    made: dict[str, list[Row]] = {"needs": [], "soon": [], "over": []}
    for id_ in ids:
        deliveries = list(whole[id_].values())
        group = _group(deliveries)
        made[group].append(_row(group, deliveries, articles.get(id_)))
    return made, {group: max(total, len(made[group])) for group, (_, total) in found.items()}


def _group(deliveries: list[Delivery]) -> str:
    states = {delivery.state for delivery in deliveries}
    return "needs" if states & set(NEEDS) else "soon" if states & set(SOON) else "over"


def _row(group: str, deliveries: list[Delivery], article: Article | None) -> Row:
    live = [d for d in deliveries if not d.preview] or deliveries
    live.sort(key=lambda d: (ORDER[d.service], d.channel))
    open_ = [d for d in live if d.state in (*NEEDS, *SOON)] or live
    return Row(
        id=live[0].article_id,
        group=group,
        title=article.title if article else live[0].title,
        source=article.source if article else "",
        section=live[0].section,
        urgent=any(d.urgent for d in open_),
        due_at=min(d.due_at for d in open_) if group != "over" else max(d.updated_at for d in live),
        lapses=min((d.expires_at for d in open_ if d.expires_at), default=None),
        deliveries=tuple(live),
        newest=article.version if article else 0,
    )


def row_of(app: App, article_id: str) -> Row:
    """One article's row; raises NotFound."""
    whole = {f"{d.channel}/{d.preview}": d for d in app.desk.of_articles([article_id])}
    article = app.articles.get(article_id)
    if not whole:
        raise NotFound(f"There is no post of article {article_id}.", f"لا منشور للمادة {article_id}.")
    found = list(whole.values())
    group = next(
        (g for g, states in (("needs", NEEDS), ("soon", SOON)) if any(d.state in states for d in found)), "over"
    )
    return _row(group, found, article)


def routes(door: Door) -> APIRouter:
    """The queue and its pane."""
    web, app = APIRouter(dependencies=[reading(door)]), door.app

    @web.get("/")
    def queue(
        request: Request,
        channel: str = "",
        section: str = "",
        q: Annotated[str, Query(max_length=200)] = "",
        group: str = "",
        article: str = "",
        more: bool = False,
    ) -> Response:
        """The page; htmx gets its list only."""
        stamp = app.desk.stamp()
        given = {"channel": channel, "section": section, "search": q.strip()}
        found, totals = rows(app, door.today(), most=MOST if more else SHOWN, **given)
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
            chosen=chosen,
            channel=channel,
            section=section,
            q=q,
            sections=app.desk.sections(),
            stamp=stamp,
            state=State,
            sent=sent,
            lanes=lanes(app),
            first_run=not app.articles.newest_at(),
        )

    @web.get("/pane/{article_id}")
    def pane(article_id: str, request: Request) -> Response:
        """The very posts of one article."""
        return door.page(request, "pane", chosen=row_of(app, article_id), state=State, sent=sent)

    @web.get("/deliveries/{delivery_id}/mail")
    def mail(delivery_id: int) -> Response:
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
