"""Drain one lane: the next due delivery, segment by segment, each begun and proved in the ledger.

Order of one segment: the adapter calls `begin`, which commits `sending`; the call; the receipt is committed. A process
that dies between the two leaves `sending`: who holds the lane next looks for it (resolve.py) before anything else.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import partial

import structlog

from bot.domain.channel import Health
from bot.domain.delivery import STATES, Delivery, State
from bot.domain.errors import LeaseLost, NotNow, RetryLater
from bot.domain.lane import Amendments, Doubt, Doubts, Lanes, Leases, Ledger, SendingChannel
from bot.domain.limits import Use
from bot.domain.ports import Now
from bot.domain.say import Say
from bot.domain.schedule import Plan
from bot.pipeline.amend import Amender
from bot.pipeline.resolve import resolve
from bot.pipeline.retry import SHORT
from bot.pipeline.sending import Sender
from bot.pipeline.timing import out_of_quiet

log = structlog.stdlib.get_logger(__name__)

LANE = "lane"
HOUR = timedelta(hours=1)
NO_ROOM = timedelta(seconds=45)  # within which a look that found no room comes again

INTERRUPTED = Say(
    "The program ended while this segment was on its way; it may be out.",
    "توقف البرنامج والمقطع في طريقه؛ قد يكون ظاهرا.",
)


@dataclass(frozen=True, kw_only=True)
class Dispatcher:
    """Sends what is due, one lane at a time."""

    ledger: Ledger
    doubts: Doubts
    amendments: Amendments
    lanes: Lanes
    leases: Leases
    adapter_for: Callable[[Delivery], SendingChannel | None]
    plans: Mapping[str, Plan]
    zone: tzinfo
    ttl: Callable[[str], timedelta]  # of a lane's lease: longer than the channel's slowest call
    patience: Callable[[str], timedelta]  # after which a call that hung has surely ended, and is to be seen
    now: Now
    monotonic: Callable[[], float]
    redact: Callable[[str], str]
    stopping: Callable[[], bool]
    rest: Callable[[timedelta], None]  # wait this short time, or until the program stops
    spread: Callable[[], float] = random.random  # noqa: S311 - only to come apart; between 0 and 1
    watches: bool = True  # False: a process that lives too short to measure time by itself believes the wall clock
    watched: dict[tuple[int, int, datetime], float] = field(default_factory=dict)  # since when doubts are known
    tell: Callable[[Say], None] = lambda _say: None  # what the person who runs this should read

    def drain(self, channel: str) -> list[int]:
        """Send until nothing is due on the lane; the ids of deliveries that were worked on.

        Returns at once where another holds the lane.
        """
        token = self.leases.claim(LANE, channel, self.ttl(channel), self.now())
        if token is None:
            return []
        lane = Lane(self, channel, token)
        try:
            return lane.drain()
        except LeaseLost as lost:
            log.warning("%s", lost)
            return lane.worked
        finally:
            self.leases.release(LANE, channel, token)


class Lane:
    """A lane whose lease is held, until it is lost or given back."""

    def __init__(self, dispatcher: Dispatcher, channel: str, token: int) -> None:
        self.d, self.channel, self.token = dispatcher, channel, token
        self.ledger = dispatcher.ledger
        self.sender = Sender(d=dispatcher, lane=self, channel=channel, token=token)
        self.until = dispatcher.monotonic() + dispatcher.ttl(channel).total_seconds()
        self.worked: list[int] = []

    def drain(self) -> list[int]:
        now = self.d.now()
        self.worked += self.ledger.settle_interrupted(self.channel, INTERRUPTED, self.token, now)
        self.resolve()
        health = self.d.lanes.health(self.channel)
        if health.retry_at and health.retry_at > now:
            return self.worked
        while not self.d.stopping() and self.amend() and (delivery := self.next_due()):
            self.renew()
            if not self.ledger.start(delivery, self.token, self.d.now()):
                continue
            self.worked.append(delivery.id)
            if not self.sender.send(delivery):
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
            age = self.age(doubt)
            verdict = resolve(
                doubt,
                adapter,
                self.d.doubts,
                wait,
                age,
                self.token,
                self.d.now(),
                hold=partial(self.keep, doubt),
                clean=self.clean,
            )
            self.worked.append(doubt.delivery.id)
            if not verdict.receipt and verdict.next_at is None:
                self.tell(doubt.delivery, State.FAILED if verdict.absent else State.UNSURE, verdict.note)

    def age(self, doubt: Doubt) -> timedelta:
        """How long ago the call in doubt surely began: a wall clock that was put forward makes nothing older."""
        known = self.d.watched.setdefault((doubt.delivery.id, doubt.n, doubt.began_at), self.d.monotonic())
        watched = timedelta(seconds=self.d.monotonic() - known)
        return watched if self.d.watches else max(watched, self.d.now() - doubt.began_at)

    def next_due(self) -> Delivery | None:
        """The next delivery to send now; what selection planned keeps its distance from what went before.

        It keeps quiet hours, too, where an outage or a new plan has moved it into them, and where the plan says so
        breaking news does.
        """
        now, plan = self.d.now(), self.d.plans.get(self.channel)
        free_at = self.free_at(plan, now) if plan and (plan.spacing or plan.max_per_hour) else None
        end = out_of_quiet(plan, now, self.d.zone) if plan else now
        if (until := max(end, free_at or end)) > now:
            self.d.lanes.pace(self.channel, until, now)
            hushed = plan is not None and plan.quiet_breaking and end > now
            return self.ledger.next_due(self.channel, now, paced=True, hushed=hushed)
        return self.ledger.next_due(self.channel, now)

    def free_at(self, plan: Plan, now: datetime) -> datetime | None:
        """When spacing and the limit of an hour let the channel speak again; they hold after an outage, too."""
        times = self.ledger.spoke(self.channel, now - max(plan.spacing, HOUR))
        # what lies further ahead was written before the wall clock was put back: it would hold the lane for hours
        last = [at for at in times if at < now + plan.spacing][:1]
        hour = [at for at in times if at < now + HOUR]
        free = [at + plan.spacing for at in last]
        free += [hour[plan.max_per_hour - 1] + HOUR] if 0 < plan.max_per_hour <= len(hour) else []
        return max(free, default=None)

    def renew(self) -> None:
        """Hold the lane for the time of another call; raises LeaseLost."""
        ttl = self.d.ttl(self.channel)
        asked = self.d.monotonic()
        if not self.d.leases.renew(LANE, self.channel, self.token, ttl, self.d.now()):
            raise LeaseLost(f"The lane {self.channel} was taken over.", f"أُخذ مسار القناة {self.channel}.")
        self.until = asked + ttl.total_seconds()

    def begin(self, delivery: Delivery, n: int, uses: Sequence[Use]) -> None:
        """Commit that a segment may be out, and hold the lane for the time of its call; raises LeaseLost, NotNow."""
        self.guard()
        ttl, asked, now = self.d.ttl(self.channel), self.d.monotonic(), self.d.now()
        self.ledger.begin(delivery, n, uses, self.token, now, until=now + ttl)
        self.until = asked + ttl.total_seconds()

    def keep(self, doubt: Doubt, uses: Sequence[Use] = ()) -> None:
        """Hold the lane through a look of many calls, each of which waits for room; raises LeaseLost, RetryLater.

        The lease is renewed where half of it is gone.
        """
        while True:
            if self.until - self.d.monotonic() < self.d.ttl(self.channel).total_seconds() / 2:
                self.renew()
            try:
                return self.d.doubts.take(doubt, uses, self.token, self.d.now()) if uses else None
            except NotNow as wait:
                left = (wait.until or self.d.now()) - self.d.now()
                if left > SHORT or self.d.stopping():  # others are not kept waiting for it
                    # lanes that share a desk chat come again at times of their own, else none would ever have room
                    after = left + NO_ROOM * self.d.spread()
                    raise RetryLater(wait.say.en, wait.say.ar, after=after, counts=True) from None
                self.d.rest(left)

    def guard(self) -> None:
        """Start no call once the lease has run out by our own clock; raises LeaseLost."""
        if self.d.monotonic() >= self.until:
            raise LeaseLost(
                f"The lease of lane {self.channel} ran out before the call.",
                f"انقضت مدة مسار القناة {self.channel} قبل الإرسال.",
            )

    def amend(self) -> bool:
        """Correct and retract what editors asked for, before anything is sent; False where the lane must wait."""
        amender = Amender(
            store=self.d.amendments,
            token=self.token,
            now=self.d.now,
            hold=self.renew,
            guard=self.guard,
            rest=self.d.rest,
            clean=self.clean,
        )
        for amendment in self.d.amendments.due(self.channel, self.d.now()):
            if self.d.stopping():
                return False
            self.worked.append(amendment.delivery.id)
            if health := amender.carry_out(amendment, self.d.adapter_for(amendment.delivery)):
                self.d.lanes.set_health(health, self.d.now())
                return False
            if self.d.lanes.health(self.channel).down:
                self.d.lanes.set_health(Health(channel=self.channel), self.d.now())
        return True

    def tell(self, delivery: Delivery, state: State, note: Say) -> None:
        """A person has to know of this delivery."""
        self.d.tell(
            Say(
                f"Delivery {delivery.id} ({self.channel}) is {state}: {delivery.title[:80]} — {note.en}",
                f"الإرسال {delivery.id} ({self.channel}) {STATES[state]}: {delivery.title[:80]} — {note.ar}",
            )
        )

    def clean(self, say: Say) -> Say:
        """The sentence without secrets."""
        return Say(self.d.redact(say.en), self.d.redact(say.ar))
