"""Cutting text to a budget, never inside a word."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, takewhile

from bot.text.marks import ELLIPSIS
from bot.text.pairs import close_quotes, inside, unclosed
from bot.text.paragraphs import is_question
from bot.text.sentences import clause_ends, clause_starts, may_cut, stands_alone

_SPACE = re.compile(r"\s")
_SPEAKER = re.compile(r"[—–-] ?\w")
_QUOTED = re.compile(r"[\"”»][.،؛!؟…]*$")

MOST_TRIED = 60  # words, back from the limit, that a cut is tried after

Measure = Callable[[str], int]


def cut(text: str, limit: int, measure: Measure) -> tuple[str, str]:
    """`text` in two at a clause, else between words: the beginning, with its ellipsis, measures at most `limit`.

    No word is lost: the words of both parts are those of the text. A quotation that is open at the cut is closed.
    The beginning is empty where not even the first word fits.
    """
    if measure(close_quotes(text)) <= limit:  # it is closed where it is told
        return text, ""
    text, rest = _near(text, limit, measure)
    # not after a colon: what it announces would not stand there
    clauses = [end for end in clause_ends(text) if 3 * end > len(text[:limit]) and text[end - 1] != ":"]
    starts = [at for at in clause_starts(text) if 2 * at > len(text[:limit])]
    words = _gaps(text)
    whole = (at for at in reversed(words[-MOST_TRIED:]) if may_cut(text, at))
    for places in (reversed(clauses), reversed(starts), whole, reversed(words)):
        heads = ((end, _head(text, end)) for end in places if text[:end].strip())
        fitting = ((end, head) for end, head in heads if measure(head) <= limit)
        if longest := next(fitting, None):
            near = takewhile(lambda each: 5 * each[0] >= 3 * longest[0], chain([longest], fitting))
            end, head = next((each for each in near if not unclosed(text[: each[0]])), longest)
            return head, (text[end:] + rest).strip()
    return "", text + rest


def beginning(sentence: str, limit: int) -> str:
    """A sentence, or its beginning up to a clause that says something whole, else up to a word; in letters."""
    if len(sentence) <= limit:
        return sentence
    return next(beginnings(sentence, limit), "") or cut(sentence, limit, len)[0]


def beginnings(sentence: str, limit: int) -> Iterator[str]:
    """The beginnings of a sentence within so many letters that say something whole, the longest first."""
    for end in reversed(clause_ends(sentence[:limit])):
        head = sentence[:end]
        if not head.endswith(":") and stands_alone(head) and not unclosed(head):
            yield _head(sentence, end)


def _head(text: str, end: int) -> str:
    return close_quotes(text[:end].rstrip(" ،؛:")) + ELLIPSIS


def most(count: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `count` that fits, where every smaller one fits too; 0 where none does."""
    if fits(count):
        return count
    return bisect_left(range(1, count), True, key=lambda n: not fits(n))


def _near(text: str, limit: int, measure: Measure) -> tuple[str, str]:
    """`text` in two between words, not far behind what may fit: nobody tries each word of a long text."""
    words = _gaps(text)
    fit = most(len(words), lambda n: measure(text[: words[n - 1]]) <= limit) if words else 0
    end = words[fit + 1] if fit + 1 < len(words) else len(text)
    return text[:end], text[end:]


def _gaps(text: str) -> list[int]:
    """The places of all spaces."""
    return [space.start() for space in _SPACE.finditer(text)]


def prefixes(sentences: Sequence[str]) -> list[str]:
    """Whole sentences from the first on, the longest beginning first, with open quotations closed."""
    return [close_quotes(" ".join(sentences[:n])) for n in range(len(sentences), 0, -1)]


@dataclass(frozen=True, kw_only=True)
class Unit:
    """What stays together in a thread: a sentence, or the sentences of one quotation."""

    text: str
    paragraph: int  # its number
    leans: bool = False  # says nothing whole without the one before


