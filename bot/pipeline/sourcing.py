"""A source that is left alone for a while, by an editor's word."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import NotFound
from bot.domain.person import Actor
from bot.domain.ports import Now, Source, Sources
from bot.domain.say import Say
from bot.pipeline.office import Log


@dataclass(frozen=True, kw_only=True)
class Sourcing:
    """Pauses sources and lets them go on; what they brought before is not touched."""

    sources: Mapping[str, Source]
    states: Sources
    log: Log
    allow: Callable[[Actor, str], None]  # raises NotAllowed
    now: Now
    hurry: Callable[[], None] = lambda: None  # one may be read at once

    def pause(self, actor: Actor, name: str) -> bool:
        """It is not read from now on; False where it is so already. Raises NotAllowed, NotFound."""
        now = self._may(actor, "pause", name)
        by = Say(f"Paused by {actor.name}.", f"موقوف بطلب من {actor.name}.")
        return self.states.pause(name, by, now) and self._note(actor, "source_pause", name, now)

    def resume(self, actor: Actor, name: str) -> bool:
        """It is read again, at once; False where it was not paused. Raises NotAllowed, NotFound."""
        now = self._may(actor, "resume", name)
        done = self.states.resume(name, now) and self._note(actor, "source_resume", name, now)
        self.hurry()
        return done

    def _may(self, actor: Actor, act: str, name: str) -> datetime:
        self.allow(actor, act)
        if name not in self.sources:
            known = ", ".join(self.sources) or "-"
            raise NotFound(f"There is no source {name}; there are: {known}.", f"لا مصدر اسمه {name}؛ المعروف: {known}.")
        return self.now()

    def _note(self, actor: Actor, what: str, name: str, now: datetime) -> bool:
        self.log.note(actor, what, f"source:{name}", now)
        return True
