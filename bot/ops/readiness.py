"""Whether a process can do its work."""

from bot.domain.errors import BotError
from bot.store.database import Database


def faults(database: Database) -> list[str]:
    """What keeps the process from working, in English sentences; empty where nothing does."""
    try:
        behind = database.behind()
    except BotError as error:
        return [error.say.en]
    return ["The database is of another version: run `nashir db upgrade`."] if behind else []
