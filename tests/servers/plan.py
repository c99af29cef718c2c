"""The plan of scripted faults, and the keeper of what a server accepted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

JsonObject = dict[str, Any]
K = TypeVar("K")


class Kind(Enum):
    """What a scripted fault does to one call."""

    NONE = "none"
    REFUSE_BEFORE = "refuse-before"
    RESET_AFTER = "reset-after"
    HANG_BEFORE = "hang-before"
    HANG_AFTER = "hang-after"
    LATE = "late"
    STATUS = "status"
    BAD_JSON_AFTER = "bad-json-after"


@dataclass(frozen=True)
class Fault:
    """One scripted fault; the class methods name the possible ones."""

    kind: Kind = Kind.NONE
    seconds: float = 0.0
    code: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    processed: bool = False

    @classmethod
    def none(cls) -> Fault:
        """Let one call through, so that a later one can be scripted."""
        return cls()

    @classmethod
    def refuse_before(cls) -> Fault:
        """Reset the connection without processing."""
        return cls(Kind.REFUSE_BEFORE)

    @classmethod
    def reset_after(cls) -> Fault:
        """Process, then reset the connection without an answer."""
        return cls(Kind.RESET_AFTER, processed=True)

    @classmethod
    def hang_before(cls, seconds: float) -> Fault:
        """Never process: hold the connection, then reset it."""
        return cls(Kind.HANG_BEFORE, seconds)

    @classmethod
    def hang_after(cls, seconds: float) -> Fault:
        """Process at once, answer only after the given time."""
        return cls(Kind.HANG_AFTER, seconds, processed=True)

    @classmethod
    def late(cls, seconds: float) -> Fault:
        """Hold the connection first and process only then, whether or not the client still waits."""
        return cls(Kind.LATE, seconds, processed=True)

    @classmethod
    def status(
        cls, code: int, body: Any = None, headers: Mapping[str, str] | None = None, *, processed: bool = False
    ) -> Fault:
        """Answer with this code and JSON body (a reply text for SMTP)."""
        return cls(Kind.STATUS, 0.0, code, body, headers or {}, processed)

    @classmethod
    def bad_json_after(cls) -> Fault:
        """Process, then answer with the good code and a body that is no JSON."""
        return cls(Kind.BAD_JSON_AFTER, processed=True)


class Faults:
    """A thread-safe plan: each call takes the first fault that fits it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plan: list[tuple[str | None, Fault]] = []

    def append(self, fault: Fault, on: str | None = None) -> None:
        """Script a fault for the next call, or for the next call named `on`."""
        with self._lock:
            self._plan.append((on, fault))

    def take(self, name: str) -> Fault:
        """Remove and return the fault for a call of this name."""
        with self._lock:
            for index, (on, fault) in enumerate(self._plan):
                if on is None or on == name:
                    del self._plan[index]
                    return fault
        return Fault.none()

    def clear(self) -> None:
        """Forget every fault still planned."""
        with self._lock:
            self._plan.clear()

    def __len__(self) -> int:
        return len(self._plan)


class Keeper(Generic[K]):
    """Keeps what a server accepted, in memory and as JSON lines."""

    def __init__(self, path: Path | str | None, dump: Callable[[K], JsonObject] | None = None) -> None:
        self.records: list[K] = []
        self._path = Path(path) if path else None
        self._dump = dump or (lambda record: asdict(cast(Any, record)))
        self._lock = threading.Lock()

    def keep(self, record: K) -> None:
        """Keep one record; the line is on file when this returns."""
        with self._lock:
            if self._path:
                line = json.dumps(self._dump(record), ensure_ascii=False)
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")
            self.records.append(record)
