"""Webhooks and their notices: lines of the log, into which changes of deliveries are written first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.domain.delivery import Delivery, State
from bot.domain.person import Actor, Role
from bot.domain.webhook import Notice, Webhook
from bot.store.database import Database
from bot.store.delivery_rows import read_deliveries
from bot.store.desk_tables import acts, notices, webhooks
from bot.store.people import note
from bot.store.tables import deliveries

NASHIR = Actor(name="nashir", role=Role.READER, door="nashir")
OVERLAP = timedelta(minutes=2)  # a write that took so long to commit is still seen, and clocks may differ
AT_ONCE = 200  # lines, and notices, of one round
KEPT = timedelta(days=14)  # a notice that is over


class HookStore:
    """Implements the port `HookKeeper`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, url: str, events: Sequence[str], now: datetime) -> Webhook:
        """A new one; it is told of what happens from now on."""
        with self._db.write() as db:
            newest = db.execute(select(func.max(acts.c.id))).scalar_one() or 0
            row = {"url": url, "events": list(events), "cursor": newest, "created_at": now}
            id_: int = db.execute(insert(webhooks).values(row).returning(webhooks.c.id)).scalar_one()
        return Webhook(id=id_, url=url, events=tuple(events), created_at=now)

    def listing(self) -> list[Webhook]:
        """Those that are in force, oldest first."""
        waits = (notices.c.webhook_id == webhooks.c.id) & notices.c.done_at.is_(None)
        first = select(notices.c.note).where(waits).order_by(notices.c.id).limit(1).scalar_subquery()
        count = select(func.count()).select_from(notices).where(waits).scalar_subquery()
        query = select(webhooks, first.label("why"), count.label("waiting")).where(webhooks.c.disabled_at.is_(None))
        with self._db.read() as db:
            return [
                Webhook(
                    id=row.id,
                    url=row.url,
                    events=tuple(row.events),
                    created_at=row.created_at,
                    waiting=row.waiting,
                    note=row.why or "",
                )
                for row in db.execute(query.order_by(webhooks.c.id))
            ]

    def remove(self, webhook_id: int, now: datetime) -> bool:
        """It is told nothing more; False where there is none."""
        this = (webhooks.c.id == webhook_id) & webhooks.c.disabled_at.is_(None)
        with self._db.write() as db:
            waits = (notices.c.webhook_id == webhook_id) & notices.c.done_at.is_(None)
            db.execute(update(notices).where(waits).values(done_at=now, next_at=None))
            return db.execute(update(webhooks).where(this).values(disabled_at=now)).rowcount == 1

    def observe(self) -> None:
        """Write what became of deliveries into the log, each change once; `sending` is no news."""
        with self._db.write() as db:
            since = self._seen_until(db)
            changed = (deliveries.c.updated_at >= since) & (deliveries.c.state != State.SENDING)
            known = {
                (row.subject, row.what, row.at)
                for row in db.execute(select(acts).where(acts.c.door == NASHIR.door, acts.c.at >= since))
            }
            for delivery in read_deliveries(db, select(deliveries).where(changed).order_by(deliveries.c.updated_at)):
                subject, at = f"delivery:{delivery.id}", delivery.updated_at
                if (subject, str(delivery.state), at) not in known:
                    note(db, NASHIR, delivery.state, subject, at, delivery.article_id, _shown(delivery))

    def plan(self, hook: Webhook, now: datetime) -> None:
        """Make notices of the log's new lines."""
        with self._db.write() as db:
            cursor = db.execute(select(webhooks.c.cursor).where(webhooks.c.id == hook.id)).scalar_one()
            lines = db.execute(select(acts).where(acts.c.id > cursor).order_by(acts.c.id).limit(AT_ONCE)).all()
            if not lines:
                return
            rows = [
                {"webhook_id": hook.id, "event": event, "body": _body(line, event), "attempts": 0, "created_at": now}
                for line in lines
                if hook.wants(event := _event(line))
            ]
            if rows:
                db.execute(insert(notices), rows)
            db.execute(update(webhooks).where(webhooks.c.id == hook.id).values(cursor=lines[-1].id))
            db.execute(delete(notices).where(notices.c.done_at < now - KEPT))

    def due(self, hook: Webhook, now: datetime) -> list[Notice]:
        """What is to be sent, in order; nothing as long as the first of it waits."""
        waits = (notices.c.webhook_id == hook.id) & notices.c.done_at.is_(None)
        with self._db.read() as db:
            rows = db.execute(select(notices).where(waits).order_by(notices.c.id).limit(AT_ONCE)).all()
        if not rows or (rows[0].next_at and rows[0].next_at > now):
            return []
        return [
            Notice(id=row.id, event=row.event, body=row.body, attempts=row.attempts, created_at=row.created_at)
            for row in rows
        ]

    def taken(self, notice: Notice, status: int, now: datetime) -> None:
        """It was taken."""
        self._end(notice, {"status": status, "note": None, "next_at": None, "done_at": now})

    def refused(self, notice: Notice, status: int | None, note: str, next_at: datetime | None, now: datetime) -> None:
        """It was not; without another time it is given up."""
        done = None if next_at else now
        self._end(notice, {"status": status, "note": note[:500], "next_at": next_at, "done_at": done})

    def _end(self, notice: Notice, values: dict[str, Any]) -> None:
        with self._db.write() as db:
            this = update(notices).where(notices.c.id == notice.id)
            db.execute(this.values(values | {"attempts": notice.attempts + 1}))

    @staticmethod
    def _seen_until(db: Connection) -> datetime:
        """From when on changes may not be in the log yet: what was before the first webhook is not told."""
        last: datetime | None = db.execute(select(func.max(acts.c.at)).where(acts.c.door == NASHIR.door)).scalar_one()
        oldest = select(func.min(webhooks.c.created_at)).where(webhooks.c.disabled_at.is_(None))
        first: datetime = db.execute(oldest).scalar_one()
        return max(last - OVERLAP, first) if last else first


def _event(line: Any) -> str:
    return f"{'delivery' if line.door == NASHIR.door else 'act'}.{line.what}"[:24]


def _body(line: Any, event: str) -> dict[str, Any]:
    return {
        "id": f"act_{line.id}",
        "type": event,
        "timestamp": line.at.isoformat(),
        "data": {
            "who": line.who,
            "door": line.door,
            "what": line.what,
            "subject": line.subject,
            "article": line.article_id,
            **line.detail,
        },
    }


def _shown(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery.id,
        "channel": delivery.channel,
        "service": delivery.service,
        "state": delivery.state,
        "preview": delivery.preview,
        "title": delivery.title,
        "edition": delivery.edition,
        "due_at": delivery.due_at.isoformat(),
        "note": delivery.note.en if delivery.note else None,
        "urls": [row.receipt.url for row in delivery.segments if row.receipt and row.receipt.url],
    }
