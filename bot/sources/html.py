"""HTML of a feed or of Markdown into clean paragraphs: what is no text is dropped, blocks become paragraphs."""

import html
import re

import nh3
from lxml import etree
from lxml import html as lxml_html

BLOCKS = {"p", "div", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "dd", "dt", "pre", "figure"}
KEPT = BLOCKS | {
    "br",
    "ul",
    "ol",
    "table",
    "tbody",
    "td",
    "th",
    "section",
    "article",
    "span",
    "a",
    "b",
    "i",
    "em",
    "strong",
}
DROPPED = {
    "script",
    "style",
    "figcaption",
    "iframe",
    "object",
    "svg",
    "form",
    "button",
    "nav",
    "aside",
    "template",
    "noscript",
    "head",
}
_SPACE = re.compile(r"[^\S\n]+")
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&#?\w+;")


def paragraphs(markup: str) -> str:
    """Text with paragraphs parted by a blank line; script, captions and markup are gone."""
    if not _MARKUP.search(markup):
        return markup.strip()
    safe = nh3.clean(markup, tags=KEPT, clean_content_tags=DROPPED, attributes={}, link_rel=None)
    if not safe.strip():
        return ""
    out: list[str] = []
    _walk(lxml_html.fragment_fromstring(safe, create_parent="div"), out)
    blocks = "".join(out).split("\0")
    lines = ["\n".join(filter(None, (_SPACE.sub(" ", line).strip() for line in block.split("\n")))) for block in blocks]
    return "\n\n".join(line for line in lines if line)


def one_line(markup: str) -> str:
    """A title as text."""
    return " ".join(paragraphs(html.unescape(markup) if "&" in markup else markup).split())


def _walk(node: etree._Element, out: list[str]) -> None:
    tag = node.tag if isinstance(node.tag, str) else ""
    block = tag in BLOCKS
    if block:
        out.append("\0")
    if tag == "br":
        out.append("\n")
    if node.text:
        out.append(node.text.replace("\n", " "))
    for child in node:
        _walk(child, out)
        if child.tail:
            out.append(child.tail.replace("\n", " "))
    if block:
        out.append("\0")
    elif tag in ("td", "th"):
        out.append(" ")
