"""Which sentences carry the story."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from bot.text import salience_words
from bot.text.sentences import is_heading, leans, sentences
from bot.text.split import most

MOST_PARAGRAPHS = 200  # that are weighed; what stands behind them is left out where not all fits
MOST_SENTENCES = 120  # that are read; what comes after them is taken in order, where there is room
SHORTER = 0.5  # how much a shorter sentence is preferred: what it tells by its letters to this power

Place = tuple[int, int]  # of a sentence: its paragraph and its place there


def readable(paragraphs: Sequence[Sequence[str]]) -> list[tuple[Place, str]]:
    """The sentences that are read, in order, with their places: no subheads, and not endlessly many."""
    return list(islice(_told(paragraphs), MOST_SENTENCES))


def _told(paragraphs: Sequence[Sequence[str]]) -> Iterator[tuple[Place, str]]:
    for p, some in enumerate(paragraphs):
        if not (len(some) == 1 and is_heading(some[0])):
            for n, sentence in enumerate(some):
                yield (p, n), sentence


def choose(title: str, paragraphs: Sequence[Sequence[str]], budget: int, *, told: int = 0) -> list[Place]:
    """The sentences that tell most within a budget of letters, in reading order; one that leans only with its support.

    `paragraphs` are lists of sentences, a space is counted between two. The first `told` of the first paragraph are
    known to the reader already.
    """
    everything = list(_told(paragraphs))
    known = {n for n, (place, _) in enumerate(everything) if place[0] == 0 and place[1] < told}
    some = everything[:MOST_SENTENCES]
    chosen = _Choice(title, [sentence for _, sentence in some], known).best(budget)
    left = budget - sum(len(some[n][1]) + 1 for n in chosen)
    for n, (_, sentence) in enumerate(everything[MOST_SENTENCES:], MOST_SENTENCES):
        if len(sentence) <= left and (n - 1 in chosen or n - 1 in known or not leans(sentence)):
            chosen.add(n)
            left -= len(sentence) + 1
    return [everything[n][0] for n in sorted(chosen)]


class _Choice:
    """Sentences chosen one after the other: always the one that says most that is not said yet, for its letters."""

    def __init__(self, title: str, some: Sequence[str], known: set[int]) -> None:
        reading = salience_words.read(title, some)
        self.chances = salience_words.chances(reading)
        self.lengths = [len(sentence) + 1 for sentence in some]
        self.leaning = [leans(sentence) for sentence in some]
        self.words = [{word for word in words if word in self.chances} for words in reading.sentences]
        self.said: set[str] = set()
        self.taken = set(known)
        for n in known & set(range(len(some))):
            self.said |= self.words[n]
        self.known = known

    def best(self, budget: int) -> set[int]:
        """The chosen sentences, those known before not among them."""
        left = budget + 1  # the last one has no space behind it
        open_ = [n for n in range(len(self.words)) if n not in self.taken and self.lengths[n] <= left]
        tells = {n: self._tells([n]) for n in open_}
        while open_:
            best: tuple[float, int] | None = None
            group: list[int] = []
            still = []
            for n in open_:
                length = self.lengths[n]
                if n in self.taken or length > left:
                    continue
                still.append(n)
                with_ = self._with_support(n) if self.leaning[n] else [n]
                if not with_:
                    continue
                if len(with_) > 1:
                    length = sum(self.lengths[k] for k in with_)
                    if length > left:
                        continue
                value = (tells[n] if len(with_) == 1 else self._tells(with_)) / length**SHORTER
                if best is None or value > best[0]:
                    best, group = (value, n), with_
            if best is None:
                break
            new = set().union(*(self.words[n] for n in group)) - self.said
            self.said |= new
            self.taken.update(group)
            left -= sum(self.lengths[n] for n in group)
            open_ = still
            for n in open_:
                if not new.isdisjoint(self.words[n]):
                    tells[n] = self._tells([n])
        return self.taken - self.known

    def _tells(self, group: Sequence[int]) -> float:
        new = set().union(*(self.words[n] for n in group)) - self.said
        return sum(sorted(self.chances[word] for word in new))  # sorted: the same sum in every process

    def _with_support(self, n: int) -> list[int]:
        """A leaning sentence after those that it needs and that are not taken; none where its support is missing."""
        group = [n]
        while self.leaning[group[0]]:
            before = group[0] - 1
            if before in self.taken:
                break
            if before < 0:
                return []
            group.insert(0, before)
        return group


def weigh(title: str, paragraphs: Sequence[Sequence[str]]) -> list[list[float]]:
    """How much each sentence tells that those before it have not told; a subhead as much as what it heads."""
    some = readable(paragraphs)
    reading = salience_words.read(title, [sentence for _, sentence in some])
    chances = salience_words.chances(reading)
    # what is not read tells less than all that is, and less the later it stands
    found = [[1e-6 / (1 + p + n) for n in range(len(each))] for p, each in enumerate(paragraphs)]
    said: set[str] = set()
    for ((p, n), _), words in zip(some, reading.sentences, strict=True):
        new = {word for word in words if word in chances} - said
        said |= new
        found[p][n] += sum(sorted(chances[word] for word in new))
    for p in range(len(found) - 2, -1, -1):
        if len(paragraphs[p]) == 1 and is_heading(paragraphs[p][0]):
            found[p][0] = max(found[p + 1], default=0.0)
    return found


def fitting(title: str, paragraphs: Sequence[str], fits: Callable[[Sequence[str]], bool]) -> list[str]:
    """Whole paragraphs that fit together, in order: those that tell least are left out, subheads with what they head.

    Empty where not even one fits.
    """
    if fits(paragraphs):
        return list(paragraphs)
    some = list(paragraphs[:MOST_PARAGRAPHS])
    weights = [max(each, default=0.0) for each in weigh(title, [sentences(p) for p in some])]
    order = sorted(range(len(some)), key=lambda n: (-weights[n], n))

    def kept(count: int) -> list[str]:
        chosen = sorted(order[:count])
        return [some[n] for n in chosen if not (is_heading(some[n]) and n + 1 not in chosen)]

    return kept(most(len(order), lambda count: fits(kept(count))))
