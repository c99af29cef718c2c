"""What a source could not take of what it read: kept in its cursor until it is mended or gone."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.say import Say

KEY = "skipped"
MOST_TOLD = 10  # files or items of one source, in one report


def kept(faults: Mapping[str, Say]) -> dict[str, dict[str, list[str]]]:
    """The part of a cursor that remembers these faults by name; nothing where there are none."""
    return {KEY: {name: [say.en, say.ar] for name, say in faults.items()}} if faults else {}


def skipped(cursor: Mapping[str, Any]) -> dict[str, Say]:
    """What the last reading left out, by name, each with its reason."""
    return {name: Say(en, ar) for name, (en, ar) in cursor.get(KEY, {}).items()}


def told(says: Iterable[Say]) -> list[Say]:
    """The first of what was left out, and how many more there are."""
    some = list(says)
    more = len(some) - MOST_TOLD
    if more <= 0:
        return some
    rest = Say(
        f"{more} more could not be read; see `nashir sources list --json`.",
        f"وغيرها {more} تعذرت قراءتها؛ انظر `nashir sources list --json`.",
    )
    return [*some[:MOST_TOLD], rest]
