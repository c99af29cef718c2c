"""What a feed gave: items as they were written there, before they become articles."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from bot.domain.say import Say


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


def fault(url: str, number: int, error: Exception) -> Say:
    return Say(
        f"{url}: item {number} cannot be read ({type(error).__name__}: {str(error)[:100]}).",
        f"{url}: العنصر {number} تعذرت قراءته.",
    )
