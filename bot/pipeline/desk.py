"""What an editor does by hand: publish, hold, release, cancel, try again. The doors call these and hold no rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.delivery import STATES, Delivery, Draft, State
from bot.domain.errors import NotFound, Refused
from bot.domain.ports import Articles, Formatter, Outbox
from bot.domain.say import Say
from bot.pipeline.compose import FIRST, after_embargo, draft

BY_HAND = Say("Published by an editor.", "نشرها محرر.")
EMBARGOED = Say("Published by an editor; it goes when its embargo ends.", "نشرها محرر؛ وتخرج عند انتهاء حظر النشر.")
RETRIED = Say("Tried again by an editor.", "أعاد محرر محاولتها.")
HELD_BY_HAND = Say("Held by an editor.", "أوقفها محرر.")
CANCELLED_BY_HAND = Say("Cancelled by an editor.", "ألغاها محرر.")


def publish(
    article: Article,
    channel: Channel,
    formatter: Formatter,
    outbox: Outbox,
    now: datetime,
    *,
    again: bool = False,
    urgent: bool = False,
    hold: bool = False,
) -> int:
    """Put an article into the outbox, due now; passes over slots and freshness, not over embargo, limits, duplicates.

    `hold`: it waits for a release. A delivery that rests goes now: with the text of today if nothing of it is out,
    else with the rest of its own.
    Raises Refused where it is out, going or in doubt already, or taken back, and `again` is not asked for, and where
    its text was pruned.
    """
    if reason := refusal(article, channel, outbox, again=again):
        raise reason
    known = outbox.of_article(article.id, channel.name, not channel.live)
    out = _newest(known, State.SENT, State.SENDING, State.UNSURE)
    waits = _newest(known, State.QUEUED, State.HELD)
    rested = next((d for d in reversed(known) if d.state is not State.RETRACTED), None)
    last = waits if again or not rested else out or rested  # what waits goes, and not twice
    occasion = last.occasion if last else f"again:{len(known)}" if known else FIRST
    why = EMBARGOED if after_embargo(article, now) > now else BY_HAND
    fresh = draft(article, channel, formatter, reason=why, due_at=now, urgent=urgent, occasion=occasion)
    fresh = replace(fresh, state=State.HELD) if hold else fresh
    if last:
        return _again_on_its_way(last, fresh, outbox, now)
    delivery_id = outbox.add(fresh, now)
    if delivery_id is None:
        raise Refused("The same post was put into the outbox a moment ago.", "وُضع المنشور نفسه في الصادر قبل لحظة.")
    return delivery_id


def _again_on_its_way(last: Delivery, fresh: Draft, outbox: Outbox, now: datetime) -> int:
    resting = (State.HELD, State.QUEUED, State.FAILED, State.EXPIRED, State.CANCELLED)
    if outbox.rewrite(last.id, resting, fresh, now):
        return last.id
    if outbox.change(last.id, resting, fresh.state, fresh.reason, now, due_at=fresh.due_at):
        return last.id
    raise _out_already(outbox.get(last.id) or last)


def refusal(article: Article, channel: Channel, outbox: Outbox, *, again: bool = False) -> Refused | None:
    """Why `publish` would refuse this article on this channel, or None; looks only."""
    if article.pruned:
        return Refused(
            f"The text of article {article.id} was pruned; give its file or URL instead.",
            f"حُذف نص المادة {article.id} لقدمه؛ أعط ملفها أو عنوانها بدلا منه.",
        )
    if again:
        return None
    if article.withdrawn:
        return Refused(
            f"Its source has taken article {article.id} back; --again publishes it all the same.",
            f"سحب المصدر المادة {article.id}؛ الخيار --again ينشرها مع ذلك.",
        )
    known = outbox.of_article(article.id, channel.name, not channel.live)
    out = _newest(known, State.SENT, State.SENDING, State.UNSURE)
    return _out_already(out) if out else None


def _newest(known: Sequence[Delivery], *states: State) -> Delivery | None:
    """The last of an article's deliveries in one of these states."""
    return next((d for d in reversed(known) if d.state in states), None)


