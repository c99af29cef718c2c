"""A feed: RSS, Atom, JSON Feed or ninjs, by conditional GET; summaries are completed from their pages."""

import hashlib
import re
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.domain.ports import Batch, Cursor
from bot.domain.say import Say
from bot.domain.skipped import KEY, kept
from bot.sources import documents, fetch, html, page
from bot.sources.fetch import Answer
from bot.sources.items import Document, Item
from bot.text.links import canonical

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
SHORT = 600  # letters: a text without the feed's word that it is whole is taken for a summary below this
CLOCK_FAULT = timedelta(minutes=10)  # a date further ahead is a fault of the site's clock or zone

_CUT_OFF = re.compile(r"(?:\[?(?:…|\.\.\.)\]?|(?:اقرأ|إقرأ) المزيد|المزيد|Read more|Continue reading.*)\W*\Z")


def private_where(name: str) -> AbstractContextManager[None]:
    """What is called for this source says how a private address of it may be."""
    return fetch.private_where(
        f"write allow_private = true in the [[sources]] table of {name}.",
        f"اكتب allow_private = true في جدول المصدر {name} ضمن [[sources]].",
    )


class FeedSource:
    """One feed."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        poll: timedelta,
        backfill: str | int | timedelta,
        section: str,
        timeout: timedelta,
        allow_private: bool = False,
        full_text: str = "auto",
    ) -> None:
        self.name, self.url, self.poll, self.backfill = name, url, poll, backfill
        self._section, self._timeout, self._allow_private = section, timeout, allow_private
        self._full_text = full_text  # auto, feed (never look at the page) or page (always)

    def fetch(self, cursor: Cursor, now: datetime) -> Batch:
        """The items of the feed as it is now; `unchanged` where it has not changed since the cursor."""
        moved = str(cursor.get("moved", "")) if cursor.get("of") == self.url else ""
        try:
            return self._fetched(moved or self.url, moved, cursor, cursor, now)
        except SourceError as error:
            if not moved or error.after:
                raise
            return self._fetched(self.url, "", {}, cursor, now)  # the new address is worse than the old one

    def _fetched(self, url: str, moved: str, asked: Cursor, cursor: Cursor, now: datetime) -> Batch:
        """The items at one of the feed's addresses, `asked` about with the validators of a cursor."""
        answer = self._get(url, asked)
        moved = answer.moved_to or moved
        stays: Cursor = {k: cursor[k] for k in ("digest", "hub", "topic", KEY) if k in cursor}
        news = stays | {"etag": answer.etag, "last_modified": answer.last_modified, "moved": moved, "of": self.url}
        if answer.content is None:
            return Batch(articles=(), cursor=news, unchanged=True)
        digest = hashlib.sha256(answer.content).hexdigest()
        if digest == cursor.get("digest"):
            return Batch(articles=(), cursor=news, unchanged=True)
        document = documents.read(answer.content, answer.content_type, answer.url)
        batch = self._batch(document, now)
        hub, topic = fetch.hub_links(answer)
        news.pop(KEY, None)
        news |= kept({str(number): say for number, say in enumerate(batch.faults)})
        news |= {"digest": digest, "hub": document.hub or hub, "topic": document.topic or topic or answer.url}
        said = (_moved(self.url, moved),) if moved and moved != cursor.get("moved") else ()
        return replace(batch, cursor=news, faults=(*batch.faults, *said))

    def read(self, content: bytes, content_type: str, now: datetime) -> Batch:
        """The items of a feed that was brought to us (WebSub); its cursor is empty. Raises SourceError."""
        return self._batch(documents.read(content, content_type, self.url), now)

    def complete(self, article: Article) -> Article:
        """The article with the text and picture of its page; raises SourceError."""
        with private_where(self.name):
            found = page.read(
                article.url, source=self.name, section="", timeout=self._timeout, allow_private=self._allow_private
            )
        longer = max(article.body, found.body, key=len)
        return replace(article, body=longer, image=article.image or found.image, title=article.title or found.title)

    def _get(self, url: str, cursor: Cursor) -> Answer:
        with private_where(self.name):
            return fetch.get(
                url,
                etag=cursor.get("etag", ""),
                last_modified=cursor.get("last_modified", ""),
                timeout=self._timeout,
                accept=ACCEPT,
                allow_private=self._allow_private,
            )

    def _batch(self, document: Document, now: datetime) -> Batch:
        articles = [self._article(item, now) for item in document.items]
        partial = {
            article.guid
            for article, item in zip(articles, document.items, strict=True)
            if article.url and self._is_partial(article, item)
        }
        return Batch(articles=tuple(articles), cursor={}, faults=document.faults, partial=frozenset(partial))

    def _is_partial(self, article: Article, item: Item) -> bool:
        if self._full_text != "auto":
            return self._full_text == "page"
        return bool(_CUT_OFF.search(article.body)) or (not item.is_full and len(article.body) < SHORT)

    def _article(self, item: Item, now: datetime) -> Article:
        title, body = html.one_line(item.title), html.paragraphs(item.html)
        guid = canonical(item.guid) if item.guid.startswith(("http://", "https://")) else item.guid
        guid = guid or (canonical(item.url) if item.url else "")
        published = item.published_at
        if published and published > now + CLOCK_FAULT:
            published = None
        return Article(
            source=self.name,
            guid=guid or hashlib.sha256(f"{title}\0{body}".encode()).hexdigest()[:32],
            title=title,
            body=body,
            url=item.url,
            tags=item.tags,
            section=self._section or item.section,
            author=item.author,
            image=item.image,
            published_at=published,
            embargoed_until=item.embargoed_until,
            urgent=item.urgent,
            withdrawn=item.withdrawn,
        )


def _moved(url: str, to: str) -> Say:
    return Say(
        f"{url} has moved for good to {to} and is read there; write the new address into `url`.",
        f"انتقل {url} نهائيا إلى {to} ويُقرأ هناك؛ اكتب العنوان الجديد في `url`.",
    )
