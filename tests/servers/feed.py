"""A server for feeds and pages, and builders of RSS and Atom documents."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from tests.servers import Answer, LocalServer, Request

CONTENT = "http://purl.org/rss/1.0/modules/content/"
MEDIA = "http://search.yahoo.com/mrss/"
CREATOR = "http://purl.org/dc/elements/1.1/"
ATOM = "http://www.w3.org/2005/Atom"
for prefix, space in (("content", CONTENT), ("media", MEDIA), ("dc", CREATOR), ("", ATOM)):
    ET.register_namespace(prefix, space)
START = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TITLES = (
    "بلدية الميناء تفتتح مكتبة عامة جديدة على الواجهة البحرية",
    "مزارعو الوادي يبدأون قطاف الزيتون قبل موعده المعتاد",
    "انقطاع المياه عن ثلاثة أحياء حتى مساء الخميس لأعمال الصيانة",
    "فريق المدينة يتأهل إلى نصف النهائي بعد فوزه بهدفين",
    "الأرصاد تتوقع أمطارًا متفرقة وانخفاضًا في درجات الحرارة",
)


@dataclass(frozen=True)
class Document:
    """What stands at one path."""

    body: bytes
    content_type: str
    etag: str | None
    modified: datetime | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class FeedServer(LocalServer[Document]):
    """Serves settable documents with conditional GET and gzip."""

    def __init__(self, delay: float = 0.0) -> None:
        super().__init__(None, delay)
        self.counts: defaultdict[str, dict[str, int]] = defaultdict(lambda: {"200": 0, "304": 0})
        self._documents: dict[str, Document] = {}

    def put(
        self,
        path: str,
        body: bytes,
        content_type: str = "application/rss+xml; charset=utf-8",
        etag: str | None = "auto",
        modified: datetime | None = START,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Set what stands at a path and return its address."""
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"' if etag == "auto" else etag
        with self.lock:
            self._documents[path] = Document(body, content_type, tag, modified, status, headers or {})
        return self.url + path

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        """Send a path elsewhere."""
        return self.put(path, b"", "text/plain", None, None, status, {"Location": target})

    def handle(self, request: Request) -> Answer:
        """Answer one GET or HEAD."""
        document = self._documents.get(request.path)
        if document is None:
            document = Document(b"not found", "text/plain", None, None, 404)
        code = 304 if document.status == 200 and _unchanged(document, request) else document.status
        count = self.counts[request.path]
        count[str(code)] = count.get(str(code), 0) + 1
        headers = {"Content-Type": document.content_type, "Vary": "Accept-Encoding", **document.headers}
        if document.etag:
            headers["ETag"] = document.etag
        if document.modified:
            headers["Last-Modified"] = format_datetime(document.modified, usegmt=True)
        if code == 304:
            return Answer(304, b"", headers)
        body = document.body
        if body and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 6)
            headers["Content-Encoding"] = "gzip"
        return Answer(code, body, headers)


def _unchanged(document: Document, request: Request) -> bool:
    known = request.headers.get("If-None-Match")
    if known is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return document.etag is not None and bool({document.etag.removeprefix("W/"), "*"} & tags)
    since = request.headers.get("If-Modified-Since")
    if since is None or document.modified is None:
        return False
    try:
        return document.modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except ValueError:
        return False


def arabic_items(count: int, site: str = "https://news.example.org") -> list[dict[str, Any]]:
    """Made-up items for `rss` and `atom`, newest first."""
    return [
        {
            "title": f"{TITLES[number % len(TITLES)]} ({number})",
            "link": f"{site}/{number}",
            "guid": f"tag:example.org,2026:{number}",
            "description": f"ملخص قصير للخبر رقم {number}.",
            "content": f"<p>تفاصيل الخبر رقم {number} كما رواها مراسلنا.</p><p>وأضاف أن العمل مستمر.</p>",
            "published": START + timedelta(minutes=number),
            "categories": ["محليات", "مجتمع"],
            "author": "هيئة التحرير",
            "picture": f"{site}/{number}.jpg",
        }
        for number in range(count, 0, -1)
    ]


def _put(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, attributes)
    child.text = text
    return child


def _document(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, "utf-8", xml_declaration=True))


def rss(items: Iterable[Mapping[str, Any]], title: str = "أخبار الميناء") -> bytes:
    """An RSS 2.0 document; keys as in `arabic_items`, `media` being a picture in media:content."""
    root = ET.Element("rss", {"version": "2.0"})
    channel = ET.SubElement(root, "channel")
    for tag, text in (("title", title), ("link", "https://news.example.org/"), ("description", title)):
        _put(channel, tag, text)
    _put(channel, "language", "ar")
    names = {tag: tag for tag in ("title", "link", "description")}
    names |= {"content": f"{{{CONTENT}}}encoded", "author": f"{{{CREATOR}}}creator"}
    for item in items:
        node = ET.SubElement(channel, "item")
        for key, tag in names.items():
            if item.get(key):
                _put(node, tag, item[key])
        if item.get("guid"):
            _put(node, "guid", item["guid"], isPermaLink="false")
        if item.get("published"):
            _put(node, "pubDate", format_datetime(item["published"]))
        for category in item.get("categories", ()):
            _put(node, "category", category)
        for key, tag in (("picture", "enclosure"), ("media", f"{{{MEDIA}}}content")):
            if item.get(key):
                kind = mimetypes.guess_type(item[key])[0] or "image/jpeg"
                extra = {"length": "0"} if key == "picture" else {"medium": "image"}
                _put(node, tag, url=item[key], type=kind, **extra)
    return _document(root)


def atom(items: Iterable[Mapping[str, Any]], title: str = "أخبار الميناء") -> bytes:
    """An Atom document; keys as in `arabic_items`."""
    space = f"{{{ATOM}}}"
    given = list(items)
    root = ET.Element(f"{space}feed", {XML_LANG: "ar"})
    _put(root, f"{space}title", title)
    _put(root, f"{space}id", "tag:example.org,2026:feed")
    _put(root, f"{space}link", href="https://news.example.org/")
    newest = max((item.get("published", START) for item in given), default=START)
    _put(root, f"{space}updated", newest.isoformat())
    for item in given:
        node = ET.SubElement(root, f"{space}entry")
        _put(node, f"{space}title", item["title"])
        _put(node, f"{space}id", item.get("guid") or item["link"])
        _put(node, f"{space}link", href=item["link"], rel="alternate")
        moment = item.get("published", START).isoformat()
        _put(node, f"{space}published", moment)
        _put(node, f"{space}updated", moment)
        _put(_put(node, f"{space}author"), f"{space}name", item.get("author", "هيئة التحرير"))
        for category in item.get("categories", ()):
            _put(node, f"{space}category", term=category)
        if item.get("description"):
            _put(node, f"{space}summary", item["description"])
        if item.get("content"):
            _put(node, f"{space}content", item["content"], type="html")
        if picture := item.get("picture") or item.get("media"):
            kind = mimetypes.guess_type(picture)[0] or "image/jpeg"
            _put(node, f"{space}link", href=picture, rel="enclosure", type=kind)
    return _document(root)
