"""The tables of what newsletters wait for: sign-ups to be confirmed, and the moment from which one is made."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from bot.store.moments import Moment
from bot.store.tables import metadata

signups = Table(
    "signups",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("key", String(320), nullable=False),
    Column("address", String(320), nullable=False),
    Column("name", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("wanted", JSON, nullable=False),  # newsletter: frequency
    Column("state", String(9), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("next_at", Moment),  # when its mail goes, or is tried again
    Index("signups_state", "state", "next_at"),
    Index("signups_digest", "digest", "at"),
    sqlite_autoincrement=True,  # an id stands in signed links
)

newsletters = Table(
    "newsletters",
    metadata,
    Column("key", String(60), primary_key=True),
    Column("since", Moment, nullable=False),  # nothing of it that was due before is made
)
