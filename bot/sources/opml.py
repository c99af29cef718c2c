"""OPML 2.0 (opml.org): lists of feeds, as feed readers exchange them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from bot.domain.errors import SourceError
from bot.net.addresses import is_http


@dataclass(frozen=True, kw_only=True)
class Outline:
    """One feed of a list."""

    title: str
    url: str
    section: str = ""


def read(content: bytes) -> tuple[list[Outline], list[str]]:
    """The feeds of a list, each address once, and what stands there as an address and is none; raises SourceError.

    No document type and no entity is read.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(re.sub(rb"<!DOCTYPE[^>\[]*(\[[^\]]*\])?[^>]*>", b"", content, count=1), parser)
    except (etree.LxmlError, ValueError):
        root = None
    if root is None or root.tag != "opml":
        raise SourceError("This is no OPML file.", "هذا ليس ملف OPML.")
    found: dict[str, Outline] = {}
    bad: list[str] = []
    for outline in root.iter("outline"):
        url = (outline.get("xmlUrl") or "").strip()
        if is_http(url):
            parent = outline.getparent()
            section = (parent.get("text") or "") if parent is not None and parent.tag == "outline" else ""
            title = (outline.get("title") or outline.get("text") or "").strip()
            found.setdefault(url, Outline(title=title, url=url, section=section.strip()))
        elif url:
            bad.append(re.sub(r"//[^/@]*@", "//…@", url)[:200])
    return list(found.values()), bad


def write(feeds: Sequence[Outline], title: str) -> bytes:
    """A list of feeds, those of a section under its name."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    body = etree.SubElement(root, "body")
    groups: dict[str, etree._Element] = {"": body}
    for feed in feeds:
        if feed.section not in groups:
            groups[feed.section] = etree.SubElement(body, "outline", text=feed.section)
        attributes = {"type": "rss", "text": feed.title, "title": feed.title, "xmlUrl": feed.url}
        etree.SubElement(groups[feed.section], "outline", attributes)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
