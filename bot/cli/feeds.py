"""`sources list`, `pause`, `resume`, `import` and `export`."""

import re
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from bot.app import build
from bot.cli import show
from bot.cli.language import LANG, t
from bot.config.editing import add_sources
from bot.config.schema import FeedTable
from bot.domain.article import OWN_NAMES
from bot.domain.errors import Mistyped
from bot.domain.person import COMMAND_LINE
from bot.domain.say import Say, plural
from bot.domain.skipped import skipped, told
from bot.sources import opml


def list_sources(*, as_json: bool) -> int:
    """How each source stands, and what it could not take; 1 where one is broken."""
    app = build()
    try:
        app.database.upgrade()
        zone = app.config.newsroom.zone
        standing = app.source_states.standing(list(app.sources))
        left_out = {s.name: list(skipped(app.source_states.cursor(s.name)).values()) for s in standing}
        rows: list[dict[str, Any]] = [
            {
                "source": s.name,
                "state": "paused" if s.paused else "broken" if s.reason else "read" if s.read_at else "new",
                "read_at": s.read_at.isoformat() if s.read_at else None,
                "next_at": s.next_at.isoformat() if s.next_at else None,
                "failures": s.failures,
                "reason": say.to(LANG) if (say := s.paused or s.reason) else "",
                "skipped": [say.to(LANG) for say in left_out[s.name]],
            }
            for s in standing
        ]
    finally:
        app.close()
    if as_json:
        show.as_json(rows)
    else:
        words = {
            "broken": t("broken", "معطل"),
            "paused": t("paused", "موقوف"),
            "read": t("read", "يُقرأ"),
            "new": t("not read yet", "لم يُقرأ بعد"),
        }
        show.table(
            [t("source", "المصدر"), t("state", "الحال"), t("last read", "آخر قراءة"), t("reason", "السبب")],
            [
                [
                    str(r["source"]),
                    words[str(r["state"])],
                    show.local_text(r["read_at"], zone),
                    str(r["reason"])
                    or (t(f"{len(r['skipped'])} left out", f"متروك: {len(r['skipped'])}") if r["skipped"] else ""),
                ]
                for r in rows
            ],
        )
        for row in rows:
            for say in told(left_out[row["source"]]):
                show.line(f"  {row['source']}: {say.to(LANG)}")
    return 1 if any(row["state"] == "broken" for row in rows) else 0


def pause(names: Sequence[str], *, on: bool) -> None:
    """Leave sources alone, or read them again; raises NotFound."""
    app = build()
    try:
        app.prepare()
        sourcing = app.handwork.sourcing
        for name in names:
            done = sourcing.pause(COMMAND_LINE, name) if on else sourcing.resume(COMMAND_LINE, name)
            if on:
                words = t("paused", "أُوقف") if done else t("was paused already", "كان موقوفا")
            else:
                words = t("is read again", "عاد يُقرأ") if done else t("was not paused", "لم يكن موقوفا")
            show.line(f"{name}: {words}")
    finally:
        app.close()


def import_sources(path: Path) -> None:
    """Add the feeds of an OPML file to newsroom.toml, which is kept as it was beside it."""
    if not path.is_file():
        raise Mistyped(f"{path}: there is no such file.", f"{path}: لا ملف بهذا الاسم.")
    app = build()
    try:
        known = {table.url for table in app.config.newsroom.sources if isinstance(table, FeedTable)}
        names = {*OWN_NAMES, *(table.name for table in app.config.newsroom.sources)}
        config, now = app.config.folder / "newsroom.toml", app.now()
    finally:
        app.close()
    feeds, bad = opml.read(path.read_bytes())
    for address in bad:
        show.warn(
            Say(
                f"{address}: left out, it is no http address, or it holds a password.",
                f"{address}: تُرك لأنه ليس عنوان http أو لأن فيه كلمة سر.",
            )
        )
    tables = []
    for feed in feeds:
        if feed.url in known:
            continue
        known.add(feed.url)
        names.add(name := _name(feed.title or feed.url, names))
        tables.append({"name": name, "kind": "feed", "url": feed.url, "section": feed.section})
    there = len(feeds) - len(tables)
    if not tables:
        show.line(
            t(
                f"0 feeds added: {there} of the file are in {config} already.",
                f"لم تُضف تغذية: {there} مما في الملف موجودة في {config}.",
            )
        )
        return
    before = _aside(config, now)
    add_sources(config.parent, tables)
    show.line(
        t(
            f"{plural(len(tables), 'feed', 'feeds')} added to {config}, {there} were there; "
            f"what it was before is {before}.",
            f"{config}: التغذيات المضافة: {len(tables)}؛ والموجودة من قبل: {there}؛ ونسخته السابقة {before}.",
        )
    )


def export_sources(path: Path | None) -> None:
    """The feeds as an OPML file, or on standard output."""
    app = build()
    try:
        feeds = [
            opml.Outline(title=table.name, url=table.url, section=table.section)
            for table in app.config.newsroom.sources
            if isinstance(table, FeedTable)
        ]
        content = opml.write(feeds, app.config.newsroom.name)
    finally:
        app.close()
    if path and str(path) != "-":
        path.write_bytes(content)
        show.line(t(f"{path}: {plural(len(feeds), 'feed', 'feeds')}.", f"{path}: التغذيات {len(feeds)}."))
    else:
        typer.echo(content.decode())


def _aside(config: Path, now: datetime) -> Path:
    """A copy of a settings file, under a name that nothing has."""
    base = f"{config.name}.before-import-{now:%Y%m%dT%H%M%S}"
    before, number = config.with_name(base), 2
    while before.exists():
        before, number = config.with_name(f"{base}-{number}"), number + 1
    shutil.copyfile(config, before)
    return before


def _name(title: str, taken: set[str]) -> str:
    """A source's name made of a title."""
    base = "-".join(re.findall(r"\w+", re.sub(r"^https?://", "", title)))[:50] or "feed"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name
