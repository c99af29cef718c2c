"""What the desk asks of the outbox beyond its port: pages of it, and changes that know which edition they change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from bot.domain.article import Article
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.post import Post
from bot.domain.say import Say
from bot.store.database import Database
from bot.store.delivery_rows import lock, read_deliveries, segment_digest, some_begun
from bot.store.rows import article_in, post_out, say_out
from bot.store.tables import articles, deliveries, segments, versions

WAITING = (State.HELD, State.QUEUED)


class DeskStore:
    """Reads and writes for people."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, ids: Sequence[int]) -> None:
        """Nobody else changes these until the transaction around ends."""
        with self._db.write() as db:
            lock(self._db, db, ids)

    def release(
        self,
        delivery_id: int,
        by: str,
        note: Say | None,
        now: datetime,
        due_at: datetime | None = None,
        edition: int | None = None,
    ) -> bool:
        """held (with `due_at` also queued) -> queued; `due_at` makes it leave then, whatever its time was.

        False where it stands in another state, or in another edition than the one that was seen.
        """
        this: ColumnElement[bool] = deliveries.c.state.in_(WAITING if due_at else (State.HELD,))
        this = this if edition is None else this & (deliveries.c.edition == edition)
        values: dict[str, Any] = {"state": State.QUEUED, "note": say_out(note), "updated_at": now, "approved_by": by}
        values |= {"due_at": due_at, "expires_at": None, "not_before": None, "attempts": 0} if due_at else {}
        return self._update(delivery_id, this, values)

    def schedule(
        self, delivery_id: int, edition: int, at: datetime, slot: str | None, note: Say, now: datetime
    ) -> bool:
        """Another time for what waits; False where it is gone or was changed meanwhile."""
        this = deliveries.c.state.in_(WAITING) & (deliveries.c.edition == edition) & ~some_begun()
        values = {"due_at": at, "slot": slot, "expires_at": None, "note": say_out(note), "updated_at": now}
        return self._update(delivery_id, this, values | {"edition": edition + 1})

    def urgent(self, delivery_id: int, edition: int, on: bool, now: datetime) -> bool:
        """Whether it goes as breaking news."""
        this = deliveries.c.state.in_(WAITING) & (deliveries.c.edition == edition)
        return self._update(delivery_id, this, {"urgent": on, "updated_at": now, "edition": edition + 1})

    def rewrite(
        self, delivery_id: int, edition: int, post: Post, title: str, by: str, now: datetime, held: Say | None = None
    ) -> bool:
        """A text by hand in the place of what waits; whoever approved the one before has not seen it."""
        this = deliveries.c.state.in_(WAITING) & (deliveries.c.edition == edition) & ~some_begun()
        with self._db.write() as db:
            lock(self._db, db, [delivery_id])
            row = db.execute(
                select(deliveries.c.channel, deliveries.c.subject, deliveries.c.occasion).where(
                    deliveries.c.id == delivery_id, this
                )
            ).one_or_none()
            if row is None:
                return False
            base = f"{row.channel}/{row.subject}/{row.occasion}"
            keyed = tuple(replace(s, key=f"{base}/{n}") for n, s in enumerate(post.segments))
            values = {"post": post_out(replace(post, segments=keyed)), "title": title, "updated_at": now}
            values |= {"edition": edition + 1, "edited_by": by, "approved_by": None}
            values |= {"state": State.HELD, "note": say_out(held)} if held else {}
            db.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(values))
            db.execute(delete(segments).where(segments.c.delivery_id == delivery_id))
            lines = [
                {"delivery_id": delivery_id, "n": n, "state": SegmentState.WAITING, "digest": segment_digest(s)}
                for n, s in enumerate(keyed)
            ]
            db.execute(insert(segments), lines)
        return True

    def end_short(self, delivery_id: int, note: Say, now: datetime) -> bool:
        """failed -> sent where a part of it is out and an editor leaves it at that."""
        return self._update(
            delivery_id,
            (deliveries.c.state == State.FAILED) & some_begun(),
            {"state": State.SENT, "note": say_out(note), "updated_at": now, "not_before": None},
        )

    def of_articles(self, ids: Sequence[str]) -> list[Delivery]:
        """Every delivery of these articles, oldest first."""
        return self._read(select(deliveries).where(deliveries.c.article_id.in_(list(ids))).order_by(deliveries.c.id))

    def rows(self, states: Sequence[State], limit: int = 200) -> list[Delivery]:
        """Deliveries in these states, what leaves first before the others; where some have ended, the newest first."""
        d = deliveries.c
        waits = set(states) <= {State.HELD, State.QUEUED, State.SENDING}
        order = (d.urgent.desc(), d.due_at, d.id) if waits else (d.updated_at.desc(), d.id.desc())
        return self._read(select(deliveries).where(d.state.in_(list(states))).order_by(*order).limit(limit))

    def page(
        self,
        states: Sequence[State],
        *,
        channel: str = "",
        section: str = "",
        since: datetime | None = None,
        before: int | None = None,
        limit: int,
    ) -> list[Delivery]:
        """Deliveries from before an id on, the newest first; all states where none is named."""
        d = deliveries.c
        which: list[ColumnElement[bool]] = [d.id < before] if before else []
        which += [d.state.in_(list(states))] if states else []
        which += [d.channel == channel] if channel else []
        which += [d.section == section] if section else []
        which += [d.updated_at >= since] if since else []
        return self._read(select(deliveries).where(*which).order_by(d.id.desc()).limit(limit))

    def between(self, since: datetime, until: datetime, channel: str = "") -> list[Delivery]:
        """What is due within a span, by time."""
        d = deliveries.c
        which = [d.due_at >= since, d.due_at < until] + ([d.channel == channel] if channel else [])
        return self._read(select(deliveries).where(*which).order_by(d.due_at, d.id).limit(2000))

    def counts(self, since: datetime) -> dict[str, int]:
        """How many deliveries are in each state; of those that are over, since a moment."""
        open_ = deliveries.c.state.in_([State.HELD, State.QUEUED, State.SENDING, State.UNSURE, State.FAILED])
        query = (
            select(deliveries.c.state, func.count())
            .where(or_(open_, deliveries.c.updated_at >= since))
            .group_by(deliveries.c.state)
        )
        with self._db.read() as db:
            return {row[0]: row[1] for row in db.execute(query)}

    def versions(self, article_id: str) -> list[tuple[int, Article, datetime]]:
        """The versions of an article, newest first."""
        query = select(versions).where(versions.c.article_id == article_id).order_by(versions.c.version.desc())
        with self._db.read() as db:
            return [(row.version, article_in(row.content), row.seen_at) for row in db.execute(query)]

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """These articles by id."""
        query = select(articles.c.id, articles.c.content).where(articles.c.id.in_(list(ids)))
        with self._db.read() as db:
            return {row.id: article_in(row.content) for row in db.execute(query)}

    def _update(self, delivery_id: int, allowed: ColumnElement[bool], values: dict[str, Any]) -> bool:
        this = (deliveries.c.id == delivery_id) & allowed
        with self._db.write() as db:
            lock(self._db, db, [delivery_id])
            return db.execute(update(deliveries).where(this).values(values)).rowcount == 1

    def _read(self, query: Any) -> list[Delivery]:
        with self._db.read() as db:
            return read_deliveries(db, query)
