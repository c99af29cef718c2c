"""The articles that are known, each with its versions."""

from datetime import datetime

from sqlalchemy import and_, exists, insert, or_, select, update

from bot.domain.article import Article
from bot.domain.schedule import Candidate
from bot.store.database import Database
from bot.store.rows import article_in, article_out
from bot.store.tables import articles, decisions, deliveries, versions
from bot.text.links import canonical


class ArticleStore:
    """Implements the port `Articles`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, article: Article, now: datetime) -> str:
        """Keep an article: "new", "changed" (a new version) or "known"."""
        digest, data = article.digest, article_out(article)
        with self._db.write() as db:
            values = {
                "canonical_url": canonical(article.url) if article.url else "",
                "digest": digest,
                "content": data | {"version": 1},
                "published_at": article.published_at,
            }
            new = (
                self._db.insert(articles)
                .values(
                    id=article.id,
                    source=article.source,
                    guid=article.guid,
                    version=1,
                    first_seen=now,
                    dated=article.published_at or now,
                    **values,
                )
                .on_conflict_do_nothing()
                .returning(articles.c.id)
            )
            version, known = 1, None
            if db.execute(new).scalar_one_or_none() is None:
                this = articles.c.id == article.id
                known = db.execute(select(articles).where(this).with_for_update()).one()
                if known.digest == digest:
                    return "known"
                version = known.version + 1
                values |= {
                    "version": version,
                    "content": data | {"version": version},
                    "dated": article.published_at or known.first_seen,
                }
                db.execute(update(articles).where(this).values(values))
            db.execute(
                insert(versions).values(
                    article_id=article.id, version=version, content=data | {"version": version}, seen_at=now
                )
            )
        return "changed" if known else "new"

    def get(self, article_id: str) -> Article | None:
        """The newest version, or None."""
        with self._db.read() as db:
            found = db.execute(select(articles.c.content).where(articles.c.id == article_id)).scalar_one_or_none()
        return article_in(found) if found else None

    def find(self, url: str) -> Article | None:
        """The article of that canonical URL, or None."""
        with self._db.read() as db:
            found = (
                db.execute(
                    select(articles.c.content)
                    .where(articles.c.canonical_url == canonical(url))
                    .order_by(articles.c.first_seen)
                )
                .scalars()
                .first()
            )
        return article_in(found) if found else None

    def candidates(self, channel: str, preview: bool, since: datetime) -> list[Candidate]:
        """Articles without a delivery on the channel that are dated after `since`, or undecided; oldest first."""
        has_delivery = exists().where(
            and_(
                deliveries.c.article_id == articles.c.id,
                deliveries.c.channel == channel,
                deliveries.c.preview == preview,
            )
        )
        decided = exists().where(and_(decisions.c.article_id == articles.c.id, decisions.c.channel == channel))
        query = (
            select(articles.c.content, articles.c.first_seen)
            .where(or_(articles.c.dated > since, ~decided), ~has_delivery)
            .order_by(articles.c.dated, articles.c.id)
        )
        return self._candidates(query)

    def of_source(self, source: str) -> list[Candidate]:
        """All articles of one source, newest first."""
        return self._candidates(
            select(articles.c.content, articles.c.first_seen)
            .where(articles.c.source == source)
            .order_by(articles.c.dated.desc(), articles.c.id)
        )

    def _candidates(self, query: object) -> list[Candidate]:
        with self._db.read() as db:
            return [Candidate(article=article_in(row.content), first_seen=row.first_seen) for row in db.execute(query)]  # type: ignore[call-overload]  # any Select of these two columns
