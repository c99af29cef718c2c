"""Subscriptions at hubs."""

from sqlalchemy import select

from bot.domain.subscription import Subscription, SubscriptionState
from bot.store.database import Database
from bot.store.rows import say_in, say_out
from bot.store.tables import subscriptions


class SubscriptionStore:
    """Implements the port `Subscriptions`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, source: str) -> Subscription | None:
        """The subscription of a source, or None."""
        with self._db.read() as db:
            row = db.execute(select(subscriptions).where(subscriptions.c.source == source)).one_or_none()
        if row is None:
            return None
        return Subscription(
            source=row.source,
            hub=row.hub,
            topic=row.topic,
            callback=row.callback,
            state=SubscriptionState(row.state),
            asked_at=row.asked_at,
            until=row.until,
            note=say_in(row.note),
        )

    def put(self, subscription: Subscription) -> None:
        """Keep it in the place of an earlier one of its source."""
        values = {
            "hub": subscription.hub,
            "topic": subscription.topic,
            "callback": subscription.callback,
            "state": subscription.state,
            "asked_at": subscription.asked_at,
            "until": subscription.until,
            "note": say_out(subscription.note),
        }
        with self._db.write() as db:
            db.execute(self._db.upsert(subscriptions, {"source": subscription.source}, values))
