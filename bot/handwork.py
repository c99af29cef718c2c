"""Builds the acts of the desk that stand beside the office in files of their own; app.py hands it its parts."""

from functools import cached_property
from typing import Any

from bot.config.overlay import KEYS, as_set, laid_over
from bot.formats.editing import edited
from bot.formats.tagged import changed, retagged
from bot.formats.trial import trial
from bot.parts import Parts
from bot.pipeline.moving import Moving
from bot.pipeline.remake import Remaker
from bot.pipeline.rewriting import Rewriting
from bot.pipeline.setting import Settings
from bot.pipeline.sourcing import Sourcing
from bot.pipeline.trials import Trials
from bot.store.calls import CallStore
from bot.store.tags import BanStore
from bot.text.hashtags import valid


class Handwork:
    """What editors do to sources, to channels, and to the form of what waits."""

    def __init__(self, parts: Parts) -> None:
        self._of = parts

    @cached_property
    def sourcing(self) -> Sourcing:
        """Pauses of sources."""
        return Sourcing(
            sources=self._of.sources,
            states=self._of.source_states,
            log=self._of.acts,
            allow=self._of.office.allow,
            now=self._of.now,
            hurry=lambda: self._of.on_due(),
        )

    @cached_property
    def remaker(self) -> Remaker:
        """Other tags, forms and mails."""
        return Remaker(
            office=self._of.office,
            channels=self._of.channels,
            articles=self._of.articles,
            outbox=self._of.outbox,
            formatter=self._of.formatted,
            mail=self._of.formats.mail,
            words=self._of.formats.words,
            tags=changed,
            valid=valid,
            retagged=retagged,
            rewritten=edited,
            bans=BanStore(self._of.database),
            log=self._of.acts,
            now=self._of.now,
        )

    @cached_property
    def trials(self) -> Trials:
        """Checks and tests of channels."""
        zone, name = self._of.config.newsroom.zone, self._of.config.newsroom.name
        return Trials(
            channels=self._of.channels,
            adapter_for=lambda channel: self._of.accounts.adapter(channel, preview=not channel.live),
            words=lambda channel: trial(channel, name, self._of.now().astimezone(zone)),
            calls=CallStore(self._of.database),
            lanes=self._of.lanes,
            leases=self._of.leases,
            lease=self._of.accounts.lease,
            log=self._of.acts,
            allow=self._of.office.allow,
            redact=self._of.config.secrets.redact,
            now=self._of.now,
        )

    @cached_property
    def rewriting(self) -> Rewriting:
        """Versions by hand, and corrections."""
        return Rewriting(
            office=self._of.office,
            channels=self._of.channels,
            articles=self._of.articles,
            shelf=self._of.articles.shelf,
            log=self._of.acts,
            now=self._of.now,
        )

    @cached_property
    def moving(self) -> Moving:
        """Two that change places."""
        return Moving(office=self._of.office, outbox=self._of.outbox, together=self._of.database.write)

    @cached_property
    def settings(self) -> Settings:
        """Rules, slots and the glossary, as editors set them."""
        in_force = self._of.in_force

        def check(key: str, value: Any) -> Any:
            return as_set(laid_over(in_force.config, key, value), key)

        return Settings(
            kept=in_force.kept,
            log=self._of.acts,
            allow=self._of.office.allow,
            check=check,
            before=lambda key: as_set(in_force.config, key),
            took=self._took,
            keys=KEYS,
            now=self._of.now,
        )

    def _took(self) -> None:
        self._of.refresh(at_once=True)
        self._of.on_news()
