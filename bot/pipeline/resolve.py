"""An unsure segment: look whether it is out, then settle it, look again, or leave it to an editor.

It is looked for soon, so that a thread goes on; and late, because a call that hangs may still complete and a timeline
may lag. Only two looks after the HTTP time-out and a wait prove that it is not out; then it waits to be sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.domain.channel import Receipt
from bot.domain.delivery import Delivery
from bot.domain.errors import CannotTell, ChannelDown, ChannelError, LeaseLost, RetryLater
from bot.domain.lane import Doubt, Doubts, Hold, Resolvable, SendingChannel
from bot.domain.say import Say
from bot.pipeline.retry import next_try

log = structlog.stdlib.get_logger(__name__)

SOON = tuple(timedelta(seconds=each) for each in (2, 6, 15, 30))  # after the call began
BETWEEN = timedelta(seconds=15)  # the looks that count
LOOKS = 2
NO_ANSWER = timedelta(minutes=1)  # until the next look, where one failed
LOOKED_LONG = timedelta(hours=2)  # after which a service that answers nothing of use is left to a person

LOOKED_FOR = Say(
    "It may be out; nashir looks for it on the channel by itself.", "قد يكون ظاهرا؛ يبحث عنه ناشر في القناة بنفسه."
)
NOT_THERE = Say("It was looked for and is not out; it is sent again.", "بُحث عنه ولم يخرج؛ يُرسل من جديد.")
NEVER_THERE = Say(
    "It was sent again and again, was looked for each time, and is not out: look at the service, then retry it.",
    "أُرسل مرة بعد مرة وبُحث عنه كل مرة ولم يخرج: انظر حال الخدمة ثم أعد المحاولة.",
)
NO_LOOKING = Say(
    "This channel cannot be searched: look at it yourself.", "لا يمكن البحث في هذه القناة: تحقق منها بنفسك."
)
SEEN_ELSEWHERE = Say(
    "The service says that this text is there already, but it was not found among the newest posts: an older one, "
    "or somebody else's.",
    "تقول الخدمة إن هذا النص منشور من قبل، لكنه ليس بين أحدث المنشورات: لعله أقدم، أو من أداة أخرى.",
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one look means."""

    receipt: Receipt | None = None  # it is out
    absent: bool = False  # it is surely not out: it is sent again at `next_at`; None: it has failed
    next_at: datetime | None = None  # neither is sure: look then; None: a person must
    looks: int = 0
    note: Say = LOOKED_FOR


def judge(doubt: Doubt, found: Receipt | None, wait: timedelta, age: timedelta, now: datetime) -> Verdict:
    """What a look that found this, or nothing, means.

    `wait`: the HTTP time-out and what a late call may take; `age`: how long ago the call surely began.
    """
    if found:
        return Verdict(receipt=found)
    if age < wait:
        return Verdict(next_at=now + min([wait - age, *(soon - age for soon in SOON if soon > age)]))
    looks = doubt.looks + 1
    if looks < LOOKS:
        return Verdict(next_at=now + min(BETWEEN, wait), looks=looks)
    if doubt.seen:
        return Verdict(looks=looks, note=SEEN_ELSEWHERE)
    return Verdict(absent=True, looks=looks)


def resolve(
    doubt: Doubt,
    adapter: SendingChannel | None,
    doubts: Doubts,
    wait: timedelta,
    age: timedelta,
    token: int,
    now: datetime,
    *,
    hold: Hold = lambda _uses=(): None,
    clean: Callable[[Say], Say] = lambda say: say,
) -> Verdict:
    """Look once, and write down what it means. Raises LeaseLost."""
    verdict = _look(doubt, adapter, wait, age, now, hold)
    if verdict.absent:  # what a service never takes is not sent for ever
        tries = doubt.delivery.attempts
        again_at = next_try(RetryLater(NOT_THERE.en, NOT_THERE.ar), tries, now) if tries else now
        verdict = replace(verdict, next_at=again_at, note=NOT_THERE if again_at else NEVER_THERE)
    else:
        verdict = replace(verdict, note=_after(doubt, clean(verdict.note)))
    log.info(
        "segment looked up",
        channel=doubt.delivery.channel,
        delivery=doubt.delivery.id,
        segment=doubt.n,
        found=verdict.receipt.remote_id if verdict.receipt else None,
        absent=verdict.absent,
    )
    if verdict.receipt:
        doubts.found(doubt, verdict.receipt, token, now)
    elif verdict.absent:
        doubts.absent(doubt, verdict.next_at, verdict.note, token, now)
    else:
        doubts.again(doubt, verdict.next_at, verdict.looks, verdict.note, token, now)
    return verdict


def with_progress(delivery: Delivery, n: int, note: Say) -> Say:
    """The sentence with what of a thread is already out."""
    total = len(delivery.post.segments)
    if total == 1:
        return note
    return Say(
        f"{note.en} Segment {n + 1} of {total}" + (f"; {n} before it are out." if n else "."),
        f"{note.ar} المقطع {n + 1} من {total}" + (f"؛ وخرج ما قبله ({n})." if n else "."),
    )


def _after(doubt: Doubt, note: Say) -> Say:
    """The sentence after the one that says how the doubt came."""
    was = doubt.delivery.note or Say("", "")
    said = Say(was.en.removesuffix(LOOKED_FOR.en).strip(), was.ar.removesuffix(LOOKED_FOR.ar).strip())
    return said if said.en.endswith(note.en) else Say(f"{said.en} {note.en}".strip(), f"{said.ar} {note.ar}".strip())


def _look(
    doubt: Doubt,
    adapter: SendingChannel | None,
    wait: timedelta,
    age: timedelta,
    now: datetime,
    hold: Hold,
) -> Verdict:
    if not isinstance(adapter, Resolvable):
        return Verdict(note=NO_LOOKING)
    try:
        return judge(doubt, adapter.look(doubt, hold), wait, age, now)
    except LeaseLost:
        raise
    except CannotTell as error:
        return Verdict(note=error.say)
    except ChannelDown as error:  # it is looked for again when the program starts: the account may be mended then
        return Verdict(note=error.say, looks=doubt.looks)
    except ChannelError as error:  # the look failed, not the post
        wait = error if isinstance(error, RetryLater) else RetryLater(error.say.en, error.say.ar)
        if wait.counts and age > LOOKED_LONG:
            return Verdict(note=error.say, looks=doubt.looks)
        return Verdict(next_at=now + (wait.after or NO_ANSWER), looks=doubt.looks, note=LOOKED_FOR)
    except Exception as error:  # a fault of ours or of a library: it stays in doubt
        log.exception("a look-up failed", delivery=doubt.delivery.id)
        name = type(error).__name__
        return Verdict(
            note=Say(
                f"It could not be looked up ({name}): look at the channel yourself.",
                f"تعذر البحث عنه ({name}): تحقق من القناة بنفسك.",
            )
        )
