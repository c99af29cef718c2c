"""Every phrase of a text that may be a tag, with the places where it stands."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.text.folding import fold
from bot.text.marks import DIRECTION, TASHKEEL, TATWEEL, ZWJ, ZWNJ
from bot.text.tagging.lexicon import BEFORE_NOUNS, BODIES, Word, lists, without, word

MOST_WORDS = 4
MOST_WORDS_OF_A_BODY = 6  # الجامعة الملكية المغربية لكرة القدم
READ = 12_000  # letters of an article that are read; what it is about has been said by then
_OFF = {ord(mark): None for mark in TASHKEEL + TATWEEL + DIRECTION + ZWJ} | {ord(ZWNJ): " "}
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|\n")
_SENTENCE_ENDS = frozenset(".!?؟…\n")


@dataclass(slots=True)
class Text:
    """A text in words: lists that run side by side, one item for each word or sign."""

    words: list[Word | None] = field(default_factory=list)  # None for a sign
    signs: list[str] = field(default_factory=list)  # the sign, the surface of a word
    lines: list[int] = field(default_factory=list)  # the sentence; 0 is the title
    paragraphs: list[int] = field(default_factory=list)  # -1 is the title
    title_end: int = 0
    title_colon: int = 0
    lead_end: int = 0
    nouns: set[str] = field(default_factory=set)  # stems that are surely no verbs
    stems: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Candidate:
    """One phrase: its words, and where each of its occurrences begins."""

    key: str  # folded, words parted by spaces
    size: int
    at: list[int]
    inside: int = 0  # occurrences within a longer known name
    land: int = 0  # made from so many words for a land's people; stands nowhere itself


def read(title: str, paragraphs: Sequence[str]) -> Text:
    """Title and paragraphs in words."""
    text, spare = Text(), READ
    for number, paragraph in enumerate((title, *paragraphs), -1):
        _add(text, paragraph[:spare], number)
        spare -= len(paragraph)
        if number == -1:
            text.title_end = len(text.words)
            text.title_colon = text.signs.index(":") if ":" in text.signs[:6] else 0
        if number <= 0:
            text.lead_end = len(text.words)
        if spare <= 0:
            break
    _settle(text)
    return text


def _add(text: Text, paragraph: str, number: int) -> None:
    line = text.lines[-1] + 1 if text.lines else 0
    for token in _TOKEN.findall(unicodedata.normalize("NFC", paragraph).translate(_OFF)):
        is_word = token[0].isalpha()
        text.words.append(word(token) if is_word else None)
        text.signs.append(token)
        text.lines.append(line)
        text.paragraphs.append(number)
        if not is_word and token in _SENTENCE_ENDS:
            line += 1


def _settle(text: Text) -> None:
    """Words whose first letter may be a clitic lose it where the rest stands in the text too; nouns are noted."""
    seen = set(text.signs)
    before = ""
    for at, known in enumerate(text.words):
        if known is None:
            before = ""
            continue
        if known.rest and known.rest in seen:
            bare = without(known)
            text.words[at] = known = bare._replace(clitic=text.signs[at][0])
        if known.definite or (known.clitic[-1:] in "بكل" and known.clitic) or before in BEFORE_NOUNS:
            text.nouns.add(known.stem)
        text.stems[known.stem] += 1
        before = known.key


def find(text: Text) -> dict[str, Candidate]:
    """All candidates by key: phrases of up to four words without stop words, and lands whose people are named."""
    found: dict[str, Candidate] = {}
    known = lists()
    covered: list[tuple[int, int]] = []
    lands: Counter[str] = Counter()
    words, signs, total = text.words, text.signs, len(text.words)
    for start in range(total):
        first = words[start]
        if first is None or first.stop:
            continue
        if first.nation:
            lands[first.nation] += 1
        key, size, body = first.key, 1, first.key in BODIES
        limit = start + (MOST_WORDS_OF_A_BODY if body else MOST_WORDS)
        end = start + 1
        while True:
            candidate = found.get(key)
            if candidate is None:
                found[key] = Candidate(key, size, [start])
            else:
                candidate.at.append(start)
            if size > 1 and (key in known.places or key in known.bodies):
                covered.append((start, end))
            if end >= limit or end >= total:
                break
            after = words[end]
            if after is None or after.stop:
                break
            if after.clitic:
                if not (body and after.clitic in ("لل", "ل")):
                    break
                key += " " + fold(signs[end])
            else:
                key += " " + after.key
            size, end = size + 1, end + 1
    _mark(found, covered, words)
    _add_lands(found, lands)
    return found


def shown(text: Text, candidate: Candidate) -> str:
    """The words of a candidate as its commonest occurrence shows them; the earliest among equals."""
    if not candidate.at:
        return candidate.key
    seen = Counter(_shown(text, start, candidate.size) for start in candidate.at)
    return seen.most_common(1)[0][0]


def _shown(text: Text, start: int, size: int) -> str:
    first, *others = range(start, start + size)
    word_ = text.words[first]
    bare = word_.bare if word_ else text.signs[first]
    return " ".join([bare, *(text.signs[at] for at in others)])


def _mark(found: dict[str, Candidate], covered: list[tuple[int, int]], words: list[Word | None]) -> None:
    """Count for each candidate how often it stands within a longer known name."""
    done: set[tuple[int, int]] = set()
    for start, end in covered:
        for first in range(start, end):
            key = ""
            for last in range(first, end):
                word_ = words[last]
                if word_ is None:
                    break
                key = f"{key} {word_.key}" if key else word_.key
                span = (first, last)
                if span != (start, end - 1) and span not in done and key in found:
                    done.add(span)
                    found[key].inside += 1


def _add_lands(found: dict[str, Candidate], lands: Counter[str]) -> None:
    for land, count in lands.items():
        key = fold(land)
        if key in found:
            found[key].land = count
        else:
            found[key] = Candidate(key, key.count(" ") + 1, [], land=count)
