"""Lists of tables in a file of config/: each of its kind, none twice, and all that they name is there."""

from pathlib import Path
from typing import Any, TypeVar

from bot.config.plans import plan_of
from bot.config.reading import nearest, read_toml, validate, wrong
from bot.config.schema import NewsroomFile, Table
from bot.domain.schedule import always_quiet

T = TypeVar("T", bound=Table)


def list_of_tables(doc: dict[str, Any], key: str, path: Path, text: str) -> list[dict[str, Any]]:
    """The tables of one kind; raises ConfigError."""
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


def chosen(
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


def no_twins(path: Path, text: str, key: str, names: list[str]) -> None:
    """Names that differ; raises ConfigError."""
    for index, name in enumerate(names):
        if name in names[:index]:
            raise wrong(
                path,
                text,
                (key, index, "name"),
                f"the name {name} is used twice; names must differ.",
                f"الاسم {name} مستعمل مرتين؛ لا بد من أسماء مختلفة.",
            )


def cross_check(path: Path, newsroom: NewsroomFile, channels: list[str], *, text: str | None = None) -> None:
    """Rules and slots name only sources and channels that exist, and leave each channel a minute of the week."""
    text = read_toml(path)[1] if text is None else text
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
    if newsroom.desk.mode == "webhook" and not newsroom.public_url.startswith("https:"):
        raise wrong(
            path,
            text,
            ("desk", "mode"),
            'Telegram can call back only an https address: set it as `public_url`, or write mode = "polling".',
            'لا يتصل تلغرام إلا بعنوان https: اضبطه في `public_url` أو اكتب mode = "polling".',
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
