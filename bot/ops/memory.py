"""Memory that a long feed took is given back to the machine."""

import contextlib
import ctypes
import gc
import os
from pathlib import Path

GROWN = 16 * 1024 * 1024  # octets: less is not worth a collection


class Memory:
    """What this process holds, looked at after each fetch."""

    def __init__(self) -> None:
        self._held = 0

    def settle(self) -> None:
        """Give back what is no longer used, where the process has grown much since the last look; Linux only."""
        self._held = self._held or _held()
        if _held() > self._held + GROWN:
            gc.collect()
            with contextlib.suppress(OSError, AttributeError):  # of the GNU library
                ctypes.CDLL(None).malloc_trim(0)
            self._held = _held()


def _held() -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
