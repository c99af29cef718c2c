"""Which words of an article its summary would say, judged by where and how often they stand, none by its name."""

import json
import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import accumulate, product
from typing import NamedTuple

from bot.text.folding import fold
from bot.text.marks import DIRECTION, TASHKEEL, TATWEEL, ZWJ, ZWNJ

MOST_LETTERS = 1_500  # of a sentence that are read; a longer one is no sentence
COMMON = 6.3  # words as frequent as this on the scale of Zipf prove nothing
UNKNOWN = 2.5  # rarer than all words of the list

_OFF = re.compile(f"[{TASHKEEL}{TATWEEL}{DIRECTION}{ZWJ}{ZWNJ}]+")
_TOKEN = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?:[وف](?=..))?(?:(?:بال|كال|فال|لل|ال)(?=...)|[بلك](?=....))?")
_ENDING = re.compile(r"(?<=...)(?:هما|كما|هم|ها|هن|نا|ات|ون|ين|ان|يه|ي|ه|ا)$")
_KNOWN_MOST = 40_000
MOST_KEPT = 40  # letters of a word that is remembered

# Edges of the classes of each measure; training/salience.py fits one weight for each class.
_ZIPF = (3.0, 3.5, 4.0, 4.4, 4.8, 5.2, 5.6, 6.0)
_LENGTH = (2, 3, 4, 5, 6, 7, 9)
_LETTERS_BEFORE = (0, 120, 220, 350, 500, 700, 1000, 1500, 2500, 4000)
_SHARE_BEFORE = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 0.9)
_SENTENCE = (0, 1, 2, 4, 7, 12)
_ZONE = (0, 1, 3, 8)
_SENTENCES_WITH = (1, 2, 3, 4, 6, 9)
_PLACE = (0.0, 0.15, 0.3, 0.5, 0.75)
_TITLE_SHARE = (0.05, 0.15, 0.25, 0.35, 0.5, 0.7)
_LEAD_LETTERS = (60, 90, 120, 150, 190, 240)

# Measures and the number of their classes; the weights stand in this order.
SIZES = {
    "zipf": 9, "length": 8, "shape": 7,
    "letters before": 11, "share before": 8, "title": 3, "stem first": 7, "sentences with": 7, "place": 6,
    "title share": 7, "zone, title": 15, "zipf, sentences with": 63, "zone, lead's title share": 35,
    "zone, lead's letters": 35, "zone, zipf": 45,
}  # fmt: skip
# those of two measures, and the number of classes of the second
CROSSED = {
    "zone, title": 3, "zipf, sentences with": 7, "zone, lead's title share": 7, "zone, lead's letters": 7,
    "zone, zipf": 9,
}  # fmt: skip

Classes = tuple[int, ...]


@dataclass(slots=True, eq=False)
class Known:
    """What is known of a word by itself."""

    word: str  # folded
    stem: str
    zipf: int  # its class
    own: int  # its classes that have nothing to do with the text, in one number
    tells: bool


class Place(NamedTuple):
    """Where a word comes up first: what is the same for all words of one sentence."""

    letters: int
    part: int
    zone: int


# a word, its sentence, and the classes of: title, stem first, sentences with, place, title share
Stand = tuple[Known, int, int, int, int, int, int]


class Reading(NamedTuple):
    """The words that tell in each sentence of an article, and how each of them stands in it, by classes."""

    sentences: list[set[str]]
    places: list[Place]  # of sentences
    lead_share: int
    lead_letters: int
    stands: dict[str, Stand]

    def classes(self) -> list[Classes]:
        """The class of each measure for each word, in the order of SIZES: what training fits weights to."""
        return [self._classes(*stand) for stand in self.stands.values()]

    def _classes(self, known: Known, n: int, heads: int, order: int, wide: int, at: int, share: int) -> Classes:
        letters, part, zone = self.places[n]
        rest, shape = divmod(known.own, SIZES["shape"])
        return (
            *(known.zipf, rest % SIZES["length"], shape),
            *(letters, part, heads, order, wide, at, share),
            zone * 3 + heads,
            known.zipf * 7 + wide,
            zone * 7 + self.lead_share,
            zone * 7 + self.lead_letters,
            zone * 9 + known.zipf,
        )


