"""Which channels are silent, what waits there for the end of it, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.domain.delivery import Delivery, Standing, State
from bot.domain.say import Say, clock
from bot.domain.schedule import Plan
from bot.pipeline.timing import end_of_quiet, out_of_quiet


@dataclass(frozen=True, kw_only=True)
class Silence:
    """The quiet hours of all channels, as the plans have them now."""

    plans: Mapping[str, Plan]
    zone: tzinfo

    def holds(self, now: datetime) -> dict[str, bool]:
        """The channels that are silent at a time, and whether breaking news is silent there, too."""
        plans = [plan for plan in self.plans.values() if plan.quiet]
        return {plan.channel: plan.quiet_breaking for plan in plans if end_of_quiet(plan, now, self.zone)}

    def until(self, delivery: Delivery | Standing, now: datetime) -> datetime | None:
        """When the silence ends for which a queued delivery waits, or None: what an editor sends waits for none."""
        plan = self.plans.get(delivery.channel)
        if plan is None or delivery.state is not State.QUEUED or delivery.expires_at is None or delivery.proved:
            return None
        if delivery.urgent and not plan.quiet_breaking:
            return None
        due = max(delivery.due_at, now)
        end = out_of_quiet(plan, due, self.zone)
        return end if end > due else None

    def waits(self, delivery: Delivery | Standing, now: datetime) -> Say | None:
        """That a queued delivery waits for the end of a silence, or lapses before that; None where it does neither."""
        end, lapses = self.until(delivery, now), delivery.expires_at
        if end is None or lapses is None:
            return None
        at = clock(end, now, self.zone)
        if lapses > end:
            return Say(f"Waits for the end of quiet hours, {at}.", f"ينتظر انتهاء ساعات الصمت، {at}.")
        lapse = clock(lapses, now, self.zone)
        return Say(
            f"Lapses at {lapse}, before quiet hours end at {at}: send it at once, or give it another time.",
            f"يفوت أوانه {lapse} قبل انتهاء ساعات الصمت {at}: أرسله في الحال أو انقله إلى موعد آخر.",
        )
