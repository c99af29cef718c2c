"""The house style: how a newsroom writes, counts and tags."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.post import Service

Digits = Literal["keep", "western", "arabic-indic"]
Quotes = Literal["keep", "guillemets", "curly"]
Months = Literal["keep", "maghreb", "mashriq"]
LinkPlace = Literal["first", "last", "none"]
Numbering = Literal["none", "western", "arabic-indic"]
TagPlace = Literal["end", "inline"]


@dataclass(frozen=True, kw_only=True)
class HouseTags:
    """How a newsroom spells its hashtags, as config/glossary.toml sets it; words as they are written there."""

    aliases: Mapping[str, str] = field(default_factory=dict)  # any spelling -> the tag
    banned: tuple[str, ...] = ()
    always: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "" for every article, else by section
    places: tuple[str, ...] = ()  # beside those that are known


@dataclass(frozen=True, kw_only=True)
class Style:
    """One newsroom's style, as config/style.toml sets it."""

    digits: Digits = "western"
    quotes: Quotes = "keep"
    months: Months = "keep"
    link: LinkPlace = "first"  # where a thread on X carries its link; a link has a price there
    numbering: Numbering = "none"  # of the segments of a thread
    max_segments: int = 5
    more: str = "التفاصيل"  # the words of the link under a Telegram post
    correction: str = "تصحيح"  # the word before the title of a correction
    read_on_site: str = "اقرأ على الموقع"  # the button of an e-mail
    hashtags: dict[Service, int] = field(default_factory=lambda: {"x": 2, "telegram": 4, "email": 0})
    tag_place: TagPlace = "end"  # inline: in the running text where the words stand already
    tags: HouseTags = HouseTags()
    furniture: tuple[str, ...] = ()  # further lines of a page that are no text of the article
    newsroom: str = ""
    language: str = "ar"
