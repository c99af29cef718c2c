"""What the pipeline asks of the world: small protocols, each with its contract."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.delivery import Delivery, Draft, State
from bot.domain.post import Post
from bot.domain.say import Say
from bot.domain.schedule import Candidate, Contact, Decision, Standing
from bot.domain.sighting import Known, Sighting
from bot.domain.subscription import Subscription

Cursor = dict[str, Any]  # JSON that a source keeps from one fetch to the next
Now = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one fetch brought."""

    articles: tuple[Article, ...]
    cursor: Cursor
    unchanged: bool = False  # the source said that nothing is new
    again_in: timedelta | None = None  # something is arriving: look again after this, sooner than the poll
    faults: tuple[Say, ...] = ()  # items that could not be read; their neighbours are in `articles`
    partial: frozenset[str] = frozenset()  # guids of those whose text is a summary; the page has the whole


class Source(Protocol):
    """Where articles come from."""

    name: str
    poll: timedelta
    backfill: str | int | timedelta  # "none", a count, or an age

    def fetch(self, cursor: Cursor, now: datetime) -> Batch:
        """Read what is there now; raises SourceError. An item that is broken costs none of the others."""


class Formatter(Protocol):
    """Turns an article into the post of one service; pure."""

    def __call__(self, article: Article, channel: Channel) -> Post:
        """The post, every segment within its limit; raises FormatError."""


class Completing(Protocol):
    """A source that can find the whole text of an article that it gave a summary of."""

    def complete(self, article: Article) -> Article:
        """The article with its whole text; raises SourceError."""


class Shelf(Protocol):
    """The articles under the lock of whoever adds to them: what is looked up stays true until it is written."""

    def sighting(self, source: str, guid: str) -> Sighting | None:
        """What the source showed under this guid before."""

    def of_url(self, url: str) -> Known | None:
        """The oldest article of that address, tracking aside."""

    def of_text(self, title: str, body: str) -> Known | None:
        """The newest article of the same folded words."""

    def near(self, title: str, body: str, since: datetime) -> list[Known]:
        """Articles first seen after `since` that may share half of their trigrams with the text."""

    def get(self, article_id: str) -> Known | None:
        """One article."""

    def add(self, article: Article, now: datetime) -> None:
        """A new article, its version 1."""

    def change(self, article: Article, now: datetime) -> int:
        """Another version of a known article; its number, or the old one where nothing of it changed."""

    def sight(self, sighting: Sighting) -> None:
        """Keep what a source showed, in the place of what it showed under that guid before."""


class Articles(Protocol):
    """The articles that are known."""

    def shelf(self) -> AbstractContextManager[Shelf]:
        """One transaction that adds articles, alone among all processes."""

    def digests(self, source: str, guids: Sequence[str]) -> dict[str, str]:
        """What the source showed under these guids before, as digests."""

    def get(self, article_id: str) -> Article | None:
        """The newest version, or None."""

    def of_guid(self, guid: str) -> Article | None:
        """The newest article with that guid, or None."""

    def find(self, url: str) -> Article | None:
        """The article of that address, tracking aside, or None."""

    def candidates(self, channel: str, preview: bool, since: datetime, contacts: Sequence[Contact]) -> list[Candidate]:
        """Articles without a delivery on the channel that came after its contacts, or were admitted at them.

        Only those dated after `since`, or undecided; oldest first.
        """

    def candidate(self, article_id: str) -> Candidate | None:
        """One article with when it was first seen."""

    def of_source(self, source: str) -> list[Candidate]:
        """All articles of one source, newest first."""

    def seen_since(self, moment: datetime) -> list[Candidate]:
        """Articles that were first seen after a moment, oldest first."""

    def sightings(self, article_id: str) -> list[Sighting]:
        """Every item that was known to be this article, oldest first."""

    def newest_at(self) -> datetime | None:
        """When the newest article or version was seen."""


class Sources(Protocol):
    """How each source stands."""

    def due(self, names: Sequence[str], now: datetime) -> list[str]:
        """Those whose next fetch has come and that are not paused, never fetched ones among them."""

    def paused(self, name: str) -> bool:
        """Whether somebody has paused it."""

    def pause(self, name: str, why: Say, now: datetime) -> bool:
        """It is left alone from now on; False where it was already."""

    def resume(self, name: str, now: datetime) -> bool:
        """It is read again, at once; False where it was not paused."""

    def cursor(self, name: str) -> Cursor:
        """What the last good fetch left, or an empty one."""

    def fetched(self, name: str, cursor: Cursor, next_at: datetime, now: datetime, *, whole: bool = True) -> None:
        """Note a good fetch; `whole`: nothing was still arriving. Until a first whole one, or a minute, none counts."""

    def broken(self, name: str, reason: Say, next_at: datetime) -> None:
        """Note a failed fetch; the cursor stays."""

    def failures(self, name: str) -> int:
        """Failed fetches since the last good one."""

    def standing(self, names: Sequence[str]) -> list[Standing]:
        """How each of these sources stands, in their order."""

    def backfills(self, name: str) -> bool:
        """Whether the backfill's setting holds for the next first contact; not after a restoration."""

    def read_once(self, name: str) -> bool:
        """Whether a fetch has ever succeeded."""

    def contacts(self) -> list[Contact]:
        """Every pair of source and channel that has met."""

    def meet(self, contact: Contact) -> None:
        """Write a pair's contact, in the place of an earlier one."""


