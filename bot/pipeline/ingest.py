"""Sources to articles: fetch one source, keep what is new or changed."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.errors import SourceError
from bot.domain.ports import Articles, Source, Sources
from bot.domain.say import Say
from bot.domain.schedule import Contact

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What one fetch of one source came to."""

    source: str
    new: int = 0
    changed: int = 0
    unchanged: bool = False
    faults: tuple[Say, ...] = ()
    error: Say | None = None
    again_in: timedelta | None = None


def ingest(source: Source, channels: Sequence[Channel], articles: Articles, sources: Sources, now: datetime) -> Intake:
    """Fetch, keep, and note how it went; a failure is noted and tried again later, never raised."""
    try:
        batch = source.fetch(sources.cursor(source.name), now)
    except SourceError as error:
        failures = sources.failures(source.name)
        sources.broken(source.name, error.say, now + min(source.poll * 2 ** min(failures, 10), LONGEST_WAIT))
        return Intake(source=source.name, error=error.say)
    first = not sources.read_once(source.name)
    counts = {"new": 0, "changed": 0, "known": 0}
    faults = list(batch.faults)
    for article in batch.articles:
        try:
            counts[articles.put(clean(article), now)] += 1
        except ValueError as error:  # what no database keeps; a database that is away raises something else
            log.warning("source %s, item %s: %s", source.name, article.guid, error)
            faults.append(
                Say(
                    f"Source {source.name}: the item {article.guid!r} cannot be kept ({type(error).__name__}).",
                    f"المصدر {source.name}: تعذر حفظ العنصر {article.guid!r}.",
                )
            )
    if first:
        meet_all(source, channels, articles, sources, now)
    next_at = now + min(batch.again_in or source.poll, source.poll)
    sources.fetched(source.name, batch.cursor, next_at, now)
    return Intake(
        source=source.name,
        new=counts["new"],
        changed=counts["changed"],
        unchanged=batch.unchanged,
        faults=tuple(faults),
        again_in=batch.again_in,
    )


def meet_all(source: Source, channels: Sequence[Channel], articles: Articles, sources: Sources, now: datetime) -> None:
    """The first contact of a source with each channel: what is there now stays unpublished, save the backfill."""
    met = {(contact.source, contact.channel) for contact in sources.contacts()}
    for channel in channels:
        if (source.name, channel.name) not in met:
            sources.meet(
                Contact(
                    source=source.name,
                    channel=channel.name,
                    live=channel.live,
                    since=now,
                    admitted=backfill(source, articles, now),
                )
            )


def backfill(source: Source, articles: Articles, now: datetime) -> frozenset[str]:
    """The ids of a source's older articles that its setting lets through."""
    if source.backfill == "none":
        return frozenset()
    known = articles.of_source(source.name)
    if isinstance(source.backfill, int):
        return frozenset(candidate.article.id for candidate in known[: source.backfill])
    assert isinstance(source.backfill, timedelta)  # noqa: S101 - the third of three kinds
    return frozenset(c.article.id for c in known if c.dated >= now - source.backfill)


def clean(article: Article) -> Article:
    """The article without lone surrogates and NUL, which no database keeps."""
    changes: dict[str, Any] = {}
    for field in fields(article):
        value = getattr(article, field.name)
        if isinstance(value, str):
            changes[field.name] = _clean(value)
        elif isinstance(value, tuple):
            changes[field.name] = tuple(map(_clean, value))
    return replace(article, **changes)


def _clean(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")
