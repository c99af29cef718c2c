"""How long a text is for each service."""

import unicodedata
from html import unescape

import regex

X_URL = 23
_ONE = r"\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037"
_LIGHT = regex.compile(rf"[{_ONE}]")
_HEAVY = regex.compile(rf"[^{_ONE}]|[©®\u203c\u2049]|[0-9#*]\ufe0f?\u20e3")
_URL = regex.compile(r"(?<![\w@#$/])https?://[!-~]*[\w/=&%#+-]", regex.IGNORECASE)
_BARE = regex.compile(
    r"(?<![\w@#$/.-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}[a-z]{2,18}(?:/[!-~]*[\w/=&%#+-])?(?![\w@])", regex.IGNORECASE
)
_EMOJI = regex.compile(
    r"\p{RI}\p{RI}|[0-9#*]\ufe0f?\u20e3"
    r"|\p{Extended_Pictographic}(?:\ufe0f|\p{EMod})?(?:[\U000e0020-\U000e007f]+)?"
    r"(?:\u200d\p{Extended_Pictographic}(?:\ufe0f|\p{EMod})?)*"
)
_TAG = regex.compile(r"</?[a-z][^<>]*>", regex.IGNORECASE)


def x_length(text: str) -> int:
    """Weighted length on X, of 280: twitter-text v3, its configuration of 2018 with emoji counted as one."""
    text = unicodedata.normalize("NFC", text)
    length = 0
    if "://" in text:
        text, urls = _URL.subn("", text)
        length += urls * X_URL
    if "." in text:
        # a bare domain is a link for X where its ending is a known one; where it is not, its letters count
        for match in _BARE.finditer(text):
            length += max(X_URL - len(match[0]), 0)
    if text.isascii() or not _HEAVY.search(text):
        return length + len(text)
    text = _EMOJI.sub("  ", text)  # a whole emoji sequence weighs two
    return length + sum(1 if _LIGHT.match(letter) else 2 for letter in text)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def telegram_text(html: str) -> str:
    """What a reader sees of a Telegram HTML message."""
    return unescape(_TAG.sub("", html))


def telegram_length(html: str) -> int:
    """Length of a Telegram HTML message after its entities are parsed, in UTF-16 units, of 4096 (a safe budget)."""
    return utf16_length(telegram_text(html).strip())
