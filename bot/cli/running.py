"""`nashir run`, `worker`, `clock`, `web` and `once`."""

import logging
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.app import App, build
from bot.cli import show
from bot.cli.language import LANG, t
from bot.domain.channel import Channel
from bot.domain.delivery import STATES, State
from bot.domain.errors import ConfigError
from bot.domain.post import Segment
from bot.domain.say import Say, plural
from bot.domain.schedule import Decision
from bot.domain.skipped import skipped, told
from bot.engine import EMBEDDED
from bot.engine.clock import Engine
from bot.engine.embedded import leave
from bot.ops.logs import set_up
from bot.pipeline.ingest import Intake

if TYPE_CHECKING:
    from bot.telegram_desk import TelegramDesk
    from bot.web.server import WebServer

log = logging.getLogger("nashir")

LONGEST_ARRIVAL = timedelta(seconds=30)  # how long `once` waits for a file that is still being written


def log_to_stderr(app: App) -> Callable[[Say], None]:
    """Plain lines in a terminal, JSON lines elsewhere (or as NASHIR_LOG says), without secrets; what tells in them."""
    wanted = app.config.secrets.get("NASHIR_LOG")
    if wanted not in ("", "json", "plain"):
        raise ConfigError(
            f"NASHIR_LOG: {wanted} is neither json nor plain.", f"NASHIR_LOG: {wanted} ليس json ولا plain."
        )
    as_json = wanted == "json" or (wanted != "plain" and not sys.stderr.isatty())
    set_up(app.config.secrets.redact, as_json=as_json)
    tell = (lambda say: log.warning(say.to(LANG))) if as_json else show.warn
    if warning := app.config.secrets.warning():
        tell(warning)
    return tell


def run(*, quiet: bool) -> None:
    """All in one process, until SIGTERM or SIGINT; ends within 10 seconds and loses nothing."""

    def echo(channel: Channel, segment: Segment) -> None:
        if not quiet:
            show.segment(channel, segment)

    app = _prepared(echo)
    page = (app.config.var / "preview" / "index.html").resolve()
    live = _announce(app)
    if len(live) < len(app.channels):
        show.line(t(f"Previews: {page.as_uri()}", f"المعاينات: {page.as_uri()}"))
    web = _web(app, else_any=True)
    web.start()
    show.line(t(f"Desk: {web.address}", f"المكتب: {web.address}"))
    _offer_first(app, web)
    _until_stopped(app, app.engine(), web)


def work(*, quiet: bool) -> None:
    """The lanes of this process, and with the embedded engine the clock, too; until SIGTERM or SIGINT."""

    def echo(channel: Channel, segment: Segment) -> None:
        if not quiet:
            show.segment(channel, segment)

    app = _prepared(echo)
    _announce(app)
    _until_stopped(app, app.engine(with_clock=False))


def tick() -> None:
    """The clock alone, of which several may stand by; until SIGTERM or SIGINT."""
    app = _prepared(lambda _channel, _segment: None)
    if app.engines.kind == EMBEDDED:
        show.line(
            t(
                'engine = "embedded": the worker has the clock, too. This process waits and does nothing.',
                'engine = "embedded": العامل يمسك الساعة أيضا. هذه العملية تنتظر ولا تفعل شيئا.',
            )
        )
        app.stopping.wait()
        app.close()
        return
    _announce(app)
    _until_stopped(app, app.engine(with_worker=False))


def _prepared(echo: Callable[[Channel, Segment], None]) -> App:
    """The newsroom with its database, told to stop by signals."""
    tell: Callable[[Say], None] = show.warn
    app = build(echo=echo, tell=lambda say: tell(say))
    tell = log_to_stderr(app)
    app.prepare()
    app.reopen()
    app.doubts.reopen(app.now())
    for name in app.sources:  # they were told when they came, and are not told again by themselves
        for say in told(skipped(app.source_states.cursor(name)).values()):
            tell(say)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: app.stopping.set())
    return app


