"""The language of this run's messages: --lang, else LC_ALL or LANG."""

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Literal

from bot.domain.say import Say


def choose(argv: Sequence[str], environ: Mapping[str, str]) -> Literal["ar", "en"]:
    """ "ar" where Arabic is asked for, else "en"."""
    asked = ""
    for index, word in enumerate(argv):
        if word == "--lang" and index + 1 < len(argv):
            asked = argv[index + 1]
        elif word.startswith("--lang="):
            asked = word.partition("=")[2]
    asked = asked or environ.get("LC_ALL") or environ.get("LANG") or ""
    return "ar" if asked.lower().startswith("ar") else "en"


LANG = choose(sys.argv[1:], os.environ)


def t(en: str, ar: str) -> str:
    """The words in this run's language."""
    return ar if LANG == "ar" else en


def in_our_language(record: logging.LogRecord) -> bool:
    """Sentences that the log is given in both languages go on in this run's; a filter that keeps all."""
    if isinstance(record.msg, Say):
        record.msg = record.msg.to(LANG)
    return True
