"""How long a text is for each service.

X counts as npm's twitter-text 3 does: NFC, a weight for each code point, two for an emoji, 23 for a link, and a link is
also a bare domain with a known ending. Telegram counts UTF-16 units after its markup is parsed.
"""

import re
import unicodedata
from functools import cache, lru_cache
from html import unescape
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple

import regex

X_LIMIT = 280
X_URL = 23
_MOST_URL, _MOST_LABEL = 4096, 63

_LIGHT = r"\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037"  # weight one; all else two
_EACH_HEAVY = re.compile(rf"[^{_LIGHT}]")
_MAY_WEIGH = regex.compile(rf"[^{_LIGHT}]|[0-9#*©®]")  # two by itself, or the first of an emoji of several
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_INVALID = re.compile("[\ufffe\ufeff\uffff]")
_MAY_LINK = regex.compile(r"\.[^\W\d_]")  # a full stop before a letter: every ending of a domain begins with one

_SPACES = r"\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_MARKS = r"\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_SPACE, _LAST_SPACE = regex.compile(f"[{_SPACES}]"), regex.compile(f"(?r)[{_SPACES}]")
# an address that is nothing else: such a run is one link for the whole pattern, too (t.co has a rule of its own)
_PLAIN = regex.compile(
    r"https?://(?!t\.co(?:/|$))(?:[a-z0-9][a-z0-9-]{0,60}[a-z0-9]\.|[a-z0-9]\.){1,6}([a-z]{2,20})(?:/[a-z0-9_/%.-]{0,500}[a-z0-9_/-]|/)?"
)
_PUNCT = r"!'#%&'()*+,\\\-./:;<=>?@\[\]\^_{|}~$"
_NAME = rf"[^{_PUNCT}{_SPACES}{_MARKS}\ufffe\ufeff\uffff]"  # a letter of a domain, of any script
_LATIN = (
    r"\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b\u02bb"
    r"\u0300-\u036f\u1e00-\u1eff"
)
_QUERY = r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"
_PATH = rf"[a-z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_PARENS = rf"\((?:{_PATH}+|{_PATH}*\({_PATH}+\){_PATH}*)\)"
_PATH_END = rf"[+\-a-z\u0400-\u04ff0-9=_#/{_LATIN}]"

_TAG = regex.compile(r"</?[a-z][^<>]*>", regex.IGNORECASE)


class XCount(NamedTuple):
    """What X makes of a text: its weighted length, and whether it holds none of the characters that X refuses."""

    length: int
    valid_characters: bool


class Link(NamedTuple):
    """A place of a text that X takes for a link."""

    start: int
    end: int


def x_length(text: str) -> int:
    """Weighted length on X, of 280."""
    return x_count(text).length


def x_count(text: str) -> XCount:
    """Weighted length on X, of 280, and whether all its characters are allowed there."""
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    allowed = not _INVALID.search(text)
    links = x_links(text)
    length, at = 0, 0
    for start, end in links:
        length += _weight(text[at:start]) + X_URL
        at = end
    return XCount(length + _weight(text[at:] if at else text), allowed)


def x_links(text: str) -> list[Link]:
    """Where X finds links in a text (NFC): addresses of http(s), and domains with a known ending."""
    if "." not in text or not _MAY_LINK.search(text):
        return []
    if not _ASTRAL.search(text):
        return _links(text)
    # twitter-text sees UTF-16 units: the second half of an emoji may stand before a link or begin a domain
    places = [at for at, letter in enumerate(text) for _ in range(1 + (letter > "\uffff"))]
    places.append(len(text))
    raw = text.encode("utf-16-le", "surrogatepass")
    units = "".join(chr(raw[i] + 256 * raw[i + 1]) for i in range(0, len(raw), 2))
    return [Link(places[start], places[end]) for start, end in _links(units)]


def _links(text: str) -> list[Link]:
    """The links of a text whose characters are one UTF-16 unit each."""
    found: list[Link] = []
    stop = 0
    for dot in _MAY_LINK.finditer(text):
        if dot.start() < stop:
            continue
        before, after = _LAST_SPACE.search(text, 0, dot.start()), _SPACE.search(text, dot.end())
        start, stop = before.end() if before else 0, after.start() if after else len(text)
        # an address between spaces, as most are: no need to look further
        if (plain := _PLAIN.fullmatch(text, start, stop)) and plain[1] in _ending_set():
            found.append(Link(start, stop))
        else:
            found += _links_of(text, start, stop)
    return found


def _links_of(text: str, begin: int, stop: int) -> list[Link]:
    """The links of a run without spaces: no link has one in it."""
    found: list[Link] = []
    for match in _link_pattern().finditer(text, max(begin - 1, 0), stop):
        protocol, domain = match["protocol"], match["domain"]
        if len(match["url"]) + (0 if protocol else 8) > _MOST_URL or not _is_domain(domain):
            continue
        if protocol:
            start, end = match.span("url")
            short = _tco_pattern().match(match["url"])
            if short:
                if len(short[1]) > 40:
                    continue
                end = start + short.end()
            found.append(Link(start, end))
            continue
        if match["before"] and match["before"] in "-_./":
            continue
        # of a domain glued to other letters the parts in Latin letters are links; the last is as long as with what
        # follows the whole domain, from its own end on
        parts = [Link(match.start("domain") + a, match.start("domain") + b) for a, b in _latin_domains(domain)]
        if parts and match["path"]:
            parts[-1] = Link(parts[-1].start, parts[-1].end + match.end("url") - match.end("domain"))
        found += parts
    return found


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def telegram_text(html: str) -> str:
    """What a reader sees of a Telegram HTML message."""
    return unescape(_TAG.sub("", html))


