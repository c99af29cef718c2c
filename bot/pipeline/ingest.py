"""Sources to articles: fetch one source, keep what is new or changed."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.errors import SourceError
from bot.domain.ports import Articles, Batch, Source, Sources
from bot.domain.say import Say
from bot.pipeline.contact import admitted, meet_all
from bot.pipeline.identity import keep_together

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(hours=1)
GONE_WAIT = timedelta(days=1)  # a source that says it is gone for good is still looked at, once a day
LONGEST_ASKED = timedelta(days=1)  # more patience than that no server gets
PAGES = 40  # that are read at most to complete the summaries of one fetch
PAGES_AT_ONCE = 4
PAGE_TRIES = 3  # then a summary stays one
OWED = "owed:"  # in the place of an item's digest, with the number of tries
TOGETHER = 100  # articles of one transaction


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What one fetch of one source came to."""

    source: str
    new: int = 0
    changed: int = 0
    sighted: int = 0  # items that were known to be articles of another guid
    unchanged: bool = False
    faults: tuple[Say, ...] = ()
    news: tuple[Say, ...] = ()  # what an editor should look at
    error: Say | None = None
    again_in: timedelta | None = None
    owed: int = 0  # summaries whose pages are read at the next fetch


def ingest(source: Source, channels: Sequence[Channel], articles: Articles, sources: Sources, now: datetime) -> Intake:
    """Fetch, keep, and note how it went; a failure is noted and tried again later, never raised."""
    try:
        batch = source.fetch(sources.cursor(source.name), now)
    except SourceError as error:
        sources.broken(source.name, error.say, next_try(error, source.poll, sources.failures(source.name), now))
        return Intake(source=source.name, error=error.say)
    intake = take_in(source, batch, channels, articles, sources, now)
    next_at = now + min(batch.again_in or source.poll, source.poll)
    cursor = batch.cursor
    if intake.owed:  # the same feed is read again, for the pages that are still to come
        cursor = {key: value for key, value in cursor.items() if key not in ("etag", "last_modified", "digest")}
    sources.fetched(source.name, cursor, next_at, now, whole=batch.again_in is None)
    return intake


def next_try(error: SourceError, poll: timedelta, failures: int, now: datetime) -> datetime:
    """When a source that failed is read again: ever later, and not before its server wants."""
    if error.gone:
        return now + GONE_WAIT
    wait: timedelta = min(poll * 2 ** min(failures, 10), max(LONGEST_WAIT, poll))
    return now + max(wait, min(error.after or wait, LONGEST_ASKED))


def take_in(
    source: Source, batch: Batch, channels: Sequence[Channel], articles: Articles, sources: Sources, now: datetime
) -> Intake:
    """Keep what is new or changed of a batch, completed where it is a summary; a first batch meets the channels."""
    first = not sources.read_once(source.name)
    given = [(clean(article), article.guid in batch.partial) for article in batch.articles]
    known = articles.digests(source.name, [article.guid for article, _ in given])
    fresh = [(article, partial) for article, partial in given if known.get(article.guid) != article.digest]
    whole, faults, owed = _completed(source, fresh, known, first=first, now=now)
    counts: Counter[str] = Counter()
    news: list[Say] = []
    for start in range(0, len(fresh), TOGETHER):
        chunk = [
            (whole.get(given.guid, given), owed.get(given.guid, given.digest))
            for given, _ in fresh[start : start + TOGETHER]
        ]
        for kept, fault in keep_together(chunk, articles, now):
            counts[kept.outcome if kept else "fault"] += 1
            news += [kept.note] if kept and kept.note else []
            faults += [fault] if fault else []
    if first and batch.again_in is None:  # what is still arriving at the first look was there before, too
        meet_all(source, channels, articles, sources, now)
    return Intake(
        source=source.name,
        new=counts["new"],
        changed=counts["changed"],
        sighted=counts["sighted"],
        unchanged=batch.unchanged,
        faults=(*batch.faults, *faults),
        news=tuple(news),
        again_in=batch.again_in,
        owed=len(owed),
    )


def _completed(
    source: Source, fresh: Sequence[tuple[Article, bool]], known: Mapping[str, str], *, first: bool, now: datetime
) -> tuple[dict[str, Article], list[Say], dict[str, str]]:
    """The articles of summaries by guid, with the text of their pages, as far as they may be published; what was wrong;
    and by guid what to remember of those whose page is still owed: it is read at the next fetch, but not for ever.
    """
    wanted = [article for article, partial in fresh if partial]
    if first:
        wanted = admitted(wanted, [article for article, _ in fresh], source.backfill, now)
    complete = getattr(source, "complete", None)  # the optional power `Completing`
    if complete is None or not wanted:
        return {}, [], {}
    wanted, later = wanted[:PAGES], wanted[PAGES:]
    owed = {article.guid: known.get(article.guid, f"{OWED}0") for article in later}
    whole: dict[str, Article] = {}
    faults: list[Say] = []
    with ThreadPoolExecutor(PAGES_AT_ONCE, "page") as pool:
        for article, done in zip(wanted, pool.map(lambda each: _try(complete, each), wanted), strict=True):
            if isinstance(done, Article):
                whole[article.guid] = clean(done)
            elif done.gone:
                whole[article.guid] = replace(article, withdrawn=True)
            else:
                faults.append(done.say)
                tries = int((known.get(article.guid) or "").removeprefix(OWED) or 0) if _is_owed(known, article) else 0
                if tries + 1 < PAGE_TRIES:
                    owed[article.guid] = f"{OWED}{tries + 1}"
    return whole, faults, owed


def _is_owed(known: Mapping[str, str], article: Article) -> bool:
    return known.get(article.guid, "").startswith(OWED)


def _try(complete: Callable[[Article], Article], article: Article) -> Article | SourceError:
    try:
        return complete(article)
    except SourceError as error:
        return error


def clean(article: Article) -> Article:
    """The article without lone surrogates and NUL, which no database keeps; most often the very same one."""
    changes: dict[str, Any] = {}
    for field in fields(article):
        value = getattr(article, field.name)
        if isinstance(value, str) and (kept := _clean(value)) is not value:
            changes[field.name] = kept
        elif isinstance(value, tuple) and (tags := tuple(map(_clean, value))) != value:
            changes[field.name] = tags
    return replace(article, **changes) if changes else article


def _clean(text: str) -> str:
    if "\0" not in text:
        try:
            text.encode("utf-8")
            return text
        except UnicodeEncodeError:
            pass
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")
