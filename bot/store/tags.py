"""The hashtags that went out: a newsroom's own past tags, best guide to the next ones."""

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.domain.delivery import State
from bot.store.database import Database
from bot.store.tables import deliveries

LOOK_BACK = timedelta(days=365)
MOST = 10_000  # posts that are looked at, the newest


class PastTags:
    """Reads what was published for real."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def rows(self, now: datetime) -> list[list[str]]:
        """The tags of each article that went out in the last year, with their #."""
        d = deliveries.c
        query = (
            select(d.article_id, d.post)
            .where(d.state == State.SENT, ~d.preview, d.updated_at > now - LOOK_BACK)
            .order_by(d.id.desc())
            .limit(MOST)
        )
        found: dict[str, dict[str, None]] = {}
        with self._db.read() as db:
            for row in db.execute(query):
                found.setdefault(row.article_id, {}).update(dict.fromkeys(row.post.get("hashtags") or ()))
        return [list(tags) for tags in found.values() if tags]
