"""The settings in force: config/ with what is set at the desk over it, looked at again each second."""

import threading
from collections.abc import Callable, Mapping

from bot.config import Config
from bot.config.overlay import KEYS, laid_over
from bot.domain.errors import ConfigError
from bot.domain.say import Say
from bot.store.database import Database, DatabaseError
from bot.store.settings import Setting, SettingStore

LOOK_EACH = 1.0  # seconds


class InForce:
    """Reads what is set, and lays it over config/ where that changed."""

    def __init__(self, seed: Config, database: Database, monotonic: Callable[[], float]) -> None:
        self.seed, self.config = seed, seed
        self.kept = SettingStore(database)
        self.here: Mapping[str, Setting] = {}
        self.faults: dict[str, Say] = {}  # of what is set and holds no more, since config/ has changed below it
        self.turn = threading.Lock()  # of who looks: an older look must not be held after a newer one
        self._monotonic, self._looked, self._stamp = monotonic, float("-inf"), "0 None"

    def look(self, *, at_once: bool = False) -> Config | None:
        """The settings where they are others than at the last look, else None."""
        now = self._monotonic()
        if not at_once and now - self._looked < LOOK_EACH:
            return None
        self._looked = now
        try:
            stamp = self.kept.stamp()
            if stamp == self._stamp:
                return None
            self.here, self._stamp = self.kept.all(), stamp
        except DatabaseError:  # away, or not made yet: what held goes on to hold
            return None
        self.config, self.faults = self.seed, {}
        for key in KEYS:
            if key in self.here:
                self._lay(key)
        return self.config

    def said(self) -> list[Say]:
        """What is set and does not hold, with the reason; config/ holds in its place."""
        return [
            Say(
                f"What is set at the desk as {key} does not hold, config/ does: {fault.en}",
                f"ما ضُبط في المكتب باسم {key} لا يسري، وتسري إعدادات config/: {fault.ar}",
            )
            for key, fault in self.faults.items()
        ]

    def _lay(self, key: str) -> None:
        try:
            self.config = laid_over(self.config, key, self.here[key].value)
        except ConfigError as error:
            self.faults[key] = error.say
