"""Every phrase of a text that may be a tag, with the places where it stands."""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.text.folding import fold
from bot.text.marks import DIRECTION, TASHKEEL, TATWEEL, ZWJ
from bot.text.tagging.forms import zipf
from bot.text.tagging.lexicon import SIGN, WORDS, Kind, Word, lists, without, word

MOST_WORDS = 3  # of a phrase; one more in the title
MOST_WORDS_OF_A_BODY = 6  # الجامعة الملكية المغربية لكرة القدم
READ = 12_000  # letters of an article that are read; what it is about has been said by then
_OFF = re.compile(f"[{TASHKEEL}{TATWEEL}{DIRECTION}{ZWJ}]+")
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_LETTERS = frozenset("بكل")  # that may be a word before its noun
_COMMON = 4.5  # as common as this, a word behind a first name is no family name
_SENTENCE_ENDS = frozenset(".!?؟…")


@dataclass(slots=True)
class Text:
    """A text in words and signs, numbered from its beginning; the title comes first."""

    words: list[Word] = field(default_factory=list)  # SIGN for a sign or a number
    kinds: list[Kind] = field(default_factory=list)  # of these words
    signs: list[str] = field(default_factory=list)  # each as it stands
    sentences: list[int] = field(default_factory=list)  # where each sentence begins
    paragraphs: list[int] = field(default_factory=list)  # where each paragraph begins
    title_end: int = 0
    title_colon: int = 0  # the place of a colon near the beginning of the title, else 0
    lead_end: int = 0
    nouns: set[str] = field(default_factory=set)  # stems that are surely no verbs
    barred: list[bool] = field(default_factory=list)  # of these words, whether a tag may not have it: a verb, a pronoun
    stems: Counter[str] = field(default_factory=Counter)
    title_stems: set[str] = field(default_factory=set)

    def sentence(self, at: int) -> int:
        """The number of the sentence in which a place lies; 0 is the title."""
        return bisect_right(self.sentences, at)

    def paragraph(self, at: int) -> int:
        """The number of the paragraph in which a place lies; 0 is the title."""
        return bisect_right(self.paragraphs, at)


@dataclass(slots=True)
class Candidate:
    """One phrase: its words, and where each of its occurrences begins."""

    key: str  # folded, words parted by spaces
    size: int
    at: list[int]
    inside: int = 0  # occurrences within a longer known name, or with a piece of one
    land: int = 0  # so many words of the text name this land's people


@dataclass(slots=True)
class Found:
    """All phrases of a text: where each stands, which lie within known names, which lands its people belong to."""

    at: dict[str, list[int]] = field(default_factory=dict)
    inside: Counter[str] = field(default_factory=Counter)
    lands: Counter[str] = field(default_factory=Counter)

    def candidate(self, key: str) -> Candidate:
        """All that is known of one phrase."""
        return Candidate(key, key.count(" ") + 1, self.at.get(key, []), self.inside[key], self.lands[key])


def read(title: str, paragraphs: Sequence[str]) -> Text:
    """Title and paragraphs in words."""
    text, spare = Text(), READ
    signs = text.signs
    for number, paragraph in enumerate((title, *paragraphs)):
        if number:
            text.paragraphs.append(len(signs))
            text.sentences.append(len(signs))
        signs += _TOKEN.findall(_OFF.sub("", unicodedata.normalize("NFC", paragraph[:spare])))
        spare -= len(paragraph)
        if number == 0:
            text.title_end = len(signs)
            text.title_colon = signs.index(":") if ":" in signs[:6] else 0
        if number <= 1:
            text.lead_end = len(signs)
        if spare <= 0:
            break
    text.sentences = sorted({*text.sentences, *(at + 1 for at, sign in enumerate(signs) if sign in _SENTENCE_ENDS)})
    text.words = list(map(WORDS.__getitem__, signs))
    _settle(text)
    return text


