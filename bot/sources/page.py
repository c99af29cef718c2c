"""One page of a site: the article's own text out of it, with Open Graph's title and picture."""

import re
from datetime import timedelta
from urllib.parse import urljoin

from lxml import etree
from lxml import html as lxml_html

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.sources import fetch
from bot.sources.encoding import text_of
from bot.sources.html import beginning
from bot.sources.items import moment
from bot.text.links import canonical, shown

_TEXTS = {"", "application/xhtml+xml", "application/xml", "application/html"}
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]", re.I)

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"


def read(url: str, *, source: str, section: str, timeout: timedelta, allow_private: bool) -> Article:
    """The article of a page, its guid the canonical address; raises SourceError, also where there is no text."""
    answer = fetch.get(url, timeout=timeout, accept=ACCEPT, allow_private=allow_private)
    article = extract(answer.content or b"", answer.content_type, answer.url, source=source, section=section)
    if not article.body:
        raise SourceError(
            f"{shown(url)}: no article text was found on the page; paste the text instead.",
            f"{shown(url)}: لم يوجد نص مادة في الصفحة؛ الصق النص بدلا من ذلك.",
        )
    return article


def extract(content: bytes, content_type: str, url: str, *, source: str, section: str = "") -> Article:
    """What of a page is its article; the body is empty where none is found. Raises SourceError where it is no page."""
    text = beginning(text_of(content, content_type))
    _refuse_what_is_no_page(content, content_type, text, url)
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        tree = lxml_html.document_fromstring(text.encode("utf-8", "ignore"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        raise SourceError(f"{shown(url)} is no web page.", f"{shown(url)} ليس صفحة ويب.") from None
    meta = _meta(tree)
    at = _own_address(tree, url)
    title = meta.get("og:title") or meta.get("twitter:title") or _first(tree, "h1") or _first(tree, "title")
    return Article(
        source=source,
        guid=canonical(at),
        title=" ".join(title.split()),
        body=_body(tree),
        url=at,
        tags=(),
        section=section or meta.get("article:section", ""),
        author=meta.get("author", ""),
        image=urljoin(url, meta["og:image"]) if meta.get("og:image") else "",
        published_at=moment(meta.get("article:published_time", "")),
    )


def _refuse_what_is_no_page(content: bytes, content_type: str, text: str, url: str) -> None:
    kind = content_type.partition(";")[0].strip().lower()
    head = text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE} \t\r\n")[:1000]
    if "<html" not in head.lower() and (_FEED.search(head) or head[:1] in ("{", "[") or kind.endswith("json")):
        raise SourceError(
            f"{shown(url)} is a feed or data, no page of an article; a feed belongs under [[sources]].",
            f"{shown(url)} ليس صفحة مادة بل تغذية أو بيانات؛ ومكان التغذية [[sources]] في newsroom.toml.",
        )
    is_text = kind in _TEXTS or kind.startswith("text/")
    if not is_text or (b"\0" in content[:1000] and not content.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise SourceError(
            f"{shown(url)} is no web page (it is {kind or 'no text'}); give the address of the article's page.",
            f"{shown(url)} ليس صفحة ويب (نوعه {kind or 'غير نصي'})؛ أعط عنوان صفحة المادة.",
        )


def _body(tree: etree._Element) -> str:
    import trafilatura  # a second to load, and only summaries and pages need it

    try:
        found = trafilatura.bare_extraction(
            tree, include_comments=False, include_tables=False, favor_precision=True, with_metadata=False
        )
    except Exception:  # whatever a page does to the library, it has no text for us then
        return ""
    text = getattr(found, "text", None) or ""
    return "\n\n".join(line for each in text.split("\n") if (line := each.strip().removeprefix("- ")))


def _meta(tree: etree._Element) -> dict[str, str]:
    """The first value of each meta element, by its lower-case name."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or "").strip().lower()
        if name and (value := (element.get("content") or "").strip()):
            found.setdefault(name, value)
    return found


def _own_address(tree: etree._Element, url: str) -> str:
    """rel=canonical where it is of the same site, else the address that was read."""
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and (href := (link.get("href") or "").strip()):
            own = urljoin(url, href)
            if own.split("/")[:3] == url.split("/")[:3]:
                return own
    return url


def _first(tree: etree._Element, tag: str) -> str:
    found = next(tree.iter(tag), None)
    return "".join(map(str, found.itertext())) if found is not None else ""
