"""Signs that come in pairs: quotation marks and brackets. Which belongs to which, and what is missing."""

import re
from bisect import bisect_left
from collections.abc import Container, Sequence
from functools import lru_cache
from itertools import accumulate, chain, takewhile
from typing import Literal, NamedTuple

import regex

from bot.domain.style import Quotes
from bot.text.marks import CLOSERS, DOUBLE_PRIME

BRACKETS = {"(": ")", "[": "]", "{": "}"}
# the last four: „X“, ”X“, »X« and ’X‘, as German and some feeds set them
QUOTES = {**CLOSERS, "„": "“", "”": "“", "»": "«", "’": "‘"}
CURLY = frozenset(QUOTES) - {'"'}
_PARTNERS = {**QUOTES, **BRACKETS}
_LIKE = {sign: opener + closer for opener, closer in _PARTNERS.items() for sign in (opener, closer)}
_LIKE |= dict.fromkeys("“”„", "“”„")
_SIGN = re.compile("[" + re.escape("".join(sorted(_LIKE))) + "]")
_OPENER = re.compile("[" + re.escape("".join(_PARTNERS)) + "]")
_STRAIGHT = '"'
_SINGLE = "‘’"
_LETTER = regex.compile(r"[\p{L}\p{M}\p{N}]")
# what stands before a mark that surely opens, and after one that surely closes; a number and a space may measure inches
_BEFORE = re.compile(r"(?:^|(?<!\d)\s|[(:،]|\b[وفبلك]ـ?)$")
_AFTER = ("", *" .،؛:!؟?…)")
_FRONT = re.compile(r"(?:^|[\s(\[:،/«“\"”]|ـ|(?<!\w)[وفبلك]{1,3})$")  # before a mark that may open
# a mark that stands as a closing one: behind a word and before a space, or before a sign that does not begin the words
_ENDS = re.compile(r"(?<=[^\s(\[:]).(?=\s)|.(?=[.،؛,;:!?؟…)\]”»’\"]|$)(?![.…’]+\w)")
_ENDS_LOOSELY = re.compile(r"(?<![(\[:])(?<![(\[:]\s).(?=\s)|" + _ENDS.pattern)
_ARABIC = re.compile("[\u0621-\u064a]")
_SIGNS = " .،؛,;:!؟?…"
_PREFIX = regex.compile("[وفبلك]{1,3}|[وف]?[بلك]?ال")  # what Arabic joins to a word, also before a quotation mark
_FOREIGN = regex.compile(r"[A-Za-z0-9][\w.&+'/-]*(?: [A-Z][\w.&+'/-]*)*")

DEEPEST = 24  # signs that are open within each other; nobody opens more
MOST_WEIGHED = 20_000  # letters of a paragraph that is read in several ways
MOST_ALONE = 60  # signs without a partner in one paragraph; where there are more, no place is certain

Kind = Literal["unclosed", "unopened"]


class Lone(NamedTuple):
    """A sign without its partner."""

    at: int
    sign: str
    kind: Kind


Scanned = tuple[Sequence[tuple[int, int]], Sequence[Lone]]


class _Reading(NamedTuple):
    """How straight marks are read."""

    nests: bool  # one that stands like an opening one opens, also where one is open
    inches: bool = False  # one behind a digit measures, also where one is open


_READINGS = (_Reading(nests=True), _Reading(nests=False), _Reading(nests=True, inches=True))


@lru_cache(maxsize=256)  # the sentences of one article are asked about again and again
def scan(text: str) -> Scanned:
    """The pairs of a paragraph, each as the places of its two signs, and the signs that stand alone.

    Straight marks may be read in several ways: the first that leaves the fewest alone is taken.
    """
    best = _read(text, _READINGS[0])
    if len(text) <= MOST_WEIGHED and any(each.sign == _STRAIGHT for each in best[1]):
        best = min((best, *(_read(text, reading) for reading in _READINGS[1:])), key=lambda read: len(read[1]))
    return best


def _read(text: str, reading: _Reading) -> Scanned:
    pairs: list[tuple[int, int]] = []
    lone: list[Lone] = []
    stack: list[int] = []
    for match in _SIGN.finditer(text):
        at, sign = match.start(), match[0]
        near = reversed(stack[-DEEPEST:])
        partner = next((i for i in near if text[i] in _LIKE[sign]), None) if stack else None
        if _is_no_pair(text, at, is_open=partner is not None and not reading.inches):
            continue
        if _opens(text, at, is_open=partner is not None) or (reading.nests and _nests(text, at, stack)):
            stack.append(at)
            continue
        if partner is None:
            lone.append(Lone(at=at, sign=sign, kind="unopened"))
            continue
        while stack[-1] != partner:  # what was opened inside and never closed
            lone += _unclosed(text, stack.pop())
        pairs.append((stack.pop(), at))
    lone += chain.from_iterable(_unclosed(text, at) for at in stack)
    return pairs, sorted(lone, key=lambda each: each.at)