def told(units_: Sequence[Unit]) -> str:
    """Units as text: paragraphs parted by an empty line, open quotations closed."""
    paragraphs: dict[int, list[str]] = {}
    for unit in units_:
        paragraphs.setdefault(unit.paragraph, []).append(unit.text)
    return "\n\n".join(close_quotes(" ".join(texts)) for texts in paragraphs.values())


def pack(units_: Sequence[Unit], limit: int, measure: Measure) -> list[list[Unit]]:
    """Units into as few groups as hold them within `limit`, in order, none lost, and of like lengths.

    A group rather ends with a paragraph, and rather not before a unit that leans. Each unit must fit by itself.
    """
    own = [measure(close_quotes(unit.text)) for unit in units_]
    gaps = [0, *(1 + (one.paragraph != other.paragraph) for one, other in pairwise(units_))]

    def added(start: int, end: int) -> int:
        """What parts and gaps add up to: most often the length of the whole, and quicker to find."""
        return sum(own[start:end]) + sum(gaps[start + 1 : end])

    def exact(start: int, end: int) -> int:
        return measure(told(units_[start:end]))

    groups = _packed(units_, limit, own, added)
    if all(measure(told(group)) <= limit for group in groups):
        return groups
    return _packed(units_, limit, own, exact)


def _packed(
    units_: Sequence[Unit], limit: int, own: Sequence[int], length_of: Callable[[int, int], int]
) -> list[list[Unit]]:
    count = len(units_)
    size = {}  # of each group that fits, by its first unit and the one after its last
    for start in range(count):
        for end in range(start + 1, count + 1):
            length = length_of(start, end)
            if length > limit and end > start + 1:
                break
            size[start, end] = length
    fewest = [0] * (count + 1)  # groups from a unit on
    for start in range(count - 1, -1, -1):
        fewest[start] = 1 + min(fewest[end] for end in range(start + 1, count + 1) if (start, end) in size)
    mean = sum(own) / max(fewest[0], 1)
    best: list[tuple[float, int]] = [(0.0, count)] * (count + 1)
    for start in range(count - 1, -1, -1):
        best[start] = min(
            ((size[start, end] - mean) ** 2 + _seam(units_, end) + best[end][0], end)
            for end in range(start + 1, count + 1)
            if (start, end) in size and fewest[end] == fewest[start] - 1
        )
    groups, at = [], 0
    while at < count:
        groups.append(list(units_[at : best[at][1]]))
        at = best[at][1]
    return groups


def _seam(units_: Sequence[Unit], at: int) -> float:
    """How ill a group ends before this unit."""
    if at >= len(units_):
        return 0.0
    before, after = units_[at - 1], units_[at]
    return (
        10_000.0 * after.leans
        + 6_400.0 * (after.paragraph == before.paragraph)
        + 60_000.0 * (before.text.rstrip().endswith((":", "؛")) or is_question(before.text))  # its answer comes next
    )


def units(sentences: Sequence[str], chosen: Sequence[int], fits: Callable[[str], bool]) -> list[tuple[str, int]]:
    """The chosen sentences of a paragraph, each with its number; those of one quotation are joined, as far as they fit.

    A later sentence of a quotation never stands without the one that names the speaker: else it is left out.
    """
    found: list[tuple[str, int]] = []
    joined = -2  # the last sentence of the newest unit
    quoted = inside(sentences)
    for index in chosen:
        # after a quotation, a dash and who said it; else a dash begins a line of a list or of a talk
        named = index > 0 and _SPEAKER.match(sentences[index]) and _QUOTED.search(sentences[index - 1])
        if not named and not quoted[index]:
            found.append((sentences[index], index))
            joined = index
        elif joined == index - 1 and fits(f"{found[-1][0]} {sentences[index]}"):
            found[-1] = (f"{found[-1][0]} {sentences[index]}", found[-1][1])
            joined = index
    return found
