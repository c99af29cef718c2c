"""A CSV file into a newsletter's list: streamed, some rows at a time, nothing twice, and every refused row told."""

import codecs
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

from bot.domain.errors import NotFound, Refused
from bot.domain.importing import BROKEN, EMPTY, NO_FREQUENCY, Import, ImportState, Row
from bot.domain.person import Actor
from bot.domain.ports import Now
from bot.domain.signup import Address, Offer, name_in, words_in
from bot.domain.subscriber import Frequency
from bot.pipeline.office import Log
from bot.text.folding import fold
from bot.text.rows import LONGEST, cells, columns_of, delimiter_of

TOGETHER = 500  # rows in one transaction
CHUNK = 1 << 20
WORDS = {
    fold(word): frequency
    for frequency, words in {
        Frequency.DAILY: ("daily", "يوميا", "يومي", "يومية", "كل يوم"),
        Frequency.WEEKLY: ("weekly", "أسبوعيا", "أسبوعي", "أسبوعية", "كل أسبوع"),
        Frequency.EACH: ("each", "every article", "كل مادة"),
    }.items()
    for word in words
}
SEEN = 1 << 16  # letters from the beginning by which a file is known to be no text
NO_COLUMN = Refused(
    "The first row names no column of addresses: call it `email`.",
    "السطر الأول لا يسمي عمود العناوين: سمه «البريد» أو `email`.",
)
NO_TEXT = Refused(
    "This file is no CSV in UTF-8 or Windows-1256: save the table as CSV.",
    "هذا الملف ليس CSV بترميز UTF-8 أو Windows-1256: احفظ الجدول بصيغة CSV.",
)
NO_WORDS = Refused(
    "Say how these people agreed to get the newsletter; that goes into the log of consents.",
    "اكتب كيف وافق هؤلاء على تلقي النشرة؛ فهو يدخل سجل الموافقات.",
)
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\ufffd]")

Told = Callable[[int, int], None]  # rows done, of about so many


class Imports(Protocol):
    """The imports that are kept."""

    def begin(
        self, newsletter: str, digest: str, name: str, rows: int, who: str, words: str, now: datetime
    ) -> tuple[Import, bool]: ...
    def take(self, import_: Import, rows: Sequence[Row], usual: Frequency, now: datetime) -> Import: ...
    def end(self, id_: int, now: datetime) -> Import: ...


@dataclass(frozen=True, kw_only=True)
class Importing:
    """Takes files in."""

    rows: Imports
    offers: Callable[[], Mapping[str, Offer]]
    read: Callable[[str], Address]
    allow: Callable[[Actor, str], None]
    log: Log
    now: Now

    def begin(self, actor: Actor, newsletter: str, path: Path, name: str, words: str) -> Import:
        """Note the file; one that was taken into this list before is told as it ended. Raises NotAllowed, Refused."""
        self.allow(actor, "readers")
        if newsletter not in self.offers():
            raise NotFound(f"There is no newsletter {newsletter}.", f"لا نشرة اسمها {newsletter}.")
        words = words_in(words)
        if not words:
            raise NO_WORDS
        digest, lines = _digest(path)
        _head(path)
        now = self.now()
        found, new = self.rows.begin(newsletter, digest, name[:200], lines, actor.name, words, now)
        if new:
            detail = {"file": found.name, "newsletter": newsletter}
            self.log.note(actor, "readers_in", f"import:{found.id}", now, detail=detail)
        return found

    def go_on(self, import_: Import, path: Path, told: Told = lambda _done, _of: None) -> Import:
        """Take in what is left of the file; after a kill in the midst, once more. Raises LeaseLost, NotFound."""
        offer = self.offers().get(import_.newsletter)
        if offer is None:
            raise NotFound(f"There is no newsletter {import_.newsletter}.", f"لا نشرة اسمها {import_.newsletter}.")
        if import_.state is ImportState.DONE:
            return import_
        left = islice(self._rows(path, offer), import_.done, None)
        while some := list(islice(left, TOGETHER)):
            import_ = self.rows.take(import_, some, offer.frequencies[0], self.now())
            told(import_.done, max(import_.rows, import_.done))
        return self.rows.end(import_.id, self.now())

    def run(
        self, actor: Actor, newsletter: str, path: Path, words: str, told: Told = lambda _done, _of: None
    ) -> Import:
        """The whole of a file; raises NotAllowed, NotFound, Refused, LeaseLost."""
        return self.go_on(self.begin(actor, newsletter, path, path.name, words), path, told)

    def _rows(self, path: Path, offer: Offer) -> Iterator[Row]:
        place, delimiter = _head(path)
        with path.open(encoding=_encoding(path), errors="replace", newline="") as file:
            for n, (line, row) in enumerate(cells(file, delimiter)):
                if n == 0 and row is not None and columns_of(row) is not None:
                    continue  # the headings
                yield self._row(line, row, place, offer)

    def _row(self, line: int, row: list[str] | None, place: Mapping[str, int], offer: Offer) -> Row:
        if row is None:
            return Row(line=line, value="", reason=BROKEN)

        def cell(key: str) -> str:
            at = place.get(key, len(row))
            return row[at].strip("\ufeff \t\r\n") if at < len(row) else ""

        given, often = cell("address"), cell("frequency")
        value = given[:LONGEST]
        if not given:
            return Row(line=line, value=value, reason=EMPTY)
        frequency = frequency_in(often) if often else offer.frequencies[0]
        if frequency not in offer.frequencies:
            return Row(line=line, value=value, reason=NO_FREQUENCY)
        try:
            address = self.read(given)
        except Refused as error:
            return Row(line=line, value=value, reason=error.say)
        name = name_in(cell("name"))
        return Row(line=line, value=value, address=address, name=name, frequency=frequency)


def frequency_in(text: str) -> Frequency | None:
    """How often somebody reads, as people write it in English or Arabic."""
    return WORDS.get(fold(" ".join(text.split())))


def _digest(path: Path) -> tuple[str, int]:
    """Of the file's octets, and about how many rows it has."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            lines += chunk.count(b"\n")
    return digest.hexdigest(), lines + 1


def _encoding(path: Path) -> str:
    """UTF-8 or, by its first two octets, UTF-16; else what Arabic spreadsheets of Windows write."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1256"
    return "utf-8-sig"


def _head(path: Path) -> tuple[Mapping[str, int], str]:
    """Where the columns stand, and what parts them; raises Refused."""
    with path.open(encoding=_encoding(path), errors="replace", newline="") as file:
        seen = file.read(SEEN)
        first = next((line for line in io.StringIO(seen, newline="") if line.strip()), "")
        if _NO_TEXT.search(first):
            raise NO_TEXT
        delimiter = delimiter_of(first)
        row = next((row for _, row in cells([first], delimiter)), None)
    if row is None:
        raise Refused("The file is empty.", "الملف فارغ.")
    place = columns_of(row)
    if place is None:
        return {"address": 0, "name": 1, "frequency": 2}, delimiter
    if "address" not in place:
        raise NO_TEXT if _NO_TEXT.search(seen) else NO_COLUMN
    return place, delimiter
