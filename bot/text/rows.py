"""Rows of a CSV file: which column holds what, in English or Arabic; what cannot be read is one row, not the end."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.text.folding import fold

LONGEST = 60  # letters of a value in a report
NAMES = {
    "address": ("email", "e-mail", "mail", "address", "email address", "e-mail address", "البريد", "العنوان",
                "البريد الإلكتروني", "عنوان البريد"),
    "name": ("name", "full name", "fullname", "first name", "الاسم", "الاسم الكامل"),
    "frequency": ("frequency", "الوتيرة"),
}  # fmt: skip
_FORMULA = ("'=", "'+", "'-", "'@", "'\t", "'\r")


def cells(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each row that is not empty with the number of its last line; None for one that cannot be read."""
    reader = csv.reader((line.replace("\0", "") for line in lines), delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num, None
            continue
        if any(cell.strip() for cell in row):
            yield reader.line_num, [bare(cell) for cell in row]


def delimiter_of(first: str) -> str:
    """The sign that parts the columns of a first line."""
    return max(",;\t", key=first.count)


def columns_of(row: Sequence[str]) -> Mapping[str, int] | None:
    """Where each column stands, by a row of headings; None where the row is none but holds an address already."""
    if any("@" in cell for cell in row):
        return None
    known = {fold(name): key for key, names in NAMES.items() for name in names}
    found: dict[str, int] = {}
    for place, cell in enumerate(row):
        key = known.get(fold(cell.strip("\ufeff ")))
        if key:
            found.setdefault(key, place)
    return found


def bare(cell: str) -> str:
    """A cell without the sign that keeps a spreadsheet from running it."""
    return cell[1:] if cell.startswith(_FORMULA) else cell


def guarded(cell: str) -> str:
    """A cell that no spreadsheet runs."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