@dataclass(frozen=True)
class Weights:
    """A weight for each class of each measure, and one for all; the sums of those that go together."""

    all: float
    tables: tuple[tuple[float, ...], ...]

    @cached_property
    def named(self) -> dict[str, tuple[float, ...]]:
        """The table of each measure."""
        return dict(zip(SIZES, self.tables, strict=True))

    @cached_property
    def own(self) -> list[float]:
        """For what a word is by itself."""
        return [sum(some) for some in product(*(self.named[name] for name in ("zipf", "length", "shape")))]

    @cached_property
    def wide(self) -> list[float]:
        """For the number of sentences with a word, by its frequency."""
        by_number, both = self.named["sentences with"], self.named["zipf, sentences with"]
        return [weight + by_number[n % len(by_number)] for n, weight in enumerate(both)]

    def of_place(self, place: Place, lead_share: int, lead_letters: int) -> list[float]:
        """For a place: where the title does not say the word, where it says its stem, and where the word."""
        named, zone = self.named, place.zone
        same = self.all + named["letters before"][place.letters] + named["share before"][place.part]
        same += named["zone, lead's title share"][zone * 7 + lead_share]
        same += named["zone, lead's letters"][zone * 7 + lead_letters]
        return [same + named["title"][heads] + named["zone, title"][zone * 3 + heads] for heads in range(3)]


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped weights, read once."""
    found = json.loads((files("bot.text.data") / "salience.json").read_text("utf-8"))
    return Weights(found["all"], tuple(tuple(found["tables"][name]) for name in SIZES))


@lru_cache(maxsize=1)
def _zipfs() -> dict[str, float]:
    from wordfreq import get_frequency_dict  # slow to import: only when sentences are chosen

    listed = get_frequency_dict("ar", "small")  # the commonest first
    folded = fold("\n".join(listed)).split("\n")  # all in one go
    # the rarest first, so that the commonest spelling of a word counts
    return {word: 9.0 + math.log10(n) for word, n in zip(reversed(folded), reversed(listed.values()), strict=True)}


def _look(word: str) -> Known:
    zipf = _zipfs().get(word, UNKNOWN)
    number = bisect_left(_ZIPF, zipf)
    own = (number * SIZES["length"] + bisect_left(_LENGTH, len(word))) * SIZES["shape"] + _shape(word)
    joined = _JOINED.match(word, 0, MOST_KEPT)
    stem = word[joined.end() if joined else 0 : MOST_KEPT]
    ending = _ENDING.search(stem)
    return Known(word, stem[: ending.start()] if ending else stem, number, own, zipf < COMMON and len(word) > 1)


def _shape(word: str) -> int:
    if word.isdigit():
        return 1
    if word < "ء":
        return 2
    if word.startswith("ال"):
        return 3
    return 4 if word[0] == "و" else 5 if word[0] in "بلك" else 6 if word[0] in "يت" else 0


class _KnownWords(dict[str, Known]):
    """What is known of every word met so far, as it stands."""

    def __missing__(self, surface: str) -> Known:
        if len(self) > _KNOWN_MOST:
            for late in list(self)[_KNOWN_MOST // 2 :]:  # the commonest words are met first
                del self[late]
        word = fold(surface)
        found = _look(surface if word == surface else word)  # two equal texts would take twice the room
        if len(surface) < MOST_KEPT:
            self[surface] = found
        return found


_KNOWN = _KnownWords()


def split(text: str) -> list[Known]:
    """The words of a text in order, with what is known of each."""
    return list(map(_KNOWN.__getitem__, _TOKEN.findall(_OFF.sub("", text[:MOST_LETTERS]))))


def read(title: str, sentences: Sequence[str]) -> Reading:
    """The words of sentences in order, and how each stands in the whole."""
    all_words = [split(sentence) for sentence in sentences]
    heading = split(title)
    title_stems = {info.stem for info in heading if info.tells}
    title_words = {info.word for info in heading}

    first: dict[str, tuple[Known, int, float]] = {}
    stem_first: dict[str, int] = {}
    spread: Counter[str] = Counter()
    telling: list[set[str]] = []
    shares: list[int] = []
    for n, infos in enumerate(all_words):
        telling.append({info.word for info in infos if info.tells})
        if not telling[-1] <= first.keys():
            for at, info in enumerate(infos):
                if info.tells and info.word not in first:
                    first[info.word] = (info, n, at / len(infos))
        stems = {info.stem for info in infos}
        spread.update(stems)
        for stem in stems.difference(stem_first):
            stem_first[stem] = n
        shares.append(bisect_left(_TITLE_SHARE, len(title_stems & stems) / max(len(title_stems), 1)))
    best_share = _best(telling, shares)

    count = max(len(sentences), 1)
    before = list(accumulate((len(sentence) + 1 for sentence in sentences), initial=0))
    places = [
        Place(bisect_left(_LETTERS_BEFORE, before[n]), bisect_left(_SHARE_BEFORE, n / count), bisect_left(_ZONE, n))
        for n in range(len(sentences))
    ]
    orders = [bisect_left(_SENTENCE, n) for n in range(count)]
    wides = [bisect_left(_SENTENCES_WITH, n) for n in range(count + 1)]
    stands: dict[str, Stand] = {}
    for word, (info, n, place) in first.items():
        stem = info.stem
        heads = 2 if word in title_words else 1 if stem in title_stems else 0
        order, wide = orders[stem_first[stem]], wides[spread[stem]]
        stands[word] = (info, n, heads, order, wide, bisect_left(_PLACE, place), best_share[word])
    lead_letters = bisect_left(_LEAD_LETTERS, before[1]) if sentences else 0
    return Reading(telling, places, shares[0] if shares else 0, lead_letters, stands)


def _best(telling: Sequence[set[str]], values: Sequence[int]) -> dict[str, int]:
    """For each word the highest value of the sentences that it stands in."""
    found: dict[str, int] = {}
    for n in sorted(range(len(values)), key=values.__getitem__):
        found.update(dict.fromkeys(telling[n], values[n]))
    return found


def chances(reading: Reading) -> dict[str, float]:
    """The chance of each word that tells to stand in a summary."""
    found = weights()
    named, own, wides, exp = found.named, found.own, found.wide, math.exp
    orders, ats, shares, zoned = named["stem first"], named["place"], named["title share"], named["zone, zipf"]
    starts = [found.of_place(place, reading.lead_share, reading.lead_letters) for place in reading.places]
    zones = [zoned[place.zone * 9 : place.zone * 9 + 9] for place in reading.places]
    chance: dict[str, float] = {}
    for word, (known, n, heads, order, wide, at, share) in reading.stands.items():
        zipf = known.zipf
        odds = starts[n][heads] + own[known.own] + orders[order] + wides[zipf * 7 + wide] + ats[at] + shares[share]
        chance[word] = 1.0 / (1.0 + exp(-(odds + zones[n][zipf])))
    return chance
