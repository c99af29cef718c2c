"""Direction: a paragraph that is Arabic reads from the right, also when it begins with a Latin word.

Telegram and X take a paragraph's direction from its first strong character (Unicode UAX #9, rules P2 and P3).
"""

import unicodedata
from collections.abc import Callable

from bot.text.marks import ALM, RLM

_RIGHT = ("R", "AL")


def first_strong(text: str) -> str:
    """The bidi class of the first strong character: "L", "R", "AL", or "" where there is none."""
    return next((kind for letter in text if (kind := unicodedata.bidirectional(letter)) in ("L", *_RIGHT)), "")


def has_arabic(text: str) -> bool:
    """Whether any letter is written from the right."""
    return any(unicodedata.bidirectional(letter) in _RIGHT for letter in text)


def set_right(text: str, mark: str = RLM, visible: Callable[[str], str] = str) -> str:
    """Each line that holds Arabic but begins with another script gets `mark` before it; other lines stay.

    `visible` takes from a line what a reader does not see, such as HTML tags.
    """
    return "\n".join(
        mark + line if first_strong(seen := visible(line)) == "L" and has_arabic(seen) else line
        for line in text.split("\n")
    )


def set_right_for_x(text: str) -> str:
    """The same with the mark that weighs one on X."""
    return set_right(text, ALM)
