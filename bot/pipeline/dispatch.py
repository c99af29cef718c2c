"""Drain one lane: the next due delivery, segment by segment, each begun and proved in the ledger.

Order of one segment: the adapter calls `begin`, which commits `sending`; the call; the receipt is committed. A process
that dies between the two leaves `sending`: who holds the lane next looks for it (resolve.py) before anything else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.domain.channel import Health, Receipt
from bot.domain.delivery import STATES, Delivery, SegmentState, State
from bot.domain.errors import (
    BotError,
    ChannelDown,
    ChannelError,
    LeaseLost,
    NotNow,
    Rejected,
    RetryLater,
    ThreadEnds,
    Unsure,
)
from bot.domain.lane import Doubts, Lanes, Leases, Ledger, Limited, SendingChannel
from bot.domain.ports import Now
from bot.domain.post import Segment
from bot.domain.say import Say
from bot.domain.schedule import Plan
from bot.pipeline.resolve import resolve, with_progress

log = structlog.stdlib.get_logger(__name__)

LANE = "lane"
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
DOWN_WAIT = timedelta(minutes=5)
UNREACHED_WAIT = timedelta(seconds=15)
MOST_ATTEMPTS = 12
HOUR = timedelta(hours=1)

INTERRUPTED = Say(
    "The program ended while this segment was on its way; it may be out.",
    "توقف البرنامج والمقطع في طريقه؛ قد يكون ظاهرا.",
)
NO_LONGER_LIVE = Say(
    "The channel is no longer live; release it when the channel is live again.",
    "لم تعد القناة مفعّلة؛ أطلق المنشور حين تُفعّل من جديد.",
)


def next_try(error: RetryLater, attempts: int, now: datetime) -> datetime | None:
    """When to try again, or None where it is given up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return now + (error.after or min(FIRST_WAIT * 2**attempts, LONGEST_WAIT))


@dataclass(frozen=True, kw_only=True)
class Dispatcher:
    """Sends what is due, one lane at a time."""

    ledger: Ledger
    doubts: Doubts
    lanes: Lanes
    leases: Leases
    adapter_for: Callable[[Delivery], SendingChannel | None]
    plans: Mapping[str, Plan]
    ttl: Callable[[str], timedelta]  # of a lane's lease: longer than the channel's slowest call
    patience: Callable[[str], timedelta]  # after which a call that hung has surely ended, and is to be seen
    now: Now
    monotonic: Callable[[], float]
    redact: Callable[[str], str]
    stopping: Callable[[], bool]
    tell: Callable[[Say], None] = lambda _say: None  # what the person who runs this should read

    def drain(self, channel: str) -> list[int]:
        """Send until nothing is due on the lane; the ids of deliveries that were worked on.

        Returns at once where another holds the lane.
        """
        token = self.leases.claim(LANE, channel, self.ttl(channel), self.now())
        if token is None:
            return []
        lane = _Lane(self, channel, token)
        try:
            return lane.drain()
        except LeaseLost as lost:
            log.warning("%s", lost)
            return lane.worked
        finally:
            self.leases.release(LANE, channel, token)


