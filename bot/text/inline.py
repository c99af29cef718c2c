"""Hashtags in the running text, where their words stand already."""

import re
from collections.abc import Sequence

from bot.text.marks import TASHKEEL

_BEFORE = r"(?<![\w#@_])"  # both platforms want something else than a letter before the #
_AFTER = rf"(?![\w{TASHKEEL}])"  # a mark ends a tag on Telegram


def place(texts: Sequence[str], tags: Sequence[str]) -> tuple[list[str], list[str]]:
    """The texts with each tag once in the place of its words, where these stand whole; and the tags left over."""
    found, rest = list(texts), []
    for tag in tags:
        words = re.escape(tag.removeprefix("#")).replace("_", " ")
        pattern = re.compile(rf"{_BEFORE}{words}{_AFTER}")
        for number, text in enumerate(found):
            if pattern.search(text):
                found[number] = pattern.sub(tag, text, count=1)
                break
        else:
            rest.append(tag)
    return found, rest
