"""What an edition links to, and how often each was followed; by whom is not kept."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from bot.store.database import Database
from bot.store.mail_tables import links


def put_links(db: Connection, edition: int, urls: Sequence[str]) -> None:
    """The links of a letter that is about to go out, in the place of those of an earlier try; part of a write."""
    rows = [{"edition_id": edition, "n": n, "url": url, "clicks": 0} for n, url in enumerate(urls, 1)]
    db.execute(delete(links).where(links.c.edition_id == edition))
    if rows:
        db.execute(insert(links), rows)


class LinkStore:
    """The table `links`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def follow(self, edition: int, n: int) -> str:
        """Count one; where it leads, or nothing where there is no such link."""
        this = (links.c.edition_id == edition) & (links.c.n == n)
        with self._db.write() as db:
            counted = update(links).where(this).values(clicks=links.c.clicks + 1).returning(links.c.url)
            return str(db.execute(counted).scalar_one_or_none() or "")

    def of(self, edition: int) -> list[tuple[str, int]]:
        """Address and clicks of each link, the most followed first."""
        query = select(links.c.url, links.c.clicks).where(links.c.edition_id == edition)
        with self._db.read() as db:
            return [(row.url, row.clicks) for row in db.execute(query.order_by(links.c.clicks.desc(), links.c.n))]
