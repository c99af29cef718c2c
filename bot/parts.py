"""What the builders beside app.py build of: the newsroom that it puts together, as they see it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from bot.channels.accounts import Accounts
from bot.config import Config
from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.ports import Source
from bot.domain.post import Post
from bot.formats import Formats
from bot.formats.templating import Templates
from bot.in_force import InForce
from bot.pipeline.office import Office
from bot.pipeline.people import Reception
from bot.store.articles import ArticleStore
from bot.store.database import Database
from bot.store.lanes import LaneStore
from bot.store.leases import LeaseStore
from bot.store.outbox import OutboxStore
from bot.store.people import ActStore, PeopleStore
from bot.store.sources import SourceStore


class Parts(Protocol):
    """The newsroom; read when a part is needed, since what is set at the desk changes its settings."""

    @property
    def config(self) -> Config: ...
    @property
    def in_force(self) -> InForce: ...
    @property
    def channels(self) -> Mapping[str, Channel]: ...
    @property
    def sources(self) -> Mapping[str, Source]: ...
    @property
    def database(self) -> Database: ...
    @property
    def articles(self) -> ArticleStore: ...
    @property
    def source_states(self) -> SourceStore: ...
    @property
    def outbox(self) -> OutboxStore: ...
    @property
    def lanes(self) -> LaneStore: ...
    @property
    def leases(self) -> LeaseStore: ...
    @property
    def people(self) -> PeopleStore: ...
    @property
    def acts(self) -> ActStore: ...
    @property
    def reception(self) -> Reception: ...
    @property
    def office(self) -> Office: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def formats(self) -> Formats: ...
    @property
    def templates(self) -> Templates: ...
    @property
    def now(self) -> Callable[[], datetime]: ...
    @property
    def monotonic(self) -> Callable[[], float]: ...
    @property
    def on_news(self) -> Callable[[], None]: ...
    @property
    def on_due(self) -> Callable[[], None]: ...
    def formatted(self, article: Article, channel: Channel) -> Post:
        """The post in the channel's mode; raises FormatError."""

    def refresh(self, *, at_once: bool = False) -> None:
        """Hold what was set at the desk since the last look."""