@lru_cache(maxsize=4)  # what fits is measured again when it is used
def telegram_length(html: str) -> int:
    """Length of a Telegram HTML message after its entities are parsed, in UTF-16 units, of 4096 (a safe budget)."""
    return utf16_length(telegram_text(html).strip())


def graphemes(text: str) -> list[str]:
    """What a reader takes for letters (UAX #29, extended grapheme clusters)."""
    return [str(each) for each in regex.findall(r"\X", text)]


def _weight(text: str) -> int:
    if "\N{COMBINING ENCLOSING KEYCAP}" not in text and not _EACH_HEAVY.search(text):
        return len(text)
    sequences = _emoji()
    length, end = len(text), 0
    for match in _MAY_WEIGH.finditer(text):
        at, letter = match.start(), match[0]
        if at < end:  # inside an emoji of several
            continue
        for emoji in sequences.get(letter, ()):
            if text.startswith(emoji, at):
                length, end = length + 2 - len(emoji), at + len(emoji)
                break
        else:
            length += bool(_EACH_HEAVY.match(letter))
    return length


def _is_domain(domain: str) -> bool:
    """Whether no label is longer than a name server allows, as it would be written there."""
    if domain.isascii():
        return all(len(label) <= _MOST_LABEL for label in domain.split("."))
    for label in domain.split("."):
        whole = label.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        written = len(label) if label.isascii() else 4 + len(whole.encode("punycode"))
        if not 1 <= written <= _MOST_LABEL:
            return False
    return not (domain[:4] == "xn--" and not _latin_domains(domain))


def _latin_domains(domain: str) -> list[tuple[int, int]]:
    return [match.span() for match in _latin_pattern().finditer(domain)]


@cache
def _ending_set() -> frozenset[str]:
    return frozenset(files("bot.text.data").joinpath("tlds.txt").read_text("utf-8").split())


@cache
def _endings() -> str:
    return _alternatives(sorted(_ending_set()))


def _alternatives(words: list[str]) -> str:
    """A pattern for any of these sorted words, the longest first, that looks at each letter once."""
    branches = []
    for first, group in groupby((word for word in words if word), key=lambda word: word[0]):
        rest = [word[1:] for word in group]
        branches.append(regex.escape(first) + _alternatives(rest))
    if not branches:
        return ""
    whole = branches[0] if len(branches) == 1 and "" not in words else f"(?:{'|'.join(branches)})"
    return whole + "?" if "" in words else whole


@cache
def _emoji() -> dict[str, list[str]]:
    """The emoji that weigh two as a whole, by their first code point, the longest first."""
    found: dict[str, list[str]] = {}
    for line in files("bot.text.data").joinpath("emoji.txt").read_text("ascii").split():
        emoji = "".join(chr(int(code, 16)) for code in line.split("-"))
        found.setdefault(emoji[0], []).append(emoji)
    return {first: sorted(all_, key=len, reverse=True) for first, all_ in found.items()}


@cache
def _link_pattern() -> "regex.Pattern[str]":
    # bounded: a longer label, or a domain of more labels, is none for a name server either
    sub = rf"{_NAME}(?>(?:{_NAME}|[_-]){{0,70}}+)(?<={_NAME})\."
    name = rf"{_NAME}(?>(?:{_NAME}|-){{0,70}}+)(?<={_NAME})\."
    ending = rf"(?:(?:{_endings()})(?=[^0-9a-zA-Z@+-]|$)|xn--[\-0-9a-z]+)"
    path = rf"(?:{_PATH}*(?:{_PARENS}{_PATH}*)*{_PATH_END}|{_PARENS}|@{_PATH}+/)"
    return regex.compile(
        rf"(?P<before>[^A-Za-z0-9@＠$#＃\ufffe\ufeff\uffff]|^)"
        rf"(?P<url>(?P<protocol>https?://)?(?P<domain>(?:{sub}){{0,20}}{name}{ending})(?::[0-9]+)?"
        rf"(?P<path>/{path}*)?(?:\?{_QUERY}*[a-z0-9\-_&=#/])?)",
        regex.IGNORECASE,
    )


@cache
def _latin_pattern() -> "regex.Pattern[str]":
    ending = rf"(?:(?:{_endings()})(?=[^0-9a-zA-Z@+-]|$)|xn--[\-0-9a-z]+)"
    return regex.compile(rf"(?:[\-a-z0-9{_LATIN}]{{1,70}}\.){{1,20}}{ending}", regex.IGNORECASE)


@cache
def _tco_pattern() -> "regex.Pattern[str]":
    return regex.compile(rf"https?://t\.co/([a-z0-9]+)(?:\?{_QUERY}*[a-z0-9\-_&=#/])?", regex.IGNORECASE)
