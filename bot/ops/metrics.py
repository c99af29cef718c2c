"""The page for Prometheus: what the tables add up to, read anew at each scrape."""

import hmac
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from bot.domain.ports import Sources
from bot.store.figures import Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LOOK_BACK = timedelta(hours=24)
QUANTILES = (0.5, 0.95)


def may_read(token: str, caller: str, authorization: str) -> bool:
    """Whether a caller may read the page: by the token where one is set, else from this machine only."""
    if token:
        return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())
    try:
        return ipaddress.ip_address(caller).is_loopback
    except ValueError:
        return False


def page(
    figures: Figures, sources: Sources, names: Sequence[str], budgets: Mapping[str, float], now: datetime
) -> bytes:
    """Everything that is measured, in Prometheus' text format."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(_Tables(figures, sources, names, budgets, now))
    return generate_latest(registry)


class _Tables:
    def __init__(
        self, figures: Figures, sources: Sources, names: Sequence[str], budgets: Mapping[str, float], now: datetime
    ) -> None:
        self._figures, self._sources, self._names, self._budgets, self._now = figures, sources, names, budgets, now

    def collect(self) -> Iterator[Metric]:
        deliveries = GaugeMetricFamily(
            "nashir_deliveries", "Deliveries by state.", labels=["channel", "service", "state", "preview"]
        )
        for count in self._figures.states():
            deliveries.add_metric([count.channel, count.service, count.state, str(count.preview).lower()], count.number)
        yield deliveries
        oldest = GaugeMetricFamily(
            "nashir_oldest_due_seconds", "How long the oldest due delivery waits.", labels=["channel"]
        )
        for channel, age in self._figures.oldest_due(self._now).items():
            oldest.add_metric([channel], age.total_seconds())
        yield oldest
        attempts = CounterMetricFamily("nashir_attempts", "Calls by outcome.", labels=["channel", "outcome"])
        for channel, outcome, number in self._figures.attempts():
            attempts.add_metric([channel, outcome], number)
        yield attempts
        speed = GaugeMetricFamily(
            "nashir_article_to_receipt_seconds",
            "From an article's first sight to its first receipt, of the last 24 hours.",
            labels=["channel", "quantile"],
        )
        for channel, seconds in self._figures.article_to_receipt(self._now - LOOK_BACK).items():
            for quantile in QUANTILES:
                speed.add_metric([channel, str(quantile)], seconds[min(int(quantile * len(seconds)), len(seconds) - 1)])
        yield speed
        down = GaugeMetricFamily("nashir_channel_down", "Channels whose account is broken.", labels=["channel"])
        for channel in self._figures.down():
            down.add_metric([channel], 1)
        yield down
        spent = GaugeMetricFamily("nashir_spent_usd", "What the calls of this month cost.", labels=["channel"])
        for channel, micros in self._figures.spent(self._now).items():
            spent.add_metric([channel], micros / 1e6)
        yield spent
        budget = GaugeMetricFamily("nashir_budget_usd", "What a month may cost.", labels=["channel"])
        for channel, usd in self._budgets.items():
            budget.add_metric([channel], usd)
        yield budget
        failures = GaugeMetricFamily(
            "nashir_source_failures", "Failed fetches since the last good one.", labels=["source"]
        )
        age_of = GaugeMetricFamily("nashir_source_read_age_seconds", "Since the last good fetch.", labels=["source"])
        for standing in self._sources.standing(self._names):
            failures.add_metric([standing.name], standing.failures)
            if standing.read_at:
                age_of.add_metric([standing.name], (self._now - standing.read_at).total_seconds())
        yield failures
        yield age_of
