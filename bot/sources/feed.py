"""RSS 2.0 and Atom."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import fastfeedparser

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.domain.ports import Batch, Cursor
from bot.domain.say import Say
from bot.sources import fetch, html
from bot.text.links import canonical

ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"


class FeedSource:
    """One feed, read by conditional GET."""

    def __init__(
        self, *, name: str, url: str, poll: timedelta, backfill: str | int | timedelta, section: str, timeout: timedelta
    ) -> None:
        self.name, self.url, self.poll, self.backfill = name, url, poll, backfill
        self._section, self._timeout = section, timeout

    def fetch(self, cursor: Cursor, now: datetime) -> Batch:  # noqa: ARG002 - of the port
        """The items of the feed as it is now; `unchanged` where it has not changed since the cursor."""
        answer = fetch.get(
            self.url,
            etag=cursor.get("etag", ""),
            last_modified=cursor.get("last_modified", ""),
            timeout=self._timeout,
            accept=ACCEPT,
        )
        news = {"etag": answer.etag, "last_modified": answer.last_modified, "digest": cursor.get("digest", "")}
        if answer.content is None:
            return Batch(articles=(), cursor=news, unchanged=True)
        news["digest"] = hashlib.sha256(answer.content).hexdigest()
        if news["digest"] == cursor.get("digest"):
            return Batch(articles=(), cursor=news, unchanged=True)
        try:
            parsed = fastfeedparser.parse(answer.content)
            items = list(parsed.entries)
        except Exception as error:  # the parser raises ValueError, lxml's and its own errors: all mean "no feed"
            raise SourceError(
                f"{self.url} is no feed that can be read ({type(error).__name__}); check the address.",
                f"ما في {self.url} ليس تغذية يمكن قراءتها؛ تحقق من العنوان.",
            ) from None
        articles, faults = [], []
        for item in items:
            try:
                articles.append(self._article(item))
            except Exception as error:  # a broken item never costs its neighbours
                faults.append(
                    Say(
                        f"{self.url}: an item cannot be read ({type(error).__name__}).",
                        f"{self.url}: عنصر تعذرت قراءته.",
                    )
                )
        return Batch(articles=tuple(articles), cursor=news, faults=tuple(faults))

    def _article(self, item: Any) -> Article:
        url = str(item.get("link") or "").strip()
        title = html.one_line(str(item.get("title") or ""))
        contents = [str(part.get("value") or "") for part in item.get("content") or []]
        body = html.paragraphs(max([*contents, str(item.get("description") or "")], key=len))
        guid = str(item.get("id") or "").strip()
        if guid in ("", url) and url:
            guid = canonical(url)  # the parser gives the link where an item has no guid
        if not guid:
            guid = hashlib.sha256(f"{title}\0{body}".encode()).hexdigest()[:32]
        if not title and not body:
            raise ValueError("an item without title and text")
        tags = tuple(
            t for tag in item.get("tags") or [] if (t := str(tag.get("term") or tag.get("label") or "").strip())
        )
        return Article(
            source=self.name,
            guid=guid,
            title=title,
            body=body,
            url=url,
            tags=tags,
            section=self._section or (tags[0] if tags else ""),
            author=str(item.get("author") or ""),
            image=_image(item),
            published_at=_moment(item.get("published") or item.get("updated")),
        )


def _image(item: Any) -> str:
    """The lead picture: media:content or thumbnail, else an enclosure of a picture type."""
    media = [m for m in item.get("media_content") or [] if "image" in (m.get("medium") or m.get("type") or "image")]
    for found in (*media, *(item.get("media_thumbnail") or [])):
        if found.get("url"):
            return str(found["url"])
    for found in item.get("enclosures") or []:
        if str(found.get("type") or "").startswith("image/"):
            return str(found.get("url") or found.get("href") or "")
    return ""


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str) and value:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
    else:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
