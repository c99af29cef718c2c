"""Send one delivery: every segment begun and proved, and what each error means for it and for its lane."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.domain.channel import Health, Receipt
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.errors import (
    BotError,
    ChannelDown,
    ChannelError,
    NotNow,
    Rejected,
    RetryLater,
    ThreadEnds,
    Unsure,
)
from bot.domain.lane import Limited, SendingChannel
from bot.domain.post import Segment
from bot.domain.say import Say
from bot.pipeline.resolve import with_progress
from bot.pipeline.retry import DOWN_WAIT, SHORT, UNREACHED_WAIT, next_try

if TYPE_CHECKING:
    from bot.pipeline.dispatch import Dispatcher, Lane

log = structlog.stdlib.get_logger(__name__)

SHOWN = 80  # letters of a text that was refused
USED_UP = Say("The service's limit is used up; it goes on when it says.", "نفد حد الخدمة؛ ويُستأنف حين تسمح.")
NO_LONGER_LIVE = Say(
    "The channel is no longer live; release it when the channel is live again.",
    "لم تعد القناة مفعّلة؛ أطلق المنشور حين تُفعّل من جديد.",
)


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Sends on one lane, whose lease is held."""

    d: "Dispatcher"
    lane: "Lane"
    channel: str
    token: int

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
            if parent.free_at and parent.free_at > self.d.now() and row.n + 1 < len(delivery.segments):
                return self.wait(delivery, NotNow(USED_UP.en, USED_UP.ar, until=parent.free_at))
        self.finish(delivery, State.SENT, None)
        if parent and parent.free_at and parent.free_at > self.d.now():
            self.d.lanes.set_health(Health(channel=self.channel, retry_at=parent.free_at), self.d.now())
            return False
        return True

    def send_one(
        self, delivery: Delivery, n: int, segment: Segment, parent: Receipt | None, adapter: SendingChannel
    ) -> Receipt:
        """One segment with its proof in the ledger; raises ChannelError, LeaseLost."""
        begun = False
        uses = adapter.uses("post", segment) if isinstance(adapter, Limited) else ()

        def begin() -> None:
            nonlocal begun
            if begun:
                raise RuntimeError("an adapter called begin() twice")
            self.lane.begin(delivery, n, uses)
            begun = True
            self.lane.guard()  # one that was frozen in the commit starts no call: what it left is in doubt

        try:
            receipt = adapter.send(segment, parent, begin)
        except (RetryLater, Rejected, ChannelDown, ThreadEnds) as error:
            if begun:
                reached = not isinstance(error, RetryLater) or error.reached
                note = self.lane.clean(error.say)
                self.d.ledger.not_out(delivery, n, note, self.token, self.d.now(), reached=reached)
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
        self.d.ledger.receipt(delivery, n, receipt, self.token, self.d.now())
        self.log(delivery, n).info("segment sent", remote_id=receipt.remote_id)
        return receipt

    def log(self, delivery: Delivery, n: int) -> structlog.stdlib.BoundLogger:
        """The log, with the names of what is at hand."""
        ids = {"channel": self.channel, "delivery": delivery.id, "segment": n, "article": delivery.article_id}
        bound: structlog.stdlib.BoundLogger = log.bind(**ids)
        return bound

    def settle(self, delivery: Delivery, n: int, error: ChannelError) -> bool:
        """What an error means for the delivery and for the lane: True where the lane goes on."""
        now, note = self.d.now(), self.lane.clean(error.say)
        self.log(delivery, n).warning("segment not sent", outcome=type(error).__name__, reason=note.en)
        if isinstance(error, RetryLater) and not error.reached:  # the network's fault: it is never given up for that
            if self.d.lanes.health(self.channel).retry_at is None:
                self.tell_of_channel(note)
            self.d.ledger.postpone(delivery, now, note, self.token, now, counts=False)
            self.d.lanes.set_health(Health(channel=self.channel, retry_at=now + UNREACHED_WAIT), now)
            return False
        if isinstance(error, RetryLater):
            until = next_try(error, delivery.attempts, now)
            if until is None:
                self.finish(delivery, State.FAILED, with_progress(delivery, n, note))
                return True
            self.d.ledger.postpone(delivery, until, note, self.token, now, counts=error.counts)
            self.d.lanes.set_health(Health(channel=self.channel, retry_at=until), now)
            return False
        if isinstance(error, ChannelDown):
            if self.d.lanes.health(self.channel).down is None:
                self.tell_of_channel(note)
            self.d.ledger.postpone(
                delivery, now, note, self.token, now, counts=False
            )  # the lane waits, not the delivery
            self.d.lanes.set_health(
                Health(channel=self.channel, down=note, retry_at=now + (error.after or DOWN_WAIT)), now
            )
            return False
        if isinstance(error, Unsure):
            self.d.ledger.doubt(delivery, n, with_progress(delivery, n, note), self.token, now, seen=error.seen)
        elif isinstance(error, ThreadEnds) and n:
            self.finish(delivery, State.SENT, with_progress(delivery, n, note))
            if self.d.lanes.fall_back(self.channel, now):
                self.tell_of_channel(note)
        else:
            text = " ".join(delivery.post.segments[n].text.split())[:SHOWN]
            note = (
                Say(f"{note.en} The text: {text}", f"{note.ar} النص: {text}") if isinstance(error, Rejected) else note
            )
            self.finish(delivery, State.FAILED, with_progress(delivery, n, note))
        return True

    def wait(self, delivery: Delivery, wait: NotNow) -> bool:
        """Nothing was begun: the delivery keeps its place, and the lane waits as long as it is said to."""
        now = self.d.now()
        # of a budget that is used up the lane waits, not the delivery: a person may raise it before the month ends
        until = now if wait.spent else wait.until or now
        self.d.ledger.postpone(delivery, until, wait.say, self.token, now, counts=False)
        if wait.until and wait.until - now <= SHORT:
            self.d.rest(wait.until - now)
            return not self.d.stopping()
        if wait.until:
            down = wait.say if wait.spent else None
            if down and self.d.lanes.health(self.channel).down is None:
                self.tell_of_channel(down)
            self.d.lanes.set_health(Health(channel=self.channel, down=down, retry_at=wait.until), now)
        return False

    def finish(self, delivery: Delivery, state: State, note: Say | None) -> None:
        self.d.ledger.finish(delivery, state, note, self.token, self.d.now())
        if note and state is State.FAILED:
            self.lane.tell(delivery, state, note)

    def tell_of_channel(self, note: Say) -> None:
        self.d.tell(Say(f"Channel {self.channel}: {note.en}", f"القناة {self.channel}: {note.ar}"))
