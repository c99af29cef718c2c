"""`edition list`, `make`, `hold`, `release`, `test`, `send`, `status`, `pause`, `resume`, `stop`; `email`."""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from bot.app import App, build
from bot.cli import show
from bot.cli.language import LANG, t
from bot.cli.running import log_to_stderr
from bot.domain.edition import STATES, EditionState, Figures
from bot.domain.errors import ConfigError, Mistyped
from bot.domain.person import COMMAND_LINE
from bot.domain.say import Say, plural
from bot.ops.progress import progress
from bot.store.database import DatabaseError
from bot.store.later import later

LOOK_EVERY = 0.5  # seconds
NEWEST = 30
NO_KEY = Say(
    "Mails are not signed by DKIM. `openssl genrsa -out dkim.pem 2048` beside config/ makes a key; then write "
    '`key_file = "dkim.pem"` under [mail.dkim] of newsletters.toml, and this command shows its record.',
    "الرسائل بلا توقيع DKIM. الأمر `openssl genrsa -out dkim.pem 2048` بجوار config/ يصنع مفتاحا؛ ثم اكتب "
    '`key_file = "dkim.pem"` تحت [mail.dkim] في newsletters.toml، فيعرض هذا الأمر سجله.',
)
TRY_AGAIN = 75  # EX_TEMPFAIL: mail servers keep the mail and call the command again


def list_editions(*, as_json: bool) -> None:
    """The newest editions and how far each has come."""

    def act(app: App) -> None:
        rows = []
        for edition in app.newsletters.editions.newest(NEWEST):
            figures = app.newsletters.editions.figures(edition.id)
            rows.append({"newsletter": edition.newsletter, "day": edition.day, **_row(figures)})
        if as_json:
            show.as_json(rows)
            return
        show.table(
            [t("number", "الرقم"), t("newsletter", "النشرة"), t("day", "اليوم"), t("state", "الحال"), *_heads()],
            [[str(r["id"]), r["newsletter"], r["day"], _state(r["state"]), *_cells(r)] for r in rows],
        )

    _with_app(act)


def send(number: int) -> int:
    """Begin an edition, or go on with one, and send until nothing of it is due; 0 if all of it has an end."""
    status = 0

    def act(app: App) -> None:
        nonlocal status
        letters = app.newsletters
        if letters.editions.get(number).state not in (EditionState.SENDING, EditionState.SENT):
            total = letters.desk.begin(COMMAND_LINE, number)
            show.line(
                t(
                    f"Edition {number} begins: {plural(total, 'recipient', 'recipients')}.",
                    f"يبدأ العدد {number}: المستلمون {total}.",
                )
            )
        status = _sent(app, number)

    _with_app(act)
    return status


def _sent(app: App, number: int) -> int:
    shards = app.newsletters.shards
    faults: dict[str, Say] = {}
    shards.fault = lambda say: faults.update({say.en: say})
    try:
        with progress() as tell:
            while True:
                running, figures = shards.running(), app.newsletters.editions.figures(number)
                tell(t("sent", "أُرسل"), figures.total - figures.waiting, figures.total)
                due = [each for each in app.newsletters.due(app.now()) if each[0] == number]
                if not running and (not due or faults):
                    break
                if due and running < min(app.newsletters.processes, len(due) + running) and not faults:
                    shards.start(app.newsletters.job(number))
                time.sleep(LOOK_EVERY)
    except BaseException:
        shards.stop()
        raise
    for say in faults.values():
        show.warn(say)
    _show(app, number, as_json=False)
    state = app.newsletters.editions.get(number).state
    if state is EditionState.SENT and not faults:
        return 0
    for say in _why(app, number, state):
        show.line(say.to(LANG))
    return 1


def _why(app: App, number: int, state: EditionState) -> Iterator[Say]:
    """What became of an edition that has no end yet."""
    if state is EditionState.STOPPED:
        yield Say("It was stopped: the rest never goes.", "أُلغي: الباقي لا يخرج.")
    elif state is EditionState.PAUSED:
        yield Say(f"It is paused: `nashir edition resume {number}`.", f"متوقف مؤقتا: `nashir edition resume {number}`.")
    elif state is EditionState.SENDING:
        count, at = later(app.database, number)
        if at:
            when = show.local(at, app.config.newsroom.zone)
            are = "is" if count == 1 else "are"
            yield Say(
                f"{plural(count, 'recipient', 'recipients')} {are} to be tried again, from {when} on: "
                "`nashir run` does it, or this command again.",
                f"من تُعاد محاولة الإرسال إليهم: {count}، ابتداء من {when}: يتولاها `nashir run` أو هذا الأمر من جديد.",
            )
        elif waiting := app.newsletters.editions.figures(number).waiting:
            yield Say(
                f"{plural(waiting, 'recipient', 'recipients')} still to go: "
                "`nashir run` goes on, or this command again.",
                f"من لم يُرسل إليهم بعد: {waiting}؛ يكمل `nashir run` أو هذا الأمر من جديد.",
            )


def make(newsletter: str) -> None:
    """The next edition of a newsletter ahead of its time; raises BotError."""

    def act(app: App) -> None:
        number = app.newsletters.editorial.making.make(COMMAND_LINE, newsletter)
        show.line(t(f"Edition {number}.", f"العدد {number}."))

    _with_app(act)


def hold(number: int) -> None:
    """It does not go by itself; raises BotError."""
    _acted(number, lambda app: app.newsletters.editorial.arranging.hold(COMMAND_LINE, number))


