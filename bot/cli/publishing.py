"""`publish`, `preview`, `queue` and what an editor does to a delivery."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bot.app import App, build
from bot.cli import show
from bot.cli.language import LANG, t
from bot.cli.running import log_to_stderr
from bot.domain.delivery import STATES, Delivery, State
from bot.domain.errors import BotError, Mistyped
from bot.domain.person import COMMAND_LINE
from bot.domain.say import Say
from bot.pipeline import desk
from bot.pipeline.compose import after_embargo, compose
from bot.text.folding import fold

PATIENCE = 120.0  # seconds to wait for a delivery that another process sends


def publish(named: Sequence[str], to: Sequence[str], *, again: bool, breaking: bool, as_json: bool) -> int:
    """Put the articles into the outbox and send them; 0 only if all are out."""
    app = build()
    log_to_stderr(app)
    app.prepare()
    failed = False
    ids: list[int] = []
    try:
        channels = app.accounts.chosen(to)
        articles = [app.reading.lookup.article(name) for name in named]
        names = [channel.name for channel in channels]
        for article in articles:
            made = app.office.publish(COMMAND_LINE, article, names, again=again, urgent=breaking)
            for put in made.values():
                if isinstance(put, Say):
                    failed = True
                    show.warn(put)
                else:
                    ids.append(put)
        found = _send(app, ids)
        if found or as_json:
            show.deliveries(found, app.config.newsroom.zone, json_=as_json, stands=app.waits)
        for delivery in found:
            for segment in delivery.segments:
                if segment.receipt and segment.n == 0 and segment.receipt.url and not as_json:
                    show.line(f"{delivery.channel}: {segment.receipt.url}")
    finally:
        app.close()
    return 1 if failed or any(d.state is not State.SENT for d in found) else 0


def preview(
    named: Sequence[str],
    to: Sequence[str],
    page: Path | None,
    *,
    as_json: bool,
    as_publish: bool = False,
    again: bool = False,
) -> None:
    """Show the posts of articles; nothing is sent and nothing is written but the page.

    `as_publish`: also where `publish` would refuse, and why.
    """
    app = build()
    try:
        channels = app.accounts.chosen(to)
        ready = app.database.is_ready()
        rows = []
        columns: list[dict[str, Any]] = [{"channel": channel, "posts": []} for channel in channels]
        for name in named:
            article = app.reading.lookup.looked_at(name)
            for channel, column in zip(channels, columns, strict=True):
                post = compose(article, channel, app.formatted if ready else app.formats)
                later = after_embargo(article, app.now()) if as_publish else app.now()
                refused = desk.refusal(article, channel, app.outbox, again=again) if as_publish and ready else None
                rows.append(show.post_row(channel, post) | ({"refused": refused.say.to(LANG)} if refused else {}))
                column["posts"].append([{"segment": segment} for segment in post.segments])
                if not as_json:
                    show.post(channel, post)
                if as_publish and article.embargoed_until and later == article.embargoed_until:
                    at = show.local(later, app.config.newsroom.zone)
                    show.warn(
                        Say(f"It would go at {at}, when its embargo ends.", f"ستخرج في {at} عند انتهاء حظر نشرها.")
                    )
                if refused:
                    show.warn(Say(f"Would be refused: {refused.say.en}", f"سيُرد: {refused.say.ar}"))
        if as_json:
            show.as_json(rows)
        if page:
            page.write_text(app.preview_page(columns), "utf-8")
            if not as_json:
                show.line(t(f"Page: {page.resolve().as_uri()}", f"الصفحة: {page.resolve().as_uri()}"))
    finally:
        app.close()


def queue(states: Sequence[str], limit: int, *, as_json: bool) -> None:
    """List deliveries."""
    wanted = [_state(name) for name in states]
    app = build()
    try:
        app.database.upgrade()
        found = app.outbox.listing(wanted, limit)
        pauses = app.lanes.pauses()
        why = {name: pauses.get(None) or pauses.get(name) or app.lanes.health(name).down for name in app.channels}

        def stands(d: Delivery) -> Say | None:
            going = d.state in (State.QUEUED, State.SENDING) and not d.preview
            return (why.get(d.channel) if going else None) or app.waits(d)

        cost = app.figures.cost([d.id for d in found])
        show.deliveries(found, app.config.newsroom.zone, json_=as_json, stands=stands, cost=cost)
        more = app.outbox.count(wanted) - len(found)
        if more > 0:
            show.warn(Say(f"{more} more; --limit shows them.", f"وغيرها {more}؛ الخيار --limit يعرضها."))
    finally:
        app.close()


def _state(name: str) -> State:
    """A state by its name in either language; raises Mistyped."""
    for state, arabic in STATES.items():
        if name in (state, arabic) or fold(name) == fold(arabic):  # without the marks that few people type
            return state
    known = ", ".join(f"{state} ({arabic})" for state, arabic in STATES.items())
    raise Mistyped(
        f"--state {name}: there is no such state; known: {known}.",
        f"--state {name}: لا حال بهذا الاسم؛ المعروف: {known}.",
    )


def act(verb: str, ids: Sequence[int], *, not_sent: bool = False) -> None:
    """hold, release, cancel or retry; the rest of the list is done where one is refused. Raises BotError."""
    acts: dict[str, Callable[[App, int], None]] = {
        "hold": lambda app, id_: app.office.hold(COMMAND_LINE, id_),
        "release": lambda app, id_: app.office.release(COMMAND_LINE, id_),
        "cancel": lambda app, id_: app.office.cancel(COMMAND_LINE, id_),
        "retry": lambda app, id_: app.office.retry(COMMAND_LINE, id_, not_sent=not_sent),
    }
    app = build()
    refused: BotError | None = None
    try:
        app.database.upgrade()
        for id_ in ids:
            try:
                acts[verb](app, id_)
            except BotError as error:
                show.warn(error.say) if refused else None
                refused = refused or error
        found = [d for id_ in ids if (d := app.outbox.get(id_))]
        app.engines.wake({d.channel for d in found})
        if found:
            show.deliveries(found, app.config.newsroom.zone, json_=False, stands=app.waits)
    finally:
        app.close()
    if refused:
        raise refused


def _send(app: App, ids: Sequence[int]) -> list[Delivery]:
    """Drain the lanes of these deliveries, or wait while another process does."""
    until = time.monotonic() + PATIENCE
    while True:
        found = [d for id_ in ids if (d := app.outbox.get(id_))]
        waiting = {d.channel for d in found if d.state in (State.QUEUED, State.SENDING)}
        lanes = [lane for lane in app.lanes.due(app.now()) if lane in waiting]
        if not lanes or time.monotonic() > until:
            return found
        with ThreadPoolExecutor(len(lanes)) as pool:
            worked = [id_ for done in pool.map(app.dispatcher.drain, lanes) for id_ in done]
        if not worked:
            time.sleep(0.2)  # another process holds the lane
