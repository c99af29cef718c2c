"""A WebSub hub: verifies subscriptions and brings what a publisher has."""

from __future__ import annotations

import hashlib
import hmac
import threading
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.servers import Answer, LocalServer, Request


@dataclass(frozen=True)
class KeptSubscription:
    """One request of a subscriber."""

    callback: str
    topic: str
    secret: str
    mode: str
    lease_seconds: int


class HubServer(LocalServer[KeptSubscription]):
    """Takes subscriptions; `target` stands in for the host of every callback, which tests cannot reach by its name."""

    def __init__(self, target: str = "", lease: int = 864_000) -> None:
        super().__init__()
        self.target, self.lease = target, lease
        self.verified: list[int] = []
        self.deny = ""
        self.challenge = "a-challenge-of-the-hub"

    def handle(self, request: Request) -> Answer:
        """Take a subscription and verify it afterwards, as hubs do."""
        form = dict(parse_qsl(request.body.decode()))
        kept = KeptSubscription(
            form["hub.callback"],
            form["hub.topic"],
            form["hub.secret"],
            form["hub.mode"],
            int(form["hub.lease_seconds"]),
        )
        self.keeper.keep(kept)
        threading.Thread(target=self.verify, args=(kept,), daemon=True).start()
        return Answer(202)

    def address(self, kept: KeptSubscription) -> str:
        """Where the callback really listens."""
        return self.target + urlsplit(kept.callback).path

    def verify(self, kept: KeptSubscription) -> None:
        """Ask the subscriber whether it meant it (5.3)."""
        query = {"hub.mode": kept.mode, "hub.topic": kept.topic, "hub.challenge": self.challenge}
        query |= {"hub.lease_seconds": str(self.lease)}
        if self.deny:
            query = {"hub.mode": "denied", "hub.topic": kept.topic, "hub.reason": self.deny}
        answer = requests.get(self.address(kept), params=query, timeout=5)
        self.verified.append(answer.status_code if self.deny or answer.text == self.challenge else 0)

    def publish(self, body: bytes, *, secret: str | None = None, method: str = "sha256") -> int:
        """Bring a feed's new content to the last subscriber, signed; the status of its answer."""
        kept = self.kept[-1]
        signature = hmac.new((secret or kept.secret).encode(), body, getattr(hashlib, method)).hexdigest()
        headers = {"X-Hub-Signature": f"{method}={signature}", "Content-Type": "application/rss+xml"}
        return requests.post(self.address(kept), data=body, headers=headers, timeout=5).status_code
