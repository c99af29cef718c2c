"""Hashtags: the article's own, made valid for both platforms, then key phrases by frequency and rarity.

Rule for X and Telegram together: NFC, no combining marks, no tatweel, words joined by `_`, letters and digits only, not
digits alone.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.text.folding import fold
from bot.text.marks import TATWEEL, ZWJ, ZWNJ
from bot.text.sentences import sentences

MOST = 10
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_CLITICS = ("وال", "فال", "بال", "كال", "لل", "و", "ف", "ب", "ل", "ك")
_BEFORE_NOUNS = frozenset("في من إلى على عن بين عبر ضد نحو خلال قبل بعد منذ حول دون لدى مع".split())
_STOP = frozenset(
    map(
        fold,
        """
        في من إلى على عن بين عبر ضد نحو خلال قبل بعد منذ حول دون لدى مع أن إن كان كانت يكون هذا هذه ذلك تلك التي
        الذي الذين اللذين ما لا لم لن قد كما أو ثم حتى إذا أي كل بعض غير هو هي هم نحن أنا أنه أنها إنه إنها وهو
        وهي به بها له لها لهم فيه فيها منه منها عليه عليها إليه إليها حيث عند عندما بينما لكن بل فقط أيضا جدا
        اليوم أمس غدا عام سنة شهر يوم الأول الثاني الثالث الماضي المقبل الجاري الحالي العام السنة الشهر اليوم
        ألف مليون مليار نسبة عدد أكثر أقل قال قالت أكد أضاف أوضح الى انه انها وقد وفي ومن وعلى إطار طريق شأن
        سبيل جانب خاصة أجل مثل أول جهة جهته آخر أخرى إثر وفق حسب الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة
        السبت الأحد صباح مساء يناير فبراير مارس أبريل ماي مايو يونيو يوليوز يوليو غشت أغسطس شتنبر سبتمبر أكتوبر
        نونبر نوفمبر دجنبر ديسمبر لتر درهم درهما دولار كيلومتر كيلومترا متر مترا طن طنا صفحة ساعة دقيقة مرة
        المئة بالمئة
        """.split(),
    )
)


def valid(words: str) -> str:
    """The tag of these words with its #, or "" where no valid tag can be made of them."""
    text = unicodedata.normalize("NFC", words.replace(TATWEEL, "").replace(ZWNJ, " ").replace(ZWJ, ""))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    body = "_".join("".join(c if c.isalpha() or c.isdecimal() else " " for c in text).split())
    if not any(letter.isalpha() for letter in body) or len(body) > 60:
        return ""
    return "#" + body


def choose(title: str, paragraphs: Sequence[str], own: Iterable[str]) -> list[str]:
    """Up to ten hashtags with their #, best first: the article's own, then made ones, each once.

    Beside tags of an editor a made one must be a phrase, and no part of theirs.
    """
    tags = {tag_key(tag): tag for tag in map(valid, own) if tag}
    editors_words = {_indefinite(word) for key in tags for word in key.split()}
    for phrase in key_phrases(title, paragraphs) if len(tags) < MOST else []:
        tag = valid(phrase)
        if (
            tag
            and ("_" in tag or not editors_words)
            and editors_words.isdisjoint(map(_indefinite, tag_key(tag).split()))
        ):
            tags.setdefault(tag_key(tag), tag)
    return list(tags.values())[:MOST]


def _indefinite(word: str) -> str:
    return word.removeprefix("ال")


def tag_key(tag: str) -> str:
    """Two spellings of one tag have one key."""
    return fold(tag.lstrip("#")).replace("_", " ")


