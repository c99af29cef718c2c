"""Cutting text to a budget, never inside a word."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from bot.text.marks import ELLIPSIS
from bot.text.pairs import close_quotes, unclosed
from bot.text.sentences import clause_ends

Measure = Callable[[str], int]


def cut(text: str, limit: int, measure: Measure) -> tuple[str, str]:
    """`text` in two at a clause, else between words: the beginning, with its ellipsis, measures at most `limit`.

    No word is lost: the words of both parts are those of the text. A quotation that is open at the cut is closed.
    The beginning is empty where not even the first word fits.
    """
    if measure(text) <= limit:
        return text, ""
    text, rest = _near(text, limit, measure)
    clauses = [end for end in clause_ends(text) if 3 * end > len(text[:limit])]
    words = [i for i, letter in enumerate(text) if letter.isspace()]
    for places in (clauses, words):
        for end in reversed(places):
            head = close_quotes(text[:end].rstrip(" ،؛:")) + ELLIPSIS
            if text[:end].strip() and measure(head) <= limit:
                return head, (text[end:] + rest).strip()
    return "", text + rest


def most(count: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `count` that fits, where every smaller one fits too; 0 where none does."""
    if fits(count):
        return count
    return bisect_left(range(1, count), True, key=lambda n: not fits(n))


def _near(text: str, limit: int, measure: Measure) -> tuple[str, str]:
    """`text` in two between words, not far behind what may fit: nobody tries each word of a long text."""
    words = [i for i, letter in enumerate(text) if letter.isspace()]
    fit = most(len(words), lambda n: measure(text[: words[n - 1]]) <= limit) if words else 0
    end = words[fit + 1] if fit + 1 < len(words) else len(text)
    return text[:end], text[end:]


def prefixes(sentences: Sequence[str]) -> list[str]:
    """Whole sentences from the first on, the longest beginning first, with open quotations closed."""
    return [close_quotes(" ".join(sentences[:n])) for n in range(len(sentences), 0, -1)]


Group = list[list[str]]  # paragraphs of sentences


def pack(paragraphs: Sequence[Sequence[str]], fits: Callable[[Group], bool]) -> list[Group]:
    """Sentences into groups that fit, in order, none lost; a paragraph stays whole as far as it can.

    Each sentence must fit by itself.
    """
    groups: list[Group] = []
    for sentences in paragraphs:
        if groups and fits([*groups[-1], list(sentences)]):
            groups[-1].append(list(sentences))
            continue
        for index, sentence in enumerate(sentences):
            if index and fits([*groups[-1][:-1], [*groups[-1][-1], sentence]]):
                groups[-1][-1].append(sentence)
            else:
                groups.append([[sentence]])
    return groups


def units(sentences: Sequence[str], fits: Callable[[str], bool], skip: int = 0) -> list[str]:
    """Sentences from number `skip` on; those of one quotation are joined, and left out where they no longer fit.

    A later sentence of a quotation never stands without the one that names the speaker.
    """
    found: list[str] = []
    open_unit = False
    for index in range(skip, len(sentences)):
        if not unclosed(" ".join(sentences[:index])):
            found.append(sentences[index])
            open_unit = True
        elif open_unit and fits(f"{found[-1]} {sentences[index]}"):
            found[-1] = f"{found[-1]} {sentences[index]}"
        else:
            open_unit = False
    return found
