"""config/ and the environment, read once into validated settings.

Order of search for the folder: NASHIR_CONFIG, ./config, the packaged one. Paths in it are relative to the folder that
holds it; `var/` is made in the current folder.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

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
from bot.domain.article import BY_HAND
from bot.domain.channel import Channel
from bot.domain.errors import ConfigError
from bot.domain.schedule import Plan, Rule, always_quiet
from bot.domain.style import Style

T = TypeVar("T", bound=Table)

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
    secrets.guard((newsroom.alerts.token_env, newsroom.alerts.webhook_env))
    _cross_check(folder / "newsroom.toml", newsroom, [c.name for c in channels])
    return Config(
        folder=folder,
        newsroom=newsroom,
        channel_tables=channels,
        style_file=style,
        glossary=glossary,
        secrets=secrets,
        database_url=secrets.get("DATABASE_URL") or "sqlite:///var/nashir.db",
        var=Path("var"),
    )


def check_ready(config: Config) -> None:
    """The database may stay where it is, and every live channel has what it needs; raises ConfigError for the first."""
    if config.secrets.get("DYNO") and config.database_url.startswith("sqlite"):
        raise ConfigError(
            "This host wipes its disk at each restart, and a lost ledger means the day is published again: "
            "set DATABASE_URL to a PostgreSQL database.",
            "هذا المضيف يمحو قرصه عند كل تشغيل، وضياع السجل يعني نشر اليوم كله من جديد: "
            "اضبط DATABASE_URL على قاعدة PostgreSQL.",
        )
    path = config.folder / "channels.toml"
    text = read_toml(path)[1]
    for index, table in enumerate(config.channel_tables):
        if not table.live:
            continue
        at = ("channels", index)
        for key, name in channel_secrets(table).items():
            if not config.secrets.get(name):
                raise wrong(
                    path,
                    text,
                    (*at, key),
                    f"channel {table.name} is live, but the variable {name} is not set; put it into "
                    f"{config.secrets.file} or the environment, or set live = false.",
                    f"القناة {table.name} مفعّلة لكن المتغير {name} غير مضبوط؛ ضعه في {config.secrets.file} "
                    "أو في البيئة، أو اكتب live = false.",
                )
        needed = ("from", "to", "host") if isinstance(table, EmailTable) else ("account",)
        for key in needed:
            if not getattr(table, "sender" if key == "from" else key):
                raise wrong(
                    path,
                    text,
                    (*at, key),
                    f"channel {table.name} is live and needs `{key}`.",
                    f"القناة {table.name} مفعّلة وتحتاج إلى المفتاح `{key}`.",
                )


def _newsroom(path: Path) -> NewsroomFile:
    doc, text = read_toml(path)
    tables = _list_of_tables(doc, "sources", path, text)
    sources = [_chosen(KINDS, "kind", table, path, text, ("sources", i)) for i, table in enumerate(tables)]
    _no_twins(path, text, "sources", [source.name for source in sources])
    for index, source in enumerate(sources):
        if source.name == BY_HAND:
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
    tables = _list_of_tables(doc, "channels", path, text)
    channels = [_chosen(SERVICES, "service", table, path, text, ("channels", i)) for i, table in enumerate(tables)]
    _no_twins(path, text, "channels", [channel.name for channel in channels])
    for channel in channels:
        secrets.guard(channel_secrets(channel).values())
    secrets.guard(("METRICS_TOKEN", "NASHIR_SECRET_KEY"))
    return tuple(channels)


def _list_of_tables(doc: dict[str, Any], key: str, path: Path, text: str) -> list[dict[str, Any]]:
    tables = doc.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise wrong(
            path,
            text,
            (key,),
            f"write each as a table of its own, under [[{key}]].",
            f"اكتب كلا منها في جدول مستقل تحت [[{key}]].",
        )
    return tables


def _chosen(
    models: dict[str, type[T]], key: str, table: dict[str, Any], path: Path, text: str, at: tuple[str, int]
) -> T:
    """A table validated by the model that one of its keys chooses."""
    kind = table.get(key)
    if kind not in models:
        listed = ", ".join(models)
        if kind is None:
            en, ar = f"this key is missing; it is one of {listed}.", f"هذا المفتاح ناقص؛ وهو واحد من {listed}."
        else:
            near, near_ar = nearest(str(kind), list(models))
            en, ar = f"`{kind}` is none of them; {near}", f"لا يوجد `{kind}`؛ {near_ar}"
        raise wrong(path, text, (*at, key), en, ar)
    return validate(models[str(kind)], table, path, text, at)


def _no_twins(path: Path, text: str, key: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise wrong(
                path,
                text,
                (key, index, "name"),
                f"the name {name} is used twice; names must differ.",
                f"الاسم {name} مستعمل مرتين؛ لا بد من أسماء مختلفة.",
            )


def _cross_check(path: Path, newsroom: NewsroomFile, channels: list[str]) -> None:
    """Rules and slots name only sources and channels that exist, and leave each channel a minute of the week."""
    text = read_toml(path)[1]
    sources = [source.name for source in newsroom.sources]
    for kind, tables in (("rules", newsroom.rules), ("slots", newsroom.slots)):
        for index, table in enumerate(tables):
            for key, known in (("sources", sources), ("channels", channels)):
                for name in getattr(table, key, []):
                    if name not in known:
                        en, ar = nearest(name, known)
                        raise wrong(
                            path,
                            text,
                            (kind, index, key),
                            f"nothing is called `{name}`; {en}",
                            f"لا شيء اسمه `{name}`؛ {ar}",
                        )
    for channel in channels:
        if always_quiet(plan_of(channel, newsroom, live=False).quiet):
            index = next(i for i in reversed(range(len(newsroom.slots))) if newsroom.slots[i].quiet)
            raise wrong(
                path,
                text,
                ("slots", index, "quiet"),
                f"the quiet hours of channel {channel} leave no minute of the week; nothing would ever go out.",
                f"ساعات صمت القناة {channel} تغطي الأسبوع كله؛ فلن يخرج شيء أبدا.",
            )


__all__ = ["PACKAGED", "Config", "Secrets", "SourceTable", "check_ready", "find_folder", "load"]
