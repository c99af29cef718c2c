"""Builds everything once from the settings; with the three tables the only place that names concrete adapters."""

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from bot.access import Access
from bot.channels.accounts import Accounts, Echo
from bot.config import Config, load
from bot.config.ready import check_ready
from bot.domain.article import Article
from bot.domain.channel import Channel, Health
from bot.domain.delivery import Delivery, Standing
from bot.domain.ports import Source
from bot.domain.post import Post
from bot.domain.say import Say
from bot.engine import Engines
from bot.engine.clock import Engine
from bot.formats import Formats
from bot.formats.page import render_page
from bot.formats.templating import Templates
from bot.handwork import Handwork
from bot.in_force import InForce
from bot.newsletters import Newsletters
from bot.ops.alerts import Alerts
from bot.ops.clocks import since_boot, until, utc_now
from bot.ops.telling import tells_of
from bot.pipeline.dispatch import Dispatcher
from bot.pipeline.mend import Mender
from bot.pipeline.office import Office
from bot.pipeline.people import Reception
from bot.pipeline.silence import Silence
from bot.pipeline.tick import Tick
from bot.reading import Reading
from bot.sources import SOURCES
from bot.store.alerts import AlertStore
from bot.store.amendments import AmendmentStore
from bot.store.articles import ArticleStore
from bot.store.cards import CardStore
from bot.store.database import Database
from bot.store.desk import DeskStore
from bot.store.doubts import DoubtStore
from bot.store.figures import Figures
from bot.store.lanes import LaneStore
from bot.store.leases import Holder, LeaseStore
from bot.store.ledger import LedgerStore
from bot.store.outbox import OutboxStore
from bot.store.people import ActStore, PeopleStore
from bot.store.queue import QueueStore
from bot.store.sources import SourceStore
from bot.store.tags import RecentTags

log = logging.getLogger(__name__)

OnTelegram = Callable[[str, str, bytes], int]  # path, secret and body of an update to an HTTP status


