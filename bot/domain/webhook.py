"""Webhook (خطاف): where another program is told what happens here, and Notice (إشعار): one thing that it is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """An address that is told of events."""

    id: int
    url: str
    events: tuple[str, ...]  # "delivery.sent", "act.*", "*"
    created_at: datetime
    waiting: int = 0  # notices that are still to be taken
    note: str = ""  # why the first of them was not taken

    def wants(self, event: str) -> bool:
        """Whether it is told of that."""
        return any(
            each in ("*", event) or (each.endswith(".*") and event.startswith(each[:-1])) for each in self.events
        )


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One thing that a webhook is told; repeated until it is taken, under the same id."""

    id: int
    event: str
    body: dict[str, Any]
    attempts: int
    created_at: datetime

    @property
    def key(self) -> str:
        """The same however often it is sent: by it the receiver drops what came twice."""
        return str(self.body["id"])
