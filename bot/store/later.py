"""Recipients whom the mail server put off."""

from datetime import datetime

from sqlalchemy import func, select

from bot.domain.edition import RecipientState
from bot.store.database import Database
from bot.store.mail_tables import recipients


def later(database: Database, edition: int) -> tuple[int, datetime | None]:
    """How many of an edition are to be tried again, and when the first of them."""
    mine = (recipients.c.edition_id == edition) & (recipients.c.state == RecipientState.LATER)
    with database.read() as db:
        row = db.execute(select(func.count(), func.min(recipients.c.next_at)).where(mine)).one()
    return row[0], row[1]
