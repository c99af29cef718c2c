"""Which words of an article its summary would say, judged by where and how often they stand, none by its name."""

import json
import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from operator import getitem
from typing import NamedTuple

from bot.text.folding import fold

MOST_LETTERS = 1_500  # of a sentence that are read; a longer one is no sentence
COMMON = 6.3  # words as frequent as this on the scale of Zipf prove nothing
UNKNOWN = 2.5  # rarer than all words of the list

_TOKEN = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?:[وف](?=..))?(?:(?:بال|كال|فال|لل|ال)(?=...)|[بلك](?=....))?")
_ENDING = re.compile(r"(?<=...)(?:هما|كما|هم|ها|هن|نا|ات|ون|ين|ان|يه|ي|ه|ا)$")
_KNOWN_MOST = 60_000
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


class Known(NamedTuple):
    """What is known of a word by itself."""

    word: str
    stem: str
    zipf: int  # its class
    classes: Classes
    tells: bool


class Reading(NamedTuple):
    """The words that tell in each sentence of an article, and the classes of each of them."""

    sentences: list[set[str]]
    classes: dict[str, Classes]


class Weights(NamedTuple):
    """A weight for each class of each measure, and one for all."""

    all: float
    tables: tuple[tuple[float, ...], ...]


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped weights, read once."""
    found = json.loads((files("bot.text.data") / "salience.json").read_text("utf-8"))
    return Weights(found["all"], tuple(tuple(found["tables"][name]) for name in SIZES))


@lru_cache(maxsize=1)
def _zipfs() -> dict[str, float]:
    from wordfreq import get_frequency_dict  # slow to import: only when sentences are chosen

    found: dict[str, float] = {}
    for word, frequency in get_frequency_dict("ar", "small").items():
        key = fold(word)
        found[key] = max(found.get(key, 0.0), frequency)
    return {word: 9.0 + math.log10(frequency) for word, frequency in found.items()}


def _look(word: str) -> Known:
    zipf = _zipfs().get(word, UNKNOWN)
    number = bisect_left(_ZIPF, zipf)
    joined = _JOINED.match(word, 0, MOST_KEPT)
    stem = word[joined.end() if joined else 0 : MOST_KEPT]
    ending = _ENDING.search(stem)
    return Known(
        word=word,
        stem=stem[: ending.start()] if ending else stem,
        zipf=number,
        classes=(number, bisect_left(_LENGTH, len(word)), _shape(word)),
        tells=zipf < COMMON and len(word) > 1,
    )


def _shape(word: str) -> int:
    if word.isdigit():
        return 1
    if word < "ء":
        return 2
    if word.startswith("ال"):
        return 3
    return 4 if word[0] == "و" else 5 if word[0] in "بلك" else 6 if word[0] in "يت" else 0


class _KnownWords(dict[str, Known]):
    """What is known of every folded word met so far."""

    def __missing__(self, word: str) -> Known:
        if len(self) > _KNOWN_MOST:
            for late in list(self)[_KNOWN_MOST // 2 :]:  # the commonest words are met first
                del self[late]
        found = _look(word)
        if len(word) < MOST_KEPT:
            self[word] = found
        return found


_KNOWN = _KnownWords()


def split(text: str) -> list[Known]:
    """The words of a text in order, with what is known of each."""
    return list(map(_KNOWN.__getitem__, _TOKEN.findall(fold(text[:MOST_LETTERS]))))


def read(title: str, sentences: Sequence[str]) -> Reading:
    """The words of sentences in order, and how each stands in the whole."""
    all_words = [split(sentence) for sentence in sentences]
    heading = split(title)
    title_stems = {info.stem for info in heading if info.tells}
    title_words = {info.word for info in heading}

    first: dict[str, tuple[int, float, Known]] = {}
    stem_first: dict[str, int] = {}
    spread: Counter[str] = Counter()
    telling: list[set[str]] = []
    shares: list[int] = []
    for n, infos in enumerate(all_words):
        telling.append({info.word for info in infos if info.tells})
        if not telling[-1] <= first.keys():
            for at, info in enumerate(infos):
                if info.tells and info.word not in first:
                    first[info.word] = (n, at / len(infos), info)
        stems = {info.stem for info in infos}
        spread.update(stems)
        for stem in stems.difference(stem_first):
            stem_first[stem] = n
        shares.append(bisect_left(_TITLE_SHARE, len(title_stems & stems) / max(len(title_stems), 1)))
    best_share = _best(telling, shares)

    count = max(len(sentences), 1)
    before = list(accumulate((len(sentence) + 1 for sentence in sentences), initial=0))
    # what is the same for all words that come up first in one sentence
    starts = [
        (bisect_left(_LETTERS_BEFORE, before[n]), bisect_left(_SHARE_BEFORE, n / count), bisect_left(_ZONE, n))
        for n in range(len(sentences))
    ]
    orders = [bisect_left(_SENTENCE, n) for n in range(count)]
    wides = [bisect_left(_SENTENCES_WITH, n) for n in range(count + 1)]
    lead_share = shares[0] if shares else 0
    lead_letters = bisect_left(_LEAD_LETTERS, before[1]) if sentences else 0
    classes: dict[str, Classes] = {}
    for word, (n, place, info) in first.items():
        letters, part, zone = starts[n]
        stem = info.stem
        heads = 2 if word in title_words else 1 if stem in title_stems else 0
        wide = wides[spread[stem]]
        classes[word] = info.classes + (  # noqa: RUF005 - quicker than a list that is made a tuple
            letters,
            part,
            heads,
            orders[stem_first[stem]],
            wide,
            bisect_left(_PLACE, place),
            best_share[word],
            zone * 3 + heads,
            info.zipf * 7 + wide,
            zone * 7 + lead_share,
            zone * 7 + lead_letters,
            zone * 9 + info.zipf,
        )
    return Reading(telling, classes)


def _best(telling: Sequence[set[str]], values: Sequence[int]) -> dict[str, int]:
    """For each word the highest value of the sentences that it stands in."""
    found: dict[str, int] = {}
    for n in sorted(range(len(values)), key=values.__getitem__):
        found.update(dict.fromkeys(telling[n], values[n]))
    return found


def chances(reading: Reading) -> dict[str, float]:
    """The chance of each word that tells to stand in a summary."""
    start, tables = weights()
    exp = math.exp
    return {
        word: 1.0 / (1.0 + exp(-sum(map(getitem, tables, classes), start))) for word, classes in reading.classes.items()
    }
