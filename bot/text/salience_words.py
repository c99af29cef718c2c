"""Which words of an article its summary would say, judged by where and how often they stand, none by its name."""

import json
import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from typing import NamedTuple

from bot.text.folding import fold

MOST_LETTERS = 1_500  # of a sentence that are read; a longer one is no sentence
COMMON = 6.3  # words as frequent as this on the scale of Zipf prove nothing
UNKNOWN = 2.5  # rarer than all words of the list

_TOKEN = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"^(?:[وف](?=..))?(?:(?:بال|كال|فال|لل|ال)(?=...)|[بلك](?=....))?")
_ENDING = re.compile(r"(?<=...)(?:هما|كما|هم|ها|هن|نا|ات|ون|ين|ان|يه|ي|ه|ا)$")
_KNOWN_MOST = 60_000

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
_CENTRAL = (0.3, 0.45, 0.6, 0.75, 0.9)
_LEAD_LETTERS = (60, 90, 120, 150, 190, 240)

# Measures and the number of their classes; the weights stand in this order.
SIZES = {
    "zipf": 9, "length": 8, "shape": 7,
    "letters before": 11, "share before": 8, "title": 3, "stem first": 7, "sentences with": 7, "place": 6,
    "title share": 7, "central": 6, "zone, title": 15, "zipf, sentences with": 63, "zone, lead's title share": 35,
    "zone, lead's letters": 35, "zone, zipf": 45, "zone, sentences with": 35,
}  # fmt: skip
OWN = 3  # of these belong to the word itself, wherever it stands

Classes = tuple[int, ...]


class Known(NamedTuple):
    """What is known of a word by itself."""

    stem: str
    rarity: float  # 0 for a common word
    zipf: int  # its class
    classes: Classes
    tells: bool


class Reading(NamedTuple):
    """The words of an article's sentences, and the classes of each word that tells."""

    sentences: list[list[str]]
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
def _frequencies() -> dict[str, float]:
    from wordfreq import get_frequency_dict  # slow to import: only when sentences are chosen

    found: dict[str, float] = {}
    for word, frequency in get_frequency_dict("ar", "small").items():
        key = fold(word)
        found[key] = max(found.get(key, 0.0), frequency)
    return found


_KNOWN: dict[str, Known] = {}


def known(word: str) -> Known:
    """What is known of a folded word; remembered."""
    found = _KNOWN.get(word)
    if found is None:
        if len(_KNOWN) > _KNOWN_MOST:
            _KNOWN.clear()
        found = _KNOWN[word] = _look(word)
    return found


def _look(word: str) -> Known:
    frequency = _frequencies().get(word)
    zipf = 9.0 + math.log10(frequency) if frequency else UNKNOWN
    number = bisect_left(_ZIPF, zipf)
    stem = _ENDING.sub("", _JOINED.sub("", word[:40], count=1), count=1)
    return Known(
        stem=stem,
        rarity=max(0.0, 7.0 - zipf) if len(word) > 2 else 0.0,
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


def read(title: str, sentences: Sequence[str]) -> Reading:
    """The words of sentences in order, and how each stands in the whole."""
    tokens = [_TOKEN.findall(fold(sentence[:MOST_LETTERS])) for sentence in sentences]
    heading = _TOKEN.findall(fold(title[:MOST_LETTERS]))
    title_stems = {known(word).stem for word in heading if known(word).tells}
    title_words = set(heading)

    infos = [[known(word) for word in words] for words in tokens]
    first: dict[str, tuple[int, int]] = {}
    stem_first: dict[str, int] = {}
    times: dict[str, int] = {}
    spread: dict[str, int] = {}
    shares: list[int] = []
    for n, (words, knowns) in enumerate(zip(tokens, infos, strict=True)):
        for at, word in enumerate(words):
            if word not in first:
                first[word] = (n, at)
        stems = set()
        for info in knowns:
            stem = info.stem
            times[stem] = times.get(stem, 0) + 1
            stems.add(stem)
        for stem in stems:
            spread[stem] = spread.get(stem, 0) + 1
            if stem not in stem_first:
                stem_first[stem] = n
        shares.append(bisect_left(_TITLE_SHARE, len(title_stems & stems) / max(len(title_stems), 1)))

    central = [sum((times[i.stem] - 1) * i.rarity for i in knowns) / max(len(knowns), 1) for knowns in infos]
    top = max(central, default=0.0) or 1.0
    centrals = [bisect_left(_CENTRAL, value / top) for value in central]
    best_share: dict[str, int] = {}
    best_central: dict[str, int] = {}
    for words, share, middle in zip(tokens, shares, centrals, strict=True):
        for word in words:
            if share > best_share.get(word, -1):
                best_share[word] = share
            if middle > best_central.get(word, -1):
                best_central[word] = middle

    count = max(len(tokens), 1)
    before = list(accumulate((len(sentence) + 1 for sentence in sentences), initial=0))
    # what is the same for all words that come up first in one sentence
    starts = [
        (bisect_left(_LETTERS_BEFORE, before[n]), bisect_left(_SHARE_BEFORE, n / count), bisect_left(_ZONE, n))
        for n in range(len(tokens))
    ]
    lead_share = min(shares[0], 6) if shares else 0
    lead_letters = bisect_left(_LEAD_LETTERS, len(sentences[0]) + 1) if sentences else 0
    sentence_class = [bisect_left(_SENTENCE, n) for n in range(len(tokens))]
    places = [max(len(words), 1) for words in tokens]
    classes: dict[str, Classes] = {}
    for word, (n, at) in first.items():
        info = known(word)
        if not info.tells:
            continue
        letters, share, zone = starts[n]
        stem = info.stem
        heads = 2 if word in title_words else 1 if stem in title_stems else 0
        wide = bisect_left(_SENTENCES_WITH, spread[stem])
        classes[word] = (
            *info.classes,
            letters,
            share,
            heads,
            sentence_class[stem_first[stem]],
            wide,
            bisect_left(_PLACE, at / places[n]),
            best_share[word],
            best_central[word],
            zone * 3 + heads,
            info.zipf * 7 + wide,
            zone * 7 + lead_share,
            zone * 7 + lead_letters,
            zone * 9 + info.zipf,
            zone * 7 + wide,
        )
    return Reading(tokens, classes)


def chances(reading: Reading) -> dict[str, float]:
    """The chance of each word that tells to stand in a summary."""
    found = weights()
    exp, tables = math.exp, found.tables
    chances_ = {}
    for word, classes in reading.classes.items():
        odds = found.all
        for table, number in zip(tables, classes, strict=True):
            odds += table[number]
        chances_[word] = 1.0 / (1.0 + exp(-odds))
    return chances_
