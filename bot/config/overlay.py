"""What is set at the desk, laid over config/: the rules, the slots and the glossary, each as a whole."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.config import Config
from bot.config.reading import validate
from bot.config.schema import GlossaryFile, NewsroomFile, RuleTable, SlotTable, Table, plain
from bot.config.tables import cross_check
from bot.domain.errors import ConfigError
from bot.domain.say import Say

TABLES: dict[str, type[Table]] = {"rules": RuleTable, "slots": SlotTable}
KEYS = (*TABLES, "glossary")
NAMES = {  # as a fault names them
    "rules": Say("rule", "القاعدة"),
    "slots": Say("times", "جدول المواعيد"),
    "glossary": Say("glossary", "المسرد"),
}
MOST = 200  # tables, and entries of a list
_PLACE = Path("desk")
_WHERE = re.compile(r"^desk:\d+: ")


def laid_over(config: Config, key: str, value: Any) -> Config:
    """The settings with this one in the place of what config/ says; raises ConfigError."""
    if key == "glossary":
        return replace(config, glossary=_told(key, 0, lambda: validate(GlossaryFile, value, _PLACE, "")))
    if key not in TABLES:
        return config
    if not isinstance(value, list) or len(value) > MOST:
        raise ConfigError(f"{key} is a list of up to {MOST} tables.", f"{key} قائمة من {MOST} جدول على الأكثر.")
    model = TABLES[key]
    tables = [
        _told(key, n, lambda table=table: validate(model, table, _PLACE, ""))  # type: ignore[misc]  # a bound default
        for n, table in enumerate(value, 1)
    ]
    newsroom = config.newsroom.model_copy(update={key: tables})
    _told(key, 0, lambda: cross_check(_PLACE, newsroom, [table.name for table in config.channel_tables], text=""))
    return replace(config, newsroom=newsroom)


def as_set(config: Config, key: str) -> Any:
    """The value of a key as a file would hold it, with what is given there only."""
    if key == "glossary":
        return _given(config.glossary)
    tables: list[Table] = getattr(config.newsroom, key)
    return [_given(table) for table in tables]


def _given(table: Table | NewsroomFile) -> dict[str, Any]:
    return {key: value for key, value in plain(table).items() if key in table.model_fields_set}


def _told(key: str, number: int, check: Callable[[], Any]) -> Any:
    """What is wrong, by the name that the desk gives to the place; raises ConfigError."""
    try:
        return check()
    except ConfigError as error:
        name, which = NAMES[key], f" {number}" if number else ""
        en, ar = (_WHERE.sub("", text) for text in (error.say.en, error.say.ar))
        raise ConfigError(f"{name.en}{which}: {en}", f"{name.ar}{which}: {ar}") from None