def release(number: int, at: str) -> None:
    """It goes at its time, or at another one on the newsroom's clock; raises BotError."""
    try:
        wanted = datetime.fromisoformat(at) if at else None
    except ValueError:
        raise Mistyped(
            f"--at {at}: write a time such as 2026-11-27T21:00.", f"--at {at}: اكتب وقتا مثل 2026-11-27T21:00."
        ) from None

    def act(app: App) -> None:
        zone = app.config.newsroom.zone
        moment = wanted.replace(tzinfo=zone) if wanted and wanted.tzinfo is None else wanted
        app.newsletters.editorial.arranging.release(COMMAND_LINE, number, moment)
        due = app.newsletters.editions.get(number).due_at
        when = show.local(due, zone) if due else ""
        show.line(t(f"It goes at {when}.", f"موعده {when}."))

    _with_app(act)


def test(number: int, to: str) -> None:
    """One mail of it to one address; raises BotError."""

    def act(app: App) -> None:
        found = app.newsletters.editorial.arranging.test(COMMAND_LINE, number, to)
        show.line(t(f"The test went to {found.ascii}.", f"خرجت التجربة إلى {found.ascii}."))

    _with_app(act)


def status(number: int, *, as_json: bool) -> None:
    """How far an edition has come."""
    _with_app(lambda app: _show(app, number, as_json=as_json))


def pause(number: int) -> None:
    """Send no more of it until `resume`."""
    _acted(number, lambda app: app.newsletters.desk.pause(COMMAND_LINE, number))


def resume(number: int) -> None:
    """Go on; where `nashir run` or a worker is at work it does."""
    _acted(number, lambda app: app.newsletters.desk.resume(COMMAND_LINE, number))


def stop(number: int) -> None:
    """The rest never goes."""
    _acted(number, lambda app: app.newsletters.desk.stop(COMMAND_LINE, number))


def dns(*, as_json: bool) -> int:
    """The records to set for each sender's domain, and what DNS says of them; 1 where one is wrong or missing."""
    from bot.mail.dns import Asked, records

    missing = 0
    rows: list[dict[str, str]] = []

    def act(app: App) -> None:
        nonlocal missing
        mail = app.config.newsletters.mail
        pem = app.newsletters.dkim_key()
        asked = Asked()
        for domain in sorted(set(app.newsletters.by_domain.values())):
            given = records(
                domain, mail_host=mail.host, return_domain=mail.return_domain, signer=mail.dkim.domain or domain,
                selector=mail.dkim.selector, pem=pem,
            )  # fmt: skip
            for record in given:
                finding = asked.judge(record)
                missing += finding.bad
                state, text = "bad" if finding.bad else "well" if finding.known else "doubt", finding.say.to(LANG)
                rows.append({"name": record.name, "type": "TXT", "value": record.text, "state": state, "text": text})
                if not as_json:
                    show.line(f"{record.name}. TXT {record.shown}")
                    show.line(f"  {show.MARKS[state]} {text}")
        if as_json:
            show.as_json(rows)
        if app.newsletters.by_domain and not pem:
            missing += 1
            show.warn(NO_KEY)
        if not app.newsletters.by_domain and not as_json:
            show.line(t("newsletters.toml names no newsletter.", "لا نشرة في newsletters.toml."))

    _with_app(act, prepared=False)
    return 1 if missing else 0


def inbound() -> int:
    """One mail on standard input: a bounce or a complaint is counted; 75 where it cannot be kept now."""

    def act(app: App) -> None:
        heard = app.newsletters.returns.take(sys.stdin.buffer.read())
        show.line(heard.say.to(LANG))

    try:
        _with_app(act)
    except (DatabaseError, ConfigError) as error:  # somebody mends it; the mail server keeps the report until then
        show.warn(error.say)
        return TRY_AGAIN
    return 0


def _with_app(act: Callable[[App], None], *, prepared: bool = True) -> None:
    app = build(watches=False)
    log_to_stderr(app)
    try:
        if prepared:
            app.database.upgrade()
        act(app)
    finally:
        app.close()


def _acted(number: int, act: Callable[[App], object]) -> None:
    """One act on an edition, and how it stands then."""

    def whole(app: App) -> None:
        act(app)
        _show(app, number, as_json=False)

    _with_app(whole)


def _show(app: App, number: int, *, as_json: bool) -> None:
    figures = app.newsletters.editions.figures(number)
    row = _row(figures)
    if as_json:
        show.as_json([row])
        return
    heads = [t("number", "الرقم"), t("state", "الحال"), *_heads()]
    show.table(heads, [[str(number), _state(row["state"]), *_cells(row)]])
    if figures.reason and figures.state is not EditionState.SENT:
        show.line(figures.reason.to(LANG))


def _row(figures: Figures) -> dict[str, Any]:
    return {
        "id": figures.edition,
        "state": str(figures.state),
        "recipients": figures.total,
        "sent": figures.sent,
        "waiting": figures.waiting,
        "refused": figures.refused,
        "unsure": figures.unsure,
        "left": figures.left,
        "bounced": figures.bounced,
    }


def _heads() -> list[str]:
    return [
        t("recipients", "المستلمون"), t("sent", "أُرسل"), t("waiting", "ينتظر"), t("refused", "رُفض"),
        t("unsure", "غير مؤكد"), t("left", "غادر"), t("bounced", "ارتد"),
    ]  # fmt: skip


def _cells(row: dict[str, Any]) -> list[str]:
    names = ("recipients", "sent", "waiting", "refused", "unsure", "left", "bounced")
    return [str(row[name]) for name in names]


def _state(state: str) -> str:
    return t(state, STATES[EditionState(state)])
