"""Whether a process can do its work."""

from bot.domain.errors import BotError
from bot.store.database import Database


def faults(database: Database, clock: str = "") -> list[str]:
    """What keeps the process from working, in English sentences; empty where nothing does.

    `clock`: why this process's own clock fails.
    """
    try:
        behind = database.behind()
    except BotError as error:
        return [error.say.en]
    if behind:
        return ["The database is of another version: run `nashir db upgrade`."]
    return [f"The clock fails: {clock}"] if clock else []
