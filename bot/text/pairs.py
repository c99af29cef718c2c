"""Signs that come in pairs: quotation marks and brackets. Which belongs to which, and what is missing."""

import re
from typing import Literal, NamedTuple

import regex

from bot.domain.style import Quotes
from bot.text.marks import CLOSERS, DOUBLE_PRIME

BRACKETS = {"(": ")", "[": "]", "{": "}"}
_OPENERS = {**CLOSERS, **BRACKETS}
_CLOSING = frozenset(_OPENERS.values())
_SIGN = re.compile("[" + re.escape("".join(sorted({*_OPENERS, *_CLOSING}))) + "]")
_OPENER = re.compile("[" + re.escape("".join(_OPENERS)) + "]")
_STRAIGHT = '"'
_LETTER = regex.compile(r"[\p{L}\p{M}\p{N}]")
# what stands before a mark that surely opens, and after one that surely closes; a number and a space may measure inches
_BEFORE = re.compile(r"(?:^|(?<!\d)\s|[(:،]|\b[وفبلك]ـ?)$")
_AFTER = ("", *" .،؛:!؟?…)")
_SIGNS = " .،؛,;:!؟?…"
_PREFIX = regex.compile("[وفبلك]{1,3}|[وف]?[بلك]?ال")  # what Arabic joins to a word, also before a quotation mark
_FOREIGN = regex.compile(r"[A-Za-z0-9][\w.&+'/-]*(?: [A-Z][\w.&+'/-]*)*")

Kind = Literal["unclosed", "unopened"]


class Lone(NamedTuple):
    """A sign without its partner."""

    at: int
    sign: str
    kind: Kind


def scan(text: str) -> tuple[list[tuple[int, int]], list[Lone]]:
    """The pairs of a paragraph, each as the places of its two signs, and the signs that stand alone."""
    pairs: list[tuple[int, int]] = []
    lone: list[Lone] = []
    stack: list[int] = []
    for match in _SIGN.finditer(text):
        at, sign = match.start(), match[0]
        if _is_no_pair(text, at):
            continue
        if _opens(text, at, stack):
            stack.append(at)
            continue
        partner = next((i for i in reversed(stack) if _OPENERS[text[i]] == sign), None)
        if partner is None:
            lone.append(Lone(at=at, sign=sign, kind="unopened"))
            continue
        while stack[-1] != partner:  # what was opened inside and never closed
            lone.append(Lone(at=stack[-1], sign=text[stack.pop()], kind="unclosed"))
        pairs.append((stack.pop(), at))
    lone += [Lone(at=at, sign=text[at], kind="unclosed") for at in stack]
    return pairs, sorted(lone, key=lambda each: each.at)


def mend(text: str) -> str:
    """Close a quotation with its own sign, and mend a lone sign where there is one place only for its partner.

    `“كوفيد-19″` ends with `”`. A lone bracket before a foreign name is closed after it; a quotation after a colon that
    is never closed ends with the paragraph. A lone sign at the very end is dropped. All else stays as it is.
    """
    if not _SIGN.search(text) and DOUBLE_PRIME not in text:
        return text
    text = _closed_by_its_own(text)
    _, lone = scan(text)
    while lone:  # what is mended may leave another sign alone; a round that leaves as many as before mends nothing
        mended = text
        for each in reversed(lone):
            mended = _with_partner(mended, each, alone=len(lone) == 1)
        left = scan(mended)[1]
        if len(left) >= len(lone):
            return text
        text, lone = mended, left
    return text


def tightened(text: str) -> str:
    """No space inside straight quotation marks, where it is sure for every one of them which opens and which closes."""
    inside = text.split(_STRAIGHT)[1::2]
    if not any(each[:1] == " " or each[-1:] == " " for each in inside):
        return text
    found = [(a, b) for a, b in scan(text)[0] if text[a] == _STRAIGHT]
    sure = all(_BEFORE.search(text[max(a - 4, 0) : a]) and text[b + 1 : b + 2] in _AFTER for a, b in found)
    if not sure or 2 * len(found) != text.count(_STRAIGHT):
        return text
    out, at = [], 0
    for a, b in sorted(found):
        out += [text[at : a + 1], text[a + 1 : b].strip(" ")]
        at = b
    return "".join([*out, text[at:]])


