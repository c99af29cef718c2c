"""`retract`, `correct`, `unsure`, `pause`, `resume`, `stop-all` and `start-all`."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from bot.app import App, build
from bot.cli import show
from bot.cli.language import LANG, t
from bot.cli.running import log_to_stderr
from bot.domain.amendment import Progress
from bot.domain.delivery import Delivery, State
from bot.domain.errors import BotError, NotFound, Refused
from bot.domain.person import COMMAND_LINE
from bot.domain.say import Say
from bot.pipeline import desk
from bot.pipeline.mend import Asked, all_of

PATIENCE = 120.0  # seconds to wait for what another process carries out


def retract(named: Sequence[str], to: Sequence[str]) -> int:
    """Take back deliveries by number, or all of an article; 0 only if all of it is gone."""
    app = build()
    log_to_stderr(app)
    app.prepare()
    failed = False
    asked: list[Asked] = []
    try:
        channels = {channel.name for channel in app.accounts.chosen(to)}
        for name in named:
            for delivery in _deliveries(app, name):
                if delivery.channel not in channels:
                    continue
                try:
                    asked.append(app.office.retract(COMMAND_LINE, delivery.id))
                except BotError as error:
                    failed = True
                    show.warn(error.say)
        return 1 if not _carried_out(app, asked) or failed else 0
    finally:
        app.close()


def correct(named: Sequence[str], to: Sequence[str]) -> int:
    """Put the newest version of articles where an older one is out; 0 only if all is corrected."""
    app = build()
    log_to_stderr(app)
    app.prepare()
    failed = False
    asked: list[Asked] = []
    try:
        channels = app.accounts.chosen(to)
        for name in named:
            article = app.reading.lookup.article(name)
            missing: list[BotError] = []
            before = len(asked)
            for channel in channels:
                try:
                    asked.append(app.office.correct(COMMAND_LINE, article, channel.name))
                except NotFound as error:
                    missing.append(error)
                except BotError as error:
                    failed = True
                    show.warn(error.say)
            if len(asked) == before and not failed and missing:
                failed = True
                show.warn(missing[0].say)
        return 1 if not _carried_out(app, asked) or failed else 0
    finally:
        app.close()


def _deliveries(app: App, name: str) -> list[Delivery]:
    """One by its number, or those of an article that can be taken back; raises NotFound."""
    if name.isascii() and name.isdigit() and len(name) < 10:
        found = app.outbox.get(int(name))
        if found is None:
            raise NotFound(
                f"There is no delivery {name}; `nashir queue` lists them.",
                f"لا إرسال رقمه {name}؛ الأمر `nashir queue` يعرض الإرسالات.",
            )
        return [found]
    article = app.reading.lookup.article(name)
    kinds = (False, True)  # for real, and to the preview
    there = all_of(
        [d for name in app.channels for kind in kinds for d in app.outbox.of_article(article.id, name, kind)]
    )
    if not there:
        raise Refused(f"Nothing of article {article.id} is out.", f"لم يخرج شيء من المادة {article.id}.")
    return there


def _carried_out(app: App, asked: Iterable[Asked]) -> bool:
    """Let the lanes do it, here or in another process, and say what came of it; whether all of it was done."""
    asked = list(asked)
    for each in asked:
        if each.say:
            show.line(each.say.to(LANG))
    until = time.monotonic() + PATIENCE
    waits = {each.channel for each in asked if each.amendments or each.deliveries}
    while True:
        amendments = [a for each in asked for id_ in each.amendments if (a := app.amendments.get(id_))]
        deliveries = [d for each in asked for id_ in each.deliveries if (d := app.outbox.get(id_))]
        going = any(d.state in (State.QUEUED, State.SENDING) for d in deliveries)
        lanes = [lane for lane in app.lanes.due(app.now()) if lane in waits]
        if not (going or any(a.state is Progress.OPEN for a in amendments)) or not lanes or time.monotonic() > until:
            break
        with ThreadPoolExecutor(len(lanes)) as pool:
            if not any(pool.map(app.dispatcher.drain, lanes)):
                time.sleep(0.2)  # another process holds the lane
    for amendment in amendments:
        note = amendment.note or Say("It waits for its lane.", "تنتظر مسارها.")
        channel, id_ = amendment.delivery.channel, amendment.delivery.id
        show.line(f"{channel} ({id_}): {note.to(LANG)}")
    for delivery in deliveries:
        said = f" — {delivery.note.to(LANG)}" if delivery.note else ""
        show.line(f"{delivery.channel} ({delivery.id}): {show.state(delivery.state)}{said}")
    return all(a.state is Progress.DONE for a in amendments) and all(d.state is State.SENT for d in deliveries)


def unsure_list(*, as_json: bool) -> None:
    """What may be out, what is known of it, and where to look."""
    app = build()
    try:
        app.database.upgrade()
        found = app.outbox.listing([State.UNSURE], 1000)
        nothing = ("Nothing is in doubt.", "لا شيء غير مؤكد.")
        show.deliveries(found, app.config.newsroom.zone, json_=as_json, none=nothing)
        if as_json:
            return
        for delivery in found:
            for row in delivery.segments:
                if row.state == "sending":
                    text = " ".join(delivery.post.segments[row.n].text.split())
                    show.line(f"  {delivery.id}.{row.n + 1}: {show.shortened(text, 100)}")
            out = [row.receipt.url for row in delivery.segments if row.receipt and row.receipt.url]
            if out:
                show.line(f"     {t('out before it:', 'خرج قبله:')} {out[-1]}")
        if found:
            show.line(
                t(
                    "It is there: `nashir unsure sent N --id ADDRESS`. It is not: `nashir unsure not-sent N`.",
                    "إن ظهر: `nashir unsure sent N --id ADDRESS`. وإن لم يظهر: `nashir unsure not-sent N`.",
                )
            )
    finally:
        app.close()


def unsure_sent(delivery_id: int, remote_id: str) -> None:
    """An editor's word that the segment in doubt is out; raises NotFound, Refused."""
    app = build()
    try:
        app.database.upgrade()
        app.office.said_out(COMMAND_LINE, delivery_id, remote_id)
        app.engines.wake([desk.found(delivery_id, app.outbox).channel])
        show.deliveries([desk.found(delivery_id, app.outbox)], app.config.newsroom.zone, json_=False)
    finally:
        app.close()


