"""Items of RSS 0.9 to 2.0, RDF and Atom, also where the XML is broken."""

import calendar
import re
import time
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice, zip_longest
from typing import Any
from urllib.parse import urljoin

from bot.domain.errors import SourceError
from bot.domain.say import Say
from bot.sources.encoding import without_named_entities
from bot.sources.items import MOST_ITEMS, Document, Faults, Item, link, moment
from bot.text.links import shown

_STRAY = re.compile(r"&(?!#?\w{1,31};)")  # an ampersand that begins no entity
SLICE = 250  # items that are parsed together
MOST_TAGS = 400_000
MOST_PATIENCE = 1_000_000  # letters that the slow parser gets: a hostile text of that length takes it seconds
MOST_SLOW_ITEMS = 200
MOST_SECONDS = 10.0  # that a broken feed is read item by item
MOST_NAMES = 30  # namespaces that each item gets then

_XMLNS = re.compile(r"""\sxmlns(?::\w{1,20})?=(?:"[^"<>]{0,200}"|'[^'<>]{0,200}')""")
NO_DATE = "guid:"
_GUID = re.compile(r"(<guid\b[^>]{0,200}>)(\s*(?:<!\[CDATA\[\s*)?)(?!\s|<|https?://)")

_OPENING = re.compile(r"<((?:\w{1,20}:)?(?:item|entry))[\s>]")
_CLOSING = re.compile(r"</(?:\w{1,20}:)?(?:item|entry)\s*>")
_CLOSING_ROOT = re.compile(r"</(?:\w+:)?(?:rss|RDF|feed)\s*>")
_ROOT = re.compile(r"<((?:\w+:)?(rss|RDF|feed))\b[^>]*>")


def read(text: str, url: str) -> Document:
    """The items of a feed in XML, from its root on, without a document type; raises SourceError where it is no feed."""
    text = _STRAY.sub("&amp;", without_named_entities(_beginning(text)))
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + text
    text, cut_off = _whole_items(text)
    items, faults, feed = _entries(text, url)
    if cut_off:
        faults.append(
            Say(
                f"{shown(url)}: the feed was cut off in its last item.", f"{shown(url)}: انقطعت التغذية في آخر عناصرها."
            )
        )
    links = feed.get("links") or []
    return Document(
        items=tuple(items), faults=tuple(faults), hub=link(links, "hub", url), topic=link(links, "self", url)
    )


def _whole_items(text: str) -> tuple[str, bool]:
    """Without a last item that has no end in a feed that has no end: half a text is no news."""
    if _CLOSING_ROOT.search(text, max(len(text) - 2000, 0)):
        return text, False
    openings = deque(_OPENING.finditer(text), maxlen=1)
    last = openings[0] if openings else None
    if last is None or f"</{last[1]}>" in text[last.start() :]:
        return text, False
    return text[: last.start()], True


def _beginning(text: str) -> str:
    """As many items and tags as any real feed has: a tree of millions of tags would fill the memory."""
    if text.count("<") > MOST_TAGS:
        text = text[: next(islice(re.finditer("<", text), MOST_TAGS, None)).start()]
    too_many = next(islice(_OPENING.finditer(text), MOST_ITEMS, None), None)
    return text[: too_many.start()] if too_many else text


def _entries(text: str, url: str) -> tuple[list[Item], list[Say], Mapping[str, Any]]:
    """By the quick parser; items that it lost are read one by one, and by feedparser where it fails at all."""
    if not _ROOT.search(text[:65536]):
        raise SourceError(
            f"{shown(url)} is no feed that can be read; check the address.",
            f"ما في {shown(url)} ليس تغذية يمكن قراءتها؛ تحقق من العنوان.",
        )
    parsed: Mapping[str, Any] = {}
    for parse in (_quick, _patient):
        try:
            parsed = parse(text)
            break
        except Exception:  # noqa: S112 - ValueError, lxml's errors and its own all mean: not by this parser
            continue
    entries = list(parsed.get("entries") or [])
    if len(entries) < sum(1 for _ in _OPENING.finditer(text)):
        entries = max(entries, list(_one_by_one(text)), key=len)
    feed = parsed.get("feed") or {}
    del parsed, text  # of ten thousand items each form takes its memory: one goes as the next comes
    entries.reverse()
    items, faults, number = [], Faults(url), 0
    while entries:
        entry, number = entries.pop(), number + 1
        try:
            items.append(_item(entry, url))
        except Exception as error:  # whatever is in one item, it costs none of its neighbours
            faults.add(number, error)
    return items, list(faults.said()), feed


