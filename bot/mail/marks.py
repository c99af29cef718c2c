"""Marks: where a mail differs by recipient. Templates are rendered with them, once for each edition."""

import re

OPEN, CLOSE = chr(0xE0F0), chr(0xE0F1)  # of Unicode's private use: no text means anything by them

UNSUBSCRIBE = f"{OPEN}unsubscribe{CLOSE}"  # a token that ends an address
PREFERENCES = f"{OPEN}preferences{CLOSE}"  # the same
# these two differ in length, and spaces fill them up: they stand at the end of a line or an element
GREETING = f"{OPEN}greeting{CLOSE}"
ADDRESS = f"{OPEN}address{CLOSE}"

MARK = re.compile(f"{OPEN}([a-z]+){CLOSE}")


def without(text: str) -> str:
    """The text without signs that could be taken for a mark."""
    return text.replace(OPEN, "").replace(CLOSE, "")
