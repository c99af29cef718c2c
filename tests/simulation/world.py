"""One seeded world: time, a newsroom in memory, services that keep what they accept, processes that die and freeze."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.domain.article import Article
from bot.domain.channel import Account, Channel, Receipt
from bot.domain.delivery import Delivery
from bot.domain.errors import CannotTell, ChannelDown, Rejected, RetryLater, SourceError, ThreadEnds, Unsure
from bot.domain.lane import Doubt, Hold
from bot.domain.limits import Limit, Use
from bot.domain.ports import Batch, Cursor
from bot.domain.post import Post, Segment
from bot.domain.schedule import Plan, Rule
from bot.pipeline.dispatch import Dispatcher
from bot.pipeline.ingest import ingest
from bot.pipeline.mend import Mender
from bot.pipeline.tick import Tick
from bot.store.amendments import AmendmentStore
from bot.store.articles import ArticleStore
from bot.store.database import Database
from bot.store.doubts import DoubtStore
from bot.store.lanes import LaneStore
from bot.store.leases import Holder, LeaseStore
from bot.store.ledger import LedgerStore
from bot.store.outbox import OutboxStore
from bot.store.sources import SourceStore
from bot.store.tables import metadata
from tests.conftest import START

TIMEOUT = 20.0  # seconds of a call
RESOLVE_AFTER = 60.0
LAG = 25.0  # at most, of what a service shows
LEASE = timedelta(seconds=TIMEOUT + 8)
A_MINUTE = timedelta(minutes=1)
FEED = "feed"
DEEP = 2  # processes that run while another one is held up


class Crash(BaseException):
    """The process is gone, at this very point."""


@dataclass
class Published:
    """One message as readers see it, with what the service knows of it."""

    id: int
    segment: Segment
    parent: str | None
    wall: datetime
    mono: float
    deleted: bool = False
    text: str = ""

    @property
    def key(self) -> str:
        """Which segment of which delivery it is."""
        return self.segment.key


@dataclass
class Service:
    """What one service holds: the truth that the invariants ask."""

    channel: Channel
    searchable: bool
    per_minute: int
    posts: list[Published] = field(default_factory=list)
    late: list[tuple[float, Segment, str | None]] = field(default_factory=list)  # arrive at this time of the world
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100))
    lag: float = 0.0

    def accept(self, segment: Segment, parent: str | None, world: World) -> Published:
        """Publish it for all to see."""
        made = Published(next(self.numbers), segment, parent, world.wall, world.mono, text=segment.text)
        self.posts.append(made)
        return made


class SimDatabase(Database):
    """The real store in memory; before and after each commit the world may end the process or hold it up."""

    world: World

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self.world.point()
        with super().write() as connection:
            yield connection
        self.world.point()


def choosing(ledger: type[LedgerStore]) -> type[LedgerStore]:
    """A ledger that notes when a lane chose, so that the choice can be judged by what was ready then."""

    class Choosing(ledger):  # type: ignore[valid-type, misc]  # a class that a mutant may give
        def next_due(
            self, channel: str, now: datetime, *, paced: bool = False, hushed: bool = False
        ) -> Delivery | None:
            world = self._db.world
            world.chosen[world.who(), channel] = (world.held_up, now)
            found: Delivery | None = super().next_due(channel, now, paced=paced, hushed=hushed)
            return found

    return Choosing


class Feed:
    """A feed that repeats what it has, adds, changes, and fails."""

    name, poll = FEED, timedelta(seconds=30)
    backfill: str | int | timedelta = "none"

    def __init__(self, world: World) -> None:
        self.world = world
        self.items: list[Article] = []
        self.fetches = 0

    def fetch(self, cursor: Cursor, now: datetime) -> Batch:
        self.world.point()
        if self.world.chance(0.05):
            raise SourceError("the feed does not answer", "لا تجيب التغذية")
        self.fetches += 1
        return Batch(articles=tuple(self.items), cursor=cursor)

    def add(self, *, urgent: bool) -> None:
        """A new article."""
        number = len(self.items)
        words = " ".join(f"كلمة{self.world.rng.randrange(10**6)}" for _ in range(12))
        self.items.append(
            Article(
                source=FEED,
                guid=str(number),
                title=f"خبر {number} {words[:20]}",
                body=words,
                published_at=self.world.wall,
                urgent=urgent,
            )
        )

    def change(self) -> None:
        """Another version of an article."""
        if self.items:
            at = self.world.rng.randrange(len(self.items))
            old = self.items[at]
            self.items[at] = Article(
                source=FEED,
                guid=old.guid,
                title=old.title,
                body=f"{old.body} {self.world.rng.randrange(10**6)}",
                published_at=old.published_at,
                urgent=old.urgent,
            )


def formatted(article: Article, channel: Channel) -> Post:
    """One message to four: how many is the article's own."""
    count = 1 if channel.service == "email" or channel.mode == "short" else int(article.id[0], 16) % 3 + 1
    texts = [f"{article.title} {article.body} {n}" for n in range(count)]
    return Post(
        service=channel.service,
        title=article.title,
        segments=tuple(Segment(text=text, length=10, limit=280) for text in texts),
    )


