"""Where Arabic sentences and clauses end."""

import re

from bot.text.marks import SENTENCE_ENDS

_END = re.compile(rf"(?<![{re.escape(SENTENCE_ENDS)}])[{re.escape(SENTENCE_ENDS)}]+[\"”»)\]]*(?=\s)")
# honorifics and short forms that carry a full stop: د. أ. م. ص. ب. and single Latin letters
_SHORT = re.compile(r"(?:^|[\s(«“\"])[وفبلك]?(?:[دأامصبجتقسعه]|هـ|أ\.د|د\.م|Dr|Mr|Mrs|Ms|Prof|St|No|vs|[A-Za-z])\.$")
_CLAUSE = re.compile(r"(?<![،؛:])[،؛:]+[\"”»)]*(?=\s)")
_SAYS = re.compile(
    r"^و?(?:قال|قالت|أكد|أكدت|أوضح|أوضحت|أضاف|أضافت|صرح|صرحت|ذكر|ذكرت|أعلن|أعلنت|كشف|كشفت|أفاد|أفادت|"
    r"شدد|شددت|اعتبر|اعتبرت|أشار|أشارت|أبرز|أبرزت|نقل|نقلت|عبر|عبرت|لفت|لفتت|بيّن|بينت|تابع|تابعت)\b"
)
_THAT = re.compile(r"\b(?:[أإ]ن(?:ه|ها|هم|هما|نا|ي)?|عن|على|إلى)\b((?:\s+\S+){4,})")

_AMONG = re.compile(r"\b[أإ]ن (?:من|في|هناك)\b")  # "that among …": what is among them comes after the next comma


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, verbatim, in order."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(paragraph):
        head = paragraph[start : end.end()]
        after = paragraph[end.end() :].lstrip()
        if (end[0] == "." and _SHORT.search(head)) or after[:1].islower():
            continue
        found.append(head.strip())
        start = end.end()
    rest = paragraph[start:].strip()
    return [*found, rest] if rest else found


def is_heading(paragraph: str) -> bool:
    """Whether a paragraph is a subhead: a few words without an end."""
    return len(paragraph.split()) <= 10 and not re.search(r"[.!؟?…:؛،\"”»)]$", paragraph)


def clause_ends(sentence: str) -> list[int]:
    """Places after which a sentence may be cut, at `،`, `؛` and `:`, in order."""
    return [match.end() for match in _CLAUSE.finditer(sentence)]


def stands_alone(beginning: str) -> bool:
    """Whether the beginning of a sentence says something whole: long enough, and a speaker has said something."""
    if len(beginning.split()) < 8:
        return False
    if beginning.count("(") != beginning.count(")") or _AMONG.search(beginning):
        return False
    return not _SAYS.match(beginning) or bool(_THAT.search(beginning))
