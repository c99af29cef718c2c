"""A sentence for an editor, in both languages of the house."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

Language = Literal["ar", "en"]


def counted(number: float, one: str, two: str, few: str, many: str) -> str:
    """A number and its noun as Arabic counts: one, two, three to ten, more."""
    shown = f"{number:g}"
    if number in (1, 2):
        return (one, two)[int(number) - 1]
    return f"{shown} {few if 3 <= number % 100 <= 10 else many}"


SECONDS = ("ثانية", "ثانيتين", "ثوان", "ثانية")
MINUTES = ("دقيقة", "دقيقتين", "دقائق", "دقيقة")
DAYS = ("يوم واحد", "يومين", "أيام", "يوما")


def plural(number: float, one: str, many: str) -> str:
    """A number and its noun in English."""
    return f"{number:g} {one if number == 1 else many}"


def clock(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A time of day on that clock, with the date where it is another day than `now`."""
    local = at.astimezone(zone)
    same = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if same else f"{local:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Say:
    """One sentence in English and in Arabic."""

    en: str
    ar: str

    def to(self, language: Language) -> str:
        """The sentence in the reader's language."""
        return self.ar if language == "ar" else self.en

    def __str__(self) -> str:
        return self.en
