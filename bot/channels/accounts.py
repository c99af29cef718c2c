"""The accounts of a newsroom: an adapter for each channel, built at its first use, and how long its calls may take."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.channels import CHANNELS, MICROS
from bot.channels.preview import PreviewChannel, Render
from bot.config import Config
from bot.config.schema import ChannelTable, XTable
from bot.domain.channel import Channel
from bot.domain.delivery import Delivery
from bot.domain.errors import NotFound
from bot.domain.lane import SendingChannel
from bot.domain.post import Segment
from bot.text.measure import x_links

LEASE_MARGIN = timedelta(seconds=8)  # beyond a call's time-out: a dead worker's lane is free soon after

Echo = Callable[[Channel, Segment], None]


class Accounts:
    """Where deliveries go: the preview or the live service."""

    def __init__(self, config: Config, *, render: Render, now: Callable[[], datetime], echo: Echo) -> None:
        self._config, self._render, self._now, self._echo = config, render, now, echo
        self._tables = {table.name: table for table in config.channel_tables}
        self.channels = config.channels
        self._adapters: dict[str, SendingChannel] = {}
        self._lock = threading.Lock()

    def of(self, delivery: Delivery) -> SendingChannel | None:
        """Where a delivery goes, or nowhere where its channel is no longer live."""
        channel = self.channels.get(delivery.channel)
        if channel is None or (not delivery.preview and not channel.live):
            return None
        return self.adapter(channel, preview=delivery.preview)

    def adapter(self, channel: Channel, *, preview: bool) -> SendingChannel:
        """The adapter of a channel."""
        key = f"{channel.name}/{preview}"
        with self._lock:
            if key not in self._adapters:
                self._adapters[key] = self._preview(channel) if preview else self._live(channel)
            return self._adapters[key]

    def chosen(self, names: Sequence[str]) -> list[Channel]:
        """Channels by name, all where none is named; raises NotFound."""
        for name in names:
            if name not in self.channels:
                known = ", ".join(self.channels) or "-"
                raise NotFound(
                    f"There is no channel {name}; known: {known}.", f"لا قناة اسمها {name}؛ المعروف: {known}."
                )
        return [channel for name, channel in self.channels.items() if not names or name in names]

    def lease(self, name: str) -> timedelta:
        """How long a lane is held for one call."""
        table = self._tables.get(name)
        if table is None:
            return timedelta(seconds=30)
        # mail is in parts before its final dot, each of which may take the whole time-out
        return (3 if table.service == "email" else 1) * table.timeout + LEASE_MARGIN

    def patience(self, name: str) -> timedelta:
        """After which a call that hung has surely ended, and is to be seen."""
        table = self._tables.get(name)
        return table.timeout + table.resolve_after if table else timedelta(minutes=2)

    def without_threads(self) -> frozenset[str]:
        """Channels that send short posts once their service has refused a thread."""
        tables = [table for table in self._tables.values() if isinstance(table, XTable) and table.live]
        return frozenset(t.name for t in tables if t.on_refused_reply == "short" and t.mode == "thread")

    def reposting(self) -> frozenset[str]:
        """Channels on which a correction takes the place of the post."""
        tables = [table for table in self._tables.values() if isinstance(table, XTable)]
        return frozenset(table.name for table in tables if table.correction == "repost")

    def price(self, delivery: Delivery) -> int | None:
        """What a delivery would cost at its service's prices, in millionths of a dollar; None where that has none."""
        table = self._tables.get(delivery.channel)
        if not isinstance(table, XTable):
            return None
        post, with_link = table.price.post, table.price.post_with_link
        return round(sum(with_link if x_links(s.text) else post for s in delivery.post.segments) * MICROS)

    def budgets(self) -> dict[str, float]:
        """What a month of a channel may cost, in dollars, where that is limited."""
        tables = [table for table in self._tables.values() if isinstance(table, XTable)]
        return {table.name: table.monthly_budget_usd for table in tables if table.monthly_budget_usd}

    def close(self) -> None:
        """Give back connections."""
        for adapter in self._adapters.values():
            adapter.close()

    def _preview(self, channel: Channel) -> SendingChannel:
        folder: Path = self._config.var / "preview"
        return PreviewChannel(
            channel=channel,
            folder=folder,
            render=self._render,
            clock=self._now,
            echo=self._echo,
            channels=list(self.channels.values()),
        )

    def _live(self, channel: Channel) -> SendingChannel:
        table: ChannelTable = self._tables[channel.name]
        return CHANNELS[channel.service](table, self._config.secrets.get, self._now)
