"""What SMTP's replies mean (RFC 5321, 4.2; RFC 3463)."""

import re
from dataclasses import dataclass

_STATUS = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")

# the mailbox itself is not there: no later mail can reach it (RFC 3463, 3.2)
NO_MAILBOX = frozenset({"1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
_NO_USER = re.compile(
    r"user (is )?(unknown|not found)|unknown user|no such (user|recipient|mailbox|address)|does(n't| not) exist"
    r"|mailbox (is )?(unavailable|not found|unknown)|unknown (recipient|mailbox|local)|recipient (unknown|not found)"
    r"|invalid (recipient|mailbox)|(account|mailbox|user) (has been |is )?disabled",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"spam|polic|block|black ?list|reputation|dmarc|spf|dkim|relay|denied|rate|quota|full", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, of as many lines as it had."""

    code: int
    raw: bytes = b""  # without the codes

    @property
    def text(self) -> str:
        """What it says, without NUL, which PostgreSQL does not keep."""
        return self.raw.decode("utf-8", "replace").replace("\0", "")

    @property
    def good(self) -> bool:
        """2xx"""
        return self.code // 100 == 2

    @property
    def later(self) -> bool:
        """4xx"""
        return self.code // 100 == 4

    @property
    def status(self) -> str:
        """The enhanced status code, or nothing."""
        return match[0] if (match := _STATUS.match(self.text)) else ""


def is_no_mailbox(code: int, words: str) -> bool:
    """Whether a refusal says that the address itself is dead, and not that this mail or this sender is unwanted."""
    if code // 100 != 5:
        return False
    if match := _STATUS.match(words):
        return f"{match[2]}.{match[3]}" in NO_MAILBOX
    return code in (550, 551, 553) and bool(_NO_USER.search(words)) and not _POLICY.search(words)
