"""What editors set: rules, slots, the glossary. It holds in all processes within a second, over config/."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.domain.errors import NotFound
from bot.domain.person import Actor
from bot.domain.ports import Now
from bot.pipeline.office import Conflict, Log

CHANGED = Conflict(
    "Somebody changed this meanwhile; yours was not written. Load the page again and compare.",
    "غيّر غيرك هذا في هذه الأثناء ولم يُحفظ ما كتبت؛ أعد تحميل الصفحة وقارن.",
)
ANY = object()  # whatever stands there by now


class Kept(Protocol):
    """The settings that are kept."""

    def put(self, key: str, value: Any, who: str, now: datetime, seen: datetime | None, *, checked: bool) -> bool:
        """Set one; False where `checked` and another than that of `seen` stands by now."""

    def drop(self, key: str, seen: datetime | None, *, checked: bool) -> bool:
        """Let config/ hold again; False as `put`, or where nothing was set."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What may be set at the desk."""

    kept: Kept
    log: Log
    allow: Callable[[Actor, str], None]
    check: Callable[[str, Any], Any]  # the value as it is kept; raises ConfigError
    before: Callable[[str], Any]  # what holds now
    took: Callable[[], None]  # hold it at once in this process
    keys: tuple[str, ...]
    now: Now

    def put(self, actor: Actor, key: str, value: Any, seen: Any = ANY) -> None:
        """Set a key as a whole; raises NotAllowed, NotFound, ConfigError, Conflict."""
        self._may(actor, key)
        value, before = self.check(key, value), self.before(key)
        if not self.kept.put(key, value, actor.name, self.now(), *_seen(seen), checked=seen is not ANY):
            raise CHANGED
        self._done(actor, key, before, value)

    def reset(self, actor: Actor, key: str, seen: Any = ANY) -> bool:
        """Let config/ hold again; False where it does. Raises NotAllowed, NotFound, Conflict."""
        self._may(actor, key)
        before = self.before(key)
        if not self.kept.drop(key, *_seen(seen), checked=seen is not ANY):
            if seen is not ANY and seen is not None:
                raise CHANGED
            return False
        self._done(actor, key, before, None)
        return True

    def _may(self, actor: Actor, key: str) -> None:
        self.allow(actor, "configure")
        if key not in self.keys:
            known = ", ".join(self.keys)
            raise NotFound(
                f"{key} is not set at the desk; these are: {known}.", f"{key} لا يُضبط في المكتب؛ ما يُضبط: {known}."
            )

    def _done(self, actor: Actor, key: str, before: Any, after: Any) -> None:
        self.log.note(actor, "configure", f"setting:{key}", self.now(), detail={"before": before, "after": after})
        self.took()


def _seen(seen: Any) -> tuple[datetime | None]:
    return (None if seen is ANY else seen,)
