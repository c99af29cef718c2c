"""What others bring by themselves, through the API: articles in JSON, and posts as WordPress shows them."""

import hashlib
import html as entities
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.article import BROUGHT, Article
from bot.domain.errors import FormatError
from bot.domain.ports import Batch, Cursor
from bot.net import addresses
from bot.sources import html
from bot.sources.items import moment
from bot.text.links import canonical

AHEAD = timedelta(minutes=10)  # a date further ahead is the time from which it may go out
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
SHOWN = ("publish", "future", "")  # of WordPress's states


class PushSource:
    """A source that is never read: it is brought what it has."""

    name = BROUGHT
    poll = timedelta(days=1)
    backfill: str | int | timedelta = "none"

    def fetch(self, cursor: Cursor, now: datetime) -> Batch:  # noqa: ARG002 - as the port has it
        """Nothing: what is new was brought."""
        return Batch(articles=(), cursor=cursor, unchanged=True)


def article(fields: Mapping[str, Any], now: datetime, *, source: str = BROUGHT) -> Article:
    """The article of a JSON object with the names of `Article`; its text may be HTML. Raises FormatError."""
    title, body = html.one_line(fields.get("title") or ""), html.paragraphs(fields.get("body") or "")
    url = (fields.get("url") or "").strip()
    withdrawn = bool(fields.get("withdrawn"))
    if not (title or body or withdrawn):
        raise FormatError("The article has neither a title nor a text.", "المادة بلا عنوان ولا نص.")
    for address in filter(None, (url, fields.get("image") or "")):
        if not addresses.is_http(address):
            raise FormatError("`url` and `image` are http(s) addresses.", "العنوانان `url` و`image` يبدآن بـ http(s).")
    published, embargo = _date(fields, "published_at"), _date(fields, "embargoed_until")
    if published and published > now + AHEAD:
        embargo, published = max(embargo or published, published), None
    guid = (fields.get("guid") or "").strip() or (canonical(url) if url else "")
    return Article(
        source=source,
        guid=guid or hashlib.sha256(f"{title}\0{body}".encode("utf-8", "ignore")).hexdigest()[:32],
        title=title,
        body="" if withdrawn else body,
        url=url,
        tags=tuple(filter(None, (" ".join(str(tag).split()) for tag in fields.get("tags") or ()))),
        section=(fields.get("section") or "").strip(),
        author=(fields.get("author") or "").strip(),
        image=(fields.get("image") or "").strip(),
        published_at=published,
        embargoed_until=embargo,
        urgent=bool(fields.get("urgent")),
        withdrawn=withdrawn,
    )


def wordpress(post: Mapping[str, Any], now: datetime) -> Article:
    """The article of a post as WordPress's REST API v2 shows it; one that is not public is withdrawn.

    Tags are names where they are given as names or embedded (`_embed`); numbers alone name nothing. Raises FormatError.
    """
    embedded = post.get("_embedded") if isinstance(post.get("_embedded"), Mapping) else {}
    terms = [term for group in _list(embedded, "wp:term") for term in _maps(group)]
    names = [_plain(tag) for tag in _list(post, "tags") if isinstance(tag, str)]
    media, authors = _maps(_list(embedded, "wp:featuredmedia")), _maps(_list(embedded, "author"))
    image = _text(media[0], "source_url") if media else _text(post, "jetpack_featured_media_url")
    link = _text(post, "link")
    fields = {
        "title": _rendered(post, "title"),
        "body": _rendered(post, "content") or _rendered(post, "excerpt"),
        "url": link,
        "guid": f"wordpress:{post['id']}" if isinstance(post.get("id"), int) else "",
        "tags": [*names, *_named(terms, "post_tag")],
        "section": next(iter(_named(terms, "category")), ""),
        "author": entities.unescape(_text(authors[0], "name")) if authors else "",
        "image": image if addresses.is_http(image) else "",
        "published_at": moment(_text(post, "date_gmt")) or moment(_text(post, "date")),
        "withdrawn": _text(post, "status") not in SHOWN or bool(_text(post, "password")),
    }
    return article(fields, now)


def _date(fields: Mapping[str, Any], key: str) -> datetime | None:
    value: datetime | None = fields.get(key)
    if value is not None and not EARLIEST <= value <= LATEST:
        raise FormatError(f"`{key}` is no date of our time.", f"التاريخ في `{key}` ليس من زماننا.")
    return value.astimezone(UTC) if value else None


def _rendered(post: Mapping[str, Any], key: str) -> str:
    """Text that WordPress wraps as {"rendered": …}."""
    value = post.get(key)
    return _text(value, "rendered") if isinstance(value, Mapping) else _text(post, key)


def _named(terms: Sequence[Mapping[str, Any]], taxonomy: str) -> list[str]:
    return [entities.unescape(_text(term, "name")) for term in terms if term.get("taxonomy") == taxonomy]


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return _plain(value).strip() if isinstance(value, str) else ""


def _plain(text: str) -> str:
    """Without lone surrogates, which no parser takes."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def _list(row: Any, key: str) -> list[Any]:
    value = row.get(key) if isinstance(row, Mapping) else None
    return value if isinstance(value, list) else []


def _maps(rows: Any) -> list[Mapping[str, Any]]:
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
