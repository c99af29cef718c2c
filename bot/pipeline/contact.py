"""First contact of a source and a channel: what was there before stays unpublished, save the backfill."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.ports import Articles, Source, Sources
from bot.domain.schedule import Contact


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
                    admitted=backfill(source, articles, now) if sources.backfills(source.name) else frozenset(),
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


def admitted(
    wanted: Sequence[Article], all_: Sequence[Article], backfill: str | int | timedelta, now: datetime
) -> list[Article]:
    """Those of a first batch that the backfill may let through."""
    if backfill == "none":
        return []
    if isinstance(backfill, timedelta):
        return [a for a in wanted if (a.published_at or now) >= now - backfill]
    newest = sorted(all_, key=lambda a: a.published_at or now, reverse=True)[: int(backfill)]
    admitted = {article.guid for article in newest}
    return [a for a in wanted if a.guid in admitted]
