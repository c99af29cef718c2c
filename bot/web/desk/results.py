"""Results (النتائج): posts by channel and day, time from article to post, what was refused, what it cost."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from statistics import median

from fastapi import APIRouter, Request, Response
from markupsafe import Markup, escape

from bot.domain.delivery import State
from bot.web.desk.door import Door, reading

SPANS = {"7": 7, "30": 30, "90": 90}
WIDTH, HEIGHT, FOOT = 720, 200, 22


def bars(days: Sequence[str], series: Mapping[str, Sequence[float]], *, rtl: bool, title: str) -> Markup:
    """Stacked bars, one for each day, the first at the start, with the numbers as text for who does not see them."""
    totals = [sum(values[n] for values in series.values()) for n in range(len(days))]
    most = max([*totals, 1])
    step = WIDTH / max(len(days), 1)
    parts = []
    for n, day in enumerate(days):
        x = (WIDTH - (n + 1) * step if rtl else n * step) + step * 0.15
        y = float(HEIGHT - FOOT)
        told = ", ".join(f"{name}: {values[n]:g}" for name, values in series.items() if values[n])
        parts.append(f'<g tabindex="0" role="listitem" aria-label="{escape(day)}: {escape(told) or 0}">')
        parts.append(f"<title>{escape(day)}: {escape(told) or 0}</title>")
        parts.append(f'<rect class="hit" x="{x:.1f}" y="0" width="{step * 0.7:.1f}" height="{HEIGHT - FOOT}"/>')
        for color, values in enumerate(series.values(), 1):
            size = values[n] / most * (HEIGHT - FOOT - 14)
            y -= size
            if size:
                parts.append(
                    f'<rect class="c{color}" x="{x:.1f}" y="{y:.1f}" width="{step * 0.7:.1f}" height="{size:.1f}"/>'
                )
        parts.append("</g>")
        if len(days) <= 14 or n % (len(days) // 7) == 0:
            parts.append(f'<text x="{x + step * 0.35:.1f}" y="{HEIGHT - 5}" text-anchor="middle">{escape(day)}</text>')
    body = "".join(parts)
    x, anchor = (WIDTH - 4, "end") if rtl else (4, "start")
    return Markup(  # noqa: S704 - every word of it is escaped
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="list" aria-label="{escape(title)}">{body}'
        f'<text class="top" x="{x}" y="11" text-anchor="{anchor}">{most:g}</text></svg>'
    )


def routes(door: Door) -> APIRouter:
    """The page."""
    web, app = APIRouter(dependencies=[reading(door)]), door.app

    @web.get("/results")
    def results(request: Request, days: str = "7") -> Response:
        """Of a span that stands in the address."""
        span = SPANS.get(days, 7)
        zone, today = app.config.newsroom.zone, door.today()
        since = today - timedelta(days=span - 1)
        dates = [(since + timedelta(days=n)).date() for n in range(span)]
        labels = [f"{each.day}/{each.month}" for each in dates]
        outcomes = app.figures.outcomes(since)
        sent: dict[str, list[float]] = {name: [0.0] * span for name in app.channels}
        table: dict[str, dict[str, int]] = {name: dict.fromkeys(State, 0) for name in app.channels}
        for channel, preview, state, at in outcomes:
            if channel not in table or preview is app.channels[channel].live:
                continue  # a channel that is not live yet shows its previews
            table[channel][state] += 1
            day = (at.astimezone(zone).date() - dates[0]).days
            if state == State.SENT and 0 <= day < span:
                sent[channel][day] += 1
        waits = app.figures.article_to_receipt(since)
        spent = app.figures.spent_since(since)
        rtl = door.language(request) == "ar"
        title = "المنشورات بحسب اليوم والقناة" if rtl else "Posts by day and channel"
        return door.page(
            request,
            "results",
            days=days if days in SPANS else "7",
            spans=list(SPANS),
            plot=bars(labels, sent, rtl=rtl, title=title),
            labels=labels,
            sent=sent,
            table=table,
            state=State,
            waits={name: (median(each), max(each)) for name, each in waits.items() if each},
            spent=spent,
            refused=app.outbox.refused_since(since)[:100],
            titles=app.desk.articles([d.article_id for d in app.outbox.refused_since(since)[:100]]),
        )

    return web
