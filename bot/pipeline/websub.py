"""WebSub (w3.org/TR/websub): a feed's hub is asked to bring what is new; polling stays the net."""

import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.errors import NotFound, SourceError
from bot.domain.ports import Sources, Subscriptions
from bot.domain.say import Say
from bot.domain.subscription import Subscription, SubscriptionState
from bot.net.addresses import is_http

log = logging.getLogger(__name__)

LEASE = timedelta(days=10)  # that is asked for; the hub decides
RENEW_BEFORE = timedelta(days=1)
ASK_AGAIN = timedelta(minutes=15)  # after a hub that did not answer or verify
DENIED_WAIT = timedelta(days=1)
DIGESTS = {"sha1", "sha256", "sha384", "sha512"}

Post = Callable[[str, str, Mapping[str, str]], object]  # source, address, form; raises SourceError


@dataclass(frozen=True, kw_only=True)
class WebSub:
    """The subscriptions of one newsroom."""

    subscriptions: Subscriptions
    sources: Sources
    post: Post
    public_url: str
    key: bytes  # from which the secrets of hubs are made

    def path(self, source: str) -> str:
        """Where the hub calls back; nobody else can guess it."""
        return f"/websub/{self._derived('path', source)[:32]}"

    def source_of(self, token: str, names: Mapping[str, object]) -> str:
        """The source of a callback's path; raises NotFound."""
        for name in names:
            if hmac.compare_digest(self.path(name).encode(), f"/websub/{token}".encode("utf-8", "replace")):
                return name
        raise NotFound("There is no such subscription.", "لا اشتراك كهذا.")

    def keep_up(self, source: str, now: datetime) -> None:
        """Ask the hub that the feed names, where there is one and the lease nears its end; never raises."""
        cursor = self.sources.cursor(source)
        hub, topic = str(cursor.get("hub") or ""), str(cursor.get("topic") or "")
        callback = self.public_url + self.path(source)
        if not (self.public_url and is_http(hub) and is_http(topic) and (hub + topic).isprintable()):
            return
        if not self._is_due(source, hub, topic, callback, now):
            return
        asked = Subscription(
            source=source, hub=hub, topic=topic, callback=callback, state=SubscriptionState.ASKED, asked_at=now
        )
        known = self.subscriptions.get(source)
        if known and known.state is SubscriptionState.ACTIVE and _same(known, asked):
            asked = replace(known, asked_at=now)  # a renewal: what is promised holds until then
        self.subscriptions.put(asked)
        form = {
            "hub.callback": callback,
            "hub.mode": "subscribe",
            "hub.topic": topic,
            "hub.secret": self._secret(source),
            "hub.lease_seconds": str(int(LEASE.total_seconds())),
        }
        try:
            self.post(source, hub, form)
        except SourceError as error:
            log.warning("source %s: the hub %s: %s", source, hub, error)
            self.subscriptions.put(replace(asked, note=error.say))

    def verify(self, source: str, query: Mapping[str, str], now: datetime) -> str:
        """Answer a hub that asks whether we meant it (5.3); the challenge to echo. Raises NotFound."""
        known = self.subscriptions.get(source)
        if known is None or query.get("hub.topic") != known.topic:
            raise NotFound("Nothing was asked for this topic.", "لم يُطلب شيء لهذا الموضوع.")
        if query.get("hub.mode") == "denied":
            reason = query.get("hub.reason", "")[:200]
            self.subscriptions.put(
                replace(
                    known,
                    state=SubscriptionState.DENIED,
                    until=None,
                    note=Say(f"The hub refused: {reason}", f"رفض المحور: {reason}"),
                )
            )
            return ""
        if query.get("hub.mode") != "subscribe" or not query.get("hub.challenge"):
            raise NotFound("Only subscriptions are asked for.", "لا تُطلب إلا الاشتراكات.")
        seconds = query.get("hub.lease_seconds", "")
        lease = timedelta(seconds=int(seconds)) if re.fullmatch(r"[1-9][0-9]{0,8}", seconds, re.ASCII) else LEASE
        active = replace(known, state=SubscriptionState.ACTIVE, until=now + lease, note=None)
        self.subscriptions.put(active)
        return query["hub.challenge"]

    def is_signed(self, source: str, header: str, body: bytes) -> bool:
        """Whether X-Hub-Signature is that of the secret we gave (7.1)."""
        method, _, given = header.partition("=")
        if method not in DIGESTS:
            return False
        wanted = hmac.new(self._secret(source).encode(), body, method).hexdigest()
        return hmac.compare_digest(wanted.encode(), given.lower().encode("utf-8", "replace"))

    def _is_due(self, source: str, hub: str, topic: str, callback: str, now: datetime) -> bool:
        known = self.subscriptions.get(source)
        if known is None or (known.hub, known.topic, known.callback) != (hub, topic, callback):
            return True
        wait = DENIED_WAIT if known.state is SubscriptionState.DENIED else ASK_AGAIN
        if now - known.asked_at < wait:
            return False
        return known.until is None or known.until - now < RENEW_BEFORE or known.state is not SubscriptionState.ACTIVE

    def _secret(self, source: str) -> str:
        return self._derived("secret", source)

    def _derived(self, use: str, source: str) -> str:
        return hmac.new(self.key, f"websub {use} {source}".encode(), hashlib.sha256).hexdigest()


def _same(one: Subscription, other: Subscription) -> bool:
    return (one.hub, one.topic, one.callback) == (other.hub, other.topic, other.callback)
