"""When a call that failed is made again."""

from datetime import datetime, timedelta

from bot.domain.errors import RetryLater

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
DOWN_WAIT = timedelta(minutes=5)
UNREACHED_WAIT = timedelta(seconds=15)
MOST_ATTEMPTS = 12
SHORT = timedelta(seconds=3)  # a wait that the lane sits out


def next_try(error: RetryLater, attempts: int, now: datetime) -> datetime | None:
    """When to try again, or None where it is given up; a wait that the service asks for is none of these attempts."""
    if attempts >= MOST_ATTEMPTS and error.counts:
        return None
    return now + (error.after or min(FIRST_WAIT * 2**attempts, LONGEST_WAIT))
