"""Whether a process can do its work."""

import logging

from bot.domain.errors import BotError
from bot.store.database import Database, NewerDatabase

log = logging.getLogger(__name__)


def faults(database: Database, clock: str = "") -> list[str]:
    """What keeps the process from working, in English sentences; empty where nothing does.

    Anybody may read them: what would tell of the inside of the machine goes to the log. `clock`: why this process's own
    clock fails, which was logged when it did.
    """
    try:
        behind = database.behind()
    except NewerDatabase as error:
        log.error("%s", error)
        return ["The database was made by a newer nashir: install that one."]
    except BotError as error:
        log.error("%s", error)
        return ["The database cannot be used; the log says why."]
    if behind:
        return ["The database is of an older version: run `nashir db upgrade`."]
    return ["The clock fails; the log says why."] if clock else []
