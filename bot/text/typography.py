"""The signs between the words, by house style. No word is changed, and a second run changes nothing."""

import re
from functools import partial

from bot.domain.style import Digits, Months, Quotes
from bot.text import pairs
from bot.text.marks import ARABIC_INDIC, TATWEEL, WESTERN

_KEPT = re.compile(
    r"(https?://\S+|(?<!\S)[^\s@]{1,64}@[^\s@]{1,255}\.\S+|(?<!\w)[#@]\w+|(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,}\S*)"
)
_MAY_BE_KEPT = re.compile(r"[@#]|://|\.[a-z]")
_LETTER = r"\u0621-\u063a\u0641-\u064a"
_MARK = r"\u064b-\u0652\u0670"
_TATWEEL = re.compile(rf"(?<=[{_LETTER}{_MARK}]){TATWEEL}+(?=[{_LETTER}{_MARK}])")
_HIJRI = re.compile(rf"(?<![{_LETTER}])ه{TATWEEL}+(?![{_LETTER}])")
_SPACE_BEFORE = re.compile(r" +(?=[،؛؟!:](?:\s|$|[”»\"“«)])|[.…](?:\s|$|[”»\")]))")
# one class at the front, and what stands before it looked at afterwards: so a search leaps over the letters
_SPACE_AFTER = re.compile(
    rf"[،؛؟!:.](?:(?<=[،؛؟])(?=[{_LETTER}“«(])|(?<=[{_LETTER}{_MARK}][!:])(?=[{_LETTER}])"
    rf"|(?<=[{_LETTER}{_MARK}]:)(?=[“«\"][{_LETTER}])|(?<=[{_LETTER}]{{3}}\.)(?=[{_LETTER}]{{2}})(?!نت\b|كوم\b))"
)
_MAY_BE_LATIN = re.compile("[,;?]")
_LATIN = re.compile(rf"(?<=[{_LETTER}{_MARK}”»)]) ?([,;?])(?=\s|$|[”»)])|(?<=[{_LETTER}{_MARK}])([,;])(?=[{_LETTER}])")
_LATIN_SIGNS = {",": "،", ";": "؛", "?": "؟"}
_MAY_BE_INNER = re.compile("[“«(] "), re.compile(" [”»)]")
_INNER_SPACE = re.compile(
    r"(?<![^\s(])([“«]) +(?=[^”»\n]{0,2000}[”»])| +([”»])(?=[\s.,،؛:!؟?)]|$)|(\() +(?=[^()\n]{1,500}\))| +(\))"
)
_OUTER_SPACE = re.compile(rf"([“«(])(?<=[{_LETTER}{_MARK}]{{2}}.)(?=[^\s”»)])(?!(?<=[“«])[.،؛:!؟])")
_AND = re.compile(rf"(?<![\w{_MARK}])و +(?=[{_LETTER}]{{2}}|\d|[“«][{_LETTER}])")
_LETTER_AND_LETTER = re.compile(rf"(?<!\w)[{_LETTER}] و [{_LETTER}](?!\w)")
_INDIC = re.compile(f"[{ARABIC_INDIC}٫٬٪]")
_TO_WESTERN = str.maketrans(ARABIC_INDIC + "٫٬٪", WESTERN + ".,%")
_TO_INDIC = str.maketrans(WESTERN, ARABIC_INDIC)
_LATIN_WORD = re.compile(r"[A-Za-z][\w.+-]*|[\w.+-]*[A-Za-z]")
_IN_NUMBER = re.compile(r"(?<=\d)([.,])(?=\d)")

MOST_ROUNDS = 5

MAGHREB = "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر".split()
MASHRIQ = "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split()
_SPELLINGS = {"ابريل": "أبريل", "إبريل": "أبريل", "اكتوبر": "أكتوبر", "اغسطس": "أغسطس"}
_DAY_OR = r"(?:\d{1,2}|[٠-٩]{1,2}|شهر|شهري|مطلع|منتصف|أواخر|نهاية|بداية|فاتح)"


