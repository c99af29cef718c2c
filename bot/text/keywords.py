"""Finding words and phrases in Arabic text, whatever their spelling and the little words joined to them."""

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.text.folding import fold, words

_JOINED = "(?:[وف]?(?:[بكل]|لل)?|[وف]?س)"  # and, so, in, like, for; and the future


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str]:
    """A regular expression for a phrase in folded text; after the first word's joined letters, word by word."""
    parts = []
    for word in words(phrase):
        if word.startswith("ال") and len(word) > 4:
            parts.append(rf"(?:{_JOINED}{re.escape(word)}|[وف]?لل{re.escape(word[2:])})")
        else:
            article = "(?:ال)?" if len(word) > 2 else ""  # who asks for a word wants it with the article too
            parts.append(f"{_JOINED}{article}{re.escape(word)}")
    return re.compile(rf"(?<!\w){'[^ء-ي0-9a-z]+'.join(parts)}(?!\w)" if parts else r"(?!)")


def first_of(phrases: Sequence[str], folded: str) -> str:
    """The first of these words or phrases that stands in a folded text, or "" where none does."""
    return next((phrase for phrase in phrases if _pattern(phrase).search(folded)), "")


def begins_with(words_: Sequence[str], text: str) -> bool:
    """Whether a text begins with one of these words, signs before it aside."""
    head = words(text)[:3]
    return any(parts and head[: len(parts)] == parts for parts in map(words, words_))


def folded(*texts: str) -> str:
    """Texts in one, as `first_of` takes them."""
    return fold("\n".join(texts))