class _Lane:
    def __init__(self, dispatcher: Dispatcher, channel: str, token: int) -> None:
        self.d, self.channel, self.token = dispatcher, channel, token
        self.ledger = dispatcher.ledger
        self.until = dispatcher.monotonic() + dispatcher.ttl(channel).total_seconds()
        self.worked: list[int] = []

    def drain(self) -> list[int]:
        now = self.d.now()
        self.worked += self.ledger.settle_interrupted(self.channel, INTERRUPTED, self.token, now)
        self.resolve()
        health = self.d.lanes.health(self.channel)
        if health.retry_at and health.retry_at > now:
            return self.worked
        while not self.d.stopping() and (delivery := self.next_due()):
            self.renew()
            if not self.ledger.start(delivery, self.token, self.d.now()):
                continue
            self.worked.append(delivery.id)
            if not self.send(delivery):
                break
            if health.down or health.retry_at:
                health = Health(channel=self.channel)
                self.d.lanes.set_health(health, self.d.now())
            self.resolve()
        return self.worked

    def resolve(self) -> None:
        """Look for what is in doubt and due to be looked for; tell a person of what no look-up settles."""
        for doubt in self.d.doubts.due(self.channel, self.d.now()):
            if self.d.stopping():
                return
            self.renew()
            adapter, wait = self.d.adapter_for(doubt.delivery), self.d.patience(self.channel)
            verdict = resolve(doubt, adapter, self.d.doubts, wait, self.token, self.d.now())
            self.worked.append(doubt.delivery.id)
            if not verdict.receipt and not verdict.absent and verdict.next_at is None:
                self.tell(doubt.delivery, State.UNSURE, verdict.note)

    def next_due(self) -> Delivery | None:
        """The next delivery to send now; what selection planned keeps its distance from what went before."""
        now, plan = self.d.now(), self.d.plans.get(self.channel)
        free_at = self.free_at(plan, now) if plan and (plan.spacing or plan.max_per_hour) else None
        if free_at and free_at > now:
            self.d.lanes.pace(self.channel, free_at, now)
            return self.ledger.next_due(self.channel, now, paced=True)
        return self.ledger.next_due(self.channel, now)

    def free_at(self, plan: Plan, now: datetime) -> datetime | None:
        """When spacing and the limit of an hour let the channel speak again; they hold after an outage, too."""
        times = self.ledger.spoke(self.channel, now - max(plan.spacing, HOUR))
        free = [times[0] + plan.spacing] if times and plan.spacing else []
        free += [times[plan.max_per_hour - 1] + HOUR] if 0 < plan.max_per_hour <= len(times) else []
        return max(free, default=None)

    def renew(self) -> None:
        """Hold the lane for the time of another call; raises LeaseLost."""
        ttl = self.d.ttl(self.channel)
        asked = self.d.monotonic()
        if not self.d.leases.renew(LANE, self.channel, self.token, ttl, self.d.now()):
            raise LeaseLost(f"The lane {self.channel} was taken over.", f"أُخذ مسار القناة {self.channel}.")
        self.until = asked + ttl.total_seconds()

    def send(self, delivery: Delivery) -> bool:
        """All segments that were never begun, in order; False where the lane must wait."""
        adapter = self.d.adapter_for(delivery)
        if adapter is None:
            self.finish(delivery, State.HELD, NO_LONGER_LIVE)
            return True
        parent = Receipt(remote_id=delivery.reply_to) if delivery.reply_to else None
        for row, segment in zip(delivery.segments, delivery.post.segments, strict=True):
            if row.state is SegmentState.SENT:
                parent = row.receipt
                continue
            if row.n and self.d.stopping():
                return False
            try:
                parent = self.send_one(delivery, row.n, segment, parent, adapter)
            except ChannelError as error:
                return self.settle(delivery, row.n, error)
            except NotNow as wait:
                return self.wait(delivery, wait)
        self.finish(delivery, State.SENT, None)
        return True

    def send_one(
        self, delivery: Delivery, n: int, segment: Segment, parent: Receipt | None, adapter: SendingChannel
    ) -> Receipt:
        """One segment with its proof in the ledger; raises ChannelError, LeaseLost."""
        begun = False
        uses = adapter.uses(segment) if isinstance(adapter, Limited) else ()

        def begin() -> None:
            nonlocal begun
            if begun:
                raise RuntimeError("an adapter called begin() twice")
            if self.d.monotonic() >= self.until:
                raise LeaseLost(
                    f"The lease of lane {self.channel} ran out before the call.",
                    f"انقضت مدة مسار القناة {self.channel} قبل الإرسال.",
                )
            self.ledger.begin(delivery, n, uses, self.token, self.d.now())
            begun = True

        self.renew()
        try:
            receipt = adapter.send(segment, parent, begin)
        except RetryLater as error:
            if begun:
                self.ledger.not_out(delivery, n, self.clean(error.say), self.token, self.d.now())
            raise
        except (Rejected, ChannelDown, ThreadEnds) as error:
            if begun:
                self.ledger.not_out(delivery, n, self.clean(error.say), self.token, self.d.now())
            raise
        except BotError:
            raise
        except Exception as error:  # a fault of ours or of a library: what was begun may be out
            self.log(delivery, n).exception("an adapter failed")
            name = type(error).__name__
            if begun:
                raise Unsure(
                    f"An unexpected error ({name}) after the text was handed over; it may be out.",
                    f"خطأ غير متوقع ({name}) بعد تسليم النص؛ قد يكون ظاهرا.",
                ) from error
            raise RetryLater(
                f"An unexpected error ({name}) before sending; it is tried again.",
                f"خطأ غير متوقع ({name}) قبل الإرسال؛ تعاد المحاولة.",
            ) from error
        if not begun:
            raise RuntimeError(f"the adapter of {self.channel} sent without calling begin()")
        self.ledger.receipt(delivery, n, receipt, self.token, self.d.now())
        self.log(delivery, n).info("segment sent", remote_id=receipt.remote_id)
        return receipt

    def log(self, delivery: Delivery, n: int) -> structlog.stdlib.BoundLogger:
        """The log, with the names of what is at hand."""
        ids = {"channel": self.channel, "delivery": delivery.id, "segment": n, "article": delivery.article_id}
        bound: structlog.stdlib.BoundLogger = log.bind(**ids)
        return bound

    def settle(self, delivery: Delivery, n: int, error: ChannelError) -> bool:
        """What an error means for the delivery and for the lane: True where the lane goes on."""
        now, note = self.d.now(), self.clean(error.say)
        self.log(delivery, n).warning("segment not sent", outcome=type(error).__name__, reason=note.en)
        if isinstance(error, RetryLater) and not error.reached:  # the network's fault: it is never given up for that
            if self.d.lanes.health(self.channel).retry_at is None:
                self.tell_of_channel(note)
            self.ledger.postpone(delivery, now, note, self.token, now, counts=False)
            self.d.lanes.set_health(Health(channel=self.channel, retry_at=now + UNREACHED_WAIT), now)
            return False
        if isinstance(error, RetryLater):
            until = next_try(error, delivery.attempts, now)
            if until is None:
                self.finish(delivery, State.FAILED, with_progress(delivery, n, note))
                return True
            self.ledger.postpone(delivery, until, note, self.token, now)
            self.d.lanes.set_health(Health(channel=self.channel, retry_at=until), now)
            return False
        if isinstance(error, ChannelDown):
            if self.d.lanes.health(self.channel).down is None:
                self.tell_of_channel(note)
            self.ledger.postpone(delivery, now, note, self.token, now, counts=False)  # the lane waits, not the delivery
            self.d.lanes.set_health(Health(channel=self.channel, down=note, retry_at=now + DOWN_WAIT), now)
            return False
        if isinstance(error, Unsure):
            self.ledger.doubt(delivery, n, with_progress(delivery, n, note), self.token, now, seen=error.seen)
        elif isinstance(error, ThreadEnds) and n:
            self.finish(delivery, State.SENT, with_progress(delivery, n, note))
        else:
            self.finish(delivery, State.FAILED, with_progress(delivery, n, note))
        return True

    def wait(self, delivery: Delivery, wait: NotNow) -> bool:
        """Nothing was begun: the delivery keeps its place, and the lane waits as long as it is said to."""
        now = self.d.now()
        self.ledger.postpone(delivery, wait.until or now, wait.say, self.token, now, counts=False)
        if wait.until:
            down = wait.say if wait.spent else None
            if down and self.d.lanes.health(self.channel).down is None:
                self.tell_of_channel(down)
            self.d.lanes.set_health(Health(channel=self.channel, down=down, retry_at=wait.until), now)
        return False

    def finish(self, delivery: Delivery, state: State, note: Say | None) -> None:
        self.ledger.finish(delivery, state, note, self.token, self.d.now())
        if note and state is State.FAILED:
            self.tell(delivery, state, note)

    def tell(self, delivery: Delivery, state: State, note: Say) -> None:
        """A person has to know of this delivery."""
        self.d.tell(
            Say(
                f"Delivery {delivery.id} ({self.channel}) is {state}: {delivery.title[:80]} — {note.en}",
                f"الإرسال {delivery.id} ({self.channel}) {STATES[state]}: {delivery.title[:80]} — {note.ar}",
            )
        )

    def tell_of_channel(self, note: Say) -> None:
        self.d.tell(Say(f"Channel {self.channel}: {note.en}", f"القناة {self.channel}: {note.ar}"))

    def clean(self, say: Say) -> Say:
        """The sentence without secrets."""
        return Say(self.d.redact(say.en), self.d.redact(say.ar))
