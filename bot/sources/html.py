"""HTML of a feed or of Markdown into clean paragraphs: what is no text is dropped, blocks become paragraphs."""

import html
import re
from itertools import islice

import nh3

BLOCKS = set(
    "p div li blockquote h1 h2 h3 h4 h5 h6 tr dd dt pre figure section article header main footer center address "
    "summary details ul ol dl table tbody thead tfoot hr fieldset hgroup".split()
)
KEPT = BLOCKS | {"br", "td", "th"}
MOST_LETTERS = 500_000  # of one item
MOST_TAGS = 20_000
MOST_ATTRIBUTES = 100
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
_MARKUP = re.compile(r"<[a-zA-Z/!]|&#?\w{1,31};")
_TAG = re.compile(r"</?(\w+)>")
_BREAKS = re.compile(r"(?:\N{LINE SEPARATOR}\s*){2,}")


def paragraphs(markup: str) -> str:
    """Text with paragraphs parted by a blank line; script, captions and markup are gone."""
    if not _MARKUP.search(markup):
        return markup.strip()
    safe = nh3.clean(beginning(markup), tags=KEPT, clean_content_tags=DROPPED, attributes={}, link_rel=None)
    parts = _TAG.split(safe)  # text and names of tags in turn: what nh3 leaves has no attributes
    parts[::2] = [html.unescape(part).replace("\n", " ") for part in parts[::2]]
    parts[1::2] = ["\0" if tag in BLOCKS else "\N{LINE SEPARATOR}" if tag == "br" else " " for tag in parts[1::2]]
    blocks = _BREAKS.sub("\0", "".join(parts)).split("\0")
    lines = ["\n".join(filter(None, map(_one_space, block.split("\N{LINE SEPARATOR}")))) for block in blocks]
    return "\n\n".join(line for line in lines if line)


def beginning(markup: str) -> str:
    """As much markup as is worth looking at: no article has so many letters or tags."""
    tags = (at for at, letter in enumerate(markup[:MOST_LETTERS]) if letter == "<")
    markup = markup[: next(islice(tags, MOST_TAGS, None), MOST_LETTERS)]
    return ">".join(part if part.count("=") <= MOST_ATTRIBUTES else _bare(part) for part in markup.split(">"))


def _bare(part: str) -> str:
    """Text and the tag after it without its thousand attributes, for which parsers need quadratic time."""
    text, _, tag = part.partition("<")
    name = re.match(r"/?\w{1,20}", tag)
    return f"{text}<{name[0]}" if name else text


def _one_space(line: str) -> str:
    return _SPACE.sub(" ", line).strip()


def one_line(markup: str) -> str:
    """A title as text."""
    return " ".join(paragraphs(html.unescape(markup) if "&" in markup else markup).split())
