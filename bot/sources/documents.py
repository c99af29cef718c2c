"""A feed's bytes into items, whatever kind of feed they are.

No document type, no entity of its own and nothing external is ever read: the declaration is cut off before any parser
sees the text.
"""

import re
from urllib.parse import urljoin

from lxml import etree
from lxml import html as lxml_html

from bot.domain.errors import SourceError
from bot.sources import json_feed, xml_feed
from bot.sources.encoding import text_of
from bot.sources.items import Document
from bot.text.links import shown

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HTML = re.compile(r"<(?:!doctype html|html)\b", re.IGNORECASE)
_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")


def read(content: bytes, content_type: str, url: str) -> Document:
    """The items of a feed, in its order; raises SourceError where it is none. A broken item costs no other one."""
    text = _NOT_XML.sub("", text_of(content, content_type)).lstrip("\ufeff \t\r\n")
    if text[:1] in ("{", "["):
        return json_feed.read(text, url)
    text = _past_prolog(text)
    if _HTML.match(text):
        raise _a_page(text, url)
    return xml_feed.read(text, url)


def _past_prolog(text: str) -> str:
    """The document from its root element on; of a document type HTML's alone stays, to be known by."""
    at = 0
    while True:
        at += len(text[at : at + 1000]) - len(text[at : at + 1000].lstrip())
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4) + 3
        elif text.startswith("<?", at):
            end = text.find("?>", at + 2) + 2
        elif text[at : at + 9].upper() == "<!DOCTYPE" and not _HTML.match(text, at):
            close, subset = text.find(">", at), text.find("[", at)
            end = text.find("]>", subset) + 2 if -1 < subset < close else close + 1
        else:
            return text[at:]
        if end <= at:
            return text[at:]
        at = end


def _a_page(text: str, url: str) -> SourceError:
    """An HTML page stands where a feed should: name the feeds that it points to."""
    try:
        page = lxml_html.document_fromstring(text[:500_000].encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
        found = [
            urljoin(url, link.get("href", "")) for link in page.iter("link") if link.get("type", "").lower() in _TYPES
        ]
    except (etree.LxmlError, ValueError):
        found = []
    if found:
        return SourceError(
            f"{shown(url)} is a web page, not a feed; its feed is {found[0]} : write that into `url`.",
            f"{shown(url)} صفحة وليس تغذية؛ تغذيتها {found[0]} : اكتبه في `url`.",
        )
    return SourceError(
        f"{shown(url)} is a web page, not a feed; check the address.", f"{shown(url)} صفحة وليس تغذية؛ تحقق من العنوان."
    )
