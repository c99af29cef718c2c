"""Bounces and complaints, and the suppressions that follow from them."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from bot.domain.mailing import Told, Whose
from bot.domain.subscriber import Suppressed
from bot.store.database import Database
from bot.store.mail_ledger import suppress
from bot.store.mail_tables import bounces, editions, subscribers, suppressions

SOFT_FOR = timedelta(days=90)  # older soft bounces tell nothing of an address any more


class ReturnStore:
    """Implements the port `ReturnRows`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, told: Told, whose: Whose, soft_limit: int, now: datetime) -> str:
        """One report, once."""
        with self._db.write() as db:
            if db.execute(select(editions.c.id).where(editions.c.id == whose.edition)).one_or_none() is None:
                return "unknown"
            values = {"edition_id": whose.edition, "subscriber_id": whose.subscriber, "kind": told.kind, "at": now}
            values |= {"status": told.status, "detail": told.detail, "report": told.digest}
            made = self._db.insert(bounces).values(values).on_conflict_do_nothing().returning(bounces.c.id)
            if db.execute(made).scalar_one_or_none() is None:
                return "known"
            reason = self._reason(db, told.kind, whose.subscriber, soft_limit, now)
            if reason is None:
                return "counted"
            suppress(self._db, db, whose.subscriber, reason, f"{told.status} {told.detail}".strip()[:300], now)
            if reason is Suppressed.COMPLAINT:  # says more than an earlier bounce
                digest = select(subscribers.c.digest).where(subscribers.c.id == whose.subscriber).scalar_subquery()
                mine = (suppressions.c.digest == digest) & (suppressions.c.newsletter == "")
                db.execute(update(suppressions).where(mine).values(reason=reason))
            return "suppressed"

    @staticmethod
    def _reason(db: Connection, kind: str, subscriber: int, soft_limit: int, now: datetime) -> Suppressed | None:
        if kind == "complaint":
            return Suppressed.COMPLAINT
        if kind == "hard":
            return Suppressed.HARD_BOUNCE
        count = select(func.count(bounces.c.edition_id.distinct())).where(
            bounces.c.subscriber_id == subscriber, bounces.c.kind == "soft", bounces.c.at > now - SOFT_FOR
        )
        return Suppressed.SOFT_BOUNCES if db.execute(count).scalar_one() >= soft_limit else None
