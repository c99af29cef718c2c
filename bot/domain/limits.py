"""Limit, Budget and Use: how many calls a service takes in a time, and what they cost."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `count` calls in any span of this length."""

    count: int
    per: timedelta


@dataclass(frozen=True, kw_only=True)
class Use:
    """What one call uses of what a service allows."""

    key: str  # what the limits hold for: a chat, a bot, an account, a mail server; no secret
    limits: tuple[Limit, ...] = ()
    micros: int = 0  # what it costs, in millionths of a dollar
    budget: int | None = None  # most micros of this key in a calendar month (UTC)
    kind: str = "post"  # post, delete, edit or read


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a limit still lets through."""

    key: str  # of the use
    limit: Limit
    left: int