def typeset(text: str, digits: Digits, quotes: Quotes, months: Months = "keep") -> str:
    """One paragraph in house style; links, addresses, handles and hashtags stay as they are."""
    for _ in range(MOST_ROUNDS):  # a sign that was mended may make another one certain
        before, text = text, _typeset(text, digits, quotes, months)
        if text == before:
            break
    return text


def _typeset(text: str, digits: Digits, quotes: Quotes, months: Months) -> str:
    text = pairs.set_quotes(pairs.tightened(pairs.mend(text)), quotes)
    parts = _KEPT.split(text) if _MAY_BE_KEPT.search(text) else [text]
    parts[::2] = [set_digits(set_months(set_signs(part), months), digits) for part in parts[::2]]
    return "".join(parts)


def set_digits(text: str, style: Digits) -> str:
    """Digits and the signs inside numbers in the house's form, except in words with Latin letters."""
    if style == "western":
        return text.translate(_TO_WESTERN) if _INDIC.search(text) else text
    if style == "keep":
        return text
    latin = [match.span() for match in _LATIN_WORD.finditer(text)]
    if not latin:
        return _indic(text)
    out, at = [], 0
    for start, end in latin:
        out += [_indic(text[at:start]), text[start:end]]
        at = end
    return "".join([*out, _indic(text[at:])])


def set_signs(text: str) -> str:
    """Arabic comma, semicolon and question mark after Arabic words; no space before them, one after; no tatweel.

    A lone و joins the word that follows, as Arabic writes it.
    """
    if TATWEEL in text:
        text = _HIJRI.sub("ه" + TATWEEL, _TATWEEL.sub("", text))
    if _MAY_BE_LATIN.search(text):
        text = _LATIN.sub(lambda m: _LATIN_SIGNS[m[1] or m[2]], text)
    if any(place.search(text) for place in _MAY_BE_INNER):
        text = _INNER_SPACE.sub(lambda m: m[1] or m[2] or m[3] or m[4], text)
    text = _SPACE_BEFORE.sub("", text)
    text = _SPACE_AFTER.sub(r"\g<0> ", text)
    text = _OUTER_SPACE.sub(_apart, text)
    return _joined(text) if "و " in text else text


def set_months(text: str, style: Months) -> str:
    """Months by the names of the Maghreb or of the Mashriq; ماي only beside a day or a year, for it may be a name."""
    if style == "keep":
        return text
    for pattern, name in _MONTHS[style]:
        text = pattern.sub(partial(_named, name), text)
    return text


def _named(name: str, match: re.Match[str]) -> str:
    return (match["before"] or "") + name


def _months(style: Months) -> list[tuple[re.Pattern[str], str]]:
    found = []
    for mine, theirs in zip(*((MAGHREB, MASHRIQ) if style == "maghreb" else (MASHRIQ, MAGHREB)), strict=True):
        others = {theirs, *(spelled for spelled, right in _SPELLINGS.items() if right in (mine, theirs))} - {mine}
        for other in sorted(others):
            before = rf"(?P<before>{_DAY_OR} )" if other == "ماي" else "(?P<before>)"
            found.append((re.compile(rf"{before}(?<![{_LETTER}{_MARK}]){other}(?![{_LETTER}{_MARK}])"), mine))
    return found


_MONTHS: dict[Months, list[tuple[re.Pattern[str], str]]] = {m: _months(m) for m in ("maghreb", "mashriq")}


def _indic(text: str) -> str:
    text = _IN_NUMBER.sub(lambda m: "٫" if m[1] == "." else "٬", text)
    return text.translate(_TO_INDIC)


def _apart(match: re.Match[str]) -> str:
    """A space before an opening sign, but for the letters that Arabic joins to what follows."""
    head = match.string[: match.start()]
    word = re.split(r"[\s“«(]", head)[-1]
    return match[1] if pairs.joins(word) else f" {match[1]}"


def _joined(text: str) -> str:
    kept = [match.span() for match in _LETTER_AND_LETTER.finditer(text)]  # a list of letters: أ و ب
    return _AND.sub(lambda m: m[0] if any(a <= m.start() < b for a, b in kept) else "و", text)