def _quick(text: str) -> Mapping[str, Any]:
    """By the quick parser, some items at a time: the tree of ten thousand would fill the memory."""
    starts = [found.start() for found in _OPENING.finditer(text)]
    closing = None
    for closing in _CLOSING.finditer(text, starts[-1] if starts else 0):  # noqa: B007 - the last one
        pass
    if len(starts) <= SLICE or closing is None:
        return _parsed(text)
    head, tail = text[: starts[0]], text[closing.end() :]
    whole: dict[str, Any] = {}
    for at in range(0, len(starts), SLICE):
        end = starts[at + SLICE] if at + SLICE < len(starts) else closing.end()
        part = _parsed(head + text[starts[at] : end] + tail)
        whole.setdefault("feed", part.get("feed"))
        whole.setdefault("entries", []).extend(part.get("entries") or [])
    return whole


def _parsed(text: str) -> Mapping[str, Any]:
    import fastfeedparser

    # the library takes a guid for a date where an item has none ("1": the first of this month): keep it from that
    parsed: Mapping[str, Any] = fastfeedparser.parse(_GUID.sub(rf"\1\2{NO_DATE}", text).encode())
    for entry in parsed.get("entries") or []:
        entry["id"] = str(entry.get("id") or "").removeprefix(NO_DATE)
    return parsed


def _patient(text: str) -> Mapping[str, Any]:
    if len(text) > MOST_PATIENCE:
        raise ValueError("too long for the slow parser")
    import feedparser  # the slower of the two, which reads what no other does; its own cleaning is not needed

    parsed: Mapping[str, Any] = feedparser.parse(text.encode(), sanitize_html=False, resolve_relative_uris=False)
    return parsed


def _one_by_one(text: str) -> Iterator[Mapping[str, Any]]:
    """Every item as a feed of its own: what is broken in one does not swallow the next."""
    root = _ROOT.search(text)
    head, name = ("".join(["<", root[1], *_XMLNS.findall(root[0])[:MOST_NAMES]]), root[1]) if root else ("<rss", "rss")
    before, after = ("<channel>", "</channel>") if name.endswith("rss") else ("", "")
    slow, until = 0, time.monotonic() + MOST_SECONDS
    openings = list(_OPENING.finditer(text))
    for found, following in zip_longest(openings, (each.start() for each in openings[1:])):
        if time.monotonic() > until:  # a feed that is broken on purpose gets no more than that
            return
        close = f"</{found[1]}>"
        inner = text[found.start() : following].partition(close)[0]
        alone = f"{head}>{before}{inner}{close}{after}</{name}>"
        for parse in (_quick, _patient) if slow < MOST_SLOW_ITEMS else (_quick,):
            slow += parse is _patient
            try:
                entries = parse(alone).get("entries")
            except Exception:  # noqa: S112 - the next parser, or the item is lost
                continue
            if entries:
                yield entries[0]
                break


def _item(entry: Mapping[str, Any], base: str) -> Item:
    contents = [str(part.get("value") or "") for part in entry.get("content") or [] if isinstance(part, Mapping)]
    summary = str(entry.get("description") or entry.get("summary") or "")
    longest = max([*contents, summary], key=len)
    url = str(entry.get("feedburner_origlink") or entry.get("link") or "").strip()
    guid = str(entry.get("id") or "").strip()
    title = str(entry.get("title") or "")
    if not title.strip() and not longest.strip():
        raise SourceError("it has neither a title nor a text", "بلا عنوان ولا نص")
    tags = tuple(
        tag for each in entry.get("tags") or [] if (tag := str(each.get("term") or each.get("label") or "").strip())
    )
    return Item(
        guid="" if guid == url else guid,  # a parser gives the link where an item has no guid
        url=urljoin(base, url) if url else "",
        title=title,
        html=longest,
        is_full=any(part and part == longest and part != summary for part in contents),
        tags=tags,
        section=tags[0] if tags else "",
        author=str(entry.get("author") or ""),
        image=_image(entry, base),
        published_at=_date(entry),
    )


def _date(entry: Mapping[str, Any]) -> datetime | None:
    for key in ("published", "updated", "created"):
        parsed = entry.get(f"{key}_parsed")  # feedparser's own form: a struct_time in UTC
        if found := moment(datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else entry.get(key)):
            return found
    return None


def _image(entry: Mapping[str, Any], base: str) -> str:
    """The lead picture: media:content or thumbnail, else an enclosure of a picture type."""
    media = [m for m in entry.get("media_content") or [] if "image" in (m.get("medium") or m.get("type") or "image")]
    for found in (*media, *(entry.get("media_thumbnail") or [])):
        if found.get("url"):
            return urljoin(base, str(found["url"]))
    for found in entry.get("enclosures") or []:
        if str(found.get("type") or "").startswith("image/"):
            return urljoin(base, str(found.get("url") or found.get("href") or ""))
    return ""
