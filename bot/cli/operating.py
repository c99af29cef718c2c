"""`doctor`, `backup`, `restore`, `prune`, `db copy`, `sources import` and `export`."""

from pathlib import Path

from bot.app import App, build
from bot.cli import show
from bot.cli.language import LANG, t
from bot.config.ready import check_ready
from bot.config.schema import called_at, channel_secrets
from bot.domain.errors import BotError, Mistyped, Refused
from bot.domain.say import Say, plural
from bot.ops.doctor import Doctor, Finding, bad, doubt, well
from bot.ops.newsletters import NewsletterCheck
from bot.ops.progress import progress
from bot.ops.restoring import Restoring
from bot.ops.telegram_desk import DeskCheck
from bot.store import copying
from bot.store.database import Database, DatabaseError
from bot.store.pruning import prune as prune_rows

KINDS = {
    "versions": "نسخ المواد",
    "texts": "النصوص",
    "fingerprints": "البصمات",
    "reasons": "الأسباب",
    "preview rows": "أسطر المعاينات",
    "previews": "المعاينات",
    "attempts": "المحاولات",
    "bounces": "الارتدادات",
    "calls": "النداءات",
    "cards": "بطاقات تلغرام",
    "sessions": "جلسات الدخول",
    "knocks": "محاولات الدخول",
    "answers": "أجوبة المفاتيح",
    "notices": "الإشعارات",
    "acts": "الأفعال",
    "pairing codes": "رموز الاقتران",
    "recipients": "المستلمون",
}
KEY_OUTSIDE = Say(
    "NASHIR_SECRET_KEY is not in it: keep it beside the backup. Without it links in mails that are out lead nowhere.",
    "ليس فيه NASHIR_SECRET_KEY: احفظه مع النسخة، فمن دونه لا تعمل روابط الرسائل التي خرجت.",
)


def doctor(*, as_json: bool) -> int:
    """Look at everything that can be wrong, and say what to do; 1 where something is."""
    try:
        app = build()
    except BotError as error:  # without settings nothing else can be looked at
        return _told([bad("config", error.say.en, error.say.ar)], as_json=as_json)
    try:
        return _told(findings(app), as_json=as_json)
    finally:
        app.close()


def findings(app: App) -> list[Finding]:
    """Everything that was looked at."""
    found: list[Finding] = []
    try:
        check_ready(app.config)
        found.append(well("config", f"{app.config.folder} is right.", f"الإعدادات في {app.config.folder} سليمة."))
    except BotError as error:
        found.append(bad("config", error.say.en, error.say.ar))
    app.refresh(at_once=True)
    if not app.config.rules:
        found.append(
            doubt("rules", "There is no rule: no article is published by itself.", "لا قاعدة: لا تُنشر مادة من نفسها.")
        )
    if warning := app.config.secrets.warning():
        found.append(bad(".env", warning.en, warning.ar))
    now = app.now()
    tables = [table for table in app.config.channel_tables if table.live]
    locked = {t.name for t in tables if not all(map(app.config.secrets.get, channel_secrets(t).values()))}
    doctor_ = Doctor(
        database=app.database,
        health=app.lanes,
        figures=app.figures,
        standings=app.source_states,
        sources=list(app.sources),
        live=[table.name for table in tables],
        zone=app.config.newsroom.zone,
        clock_urls=[base for table in tables if (base := getattr(table, "api_base", ""))],
    )
    database = list(doctor_.database_(now))
    found += database
    found += doctor_.privacy(app.config.var)
    found += doctor_.clock(now)
    found += doctor_.disk(app.config.var)
    found += doctor_.leftovers(app.config.var, now)
    if all(finding.verdict == "well" for finding in database if finding.about == "database"):
        try:
            found += doctor_.lanes(now)
            found += doctor_.source_health()
            found += telegram_desk(app)
            found += newsletters(app)
        except DatabaseError as error:  # damaged where nothing has looked before
            found.append(bad("database", error.say.en, error.say.ar))
    at = {table.name: called_at(table) for table in tables}
    for channel in app.channels.values():
        if channel.live and channel.name in locked:
            continue  # its missing key was said
        if channel.live:
            found += doctor_.account(channel.name, app.accounts.adapter(channel, preview=False), at[channel.name])
        else:
            found.append(
                doubt(channel.name, "Not live: its posts are previews only.", "غير مفعّلة: منشوراتها معاينات فقط.")
            )
    return found


def newsletters(app: App) -> list[Finding]:
    """What keeps newsletters from going out."""
    mail, tables = app.config.newsletters.mail, app.config.newsletters.newsletters
    figures = [app.newsletters.editions.figures(edition) for edition in app.newsletters.editions.going()]
    check = NewsletterCheck(
        names=[table.key for table in tables],
        server=f"{mail.host}:{mail.port}",
        open_and_leave=app.newsletters.greet,
        in_clear=bool(mail.user) and mail.tls == "none" and mail.host not in ("localhost", "127.0.0.1", "::1"),
        look_at_returns=app.newsletters.mailbox.greet if mail.bounces.host else None,
        signing_key=app.newsletters.dkim_key,
        resting=[(str(each.edition), each.reason) for each in figures if each.reason],
    )
    return list(check.look())