class Adapter:
    """One process's way to a service; what the service does is the world's choice."""

    def __init__(self, world: World, service: Service) -> None:
        self.world, self.service = world, service

    def check(self) -> Account:
        return Account(name="sim")

    def close(self) -> None:
        pass

    def uses(self, kind: str, segment: Segment) -> tuple[Use, ...]:
        return (
            Use(
                key=self.service.channel.name,
                limits=(Limit(count=self.service.per_minute, per=A_MINUTE),),
                kind=kind,
                micros=1000,
            ),
        )

    def send(self, segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:
        world, service = self.world, self.service
        world.point()
        if world.chance(0.04):
            raise RetryLater("cannot be reached", "تعذر الوصول", reached=False)
        begin()
        world.checks.begun(service, segment)
        world.point()
        reply = parent.remote_id if parent else None
        fate = world.fate()
        if fate == "refuse":
            raise Rejected("refused", "رُفض")
        if fate == "flood":
            raise RetryLater("wait", "انتظر", after=timedelta(seconds=world.rng.randrange(1, 90)))
        if fate == "down":
            raise ChannelDown("broken", "معطل")
        if fate == "no reply" and parent:
            raise ThreadEnds("no replies", "لا ردود")
        if fate == "lost before":
            world.pass_time(world.rng.uniform(0, TIMEOUT))
            raise Unsure("no answer", "لا جواب")
        if fate == "late":
            service.late.append((world.mono + world.rng.uniform(0, TIMEOUT + 30), segment, reply))
            world.pass_time(TIMEOUT)
            if world.chance(0.3):
                world.jump(60 * world.rng.randrange(2, 60))  # somebody sets the clock while the call still hangs
            raise Unsure("no answer", "لا جواب")
        made = service.accept(segment, reply, world)
        world.point()
        if fate == "lost after":
            world.pass_time(world.rng.uniform(0, TIMEOUT))
            raise Unsure("no answer", "لا جواب")
        return Receipt(remote_id=str(made.id))

    def retract(self, receipt: Receipt, begin: Callable[[], None]) -> None:
        begin()
        self.world.point()
        fate = self.world.fate()
        if fate in ("lost before", "late"):
            raise Unsure("no answer", "لا جواب")
        if fate == "flood":
            raise RetryLater("wait", "انتظر", after=timedelta(seconds=20))
        for post in self.service.posts:
            if str(post.id) == receipt.remote_id:
                post.deleted = True
        self.world.point()
        if fate == "lost after":
            raise Unsure("no answer", "لا جواب")

    def amend(self, receipt: Receipt, old: Segment, segment: Segment, begin: Callable[[], None]) -> None:
        begin()
        self.world.point()
        for post in self.service.posts:
            if str(post.id) == receipt.remote_id:
                post.text = segment.text
        self.world.point()
        if self.world.fate() == "lost after":
            raise Unsure("no answer", "لا جواب")


class Searchable(Adapter):
    """A service that can be searched, which shows what it has after a while."""

    def look(self, doubt: Doubt, hold: Hold) -> Receipt | None:
        hold()
        self.world.point()
        if self.world.chance(0.05):
            raise RetryLater("cannot be reached", "تعذر الوصول", reached=False)
        if doubt.known is None:
            raise CannotTell("no known id", "لا رقم معروفا")
        for post in self.service.posts:
            shown = post.mono <= self.world.mono - self.service.lag and not post.deleted
            newer = post.id > int(doubt.known) and str(post.id) not in doubt.others
            if shown and newer and post.segment.text == doubt.segment.text:
                return Receipt(remote_id=str(post.id))
        return None


class Process:
    """A clock and worker with memory of its own, over the one database."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.live = True  # no call of it is on the stack
        self.start()

    def start(self) -> None:
        """Begin anew, with nothing remembered."""
        world = self.world
        self.adapters = {
            name: (Searchable if service.searchable else Adapter)(world, service)
            for name, service in world.services.items()
        }
        leases = LeaseStore(world.database, Holder(None))
        self.dispatcher = Dispatcher(
            ledger=world.ledger(world.database),
            doubts=DoubtStore(world.database),
            amendments=AmendmentStore(world.database),
            lanes=world.lanes,
            leases=leases,
            adapter_for=lambda delivery: self.adapters.get(delivery.channel),
            plans=world.plans,
            zone=UTC,
            ttl=lambda _channel: LEASE,
            patience=lambda _channel: timedelta(seconds=TIMEOUT + RESOLVE_AFTER),
            now=lambda: world.wall,
            monotonic=lambda: world.mono,
            redact=str,
            stopping=lambda: False,
            rest=lambda span: world.pass_time(span.total_seconds()),
        )
        self.tick = Tick(
            channels=world.channels,
            plans=world.plans,
            rules=[Rule(name="all")],
            sources={FEED: world.feed},
            zone=START.tzinfo,  # type: ignore[arg-type]  # UTC
            formatter=formatted,
            articles=world.articles,
            source_states=world.sources,
            outbox=world.outbox,
            lanes=world.lanes,
            leases=leases,
        )

    def work(self) -> None:
        """One tick, and what it wakes; the process may end or be held up at any point of it."""
        if not self.live:
            return
        self.live = False
        self.world.running.append(self)
        try:
            wakes = self.tick.run(self.world.wall, choose=self.world.news())
            self.world.ticked += wakes.is_clock
            for source in wakes.sources:
                ingest(
                    self.world.feed,
                    list(self.world.channels.values()),
                    self.world.articles,
                    self.world.sources,
                    self.world.wall,
                )
                assert source == FEED
            for lane in wakes.lanes:
                self.dispatcher.drain(lane)
        except Crash:
            self.world.crashes += 1
            self.start()
        finally:
            self.world.running.pop()
            self.live = True


class World:
    """Everything that one seed decides."""

    def __init__(self, seed: int, database: SimDatabase, *, ledger: type[LedgerStore] = LedgerStore) -> None:
        from tests.simulation.invariants import Checks

        self.rng = random.Random(seed)
        self.wall, self.mono = START, 1000.0
        self.rough = True  # services and processes misbehave
        self.crashes = self.held_up = self.rounds = self.ticked = 0
        self.chosen: dict[tuple[str, str], tuple[int, datetime]] = {}  # when each process last chose for a lane
        self.running: list[Process] = []
        self.database, self.ledger = database, choosing(ledger)
        database.world = self
        with Database.write(database) as db:
            for table in reversed(metadata.sorted_tables):
                db.execute(table.delete())
        spacing = timedelta(seconds=self.rng.choice([0, 0, 60]))
        self.channels = {
            "tg": Channel(name="tg", service="telegram", live=True),
            "x": Channel(name="x", service="x", live=True, mode="thread"),
            "m": Channel(name="m", service="email", live=True),
        }
        for name in self.rng.sample(list(self.channels), self.rng.choice([1, 2])):
            del self.channels[name]
        span = self.rng.choice([A_MINUTE, 15 * A_MINUTE])
        fresh = {"fresh_for": 3 * span, "breaking_fresh_for": span}
        self.plans = {name: Plan(channel=name, spacing=spacing, **fresh) for name in self.channels}
        limits = {name: self.rng.choice([2, 3, 30]) for name in self.channels}
        self.services = {
            name: Service(channel, searchable=name != "m", per_minute=limits[name])
            for name, channel in self.channels.items()
        }
        self.feed = Feed(self)
        self.feeds = {FEED: self.feed}
        self.articles, self.sources = ArticleStore(database), SourceStore(database)
        self.outbox, self.lanes, self.doubts = OutboxStore(database), LaneStore(database), DoubtStore(database)
        self.amendments = AmendmentStore(database)
        self.checks = Checks(self)
        self.mender = Mender(
            outbox=self.outbox,
            doubts=self.doubts,
            amendments=self.amendments,
            formatter=formatted,
            word="تصحيح",
            repost=frozenset(["x"] if self.rng.random() < 0.3 else []),
        )
        self.processes = [Process(self, f"p{n}") for n in range(self.rng.choice([1, 1, 2, 2, 3]))]

    def who(self) -> str:
        """The process that runs."""
        return self.running[-1].name if self.running else ""

    def news(self) -> bool:
        """Whether this tick selects: at news, and now and then besides, as the engine does."""
        return self.rng.random() < 0.4 if self.rough else self.rounds % 4 == 0

    def chance(self, share: float) -> bool:
        """Whether something goes wrong now."""
        return self.rough and self.rng.random() < share

    def fate(self) -> str:
        """What a service does with a call."""
        if not self.rough:
            return "accept"
        fates = ["accept", "lost after", "lost before", "late", "flood", "refuse", "down", "no reply"]
        return self.rng.choices(fates, [70, 7, 5, 5, 4, 2, 1, 1])[0]

    def pass_time(self, seconds: float) -> None:
        """Time goes by, for all; what was on its way arrives."""
        self.mono += seconds
        self.wall += timedelta(seconds=seconds)
        for service in self.services.values():
            for each in [each for each in service.late if each[0] <= self.mono]:
                service.late.remove(each)
                service.accept(each[1], each[2], self)

    def jump(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self.wall += timedelta(seconds=seconds)

    def point(self) -> None:
        """A place where the process that runs may end, or be held up while others work."""
        if not self.running or not self.rough:
            return
        draw = self.rng.random()
        if draw < 0.004:
            raise Crash
        if draw < 0.012 and len(self.running) < DEEP:
            self.held_up += 1
            self.pass_time(self.rng.choice([1, 5, 30, 70]))
            for _ in range(self.rng.randrange(1, 4)):
                self.rng.choice(self.processes).work()
                self.pass_time(self.rng.uniform(0, 20))

    def all_deliveries(self) -> list[Delivery]:
        """The whole outbox."""
        return self.outbox.listing([], 10_000)


def fresh_database() -> SimDatabase:
    """The store in memory, with its tables."""
    database = SimDatabase("sqlite://")
    metadata.create_all(database.engine)
    return database