def set_quotes(text: str, style: Quotes) -> str:
    """Quotation marks in the house's form, outer pairs and inner ones; a sign without a partner stays as it is."""
    if style == "keep":
        return text
    outer, inner = (("«", "»"), ("“", "”")) if style == "guillemets" else (("“", "”"), ("«", "»"))
    pairs, _ = scan(text)
    quotes = [(a, b) for a, b in pairs if text[a] in CLOSERS and text[a] != "‘"]
    letters = list(text)
    for a, b in quotes:
        depth = sum(c < a and b < d for c, d in quotes)
        letters[a], letters[b] = outer if depth % 2 == 0 else inner
    return "".join(letters)


def unclosed(text: str) -> list[str]:
    """The opening quotation marks that have no partner in the text, outermost first."""
    return [sign for sign in open_signs(text) if sign in CLOSERS]


def is_one_quotation(text: str) -> bool:
    """Whether a text is one quotation and nothing else, so that nobody says it."""
    bare = text.rstrip(_SIGNS)
    return bare[:1] in (*CLOSERS, _STRAIGHT) and bool(bare) and (0, len(bare) - 1) in scan(bare)[0]


def open_signs(text: str) -> list[str]:
    """The opening quotation marks and brackets that have no partner in the text, outermost first."""
    return [each.sign for each in scan(text)[1] if each.kind == "unclosed"] if _OPENER.search(text) else []


def close_quotes(text: str) -> str:
    """The text with every open quotation and bracket closed, a full stop or comma after the closing mark."""
    if not _OPENER.search(text):
        return text
    stack = open_signs(text)
    if not stack:
        return text
    end = "".join(_OPENERS[sign] for sign in reversed(stack))
    bare = text.rstrip(".،؛: ")
    return f"{bare}{end}." if text.rstrip().endswith(".") else f"{bare}{end}"


def _closed_by_its_own(text: str) -> str:
    """`“…″` and `“…"` end with `”`, `«…"` with `»`; a lone double prime is a straight quote where it is no inch."""
    if DOUBLE_PRIME not in text and not (_STRAIGHT in text and ("“" in text or "«" in text)):
        return text
    out: list[str] = []
    opened = ""
    for at, letter in enumerate(text):
        if letter in "“«":
            opened = letter
        elif letter in "”»":
            opened = ""
        elif letter in (DOUBLE_PRIME, _STRAIGHT) and opened and not _opens_word(text, at):
            letter, opened = CLOSERS[opened], ""
        elif letter == DOUBLE_PRIME and not (out and out[-1].isdigit()):
            letter = _STRAIGHT
        out.append(letter)
    return "".join(out)


def _opens_word(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return (not before or before.isspace()) and bool(after) and not after.isspace()


def _is_no_pair(text: str, at: int) -> bool:
    """An apostrophe, the bracket of a numbered list, an inch mark."""
    sign, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if sign in "‘’":
        return bool(_LETTER.match(before)) and bool(_LETTER.match(after) or sign == "’")
    if sign == _STRAIGHT:
        return before.isdigit() and not _is_open(text, at)
    if sign == ")":
        head = text[:at].lstrip()
        return len(head) <= 3 and head.isalnum() and (head.isdigit() or len(head) == 1)
    return False


def _is_open(text: str, at: int) -> bool:
    """Whether a straight quotation mark is open before this place."""
    return text[:at].count(_STRAIGHT) % 2 == 1


def _opens(text: str, at: int, stack: list[int]) -> bool:
    sign = text[at]
    if sign != _STRAIGHT:
        return sign in _OPENERS
    return not any(text[i] == _STRAIGHT for i in stack)


def _with_partner(text: str, lone: Lone, *, alone: bool) -> str:
    at = lone.at
    rest = text[at + 1 :]
    if lone.kind == "unclosed" and lone.sign in BRACKETS:
        foreign = _FOREIGN.match(rest)
        after = rest[foreign.end() : foreign.end() + 1] if foreign else ""
        if foreign and after in ("", " ", "،", ".", "؛", ":"):
            cut = at + 1 + len(foreign[0].rstrip(".،"))
            return text[:cut] + BRACKETS[lone.sign] + text[cut:]
        return text
    if lone.kind == "unclosed" and alone and text[:at].rstrip().endswith(":"):
        return close_quotes(text)
    if lone.kind == "unopened" and alone and not rest.strip(_SIGNS) and lone.sign not in BRACKETS.values():
        return text[:at] + rest
    if lone.kind == "unclosed" and not rest.strip(_SIGNS):
        return text[:at].rstrip() + rest
    return text


def joins(before: str) -> bool:
    """Whether a word is one of the letters that Arabic joins to what follows, also before a quotation mark."""
    return bool(_PREFIX.fullmatch(before))
