"""Hashtags: the article's own, the house's, and phrases of the text ranked by what editors make tags of.

Rule for X and Telegram together: NFC, no combining marks, no tatweel, words joined by `_`, letters and digits only, not
digits alone.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from bot.domain.say import Say, counted, plural
from bot.text.folding import fold
from bot.text.marks import TATWEEL, ZWJ, ZWNJ
from bot.text.tagging.lexicon import lists, stem
from bot.text.tagging.ranking import NO_PAST, Past, Ranked, choose_from, ranked

MOST = 10
MOST_LETTERS = 60  # of one tag


@dataclass(frozen=True)
class Glossary:
    """How the house spells its tags. All keys are those of tag_key."""

    aliases: Mapping[str, str] = field(default_factory=dict)  # any spelling -> the words of the tag
    banned: frozenset[str] = frozenset()
    always: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "" for every article, else a section
    places: frozenset[str] = frozenset()  # names of places beside those that are known here


EMPTY = Glossary()


@dataclass(frozen=True)
class History:
    """The tags that a newsroom has used: how often, and how it most often spells them."""

    counts: Mapping[str, int]  # by tag_key
    shown: Mapping[str, str]
    banned: frozenset[str] = frozenset()  # by editors, beside those of the glossary; by tag_key

    @cached_property
    def past(self) -> Past:
        """What the ranking asks of it."""
        words: Counter[str] = Counter()
        for key, count in self.counts.items():
            for word in key.split(" "):
                words[stem(word)] += count
        return Past(self.counts, words)

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]]) -> "History":
        """The history of articles, each given by its tags."""
        spellings: dict[str, Counter[str]] = {}
        for row in rows:
            for key, tag in {tag_key(tag): tag for tag in map(valid, row) if tag}.items():
                spellings.setdefault(key, Counter())[tag] += 1
        return cls(
            counts={key: seen.total() for key, seen in spellings.items()},
            shown={key: seen.most_common(1)[0][0] for key, seen in spellings.items()},
        )


@dataclass(frozen=True)
class Suggestion:
    """A tag with its #, the chance (0 to 1) that an editor signs it, and why it is there."""

    tag: str
    score: float
    why: Say


@lru_cache(maxsize=4096)
def valid(words: str) -> str:
    """The tag of these words with its #, or "" where no valid tag can be made of them."""
    text = unicodedata.normalize("NFC", words.replace(TATWEEL, "").replace(ZWNJ, " ").replace(ZWJ, ""))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    body = "_".join("".join(c if c.isalpha() or c.isdecimal() else " " for c in text).split())
    if not any(letter.isalpha() for letter in body) or len(body) > MOST_LETTERS:
        return ""
    return "#" + body


@lru_cache(maxsize=4096)
def tag_key(tag: str) -> str:
    """Two spellings of one tag have one key."""
    return fold(tag.lstrip("#")).replace("_", " ")


def choose(title: str, paragraphs: Sequence[str], own: Iterable[str]) -> list[str]:
    """Up to ten hashtags with their #, best first: the article's own, then made ones, each once."""
    return [suggestion.tag for suggestion in suggest(title, paragraphs, own=own)]


def suggest(
    title: str,
    paragraphs: Sequence[str],
    *,
    own: Iterable[str] = (),
    section: str = "",
    glossary: Glossary = EMPTY,
    history: History | None = None,
) -> list[Suggestion]:
    """Up to ten tags, best first: the article's own, the house's for its section, then those made of its text.

    None is banned or a piece of a better one, and one entity has one form.
    """
    if history and history.banned:
        glossary = replace(glossary, banned=glossary.banned | history.banned)
    chosen: dict[str, Suggestion] = {}
    for tag in own:
        _add(chosen, tag, 1.0, Say("The article's own tag.", "وسم المادة نفسها."), glossary)
    for name in ("", section) if section else ("",):
        for tag in glossary.always.get(name, ()):
            _add(chosen, tag, 1.0, _always(name), glossary)
    if len(chosen) < MOST:
        past = history.past if history else NO_PAST
        found = [one for one in ranked(title, paragraphs, past, glossary.places) if one.key not in glossary.banned]
        for one in choose_from(found, MOST - len(chosen), list(chosen)):
            tag = history.shown.get(one.key, one.words) if history else one.words
            _add(chosen, tag, one.chance, _why(one, past.tags.get(one.key, 0)), glossary)
    return list(chosen.values())[:MOST]


def _add(chosen: dict[str, Suggestion], words: str, score: float, why: Say, glossary: Glossary) -> None:
    tag = valid(words)
    tag = valid(glossary.aliases.get(tag_key(tag), tag))
    key = tag_key(tag)
    if tag and key not in glossary.banned and key not in chosen:
        chosen[key] = Suggestion(tag, round(score, 4), why)


def _always(section: str) -> Say:
    if section:
        return Say(f"Always for section {section}.", f"دائما لقسم {section}.")
    return Say("Always, for every article.", "دائما، لكل مادة.")


def _why(one: Ranked, used: int) -> Say:
    """Where the phrase stands, what it is, and how often it was used before."""
    at, title_end = one.candidate.at, one.text.title_end
    in_title = bool(at) and at[0] < title_end
    times = sum(start >= title_end for start in at)
    en, ar = [], []
    if not at:
        en.append("Its people are named in the text")
        ar.append("في النص ذكر أهله")
    elif one.key in lists().lands and one.text.words[at[0]].kind.nation == one.key:
        en.append("Its people are named in the title")
        ar.append("في العنوان ذكر أهله")
    elif in_title and times:
        en.append(f"It stands in the title and {plural(times, 'time', 'times')} in the text")
        ar.append(f"في العنوان و{counted(times, 'مرة واحدة', 'مرتين', 'مرات', 'مرة')} في النص")
    elif in_title:
        en.append("It stands in the title")
        ar.append("في العنوان")
    else:
        en.append(f"It stands {plural(times, 'time', 'times')} in the text")
        ar.append(f"{counted(times, 'مرة واحدة', 'مرتين', 'مرات', 'مرة')} في النص")
    kind = _kind(one)
    if kind:
        en.append(kind.en)
        ar.append(kind.ar)
    if used:
        en.append(f"used {plural(used, 'time', 'times')} before")
        ar.append(f"استُعمل {counted(used, 'مرة واحدة', 'مرتين', 'مرات', 'مرة')} من قبل")
    return Say(", ".join(en) + ".", "، ".join(ar) + ".")


def _kind(one: Ranked) -> Say | None:
    known, parts = lists(), one.key.split(" ")
    if one.key in known.places:
        return Say("a place", "مكان")
    if one.key in known.bodies:
        return Say("a body or event", "هيئة أو حدث")
    if len(parts) > 1 and parts[0] in known.names:
        return Say("a person", "شخص")
    if any(part.removeprefix("ال") in known.topics for part in parts):
        return Say("a topic of the news", "موضوع من مواضيع الأخبار")
    return None
