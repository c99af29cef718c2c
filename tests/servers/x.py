"""An X API v2 server for one account."""

from __future__ import annotations

import hashlib
import html
import json
import re
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.servers import Answer, Fault, JsonObject, LocalServer, Request, json_answer

FIELDS = {
    "card_uri", "community_id", "direct_message_deep_link", "edit_options", "for_super_followers_only", "geo",
    "made_with_ai", "media", "nullcast", "paid_partnership", "poll", "quote_tweet_id", "reply",
    "reply_settings", "share_with_followers", "text",
}  # fmt: skip
REPLY_FIELDS = {"in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"}
PATH = r"(?:/[A-Za-z0-9%/?=&#_.~:@!$'()*+,;-]*[A-Za-z0-9%/=&#_~+-])?/?"
URL = re.compile(
    rf"https?://[A-Za-z0-9.-]+(?::\d+)?{PATH}"
    rf"|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|info|io|news|ps|ma|eg|jo|lb|sa|ae|qa)\b{PATH}",
    re.IGNORECASE,
)
EPOCH_MS = 1288834974657


@dataclass(frozen=True)
class KeptTweet:
    """One accepted post."""

    id: str
    text: str
    reply_to: str | None = None
    at: float = field(default_factory=time.time)
    gone: bool = False  # the record of its deletion


def length(text: str) -> int:
    """Code points, each link counting 23."""
    return len(URL.sub("x" * 23, text))


def problem(code: int, title: str, detail: str) -> Answer:
    """An error in the shape of the API."""
    return json_answer(code, {"title": title, "detail": detail, "type": "about:blank", "status": code})


def invalid(message: str) -> Answer:
    """The 400 for a request that does not fit the schema."""
    detail = "One or more parameters to your request was invalid."
    kind = "https://api.twitter.com/2/problems/invalid-request"
    body = {"errors": [{"parameters": {}, "message": message}], "title": "Invalid Request"}
    return json_answer(400, {**body, "detail": detail, "type": kind})


