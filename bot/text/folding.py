"""Folding: text made equal for matching. Folded text is never shown to a reader."""

import re

from bot.text.marks import ARABIC_INDIC, DIRECTION, TASHKEEL, TATWEEL, WESTERN, ZWJ, ZWNJ

# the letters that stay are named, too: a letter that a table lacks costs many times as much
_FOLDED: dict[int, int | None] = {
    **{letter: letter for letter in range(0x2100)},
    **{ord(mark): None for mark in TASHKEEL + TATWEEL + DIRECTION + ZWJ + ZWNJ},
    **str.maketrans("أإآٱىةؤئ" + ARABIC_INDIC, "اااايهوي" + WESTERN),
}
WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


def fold(text: str) -> str:
    """One spelling for all: no tashkeel, no tatweel, one alef, ya for alef maqsura, ha for ta marbuta."""
    return text.translate(_FOLDED).casefold()


def words(text: str) -> list[str]:
    """The words of a text, folded, in order."""
    return WORD.findall(fold(text))