def _out_already(last: Delivery) -> Refused:
    if last.state is State.UNSURE:
        return Refused(
            f"{last.channel}: delivery {last.id} may be out already; look at the channel, then "
            f"`nashir unsure not-sent {last.id}` if it is not there.",
            f"{last.channel}: قد يكون الإرسال {last.id} ظاهرا؛ تحقق من القناة، فإن لم يظهر "
            f"فنفّذ `nashir unsure not-sent {last.id}`.",
        )
    return Refused(
        f"{last.channel}: this article is out already{' as a preview' if last.preview else ''} (delivery {last.id}); "
        "--again publishes it once more.",
        f"{last.channel}: هذه المادة {'معروضة في المعاينة' if last.preview else 'منشورة'} من قبل (الإرسال {last.id})؛ "
        "الخيار --again ينشرها مرة أخرى.",
    )


def hold(delivery_id: int, outbox: Outbox, now: datetime) -> None:
    """A delivery that has not begun waits for an editor; raises NotFound, Refused."""
    _move(delivery_id, (State.QUEUED,), State.HELD, HELD_BY_HAND, outbox, now)


def release(delivery_id: int, outbox: Outbox, now: datetime) -> None:
    """A held delivery leaves at its time; raises NotFound, Refused."""
    _move(delivery_id, (State.HELD,), State.QUEUED, None, outbox, now)


def cancel(delivery_id: int, outbox: Outbox, now: datetime) -> None:
    """A delivery that is not finished does not go on; what is out stays out. Raises NotFound, Refused."""
    _move(
        delivery_id,
        (State.HELD, State.QUEUED, State.SENDING, State.FAILED),
        State.CANCELLED,
        CANCELLED_BY_HAND,
        outbox,
        now,
    )


def retry(delivery_id: int, articles: Articles, outbox: Outbox, now: datetime, *, not_sent: bool = False) -> None:
    """Try a failed, expired or cancelled delivery again, from its first segment that is not out; now, or after embargo.

    An unsure one only on the editor's word (`not_sent`) that its segment in doubt is not out. Raises NotFound, Refused.
    """
    delivery = found(delivery_id, outbox)
    if delivery.state is State.UNSURE and not not_sent:
        raise Refused(
            f"Delivery {delivery_id} may be out; look at the channel, and if it is not there add --not-sent.",
            f"الإرسال {delivery_id} قد يكون ظاهرا؛ تحقق من القناة، فإن لم يظهر فأضف --not-sent.",
        )
    from_states = (State.UNSURE,) if not_sent else (State.FAILED, State.EXPIRED, State.CANCELLED)
    article = articles.get(delivery.article_id)
    due = after_embargo(article, now) if article else now
    if not outbox.change(delivery_id, from_states, State.QUEUED, RETRIED, now, due_at=due, forget_unsure=not_sent):
        raise cannot(delivery)


def _move(
    delivery_id: int, allowed: Sequence[State], to: State, note: Say | None, outbox: Outbox, now: datetime
) -> None:
    delivery = found(delivery_id, outbox)
    if not outbox.change(delivery_id, allowed, to, note, now):
        raise cannot(outbox.get(delivery_id) or delivery)


def found(delivery_id: int, outbox: Outbox) -> Delivery:
    """A delivery by its number; raises NotFound."""
    delivery = outbox.get(delivery_id)
    if delivery is None:
        raise NotFound(
            f"There is no delivery {delivery_id}; `nashir queue` lists them.",
            f"لا إرسال رقمه {delivery_id}؛ الأمر `nashir queue` يعرض الإرسالات.",
        )
    return delivery


def cannot(delivery: Delivery) -> Refused:
    """That what was asked for does not fit the state in which a delivery is."""
    return Refused(
        f"Delivery {delivery.id} is {delivery.state}; that cannot be done to it now.",
        f"حال الإرسال {delivery.id} «{STATES[delivery.state]}»؛ لا يمكن هذا الآن.",
    )