def _announce(app: App) -> list[str]:
    """Say what runs; the names of the live channels."""
    live = [channel.name for channel in app.channels.values() if channel.live]
    show.line(
        t(
            f"nashir runs {app.config.newsroom.name}: {plural(len(app.sources), 'source', 'sources')}, "
            f"{plural(len(app.channels), 'channel', 'channels')}; "
            f"live: {', '.join(live) or 'none'}. Config: {app.config.folder}. Ctrl-C ends it.",
            f"ناشر يشغّل {app.config.newsroom.name}: المصادر {len(app.sources)}، القنوات {len(app.channels)}؛ "
            f"المفعّلة: {'، '.join(live) or 'لا شيء'}. الإعدادات: {app.config.folder}. أوقفه بـ Ctrl-C.",
        )
    )
    return live


def _until_stopped(app: App, engine: Engine, web: "WebServer | None" = None) -> None:
    """Run the engine until the process is told to stop, and end in order."""
    desk = _desk(app)
    if desk:
        desk.start()
    engine.start()
    while not app.stopping.wait(1):
        engine.nudge()
        app.refresh()
    if web:
        web.ask_to_stop()
    clean = engine.stop()
    clean = (desk is None or desk.stop()) and clean
    if web:
        web.stop()
    show.line(t("Stopped; the rest goes on at the next start.", "توقف؛ والباقي يكمل عند التشغيل القادم."))
    if clean:
        app.close()
    leave(clean)


def serve() -> None:
    """The web process alone, until SIGTERM or SIGINT."""
    app = build()
    log_to_stderr(app)
    app.prepare()
    web = _web(app)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: app.stopping.set())
    desk = _desk(app)
    if desk:  # the cards are kept by who runs the lanes
        desk.start(cards=False)
    web.start()
    show.line(t(f"Desk: {web.address}. Ctrl-C ends it.", f"المكتب: {web.address}. أوقفه بـ Ctrl-C."))
    _offer_first(app, web)
    while not app.stopping.wait(1):
        app.refresh()  # what is set by another process holds for what is shown and written here, too
    web.stop()
    if desk:
        desk.stop()
    app.close()


def _desk(app: App) -> "TelegramDesk | None":
    """The Telegram desk, where there is a token for it; its library is loaded only then."""
    if not app.config.secrets.get(app.config.newsroom.desk.token_env):
        return None
    from bot.telegram_desk import TelegramDesk

    return TelegramDesk(app)


def _web(app: App, *, else_any: bool = False) -> "WebServer":
    """The web process of a newsroom; PORT, as hosts set it, means that the whole network may call."""
    from bot.web import application  # the web framework is loaded where it is served only
    from bot.web.server import WebServer

    settings, port = app.config.newsroom.web, app.config.secrets.get("PORT")
    if port and not (port.isdigit() and int(port) < 65536):
        raise ConfigError(f"PORT: {port} is no port number.", f"PORT: {port} ليس رقم منفذ.")
    host = "0.0.0.0" if port else settings.host  # noqa: S104 - as the host asks
    wanted, asked = int(port or settings.port), bool(port) or "port" in settings.model_fields_set
    web = WebServer(application(app), host, wanted, else_any=else_any and not asked)
    if wanted and not web.address.endswith(f":{wanted}"):
        show.warn(
            Say(
                f"Port {wanted} is taken, perhaps by another nashir: the desk has another one; set `port` to keep one.",
                f"المنفذ {wanted} مشغول، ربما بعملية أخرى من ناشر: للمكتب منفذ غيره؛ اضبط `port` ليثبت.",
            )
        )
    return web


def _offer_first(app: App, web: "WebServer") -> None:
    """While there is no account: the link that makes the first owner's."""
    from bot.web import first_link

    if link := first_link(web.application, app, web.address):
        show.line(
            t(
                f"No account yet. Open this on this machine within 30 minutes to make the owner's: {link}",
                f"لا حساب بعد. افتح هذا الرابط على هذا الجهاز خلال 30 دقيقة لتنشئ حساب المالك: {link}",
            )
        )


