"""What a cut may not do to a text: split a word, a number and its unit, a quotation or a letter."""

import re

import regex

from bot.formats.copy import Copy
from bot.text import pairs
from bot.text.marks import ALM, CLOSERS, ELLIPSIS, LRM, RLM

_MARKS = {ord(mark): None for mark in (ALM, LRM, RLM)}
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_NUMBER = re.compile(r"^[\d.,٠-٩٫٬]+$")
_UNIT = re.compile(
    r"(?:%|٪|في|بالمئة|المئة|ألف|آلاف|ملي(?:ون|ونا|ار|ارا|ارات)|ملايين|درهم\w*|دولار\w*|يورو|كيلومتر\w*|متر\w*|طن\w*|سنة|"
    r"عاما|سنوات|شهرا|يوما|ساعة|دقيقة|شخصا|قتيلا|جريحا)"
)


def faults(text: str, copy: Copy) -> list[str]:
    """What a cut has done to the words of an article; `text` is one segment as a reader sees it."""
    found: list[str] = []
    source = "\n".join([copy.title, *copy.paragraphs])
    words = set(_WORD.findall(source))
    text = text.translate(_MARKS)
    for line in text.split("\n"):
        if not line or line.startswith(("http", "#")):
            continue
        if ELLIPSIS in line and line.rstrip('”»"').endswith(ELLIPSIS):
            head = line.rstrip('”»"').removesuffix(ELLIPSIS).rstrip('”»" )')
            found += _split_pair(head, source)
        strange = [word for word in _WORD.findall(line) if word not in words]
        if strange and not set(strange) <= _HOUSE:
            found.append(f"a word that is none: {strange[:3]}")
        homes = [p for p in (copy.title, *copy.paragraphs) if line[:30].rstrip("”»" + ELLIPSIS) in p]
        if _is_open(line) and not any(pairs.scan(home)[1] for home in homes):
            found.append(f"a quotation is open: {line[-60:]}")
    return found


def _is_open(line: str) -> bool:
    """Whether a quotation mark has no partner; a straight one may be a slip of the source, or share its end."""
    lone = [each for each in pairs.scan(line)[1] if each.sign in CLOSERS or each.sign in "”»"]
    straight = [each for each in lone if each.sign == '"' and each.kind == "unclosed"]
    if any(each.sign != '"' for each in lone) or len(straight) > 1:
        return True
    return bool(straight) and not line.rstrip(".،؛:؟! ").endswith('"')


_HOUSE = {"التفاصيل", "اقرأ", "على", "الموقع", "الرواق"} | {str(n) for n in range(1, 26)}


def _split_pair(head: str, source: str) -> list[str]:
    """A number at the end of a cut line whose unit stands after it in the source."""
    last = head.split()[-1] if head.split() else ""
    if not _NUMBER.match(last):
        return []
    at = source.find(head[-40:])
    after = source[at + len(head[-40:]) :].split()[:1] if at >= 0 else []
    return [f"number and unit: {last} {after[0]}"] if after and _UNIT.fullmatch(after[0]) else []
