"""The versions of the schema: which one a database is of, and the way to the newest."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


def version(connection: Connection) -> str:
    """The version that a database is of; empty where nothing was made yet."""
    return MigrationContext.configure(connection).get_current_revision() or ""


@cache
def known() -> tuple[str, ...]:
    """The versions that this program knows, the newest first."""
    script = ScriptDirectory.from_config(_settings())
    return tuple(each.revision for each in script.walk_revisions())


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version; raises DBAPIError and CommandError."""
    settings = _settings()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    return settings