class XServer(LocalServer[KeptTweet]):
    """Speaks the part of the X API that a publishing bot needs."""

    def __init__(
        self,
        handle: str = "nashir_test",
        keep_file: Path | str | None = None,
        delay: float = 0.0,
        lag: float = 0.0,
        limit: int = 280,
        slack: int = 20,
    ) -> None:
        super().__init__(keep_file, delay)
        self.username = handle
        self.user_id = "1500000000000000001"
        self.lag = lag
        self.limit = limit
        self.slack = slack
        self.escape = self.refuses_twice = True
        self.remaining = self.rate_limit = 10_000
        self.tweets: dict[str, KeptTweet] = {}
        self._last = 0

    @staticmethod
    def failure(code: int, detail: str, *, title: str = "Forbidden", processed: bool = False) -> Fault:
        """A scripted error in the shape of the API."""
        body = {"title": title, "detail": detail, "type": "about:blank", "status": code}
        return Fault.status(code, body, processed=processed)

    @staticmethod
    def too_many(seconds: int) -> Fault:
        """A scripted 429 whose limit resets after the given seconds."""
        fault = XServer.failure(429, "Too Many Requests", title="Too Many Requests")
        reset = str(int(time.time()) + seconds)
        headers = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        return replace(fault, headers=headers)

    def handle(self, request: Request) -> Answer:
        """Answer one call, with the rate limit headers."""
        self.remaining = max(self.remaining - 1, 0)
        refusal = problem(401, "Unauthorized", "Unauthorized")
        answer = self._answer(request) if self._signed(request) else refusal
        limits = {
            "x-rate-limit-limit": str(self.rate_limit),
            "x-rate-limit-remaining": str(self.remaining),
            "x-rate-limit-reset": str(int(time.time()) + 900),
        }
        return Answer(answer.code, answer.body, {**answer.headers, **limits})

    @staticmethod
    def _signed(request: Request) -> bool:
        header = str(request.headers.get("Authorization", ""))
        wanted = ("oauth_consumer_key", "oauth_token", "oauth_signature")
        return header.startswith("OAuth ") and all(re.search(rf'{name}="[^"]+"', header) for name in wanted)

    def _answer(self, request: Request) -> Answer:
        call = (request.method, request.path)
        if call == ("POST", "/2/tweets"):
            return self._create(request.body)
        if call == ("GET", "/2/users/me"):
            me = {"id": self.user_id, "name": self.username, "username": self.username}
            return json_answer(200, {"data": me})
        if call == ("GET", f"/2/users/{self.user_id}/tweets"):
            return self._timeline(request.query)
        if request.method == "DELETE" and (found := re.fullmatch(r"/2/tweets/(\d+)", request.path)):
            tweet = self.tweets.pop(found[1], None)
            if tweet is None:
                return problem(404, "Not Found Error", f"Could not find tweet with id: [{found[1]}].")
            self.keeper.keep(replace(tweet, gone=True, at=time.time()))
            return json_answer(200, {"data": {"deleted": True}})
        return problem(404, "Not Found", "Not Found")

    def _create(self, body: bytes) -> Answer:
        try:
            given = json.loads(body)
        except ValueError:
            return invalid("The request body is not valid JSON.")
        if not isinstance(given, dict):
            return invalid("The request body is not a JSON object.")
        reply = given.get("reply") or {}
        for name in sorted(given.keys() - FIELDS) + sorted(reply.keys() - REPLY_FIELDS):
            extra = "is not defined in the schema and the schema does not allow additional properties"
            return invalid(f"$.{name}: {extra}")
        text = given.get("text", "")
        if not isinstance(text, str) or not (text.strip() or given.get("media")):
            return invalid("Your Tweet text is empty.")
        if length(text) > self.limit + self.slack:
            return invalid("Your Tweet text is too long. For more information, see the length rules.")
        reply_to = reply.get("in_reply_to_tweet_id")
        if reply_to is not None and str(reply_to) not in self.tweets:
            detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
            return problem(403, "Forbidden", detail)
        if self.refuses_twice and any(tweet.text.strip() == text.strip() for tweet in self.tweets.values()):
            return problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        tweet = KeptTweet(self._new_id(), text, str(reply_to) if reply_to else None)
        self.keeper.keep(tweet)
        self.tweets[tweet.id] = tweet
        return json_answer(201, {"data": self._shown(tweet, set())})

    def _new_id(self) -> str:
        self._last = max(self._last + 1, (int(time.time() * 1000) - EPOCH_MS) << 22)
        return str(self._last)

    def _timeline(self, query: dict[str, str]) -> Answer:
        size, since = int(query.get("max_results", 10)), int(query.get("since_id", 0))
        if not 5 <= size <= 100:
            return invalid(f"The `max_results` query parameter value [{size}] is not between 5 and 100")
        start = int(query.get("pagination_token", 0))
        hidden = "replies" in query.get("exclude", "").split(",")
        shown = [tweet for tweet in self.tweets.values() if not (hidden and tweet.reply_to)]
        seen = time.time() - self.lag
        newest_first = [tweet for tweet in reversed(shown) if int(tweet.id) > since and tweet.at <= seen]
        page = newest_first[start : start + size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if not page:
            return json_answer(200, {"meta": meta})
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if len(newest_first) > start + size:
            meta["next_token"] = str(start + size)
        wanted = set(query.get("tweet.fields", "").split(","))
        return json_answer(200, {"data": [self._shown(tweet, wanted) for tweet in page], "meta": meta})

    def _shown(self, tweet: KeptTweet, wanted: set[str]) -> JsonObject:
        urls: list[JsonObject] = []
        text, position = "", 0
        for found in URL.finditer(tweet.text):
            short = hashlib.sha256(f"{tweet.id}/{len(urls)}".encode()).hexdigest()[:10]
            text += self._escaped(tweet.text[position : found.start()])
            expanded = found[0] if "://" in found[0] else f"http://{found[0]}"
            urls.append({
                "start": len(text), "end": len(text) + 23, "url": f"https://t.co/{short}",
                "expanded_url": expanded, "display_url": expanded.partition("://")[2][:26],
            })  # fmt: skip
            text += urls[-1]["url"]
            position = found.end()
        text += self._escaped(tweet.text[position:])
        shown: JsonObject = {"id": tweet.id, "text": text, "edit_history_tweet_ids": [tweet.id]}
        if "entities" in wanted and urls:
            shown["entities"] = {"urls": urls}
        if "created_at" in wanted:
            moment = datetime.fromtimestamp(tweet.at, UTC).isoformat(timespec="milliseconds")
            shown["created_at"] = moment.replace("+00:00", "Z")
        return shown

    def _escaped(self, text: str) -> str:
        return html.escape(text, quote=False) if self.escape else text
