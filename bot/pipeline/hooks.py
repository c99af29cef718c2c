"""Webhooks: what happens to deliveries and what people do is sent to other programs, signed, in order, until taken.

Signed as Standard Webhooks has it (standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature`.
"""

import base64
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.delivery import STATES
from bot.domain.errors import NotFound, Refused, SourceError
from bot.domain.lane import Leases
from bot.domain.person import Actor
from bot.domain.ports import Now
from bot.domain.webhook import Notice, Webhook
from bot.pipeline.office import Log

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=6)
LIFE = timedelta(days=3)  # then a notice is given up, and the next one has its turn
ROUND = 30.0  # seconds that one round may begin calls; with a call's own time-out less than the lease
LEASE = timedelta(seconds=60)
GONE = 410  # the receiver wants nothing more, ever
_EVENT = re.compile(r"\*|(delivery|act)\.(\*|[a-z_]{1,20})")


class HookKeeper(Protocol):
    """The webhooks and notices that are kept."""

    def add(self, url: str, events: Sequence[str], now: datetime) -> Webhook:
        """A new one; it is told of what happens from now on."""

    def listing(self) -> list[Webhook]:
        """Those that are in force, oldest first."""

    def remove(self, webhook_id: int, now: datetime) -> bool:
        """It is told nothing more; False where there is none."""

    def observe(self) -> None:
        """Write what became of deliveries into the log, each change once."""

    def plan(self, hook: Webhook, now: datetime) -> None:
        """Make notices of the log's new lines."""

    def due(self, hook: Webhook, now: datetime) -> list[Notice]:
        """What is to be sent, in order; nothing as long as the first of it waits."""

    def taken(self, notice: Notice, status: int, now: datetime) -> None:
        """It was taken."""

    def refused(self, notice: Notice, status: int | None, note: str, next_at: datetime | None, now: datetime) -> None:
        """It was not; without another time it is given up."""


class Post(Protocol):
    """Sends a body to an address."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], /) -> int:
        """The status of the answer; raises SourceError where there is none, or the address must not be called."""


def wait(attempts: int) -> timedelta:
    """How long after so many tries the next one is made."""
    grown: timedelta = FIRST_WAIT * 4 ** min(attempts - 1, 10)
    return min(grown, LONGEST_WAIT)


def signature(secret: bytes, key: str, at: datetime, body: bytes) -> str:
    """What stands in `webhook-signature`."""
    signed = f"{key}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """Tells other programs."""

    kept: HookKeeper
    log: Log
    allow: Callable[[Actor, str], None]  # raises NotAllowed
    check: Callable[[str], None]  # raises SourceError where an address must not be called
    post: Post
    key: bytes  # the newsroom's own, from which each webhook's secret is made
    leases: Leases
    now: Now
    monotonic: Callable[[], float]

    def add(self, actor: Actor, url: str, events: Sequence[str], now: datetime) -> tuple[str, Webhook]:
        """The secret of a new webhook, and the webhook; raises NotAllowed, Refused, SourceError."""
        self.allow(actor, "tokens")
        wrong = [each for each in events if not _EVENT.fullmatch(each)]
        wrong += [e for e in events if e.startswith("delivery.") and e[9:] not in (*STATES, "*")]
        if wrong or not events:
            raise Refused(
                f"{', '.join(wrong) or 'events'}: an event is delivery.STATE, act.NAME, delivery.*, act.* or *.",
                f"{'، '.join(wrong) or 'الأحداث'}: الحدث هو delivery.STATE أو act.NAME أو delivery.* أو act.* أو *.",
            )
        self.check(url)
        hook = self.kept.add(url, list(dict.fromkeys(events)), now)
        self.log.note(actor, "webhook_add", f"webhook:{hook.id}", now, detail={"events": list(events)})
        return "whsec_" + base64.b64encode(self.secret(hook)).decode(), hook

    def remove(self, actor: Actor, webhook_id: int, now: datetime) -> None:
        """It is told nothing more; raises NotAllowed, NotFound."""
        self.allow(actor, "tokens")
        if not self.kept.remove(webhook_id, now):
            raise NotFound(
                f"There is no webhook {webhook_id}; `nashir api webhook list` lists them.",
                f"لا خطاف رقمه {webhook_id}؛ الأمر `nashir api webhook list` يعرض الخطاطيف.",
            )
        self.log.note(actor, "webhook_remove", f"webhook:{webhook_id}", now)

    def secret(self, hook: Webhook) -> bytes:
        """The secret of one webhook; it is stored nowhere."""
        named = f"webhook:{hook.id}:{hook.created_at.isoformat()}".encode()
        return hmac.new(self.key, named, hashlib.sha256).digest()

    def work(self) -> None:
        """One round: see what happened, and send what is due, for half a minute at most."""
        if not self.kept.listing():
            return
        token = self.leases.claim("hooks", "hooks", LEASE, self.now())
        if token is None:  # another process is at it: two would break the order
            return
        try:
            self._round(self.monotonic() + ROUND)
        finally:
            self.leases.release("hooks", "hooks", token)

    def _round(self, until: float) -> None:
        self.kept.observe()
        for hook in self.kept.listing():
            self.kept.plan(hook, self.now())
            for notice in self.kept.due(hook, self.now()):
                if self.monotonic() > until:
                    return
                if not self._send(hook, notice):
                    break  # the order holds: what comes after it waits

    def _send(self, hook: Webhook, notice: Notice) -> bool:
        """Whether the next one has its turn."""
        now = self.now()
        body = json.dumps(notice.body, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": notice.key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature(self.secret(hook), notice.key, now, body),
        }
        status: int | None = None
        try:
            status = self.post(hook.url, body, headers)
            note = f"HTTP {status}"
        except SourceError as error:
            note = error.say.en.replace(hook.url, "…")  # an address may hold a key
        if status is not None and 200 <= status < 300:
            self.kept.taken(notice, status, self.now())
            return True
        given_up = now - notice.created_at >= LIFE
        next_at = None if given_up else now + wait(notice.attempts + 1)
        self.kept.refused(notice, status, note, next_at, now)
        log.warning("webhook %s: %s was not taken: %s", hook.id, notice.key, note)
        if status == GONE:
            self.kept.remove(hook.id, now)
        return given_up and status != GONE
