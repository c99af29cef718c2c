"""The articles that are known, each with its versions."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select

from bot.domain.article import Article
from bot.domain.schedule import Candidate, Contact
from bot.domain.sighting import Sighting
from bot.store.database import Database
from bot.store.rows import article_in, chunks, sighting_in
from bot.store.shelf import ShelfStore, shelf
from bot.store.tables import articles, decisions, deliveries, sightings
from bot.text.links import canonical, key

_CANDIDATE = (articles.c.id, articles.c.content, articles.c.first_seen)


class ArticleStore:
    """Implements the port `Articles`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def shelf(self) -> AbstractContextManager[ShelfStore]:
        """One transaction that adds articles, alone among all processes."""
        return shelf(self._db)

    def digests(self, source: str, guids: Sequence[str]) -> dict[str, str]:
        """What the source showed under these guids before, as digests."""
        found: dict[str, str] = {}
        with self._db.read() as db:
            for some in chunks(guids):
                these = (sightings.c.source == source) & sightings.c.guid.in_(some)
                rows = db.execute(select(sightings.c.guid, sightings.c.digest).where(these))
                found |= {row.guid: row.digest for row in rows}
        return found

    def get(self, article_id: str) -> Article | None:
        """The newest version, or None."""
        with self._db.read() as db:
            found = db.execute(select(articles.c.content).where(articles.c.id == article_id)).scalar_one_or_none()
        return article_in(found) if found else None

    def candidate(self, article_id: str) -> Candidate | None:
        """One article with when it was first seen."""
        query = select(*_CANDIDATE).where(articles.c.id == article_id)
        return next(iter(self._candidates(query)), None)

    def of_guid(self, guid: str) -> Article | None:
        """The newest article with that guid, or None."""
        query = select(articles.c.content).where(articles.c.guid == guid).order_by(articles.c.seen_at.desc()).limit(1)
        with self._db.read() as db:
            found = db.execute(query).scalar_one_or_none()
        return article_in(found) if found else None

    def find(self, url: str) -> Article | None:
        """The article of that address, tracking aside, also where another source showed it there; or None."""
        alike = [sightings.c.url.contains(way, autoescape=True) for way in _ways(url)]
        shown = select(sightings.c.article_id, sightings.c.url).where(or_(false(), *alike))
        with self._db.read() as db:
            ids = [row.article_id for row in db.execute(shown) if key(row.url) == key(url)]
            mine = or_(articles.c.url_key == key(url), articles.c.id.in_(ids))
            found = db.execute(
                select(articles.c.content)
                .where(mine)
                .order_by(articles.c.url_key != key(url), articles.c.first_seen)
                .limit(1)
            ).scalar_one_or_none()
        return article_in(found) if found else None

    def candidates(self, channel: str, preview: bool, since: datetime, contacts: Sequence[Contact]) -> list[Candidate]:
        """Articles without a delivery on the channel that came after its contacts, or were admitted at them.

        Only those dated after `since`, or undecided; oldest first.
        """
        has_delivery = exists().where(
            and_(
                deliveries.c.article_id == articles.c.id,
                deliveries.c.channel == channel,
                deliveries.c.preview == preview,
            )
        )
        decided = exists().where(and_(decisions.c.article_id == articles.c.id, decisions.c.channel == channel))
        after = [
            or_(
                (articles.c.source == contact.source) & (articles.c.first_seen > contact.since),
                articles.c.id.in_(_shown_by(contact.source, sightings.c.first_seen > contact.since)),
                articles.c.id.in_(contact.admitted),
            )
            for contact in contacts
        ]
        query = (
            select(*_CANDIDATE)
            .where(or_(false(), *after), or_(articles.c.dated > since, ~decided), ~has_delivery)
            .order_by(articles.c.dated, articles.c.id)
        )
        return self._candidates(query)

    def of_source(self, source: str) -> list[Candidate]:
        """All articles of one source, newest first."""
        return self._candidates(
            select(*_CANDIDATE)
            .where(or_(articles.c.source == source, articles.c.id.in_(_shown_by(source))))
            .order_by(articles.c.dated.desc(), articles.c.id)
        )

    def seen_since(self, moment: datetime) -> list[Candidate]:
        """Articles that were first seen after a moment, oldest first."""
        return self._candidates(
            select(*_CANDIDATE).where(articles.c.first_seen > moment).order_by(articles.c.first_seen, articles.c.id)
        )

    def sightings(self, article_id: str) -> list[Sighting]:
        """Every item that was known to be this article, oldest first."""
        query = select(sightings).where(sightings.c.article_id == article_id).order_by(sightings.c.first_seen)
        with self._db.read() as db:
            return [sighting_in(row) for row in db.execute(query).mappings()]

    def newest_at(self) -> datetime | None:
        """When the newest article or version was seen."""
        with self._db.read() as db:
            newest: datetime | None = db.execute(select(func.max(articles.c.seen_at))).scalar_one_or_none()
        return newest

    def _candidates(self, query: Select[Any]) -> list[Candidate]:
        """The articles of a query for `_CANDIDATE`, each with the other sources that showed it."""
        with self._db.read() as db:
            rows = db.execute(query).all()
            elsewhere: dict[str, dict[str, datetime]] = {row.id: {} for row in rows}
            for some in chunks(list(elsewhere)):
                seen = (
                    select(sightings.c.article_id, sightings.c.source, func.min(sightings.c.first_seen).label("first"))
                    .join(articles, articles.c.id == sightings.c.article_id)
                    .where(sightings.c.article_id.in_(some), sightings.c.source != articles.c.source)
                    .group_by(sightings.c.article_id, sightings.c.source)
                    .order_by("first", sightings.c.source)
                )
                for row in db.execute(seen):
                    elsewhere[row.article_id][row.source] = row.first
        return [
            Candidate(
                article=article_in(row.content), first_seen=row.first_seen, elsewhere=tuple(elsewhere[row.id].items())
            )
            for row in rows
        ]


def _ways(url: str) -> set[str]:
    """The path of an address in the ways that it may be written, one of which stands in every other writing of it."""
    try:
        path = urlsplit(canonical(url)).path.rstrip("/").removesuffix("/amp")
    except ValueError:
        return set()
    return {path, unquote(path)} - {""}


def _shown_by(source: str, *more: ColumnElement[bool]) -> Select[Any]:
    """The ids of articles that a source showed."""
    return select(sightings.c.article_id).where(sightings.c.source == source, *more)
