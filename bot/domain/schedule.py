"""Rule, Plan, Pick and Refusal: when a channel may speak, and what it says next."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.domain.article import Article
from bot.domain.say import Say


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Articles of these sources and sections go to these channels; an empty tuple means any."""

    name: str = ""
    sources: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When one channel may speak."""

    channel: str
    slots: tuple[time, ...] = ()  # local times; empty: at any time
    spacing: timedelta = timedelta(0)  # least time between two posts
    fresh_for: timedelta = timedelta(hours=12)  # an article older than this is not published


@dataclass(frozen=True, kw_only=True)
class Contact:
    """The first meeting of a source and a channel: what was there before it stays unpublished, save the backfill."""

    source: str
    channel: str
    live: bool
    since: datetime
    admitted: frozenset[str] = frozenset()  # ids of older articles that the backfill lets through


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An article that has no delivery on the channel yet."""

    article: Article
    first_seen: datetime

    @property
    def dated(self) -> datetime:
        """When it was published; when it was first seen, where the source gives no date."""
        return self.article.published_at or self.first_seen


@dataclass(frozen=True, kw_only=True)
class Pick:
    """Article, channel and time, with the reason."""

    article: Article
    channel: str
    due_at: datetime
    expires_at: datetime
    slot: str | None
    reason: Say


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why an article does not go to a channel."""

    article: Article
    channel: str
    reason: Say


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A pick or a refusal as it was written down."""

    article_id: str
    channel: str
    picked: bool
    reason: Say
    at: datetime
