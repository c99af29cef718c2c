"""The hashtags that went out, best guide to the next ones, and those that editors have banned."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from bot.domain.delivery import State
from bot.domain.errors import BotError
from bot.store.database import Database
from bot.store.desk_tables import settings
from bot.store.tables import deliveries
from bot.text.hashtags import History, tag_key

LOOK_BACK = timedelta(days=365)
KEPT = timedelta(minutes=10)
MOST = 10_000  # posts that are looked at, the newest
BANNED = "tags.banned"  # the setting's key


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
        """As of the last minutes, bans as of now; None where there is no database yet."""
        now = self._now()
        try:
            ready = self._db.is_ready()
            if self._past is None or now - self._past[0] > KEPT:
                rows = PastTags(self._db).rows(now) if ready else []
                self._past = (now, History.of(rows))
            banned = frozenset(map(tag_key, BanStore(self._db).banned() if ready else ()))
        except BotError:  # tags are made without them, too
            return None
        if banned != self._past[1].banned:
            self._past = (self._past[0], replace(self._past[1], banned=banned))
        past = self._past[1]
        return past if past.counts or past.banned else None


class BanStore:
    """Tags that no post carries by itself, by an editor's word: one setting, over what the glossary bans."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def banned(self) -> list[str]:
        """With their #, in the order of their banning."""
        with self._db.read() as db:
            found: list[str] = db.execute(_BANNED).scalar_one_or_none() or []
        return found

    def set_banned(self, tag: str, who: str, now: datetime, *, on: bool) -> bool:
        """Ban a tag, or allow it again; False where it is so already."""
        with self._db.write() as db:
            found: list[str] | None = db.execute(_BANNED.with_for_update()).scalar_one_or_none()
            others = [each for each in found or [] if tag_key(each) != tag_key(tag)]
            if on == (len(others) < len(found or [])):
                return False
            values = {"value": [*others, tag] if on else others, "who": who, "at": now}
            if found is None:
                db.execute(insert(settings).values(key=BANNED, **values))
            else:
                db.execute(update(settings).where(settings.c.key == BANNED).values(values))
        return True


_BANNED = select(settings.c.value).where(settings.c.key == BANNED)
