"""config/ and the environment, read once into validated settings.

Order of search for the folder: NASHIR_CONFIG, ./config, the packaged one. Paths in it are relative to the folder that
holds it; `var/` is made in the current folder.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.config.newsletters import NewslettersFile, read_newsletters
from bot.config.plans import plan_of
from bot.config.reading import nearest, read_toml, validate, wrong
from bot.config.schema import (
    KINDS,
    SERVICES,
    ChannelTable,
    EmailTable,
    GlossaryFile,
    NewsroomFile,
    SourceTable,
    StyleFile,
    Table,
    channel_secrets,
    plain,
)
from bot.config.secrets import Secrets
from bot.config.tables import chosen, cross_check, list_of_tables, no_twins
from bot.domain.article import OWN_NAMES
from bot.domain.channel import Channel
from bot.domain.errors import ConfigError
from bot.domain.schedule import Plan, Rule, always_quiet
from bot.domain.style import Style

PACKAGED = Path(__file__).parent.parent / "_data"
if not PACKAGED.is_dir():  # in a checkout the same folders stand beside bot/
    PACKAGED = Path(__file__).parent.parent.parent


@dataclass(frozen=True, kw_only=True)
class Config:
    """All settings of one newsroom."""

    folder: Path  # config/
    newsroom: NewsroomFile
    channel_tables: tuple[ChannelTable, ...]
    style_file: StyleFile
    glossary: GlossaryFile
    newsletters: NewslettersFile
    secrets: Secrets
    database_url: str
    var: Path

    @property
    def root(self) -> Path:
        """The folder that holds config/; paths in config are relative to it."""
        return self.folder.resolve().parent

    @property
    def channels(self) -> dict[str, Channel]:
        """What selection and composing need to know of each channel."""
        return {table.name: as_channel(table) for table in self.channel_tables}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in the order of the file."""
        return tuple(
            Rule(
                name=r.name,
                sources=tuple(r.sources),
                sections=tuple(r.sections),
                channels=tuple(r.channels),
                keywords=tuple(r.keywords),
                exclude=tuple(r.exclude),
                fresh_for=r.fresh_for,
            )
            for r in self.newsroom.rules
        )

    @property
    def plans(self) -> dict[str, Plan]:
        """When each channel may speak."""
        return {table.name: plan_of(table.name, self.newsroom, live=table.live) for table in self.channel_tables}

    @property
    def style(self) -> Style:
        """The house style as the formatters take it."""
        s = self.style_file
        return Style(
            digits=s.digits,
            quotes=s.quotes,
            months=s.months,
            link=s.link,
            numbering=s.numbering,
            max_segments=s.max_segments,
            more=s.more,
            correction=s.correction,
            read_on_site=s.read_on_site,
            furniture=tuple(s.furniture),
            newsroom=self.newsroom.name,
            language=self.newsroom.language,
            tag_place=s.hashtags.place,
            tags=self.glossary.tags(),
            hashtags={"x": s.hashtags.x, "telegram": s.hashtags.telegram, "email": s.hashtags.email},
        )

    @property
    def template_folders(self) -> list[Path]:
        """Where templates are looked for, one by one: an editor may change a single file."""
        found = [self.root / "templates", Path("templates"), PACKAGED / "templates"]
        return [folder for folder in dict.fromkeys(found) if folder.is_dir()]

    def shown(self) -> dict[str, Any]:
        """Every setting in force, secrets aside, for `nashir config show`."""
        channels = [plain(table) for table in self.channel_tables]
        return {
            "newsroom": plain(self.newsroom),
            "channels": channels,
            "style": plain(self.style_file),
            "glossary": plain(self.glossary),
            "newsletters": plain(self.newsletters),
        }


def as_channel(table: ChannelTable) -> Channel:
    """The part of a channel's table that is no adapter's business."""
    account = table.to if isinstance(table, EmailTable) else getattr(table, "account", "")
    return Channel(
        name=table.name,
        service=table.service,
        live=table.live,
        account=account,
        mode=getattr(table, "mode", ""),
        card=getattr(table, "card", "picture"),
        utm=tuple(sorted(table.utm.items())),
        approval=table.approval,
    )