def once(*, as_json: bool) -> int:
    """One full tick until nothing is due; 0 only if nothing failed."""
    app = build(echo=lambda _channel, _segment: None, watches=False)
    log_to_stderr(app)
    app.prepare()
    app.reopen()
    began = app.now()
    failed = False
    worked: dict[int, None] = {}
    try:
        names = [name for name in app.sources if app.reading.may_fetch(name)]
        for standing in app.source_states.standing([name for name in app.sources if name not in names]):
            if standing.paused:
                show.warn(Say(f"{standing.name}: {standing.paused.en}", f"{standing.name}: {standing.paused.ar}"))
                continue
            failed = True
            if standing.reason and standing.next_at:
                at = show.local(standing.next_at, app.config.newsroom.zone)
                show.warn(
                    Say(
                        f"Source {standing.name} is left alone until {at}: {standing.reason.en}",
                        f"يُترك المصدر {standing.name} إلى {at}: {standing.reason.ar}",
                    )
                )
        with ThreadPoolExecutor(max(len(names), 1)) as pool:
            intakes = list(pool.map(lambda name: _fetch_whole(app, name), names))
        for intake in intakes:
            still = skipped(app.source_states.cursor(intake.source)).values()
            left_out = told(dict.fromkeys((*still, *intake.faults)))
            for say in dict.fromkeys((*left_out, *intake.news, *filter(None, [intake.error]))):
                show.warn(say)
            failed = failed or bool(intake.error or intake.faults or still)
        wakes = app.tick.run(app.now())
        if not wakes.is_clock:
            show.warn(
                Say(
                    "Another nashir is at work on this database and does this by itself.",
                    "عملية أخرى من ناشر تعمل على قاعدة البيانات هذه وتقوم بهذا بنفسها.",
                )
            )
        for say in wakes.news:
            show.warn(say)
        while wakes.lanes:
            with ThreadPoolExecutor(len(wakes.lanes)) as pool:
                done = [id_ for ids in pool.map(app.dispatcher.drain, wakes.lanes) for id_ in ids]
            if not done:
                break  # another process holds these lanes
            worked |= dict.fromkeys(done)
            wakes = app.tick.run(app.now())
        found = [d for id_ in sorted(worked) if (d := app.outbox.get(id_))]
        refused = app.outbox.refused_since(began)
        failed = failed or bool(app.tick.unformed)
        show.deliveries(found, app.config.newsroom.zone, json_=as_json, stands=app.waits)
        if not as_json:
            _summary(app, intakes, refused)
    finally:
        app.close()
    bad = [d for d in found if d.state not in (State.SENT, State.RETRACTED)]
    for delivery in bad:
        show.warn(
            Say(
                f"Delivery {delivery.id} ({delivery.channel}) is {delivery.state}.",
                f"الإرسال {delivery.id} ({delivery.channel}): {STATES[delivery.state]}.",
            )
        )
    return 1 if failed or bad else 0


def _fetch_whole(app: App, name: str) -> Intake:
    """Fetch a source, and again while something in it is still arriving."""
    intake = app.reading.fetch(name)
    patience = LONGEST_ARRIVAL
    new, changed, news = intake.new, intake.changed, intake.news
    while intake.again_in and patience > timedelta(0):
        time.sleep(intake.again_in.total_seconds())
        patience -= intake.again_in
        intake = app.reading.fetch(name)
        new, changed, news = new + intake.new, changed + intake.changed, news + intake.news
    return replace(intake, new=new, changed=changed, news=news)


def _summary(app: App, intakes: list[Intake], refused: list[Decision]) -> None:
    new = sum(intake.new for intake in intakes)
    changed = sum(intake.changed for intake in intakes)
    show.line(
        t(
            f"{plural(new, 'new article', 'new articles')}, {changed} changed.",
            f"مواد جديدة: {new}، ومتغيرة: {changed}.",
        )
    )
    for decision in refused:
        article = app.articles.get(decision.article_id)
        title = show.shortened(article.title, 60) if article else ""
        show.line(f"  {decision.article_id} ✗ {decision.channel}: {title} — {decision.reason.to(LANG)}")
