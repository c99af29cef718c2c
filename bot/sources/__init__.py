"""Sources: where articles come from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.ports import Source
from bot.sources.feed import FeedSource
from bot.sources.folder import FolderSource


def _folder(table: Any, root: Path, zone: ZoneInfo) -> Source:
    return FolderSource(
        name=table.name,
        path=root / table.path,
        poll=table.poll,
        backfill=table.backfill,
        section=table.section,
        first_seen_dates=table.dated == "first-seen",
        zone=zone,
    )


def _feed(table: Any, _root: Path, _zone: ZoneInfo) -> Source:
    return FeedSource(
        name=table.name,
        url=table.url,
        poll=table.poll,
        backfill=table.backfill,
        section=table.section,
        timeout=table.timeout,
        allow_private=table.allow_private,
        full_text=table.full_text,
    )


SOURCES: dict[str, Callable[[Any, Path, ZoneInfo], Source]] = {"folder": _folder, "feed": _feed}
