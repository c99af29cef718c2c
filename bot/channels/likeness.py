"""Whether a text that a service shows is the one that was given to it, after folding what services change."""

import html
import re
import unicodedata
from urllib.parse import unquote, urlsplit

_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"https?://[^\s<>\"«»]+", re.IGNORECASE)


def alike(ours: str, theirs: str) -> bool:
    """Whether two texts are one, but for spaces, invisible signs, and the spelling of links."""
    return _folded(ours) == _folded(theirs)


def plain(markup: str) -> str:
    """The text that HTML shows."""
    return html.unescape(_TAG.sub("", markup))


def _folded(text: str) -> str:
    text = _LINK.sub(lambda found: _link(found[0]), unicodedata.normalize("NFC", text))
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())


def _link(url: str) -> str:
    """The host in small letters, the rest as people read it, no slash at the end, whatever the scheme."""
    parts = urlsplit(url)
    rest = unquote(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return f"{parts.netloc.lower()}{rest.rstrip('/')}"
