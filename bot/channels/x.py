"""X, through tweepy, with OAuth 1.0a user keys."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import requests
import tweepy
from requests.adapters import HTTPAdapter

from bot.channels.http import no_answer, transport_error
from bot.domain.channel import Account, Receipt
from bot.domain.errors import ChannelDown, ChannelError, Rejected, RetryLater, Unsure
from bot.domain.post import Segment

TWEEPY_HOST = "https://api.twitter.com"  # fixed inside tweepy 4.17


class _Adapter(HTTPAdapter):
    """Gives each call a time-out, which tweepy sets none, and sends it to the host of the settings."""

    def __init__(self, api_base: str, timeout: timedelta) -> None:
        self._base, self._timeout = api_base, timeout.total_seconds()
        super().__init__(max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if request.url and request.url.startswith(TWEEPY_HOST):
            request.url = self._base + request.url[len(TWEEPY_HOST) :]
        kwargs["timeout"] = (min(self._timeout, 10), self._timeout)
        return super().send(request, *args, **kwargs)


class XChannel:
    """One account on X."""

    def __init__(
        self,
        *,
        api_key: str,
        api_secret: str,
        access_token: str,
        access_secret: str,
        account: str,
        api_base: str,
        timeout: timedelta,
    ) -> None:
        self._client = tweepy.Client(
            consumer_key=api_key,
            consumer_secret=api_secret,
            access_token=access_token,
            access_token_secret=access_secret,
            wait_on_rate_limit=False,
        )
        self._client.session.mount(TWEEPY_HOST, _Adapter(api_base, timeout))
        self._handle = account.lstrip("@")

    def check(self) -> Account:
        """Whose keys these are; raises ChannelError."""
        me = self._call(self._client.get_me, user_auth=True).data
        return Account(name=f"@{me.username}")

    def send(self, segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:
        """One post, as a reply to its parent where it has one; raises ChannelError."""
        begin()
        answer = self._call(
            self._client.create_tweet,
            text=segment.text,
            user_auth=True,
            in_reply_to_tweet_id=parent.remote_id if parent else None,
        )
        remote_id = (answer.data or {}).get("id")
        if not remote_id:
            raise no_answer("X")
        return Receipt(remote_id=str(remote_id), url=f"https://x.com/{self._handle or 'i'}/status/{remote_id}")

    def close(self) -> None:
        """Give back connections."""
        self._client.session.close()

    @staticmethod
    def _call(method: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return method(**arguments)
        except tweepy.HTTPException as error:
            raise meaning(error) from None
        except requests.JSONDecodeError:
            raise no_answer("X") from None  # an answer that is no JSON after the call was taken
        except requests.RequestException as error:
            raise transport_error("X", error) from None


def meaning(error: tweepy.HTTPException) -> ChannelError:
    """What an HTTP status of X means for the segment."""
    status = error.response.status_code
    said = " ".join(dict.fromkeys(filter(None, error.api_messages))) or error.response.reason or str(status)
    if status == 429:
        after = _until_reset(error.response.headers.get("x-rate-limit-reset", ""))
        return RetryLater(
            "X asks to wait: its limit of posts is reached.", "يطلب إكس الانتظار: بلغت حد المنشورات.", after=after
        )
    if status == 403 and "duplicate content" in said.lower():
        return Unsure(
            "X says that this text is already there; look at the account.",
            "يقول إكس إن هذا النص منشور من قبل؛ تحقق من الحساب.",
        )
    if status == 401 or (status == 403 and _about_account(said)):
        return ChannelDown(
            f"X does not accept this account's keys or rights: {said}.",
            f"لا يقبل إكس مفاتيح الحساب أو صلاحياته: {said}.",
        )
    if status in (408, 500, 502, 503, 504) or status >= 500:
        return no_answer("X")
    if status in (400, 403, 404, 413, 422):
        return Rejected(f"X refused the post: {said}.", f"رفض إكس المنشور: {said}.")
    return no_answer("X")


def _about_account(said: str) -> bool:
    words = said.lower()
    return any(
        part in words
        for part in (
            "suspended",
            "locked",
            "oauth1",
            "app permissions",
            "client-forbidden",
            "not permitted to perform this action",
            "client application",
        )
    )


def _until_reset(reset: str) -> timedelta | None:
    return timedelta(seconds=max(int(reset) - time.time(), 1)) if reset.isdigit() else None