def pause(channels: Sequence[str]) -> None:
    """Begin nothing on these channels from now on, in any process; raises NotFound."""
    app = build()
    try:
        app.database.upgrade()
        for channel in app.accounts.chosen(channels):
            app.office.pause(COMMAND_LINE, channel.name)
            show.line(
                t(
                    f"{channel.name}: paused; `nashir resume {channel.name}` lets it go on.",
                    f"{channel.name}: متوقفة؛ الأمر `nashir resume {channel.name}` يستأنفها.",
                )
            )
    finally:
        app.close()


def resume(channels: Sequence[str]) -> None:
    """Let these channels go on; raises NotFound."""
    app = build()
    try:
        app.database.upgrade()
        for channel in app.accounts.chosen(channels):
            was = app.office.resume(COMMAND_LINE, channel.name)
            yes, no = (
                (f"{channel.name}: goes on.", f"{channel.name}: تُستأنف."),
                (
                    f"{channel.name}: was not paused.",
                    f"{channel.name}: لم تكن متوقفة.",
                ),
            )
            show.line(t(*(yes if was else no)))
        app.engines.wake(app.lanes.due(app.now()))
        _all_stopped(app)
    finally:
        app.close()


def stop_all() -> None:
    """Begin nothing on any channel from now on, in any process."""
    app = build()
    try:
        app.database.upgrade()
        app.office.pause(COMMAND_LINE, None)
        show.line(
            t(
                "All sending is stopped; `nashir start-all` lets it go on. What is late meanwhile expires.",
                "توقف الإرسال كله؛ الأمر `nashir start-all` يستأنفه. وما يفوت أوانه لا يخرج.",
            )
        )
    finally:
        app.close()


def start_all() -> None:
    """Take the stop of all sending off; a channel that is paused by itself stays so."""
    app = build()
    try:
        app.database.upgrade()
        was = app.office.resume(COMMAND_LINE, None)
        yes, no = ("Sending goes on.", "يُستأنف الإرسال."), ("Sending was not stopped.", "لم يكن الإرسال متوقفا.")
        show.line(t(*(yes if was else no)))
        app.engines.wake(app.lanes.due(app.now()))
        for channel in app.lanes.pauses():
            show.line(t(f"{channel}: still paused by itself.", f"{channel}: ما زالت متوقفة وحدها."))
    finally:
        app.close()


def _all_stopped(app: App) -> None:
    if None in app.lanes.pauses():
        show.warn(
            Say(
                "All sending is stopped besides; `nashir start-all` lets it go on.",
                "الإرسال كله متوقف أيضا؛ الأمر `nashir start-all` يستأنفه.",
            )
        )
