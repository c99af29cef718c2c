"""Alembic's entry: runs the versions on the connection that Database gives."""

from alembic import context

import bot.store.desk_tables  # noqa: F401 - its tables are a part of the metadata
import bot.store.mail_tables  # noqa: F401 - these, too
import bot.store.signup_tables  # noqa: F401 - and these
from bot.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=False)
context.run_migrations()
