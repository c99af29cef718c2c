"""Tries a channel: asks whose account it is, and sends a message that says of itself that it is a test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.domain.channel import Account, Channel, Receipt
from bot.domain.errors import BotError, NotFound, NotNow, Refused
from bot.domain.lane import Lanes, Leases, Limited, SendingChannel
from bot.domain.limits import Room, Use
from bot.domain.person import Actor
from bot.domain.ports import Now
from bot.domain.post import Segment
from bot.pipeline.office import Log


class Calls(Protocol):
    """Calls that count, beside those of deliveries."""

    def take(self, uses: Sequence[Use], channel: str, now: datetime) -> None:
        """Note what a call uses; raises NotNow where a limit or the month's budget is reached."""

    def rooms(self, uses: Sequence[Use], now: datetime) -> list[Room]:
        """What each limit of these uses lets through now."""


@dataclass(frozen=True, kw_only=True)
class Trials:
    """Tries channels, by an editor's word."""

    channels: Mapping[str, Channel]
    adapter_for: Callable[[Channel], SendingChannel]  # the live one, or the preview where the channel is not live
    words: Callable[[Channel], Segment]  # what a test says
    calls: Calls
    lanes: Lanes
    leases: Leases
    lease: Callable[[str], timedelta]  # how long one call may hold a channel's lane
    log: Log
    allow: Callable[[Actor, str], None]  # raises NotAllowed
    redact: Callable[[str], str]
    now: Now

    def check(self, actor: Actor, name: str) -> Account:
        """Whose account it is; nothing is published. Raises NotAllowed, NotFound, ChannelError."""
        channel = self._may(actor, name)
        try:
            account = self.adapter_for(channel).check()
        except BotError as error:
            self._note(actor, "test", name, **self._why(error))
            raise
        said = {"note": account.note.en, "note_ar": account.note.ar} if account.note else {}
        self._note(actor, "test", name, account=account.name, **said)
        return account

    def send(self, actor: Actor, name: str) -> Receipt:
        """A test message, as public as a post. Raises NotAllowed, NotFound, Refused, ChannelError.

        It goes past the queue, not past a pause, a limit or the budget; it is never tried again.
        """
        channel = self._may(actor, name)
        pauses = self.lanes.pauses()
        if pauses.keys() & {name, None}:
            raise Refused("The channel is paused: let it go on first.", "القناة متوقفة: استأنفها أولا.")
        token = self.leases.claim("lane", name, self.lease(name), self.now())
        if token is None:
            raise Refused(
                "A post is going out on this channel just now; try again in a moment.",
                "على القناة منشور يخرج الآن؛ أعد المحاولة بعد لحظة.",
            )
        try:
            return self._send(actor, channel)
        finally:
            self.leases.release("lane", name, token)

    def rooms(self, channel: Channel) -> list[Room]:
        """What the limits of a live channel let through now, the month's budget aside; raises ChannelError."""
        adapter = self.adapter_for(channel)
        if not isinstance(adapter, Limited):
            return []
        return self.calls.rooms(adapter.uses("post", self.words(channel)), self.now())

    def _send(self, actor: Actor, channel: Channel) -> Receipt:
        adapter, segment = self.adapter_for(channel), self.words(channel)
        uses = adapter.uses("post", segment) if isinstance(adapter, Limited) else ()

        def begin() -> None:
            self.calls.take(uses, channel.name, self.now())
            self._note(actor, "test_send", channel.name, text=segment.text)  # from here on it may be out

        try:
            receipt = adapter.send(segment, None, begin)
        except NotNow as wait:
            raise Refused(wait.say.en, wait.say.ar) from wait
        except BotError as error:
            self._note(actor, "test_failed", channel.name, **self._why(error))
            raise
        self._note(actor, "test_sent", channel.name, id=receipt.remote_id, url=receipt.url)
        return receipt

    def _may(self, actor: Actor, name: str) -> Channel:
        self.allow(actor, "test")
        if name not in self.channels:
            raise NotFound(f"There is no channel {name}.", f"لا قناة اسمها {name}.")
        return self.channels[name]

    def _why(self, error: BotError) -> dict[str, str]:
        return {"fault": self.redact(error.say.en), "fault_ar": self.redact(error.say.ar)}

    def _note(self, actor: Actor, what: str, name: str, **detail: Any) -> None:
        self.log.note(actor, what, f"channel:{name}", self.now(), detail={"channel": name, **detail})
