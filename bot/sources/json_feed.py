"""Items of JSON Feed 1.1 (jsonfeed.org) and of ninjs (iptc.org/std/ninjs)."""

import html
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from bot.domain.errors import SourceError
from bot.sources.items import MOST_ITEMS, Document, Faults, Item, moment
from bot.text.links import shown

_NINJS = {"headline", "body_html", "body_xhtml", "body_text", "pubstatus", "versioncreated"}


def read(text: str, url: str) -> Document:
    """JSON Feed 1.1 (jsonfeed.org), or ninjs (iptc.org): one object, a list, or a list under `items` or `_items`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise SourceError(f"{shown(url)}: this is not valid JSON.", f"{shown(url)}: صياغة JSON غير صحيحة.") from None
    head = found if isinstance(found, dict) else {}
    rows = next((head[key] for key in ("items", "_items") if isinstance(head.get(key), list)), None)
    rows = found if isinstance(found, list) else [head] if rows is None and is_ninjs(head) else rows
    if rows is None:
        raise SourceError(
            f"{shown(url)} is JSON, but no feed; check the address.", f"{shown(url)} ملف JSON وليس تغذية؛ تحقق منه."
        )
    items, faults = [], Faults(url)
    for number, row in enumerate(rows[:MOST_ITEMS], 1):
        try:
            items.append(ninjs(row) if is_ninjs(row) else _json_item(row, url))
        except Exception as error:  # as above
            faults.add(number, error)
    hubs = head.get("hubs") if isinstance(head.get("hubs"), list) else []
    hub = next((str(h["url"]) for h in hubs or [] if isinstance(h, dict) and h.get("url")), "")
    return Document(items=tuple(items), faults=faults.said(), hub=hub, topic=str(head.get("feed_url") or ""))


def _json_item(row: dict[str, Any], base: str) -> Item:
    full = _str(row, "content_html") or _markup(_str(row, "content_text"))
    body = full or _markup(_str(row, "summary"))
    url = _str(row, "url") or _str(row, "external_url")
    if not _str(row, "title") and not body:
        raise SourceError("it has neither a title nor a text", "بلا عنوان ولا نص")
    authors = [a for a in row.get("authors") or [row.get("author")] if isinstance(a, dict)]
    tags = tuple(str(tag) for tag in row.get("tags") or [])
    return Item(
        guid=str(row.get("id") or ""),
        url=urljoin(base, url) if url else "",
        title=_str(row, "title"),
        html=body,
        is_full=bool(full),
        tags=tags,
        section=tags[0] if tags else "",
        author=str(authors[0].get("name") or "") if authors else "",
        image=_str(row, "image") or _str(row, "banner_image"),
        published_at=moment(row.get("date_published")) or moment(row.get("date_modified")),
    )


def is_ninjs(row: Any) -> bool:
    """Whether a JSON object is an item in ninjs (iptc.org/std/ninjs)."""
    return isinstance(row, dict) and not _NINJS.isdisjoint(row) and ("guid" in row or "uri" in row)


def ninjs(row: dict[str, Any]) -> Item:
    """An item in ninjs: canceled or withheld is withdrawn, `embargoed` a hold."""
    body = _str(row, "body_html") or _str(row, "body_xhtml") or _markup(_str(row, "body_text"))
    subjects = [each for each in row.get("subject") or row.get("subjects") or [] if isinstance(each, dict)]
    picture = (row.get("associations") or {}).get("featuremedia") or {}
    renditions = picture.get("renditions") or {}
    image = next((str(r["href"]) for r in renditions.values() if isinstance(r, dict) and r.get("href")), "")
    urgency = row.get("urgency")
    return Item(
        guid=str(row.get("guid") or row.get("uri")),
        url=_str(row, "canonical_url") or _str(row, "url"),
        title=_str(row, "headline") or _str(row, "title"),
        html=body,
        is_full=True,
        tags=tuple(str(k) for k in row.get("keywords") or []),
        section=next((str(each["name"]) for each in subjects if each.get("name")), ""),
        author=_str(row, "byline"),
        image=image,
        published_at=moment(row.get("firstpublished")) or moment(row.get("versioncreated")),
        embargoed_until=_hold(row.get("embargoed") or row.get("embargoeduntil")),
        urgent=urgency == 1,
        withdrawn=row.get("pubstatus") in ("canceled", "cancelled", "withheld"),
    )


def _hold(value: Any) -> datetime | None:
    """The end of an embargo; raises SourceError where there is one that cannot be read: it must not be passed over."""
    found = moment(value)
    if value and found is None:
        raise SourceError(f"its embargo {str(value)[:40]!r} is no date", f"تاريخ حظره {str(value)[:40]!r} غير صحيح")
    return found


def _markup(plain: str) -> str:
    """Plain text as HTML, its blank lines as paragraphs."""
    return "".join(f"<p>{html.escape(block)}</p>" for block in re.split(r"\n\s*\n", plain) if block.strip())


def _str(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""
