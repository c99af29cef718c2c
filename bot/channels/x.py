"""X, through tweepy, with OAuth 1.0a user keys."""

import html
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import requests
import tweepy

from bot.channels.http import no_answer, transport_error
from bot.channels.likeness import alike
from bot.domain.channel import Account, Receipt
from bot.domain.errors import CannotTell, ChannelDown, ChannelError, Rejected, RetryLater, Unsure
from bot.domain.lane import Doubt
from bot.domain.post import Segment
from bot.net.connections import Deadline, JudgedAdapter, anywhere

IDLE = 20.0  # seconds after which a connection is not used again
MOST_PAGES = 5  # of 100 posts each, that one look reads
SKEW = timedelta(minutes=5)  # that X's clock and ours may differ
PARENT_WAIT = timedelta(seconds=10)
TWEEPY_HOST = "https://api.twitter.com"  # fixed inside tweepy 4.17


class _Adapter(JudgedAdapter):
    """Gives each call an end in time, which tweepy sets none, and sends it to the host of the settings."""

    def __init__(self, api_base: str, timeout: timedelta) -> None:
        self._base, self._timeout = api_base, timeout.total_seconds()
        self._deadline: Deadline | None = None
        self._kept: list[socket.socket] = []  # of the last connection
        self._used = 0.0
        super().__init__(anywhere, self._opened)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if request.url and request.url.startswith(TWEEPY_HOST):
            request.url = self._base + request.url[len(TWEEPY_HOST) :]
        kwargs["timeout"] = (min(self._timeout, 10), self._timeout)
        if time.monotonic() - self._used > IDLE:  # one that was closed meanwhile would leave the next post in doubt
            self.poolmanager.clear()
            self._kept = []
        self._deadline = Deadline(self._timeout)
        try:
            for kept in self._kept:  # a connection that stayed open ends in time, too
                self._deadline.watch(kept)
            response = super().send(request, *args, **kwargs)
            _ = response.content  # read before the deadline is taken off
            return response
        finally:
            self._deadline.cancel()
            self._used = time.monotonic()

    def _opened(self, made: socket.socket) -> None:
        self._kept.append(made)
        if self._deadline:
            self._deadline.watch(made)


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
        adapter = _Adapter(api_base.rstrip("/"), timeout)
        for beginning in (TWEEPY_HOST, "https://", "http://"):
            self._client.session.mount(beginning, adapter)
        self._client.session.max_redirects = 0  # an API that redirects a post is not the one we know
        self._handle = account.lstrip("@")
        self._id = ""  # of the account, asked for once

    def check(self) -> Account:
        """Whose keys these are; raises ChannelError, also where they are another account's."""
        me = self._call(self._client.get_me, user_auth=True).data
        if self._handle and me.username.lower() != self._handle.lower():
            raise ChannelDown(
                f"These keys are of @{me.username}, but `account` says @{self._handle}; mend one of them.",
                f"هذه مفاتيح @{me.username} لكن `account` يقول @{self._handle}؛ صحح أحدهما.",
            )
        return Account(name=f"@{me.username}")

    def send(self, segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:
        """One post, as a reply to its parent where it has one; raises ChannelError."""
        begin()
        answer = self._call(
            self._client.create_tweet,
            text=segment.text,
            user_auth=True,
            in_reply_to_tweet_id=parent.remote_id if parent else None,
            is_reply=parent is not None,
        )
        remote_id = (answer.data or {}).get("id")
        if not remote_id:
            raise no_answer("X")
        return self._receipt(str(remote_id))

    def look(self, doubt: Doubt) -> Receipt | None:
        """The account's own newest posts, compared with the segment; raises CannotTell, ChannelError.

        GET /2/users/:id/tweets; texts come back with t.co links, entities, and in `note_tweet` where they are long.
        """
        self._id = self._id or str(self._call(self._client.get_me, user_auth=True).data.id)
        asked: dict[str, Any] = {"max_results": 100, "tweet_fields": ["created_at", "entities", "note_tweet"]}
        if doubt.known:
            asked["since_id"] = doubt.known
        for _ in range(MOST_PAGES):
            try:
                page = self._call(self._client.get_users_tweets, id=self._id, user_auth=True, **asked)
            except (Rejected, ChannelDown) as error:
                raise CannotTell(
                    f"X does not show the account's posts: {error.say.en} Look at the account yourself.",
                    f"لا يعرض إكس منشورات الحساب: {error.say.ar} تحقق منه بنفسك.",
                ) from None
            for tweet in page.data or ():
                if not doubt.known and tweet.created_at and tweet.created_at < doubt.first_at - SKEW:
                    return None
                if str(tweet.id) not in doubt.others and alike(doubt.segment.text, shown(tweet)):
                    return self._receipt(str(tweet.id))
            asked["pagination_token"] = (page.meta or {}).get("next_token")
            if not asked["pagination_token"]:
                return None
        raise CannotTell(
            "Too many posts came after it: look at the account.", "جاءت بعده منشورات كثيرة: تحقق من الحساب."
        )

    def _receipt(self, remote_id: str) -> Receipt:
        return Receipt(remote_id=remote_id, url=f"https://x.com/{self._handle or 'i'}/status/{remote_id}")

    def close(self) -> None:
        """Give back connections."""
        self._client.session.close()

    @staticmethod
    def _call(method: Callable[..., Any], *, is_reply: bool = False, **arguments: Any) -> Any:
        try:
            return method(**arguments)
        except tweepy.HTTPException as error:
            raise meaning(error, is_reply=is_reply) from None
        except requests.JSONDecodeError:
            raise no_answer("X") from None  # an answer that is no JSON after the call was taken
        except requests.RequestException as error:
            raise transport_error("X", error) from None


def shown(tweet: tweepy.Tweet) -> str:
    """The text as people read it: whole, links as they were written, signs that X escapes as they are."""
    note = tweet.data.get("note_tweet") or {}
    text, entities = note.get("text") or tweet.text, note.get("entities") or tweet.data.get("entities") or {}
    for link in entities.get("urls", ()):
        text = text.replace(link["url"], link.get("expanded_url") or link["url"])
    return html.unescape(text)


def meaning(error: tweepy.HTTPException, *, is_reply: bool = False) -> ChannelError:
    """What an HTTP status of X means for the segment (docs.x.com, response codes)."""
    status = error.response.status_code
    said = " ".join(dict.fromkeys(filter(None, error.api_messages))) or error.response.reason or str(status)
    words = said.lower()
    if status == 429:
        after = _until_reset(error.response.headers.get("x-rate-limit-reset", ""))
        return RetryLater(
            "X asks to wait: its limit of posts is reached.", "يطلب إكس الانتظار: بلغت حد المنشورات.", after=after
        )
    if status == 403 and "duplicate content" in words:
        return Unsure(
            "X says that this text is already there; look at the account.",
            "يقول إكس إن هذا النص منشور من قبل؛ تحقق من الحساب.",
            seen=True,
        )
    if status == 403 and is_reply and "deleted or not visible" in words:  # the parent is seconds old
        return RetryLater(
            "X does not see the post before this one yet; it is tried again.",
            "لا يرى إكس المنشور السابق بعد؛ تعاد المحاولة.",
            after=PARENT_WAIT,
        )
    if status in (401, 402) or (status == 403 and any(part in words for part in _ABOUT_ACCOUNT)):
        return ChannelDown(
            f"X does not accept this account's keys, rights or credit: {said}.",
            f"لا يقبل إكس مفاتيح الحساب أو صلاحياته أو رصيده: {said}.",
        )
    if 400 <= status < 500 and status != 408:
        return Rejected(f"X refused the post: {said}.", f"رفض إكس المنشور: {said}.")
    return no_answer("X")


# in the message of a 403 that speaks of the account or the app; a refused reply ("not permitted to perform this
# action") is not among them: since February 2026 it is a normal answer to a reply
_ABOUT_ACCOUNT = ("suspended", "locked", "oauth1", "app permissions", "client-forbidden", "client application")


def _until_reset(reset: str) -> timedelta | None:
    return timedelta(seconds=max(int(reset) - time.time(), 1)) if reset.isdigit() else None