class Subscriptions(Protocol):
    """Subscriptions at hubs, one for each source."""

    def get(self, source: str) -> Subscription | None:
        """The subscription of a source, or None."""

    def put(self, subscription: Subscription) -> None:
        """Keep it in the place of an earlier one of its source."""


class Outbox(Protocol):
    """The outbox as composing and editors see it."""

    def add(self, draft: Draft, now: datetime, *, clock: int | None = None) -> int | None:
        """Keep a new delivery, or None where (channel, subject, occasion, preview) is there already.

        With the token of the `clock`, raises LeaseLost where another has it by now.
        """

    def rewrite(
        self,
        delivery_id: int,
        allowed: Sequence[State],
        draft: Draft,
        now: datetime,
        note: Say | None = None,
        *,
        clock: int | None = None,
    ) -> bool:
        """Put another draft in the place of one of which nothing can be out; False where something can.

        With the token of the `clock`, raises LeaseLost where another has it by now.
        """

    def outdated(self) -> list[Delivery]:
        """What waits, nothing of it begun, although its article has a newer version."""

    def get(self, delivery_id: int) -> Delivery | None:
        """One delivery with its segments, or None."""

    def listing(self, states: Sequence[State], limit: int) -> list[Delivery]:
        """Deliveries in these states (all where none is named): first those that need a person, then what waits, by
        urgency and time; then the others, newest first.
        """

    def count(self, states: Sequence[State]) -> int:
        """How many deliveries are in these states, all where none is named."""

    def of_article(self, article_id: str, channel: str, preview: bool) -> list[Delivery]:
        """Every delivery of one article on one channel, oldest first."""

    def sections(self, channel: str, preview: bool, since: datetime) -> dict[str, int]:
        """How many posts of each section were or will be due, cancelled and expired ones aside."""

    def cancel_withdrawn(self, note: Say, now: datetime) -> list[int]:
        """Cancel what waits of articles that their source has taken back; return the ids."""

    def due_times(self, channel: str, preview: bool, since: datetime) -> list[datetime]:
        """When posts of the channel were or will be due, cancelled and expired ones aside."""

    def slots_taken(self, channel: str, preview: bool, since: datetime) -> set[str]:
        """Slots of the channel that have a delivery, cancelled ones aside."""

    def expire(self, now: datetime, note: Say) -> list[int]:
        """Mark as expired what was not begun in time; return the ids."""

    def change(
        self,
        delivery_id: int,
        allowed: Sequence[State],
        to: State,
        note: Say | None,
        now: datetime,
        due_at: datetime | None = None,
        forget_unsure: bool = False,
    ) -> bool:
        """An editor's act: move a delivery from one of the allowed states; False where it stands in another.

        `due_at` makes it leave then, and takes its expiry off. `forget_unsure` makes begun segments waiting again, on
        the editor's word that they are not out.
        """

    def decided(self, news: Sequence[Decision]) -> None:
        """Keep the newest reason for each article and channel."""

    def decisions_of(self, article_ids: Sequence[str]) -> list[Decision]:
        """The newest reason for each of these articles and each channel."""

    def decisions(self, article_id: str) -> list[Decision]:
        """The newest reason for each channel."""


class Editions(Protocol):
    """Changes of what waits that know which edition they change."""

    def keep(self, ids: Sequence[int]) -> None:
        """Nobody else changes these until the transaction around ends; whoever changes several keeps them all first."""

    def release(
        self,
        delivery_id: int,
        by: str,
        note: Say | None,
        now: datetime,
        due_at: datetime | None = None,
        edition: int | None = None,
    ) -> bool:
        """held (with `due_at` also queued) -> queued; `due_at` makes it leave then, whatever its time was.

        False where it stands in another state, or in another edition than the one that was seen.
        """

    def schedule(
        self, delivery_id: int, edition: int, at: datetime, slot: str | None, note: Say, now: datetime
    ) -> bool:
        """Another time; False where it is gone or was changed meanwhile."""

    def urgent(self, delivery_id: int, edition: int, on: bool, now: datetime) -> bool:
        """Whether it goes as breaking news."""

    def rewrite(
        self, delivery_id: int, edition: int, post: Post, title: str, by: str, now: datetime, held: Say | None
    ) -> bool:
        """A text by hand in the place of what waits, `held` with a reason; False where it is gone or changed."""

    def end_short(self, delivery_id: int, note: Say, now: datetime) -> bool:
        """failed -> sent where a part of it is out and an editor leaves it at that."""
