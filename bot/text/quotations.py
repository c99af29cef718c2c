"""A quotation over several paragraphs: each of them has both its marks."""

import re
from collections.abc import Sequence

import regex

from bot.text.marks import CLOSERS
from bot.text.pairs import QUOTES, Lone, scan
from bot.text.paragraphs import is_heading

MOST_PARAGRAPHS = 8  # after the first; what is closed farther away is another one
MOST_LETTERS = 80  # before a mark, in which it is introduced

_OUTSIDE = re.compile(r"(?:[،؛:]|(?<!\.)\.)?\s*$")  # of the marks
_NOTHING = re.compile(r"[.،؛:؟!…\s]*$")
_ENDS_QUOTED = re.compile(r"[\"”»“«][.،؛:؟!…\s]*$")
# somebody is about to speak: a colon, or a verb of saying few words before the mark
_SAYING = (
    r"(?:قال|قائل|يقول|تقول|صرح|أكد|مؤكد|يؤكد|تؤكد|أوضح|موضح|يوضح|توضح|أضاف|مضيف|يضيف|تضيف|ذكر|يذكر|تذكر|كتب|يكتب|تكتب"
    r"|غرد|تابع|يتابع|تتابع|أعلن|أفاد|شدد|رد|علق|تساءل|يتساءل|تتساءل|جاء|ختم|استطرد|نقل|اعتبر|يرى|ترى|أشار|يشير|كشف|ناشد|دعا)"
    r"(?:ت|وا|ا|ة)?\p{M}*"
)
_INTRODUCED = regex.compile(rf":\s*$|(?<![\p{{L}}])[وف]?{_SAYING}(?:\s+[^\s.:؟!]+){{0,6}}\s*$")
# the newsroom speaks: who is quoted says "I said", "we stressed"
_TOLD = regex.compile(rf"^[وف]?(?:{_SAYING}|من\s+(?:جهته|جهتها|جانبه|جانبها))\b")


def whole(paragraphs: Sequence[str]) -> list[str]:
    """The paragraphs, with an opening and a closing mark in each one of a quotation that runs over several.

    Such a quotation opens once after a colon or a verb of saying, and closes once, at the end of a paragraph. So no
    part of it stands without its marks, wherever it is shown.
    """
    found = list(paragraphs)
    odd = [n for n, paragraph in enumerate(found) if _is_odd(paragraph)]
    done = -1
    for first in odd[:-1]:
        opener = _opener(found, first) if first > done else None
        if opener and (last := _last(found, first, opener.sign)):
            done = last
            found[first] = _closed(found[first], opener.sign)
            for n in range(first + 1, last):
                begun = found[n].startswith(opener.sign)
                found[n] = _closed(found[n] if begun else opener.sign + found[n], opener.sign)
            found[last] = found[last] if found[last].startswith(opener.sign) else opener.sign + found[last]
    return found


def goes_on(before: str, paragraph: str) -> bool:
    """Whether a paragraph is nothing but the rest of a quotation that the one before ends with."""
    return paragraph[:1] in QUOTES and bool(_ENDS_QUOTED.search(before)) and _is_quotation(paragraph)


def _is_quotation(paragraph: str) -> bool:
    return any(a == 0 and _NOTHING.match(paragraph, b + 1) for a, b in scan(paragraph)[0])


def _is_odd(paragraph: str) -> bool:
    """Whether a mark may be missing: quick, for most paragraphs are whole."""
    count = paragraph.count
    return count('"') % 2 == 1 or count("“") != count("”") or count("«") != count("»")


def _lone(paragraph: str) -> list[Lone]:
    return [each for each in scan(paragraph)[1] if each.sign in QUOTES]


def _opener(paragraphs: Sequence[str], n: int) -> Lone | None:
    """The mark that opens a quotation which this paragraph does not close."""
    match _lone(paragraphs[n]):
        case [Lone(at=at, sign=sign, kind="unclosed") as opener] if sign in CLOSERS:
            head = paragraphs[n][:at] if at or not n else paragraphs[n - 1][-1:]
            return opener if _INTRODUCED.search(head[-MOST_LETTERS:]) else None
    return None


def _last(paragraphs: Sequence[str], first: int, sign: str) -> int:
    """The paragraph in which the quotation ends; 0 where it is not certain."""
    each_opens = True  # each paragraph, as books print it
    for n in range(first + 1, min(first + 1 + MOST_PARAGRAPHS, len(paragraphs))):
        text = paragraphs[n]
        if _TOLD.match(text):
            return 0
        match _lone(text):
            case [Lone(at=at, sign=closer, kind="unopened")]:
                ends = closer == CLOSERS[sign] and _NOTHING.match(text, at + 1) and not text.startswith(sign)
                return n if ends else 0
            case [Lone(at=0, sign=again, kind="unclosed")] if again == sign and each_opens:
                continue
            case [_, *_]:
                return 0
        if text.startswith(sign):
            return n if each_opens and _is_quotation(text) else 0
        if is_heading(text):
            return 0
        each_opens = False
    return 0


def _closed(paragraph: str, sign: str) -> str:
    end = _OUTSIDE.search(paragraph)
    at = end.start() if end else len(paragraph)
    return paragraph[:at] + CLOSERS[sign] + paragraph[at:]
