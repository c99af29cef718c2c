"""`init`, `config`, `channels` and `db`."""

import shutil
import textwrap
from pathlib import Path
from typing import Any

from bot.app import App, build
from bot.cli import show
from bot.cli.language import t
from bot.config import PACKAGED
from bot.config.ready import check_ready
from bot.config.schema import FolderTable, called_at
from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.errors import Refused
from bot.domain.say import Say, plural
from bot.ops.doctor import asked
from bot.pipeline.compose import compose


def init(folder: Path) -> None:
    """Copy the packaged newsroom; a file that is there already is never touched."""
    wanted = [
        (PACKAGED / name / part, folder / name / part)
        for name in ("config", "templates", "samples")
        for part in sorted(p.relative_to(PACKAGED / name) for p in (PACKAGED / name).rglob("*") if p.is_file())
        if (name, part.parts[0]) != ("templates", "web")  # the desk's pages go with the program's own version
    ]
    wanted = [
        (source, folder / ".env.example" if target.name == ".env.example" else target) for source, target in wanted
    ]
    written = 0
    try:
        for source, target in wanted:
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                written += 1
    except OSError as error:
        raise Refused(
            f"{error.filename}: cannot be written: {error.strerror}.",
            f"{error.filename}: تعذرت الكتابة: {error.strerror}.",
        ) from None
    kept = len(wanted) - written
    show.line(
        t(
            f"{folder.resolve()}: {written} files written, {kept} were there and stay as they are.",
            f"{folder.resolve()}: الملفات المكتوبة: {written}؛ وما كان موجودا وبقي كما هو: {kept}.",
        )
    )
    show.line(
        t(
            "Next: edit config/newsroom.toml and config/channels.toml, copy .env.example to .env, then `nashir run`.",
            "بعد ذلك: حرر config/newsroom.toml و config/channels.toml، وانسخ .env.example إلى .env، ثم `nashir run`.",
        )
    )


def config_check() -> None:
    """Read everything, templates too; raises ConfigError or FormatError at the first fault."""
    app = build()
    try:
        check_ready(app.config)
        article = Article(
            source="",
            guid="check",
            title="عنوان",
            body="فقرة.\n\nفقرة أخرى.",
            tags=("وسم",),
            url="https://example.org/1",
            image="https://example.org/1.jpg",
        )
        for channel in app.channels.values():
            compose(article, channel, app.formats)
        app.preview_page([{"channel": channel, "posts": []} for channel in app.channels.values()])
        for say in _doubts(app):
            show.warn(say)
        if warning := app.config.secrets.warning():
            show.warn(warning)
        live = sum(channel.live for channel in app.channels.values())
        show.line(
            t(
                f"{app.config.folder}: right. {plural(len(app.sources), 'source', 'sources')}, "
                f"{plural(len(app.channels), 'channel', 'channels')}, {live} live.",
                f"{app.config.folder}: الإعدادات سليمة. المصادر {len(app.sources)}، القنوات {len(app.channels)}، "
                f"المفعّلة {live}.",
            )
        )
    finally:
        app.close()


def _doubts(app: App) -> list[Say]:
    """What is no fault of the settings, and still most likely not meant."""
    found = []
    for table in app.config.newsroom.sources:
        if isinstance(table, FolderTable) and not (app.config.root / table.path).is_dir():
            path = app.config.root / table.path
            found.append(Say(f"Source {table.name}: {path} is no folder.", f"المصدر {table.name}: {path} ليس مجلدا."))
    known = {p.relative_to(PACKAGED / "templates") for p in (PACKAGED / "templates").rglob("*") if p.is_file()}
    for folder in app.config.template_folders:
        strange = {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()} - known
        found += [
            Say(f"{folder / path}: no template has this name.", f"{folder / path}: لا قالب بهذا الاسم.")
            for path in sorted(strange)
        ]
    return found


def config_show(*, as_json: bool) -> None:
    """The settings in force, secrets aside; what is set at the desk, by whom and when."""
    app = build()
    try:
        if app.database.is_ready():
            app.refresh(at_once=True)
        shown: dict[str, Any] = {"config": str(app.config.folder), "database": app.database.name} | app.config.shown()
        if app.in_force.here:
            shown["set_at_the_desk"] = [
                {"key": key, "who": each.who, "at": each.at.isoformat()} for key, each in app.in_force.here.items()
            ]
        for fault in app.in_force.said():
            show.warn(fault)
    finally:
        app.close()
    if as_json:
        show.as_json(shown)
        return
    for head, value in shown.items():
        if isinstance(value, str):
            show.line(f"{head}: {value}")
            continue
        show.line(f"\n{head}:")
        for item in value if isinstance(value, list) else [value]:
            lines = "\n".join(f"{key} = {each}" for key, each in item.items())
            show.line(textwrap.indent(lines, "  ") + "\n")


def channels_check(*, as_json: bool) -> int:
    """Each channel's account, and what cannot be looked up there; 0 only if every live one answers and may publish."""
    app = build()
    try:
        check_ready(app.config)
        rows = [_checked(app, channel) for channel in app.channels.values()]
    finally:
        app.close()
    if as_json:
        show.as_json(rows)
    else:
        heads = [t("channel", "القناة"), t("service", "الخدمة"), t("state", "الحال"), t("account", "الحساب")]
        said = [" — ".join(filter(None, (r["account"], r["hint"]))) for r in rows]
        table = [[r["channel"], r["service"], show.state(r["state"]), s] for r, s in zip(rows, said, strict=True)]
        show.table(heads, table)
    return 1 if {row["state"] for row in rows} & {"bad", "down"} else 0


def _checked(app: App, channel: Channel) -> dict[str, Any]:
    row = {"service": channel.service, "channel": channel.name}
    if not channel.live:
        return row | {"state": "preview", "account": t("goes to the preview", "تذهب إلى المعاينة"), "hint": None}
    table = next(each for each in app.config.channel_tables if each.name == channel.name)
    account, why = asked(lambda: app.accounts.adapter(channel, preview=False).check(), called_at(table))
    state = "down" if account is None else "bad" if why else "well"
    said = " — ".join(filter(None, (account.name if account else None, t(why.en, why.ar) if why else None)))
    hint = t(account.hint.en, account.hint.ar) if account and account.hint else None
    redact = app.config.secrets.redact
    return row | {"state": state, "account": redact(said), "hint": redact(hint) if hint else None}


def db_upgrade() -> None:
    """Make or upgrade the database."""
    app = build()
    try:
        app.database.upgrade()
        app.engines.prepare()
    finally:
        app.close()
    show.warn(Say("The database is of the newest version.", "قاعدة البيانات بأحدث إصدار."))
