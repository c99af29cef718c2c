"""The clocks of the real world; everything else is given its time."""

import threading
import time
from datetime import UTC, datetime, timedelta


def until(stopping: threading.Event, span: timedelta) -> None:
    """Wait a short time, or until the program stops."""
    stopping.wait(span.total_seconds())


def since_boot() -> float:
    """Seconds that go on while the machine sleeps, and that no one sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def utc_now() -> datetime:
    """The clock of the real world."""
    return datetime.now(UTC)
