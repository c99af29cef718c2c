"""Builds what lets people and programs in, and what tells programs; app.py hands it its parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial

from bot.config import Config
from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.ports import Articles, Source, Sources
from bot.pipeline.hooks import Hooks
from bot.pipeline.office import Log, Office
from bot.pipeline.people import Reception
from bot.pipeline.push import Brought, bring
from bot.pipeline.staff import Staff
from bot.pipeline.tokens import Tokens
from bot.sources import fetch as fetching
from bot.sources.pushed import PushSource
from bot.store.database import Database
from bot.store.hooks import HookStore
from bot.store.leases import LeaseStore
from bot.store.people import PeopleStore
from bot.store.tokens import AnswerStore, TokenStore

HOOK_TIMEOUT = timedelta(seconds=10)


@dataclass(kw_only=True)
class Access:
    """Accounts, tokens, webhooks, and articles that are brought."""

    config: Config
    database: Database
    office: Office
    log: Log
    people: PeopleStore
    reception: Reception
    leases: LeaseStore
    channels: Mapping[str, Channel]
    articles: Articles
    source_states: Sources
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    on_news: Callable[[], None]

    def __post_init__(self) -> None:
        self.pushed: Source = PushSource()
        self.answers = AnswerStore(self.database)

    def bring(self, article: Article) -> Brought:
        """Take in an article that somebody brings; raises Refused."""
        channels = list(self.channels.values())
        brought = bring(article, self.pushed, channels, self.articles, self.source_states, self.now())
        self.on_news()
        return brought

    @cached_property
    def staff(self) -> Staff:
        """The accounts of people, as an owner keeps them."""
        return Staff(accounts=self.people, reception=self.reception, log=self.log, allow=self.office.allow)

    @cached_property
    def tokens(self) -> Tokens:
        """Who comes in at the API."""
        return Tokens(kept=TokenStore(self.database), log=self.log, allow=self.office.allow)

    @cached_property
    def hooks(self) -> Hooks:
        """Tells other programs what happens."""
        private = self.config.newsroom.web.allow_private
        return Hooks(
            kept=HookStore(self.database),
            log=self.log,
            allow=self.office.allow,
            check=partial(fetching.check, allow_private=private),
            post=partial(fetching.deliver, timeout=HOOK_TIMEOUT, allow_private=private),
            key=self.config.secrets.own_key(self.config.var),
            leases=self.leases,
            now=self.now,
            monotonic=self.monotonic,
        )
