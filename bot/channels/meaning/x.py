"""X: what an HTTP status and its words mean."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta

import requests

from bot.channels.http import no_answer
from bot.domain.errors import ChannelDown, ChannelError, Rejected, RetryLater, ThreadEnds, Unsure

LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")  # headers, each with -remaining and -reset
PARENT_WAIT = timedelta(seconds=10)
LEAST_WAIT = timedelta(seconds=15)  # a clock that is ahead sees a limit's new beginning in the past


def meaning(response: requests.Response, now: datetime, *, is_reply: bool = False) -> ChannelError:
    """What an HTTP status of X means for the segment."""
    said = " ".join(dict.fromkeys(filter(None, _said(response)))) or response.reason or str(response.status_code)
    words = f"{said} {response.text}".lower()
    for statuses, pattern, replies, make in MEANINGS:
        if response.status_code in statuses and re.search(pattern, words) and (is_reply or not replies):
            return make(said, response, now)
    return no_answer("X")


def _said(response: requests.Response) -> list[str]:
    """The sentences of an answer, whatever its shape: X's own, or a gateway's before it."""
    try:
        body = response.json()
    except ValueError:
        return []
    told = body if isinstance(body, dict) else {"errors": body}
    errors = told.get("errors")
    each = [*(errors if isinstance(errors, list) else [errors]), told.get("error")]
    said = [one.get("message") if isinstance(one, dict) else one for one in each]
    said = [words for words in said if isinstance(words, str)] or [told.get("detail")]
    return [words for words in said if isinstance(words, str)]


Make = Callable[[str, requests.Response, datetime], ChannelError]


def _capped(said: str, response: requests.Response, now: datetime) -> ChannelError:
    """The plan's posts are used up until the next day or month (UTC)."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    daily = "daily" in response.text.lower()
    begins = midnight + timedelta(days=1) if daily else (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    return ChannelDown(
        f"X takes no more posts until {begins:%Y-%m-%d}, when the plan's count begins anew: {said}.",
        f"لا يقبل إكس منشورات حتى {begins:%Y-%m-%d} حين يبدأ عد الخطة من جديد: {said}.",
        after=begins - now,
    )


def _limited(_said: str, response: requests.Response, now: datetime) -> ChannelError:
    free_at = exhausted(response.headers, now) or reset(response.headers, "x-rate-limit")
    return RetryLater(
        "X asks to wait: its limit of posts is reached.",
        "يطلب إكس الانتظار: بلغت حد المنشورات.",
        after=max(free_at - now, LEAST_WAIT) if free_at else None,
    )


def _duplicate(_said: str, _response: requests.Response, _now: datetime) -> ChannelError:
    return Unsure("X says that this text is already there.", "يقول إكس إن هذا النص منشور من قبل.", seen=True)


def _parent_unseen(_said: str, _response: requests.Response, _now: datetime) -> ChannelError:
    return RetryLater(
        "X does not see the post before this one yet; it is tried again.",
        "لا يرى إكس المنشور السابق بعد؛ تعاد المحاولة.",
        after=PARENT_WAIT,
        counts=True,  # it may have been deleted, and is never seen then
    )


def _broken(said: str, _response: requests.Response, _now: datetime) -> ChannelError:
    return ChannelDown(
        f"X does not accept this account's keys, rights or credit: {said}.",
        f"لا يقبل إكس مفاتيح الحساب أو صلاحياته أو رصيده: {said}.",
    )


def _no_reply(said: str, _response: requests.Response, _now: datetime) -> ChannelError:
    return ThreadEnds(
        f"X takes no reply from this account here: {said}. The thread ends with what is out.",
        f"لا يقبل إكس ردا من هذا الحساب هنا: {said}. وتنتهي السلسلة بما خرج.",
    )


def _refused(said: str, _response: requests.Response, _now: datetime) -> ChannelError:
    return Rejected(f"X refused the post: {said}.", f"رفض إكس المنشور: {said}.")


def _in_doubt(_said: str, _response: requests.Response, _now: datetime) -> ChannelError:
    return no_answer("X")


# statuses, words of the answer, for replies only, the meaning; the first row that fits holds (docs.x.com, response
# codes and problem types). A refused reply is a normal answer since February 2026; a post that was not seen yet is not.
MEANINGS: tuple[tuple[Collection[int], str, bool, Make], ...] = (
    ((429,), "usage-?capped|usagecapexceeded", False, _capped),
    ((429,), "", False, _limited),
    ((403,), "duplicate content", False, _duplicate),
    ((403,), "deleted or not visible", True, _parent_unseen),
    ((401, 402), "", False, _broken),
    (
        (403,),
        # whole words: who is "blocked from replying" has an account that is not locked
        r"\b(suspended|locked|oauth1|app permissions|client-forbidden|client-not-enrolled|client application)\b",
        False,
        _broken,
    ),
    ((403,), "", True, _no_reply),
    ((408,), "", False, _in_doubt),
    (range(400, 500), "", False, _refused),
)


def reset(headers: Mapping[str, str], name: str) -> datetime | None:
    """When a limit of X begins anew, by its header."""
    try:
        return datetime.fromtimestamp(float(headers.get(f"{name}-reset", "")), UTC)
    except (ValueError, OverflowError, OSError):  # none, no number, or none of a time
        return None


def exhausted(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the last of the limits that are used up begins anew; None where all have room."""
    used = (reset(headers, name) for name in LIMITS if headers.get(f"{name}-remaining") == "0")
    return max((at for at in used if at and at > now), default=None)
