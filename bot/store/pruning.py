"""What is old enough to go: texts, previews, reasons, attempts, and what the doors are done with. Receipts stay."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from bot.domain.card import CardState
from bot.domain.delivery import OPEN, State
from bot.store.database import Database
from bot.store.desk_tables import acts, cards, idempotency, knocks, notices, people, sessions
from bot.store.hooks import KEPT as NOTICES_KEPT
from bot.store.mail_tables import bounces, editions, recipients
from bot.store.returns import SOFT_FOR
from bot.store.tables import (
    amended,
    amendments,
    articles,
    attempts,
    calls,
    decisions,
    deliveries,
    doubts,
    fingerprints,
    receipts,
    segments,
    versions,
)
from bot.store.tokens import ANSWERS_KEPT

PRINTED_FOR = timedelta(days=8)  # see store/shelf.py: older articles are no longer looked for by nearly the same words
KNOCKS_KEPT = timedelta(days=1)  # far beyond the ten minutes in which tries to sign in are counted

Drop = Callable[[str, Any, ColumnElement[bool]], None]


def prune(database: Database, keep: Mapping[str, timedelta], now: datetime, *, really: bool) -> dict[str, int]:
    """Delete what is older than `keep` says for texts, previews, reasons and attempts; rows by kind.

    An article keeps its line without its text, for its guid, address and words must be known as long as a source may
    show it again.
    """
    counts: dict[str, int] = {}
    with database.write() as db:

        def drop(kind: str, table: Any, where: ColumnElement[bool]) -> None:
            if really:
                counts[kind] = counts.get(kind, 0) + db.execute(delete(table).where(where)).rowcount
            else:
                counts[kind] = (
                    counts.get(kind, 0) + db.execute(select(func.count()).select_from(table).where(where)).scalar_one()
                )

        old = articles.c.seen_at < now - keep["texts"]
        waits = select(deliveries.c.article_id).where(deliveries.c.state.in_([*OPEN, State.UNSURE]))
        idle = and_(old, articles.c.id.not_in(waits))
        drop("versions", versions, versions.c.article_id.in_(select(articles.c.id).where(idle)))
        shed = 0
        for row in db.execute(select(articles.c.id, articles.c.content).where(idle)):
            if row.content.get("body"):
                shed += 1
                if really:
                    thin = row.content | {"body": "", "tags": [], "image": "", "pruned": True}
                    db.execute(update(articles).where(articles.c.id == row.id).values(content=thin))
        counts["texts"] = shed
        drop("fingerprints", fingerprints, _of(fingerprints.c.article_id, articles.c.first_seen < now - PRINTED_FOR))
        drop("reasons", decisions, decisions.c.at < now - keep["reasons"])
        gone = and_(
            deliveries.c.preview,
            deliveries.c.updated_at < now - keep["previews"],
            deliveries.c.state.not_in(OPEN),
            _settled(now, keep),
        )
        previews = select(deliveries.c.id).where(gone)
        drop("cards", cards, cards.c.delivery_id.in_(previews))
        done = select(amendments.c.id).where(amendments.c.delivery_id.in_(previews))
        drop("preview rows", amended, amended.c.amendment_id.in_(done))
        for table in (amendments, doubts, attempts, receipts, segments):
            drop("preview rows", table, table.c.delivery_id.in_(previews))
        drop("previews", deliveries, gone)
        drop("attempts", attempts, and_(attempts.c.began_at < now - keep["attempts"], attempts.c.ended_at.is_not(None)))
        ended = select(editions.c.id).where(editions.c.ended_at < now - keep["attempts"])
        drop("recipients", recipients, recipients.c.edition_id.in_(ended))  # the figures stay, in `shards`
        drop("bounces", bounces, bounces.c.at < now - max(SOFT_FOR, keep["attempts"]))  # what follows from them stays
        drop("calls", calls, and_(calls.c.at < now - keep["attempts"], calls.c.micros == 0))
        _doors(drop, keep, now, previews)
        counts["pairing codes"] = _codes(db, now, really=really)
    return counts


def _doors(drop: Drop, keep: Mapping[str, timedelta], now: datetime, previews: Any) -> None:
    """What the doors are done with; the log as long as `keep` says, for ever where that is nothing."""
    drop("sessions", sessions, sessions.c.until <= now)
    drop("knocks", knocks, knocks.c.at <= now - KNOCKS_KEPT)
    drop("answers", idempotency, idempotency.c.at < now - ANSWERS_KEPT)
    drop("notices", notices, notices.c.done_at < now - NOTICES_KEPT)
    # a card goes whole, and not while anything on it may be asked again; those of previews went with their deliveries
    asks = select(cards.c.head).where(cards.c.state != CardState.DONE)
    waits = select(deliveries.c.id).where(deliveries.c.state.in_([*OPEN, State.UNSURE, State.FAILED]))
    busy = select(cards.c.head).where(cards.c.delivery_id.in_(waits))
    old = and_(cards.c.at < now - keep["attempts"], cards.c.head.not_in(asks.union(busy)))
    drop("cards", cards, and_(old, cards.c.delivery_id.not_in(previews)))
    if span := keep["acts"]:
        # the newest line stays: webhooks go on behind it
        newest = select(func.max(acts.c.id)).scalar_subquery()
        drop("acts", acts, and_(acts.c.at < now - span, acts.c.id < newest))


def _codes(db: Connection, now: datetime, *, really: bool) -> int:
    """Pairing codes that are over; how many."""
    old = people.c.pairing_until <= now
    if really:
        return db.execute(update(people).where(old).values(pairing=None, pairing_until=None)).rowcount
    number: int = db.execute(select(func.count()).select_from(people).where(old)).scalar_one()
    return number


def _of(column: Any, where: ColumnElement[bool]) -> ColumnElement[bool]:
    return column.in_(select(articles.c.id).where(where))  # type: ignore[no-any-return]  # a column of any table


def _settled(now: datetime, keep: Mapping[str, timedelta]) -> ColumnElement[bool]:
    """Articles that are too old to be picked again where their preview is forgotten."""
    return deliveries.c.article_id.in_(select(articles.c.id).where(articles.c.dated < now - keep["previews"]))
