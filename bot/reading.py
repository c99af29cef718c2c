"""Builds what brings articles in: sources that are fetched, hubs that push, pages and files given by hand."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property

from bot.config.schema import FeedTable
from bot.domain.errors import SourceError
from bot.ops.memory import Memory
from bot.parts import Parts
from bot.pipeline.ingest import Intake, ingest, take_in
from bot.pipeline.lookup import Lookup
from bot.pipeline.websub import WebSub
from bot.sources import fetch as fetching
from bot.sources.by_hand import ByHand
from bot.sources.feed import FeedSource, private_where
from bot.store.subscriptions import SubscriptionStore

FETCH_LEASE = timedelta(seconds=45)  # most fetches are over by then; two at once would only read the same things


class Reading:
    """What the newsroom reads; app.py hands it its parts."""

    def __init__(self, parts: Parts) -> None:
        self._of, self._memory = parts, Memory()

    @cached_property
    def lookup(self) -> Lookup:
        """Finds the article that somebody names."""
        settings = self._of.config.newsroom.by_hand
        by_hand = ByHand(
            self._of.sources.values(),
            self._of.config.newsroom.zone,
            section=settings.section,
            timeout=settings.timeout,
            allow_private=settings.allow_private,
        )
        return Lookup(
            articles=self._of.articles,
            by_hand=by_hand,
            cursor=self._of.source_states.cursor,
            is_ready=self._of.database.is_ready,
            read_feeds=self._read_feeds,
            now=self._of.now,
        )

    @cached_property
    def websub(self) -> WebSub:
        """The subscriptions at hubs."""
        tables = {table.name: table for table in self._of.config.newsroom.sources if isinstance(table, FeedTable)}

        def post(source: str, hub: str, form: Mapping[str, str]) -> object:
            table = tables[source]
            with private_where(source):
                return fetching.post(hub, form, timeout=table.timeout, allow_private=table.allow_private)

        return WebSub(
            subscriptions=SubscriptionStore(self._of.database),
            sources=self._of.source_states,
            post=post,
            public_url=self._of.config.newsroom.public_url,
            key=self._of.config.secrets.own_key(self._of.config.var),
        )

    def may_fetch(self, name: str) -> bool:
        """Whether a source may be read for somebody who asks: none that is paused, or failed and asked for patience."""
        states = self._of.source_states
        return not (states.failures(name) or states.paused(name)) or bool(states.due([name], self._of.now()))

    def fetch(self, name: str) -> Intake:
        """Fetch one source, and ask its hub to bring what is new from now on."""
        token = self._of.leases.claim("source", name, FETCH_LEASE, self._of.now())
        if token is None:  # another process is at it
            return Intake(source=name)
        try:
            return self._fetch(name)
        finally:
            self._of.leases.release("source", name, token)

    def brought(self, name: str, content: bytes, content_type: str) -> Intake:
        """Take in what a hub brings of a source; raises SourceError where it is no feed."""
        source, channels = self._of.sources[name], list(self._of.channels.values())
        if not isinstance(source, FeedSource):
            raise SourceError(f"{name} is no feed.", f"{name} ليس تغذية.")
        now = self._of.now()
        batch = source.read(content, content_type, now)
        intake = take_in(source, batch, channels, self._of.articles, self._of.source_states, now)
        self._of.on_news()
        return intake

    def _fetch(self, name: str) -> Intake:
        source, channels = self._of.sources[name], list(self._of.channels.values())
        intake = ingest(source, channels, self._of.articles, self._of.source_states, self._of.now())
        if self._of.config.newsroom.public_url.startswith("https:"):  # no hub reaches this very machine
            self.websub.keep_up(name, self._of.now())
        self._memory.settle()
        return intake

    def _read_feeds(self) -> None:
        for name, source in self._of.sources.items():
            if isinstance(source, FeedSource) and self.may_fetch(name):
                self.fetch(name)
