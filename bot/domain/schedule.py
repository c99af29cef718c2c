"""Rule, Plan, Pick and Refusal: when a channel may speak, and what it says next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.article import Article
from bot.domain.say import Say

EVERY_DAY = frozenset(range(7))  # as date.weekday(): Monday is 0


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Articles of these sources and sections, with one of these keywords, go to these channels; empty means any."""

    name: str = ""
    sources: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()  # words or phrases
    exclude: tuple[str, ...] = ()  # an article with one of these is not this rule's
    fresh_for: timedelta | None = None  # in the place of the channel's


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A time of some days at which a channel may speak, on the newsroom's clock."""

    at: time
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """A time of some days at which a channel is silent; past midnight where it ends before it starts."""

    start: time
    end: time
    days: frozenset[int] = EVERY_DAY  # on which it starts

    def holds(self, local: datetime) -> date | None:
        """The day on which a silence began that holds at this wall time, or None."""
        clock, today = local.time(), local.date()
        over_midnight = self.end <= self.start
        if self.start <= clock and (over_midnight or clock < self.end) and today.weekday() in self.days:
            return today
        yesterday = today - timedelta(days=1)
        return yesterday if over_midnight and clock < self.end and yesterday.weekday() in self.days else None


def always_quiet(silences: Sequence[Quiet]) -> bool:
    """Whether these silences leave no minute of the week: then at the end of each another one holds."""
    monday = datetime(2024, 1, 1)  # noqa: DTZ001 - a wall clock of any week

    def end_of(quiet: Quiet, day: int) -> datetime:
        return datetime.combine(monday + timedelta(days=day + (quiet.end <= quiet.start)), quiet.end)

    ends = [end_of(quiet, day) for quiet in silences for day in quiet.days]
    return bool(ends) and all(any(quiet.holds(end) is not None for quiet in silences) for end in ends)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When one channel may speak."""

    channel: str
    slots: tuple[Slot, ...] = ()  # empty: at any time
    spacing: timedelta = timedelta(0)  # least time between two posts
    max_per_hour: int = 0  # in any sixty minutes; 0: no limit
    quiet: tuple[Quiet, ...] = ()
    quiet_breaking: bool = False  # breaking news is silent then, too
    fresh_for: timedelta = timedelta(hours=12)  # an article older than this is not published
    breaking_fresh_for: timedelta = timedelta(hours=2)
    balance: bool = False  # of waiting articles that of the section with the fewest posts of a day goes first
    not_from: frozenset[str] = frozenset()  # sources of which nothing goes here by itself
    breaking: tuple[str, ...] = ("عاجل",)  # a tag, section or first word of a title that makes an article urgent


@dataclass(frozen=True, kw_only=True)
class Contact:
    """The first meeting of a source and a channel: what was there before it stays unpublished, save the backfill."""

    source: str
    channel: str
    live: bool
    since: datetime
    admitted: frozenset[str] = frozenset()  # ids of older articles that the backfill lets through


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a source stands."""

    name: str
    read_at: datetime | None = None  # the last good fetch
    next_at: datetime | None = None
    failures: int = 0  # since then
    reason: Say | None = None  # why the last fetch failed
    paused: Say | None = None  # who does not want it read


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An article that has no delivery on the channel yet."""

    article: Article
    first_seen: datetime
    elsewhere: tuple[tuple[str, datetime], ...] = ()  # other sources that showed it too, and when first

    @property
    def shown_by(self) -> list[tuple[str, datetime]]:
        """The sources that showed it, and when first, in that order; its own is the first."""
        return [(self.article.source, self.first_seen), *self.elsewhere]

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
    urgent: bool = False


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
