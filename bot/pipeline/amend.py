"""Correct and retract what is out: asked for by an editor, carried out by the lane, each call begun and proved.

To delete or to edit twice changes nothing, so a call whose answer was lost is simply made again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.domain.amendment import Amendment, Kind, PartState, Progress
from bot.domain.channel import Health, Receipt
from bot.domain.delivery import State
from bot.domain.errors import BotError, ChannelDown, ChannelError, NotNow, Rejected, RetryLater, Unsure
from bot.domain.lane import Amendable, Amendments, Limited, Retractable, SendingChannel
from bot.domain.ports import Now
from bot.domain.post import Segment
from bot.domain.say import Say
from bot.pipeline.retry import DOWN_WAIT, SHORT, UNREACHED_WAIT, next_try

log = structlog.stdlib.get_logger(__name__)

NO_POWER = Say("This channel cannot do that.", "لا تستطيع هذه القناة ذلك.")
NO_NUMBER = Say(
    "Its number on the service is not known: do it there by hand.", "رقمه في الخدمة غير معروف: افعل ذلك هناك بيدك."
)


@dataclass(frozen=True, kw_only=True)
class Amender:
    """Carries out what editors asked for on one lane, whose lease it is given."""

    store: Amendments
    token: int
    now: Now
    hold: Callable[[], None]  # the lane for another call; raises LeaseLost
    guard: Callable[[], None]  # raises LeaseLost where the lease has run out by our own clock
    rest: Callable[[timedelta], None]  # wait this short time
    clean: Callable[[Say], Say]

    def carry_out(self, amendment: Amendment, adapter: SendingChannel | None) -> Health | None:
        """All segments that are not done; how long the lane must wait, where it must. Raises LeaseLost."""
        refused = {part.n: part.note or NO_POWER for part in amendment.parts if part.state is PartState.REFUSED}
        done = {part.n for part in amendment.parts if part.state is PartState.DONE}
        steps = list(_steps(amendment))
        for n, receipt, segment in steps:
            if n in done or n in refused:
                continue
            self.hold()
            try:
                try:
                    self._call(amendment, n, receipt, segment, adapter)
                except NotNow as wait:
                    if wait.until is None or wait.until - self.now() > SHORT:
                        raise
                    self.rest(wait.until - self.now())
                    self.hold()
                    self._call(amendment, n, receipt, segment, adapter)
            except NotNow as wait:
                until = wait.until or self.now()
                again = self.now() if wait.spent else until  # the lane waits: a person may raise the budget
                self.store.postpone(amendment, again, wait.say, self.token, self.now(), counts=False)
                down = wait.say if wait.spent else None
                return Health(channel=amendment.delivery.channel, down=down, retry_at=until)
            except (RetryLater, ChannelDown, Unsure) as error:
                if health := self._later(amendment, error):
                    # an answer that was lost speaks of this call; others need not wait for it
                    return None if isinstance(error, Unsure) else health
                refused[n] = self.clean(error.say)
            except ChannelError as error:
                refused[n] = self.clean(error.say)
            state = PartState.REFUSED if n in refused else PartState.DONE
            self.store.end(amendment, n, state, refused.get(n), self.token, self.now())
            log.info("segment amended", delivery=amendment.delivery.id, segment=n, kind=amendment.kind, outcome=state)
        progress = Progress.PARTIAL if refused else Progress.DONE
        if amendment.kind is Kind.RETRACT and amendment.delivery.state is State.UNSURE:
            progress = Progress.WAITS
        note = _summary(amendment, len(steps), list(refused.values()))
        self.store.finish(amendment, progress, note, self.token, self.now())
        return None

    def _call(
        self, amendment: Amendment, n: int, receipt: Receipt, segment: Segment | None, adapter: SendingChannel | None
    ) -> None:
        """Delete (no segment) or edit one; raises ChannelError, NotNow, LeaseLost."""
        able = isinstance(adapter, Amendable if segment else Retractable)
        if adapter is None or not able:
            raise ChannelError(NO_POWER.en, NO_POWER.ar)
        if not receipt.remote_id:  # an editor's word that it is out, without its number
            raise ChannelError(NO_NUMBER.en, NO_NUMBER.ar)
        old = amendment.delivery.post.segments[n]
        shown = segment or old
        uses = adapter.uses("edit" if segment else "delete", shown) if isinstance(adapter, Limited) else ()

        begun = False

        def begin() -> None:
            nonlocal begun
            self.guard()
            self.store.begin(amendment, n, uses, self.token, self.now())
            begun = True
            self.guard()  # one that was frozen in the commit starts no call

        try:
            if segment is not None and isinstance(adapter, Amendable):
                adapter.amend(receipt, old, segment, begin)
            elif isinstance(adapter, Retractable):
                adapter.retract(receipt, begin)
        except (RetryLater, Rejected, ChannelDown) as error:
            if begun:
                reached = not isinstance(error, RetryLater) or error.reached
                self.store.not_made(amendment, n, self.token, self.now(), reached=reached)
            raise
        except BotError:
            raise
        except Exception as error:  # a fault of ours or of a library would come again, and hold up the lane for ever
            log.exception("an adapter failed", delivery=amendment.delivery.id, segment=n)
            name = type(error).__name__
            raise ChannelError(
                f"An unexpected error ({name}): look at the channel.", f"خطأ غير متوقع ({name}): تحقق من القناة."
            ) from error

    def _later(self, amendment: Amendment, error: RetryLater | ChannelDown | Unsure) -> Health | None:
        """How long to wait before the same call is made again; None where that is given up."""
        now, note, channel = self.now(), self.clean(error.say), amendment.delivery.channel
        counts, down = True, None
        until: datetime | None
        if isinstance(error, ChannelDown):
            until, counts, down = now + (error.after or DOWN_WAIT), False, note
        elif isinstance(error, RetryLater) and not error.reached:
            until, counts = now + UNREACHED_WAIT, False
        else:
            again = error if isinstance(error, RetryLater) else RetryLater(note.en, note.ar)
            until, counts = next_try(again, amendment.attempts, now), again.counts
        if until is None:
            return None
        self.store.postpone(amendment, until, note, self.token, now, counts=counts)
        return Health(channel=channel, down=down, retry_at=until)


def _steps(amendment: Amendment) -> Iterator[tuple[int, Receipt, Segment | None]]:
    """Segments with their proof and what they become (None: gone); what goes, newest first."""
    old = amendment.delivery.post.segments  # what an earlier correction took away has a proof, and no text any more
    rows = [(row.n, row.receipt) for row in amendment.delivery.segments if row.receipt and row.n < len(old)]
    if amendment.kind is Kind.RETRACT or amendment.post is None:
        yield from ((n, receipt, None) for n, receipt in reversed(rows))
        return
    new = amendment.post.segments
    for n, receipt in rows:
        if n < len(new) and replace(new[n], key="") != replace(old[n], key=""):
            yield n, receipt, new[n]
    yield from ((n, receipt, None) for n, receipt in reversed(rows) if n >= len(new))


def _summary(amendment: Amendment, total: int, refused: list[Say]) -> Say:
    retracted = amendment.kind is Kind.RETRACT
    doubtful = sum(row.receipt is None for row in amendment.delivery.segments) if retracted else 0
    en, ar = ("Taken back", "سُحب") if retracted else ("Corrected", "صُحح")
    if not refused:
        rest = Say("", "")
        if doubtful and amendment.delivery.state is State.UNSURE:
            rest = Say(
                " One segment may be out besides: look at the channel, and say so with `nashir unsure`; it goes then.",
                " وقد يكون مقطع آخر ظاهرا: تحقق من القناة وقل ما رأيت بالأمر `nashir unsure`؛ فيُسحب عندها.",
            )
        return Say(f"{en}: {total} of {total}.{rest.en}", f"{ar}: {total} من {total}.{rest.ar}")
    why = refused[0]
    return Say(
        f"{en}: {total - len(refused)} of {total}; the service refused the rest: {why.en}",
        f"{ar}: {total - len(refused)} من {total}؛ ورفضت الخدمة الباقي: {why.ar}",
    )
