"""Mails that come back: whose they are, and what follows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.mailing import Told, Whose
from bot.domain.ports import Now
from bot.domain.say import Say


class ReturnRows(Protocol):
    """Where reports are kept."""

    def keep(self, told: Told, whose: Whose, soft_limit: int, now: datetime) -> str:
        """Write it down, once, and suppress by the rule.

        `suppressed`, `counted`, `known` (the same report came before) or `unknown` (no such edition).
        """


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What one mail came to."""

    result: str  # as ReturnRows.keep says, or `none`: no report, or not of ours
    say: Say


SAYS = {
    "suppressed": Say("Nothing more goes to this address.", "لن يُرسل إلى هذا العنوان شيء بعد الآن."),
    "counted": Say("A bounce that may pass; it is counted.", "ارتداد قد يزول؛ سُجّل."),
    "known": Say("This report came before.", "وصل هذا التقرير من قبل."),
    "unknown": Say("It tells of an edition that is not here.", "يتحدث عن عدد لا وجود له هنا."),
    "none": Say("No bounce or complaint of ours; it is left alone.", "ليس ارتدادا ولا شكوى تخصنا؛ تُرك كما هو."),
}


@dataclass(frozen=True, kw_only=True)
class Returns:
    """Takes in what comes back, by whatever way."""

    read: Callable[[bytes], Told | None]
    whose: Callable[[str], Whose | None]  # by the signature of a return path
    rows: ReturnRows
    soft_limit: int
    now: Now

    def take(self, raw: bytes) -> Heard:
        """One mail; a report whose return path is forged does nothing."""
        told = self.read(raw)
        for path in told.paths if told else ():
            if told and (whose := self.whose(path)):
                result = self.rows.keep(told, whose, self.soft_limit, self.now())
                return Heard(result=result, say=SAYS[result])
        return Heard(result="none", say=SAYS["none"])