def mend(text: str) -> str:
    """Close a quotation with its own sign, and mend a lone sign where there is one place only for its partner.

    `“كوفيد-19″` ends with `”`. A lone bracket before a foreign name is closed after it; a quotation after a colon that
    is never closed ends with the paragraph. A lone sign at the very end is dropped, but for a quotation mark behind a
    letter. All else stays as it is.
    """
    if not _SIGN.search(text) and DOUBLE_PRIME not in text:
        return text
    text = _closed_by_its_own(text)
    _, lone = scan(text)
    match [each for each in lone if each.sign in QUOTES]:
        case [Lone(kind="unclosed") as opener, Lone(kind="unopened") as closer]:  # `"…”`
            text = text[: closer.at] + QUOTES[opener.sign] + text[closer.at + 1 :]
            _, lone = scan(text)
    # what is mended may leave another sign alone; a round that leaves as many as before mends nothing
    while 0 < len(lone) <= MOST_ALONE:
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
    pairs, alone = scan(text)
    found = [(a, b) for a, b in pairs if text[a] == _STRAIGHT]
    last = sum(each.sign == _STRAIGHT and not text[each.at + 1 :].strip(_SIGNS) for each in alone)  # of another one
    sure = all(_BEFORE.search(text[max(a - 4, 0) : a]) and text[b + 1 : b + 2] in _AFTER for a, b in found)
    if not sure or 2 * len(found) + last != text.count(_STRAIGHT):
        return text
    letters = list(text)
    for a, b in found:
        for way in (range(a + 1, b), range(b - 1, a, -1)):
            for at in takewhile(lambda at: text[at] == " ", way):
                letters[at] = ""
    return "".join(letters)


def set_quotes(text: str, style: Quotes) -> str:
    """Quotation marks in the house's form, outer pairs and inner ones; a sign without a partner stays as it is."""
    if style == "keep":
        return text
    outer, inner = (("«", "»"), ("“", "”")) if style == "guillemets" else (("“", "”"), ("«", "»"))
    pairs, _ = scan(text)
    quotes = [(a, b) for a, b in pairs if text[a] in QUOTES and text[a] not in _SINGLE]
    letters = list(text)
    ends: list[int] = []  # of the pairs around a place
    for a, b in sorted(quotes):
        while ends and ends[-1] < a:
            ends.pop()
        letters[a], letters[b] = outer if len(ends) % 2 == 0 else inner
        ends.append(b)
    return "".join(letters)


def unclosed(text: str) -> list[str]:
    """The opening quotation marks that have no partner in the text, outermost first."""
    return [sign for sign in open_signs(text) if sign in QUOTES]


def inside(sentences: Sequence[str], signs: Container[str] = QUOTES) -> list[bool]:
    """Which sentences of a paragraph begin inside a quotation that an earlier one opens with one of the signs."""
    text = " ".join(sentences)
    if len(sentences) < 2 or not any(sign in signs for sign in _OPENER.findall(text)):
        return [False] * len(sentences)
    pairs, lone = scan(text)
    spans = [(a, b) for a, b in pairs if text[a] in signs]
    spans += [(each.at, len(text)) for each in lone if each.kind == "unclosed" and each.sign in signs]
    starts = accumulate((len(sentence) + 1 for sentence in sentences[:-1]), initial=0)
    opened, closed = sorted(a for a, _ in spans), sorted(b for _, b in spans)
    return [bisect_left(opened, start) > bisect_left(closed, start) for start in starts]


def is_one_quotation(text: str) -> bool:
    """Whether a text is one quotation and nothing else, so that nobody says it."""
    bare = text.rstrip(_SIGNS)
    return bare[:1] in (*CLOSERS, _STRAIGHT) and bool(bare) and (0, len(bare) - 1) in scan(bare)[0]


def open_signs(text: str) -> list[str]:
    """The opening quotation marks and brackets that have no partner in the text, outermost first."""
    return [each.sign for each in scan(text)[1] if each.kind == "unclosed"] if _OPENER.search(text) else []


def close_quotes(text: str) -> str:
    """The text with every open quotation and bracket closed, a full stop or comma after the closing mark.

    One straight mark at the end is enough for two quotations, as it is typed everywhere.
    """
    if not _OPENER.search(text):
        return text
    end = "".join(_PARTNERS[sign] for sign in reversed(open_signs(text)))
    whole = text.rstrip()
    bare = whole if whole.endswith("..") else text.rstrip(".،؛: ")
    if end[:1] == _STRAIGHT == bare[-1:]:
        end = end[1:]
    if not end:
        return text
    return f"{bare}{end}." if whole.endswith(".") and whole != bare else f"{bare}{end}"


