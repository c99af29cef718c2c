"""What a feed gave: items as they were written there, before they become articles."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from bot.domain.errors import SourceError
from bot.domain.say import Say
from bot.text.links import shown

log = logging.getLogger(__name__)

MOST_ITEMS = 20_000  # of one feed
MOST_FAULTS = 20  # of one feed, in words


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item as the feed gave it; `html` and `title` may hold markup."""

    guid: str = ""
    url: str = ""
    title: str = ""
    html: str = ""
    is_full: bool = False  # the feed itself says that this is the whole text, no summary
    tags: tuple[str, ...] = ()
    section: str = ""
    author: str = ""
    image: str = ""
    published_at: datetime | None = None
    embargoed_until: datetime | None = None
    urgent: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, kw_only=True)
class Document:
    """A feed that was read."""

    items: tuple[Item, ...]
    faults: tuple[Say, ...] = ()
    hub: str = ""  # where WebSub notifications can be asked for
    topic: str = ""  # the feed's own address, as the hub knows it


def moment(value: Any) -> datetime | None:
    """A date of any of these formats, aware and in UTC; None where it is none."""
    if isinstance(value, str) and value:
        for read in (datetime.fromisoformat, parsedate_to_datetime):  # ISO 8601, RFC 5322
            try:
                value = read(value)
                break
            except ValueError:
                continue
    if not isinstance(value, datetime):
        return None
    try:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def link(links: Any, rel: str, base: str) -> str:
    for each in links:
        if isinstance(each, Mapping) and each.get("rel") == rel and each.get("href"):
            return urljoin(base, str(each["href"]))
    return ""


class Faults:
    """What of a document could not be read: the first items in words, the others by their count."""

    def __init__(self, url: str) -> None:
        self._where = shown(url)
        self._said: list[Say] = []
        self._more = 0

    def add(self, number: int, error: Exception) -> None:
        """Note that an item could not be read."""
        log.info("%s: item %d: %s: %s", self._where, number, type(error).__name__, str(error)[:200])
        if len(self._said) >= MOST_FAULTS:
            self._more += 1
            return
        why = error.say if isinstance(error, SourceError) else Say("its form is not known", "صيغته غير معروفة")
        self._said.append(
            Say(
                f"{self._where}: item {number} cannot be read: {why.en}.",
                f"{self._where}: العنصر {number} تعذرت قراءته: {why.ar}.",
            )
        )

    def said(self) -> tuple[Say, ...]:
        """All of it, for people."""
        if not self._more:
            return tuple(self._said)
        more = f"{self._where}: {self._more} more items cannot be read."
        return (*self._said, Say(more, f"{self._where}: وتعذرت قراءة عناصر أخرى عددها {self._more}."))
