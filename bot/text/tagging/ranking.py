"""From a text to ranked tags: candidates, their chances, and a choice in which no tag is a piece of another."""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from bot.text.folding import fold
from bot.text.tagging import forest
from bot.text.tagging.candidates import Candidate, Text, find, read, shown
from bot.text.tagging.features import Measured, likely
from bot.text.tagging.lexicon import MATCH, lists, stem

POOL = 30  # of the best, from which the choice is made
FEWEST = 3
NEW = 1.6  # how much more a tag is worth that the newsroom has not used yet, lest the past repeat itself for ever
WORDS_A_TAG = 80
MATCH_WORDS = 4  # of matches, in a text about one
FAINT = 0.03  # below this chance length is no reason for a tag
LONGER = 0.5  # how much a tag of several words is preferred: its chance times its new words to this power
LONGER_AMONG_USED = 0.25  # the same where the newsroom's own tags are known, which tell how long it likes them
_STATES = frozenset(("دوله", "سلطات", "سلطه", "شعب"))  # stems
SURER = 1.5  # a new tag around one that the newsroom uses, and that is so much likelier, has neither advantage


class Ranked(NamedTuple):
    """A phrase and the chance that an editor would sign it."""

    chance: float
    candidate: Candidate
    text: Text
    used: bool = False  # the newsroom has used it before

    @property
    def key(self) -> str:
        """Its words, folded."""
        return self.candidate.key

    @property
    def words(self) -> str:
        """As the text shows them, without clitics; a known name with the hamzas that are its own; states are short."""
        name = lists().entity(self.key)
        if fold(name) in lists().lands:
            return name
        same = fold(name).replace(" ", "") == self.key.replace(" ", "")  # فيس بوك is فيسبوك
        return name if same else shown(self.text, self.candidate)


class Past(NamedTuple):
    """The tags that a newsroom has used: how often each, by key, and each of their words, by stem."""

    tags: Mapping[str, int]
    words: Mapping[str, int]


NO_PAST = Past({}, {})


def ranked(
    title: str, paragraphs: Sequence[str], past: Past = NO_PAST, places: Collection[str] = frozenset()
) -> list[Ranked]:
    """The likely tags of a text, by chance."""
    text = read(title, paragraphs)
    found = find(text)
    if len(MATCH & text.stems.keys()) >= MATCH_WORDS:
        places = lists().clubs.intersection(found.at).union(places)
    chosen = likely(text, found, past.tags.keys() | places if past.tags or places else ())
    if not chosen:
        return []
    rows = Measured(text, found, chosen, places).rows()
    weights = forest.weights()
    odds = forest.logits(weights.cold, rows)
    if past.tags:
        odds = forest.logits(weights.warm, with_past(odds, rows, chosen, past))
    order = sorted(range(len(chosen)), key=lambda n: (-odds[n], chosen[n].key))
    return [Ranked(forest.chance(odds[n]), chosen[n], text, chosen[n].key in past.tags) for n in order]


def with_past(
    odds: Sequence[float], rows: Sequence[Sequence[float]], candidates: Sequence[Candidate], past: Past
) -> list[list[float]]:
    """The measures of candidates where the newsroom's past tags are known: what is new here, then the others."""
    most = max(past.tags.values(), default=1)
    order = sorted(range(len(odds)), key=lambda n: -odds[n])
    place = {n: rank for rank, n in enumerate(order)}
    used = [past.tags.get(candidate.key, 0) for candidate in candidates]
    made = []
    for n, candidate in enumerate(candidates):
        words = [past.words.get(stem(part), 0) for part in candidate.key.split(" ")]
        of_past = (used[n], used[n] / most, min(words), words[0], words[-1])
        made.append([odds[n], place[n], *of_past, *rows[n]])
    return made


class _Open(NamedTuple):
    """A phrase that may still be chosen."""

    one: Ranked
    words: frozenset[str]
    entity: str
    first: str  # its first word and its last one, where it has several
    last: str
    land: str  # whose people, government or president it is, and nothing more

    @classmethod
    def of(cls, one: Ranked, entity: str) -> "_Open":
        """What the choice asks of a phrase, once."""
        parts = one.key.replace("عبد ال", "عبدال").split(" ")  # one name, joined or not
        first, last = (parts[0], parts[-1]) if len(parts) > 1 else ("", "")
        return cls(one, frozenset(map(stem, parts)), entity, first, last, _land(one))

    def meets(self, other: "_Open") -> bool:
        """Whether one is a piece of the other, or its end is the other's beginning: مجلس جماعة, جماعة تل الحمام."""
        if self.words <= other.words or other.words <= self.words:
            return True
        if self.land and self.land in (other.one.key, other.land):
            return True
        if other.land and other.land == self.one.key:
            return True
        return self.first != "" != other.first and (self.first == other.last or self.last == other.first)


def _land(one: Ranked) -> str:
    """The land of a phrase that only names its people, its state or who leads it: إسرائيلية, الرئيس الصيني."""
    at, size = one.candidate.at, one.candidate.size
    if not at or size > 2:
        return ""
    first, last = one.text.kinds[at[0]], one.text.kinds[at[0] + size - 1]
    if size == 2 and not first.role and one.text.words[at[0]].stem not in _STATES:
        return ""
    return last.nation


def choose_from(found: Sequence[Ranked], most: int, taken: Collection[str] = ()) -> list[Ranked]:
    """The best of these, at most so many, none a piece of another or of the keys that are taken.

    It ends where one more tag would sooner be wrong than help: a short article gets three, a long one more.
    """
    names = lists().entity
    sets = [frozenset(map(stem, key.split(" "))) for key in taken]
    entities = {names(key) or key for key in taken}
    used = {word for words in sets for word in words}
    longer = LONGER_AMONG_USED if any(one.used for one in found) else LONGER
    left = [_Open.of(one, names(one.key) or one.key) for one in found[:POOL]]
    known = [(each.words, each.one.chance / SURER) for each in left if each.one.used]
    best: list[Ranked] = []
    while left and len(best) < most:
        mark, chosen = 0.0, None
        for each in left:
            one, new = each.one, len(each.words - used)
            surer = known and any(words <= each.words and one.chance < chance for words, chance in known)
            worth = one.chance * (1 if one.used or surer else NEW * new**longer)
            if new and worth > mark:
                mark, chosen = worth, each
        if chosen is None:
            break
        best.append(chosen.one)
        entities.add(chosen.entity)
        used |= chosen.words
        left = [
            each
            for each in left
            if each.entity not in entities
            and ((each.words.isdisjoint(chosen.words) and not each.land and not chosen.land) or not each.meets(chosen))
        ]
    return _worthy(found, best)


def _worthy(found: Sequence[Ranked], best: Sequence[Ranked]) -> list[Ranked]:
    """Those of the best that make the likeliest overlap (F1) with an editor's tags; a few at least, more where long."""
    if not best:
        return []
    expected = sum(one.chance for one in found)
    falling = sorted((one.chance for one in best), reverse=True)
    marks = [2 * hits / (count + expected) for count, hits in enumerate(accumulate(falling), 1)]
    least = falling[marks.index(max(marks))]
    told = sum(one.chance >= FAINT for one in best[: len(best[0].text.words) // WORDS_A_TAG])
    enough = max(FEWEST, told)
    return [one for n, one in enumerate(best) if n < enough or one.chance >= least]
