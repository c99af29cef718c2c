"""Import (استيراد): a file of addresses on its way into a newsletter's list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.say import Say
from bot.domain.signup import Address
from bot.domain.subscriber import Frequency


class ImportState(StrEnum):
    """How far an import has come."""

    RUNNING = "running"  # or interrupted: the same file goes on where it stopped
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Import:
    """One file for one newsletter."""

    id: int
    digest: str  # of the file
    newsletter: str
    name: str  # of the file
    state: ImportState
    rows: int  # about as many as the file has
    done: int
    added: int
    refused: int
    who: str
    began_at: datetime
    words: str  # how these people agreed
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the file: an address, or why it is none."""

    line: int
    value: str  # as it stood there, cut
    address: Address | None = None
    name: str = ""
    frequency: Frequency | None = None
    reason: Say | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A row that was not taken, and why."""

    line: int
    value: str
    reason: Say


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A subscriber in a list, as the desk and files show it."""

    id: int
    address: str
    name: str
    state: str
    created_at: datetime
    reads: Sequence[tuple[str, str]] = ()  # newsletter and frequency
    suppressed: str = ""  # why nothing goes there


@dataclass(frozen=True, kw_only=True)
class Barred:
    """A line of the suppression list."""

    digest: str
    newsletter: str
    address: str
    reason: str
    at: datetime
    note: str


KNOWN = Say("It is on the list already.", "هو في القائمة من قبل.")
LEFT = Say(
    "It has unsubscribed; only its owner can bring it back, by signing up.",
    "ألغى صاحبه الاشتراك؛ ولا يعيده إلا صاحبه إن اشترك من جديد.",
)
BARRED = Say(
    "It is suppressed (bounces, a complaint, or by hand); an import does not change that.",
    "عنوان محجوب (ارتداد أو شكوى أو بقرار)، والاستيراد لا يغير ذلك.",
)
TWICE = Say("It stands in this file before.", "ورد في هذا الملف من قبل.")
BROKEN = Say("The row cannot be read as CSV.", "تعذرت قراءة السطر بصيغة CSV.")
NO_FREQUENCY = Say(
    "This newsletter does not come that often: write daily, weekly or each, as it offers.",
    "هذه النشرة لا تصدر بهذه الوتيرة: اكتب «يوميا» أو «أسبوعيا» أو «كل مادة» بحسب ما تعرضه.",
)
EMPTY = Say("The row has no address.", "لا عنوان في السطر.")
