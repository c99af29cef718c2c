"""An edition on its way, as people steer it: begun, paused, gone on with, stopped."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.edition import Edition, EditionState, Figures, Letter
from bot.domain.errors import Refused
from bot.domain.person import Actor
from bot.domain.ports import Now
from bot.domain.say import Say
from bot.domain.subscriber import Frequency
from bot.pipeline.office import Log

STOPPED = Say("Stopped by a person; the rest never goes.", "أوقفه شخص؛ والباقي لا يخرج أبدا.")
PAUSED = Say("Paused by a person.", "أوقفه شخص مؤقتا.")
UNBEGUN = (EditionState.DRAFT, EditionState.HELD, EditionState.QUEUED)


class EditionRows(Protocol):
    """The editions that are kept."""

    def get(self, id_: int) -> Edition:
        """One edition; raises NotFound."""

    def freeze(
        self,
        seen: Edition,
        letter: Letter,
        frequency: Frequency,
        *,
        processes: int,
        now: datetime,
        told: Callable[[int], None],
    ) -> int:
        """Write down the letter and to whom it goes, and begin; how many recipients.

        Raises Refused where somebody changed or held it since it was seen.
        """

    def move(
        self, id_: int, states: tuple[EditionState, ...], to: EditionState, now: datetime, reason: Say | None = None
    ) -> None:
        """Into another state, if it is in one of these; raises NotFound, Refused."""

    def figures(self, id_: int) -> Figures:
        """How far it has come; raises NotFound."""


@dataclass(frozen=True, kw_only=True)
class EditionDesk:
    """What people do with editions that are made."""

    rows: EditionRows
    letter_of: Callable[[Edition], Letter]  # as it would go now; raises BotError
    processes: int
    allow: Callable[[Actor, str], None]
    log: Log
    now: Now
    hurry: Callable[[], None] = field(default=lambda: None)

    def begin(
        self,
        actor: Actor,
        id_: int,
        told: Callable[[int], None] = lambda _: None,
        *,
        states: tuple[EditionState, ...] = UNBEGUN,
    ) -> int:
        """Freeze it, in one of these states, and let it go out, whatever its time was; how many recipients.

        Raises NotAllowed, Refused.
        """
        self.allow(actor, "send_edition")
        edition = self.rows.get(id_)
        if edition.state not in UNBEGUN:
            raise Refused(f"Edition {id_} has begun already.", f"بدأ إرسال العدد {id_} من قبل.")
        if edition.state not in states:
            raise Refused(f"Edition {id_} is held.", f"العدد {id_} ينتظر الموافقة.")
        letter = edition.letter or self.letter_of(edition)  # one that was half frozen stays as it was
        total = self.rows.freeze(
            edition, letter, frequency_of(edition), processes=self.processes, now=self.now(), told=told
        )
        self.log.note(actor, "send_edition", f"edition:{id_}", self.now(), detail={"recipients": total})
        self.hurry()
        return total

    def pause(self, actor: Actor, id_: int) -> None:
        """No claim is made any more until somebody goes on with it; raises NotAllowed, NotFound, Refused."""
        self._move(actor, "pause", id_, (EditionState.SENDING,), EditionState.PAUSED, PAUSED)

    def resume(self, actor: Actor, id_: int) -> None:
        """Go on; also at once with what rests since something was broken. Raises NotAllowed, NotFound, Refused."""
        states = (EditionState.PAUSED, EditionState.SENDING)
        self._move(actor, "resume", id_, states, EditionState.SENDING, None)

    def stop(self, actor: Actor, id_: int) -> None:
        """The rest never goes; raises NotAllowed, NotFound, Refused."""
        states = (*UNBEGUN, EditionState.SENDING, EditionState.PAUSED)
        self._move(actor, "cancel", id_, states, EditionState.STOPPED, STOPPED)

    def _move(
        self,
        actor: Actor,
        act: str,
        id_: int,
        states: tuple[EditionState, ...],
        to: EditionState,
        reason: Say | None,
    ) -> None:
        self.allow(actor, act)
        self.rows.move(id_, states, to, self.now(), reason)
        self.log.note(actor, act, f"edition:{id_}", self.now())
        self.hurry()


def frequency_of(edition: Edition) -> Frequency:
    """Which readers of its newsletter an edition is for."""
    known = {each.value: each for each in Frequency}
    return known.get(edition.occasion, Frequency.EACH if edition.occasion.startswith("article:") else Frequency.DAILY)