def telegram_desk(app: App) -> list[Finding]:
    """What is wrong with the desk in Telegram."""
    desk = app.config.newsroom.desk
    check = DeskCheck(
        token=app.config.secrets.get(desk.token_env),
        token_env=desk.token_env,
        api_base=desk.api_base,
        webhook=desk.mode == "webhook",
        public_url=app.config.newsroom.public_url,
        wanted=bool(desk.telegram_chat) or desk.mode == "webhook",
        people=app.people.listing(),
    )
    return list(check.look())


def _told(findings: list[Finding], *, as_json: bool) -> int:
    broken = [finding for finding in findings if finding.verdict == "bad"]
    if as_json:
        show.as_json([{"about": f.about, "state": f.verdict, "text": f.say.to(LANG)} for f in findings])
    else:
        for finding in sorted(findings, key=lambda each: ("bad", "doubt", "well").index(each.verdict)):
            show.line(f"{show.MARKS[finding.verdict]} {finding.about}: {finding.say.to(LANG)}")
        show.line()
        show.line(
            t(f"{plural(len(broken), 'thing', 'things')} to mend.", f"أمور تحتاج إصلاحا: {len(broken)}.")
            if broken
            else t("Nothing to mend.", "لا شيء يحتاج إصلاحا.")
        )
    return 1 if broken else 0


def backup(path: Path) -> None:
    """The whole newsroom's state in one file, while it runs; as it is, also before an upgrade."""
    app = build()
    try:
        if not path.parent.is_dir():
            raise Refused(
                f"{path}: there is no folder {path.parent}; make it, or name another.",
                f"{path}: لا مجلد {path.parent}؛ أنشئه أو اختر غيره.",
            )
        with progress() as tell:
            key = app.config.secrets.kept_key(app.config.var)
            rows = copying.backup(app.database, path, tell, key)
        show.line(
            t(
                f"{path}: {rows} rows. Keep it where this machine's disk is not.",
                f"{path}: الصفوف {rows}. احفظه خارج قرص هذا الجهاز.",
            )
        )
        if key is None:
            show.warn(KEY_OUTSIDE)
    finally:
        app.close()


def restore(path: Path, *, replace: bool) -> None:
    """A backup into the database of these settings; what may have gone out since is held."""
    if not path.is_file():
        raise Mistyped(f"{path}: there is no such file.", f"{path}: لا ملف بهذا الاسم.")
    app = build()
    try:
        app.database.upgrade()
        restoring = Restoring(
            database=app.database,
            holder=app.holder,
            secrets=app.config.secrets,
            var=app.config.var,
            now=app.now(),
            tell=show.warn,
            progress=progress,
        )
        left = restoring.restore(path, list(app.sources), replace=replace)
        show.line(
            t(
                f"Restored. Deliveries that waited and are held: {left.held}; unsure: {left.unsure}. "
                "Look at the channels, then `nashir release` or `nashir cancel` them.",
                f"تمت الاستعادة. إرسالات كانت تنتظر وأوقفت: {left.held}؛ غير مؤكدة: {left.unsure}. "
                "تحقق من القنوات ثم نفّذ `nashir release` أو `nashir cancel`.",
            )
        )
    finally:
        app.close()


def copy_into(path: Path) -> None:
    """A SQLite newsroom into the empty database that DATABASE_URL names."""
    if not path.is_file():
        raise Mistyped(f"{path}: there is no such file.", f"{path}: لا ملف بهذا الاسم.")
    app = build()
    source = Database.of_file(path)
    try:
        if app.database.file and app.database.file.resolve() == path.resolve():
            raise Refused(
                "DATABASE_URL names the same file; set it to the new database.",
                "يشير DATABASE_URL إلى الملف نفسه؛ اضبطه على القاعدة الجديدة.",
            )
        source.upgrade()
        if copying.in_use(source, app.holder, app.now()):
            raise Refused("nashir is at work on this file: stop it first.", "ناشر يعمل على هذا الملف: أوقفه أولا.")
        app.database.upgrade()
        with progress() as tell:
            rows = copying.copy(source, app.database, tell)
        show.line(t(f"{rows} rows are in {app.database.name} now.", f"صار في {app.database.name} من الصفوف {rows}."))
    finally:
        source.close()
        app.close()


def prune(*, really: bool) -> None:
    """Delete what is older than [retention] says; receipts stay."""
    app = build()
    try:
        app.database.upgrade()
        counts = prune_rows(app.database, app.config.newsroom.retention.spans(), app.now(), really=really)
        for kind, number in counts.items():
            show.line(f"{t(kind, KINDS.get(kind, kind))}: {number}")
        if not really:
            show.line(t("Nothing was deleted (--dry-run).", "لم يُحذف شيء (--dry-run)."))
    finally:
        app.close()