def _closed_by_its_own(text: str) -> str:
    """`“…″`, `“…"` and `“…“` end with `”`, `«…"` with `»`; a lone double prime, no inch, is a straight quote."""
    twice = text.count("“") > 1 or text.count("«") > 1
    if DOUBLE_PRIME not in text and not twice and not (_STRAIGHT in text and ("“" in text or "«" in text)):
        return text
    out: list[str] = []
    stack: list[str] = []  # what is open
    for at, letter in enumerate(text):
        if letter in "“«":
            if stack[-1:] == [letter] and _ENDS_LOOSELY.match(text, at):
                letter = CLOSERS[stack.pop()]
            elif stack or not _ENDS.match(text, at):
                stack.append(letter)
        elif letter in "”»":
            if QUOTES[letter] in stack:
                del stack[len(stack) - 1 - stack[::-1].index(QUOTES[letter]) :]
        elif letter in (DOUBLE_PRIME, _STRAIGHT):
            if stack and stack[-1] != _STRAIGHT and text[at - 1].isdigit() and _closes_later(text, at, stack[-1]):
                pass  # an inch
            elif stack and stack[-1] != _STRAIGHT and not _opens_word(text, at):
                letter = CLOSERS[stack.pop()]
            elif stack[-1:] == [_STRAIGHT]:
                letter = stack.pop()
            elif not (out and out[-1].isdigit()):
                letter = _STRAIGHT
                stack.append(letter)
        out.append(letter)
    return "".join(out)


def _closes_later(text: str, at: int, opener: str) -> bool:
    """Whether the partner of a mark stands behind this place, before another quotation of its kind."""
    closes, again = text.find(CLOSERS[opener], at), text.find(opener, at)
    return closes >= 0 and not 0 <= again < closes


def _opens_word(text: str, at: int) -> bool:
    after = text[at + 1 : at + 2]
    return _may_begin(text, at) and bool(after) and not after.isspace()


def _may_begin(text: str, at: int) -> bool:
    """Whether what stands before a mark lets it open."""
    return bool(_FRONT.search(text[max(at - 5, 0) : at]))


def _is_no_pair(text: str, at: int, *, is_open: bool) -> bool:
    """An apostrophe, the bracket of a numbered list, an inch mark."""
    sign, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if sign in _SINGLE:
        if _ARABIC.match(after) and _may_begin(text, at):
            return False
        if not _LETTER.match(before):
            return after.isdigit() or (sign == "’" and bool(_LETTER.match(after)))
        return bool(_LETTER.match(after)) or not is_open
    if sign == _STRAIGHT:
        return before.isdigit() and not is_open
    if sign == ")":
        head = text[:at].lstrip()
        return len(head) <= 3 and head.isalnum() and (head.isdigit() or len(head) == 1)
    return False


def _opens(text: str, at: int, *, is_open: bool) -> bool:
    """Whether a mark opens, by its form and by what stands around it."""
    sign = text[at]
    if sign == _STRAIGHT:
        return not is_open
    if sign in CLOSERS:
        return not (is_open and _ENDS_LOOSELY.match(text, at))
    if sign in QUOTES:
        return not is_open and bool(_LETTER.match(text, at + 1)) and _may_begin(text, at)
    return sign in BRACKETS


def _nests(text: str, at: int, stack: Sequence[int]) -> bool:
    """Whether a straight mark stands like an opening one: behind a space or another that opened."""
    if text[at] != _STRAIGHT or not _LETTER.match(text, at + 1):
        return False
    return stack[-1:] == [at - 1] or _may_begin(text, at)


def _unclosed(text: str, at: int) -> list[Lone]:
    """A sign that found no partner: a mark that stands like a closing one has not opened anything."""
    sign = text[at]
    if sign in _SINGLE and not text[:at].rstrip().endswith(":"):
        return []  # an apostrophe, or a slip of the keyboard
    ends = sign in QUOTES and _ENDS.match(text, at)
    return [Lone(at=at, sign=sign, kind="unopened" if ends else "unclosed")]


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
    if lone.sign == _STRAIGHT and _STRAIGHT in (text[at - 1 : at], rest[:1]):  # set twice
        return text[:at] + rest
    if lone.kind == "unclosed" and alone and text[:at].rstrip().endswith(":"):
        return close_quotes(text)
    # behind a letter a quotation ends, wherever it began: its mark stays, or the words would be the newsroom's
    stays = lone.kind == "unopened" and (not alone or lone.sign in BRACKETS.values() or _LETTER.match(text, at - 1))
    if not rest.strip(_SIGNS) and not (stays and at):
        return text[:at].rstrip() + rest
    return text


def joins(before: str) -> bool:
    """Whether a word is one of the letters that Arabic joins to what follows, also before a quotation mark."""
    return bool(_PREFIX.fullmatch(before))
