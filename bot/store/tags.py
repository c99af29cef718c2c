"""The hashtags that went out: a newsroom's own past tags, best guide to the next ones."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.domain.delivery import State
from bot.domain.errors import BotError
from bot.store.database import Database
from bot.store.tables import deliveries
from bot.text.hashtags import History

LOOK_BACK = timedelta(days=365)
KEPT = timedelta(minutes=10)
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


class RecentTags:
    """The tags that were published, kept in memory for minutes."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._db, self._now = database, now
        self._past: tuple[datetime, History] | None = None

    def __call__(self) -> History | None:
        """As of the last minutes; None where there is no database yet."""
        now = self._now()
        if self._past is None or now - self._past[0] > KEPT:
            try:
                rows = PastTags(self._db).rows(now) if self._db.is_ready() else []
            except BotError:  # tags are made without them, too
                return None
            self._past = (now, History.of(rows))
        return self._past[1] if self._past[1].counts else None
