"""One shard of an edition, sent over a few connections; the ledger first and last.

Each connection has two claims of its own: while it sends one, the answers of the one before are written and the next
claim is made, in one commit on the thread of the ledger. So what a killed process leaves unanswered is at most two
claims for each connection.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.edition import Answer, End
from bot.domain.errors import BotError, ChannelDown, ChannelError, LeaseLost, RetryLater
from bot.domain.mailing import MOST_AGAIN, Claim, Line, MailLedger, Ruled, Rules, Settled, ShardKey, Turn
from bot.domain.ports import Now

log = logging.getLogger(__name__)

FAULTS = 6  # without a plain answer between, after which a shard rests
RESTS = timedelta(minutes=2)  # after faults that time may mend
DOWN_RESTS = timedelta(minutes=10)  # after those that a person must mend
NEAR = timedelta(seconds=30)  # what is due within it is waited for
DATABASE_PAUSES = (0.2, 1.0, 3.0, 8.0)  # seconds
REFUSALS = 200  # one after the other, none of them for want of a mailbox: then no more is tried

NO_ANSWERS = (
    "The mail server breaks connections off before it takes a mail.",
    "يقطع خادم البريد الاتصال قبل أن يقبل أي رسالة.",
)

OpenLine = Callable[[Callable[[], bool]], Line]


@dataclass(kw_only=True)
class _Standing:
    """What the connections of a shard tell each other."""

    deadline: float  # of the lease, by the monotonic clock
    fault: BotError | None = None
    halted: bool = False
    refusals: int = 0


class ShardRun:
    """Sends what is due of one shard."""

    def __init__(
        self,
        *,
        shard: ShardKey,
        ledger: MailLedger,
        open_line: OpenLine,
        rules: Rules,
        began_at: datetime,
        is_dead: Callable[[int, str], bool],
        now: Now,
        monotonic: Callable[[], float],
        stopping: threading.Event,
    ) -> None:
        self._shard, self._ledger, self._open_line, self._rules = shard, ledger, open_line, rules
        self._end, self._is_dead, self._now, self._monotonic = began_at + rules.retry_for, is_dead, now, monotonic
        self._stopping = stopping
        self._standing = _Standing(deadline=monotonic() + rules.lease.total_seconds())
        self._books = ThreadPoolExecutor(1, "ledger")

    def run(self) -> datetime | None:
        """Send until nothing is due: when to come again; None where the shard has ended or is halted."""
        try:
            self._ledger.recover(self._shard, self._now(), again=self._rules.again)
            while True:
                self._with_all_connections()
                if self._standing.fault or self._standing.halted or self._stopping.is_set():
                    return self._stopped()
                turn = self._books.submit(self._turn, None, more=True).result()
                if turn.claim is None:
                    return self._through(turn)
                self._books.submit(self._turn, self._untried(turn.claim), more=False).result()
        except LeaseLost:
            return None
        finally:
            self._books.shutdown()

    def _with_all_connections(self) -> None:
        threads = [
            threading.Thread(target=self._connection, name=f"connection {n}") for n in range(self._rules.connections)
        ]
        for thread in threads:
            thread.start()
        beat = self._rules.lease.total_seconds() / 3
        for thread in threads:
            while thread.is_alive():
                thread.join(beat)
                if thread.is_alive() and not self._standing.fault:  # slow servers: hold the lease meanwhile
                    self._books.submit(self._turn, None, more=False).result()

    def _connection(self) -> None:
        line = self._open_line(self._may_go_on)
        try:
            self._claims(line)
        except BotError as error:
            self._standing.fault = self._standing.fault or error
        except Exception as error:  # a fault of ours rests with its name, and is not met again at once
            log.exception("a connection failed")
            name = type(error).__name__
            self._standing.fault = self._standing.fault or BotError(
                f"nashir itself failed: {name}.", f"خلل في ناشر: {name}."
            )
        finally:
            line.leave()

    def _claims(self, line: Line) -> None:
        turn, settled, faults = self._in_turn(None), None, 0
        while turn.claim or settled or self._waits(turn):
            if turn.claim is None:
                turn, settled = self._in_turn(settled), None
                continue
            coming = self._books.submit(self._turn, settled, more=self._goes_on)
            claim, settled = turn.claim, None
            try:
                answers = line.send(claim.recipients)
            except ChannelError as error:
                answers = []
                self._note(error, faults)
            settled = self._ruled(claim, answers)
            faults = 0 if self._is_answered(answers) else faults + 1
            turn = coming.result()
            if faults >= FAULTS and all(answer.end is End.UNTRIED for answer in answers):
                self._note(RetryLater(*NO_ANSWERS, reached=False), faults)
            if faults and self._goes_on:
                self._stopping.wait(min(2.0 ** (faults - 1), 30.0) * 0.5)

    def _waits(self, turn: Turn) -> bool:
        """Whether something is due soon; it has been waited for then."""
        if turn.wait_until is None or not self._goes_on or turn.wait_until - self._now() > NEAR:
            return False
        self._stopping.wait(max((turn.wait_until - self._now()).total_seconds(), 0.0))
        return self._goes_on

    @property
    def _goes_on(self) -> bool:
        return not (self._stopping.is_set() or self._standing.fault or self._standing.halted)

    def _may_go_on(self) -> bool:
        """Whether one more mail may begin: no mail is on its way once the lease may be another's."""
        return self._goes_on and self._monotonic() + self._rules.reply.total_seconds() < self._standing.deadline

    def _in_turn(self, settled: Settled | None) -> Turn:
        return self._books.submit(self._turn, settled, more=self._goes_on).result()

    def _turn(self, settled: Settled | None, *, more: bool) -> Turn:
        at = self._monotonic()
        turn = self._written(settled, more=more)
        self._standing.deadline = at + self._rules.lease.total_seconds()
        self._standing.halted = self._standing.halted or turn.halted
        return turn

    def _written(self, settled: Settled | None, *, more: bool) -> Turn:
        """One turn; answers that are known are not given up because the database is away for a moment."""
        for pause in DATABASE_PAUSES:
            try:
                return self._ledger.turn(self._shard, settled, self._now() + self._rules.lease, self._now(), more=more)
            except LeaseLost:
                raise
            except BotError:
                self._stopping.wait(pause)
        return self._ledger.turn(self._shard, settled, self._now() + self._rules.lease, self._now(), more=more)

    def _note(self, error: ChannelError, faults: int) -> None:
        if isinstance(error, ChannelDown) or faults + 1 >= FAULTS:
            self._standing.fault = self._standing.fault or error

    def _is_answered(self, answers: Sequence[Answer]) -> bool:
        """Whether the server answers, and not to all of them with "later"."""
        return any(answer.end in (End.SENT, End.REFUSED) for answer in answers)

    def _ruled(self, claim: Claim, answers: Sequence[Answer]) -> Settled:
        """What follows from each answer."""
        if not answers:
            return self._untried(claim)
        tried = {each.id: each.attempts for each in claim.recipients}
        others = [self._rule(answer, tried[answer.id]) for answer in answers if answer.end is not End.SENT]
        sent = len(answers) - len(others)
        bad = sum(each.answer.end is End.REFUSED and not each.suppress for each in others)
        self._standing.refusals = 0 if sent else self._standing.refusals + bad
        if self._standing.refusals >= REFUSALS:
            last = next(each.answer for each in reversed(others) if each.answer.end is End.REFUSED)
            self._standing.fault = ChannelDown(
                f"The mail server refuses one mail after the other: {last.code} {last.words}.",
                f"يرفض خادم البريد الرسائل واحدة بعد الأخرى: {last.code} {last.words}.",
            )
        return Settled(claim=claim, sent=sent, others=others)

    def _rule(self, answer: Answer, attempts: int) -> Ruled:
        now = self._now()
        if answer.end is End.UNTRIED:
            return Ruled(answer=answer, next_at=now)
        if answer.end is End.UNSURE and self._rules.again and attempts < MOST_AGAIN:
            wait = self._rules.patience[attempts - 1] if attempts else timedelta(0)
            return Ruled(answer=answer, next_at=now + wait)
        if answer.end is End.LATER:
            next_at = now + self._rules.patience[min(attempts, len(self._rules.patience) - 1)]
            if next_at <= self._end:
                return Ruled(answer=answer, next_at=next_at)
            return Ruled(answer=replace(answer, end=End.REFUSED))
        dead = answer.end is End.REFUSED and answer.stage == "rcpt" and self._is_dead(answer.code, answer.words)
        return Ruled(answer=answer, suppress=dead)

    def _untried(self, claim: Claim) -> Settled:
        now = self._now()
        answers = [Answer(id=each.id, end=End.UNTRIED) for each in claim.recipients]
        return Settled(claim=claim, sent=0, others=[Ruled(answer=answer, next_at=now) for answer in answers])

    def _stopped(self) -> datetime | None:
        """Why it stopped, and when to come again."""
        fault = self._standing.fault
        if fault is None or isinstance(fault, LeaseLost):
            return None
        again = self._now() + (DOWN_RESTS if isinstance(fault, ChannelDown) else RESTS)
        self._ledger.rest(self._shard, self._now(), until=again, note=fault.say)
        return again

    def _through(self, turn: Turn) -> datetime | None:
        if turn.halted:
            return None
        self._ledger.rest(self._shard, self._now(), until=turn.wait_until)
        return turn.wait_until
