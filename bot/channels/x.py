"""X, through tweepy, with OAuth 1.0a user keys."""

import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import requests
import tweepy

from bot.channels.http import no_answer, transport_error, unreadable
from bot.channels.likeness import alike
from bot.channels.meaning.x import exhausted, meaning
from bot.domain.channel import Account, Receipt
from bot.domain.errors import CannotTell, ChannelDown, Rejected, Unsure
from bot.domain.lane import Doubt, Hold
from bot.domain.limits import Limit, Use
from bot.domain.post import Segment
from bot.net.connections import Deadline, JudgedAdapter, anywhere
from bot.text.measure import x_links

IDLE = 20.0  # seconds after which a connection is not used again
MOST_PAGES = 5  # of 100 posts each, that one look reads
SKEW = timedelta(minutes=5)  # that X's clock and ours may differ
TWEEPY_HOST = "https://api.twitter.com"  # fixed inside tweepy 4.17
ESCAPED = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}  # what X writes so, and nothing else
_ESCAPED = re.compile("|".join(ESCAPED))


class _Adapter(JudgedAdapter):
    """Gives each call an end in time, which tweepy sets none, and sends it to the host of the settings."""

    def __init__(self, api_base: str, timeout: timedelta) -> None:
        self._base, self._timeout = api_base, timeout.total_seconds()
        self._deadline: Deadline | None = None
        self._kept: list[socket.socket] = []  # of the last connection
        self._used = 0.0
        self.answer: requests.Response | None = None  # to the last call
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
            self.answer = response
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
        clock: Callable[[], datetime],
        price: Mapping[str, int],
        budget_micros: int | None = None,
        per_day: int = 0,
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
        # the environment's proxy and certificates hold, and are looked up once, not for every post
        settings = self._client.session.merge_environment_settings(api_base, {}, None, None, None)
        for name in ("proxies", "verify", "cert"):
            setattr(self._client.session, name, settings[name])
        self._client.session.trust_env = False
        self._adapter, self._clock, self._price = adapter, clock, price
        self._budget, self._per_day = budget_micros, per_day
        self._handle = account.lstrip("@")
        self._id = ""  # of the account, asked for once

    def check(self) -> Account:
        """Whose keys these are; raises ChannelError, also where they are another account's."""
        me = self._me()
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
        remote_id = answer.data.get("id") if isinstance(answer.data, dict) else None
        if not remote_id:
            raise no_answer("X")
        headers = {} if self._adapter.answer is None else self._adapter.answer.headers
        return replace(self._receipt(str(remote_id)), free_at=exhausted(headers, self._clock()))

    def uses(self, kind: str, segment: Segment) -> Sequence[Use]:
        """What a call costs: a post with anything that counts as a link has its own price, a read is of one."""
        price = "post_with_link" if kind == "post" and x_links(segment.text) else kind
        key = f"x:{self._handle or 'account'}"
        budget = self._budget if kind == "post" else None  # something false is taken back, whatever it costs
        cost = Use(key=key, micros=self._price[price], budget=budget, kind=kind)
        if kind != "post" or not self._per_day:
            return (cost,)
        # under a key of its own: X counts posts, whatever else is asked of it
        return (cost, Use(key=f"{key}:posts", limits=(Limit(count=self._per_day, per=timedelta(days=1)),), kind=kind))

    def retract(self, receipt: Receipt, begin: Callable[[], None]) -> None:
        """Delete a post; one that is gone is no error. Raises ChannelError."""
        begin()
        try:
            answer = self._call(self._client.delete_tweet, id=receipt.remote_id, user_auth=True)
        except Rejected as refused:
            if "could not find" not in refused.say.en.lower() and "not found" not in refused.say.en.lower():
                raise
            return
        if not (isinstance(answer.data, dict) and answer.data.get("deleted")):
            raise Rejected("X did not delete the post, and does not say why.", "لم يحذف إكس المنشور ولم يقل لماذا.")

    def look(self, doubt: Doubt, hold: Hold) -> Receipt | None:
        """The account's own newest posts, compared with the segment; raises CannotTell, ChannelError.

        GET /2/users/:id/tweets; texts come back with t.co links, entities, and in `note_tweet` where they are long.
        """
        self._id = self._id or str(self._me().id)
        asked: dict[str, Any] = {"max_results": 100, "tweet_fields": ["created_at", "entities", "note_tweet"]}
        if doubt.known:
            asked["since_id"] = doubt.known
        for _ in range(MOST_PAGES):
            hold()
            try:
                page = self._read(self._client.get_users_tweets, id=self._id, **asked)
            except (Rejected, ChannelDown) as error:
                raise CannotTell(
                    f"X does not show the account's posts: {error.say.en} Look at the account yourself.",
                    f"لا يعرض إكس منشورات الحساب: {error.say.ar} تحقق منه بنفسك.",
                ) from None
            tweets, older = page.data if isinstance(page.data, list) else [], False
            if tweets:
                hold(self._reading(doubt.segment, len(tweets)))
            for tweet in tweets:
                older = not doubt.known and tweet.created_at and tweet.created_at < doubt.first_at - SKEW
                if older:
                    break
                if str(tweet.id) not in doubt.others and alike(doubt.segment.text, shown(tweet)):
                    return self._receipt(str(tweet.id))
            meta = page.meta if isinstance(page.meta, dict) else {}
            if page.errors or meta.get("result_count") != len(tweets):
                raise unreadable("X")  # only a page that is whole proves that a post is not on it
            asked["pagination_token"] = meta.get("next_token")
            if older or not asked["pagination_token"]:
                return None
        raise CannotTell(
            "Too many posts came after it: look at the account.", "جاءت بعده منشورات كثيرة: تحقق من الحساب."
        )

    def _reading(self, segment: Segment, count: int) -> Sequence[Use]:
        return tuple(replace(use, micros=use.micros * count) for use in self.uses("read", segment))

    def _receipt(self, remote_id: str) -> Receipt:
        return Receipt(remote_id=remote_id, url=f"https://x.com/{self._handle or 'i'}/status/{remote_id}")

    def close(self) -> None:
        """Give back connections."""
        self._client.session.close()

    def _me(self) -> tweepy.User:
        """The account of these keys; raises ChannelError."""
        me = self._read(self._client.get_me).data
        if not isinstance(me, tweepy.User):
            raise unreadable("X")
        return me

    def _read(self, method: Callable[..., Any], **arguments: Any) -> Any:
        """Ask what publishes nothing: no answer to it leaves nothing in doubt."""
        try:
            return self._call(method, user_auth=True, **arguments)
        except Unsure:
            raise unreadable("X") from None

    def _call(self, method: Callable[..., Any], *, is_reply: bool = False, **arguments: Any) -> Any:
        self._adapter.answer = None
        try:
            return method(**arguments)
        except tweepy.HTTPException as error:
            raise meaning(error.response, self._clock(), is_reply=is_reply) from None
        except requests.JSONDecodeError:
            raise no_answer("X") from None  # an answer that is no JSON after the call was taken
        except requests.RequestException as error:
            raise transport_error("X", error) from None
        except (AttributeError, LookupError, TypeError, ValueError):
            if self._adapter.answer is None:
                raise
            # tweepy reads an answer whose JSON or headers have another shape than it knows: the status still holds
            raise meaning(self._adapter.answer, self._clock(), is_reply=is_reply) from None


def shown(tweet: tweepy.Tweet) -> str:
    """The text as people read it: whole, links as they were written, signs that X escapes as they are."""
    note = tweet.data.get("note_tweet") or {}
    text, entities = note.get("text") or tweet.text, note.get("entities") or tweet.data.get("entities") or {}
    text = _ESCAPED.sub(lambda found: ESCAPED[found[0]], text)  # before the links, which X does not escape
    links = {link["url"]: link.get("expanded_url") or link["url"] for link in entities.get("urls", ())}
    if not links:
        return text
    short = "|".join(re.escape(url) for url in sorted(links, key=len, reverse=True))
    return re.sub(short, lambda found: links[found[0]], text)
