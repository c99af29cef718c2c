"""What a source could not take of what it read: kept in its cursor until it is mended or gone."""

from collections.abc import Mapping
from typing import Any

from bot.domain.say import Say

KEY = "skipped"


def kept(faults: Mapping[str, Say]) -> dict[str, dict[str, list[str]]]:
    """The part of a cursor that remembers these faults by name; nothing where there are none."""
    return {KEY: {name: [say.en, say.ar] for name, say in faults.items()}} if faults else {}


def skipped(cursor: Mapping[str, Any]) -> dict[str, Say]:
    """What the last reading left out, by name, each with its reason."""
    return {name: Say(en, ar) for name, (en, ar) in cursor.get(KEY, {}).items()}
