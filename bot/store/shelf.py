"""Adding articles, one process at a time: what identity looks up stays true until it is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from bot.domain.article import Article
from bot.domain.sighting import Known, Sighting
from bot.store.database import Database
from bot.store.rows import article_in, article_out, say_out, sighting_in
from bot.store.tables import articles, fingerprints, sightings, versions
from bot.text.fingerprint import bands, text_key, trigrams
from bot.text.links import key

SHELF_LOCK = 6_274_748  # any number that no other program of the database uses
PRINTED_FOR = timedelta(days=8)  # an older article is no longer looked for by nearly the same words
_KNOWN = (articles.c.content, articles.c.first_seen)


class ShelfStore:
    """Implements the port `Shelf` on one open transaction."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._db, self._at = database, connection

    def sighting(self, source: str, guid: str) -> Sighting | None:
        """What the source showed under this guid before."""
        this = (sightings.c.source == source) & (sightings.c.guid == guid)
        row = self._at.execute(select(sightings).where(this)).mappings().one_or_none()
        return sighting_in(row) if row else None

    def of_url(self, url: str) -> Known | None:
        """The oldest article of that address, tracking aside."""
        if not url:
            return None
        return self._first(select(*_KNOWN).where(articles.c.url_key == key(url)).order_by(articles.c.first_seen))

    def of_text(self, title: str, body: str) -> Known | None:
        """The newest article of the same folded words."""
        same = articles.c.text_key == text_key(title, body)
        return self._first(select(*_KNOWN).where(same).order_by(articles.c.first_seen.desc()))

    def near(self, title: str, body: str, since: datetime) -> list[Known]:
        """Articles first seen after `since` that may share half of their trigrams with the text."""
        found = (
            select(fingerprints.c.article_id).where(fingerprints.c.band.in_(bands(trigrams(title, body)))).distinct()
        )
        query = select(*_KNOWN).where(articles.c.id.in_(found), articles.c.first_seen > since)
        return [_known(row) for row in self._at.execute(query)]

    def get(self, article_id: str) -> Known | None:
        """One article."""
        return self._first(select(*_KNOWN).where(articles.c.id == article_id))

    def add(self, article: Article, now: datetime) -> None:
        """A new article, its version 1."""
        dated = article.published_at or now
        self._at.execute(
            insert(articles).values(
                id=article.id,
                source=article.source,
                guid=article.guid,
                first_seen=now,
                dated=dated,
                text_key=text_key(article.title, article.body),
                **_values(article, 1, now),
            )
        )
        self._keep_version(article, 1, now)
        if dated > now - PRINTED_FOR:
            found = bands(trigrams(article.title, article.body))
            self._at.execute(
                self._db.insert(fingerprints).on_conflict_do_nothing(),
                [{"band": band, "article_id": article.id} for band in found],
            )

    def change(self, article: Article, now: datetime) -> int:
        """Another version of a known article; its number, or the old one where nothing of it changed."""
        this = articles.c.id == article.id
        known = self._at.execute(select(articles.c.version, articles.c.digest).where(this)).one()
        if known.digest == article.digest:
            return int(known.version)
        version: int = known.version + 1
        self._at.execute(update(articles).where(this).values(_values(article, version, now)))
        self._keep_version(article, version, now)
        return version

    def sight(self, sighting: Sighting) -> None:
        """Keep what a source showed, in the place of what it showed under that guid before."""
        self._at.execute(
            self._db.upsert(
                sightings,
                {"source": sighting.source, "guid": sighting.guid},
                {
                    "article_id": sighting.article_id,
                    "url": sighting.url,
                    "digest": sighting.digest,
                    "kind": sighting.kind,
                    "note": say_out(sighting.note),
                    "first_seen": sighting.first_seen,
                    "seen_at": sighting.seen_at,
                },
            )
        )

    def _keep_version(self, article: Article, version: int, now: datetime) -> None:
        content = article_out(replace(article, version=version))
        row = {"article_id": article.id, "version": version, "content": content, "seen_at": now}
        self._at.execute(insert(versions).values(row))

    def _first(self, query: Select[Any]) -> Known | None:
        row = self._at.execute(query.limit(1)).first()
        return _known(row) if row else None


def _values(article: Article, version: int, now: datetime) -> dict[str, Any]:
    return {
        "version": version,
        "digest": article.digest,
        "content": article_out(replace(article, version=version)),
        "url_key": key(article.url) if article.url else "",
        "published_at": article.published_at,
        "seen_at": now,
        "withdrawn": article.withdrawn,
    }


def _known(row: Any) -> Known:
    return Known(article=article_in(row.content), first_seen=row.first_seen)


@contextmanager
def shelf(database: Database) -> Iterator[ShelfStore]:
    """One transaction that adds articles, alone among all processes."""
    with database.write() as connection:
        if not database.sqlite:  # SQLite's writers are alone already
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SHELF_LOCK})")
        yield ShelfStore(database, connection)
