"""Whether a text that a service shows is the one that was given to it, after folding what services change."""

import html
import re
import unicodedata
from urllib.parse import unquote

_TAG = re.compile(r"<[^>]*>")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_REST = r"[^\s<>\"«»،؛؟]*"
# also a bare domain: X makes a link with http:// of it
_LINK = re.compile(
    rf"https?://{_REST}|(?<![a-z0-9-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}[a-z]{{2,24}}(?::\d{{1,5}})?(?:[/?]{_REST})?",
    re.IGNORECASE,
)
_HOST = re.compile(r"[^/?#]*")
_AFTER = "/.,:;!?)]}'”’…"  # what stands after a link and may end up in it


def alike(ours: str, theirs: str) -> bool:
    """Whether two texts are one, but for spaces, invisible signs, and the spelling of links."""
    return _folded(ours) == _folded(theirs)


def plain(markup: str) -> str:
    """The text that HTML shows."""
    return html.unescape(_TAG.sub("", markup))


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFC", _LINK.sub(lambda found: _link(found[0]), text))
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())


def _link(url: str) -> str:
    """The host in small letters, the rest as people read it, no slash at the end, whatever the scheme."""
    url = _SCHEME.sub("", url, count=1).replace("&amp;", "&")
    link = url.rstrip(_AFTER)
    after = url[len(link) :].replace("/", "")
    link = _HOST.sub(lambda host: host[0].lower(), link.partition("#")[0], count=1)
    return unquote(link).rstrip("/") + after
