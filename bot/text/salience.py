"""Which sentences carry the story."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from itertools import groupby, islice, pairwise
from math import fsum

from bot.text import salience_words
from bot.text.pairs import CURLY, QUOTES, inside
from bot.text.paragraphs import is_heading, items
from bot.text.quotations import goes_on
from bot.text.sentences import leans, sentences
from bot.text.split import most

MOST_PARAGRAPHS = 200  # that are weighed; what stands behind them is left out where not all fits
MOST_SENTENCES = 120  # that are read; what comes after them is taken in order, where there is room
FEW_WORDS = 5  # fewer say nothing whole
EQUAL = 0.8  # the same, of sentences far apart where all of them fit
AGAIN = 0.55  # of the words of the shorter of two stand in the other: the later tells the same once more
SHORTER = 0.5  # how much a shorter sentence is preferred: what it tells by its letters to this power

Place = tuple[int, int]  # of a sentence: its paragraph and its place there


def readable(paragraphs: Sequence[Sequence[str]]) -> list[tuple[Place, str]]:
    """The sentences that are read, in order, with their places: no subheads, and not endlessly many."""
    return list(islice(_told(paragraphs), MOST_SENTENCES))


def _told(paragraphs: Sequence[Sequence[str]]) -> Iterator[tuple[Place, str]]:
    listed = _items(paragraphs)
    for p, some in enumerate(paragraphs):
        if p in listed or not (len(some) == 1 and is_heading(some[0])):
            for n, sentence in enumerate(some):
                yield (p, n), sentence


def _items(paragraphs: Sequence[Sequence[str]]) -> dict[int, bool]:
    return _listed(tuple(map(tuple, paragraphs)))


@lru_cache(maxsize=2)
def _listed(paragraphs: tuple[tuple[str, ...], ...]) -> dict[int, bool]:
    return items([" ".join(some) for some in paragraphs])


def _bound(paragraphs: Sequence[Sequence[str]]) -> frozenset[int]:
    """The paragraphs that go only with the one before."""
    return frozenset(p for p, bound in _items(paragraphs).items() if bound)


def choose(title: str, paragraphs: Sequence[Sequence[str]], budget: int, *, told: int = 0) -> list[Place]:
    """The sentences that tell most within a budget of letters, in reading order; one that leans only with its support.

    `paragraphs` are lists of sentences, a space is counted between two. The first `told` of the first paragraph are
    known to the reader already.
    """
    everything = list(_told(paragraphs))
    known = {n for n, (place, _) in enumerate(everything) if place[0] == 0 and place[1] < told}
    some = everything[:MOST_SENTENCES]
    chosen = _Choice(title, some, known, _bound(paragraphs)).best(budget)
    left = budget - sum(len(some[n][1]) + 1 for n in chosen)
    for n, (_, sentence) in enumerate(everything[MOST_SENTENCES:], MOST_SENTENCES):
        if len(sentence) <= left and (n - 1 in chosen or n - 1 in known or not leans(sentence)):
            chosen.add(n)
            left -= len(sentence) + 1
    return [everything[n][0] for n in sorted(chosen)]


@lru_cache(maxsize=2)  # one article is asked about for several budgets
def _read(
    title: str, some: tuple[tuple[Place, str], ...], bound: frozenset[int]
) -> tuple[Sequence[set[str]], Mapping[str, float], Sequence[bool], Sequence[bool]]:
    """Of each sentence the words that tell; their chances; whether each leans, and whether it is whole and new."""
    texts = [sentence for _, sentence in some]
    reading = salience_words.read(title, texts)
    first = {sentence: n for n, sentence in reversed(list(enumerate(texts)))}
    whole = [
        first[sentence] == n and (place[0] in bound or _is_whole(sentence)) for n, (place, sentence) in enumerate(some)
    ]
    return reading.sentences, salience_words.chances(reading), _leaning(some, bound), whole


class _Choice:
    """Sentences chosen one after the other: always the one that says most that is not said yet, for its letters."""

    def __init__(self, title: str, some: Sequence[tuple[Place, str]], known: set[int], bound: frozenset[int]) -> None:
        read = _read(title, tuple(some), bound)
        self.words, self.chances, self.leaning, self.whole = read
        self.listed = {n for n, (place, _) in enumerate(some) if place[0] in bound}
        self.lengths = [len(sentence) + 1 for _, sentence in some]
        self.known = {n for n in known if n < len(some)}
        self.taken = set(self.known)
        self.said = set().union(*(self.words[n] for n in self.taken))

    def best(self, budget: int) -> set[int]:
        """The chosen sentences, those known before not among them."""
        left = budget + 1  # the last one has no space behind it
        open_ = [n for n in range(len(self.words)) if self.whole[n]]
        tells = [self._tells([n]) if self.whole[n] else 0.0 for n in range(len(self.words))]
        old: set[int] = set()  # what these tell was found before the last was chosen, and is at most as much now
        while open_ := [n for n in open_ if n not in self.taken and self.lengths[n] <= left]:
            best = -1.0  # one that says nothing new still fills the room that is left
            group: list[int] = []
            for n in open_:
                some = self._with_support(n) if self.leaning[n] else [n]
                length = sum(self.lengths[k] for k in some) if len(some) > 1 else self.lengths[n]
                if not some or length > left:
                    continue
                if len(some) == 1 and n in old and tells[n] / length**SHORTER > best:
                    old.remove(n)
                    tells[n] = self._tells(some)
                value = (self._tells(some) if len(some) > 1 else tells[n]) / length**SHORTER
                if value > best:
                    best, group = value, some
            if not group:
                break
            if self._is_told(group[-1]):
                open_.remove(group[-1])
                continue
            new = set().union(*(self.words[n] for n in group)) - self.said
            self.said |= new
            self.taken.update(group)
            left -= sum(self.lengths[n] for n in group)
            old.update(n for n in open_ if not new.isdisjoint(self.words[n]))
        return self.taken - self.known

    def _is_told(self, n: int) -> bool:
        """Whether one of the taken tells the same: some pages open with a standfirst, or with two."""
        return n not in self.listed and any(_is_same(self.words[n], self.words[k]) for k in self.taken)

    def _tells(self, group: Sequence[int]) -> float:
        words = self.words[group[0]] if len(group) == 1 else set().union(*(self.words[n] for n in group))
        # fsum: the same sum in every process, whatever the order of a set
        return fsum([self.chances[word] for word in words - self.said])

    def _with_support(self, n: int) -> list[int]:
        """A leaning sentence after those that it needs and that are not taken."""
        group = [n]
        while self.leaning[group[0]] and group[0] - 1 not in self.taken:
            group.insert(0, group[0] - 1)
        return group


def _is_same(words: Set[str], told: Set[str], again: float = AGAIN) -> bool:
    """Whether a sentence tells what another one told; a new number is news."""
    few = min(len(words), len(told))
    if few < FEW_WORDS or len(words & told) < again * few:
        return False
    return not any(word.isdigit() for word in words - told)


def retold(title: str, paragraphs: Sequence[Sequence[str]]) -> set[Place]:
    """The sentences that tell once more what the first paragraph or an equal one told; none that another leans on."""
    some = list(islice(_told(paragraphs), MOST_SENTENCES))
    bound = _bound(paragraphs)
    words, _, leaning, _ = _read(title, tuple(some), bound)
    lead = [n for n, (place, _) in enumerate(some) if place[0] == 0]
    kept = {n for n, (place, _) in enumerate(some) if place[0] in bound or (n + 1 < len(some) and leaning[n + 1])}
    found: set[Place] = set()
    for n in sorted(set(range(len(lead), len(some))) - kept):
        again = any(_is_same(words[n], words[k]) for k in lead)
        if again or any(some[n][1] == some[k][1] or _is_same(words[n], words[k], EQUAL) for k in range(n)):
            found.add(some[n][0])
    return found


def _leaning(some: Sequence[tuple[Place, str]], bound: Set[int]) -> list[bool]:
    """Which sentences go only with the one before: they lean on it, or it announces, lists or begins to quote them."""
    groups = [(p, [sentence for _, sentence in group]) for p, group in groupby(some, key=lambda each: each[0][0])]
    paragraphs = [texts for _, texts in groups]
    goes = [goes_on(one[-1], " ".join(other)) for one, other in pairwise(paragraphs)]
    found: list[bool] = []
    before = ""  # the first of all has nothing before it to lean on
    for (p, texts), rest, has_rest in zip(groups, [False, *goes], [*goes, False], strict=False):
        # In straight marks, as most feeds type all, a sentence is worth its room by itself more often than with all
        # those before it; split.units joins it to its speaker or leaves it out.
        quoted = inside(texts, QUOTES if rest or has_rest else CURLY)
        for n, sentence in enumerate(texts):
            found.append(
                bool(before) and ((quoted[n] if n else rest or p in bound) or before.endswith(":") or leans(sentence))
            )
            before = sentence
    return found


def _is_whole(sentence: str) -> bool:
    """Whether a sentence may be chosen for itself: a few words, or an announcement alone, say nothing."""
    return not sentence.endswith(":") and len(sentence.split(None, FEW_WORDS)) >= FEW_WORDS


def weigh(title: str, paragraphs: Sequence[Sequence[str]]) -> list[list[float]]:
    """How much each sentence tells that those before it have not told; a subhead as much as what it heads."""
    some = readable(paragraphs)
    reading = salience_words.read(title, [sentence for _, sentence in some])
    chances = salience_words.chances(reading)
    # what is not read tells less than all that is, and less the later it stands
    found = [[1e-6 / (1 + p + n) for n in range(len(each))] for p, each in enumerate(paragraphs)]
    said: set[str] = set()
    for ((p, n), _), words in zip(some, reading.sentences, strict=True):
        found[p][n] += fsum([chances[word] for word in words - said])
        said |= words
    listed = _items(paragraphs)
    for p in range(len(found) - 2, -1, -1):
        if p not in listed and len(paragraphs[p]) == 1 and is_heading(paragraphs[p][0]):
            found[p][0] = max(found[p + 1], default=0.0)
    return found


def fitting(title: str, paragraphs: Sequence[str], fits: Callable[[Sequence[str]], bool]) -> list[str]:
    """Whole paragraphs that fit together, in order: those that tell least are left out, subheads with what they head.

    Of a list its beginning stays, and what goes on with a quotation stays behind the paragraph before. Empty where not
    even one fits.
    """
    if fits(paragraphs):
        return list(paragraphs)
    some = list(paragraphs[:MOST_PARAGRAPHS])
    weights = [max(each, default=0.0) for each in weigh(title, [sentences(p) for p in some])]
    for n in range(1, len(some)):
        if goes_on(some[n - 1], some[n]):
            weights[n] = min(weights[n - 1 : n + 1])
    order = sorted(range(len(some)), key=lambda n: (-weights[n], n))
    listed = items(some)

    def kept(count: int) -> list[str]:
        chosen: set[int] = set()
        for n in sorted(order[:count]):
            if not listed.get(n) or n - 1 in chosen:
                chosen.add(n)
        heads = {n for n in chosen if n + 1 not in chosen and n not in listed and is_heading(some[n])}
        return [some[n] for n in sorted(chosen - heads)]

    return kept(most(len(order), lambda count: fits(kept(count))))
