"""Drain one lane: the next due delivery, segment by segment, each begun and proved in the ledger.

Order of one segment: the adapter calls `begin`, which commits `sending`; the call; the receipt is committed. A process
that dies between the two leaves `sending`, and who holds the lane next makes that delivery `unsure`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.domain.channel import Health, Receipt
from bot.domain.delivery import STATES, Delivery, SegmentState, State
from bot.domain.errors import BotError, ChannelDown, ChannelError, LeaseLost, Rejected, RetryLater, Unsure
from bot.domain.ports import Leases, Ledger, Now, SendingChannel
from bot.domain.post import Segment
from bot.domain.say import Say

log = structlog.stdlib.get_logger(__name__)

LANE = "lane"
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
DOWN_WAIT = timedelta(minutes=5)
UNREACHED_WAIT = timedelta(seconds=15)
MOST_ATTEMPTS = 12

INTERRUPTED = Say(
    "The program ended while this segment was on its way; it may be out. Look at the channel.",
    "توقف البرنامج والمقطع في طريقه؛ قد يكون ظاهرا. تحقق من القناة.",
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
    leases: Leases
    adapter_for: Callable[[Delivery], SendingChannel | None]
    ttl: Callable[[str], timedelta]  # of a lane's lease: longer than the channel's slowest call
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
        interrupted = self.ledger.settle_interrupted(self.channel, INTERRUPTED, self.token, now)
        for id_ in interrupted:
            self.d.tell(
                Say(
                    f"Delivery {id_} ({self.channel}) is unsure: {INTERRUPTED.en}",
                    f"الإرسال {id_} ({self.channel}) غير مؤكد: {INTERRUPTED.ar}",
                )
            )
        self.worked += interrupted
        health = self.ledger.health(self.channel)
        if health.retry_at and health.retry_at > now:
            return self.worked
        while not self.d.stopping() and (delivery := self.ledger.next_due(self.channel, self.d.now())):
            self.renew()
            if not self.ledger.start(delivery, self.token, self.d.now()):
                continue
            self.worked.append(delivery.id)
            if not self.send(delivery):
                break
            if health.down or health.retry_at:
                health = Health(channel=self.channel)
                self.ledger.set_health(health, self.d.now())
        return self.worked

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
        parent: Receipt | None = None
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
        self.finish(delivery, State.SENT, None)
        return True

    def send_one(
        self, delivery: Delivery, n: int, segment: Segment, parent: Receipt | None, adapter: SendingChannel
    ) -> Receipt:
        """One segment with its proof in the ledger; raises ChannelError, LeaseLost."""
        begun = False

        def begin() -> None:
            nonlocal begun
            if begun:
                raise RuntimeError("an adapter called begin() twice")
            if self.d.monotonic() >= self.until:
                raise LeaseLost(
                    f"The lease of lane {self.channel} ran out before the call.",
                    f"انقضت مدة مسار القناة {self.channel} قبل الإرسال.",
                )
            self.ledger.begin(delivery, n, self.token, self.d.now())
            begun = True

        self.renew()
        try:
            receipt = adapter.send(segment, parent, begin)
        except RetryLater as error:
            if begun:
                self.ledger.not_out(delivery, n, self.clean(error.say), self.token, self.d.now())
            raise
        except (Rejected, ChannelDown) as error:
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
            if self.ledger.health(self.channel).retry_at is None:
                self.tell_of_channel(note)
            self.ledger.postpone(delivery, now, note, self.token, now, counts=False)
            self.ledger.set_health(Health(channel=self.channel, retry_at=now + UNREACHED_WAIT), now)
            return False
        if isinstance(error, RetryLater):
            until = next_try(error, delivery.attempts, now)
            if until is None:
                self.finish(delivery, State.FAILED, self.with_progress(delivery, n, note))
                return True
            self.ledger.postpone(delivery, until, note, self.token, now)
            self.ledger.set_health(Health(channel=self.channel, retry_at=until), now)
            return False
        if isinstance(error, ChannelDown):
            if self.ledger.health(self.channel).down is None:
                self.tell_of_channel(note)
            self.ledger.postpone(delivery, now, note, self.token, now, counts=False)  # the lane waits, not the delivery
            self.ledger.set_health(Health(channel=self.channel, down=note, retry_at=now + DOWN_WAIT), now)
            return False
        state = State.UNSURE if isinstance(error, Unsure) else State.FAILED
        self.finish(delivery, state, self.with_progress(delivery, n, note))
        return True

    def finish(self, delivery: Delivery, state: State, note: Say | None) -> None:
        self.ledger.finish(delivery, state, note, self.token, self.d.now())
        if note and state in (State.FAILED, State.UNSURE):
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

    @staticmethod
    def with_progress(delivery: Delivery, n: int, note: Say) -> Say:
        """The sentence with what of a thread is already out."""
        total = len(delivery.post.segments)
        if total == 1:
            return note
        return Say(
            f"{note.en} Segment {n + 1} of {total}" + (f"; {n} before it are out." if n else "."),
            f"{note.ar} المقطع {n + 1} من {total}" + (f"؛ وخرج ما قبله ({n})." if n else "."),
        )