def _settle(text: Text) -> None:
    """Words whose first letter may be a clitic lose it where the text shows that it is one; nouns are noted."""
    signs, words = text.signs, text.words
    seen = set(signs)
    families = {
        sign
        for last, known, sign in zip(words, words[1:], signs[1:], strict=False)
        if last.kind.name and known.kind.clitic in _LETTERS and zipf(sign) < _COMMON
    }  # محمد بنيس is no name and a prefix
    for at, known in enumerate(words):
        if families and signs[at] in families:
            words[at] = word(signs[at])
            continue
        if known.rest and (known.rest in seen or (known.kind.place and at and words[at - 1].kind.place)):
            words[at] = without(known)  # the rest stands in the text too; مكة وجدة is two towns
    stems = [known.stem for known in words]
    text.kinds = kinds = [known.kind for known in words]
    before = [SIGN.kind, *kinds]
    text.nouns = {
        stem for stem, kind, last in zip(stems, kinds, before, strict=False) if last.leads_noun or kind.surely_noun
    }
    nouns = text.nouns
    text.barred = [kind.bound or (kind.verb and stem not in nouns) for kind, stem in zip(kinds, stems, strict=True)]
    text.stems = Counter(stems)
    text.title_stems = set(stems[: text.title_end])


def find(text: Text) -> Found:
    """All phrases of up to three words (four in the title, more for a body) without stop words."""
    found = Found()
    at, lands = found.at, found.lands
    known = lists().phrases
    covered: list[tuple[int, int]] = []
    people: dict[str, int] = {}  # of lands that are one word, where the title names them
    kinds, signs, total, title_end = text.kinds, text.signs, len(text.words), text.title_end
    keys = [word.key for word in text.words]
    borders = iter([*text.paragraphs, total])
    border = next(borders)
    for start, first in enumerate(kinds):
        while start >= border:  # no phrase goes from one paragraph into the next
            border = next(borders)
        if first.stop:
            continue
        if first.nation:
            lands[first.nation] += 1
            if start < title_end and " " not in first.nation:
                people.setdefault(first.nation, start)
        key, last = keys[start], first
        limit = start + (MOST_WORDS_OF_A_BODY if first.body else MOST_WORDS + (start < title_end))
        end = start + 1
        while True:
            if not last.joins:  # else half a name
                places = at.get(key)
                if places is None:
                    at[key] = [start]
                else:
                    places.append(start)
                if key in known:
                    covered.append((start, end))
            if end >= limit or end >= border:
                break
            after = kinds[end]
            if after.stop:
                break
            if after.clitic:
                if not (first.body and after.clitic in ("لل", "ل")):
                    break
                key = f"{key} {fold(signs[end])}"
            else:
                key = f"{key} {keys[end]}"
            limit += after.joins and limit < start + MOST_WORDS_OF_A_BODY  # زين العابدين بن علي
            end, last = end + 1, after
    _mark(found, covered, text.words)
    for land, start in people.items():
        if land not in at:
            at[land] = [start]
    return found


def shown(text: Text, candidate: Candidate) -> str:
    """The words of a candidate as its commonest occurrence shows them; the earliest among equals."""
    if not candidate.at:
        return candidate.key
    seen = Counter(_shown(text, start, candidate.size) for start in candidate.at)
    return seen.most_common(1)[0][0]


def _shown(text: Text, start: int, size: int) -> str:
    word = text.words[start]
    return " ".join([word.bare or text.signs[start], *text.signs[start + 1 : start + size]])


def _mark(found: Found, covered: list[tuple[int, int]], words: list[Word]) -> None:
    """Count for each phrase how often it stands within a longer known name, or holds a piece of one (الله اللبناني)."""
    known, done = {(start, end - 1) for start, end in covered}, set()
    entity = lists().entity
    for start, end in covered:
        main = fold(entity(" ".join(word.key for word in words[start:end])))  # دولة قطر is قطر
        for first in range(max(start - MOST_WORDS, 0), end):
            key = ""
            for last in range(first, min(end + MOST_WORDS, len(words))):
                word = words[last]
                if word is SIGN:
                    break
                key = f"{key} {word.key}" if key else word.key
                span = (first, last)
                if last < start or span in done or key not in found.at or (first <= start and last >= end - 1):
                    continue
                if key == main:
                    continue
                if span not in known or (start <= first and last < end):  # two known names may share a word
                    done.add(span)
                    found.inside[key] += 1
