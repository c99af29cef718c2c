"""Builds what lets people and programs in, and what tells programs; app.py hands it its parts."""

from datetime import timedelta
from functools import cached_property, partial

from bot.domain.article import Article
from bot.domain.ports import Source
from bot.parts import Parts
from bot.pipeline.hooks import Hooks
from bot.pipeline.push import Brought, bring
from bot.pipeline.staff import Staff
from bot.pipeline.tokens import Tokens
from bot.sources import fetch as fetching
from bot.sources.pushed import PushSource
from bot.store.hooks import HookStore
from bot.store.tokens import AnswerStore, TokenStore

HOOK_TIMEOUT = timedelta(seconds=10)


class Access:
    """Accounts, tokens, webhooks, and articles that are brought."""

    def __init__(self, parts: Parts) -> None:
        self._of = parts
        self.pushed: Source = PushSource()
        self.answers = AnswerStore(parts.database)

    def bring(self, article: Article) -> Brought:
        """Take in an article that somebody brings; raises Refused."""
        channels = list(self._of.channels.values())
        brought = bring(article, self.pushed, channels, self._of.articles, self._of.source_states, self._of.now())
        self._of.on_news()
        return brought

    @cached_property
    def staff(self) -> Staff:
        """The accounts of people, as an owner keeps them."""
        return Staff(
            accounts=self._of.people, reception=self._of.reception, log=self._of.acts, allow=self._of.office.allow
        )

    @cached_property
    def tokens(self) -> Tokens:
        """Who comes in at the API."""
        return Tokens(kept=TokenStore(self._of.database), log=self._of.acts, allow=self._of.office.allow)

    @cached_property
    def hooks(self) -> Hooks:
        """Tells other programs what happens."""
        private = self._of.config.newsroom.web.allow_private
        where = fetching.private_where(
            "write allow_private = true under [web] in newsroom.toml.",
            "اكتب allow_private = true تحت [web] في newsroom.toml.",
        )
        return Hooks(
            kept=HookStore(self._of.database),
            log=self._of.acts,
            allow=self._of.office.allow,
            check=where(partial(fetching.check, allow_private=private)),
            post=where(partial(fetching.deliver, timeout=HOOK_TIMEOUT, allow_private=private)),
            key=self._of.config.secrets.own_key(self._of.config.var),
            leases=self._of.leases,
            now=self._of.now,
            monotonic=self._of.monotonic,
        )
