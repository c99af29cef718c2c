"""What each paragraph is: text, a subhead, a question, a line of a list."""

import re
from collections.abc import Sequence

from bot.text.folding import fold

# a short paragraph that quotes, or tells with a sign between its clauses
_QUOTES = re.compile(
    r"^[\"“«–—-]|[:.،؛؟!]|\b[وف]?(?:قال|قالت|يقول|تقول|[أا]ضاف|[أا]ضافت|[أا]كد|[أا]كدت|ب?[أإا]ن|ب?[أإا]نه|ب?[أإا]نها)\b"
)
# folded: a byline, or a paragraph that is one pair of brackets
_SIGNED = re.compile(r"^(?:كتبت?|اعداد|تحرير|حاور(?:ه|ها|ته|تها)?|تقرير|تصوير|ترجمه) ?[-–—:/]|^\([^()]*\)$")

# a first line without a sign that ends it, with the year: الرياض 3 محرم 1446 هـ الموافق 9 يوليو 2024 م
_DATELINE = re.compile(r"(?=.*(?<!\d)(?:1[34]|19|20)\d\d(?!\d))[^\s.،؛:!؟…]+(?: [^\s.،؛:!؟…]+){0,14}")

LONGEST = 160  # letters of a subhead

# the mark of a line in a list
_MARK = re.compile(r"([•◦▪●■*–—-])\s*\w|\d{1,2} ?([.)–-])\s*[^\W\d]")
# a row of a table: a few words and their number (عيار 18: 960 درهما), which is no year behind a headline
_ROW = re.compile(r"(?=\S+(?: \S+){1,7}$)(?:.*: ?\d|.* (?!(?:19|20)\d\d$)\d[\d.,]*(?: \S+){0,2}$)")


def is_heading(paragraph: str) -> bool:
    """Whether a paragraph is no text: a few words without an end, who wrote it, or a signature in brackets."""
    if len(paragraph) > LONGEST or len(paragraph.split(None, 10)) > 10:
        return False
    if paragraph.endswith(('"', "”", "»")):  # a word in quotation marks ends a subhead too; a quotation is text
        return not _QUOTES.search(paragraph)
    return not re.search(r"[.!؟?…:؛،)]$", paragraph) or bool(_SIGNED.search(fold(paragraph)))


def items(paragraphs: Sequence[str]) -> dict[int, bool]:
    """The paragraphs that are lines of a list, and of each whether it goes only with the line before it.

    One that is announced does, and a row of numbers under another row; marked lines by themselves may be a talk.
    """
    found: dict[int, bool] = {}
    before = kind = ""  # the line above, and what kind of line it is
    for n, paragraph in enumerate(paragraphs):
        short = is_heading(paragraph)
        above, kind = kind, _kind(paragraph, short=short)
        announced = before.endswith((":", "؛"))
        if kind and kind == above and n - 1 not in found:
            found[n - 1] = False  # the first of those that nobody announced
        if (announced and (kind or short)) or (n - 1 in found and (kind or (short and not above))):
            found[n] = announced or found[n - 1] or kind == "row"
        before = paragraph
    return found


def _kind(paragraph: str, *, short: bool) -> str:
    """The mark that a line begins with, `row` for a row of a table, else nothing."""
    if mark := _MARK.match(paragraph):
        return mark[1] or mark[2]
    return "row" if short and _ROW.match(paragraph) else ""


def story(paragraphs: Sequence[str]) -> list[str]:
    """The paragraphs that are text: no subheads, but the short lines of lists."""
    listed = items(paragraphs)
    found: list[str] = []
    for n, paragraph in enumerate(paragraphs):
        dateline = not found and bool(_DATELINE.fullmatch(paragraph))
        if n in listed or not (dateline or is_heading(paragraph)):
            found.append(paragraph)
    return found or list(paragraphs)  # short lines alone are the news itself


def is_question(paragraph: str) -> bool:
    """Whether a paragraph only asks what the next one answers."""
    return paragraph.endswith("؟") and len(paragraph.split(None, 10)) <= 10
