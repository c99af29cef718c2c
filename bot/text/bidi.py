"""Direction: an Arabic paragraph reads from the right, and what is Latin or a number in it stays whole.

Telegram and X take a paragraph's direction from its first strong character (Unicode UAX #9, P2 and P3); mail is told.
Inside, signs between or beside Latin letters and numbers go their own way: `C++` shows as `++C`, `2020-2021` as
`2021-2020`, `#Interpol` as `Interpol#`. A LEFT-TO-RIGHT MARK beside such a token mends it. Marks are added only where
the order of the display, worked out by the rules themselves, is wrong without them.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from html import unescape

from bot.text.marks import LRM, RLM

_ARABIC = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# what may show in a wrong order: a sign that touches a Latin letter or a digit, or stands between two numbers
_SUSPECT = re.compile(
    r"[#@+.\-\N{EN DASH}&*~=/\\][A-Za-z0-9]|[A-Za-z][+#*~=]|\d ?[-\N{EN DASH}+*=/] ?\d|\d[-+][A-Za-z]|\d \d|://|\d[A-Za-z]"
)
# a letter of another script may turn the line, and so does a flag; other signs and emoji do not
_OTHER = (
    r"A-Za-z\xaa-\u058f\u0900-\u1fff\u200e\u2070-\u218f\u2336-\u2395\u249c-\u24e9\u26ac\u2800-\u28ff\u2c00-\ufb1c"
    r"\uff00-\uffef\U00010000-\U0001efff\U0001f100-\U0001f2ff\U00020000-\U0010ffff"
)
_NEEDS_A_LOOK = re.compile(f"[{_OTHER}]|{_SUSPECT.pattern}")
_TOKEN = re.compile(
    r"""
    https?://[^\s<>"“”«»،؛؟]*[\w/=&%#+-]                                  # an address
  | \+\d[\d\ ().-]{5,}\d | 0\d(?:[\ .-]?\d{2}){3,} | \d{1,3}(?:\ \d{3})+  # telephone numbers, 20 000
  | -?\d[\d.,]*(?:\ ?[-/–+*=x]\ ?\d[\d.,]*)+                            # a range, a score, a sum
  | [#@]?\w[\w.&+'’/@:=~*\-–]*\w[+\#*]* | [#@.+\-]*\w[+\#*]*               # a word with its signs
    """,
    re.VERBOSE | re.ASCII,
)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_TAG_OR_ENTITY = re.compile(r"(<[^<>]*>|&(?:lt|gt|amp|quot|#\d{1,6});)")


def first_strong(text: str) -> str:
    """The bidi class of the first strong character: "L", "R", "AL", or "" where there is none."""
    return next((kind for letter in text if (kind := _class(letter)) in ("L", "R", "AL")), "")


def has_arabic(text: str) -> bool:
    """Whether any letter is written from the right."""
    return bool(_ARABIC.search(text))


def mend(text: str, start: str = RLM, *, told: bool = False) -> str:
    """Each line reads from the right as it is meant, with the fewest marks; lines without Arabic stay.

    `start` is the mark for a line that begins with another script: RLM, or ALM for X, where it weighs one. `told`: the
    page says by itself that the text runs from the right, as a mail does.
    """
    if not _NEEDS_A_LOOK.search(text):
        return text
    return "\n".join(_with(line, _marks(line, start, told)) for line in text.split("\n"))


def mend_html(text: str, start: str = RLM, *, told: bool = False) -> str:
    """The same for HTML: what a reader sees decides, and no mark falls into a tag or an entity."""
    if not _NEEDS_A_LOOK.search(text):
        return text
    return "\n".join(_mend_html_line(line, start, told) for line in text.split("\n"))


def levels(text: str) -> list[int]:
    """The embedding level of each character of a paragraph that runs from the right (UAX #9, W1 to I2).

    For text without embeddings, overrides and isolates; 1 runs from the right, 2 from the left.
    """
    kinds = [_class(letter) for letter in text]
    kept = [at for at, kind in enumerate(kinds) if kind != "BN"]  # X9: as if they were not there
    run = [kinds[at] for at in kept]
    _weak(run)
    _brackets(run, [text[at] for at in kept])
    _neutral(run)
    found = [1] * len(text)
    for at, kind in zip(kept, run, strict=True):
        found[at] = 1 if kind == "R" else 2
    return found


def broken(line: str) -> list[tuple[int, int]]:
    """The places of tokens that do not show as they are written, in a line that runs from the right."""
    return list(_broken(line)) if _SUSPECT.search(line) else []


@lru_cache(maxsize=256)  # the same paragraph stands in a message and twice in a mail
def _broken(line: str) -> tuple[tuple[int, int], ...]:
    found = levels(line)
    return tuple((a, b) for a, b in _tokens(line) if any(level != 2 for level in found[a:b]))


def _tokens(line: str) -> list[tuple[int, int]]:
    tokens = []
    for match in _TOKEN.finditer(line):
        start, end = match.span()
        if line[start] in "-+.#@" and start and (line[start - 1].isalnum() or line[start - 1] in "_"):
            start += 1  # كوفيد-19: the sign belongs to the Arabic word
        while end > start and line[end - 1] in "+*#" and not (line[end - 2].isascii() and line[end - 2].isalpha()):
            if line[end - 2 : end - 1] in ("+", "#"):
                break
            end -= 1  # 18+: as Arabic shows it
        if end - start > 1 and _has_sign(line[start:end]):
            tokens.append((start, end))
    return tokens


def _has_sign(token: str) -> bool:
    return not token.isalnum()


def _marks(line: str, start: str, told: bool) -> list[tuple[int, str]]:
    """Where marks go into a line, and which."""
    if not told and not has_arabic(line):
        return []
    head = [(0, start)] if not told and first_strong(line) == "L" else []
    found = list(head)
    for a, b in broken(_with(line, head)):
        shift = sum(len(mark) for _, mark in head)
        found += _fewest(line, a - shift, b - shift, found, start, told)
    return sorted(found, key=lambda each: each[0])


def _fewest(
    line: str, a: int, b: int, others: Sequence[tuple[int, str]], start: str, told: bool
) -> list[tuple[int, str]]:
    """The marks that make one token whole; also one at the start where they would turn the line."""
    for marks in ([(a, LRM)], [(b, LRM)], [(a, LRM), (b, LRM)]):
        all_ = sorted([*others, *marks], key=lambda each: each[0])
        tried = _with(line, all_)
        added = []
        if not told and first_strong(tried) == "L":
            added = [(0, start)]
            all_ = sorted([*added, *all_], key=lambda each: each[0])
            tried = _with(line, all_)
        before = sum(len(mark) for at, mark in all_ if at <= a and (at, mark) != (b, LRM))
        found = levels(tried)
        if all(level == 2 for level in found[a + before : b + before]):
            return [*added, *marks]
    return []


def _with(line: str, marks: Sequence[tuple[int, str]]) -> str:
    if not marks:
        return line
    out, last = [], 0
    for at, mark in marks:
        out += [line[last:at], mark]
        last = at
    return "".join([*out, line[last:]])


def _mend_html_line(line: str, start: str, told: bool) -> str:
    parts = _TAG_OR_ENTITY.split(line)
    if not any(_NEEDS_A_LOOK.search(part) for part in parts[::2]):
        return line
    shown: list[str] = []
    places: list[int] = []
    at = 0
    for number, part in enumerate(parts):
        if number % 2 == 0:
            shown += part
            places += range(at, at + len(part))
        elif part[0] == "&":
            shown.append(unescape(part)[:1] or " ")
            places.append(at)
        at += len(part)
    visible = "".join(shown)
    marks = _marks(visible, start, told)
    if not marks:
        return line
    # a mark before a character stands right before it, one after the last right behind it; the first before all tags
    ends = [*places, (places[-1] + 1 if places else 0)]
    raw = [(0 if index == 0 and mark == start else ends[index], mark) for index, mark in marks]
    return _with(line, raw)


@lru_cache(maxsize=4096)
def _class(letter: str) -> str:
    return unicodedata.bidirectional(letter) or ("R" if _ARABIC.match(letter) else "L")  # also what is not assigned


def _weak(run: list[str]) -> None:
    """W1 to W7, in place."""
    last, strong = "R", "R"
    for at, kind in enumerate(run):
        if kind == "NSM":
            run[at] = kind = last
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            run[at] = "AN"
        last = run[at]
    for at, kind in enumerate(run):
        if kind == "AL":
            run[at] = "R"
    for at in range(1, len(run) - 1):
        before, after = run[at - 1], run[at + 1]
        if before == after and ((run[at] in ("ES", "CS") and before == "EN") or (run[at] == "CS" and before == "AN")):
            run[at] = before
    at = 0
    while at < len(run):
        if run[at] != "ET":
            at += 1
            continue
        end = at
        while end < len(run) and run[end] == "ET":
            end += 1
        near = (at and run[at - 1] == "EN") or (end < len(run) and run[end] == "EN")
        run[at:end] = ["EN" if near else "ON"] * (end - at)
        at = end
    strong = "R"
    for at, kind in enumerate(run):
        if kind in ("ES", "CS"):
            run[at] = "ON"
        elif kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            run[at] = "L"


def _brackets(run: list[str], letters: Sequence[str]) -> None:
    """N0, in place: a pair of brackets runs as what is inside it, or as what is before it."""
    stack: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for at, letter in enumerate(letters):
        if run[at] != "ON":
            continue
        if letter in _BRACKETS:
            stack.append((_BRACKETS[letter], at))
            if len(stack) > 63:  # BD16
                return
        elif letter in _BRACKETS.values():
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == letter:
                    pairs.append((stack[depth][1], at))
                    del stack[depth:]
                    break
    for start, end in sorted(pairs):
        inside = {_strong(kind) for kind in run[start + 1 : end]} - {""}
        if "R" in inside:
            kind = "R"
        elif "L" in inside:
            before = next((s for k in reversed(run[:start]) if (s := _strong(k))), "R")
            kind = "L" if before == "L" else "R"
        else:
            continue
        run[start] = run[end] = kind


def _strong(kind: str) -> str:
    return "L" if kind == "L" else "R" if kind in ("R", "EN", "AN") else ""


def _neutral(run: list[str]) -> None:
    """N1 and N2, in place: neutral characters run as both their neighbours do, else from the right."""
    at = 0
    while at < len(run):
        if run[at] in ("L", "R", "EN", "AN"):
            at += 1
            continue
        end = at
        while end < len(run) and run[end] not in ("L", "R", "EN", "AN"):
            end += 1
        before = _strong(run[at - 1]) if at else "R"
        after = _strong(run[end]) if end < len(run) else "R"
        run[at:end] = ["L" if before == after == "L" else "R"] * (end - at)
        at = end
