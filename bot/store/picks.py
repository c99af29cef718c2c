"""What editions of a newsletter carried already, and what became of articles elsewhere."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from bot.domain.delivery import State
from bot.domain.edition import EditionState
from bot.domain.subscriber import Frequency
from bot.store.database import Database
from bot.store.mail_tables import editions
from bot.store.rows import chunks
from bot.store.signup_tables import newsletters
from bot.store.tables import deliveries

NOWHERE = (State.CANCELLED, State.EXPIRED, State.FAILED)


class PickStore:
    """Implements the port `Picked`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def since(self, newsletter: str, now: datetime) -> datetime:
        """When this newsletter was first known; now, where it was not."""
        with self._db.write() as db:
            db.execute(self._db.insert(newsletters).values(key=newsletter, since=now).on_conflict_do_nothing())
            found: datetime = db.execute(
                select(newsletters.c.since).where(newsletters.c.key == newsletter)
            ).scalar_one()
        return found

    def carried(self, newsletter: str, occasion: str, since: datetime) -> set[str]:
        """The articles of this newsletter's editions of a kind, of those made since then and not given up."""
        mine = (editions.c.newsletter == newsletter) & (editions.c.occasion == occasion)
        kept = editions.c.state.not_in([EditionState.SKIPPED, EditionState.STOPPED])
        query = select(editions.c.picks).where(mine, kept, editions.c.made_at > since)
        with self._db.read() as db:
            found = db.execute(query).scalars().all()
        sections = [section for picks in found for section in picks.get("sections", ())]
        leads = {picks["lead"] for picks in found if picks.get("lead")}
        return leads | {id_ for section in sections for id_ in section["articles"]}

    def occasions(self, newsletter: str, since: datetime) -> set[str]:
        """The occasions of this newsletter's editions made since then."""
        query = select(editions.c.occasion).where(editions.c.newsletter == newsletter, editions.c.made_at > since)
        with self._db.read() as db:
            return set(db.execute(query).scalars())

    def made(self, newsletter: str, day: str, occasion: str) -> bool:
        """Whether there is such an edition, in whatever state."""
        this = (editions.c.newsletter == newsletter) & (editions.c.day == day) & (editions.c.occasion == occasion)
        with self._db.read() as db:
            return db.execute(select(editions.c.id).where(this)).first() is not None

    def first_days(self, newsletter: str) -> dict[str, str]:
        """The first date of this newsletter's editions of each kind; none of single articles."""
        mine = (editions.c.newsletter == newsletter) & editions.c.occasion.in_([Frequency.DAILY, Frequency.WEEKLY])
        query = (
            select(editions.c.occasion, func.min(editions.c.day).label("first"))
            .where(mine)
            .group_by(editions.c.occasion)
        )
        with self._db.read() as db:
            return {row.occasion: row.first for row in db.execute(query)}

    def elsewhere(self, ids: Collection[str]) -> tuple[dict[str, int], set[str]]:
        """On how many channels each article goes or went out; and those that were taken back somewhere."""
        channels: dict[str, set[str]] = {}
        back: set[str] = set()
        with self._db.read() as db:
            for some in chunks(sorted(ids)):
                query = select(deliveries.c.article_id, deliveries.c.channel, deliveries.c.state)
                for row in db.execute(query.where(deliveries.c.article_id.in_(some))):
                    if row.state == State.RETRACTED:
                        back.add(row.article_id)
                    elif row.state not in NOWHERE:
                        channels.setdefault(row.article_id, set()).add(row.channel)
        return {id_: len(names) for id_, names in channels.items()}, back
