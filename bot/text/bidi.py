"""Direction: an Arabic paragraph reads from the right, and what is Latin or a number in it stays whole.

Telegram and X take a paragraph's direction from its first strong character (Unicode UAX #9, P2 and P3); mail is told.
Inside, signs between or beside Latin letters and numbers go their own way: `C++` shows as `++C`, `2020-2021` as
`2021-2020`, `#Interpol` as `Interpol#`. A LEFT-TO-RIGHT MARK beside such a token mends it. Marks are added only where
the order of the display, worked out by the rules themselves, is wrong without them.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import unescape

from bot.text.marks import LRM, RLM

_ARABIC = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# what may show in a wrong order: a sign that touches a Latin letter or a digit, or stands between two numbers; a class
# at the front lets a search leap over Arabic
_SUSPECT = re.compile(
    r"[A-Za-z0-9/](?:(?<=[#@+.\-\N{EN DASH}&*~=/\\][A-Za-z0-9])|(?<=[A-Za-z])[+#*~=]|(?<=://)"
    r"|(?<=[0-9])(?: ?[-\N{EN DASH}+*=/] ?[0-9]|[-+][A-Za-z]| [0-9]|[A-Za-z]))"
)
# a letter of another script may turn the line, and so does a flag; other signs and emoji do not
_TURNS = re.compile(
    r"[A-Za-z\xaa-\u058f\u0900-\u1fff\u200e\u2070-\u218f\u2336-\u2395\u249c-\u24e9\u26ac\u2800-\u28ff\u2c00-\ufb1c"
    r"\uff00-\uffef\U00010000-\U0001efff\U0001f100-\U0001f2ff\U00020000-\U0010ffff]"
)
_TOKEN = re.compile(
    r"""
    https?://[^\s<>"“”«»،؛؟]*[\w/=&%#+-]                                  # an address
  | \+\d[\d\ ().-]{5,}\d | 0\d(?:[\ .-]?\d{2}){3,} | \d{1,3}(?:\ \d{3})+  # telephone numbers, 20 000
  | -?\d[\d.,]*(?:\ ?[-/–+*=x]\ ?\d[\d.,]*)+                            # a range, a score, a sum
  | [#@]?\w[\w.&+'’/@:=~*\-–]*\w[+\#*]* | (?:(?<![ء-ي])|(?!\.\d))[#@.+\-]*\w[+\#*]*  # a word with its signs
    """,
    re.VERBOSE | re.ASCII,
)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_BRACKET = re.compile(r"[()\[\]{}]")
_TAG_OR_ENTITY = re.compile(r"(<[^<>]*>|&(?:lt|gt|amp|quot|#\d{1,6});)")


def first_strong(text: str) -> str:
    """The bidi class of the first strong character: "L", "R", "AL", or "" where there is none."""
    kind = next((kind for letter in text if (kind := _KINDS[ord(letter)]) in "LRA"), "")
    return "AL" if kind == "A" else kind


LONG = 2_000  # letters of a line that is judged as a whole


def has_arabic(text: str) -> bool:
    """Whether any letter is written from the right."""
    return bool(_ARABIC.search(text))


def mend(text: str, start: str = RLM, *, told: bool = False) -> str:
    """Each line reads from the right as it is meant, with the fewest marks; lines without Arabic stay.

    `start` is the mark for a line that begins with another script: RLM, or ALM for X, where it weighs one. `told`: the
    page says by itself that the text runs from the right, as a mail does.
    """
    if not _needs_a_look(text, told):
        return text
    return "\n".join(_by_pieces(_mend_line, line, start, told) for line in text.split("\n"))


def mend_html(text: str, start: str = RLM, *, told: bool = False) -> str:
    """The same for HTML: what a reader sees decides, and no mark falls into a tag or an entity."""
    if not _needs_a_look(text, told):
        return text
    return "\n".join(_by_pieces(_mend_html_line, line, start, told) for line in text.split("\n"))


def _by_pieces(mend_one: Callable[[str, str, bool], str], line: str, start: str, told: bool) -> str:
    """A line mended; one that no newsroom writes in pieces, for each token is judged over the whole of its piece."""
    if len(line) <= LONG:
        return mend_one(line, start, told)
    done, at = [], 0
    while at < len(line):
        end = min(at + LONG, len(line))
        if end < len(line):
            end = max(line.rfind(" ", at, end) + 1, at) or end
            opened = line.rfind("<", at, end)
            end = opened if opened > max(line.rfind(">", at, end), at) else end  # not inside a tag
            end = end if end > at else at + LONG
        done.append(mend_one(line[at:end], start, told or at > 0))  # the beginning of the line decides
        at = end
    return "".join(done)


@lru_cache(maxsize=256)  # the same paragraph stands in a message and twice in a mail
def levels(text: str) -> tuple[int, ...]:
    """The embedding level of each character of a paragraph that runs from the right (UAX #9, W1 to I2).

    For text without embeddings, overrides and isolates; 1 runs from the right, 2 from the left.
    """
    kinds = text.translate(_KINDS)
    run = _weak(kinds.replace("B", ""))  # X9: as if they were not there
    if _BRACKET.search(text):
        kept = text if len(run) == len(text) else "".join(c for c, kind in zip(text, kinds, strict=True) if kind != "B")
        run = _brackets(run, kept)
    run = _BETWEEN_LATIN.sub(lambda signs: "L" * len(signs[0]), run)  # N1, N2
    if len(run) == len(text):
        return tuple(run.encode().translate(_LEVEL))
    rest = iter(run)
    return tuple(2 if kind != "B" and next(rest) in "LEN" else 1 for kind in kinds)


def broken(line: str) -> list[tuple[int, int]]:
    """The places of tokens that do not show as they are written, in a line that runs from the right."""
    return list(_broken(line)) if _SUSPECT.search(line) else []


@lru_cache(maxsize=256)
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


@lru_cache(maxsize=256)
def _marks(line: str, start: str, told: bool) -> Sequence[tuple[int, str]]:
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


def _needs_a_look(text: str, told: bool) -> bool:
    return bool(_SUSPECT.search(text) or (not told and _TURNS.search(text)))


def _mend_line(line: str, start: str, told: bool) -> str:
    return _with(line, _marks(line, start, told)) if _needs_a_look(line, told) else line


@lru_cache(maxsize=256)  # most lines of a mail are those of its template
def _mend_html_line(line: str, start: str, told: bool) -> str:
    if "<" not in line and "&" not in line:
        return _mend_line(line, start, told)
    parts = _TAG_OR_ENTITY.split(line)
    shown = parts[:]
    shown[1::2] = [(unescape(part)[:1] or " ") if part[0] == "&" else "" for part in parts[1::2]]
    visible = "".join(shown)
    if not _needs_a_look(visible, told):
        return line
    places: list[int] = []
    at = 0
    for number, part in enumerate(parts):
        places += range(at, at + len(part)) if number % 2 == 0 else [at] * len(shown[number])
        at += len(part)
    marks = _marks(visible, start, told)
    if not marks:
        return line
    # a mark before a character stands right before it, one after the last right behind it; the first before all tags
    ends = [*places, (places[-1] + 1 if places else 0)]
    raw = [(0 if index == 0 and mark == start else ends[index], mark) for index, mark in marks]
    return _with(line, raw)


class _Kinds(dict[int, str]):
    """A letter for the bidi class of each character; neutral ones are O, what is as if it were not there is B."""

    def __missing__(self, code: int) -> str:
        if len(self) > 4096:
            self.clear()
        kind = unicodedata.bidirectional(chr(code)) or ("R" if _ARABIC.match(chr(code)) else "L")  # or not assigned
        found = self[code] = _LETTERS.get(kind, "O")
        return found


_LETTERS = dict(zip("L R AL EN AN NSM ES CS ET BN".split(), "LRAENMSCTB", strict=True))
_KINDS = _Kinds()
_LEVEL = bytes.maketrans(b"LENRO", bytes((2, 2, 2, 1, 1)))
_MARKS_AFTER = re.compile("([^M]?)M+")
_AFTER_ARABIC = re.compile("A[^LRA]+")
_IN_NUMBER = re.compile("(?<=E)[SC](?=E)")
_IN_ARABIC_NUMBER = re.compile("(?<=N)C(?=N)")
_BESIDE_NUMBER = re.compile("(?<=E)T+|(?<!T)T+(?=E)")
_SIGNS = re.compile("[TSC]")
_AFTER_LATIN = re.compile("L[^LR]+")
_BETWEEN_LATIN = re.compile("(?<=L)O+(?=L)")


def _weak(run: str) -> str:
    """W1 to W7."""
    if "M" in run:
        run = _MARKS_AFTER.sub(lambda found: (found[1] or "R") * len(found[0]), run)
    run = _AFTER_ARABIC.sub(lambda found: found[0].replace("E", "N"), run).replace("A", "R")
    run = _IN_ARABIC_NUMBER.sub("N", _IN_NUMBER.sub("E", run))
    run = _SIGNS.sub("O", _BESIDE_NUMBER.sub(lambda found: "E" * len(found[0]), run))
    return _AFTER_LATIN.sub(lambda found: found[0].replace("E", "L"), run)


def _brackets(run: str, text: str) -> str:
    """N0: a pair of brackets runs as what is inside it, or as what is before it."""
    stack: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for sign in _BRACKET.finditer(text):
        at, letter = sign.start(), sign[0]
        if letter in _BRACKETS:
            stack.append((_BRACKETS[letter], at))
            if len(stack) > 63:  # BD16
                return run
            continue
        for depth in range(len(stack) - 1, -1, -1):
            if stack[depth][0] == letter:
                pairs.append((stack[depth][1], at))
                del stack[depth:]
                break
    kinds = list(run)
    for start, end in sorted(pairs):
        inside = set(kinds[start + 1 : end])
        if not inside.isdisjoint("REN"):
            kind = "R"
        elif "L" in inside:
            kind = "L" if next((k for k in reversed(kinds[:start]) if k != "O"), "R") == "L" else "R"
        else:
            continue
        kinds[start] = kinds[end] = kind
    return "".join(kinds)
