"""Sighting (مشاهدة): one item that a source showed, and the article that it turned out to be."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.article import Article
from bot.domain.say import Say


class Kind(StrEnum):
    """How an item was known to be this article."""

    FIRST = "first"  # the article's own first item
    URL = "url"  # the same address under another guid
    TEXT = "text"  # the same words elsewhere
    EDIT = "edit"  # nearly the same words elsewhere
    NUMBERS = "numbers"  # nearly the same words elsewhere, with other numbers: an editor should look


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One (source, guid) and what it is."""

    source: str
    guid: str
    article_id: str
    url: str
    digest: str  # of the item as the source gave it
    kind: Kind
    note: Say | None  # why it is this article, in words an editor reads
    first_seen: datetime
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Known:
    """An article that an item is compared with."""

    article: Article
    first_seen: datetime


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an item is."""

    kind: Kind
    article_id: str | None = None  # None: a new article
    new_version: bool = False
    note: Say | None = None