def key_phrases(title: str, paragraphs: Sequence[str]) -> list[str]:
    """Noun phrases of one to four words by frequency and rarity, best first, none sharing a word with a better one."""
    lines = [_tokens(title)] + [_tokens(s) for p in paragraphs for s in sentences(p)]
    nouns = _nouns(lines)
    counts: Counter[Key] = Counter()
    shown: dict[Key, str] = {}
    first_seen: dict[Key, int] = {}
    alone: Counter[Key] = Counter()  # how often a single word is no adjective and no first half of a pair
    for number, line in enumerate(lines):
        for start, size in _phrases(line, nouns):
            phrase = [line[start].bare, *(token.surface for token in line[start + 1 : start + size])]
            key = tuple(map(fold, phrase))
            counts[key] += 1
            shown.setdefault(key, " ".join(phrase))
            first_seen.setdefault(key, number)
            before = line[start - 1] if start else NOTHING
            after = line[start + 1] if start + 1 < len(line) else NOTHING
            alone[key] += not (line[start].definite and before.definite) and not after.definite
    scored = {
        key: (count + (first_seen[key] == 0))
        * _rarity(key)
        * (1 + 0.35 * (len(key) - 1))
        / (1 + 0.05 * first_seen[key])
        for key, count in counts.items()
        if count >= 2 and (len(key) > 1 or 2 * alone[key] >= count)
    }
    inside = {
        longer[i : i + n]
        for longer in scored
        for n in range(1, len(longer))
        for i in range(len(longer) - n + 1)
        if counts[longer] >= 0.6 * counts[longer[i : i + n]]
    }
    best: list[Key] = []
    for key in sorted(scored.keys() - inside, key=lambda k: (-scored[k], first_seen[k], k)):
        if not any(set(key) & set(taken) for taken in best):
            best.append(key)
    return [shown[key] for key in best[:MOST]]


Key = tuple[str, ...]


class Token(NamedTuple):
    """A word as it stands and without its clitics, or a sign."""

    surface: str
    bare: str

    @property
    def definite(self) -> bool:
        """Whether the word has the article, by itself or after a clitic."""
        return self.surface.startswith(("ال", "لل")) and len(self.surface) > 3


NOTHING = Token("", "")


def _tokens(text: str) -> list[Token]:
    """Words and signs; signs part phrases."""
    return [Token(found, _bare(found) if found[0].isalpha() else found) for found in _TOKEN.findall(_no_marks(text))]


def _no_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text) if not unicodedata.combining(c) and c != TATWEEL)


@lru_cache(maxsize=20_000)
def _bare(word: str) -> str:
    """The word without a leading و ف ب ل ك, where what is left is by far the commoner word; ال comes back after ل."""
    for clitic in _CLITICS:
        if word.startswith(clitic) and len(word) - len(clitic) >= 3:
            rest = word[len(clitic) :]
            if len(clitic) > 1:  # with the article: always a clitic, unless the word itself is common (والد, بالغ)
                rest = "ال" + rest
                if _zipf(word) < _zipf(rest) + 0.5:
                    return rest
            elif _zipf(rest) > _zipf(word) + 1.2:
                return rest
    return word


def _nouns(lines: Sequence[Sequence[Token]]) -> set[str]:
    """Words that are surely no verbs: they have the article, a clitic or a preposition before them somewhere."""
    nouns = set()
    for line in lines:
        for before, word in zip([NOTHING, *line], line, strict=False):
            clitic = word.surface[0] in "بلك" and word.bare != word.surface
            if word.bare.startswith("ال") or clitic or before.bare in _BEFORE_NOUNS:
                nouns.add(fold(word.bare))
    return nouns


def _phrases(line: Sequence[Token], nouns: set[str]) -> Iterable[tuple[int, int]]:
    """Start and size of each phrase: after its first word it goes on with words that have the article.

    A word in ta marbuta may begin a phrase (وزارة النقل), but by itself it may be an adjective.
    """
    usable = [len(w.bare) > 2 and w.bare[0].isalpha() and fold(w.bare) not in _STOP for w in line]
    for start, word in enumerate(line):
        noun = fold(word.bare) in nouns
        if not usable[start] or not (noun or word.bare.endswith("ة")):
            continue
        if noun:
            yield start, 1
        for end in range(start + 1, min(start + 4, len(line))):
            if not (usable[end] and line[end].definite):
                break
            yield start, end - start + 1


def _rarity(key: tuple[str, ...]) -> float:
    return sum(max(8.0 - _zipf(word), 0.5) for word in key) / len(key)


@lru_cache(maxsize=50_000)
def _zipf(word: str) -> float:
    """How common a word is in Arabic at large, 0 to 8 (wordfreq, read from its package)."""
    from wordfreq import (
        get_frequency_dict,  # half of the start-up time of `nashir format`: only when tags are made
    )

    frequency = get_frequency_dict("ar", "best").get(word, 0.0)
    return 0.0 if frequency <= 0 else 9.0 + math.log10(frequency)
