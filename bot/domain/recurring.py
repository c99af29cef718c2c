"""When a newsletter comes out, and what it carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal

from bot.domain.person import Approval


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """One newsletter as its editions are made."""

    key: str
    name: str
    schedule: Literal["daily", "weekly", "each"]
    at: time  # on the newsroom's clock
    weekday: int  # of weekly editions; Monday is 0
    delay: timedelta  # before that time it is made, for a look
    sections: Sequence[str]  # in this order; none: all, as they come
    articles: int  # of one edition, at most
    approval: Approval
