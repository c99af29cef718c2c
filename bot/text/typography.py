"""The signs between the words, by house style. No word is changed, and a second run changes nothing."""

import re

from bot.domain.style import Digits, Quotes
from bot.text.marks import ARABIC_INDIC, CLOSERS, DOUBLE_PRIME, TATWEEL, WESTERN

_URL = re.compile(r"(https?://\S+|(?<!\S)[^\s@]{1,64}@[^\s@]{1,255}\.\S+|#\S+)")
_LETTER = r"\u0621-\u064a"
_TATWEEL = re.compile(rf"(?<=[{_LETTER}\u064b-\u0652]){TATWEEL}+(?=[{_LETTER}])")
_SPACE_BEFORE = re.compile(r" +(?=[،؛؟!:](?:\s|$)|[.](?:\s|$))")
_SPACE_AFTER = re.compile(rf"(?<=[،؛؟])(?=[{_LETTER}])")
_LATIN = re.compile(rf"(?<=[{_LETTER}\u064b-\u0652”»]) ?([,;?])(?=\s|$|[”»])")
_LATIN_SIGNS = {",": "،", ";": "؛", "?": "؟"}
_TO_WESTERN = str.maketrans(ARABIC_INDIC + "٫", WESTERN + ".")
_TO_INDIC = str.maketrans(WESTERN, ARABIC_INDIC)
_LATIN_WORD = re.compile(r"[A-Za-z][\w.+-]*|[\w.+-]*[A-Za-z]")
_INNER_SPACE = re.compile(r"(?<![^\s(])([“«]) +(?=[^”»\n]{0,2000}[”»])| +([”»])(?=[\s.,،؛:!؟?)]|$)")


def mend_quotes(text: str) -> str:
    """Close a quote with its own sign: `“كوفيد-19″` and `“كوفيد-19"` end with `”`."""
    if DOUBLE_PRIME not in text and not ("“" in text and '"' in text):
        return text
    out: list[str] = []
    opened = False
    for letter in text:
        if letter == "“":
            opened = True
        elif letter == "”":
            opened = False
        elif opened and letter in (DOUBLE_PRIME, '"'):
            letter, opened = "”", False
        elif letter == DOUBLE_PRIME and not (out and out[-1].isdigit()):
            letter = '"'  # no inch without a number before it: it stands for a straight quote
        out.append(letter)
    return "".join(out)


def set_quotes(text: str, style: Quotes) -> str:
    """Outer pairs of one paragraph in the house's form; a sign without a partner stays as it is."""
    if style == "keep":
        return text
    left, right = ("«", "»") if style == "guillemets" else ("“", "”")
    for first, last in (('"', '"'), ("“", "”"), ("«", "»")):
        pair = re.compile(rf"{first}([^{first}{last}]*){last}") if first != last else re.compile(r'"([^"]*)"')
        if (first, last) != (left, right):
            text = pair.sub(lambda m: f"{left}{m[1]}{right}" if not set(m[1]) & {left, right} else m[0], text)
    return text


def set_digits(text: str, style: Digits) -> str:
    """Digits in the house's form, except in links, addresses and words with Latin letters."""
    if style == "western":
        return text.translate(_TO_WESTERN)
    if style == "keep":
        return text
    latin = [match.span() for match in _LATIN_WORD.finditer(text)]
    return "".join(
        letter if any(a <= i < b for a, b in latin) else letter.translate(_TO_INDIC) for i, letter in enumerate(text)
    )


def set_signs(text: str) -> str:
    """Arabic comma, semicolon and question mark after Arabic words; no space before them, one after; no tatweel."""
    text = _TATWEEL.sub("", text)
    text = _LATIN.sub(lambda m: _LATIN_SIGNS[m[1]], text)
    text = _INNER_SPACE.sub(lambda m: m[1] or m[2], text)
    text = _SPACE_AFTER.sub(" ", text)
    return _SPACE_BEFORE.sub("", text)


def typeset(text: str, digits: Digits, quotes: Quotes) -> str:
    """One paragraph in house style; links, addresses and hashtags stay as they are."""
    text = set_quotes(mend_quotes(text), quotes)
    parts = _URL.split(text)
    parts[::2] = [set_digits(set_signs(part), digits) for part in parts[::2]]
    return "".join(parts)


def unclosed(text: str) -> list[str]:
    """The opening quotation marks that have no partner in the text, outermost first."""
    stack: list[str] = []
    before = ""
    for letter in text:
        if stack and letter == CLOSERS[stack[-1]]:
            stack.pop()
        elif letter in "“«" or (letter == '"' and not before.isdigit()):  # 27" is an inch mark
            stack.append(letter)
        before = letter
    return stack


def close_quotes(text: str) -> str:
    """The text with every open quotation closed, a full stop or comma after the closing mark."""
    stack = unclosed(text)
    if not stack:
        return text
    end = "".join(CLOSERS[mark] for mark in reversed(stack))
    bare = text.rstrip(".،؛: ")
    return f"{bare}{end}." if text.rstrip().endswith(".") else f"{bare}{end}"