def find_folder(environ: Mapping[str, str]) -> Path:
    """The config folder in force; raises ConfigError."""
    if named := environ.get("NASHIR_CONFIG"):
        if not Path(named).is_dir():
            raise ConfigError(
                f"NASHIR_CONFIG names {named}, which is no folder; point it at a config/ folder.",
                f"NASHIR_CONFIG يشير إلى {named} وليس مجلدا؛ وجّهه إلى مجلد config/.",
            )
        return Path(named)
    here = Path("config")
    names = {name.lower() for name in os.listdir(here)} if here.is_dir() else set()
    return here if names & {"newsroom.toml", "channels.toml", "style.toml"} else PACKAGED / "config"


def load(environ: Mapping[str, str], folder: Path | None = None) -> Config:
    """Read everything; raises ConfigError with the first thing that is wrong."""
    folder = folder or find_folder(environ)
    env_file = (Path() if folder == PACKAGED / "config" else folder.resolve().parent) / ".env"
    secrets = Secrets(env_file, environ)
    newsroom = _newsroom(folder / "newsroom.toml")
    channels = _channels(folder / "channels.toml", secrets)
    style_doc, style_text = read_toml(folder / "style.toml")
    style = validate(StyleFile, style_doc, folder / "style.toml", style_text)
    glossary_path = folder / "glossary.toml"  # may be missing: it came later than the others
    glossary_doc, glossary_text = read_toml(glossary_path) if glossary_path.exists() else ({}, "")
    glossary = validate(GlossaryFile, glossary_doc, glossary_path, glossary_text)
    secrets.guard((newsroom.alerts.token_env, newsroom.alerts.webhook_env, newsroom.desk.token_env))
    cross_check(folder / "newsroom.toml", newsroom, [c.name for c in channels])
    return Config(
        folder=folder,
        newsroom=newsroom,
        channel_tables=channels,
        style_file=style,
        glossary=glossary,
        newsletters=read_newsletters(folder / "newsletters.toml", newsroom.public_url, secrets),
        secrets=secrets,
        database_url=_database_url(secrets),
        var=Path("var"),
    )


def _newsroom(path: Path) -> NewsroomFile:
    doc, text = read_toml(path)
    tables = list_of_tables(doc, "sources", path, text)
    sources = [chosen(KINDS, "kind", table, path, text, ("sources", i)) for i, table in enumerate(tables)]
    no_twins(path, text, "sources", [source.name for source in sources])
    for index, source in enumerate(sources):
        if source.name in OWN_NAMES:
            at = ("sources", index, "name")
            raise wrong(path, text, at, "this name is nashir's own; take another.", "هذا الاسم محجوز؛ اختر غيره.")
    rest = validate(NewsroomFile, doc | {"sources": []}, path, text)
    return rest.model_copy(update={"sources": sources})


def _channels(path: Path, secrets: Secrets) -> tuple[ChannelTable, ...]:
    doc, text = read_toml(path)
    for key in doc:
        if key != "channels":
            en, ar = nearest(key, ["channels"])
            raise wrong(path, text, (key,), f"unknown key; {en}", f"مفتاح غير معروف؛ {ar}")
    tables = list_of_tables(doc, "channels", path, text)
    channels = [chosen(SERVICES, "service", table, path, text, ("channels", i)) for i, table in enumerate(tables)]
    no_twins(path, text, "channels", [channel.name for channel in channels])
    for channel in channels:
        secrets.guard(channel_secrets(channel).values())
    secrets.guard(("METRICS_TOKEN", "NASHIR_SECRET_KEY"))
    return tuple(channels)


__all__ = ["PACKAGED", "Config", "Secrets", "SourceTable", "Table", "always_quiet", "find_folder", "load"]


def _database_url(secrets: Secrets) -> str:
    url = secrets.get("DATABASE_URL") or "sqlite:///var/nashir.db"
    if re.fullmatch(r"sqlite(\+\w+)?:(/{0,3})(:memory:)?(\?.*)?", url):
        raise ConfigError(
            "DATABASE_URL names no file: what is in memory only is lost. Write sqlite:///var/nashir.db.",
            "ليس في DATABASE_URL اسم ملف، وما في الذاكرة وحدها يضيع. اكتب sqlite:///var/nashir.db.",
        )
    return url