class App:
    """One newsroom, put together; `now` and `environ` are given so that tests move the clock."""

    def __init__(
        self,
        config: Config,
        *,
        now: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = since_boot,
        rest: Callable[[timedelta], None] | None = None,
        watches: bool = True,
        echo: Echo = lambda _channel, _segment: None,
        tell: Callable[[Say], None] = lambda _say: None,
    ) -> None:
        self.config, self.now, self.monotonic, self.echo, self.tell = config, now, monotonic, echo, tell
        self.stopping, self.channels = threading.Event(), config.channels
        # these three are set by who runs the clock in this process
        self.on_news: Callable[[], None] = lambda: None
        self.on_due: Callable[[], None] = lambda: None
        self.clock_fault: Callable[[], str] = str
        self.on_telegram: OnTelegram | None = None  # takes what comes by webhook; set by who runs the Telegram desk
        self.templates, self.database = Templates(config.template_folders), (db := Database(config.database_url))
        self.formats = Formats(config.style, self.templates, RecentTags(self.database, now))
        config.secrets.hide(db.engine.url.password or "")
        self.holder = Holder(db.file.parent / "holders" if db.file else None)
        self.articles, self.source_states = ArticleStore(db), SourceStore(db)
        self.outbox, self.ledger = OutboxStore(db), LedgerStore(db)
        self.plans = dict(config.plans)
        self.silence = Silence(plans=self.plans, zone=config.newsroom.zone)
        self.lanes, self.doubts = LaneStore(db, self.silence.holds), DoubtStore(db)
        self.amendments = AmendmentStore(db)
        self.leases, self.desk = LeaseStore(db, self.holder), DeskStore(db)
        self.figures = Figures(db, self.silence.holds)
        self.people, self.acts, self.cards, self.queue = PeopleStore(db), ActStore(db), CardStore(db), QueueStore(db)
        self.reception, self.access, self.newsletters = Reception(people=self.people), Access(self), Newsletters(self)
        self.reading, self.handwork = Reading(self), Handwork(self)
        self.in_force = InForce(config, db, monotonic)
        self.engines = Engines(config.newsroom.engine, lambda: self.database.conninfo)
        self.accounts = Accounts(config, render=self.preview_page, now=now, echo=echo)
        self.dispatcher = Dispatcher(
            ledger=self.ledger,
            doubts=self.doubts,
            amendments=self.amendments,
            lanes=self.lanes,
            leases=self.leases,
            adapter_for=self.accounts.of,
            plans=self.plans,
            zone=config.newsroom.zone,
            ttl=self.accounts.lease,
            patience=self.accounts.patience,
            now=now,
            monotonic=monotonic,
            redact=config.secrets.redact,
            stopping=self.stopping.is_set,
            rest=rest or (lambda span: until(self.stopping, span)),
            watches=watches,
            tell=tell,
        )

    def formatted(self, article: Article, channel: Channel) -> Post:
        """The post in the channel's mode, or a short one where its service refuses threads; raises FormatError."""
        if channel.name in self.accounts.without_threads() and channel.name in self.lanes.without_threads():
            channel = replace(channel, mode="short")
        return self.formats(article, channel)

    @cached_property
    def mender(self) -> Mender:
        """What mends posts that are out."""
        return Mender(
            outbox=self.outbox,
            doubts=self.doubts,
            amendments=self.amendments,
            formatter=self.formatted,
            word=self.config.style.correction,
            repost=self.accounts.reposting(),
        )

    @cached_property
    def office(self) -> Office:
        """What editors do, through any door."""
        return Office(
            channels=self.channels,
            articles=self.articles,
            outbox=self.outbox,
            editions=self.desk,
            lanes=self.lanes,
            log=self.acts,
            mender=self.mender,
            formatter=self.formatted,
            edited=lambda *given: self.handwork.remaker.edited(*given),
            now=self.now,
            zone=self.config.newsroom.zone,
            hurry=lambda: self.on_due(),
            breaking=lambda: self.config.newsroom.breaking,
            together=self.database.write,
        )

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """The sources by name."""
        zone = self.config.newsroom.zone
        return {
            table.name: SOURCES[table.kind](table, self.config.root, zone) for table in self.config.newsroom.sources
        }

    @cached_property
    def tick(self) -> Tick:
        """The clock's work."""
        return Tick(
            channels=self.channels,
            plans=self.plans,
            rules=self.config.rules,
            sources=self.sources,
            zone=self.config.newsroom.zone,
            formatter=self.formatted,
            articles=self.articles,
            source_states=self.source_states,
            outbox=self.outbox,
            lanes=self.lanes,
            leases=self.leases,
            redact=self.config.secrets.redact,
            pushed={self.access.pushed.name: self.access.pushed},
            before=self.refresh,
            shards=self.newsletters.due,
        )

    def prepare(self) -> None:
        """Make or upgrade the database and see that every live channel has its keys; raises BotError."""
        check_ready(self.config)
        self.database.upgrade()
        self.refresh(at_once=True)
        self.engines.prepare()

    def refresh(self, *, at_once: bool = False) -> None:
        """Hold what was set at the desk since the last look, by whatever process."""
        with self.in_force.turn:
            if (config := self.in_force.look(at_once=at_once)) is None:
                return
            self.config = config
            self.plans.update(config.plans)
            self.formats.use(config.style)
            if "tick" in self.__dict__:
                self.tick.rules = config.rules
        for fault in self.in_force.said():
            self.tell(fault)

    def waits(self, delivery: Delivery | Standing) -> Say | None:
        """Until when quiet hours hold a queued delivery back, or None."""
        return self.silence.waits(delivery, self.now())

    def _drain(self, channel: str) -> list[int]:
        self.refresh()
        return self.dispatcher.drain(channel)

    def reopen(self) -> None:
        """Try broken channels at once: who starts the program has perhaps mended the account."""
        for name in self.channels:
            if self.lanes.health(name).down:
                self.lanes.set_health(Health(channel=name), self.now())

    @cached_property
    def alerts(self) -> Alerts:
        """What tells people that something is broken."""
        settings = self.config.newsroom.alerts
        return Alerts(
            channels=list(self.channels),
            sources=list(self.sources),
            lanes=self.lanes,
            standings=self.source_states,
            figures=self.figures,
            told=AlertStore(self.database),
            tells=tells_of(self.config, self.now),
            oldest_due=settings.oldest_due,
            source_failures=settings.source_failures,
        )

    def engine(self, *, with_clock: bool = True, with_worker: bool = True) -> Engine:
        """What runs the clock and the lanes in this process; embedded, it is always both."""
        engine = self.engines.build(
            is_held=lambda lane: self.leases.is_held("lane", lane, self.now()),
            with_clock=with_clock,
            with_worker=with_worker,
            tick=self.tick,
            fetch=self.reading.fetch,
            drain=self._drain,
            look=lambda: self.newsletters.look(after=self.alerts.look),
            hooks=lambda: self.access.hooks.work(),
            sender=self.newsletters,
            now=self.now,
            stopping=self.stopping,
            tell=self.tell,
        )
        self.on_news, self.on_due, self.clock_fault = engine.hurry, engine.tick_now, lambda: engine.fault
        return engine

    def preview_page(self, columns: Sequence[dict[str, Any]]) -> str:
        """The page that shows posts as followers would see them."""
        return render_page(self.templates, self.config.newsroom.name, columns)

    def close(self) -> None:
        """Give back the clock, connections and the database."""
        self.stopping.set()
        self.accounts.close()
        if "tick" in self.__dict__:
            self.tick.stop()
        self.engines.close()
        self.holder.close()
        self.database.close()


def build(
    *,
    echo: Echo = lambda _channel, _segment: None,
    tell: Callable[[Say], None] = lambda _say: None,
    watches: bool = True,
) -> App:
    """The newsroom of this folder and environment; raises ConfigError."""
    return App(load(os.environ), echo=echo, tell=tell, watches=watches)
