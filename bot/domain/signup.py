"""Sign-up: what somebody asked for at an address that is not proved yet; what newsletters offer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.say import Language, Say
from bot.domain.subscriber import Frequency


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address that mail can go to."""

    key: str  # in small letters: two that differ in nothing else are one
    ascii: str  # as mail goes to it


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A newsletter as readers choose it."""

    key: str
    name: str
    frequencies: Sequence[Frequency]  # the usual one first


@dataclass(frozen=True, kw_only=True)
class Membership:
    """Somebody reads a newsletter, or has left it."""

    newsletter: str
    frequency: Frequency
    since: datetime
    until: datetime | None = None


class SignupState(StrEnum):
    """How far a sign-up has come."""

    WAITING = "waiting"  # its mail has not gone yet
    MAILED = "mailed"  # the mail with the link went
    CONFIRMED = "confirmed"  # the link was followed and the button pressed
    DROPPED = "dropped"  # no mail goes: refused, suppressed, or asked too often


@dataclass(frozen=True, kw_only=True)
class Signup:
    """One sign-up."""

    id: int
    digest: str
    key: str
    address: str
    name: str
    language: Language
    wanted: Mapping[str, Frequency]
    state: SignupState
    attempts: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Consent:
    """One line of the log of consents: who agreed to what, when, from where, in answer to which words."""

    newsletter: str
    what: str  # asked, confirmed, chose, left, imported, added, erased
    at: datetime
    origin: str
    words: str


LONGEST_NAME, LONGEST_WORDS = 80, 500

FREQUENCIES = {
    Frequency.DAILY: Say("daily", "يوميا"),
    Frequency.WEEKLY: Say("weekly", "أسبوعيا"),
    Frequency.EACH: Say("every article", "كل مادة"),
}
CHOICES = {  # by the schedule of a newsletter, the usual one first
    "daily": (Frequency.DAILY, Frequency.WEEKLY),
    "weekly": (Frequency.WEEKLY,),
    "each": (Frequency.EACH, Frequency.DAILY, Frequency.WEEKLY),
}
AGREE = Say(
    "I agree to get the newsletters that I chose, as often as I chose, at this address, until I unsubscribe.",
    "أوافق على أن تصلني النشرات التي اخترتها، بالوتيرة التي اخترتها، على هذا العنوان، حتى ألغي اشتراكي.",
)
CONFIRM = Say("Yes, this address is mine: confirm", "نعم، هذا عنواني: أكّد الاشتراك")
LEAVE = Say("Unsubscribe", "ألغِ الاشتراك")
LEAVE_ALL = Say("Unsubscribe from all", "ألغِ الاشتراك في كل النشرات")
SAVE = Say("Save", "احفظ")
ONE_CLICK = "List-Unsubscribe=One-Click"  # the words of RFC 8058, where a mail program pressed the button


def choice(offer: Offer, frequency: Frequency, language: Language) -> str:
    """What a reader chose, in words."""
    return f"{offer.name}: {FREQUENCIES[frequency].to(language)}"


def name_in(given: str) -> str:
    """A reader's name in one line, not too long, as every database keeps it."""
    return _line(given, LONGEST_NAME)


def words_in(given: str) -> str:
    """In which words somebody agreed, in one line."""
    return _line(given, LONGEST_WORDS)


def _line(given: str, longest: int) -> str:
    return " ".join(given.replace("\0", " ").split())[:longest]
