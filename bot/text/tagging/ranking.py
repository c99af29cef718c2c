"""From a text to ranked tags: candidates, their chances, and a choice in which no tag is a piece of another."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from bot.text.tagging import forest
from bot.text.tagging.candidates import Candidate, Text, find, read, shown
from bot.text.tagging.features import Measured, likely
from bot.text.tagging.lexicon import stem

POOL = 40  # of the best, from which the choice is made
LONGER = 0.5  # how much a tag of several words is preferred: its chance times its new words to this power


class Ranked(NamedTuple):
    """A phrase and the chance that an editor would sign it."""

    words: str  # as the text shows it, without clitics
    key: str
    chance: float
    candidate: Candidate
    text: Text


def ranked(
    title: str, paragraphs: Sequence[str], past: Mapping[str, int], places: Collection[str] = ()
) -> list[Ranked]:
    """The likely tags of a text, by chance; `past` counts the newsroom's own tags by key and may be empty."""
    text = read(title, paragraphs)
    found = find(text)
    chosen = likely(text, found, {*past, *places})
    rows = Measured(text, found, chosen, places).rows()
    weights = forest.weights()
    odds = forest.logits(weights.cold, rows)
    if past and weights.warm:
        odds = forest.logits(weights.warm, with_past(odds, rows, chosen, past))
    order = sorted(range(len(chosen)), key=lambda n: (-odds[n], chosen[n].key))[:POOL]
    return [Ranked(shown(text, chosen[n]), chosen[n].key, forest.chance(odds[n]), chosen[n], text) for n in order]


def with_past(
    odds: Sequence[float], rows: Sequence[Sequence[float]], candidates: Sequence[Candidate], past: Mapping[str, int]
) -> list[list[float]]:
    """The measures of candidates where the newsroom's past tags are known."""
    most = max(past.values(), default=1)
    used = [past.get(candidate.key, 0) for candidate in candidates]
    order = sorted(range(len(odds)), key=lambda n: -odds[n])
    place = {n: rank for rank, n in enumerate(order)}
    return [[odds[n], used[n], used[n] / most, place[n], *rows[n]] for n in range(len(odds))]


def choose_from(
    found: Sequence[Ranked], most: int, taken: Collection[str] = (), past: Mapping[str, int] | None = None
) -> list[Ranked]:
    """The best of these, at most so many, none a piece of another or of the keys that are taken."""
    del past
    sets = [frozenset(map(stem, key.split(" "))) for key in taken]
    used = {word for words in sets for word in words}
    stems = [[stem(word) for word in one.key.split(" ")] for one in found]
    best: list[Ranked] = []
    left = list(range(len(found)))
    while left and len(best) < most:
        marks = []
        for n in left:
            words = frozenset(stems[n])
            new = sum(word not in used for word in words)
            if new and not any(words <= other or other <= words for other in sets):
                marks.append((found[n].chance * new**LONGER, -n))
        if not marks:
            break
        chosen = -max(marks)[1]
        best.append(found[chosen])
        sets.append(frozenset(stems[chosen]))
        used.update(stems[chosen])
        left.remove(chosen)
    return best
