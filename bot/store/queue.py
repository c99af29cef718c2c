"""What the queue shows, read with few and short questions: every open page asks them again at each change.

Each answer comes as one value of JSON. SQLite's library lets go of Python's lock for each row it fetches, and in a
process whose lanes are busy each fetch waits for it again.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, cast, func, or_, select

from bot.domain.article import Heading
from bot.domain.delivery import SegmentState, Standing, State
from bot.domain.say import Say
from bot.store.database import Database
from bot.store.desk_tables import acts
from bot.store.mail_tables import editions, imports, shards
from bot.store.tables import amendments, articles, deliveries, lanes, receipts, segments

_STAMP = select(
    select(func.max(deliveries.c.updated_at)).scalar_subquery(),
    select(func.count()).select_from(deliveries).scalar_subquery(),
    select(func.max(receipts.c.at)).scalar_subquery(),
    select(func.max(lanes.c.updated_at)).scalar_subquery(),
    select(func.max(acts.c.id)).scalar_subquery(),
    select(func.max(amendments.c.updated_at)).scalar_subquery(),
    select(func.sum(shards.c.sent + shards.c.refused + shards.c.unsure + shards.c.left)).scalar_subquery(),
    select(func.count() + func.count(editions.c.began_at) + func.count(editions.c.ended_at))
    .select_from(editions)
    .scalar_subquery(),
    select(func.sum(imports.c.done)).scalar_subquery(),
)


class QueueStore:
    """Reads for lists."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._standings = _standings(sqlite=database.sqlite)

    def stamp(self) -> str:
        """What changes whenever anything that the queue shows does."""
        with self._db.read() as db:
            return "-".join("" if each is None else f"{each}" for each in db.execute(_STAMP).one()).replace(" ", "T")

    def first_articles(
        self,
        states: Sequence[State],
        *,
        channel: str = "",
        section: str = "",
        search: str = "",
        since: datetime | None = None,
        limit: int = 200,
    ) -> tuple[list[str], int]:
        """The first articles with a delivery in these states, and how many there are: what lapses or leaves first
        before the others; of what is over, the newest.
        """
        d = deliveries.c
        which: list[ColumnElement[bool]] = [d.state.in_(list(states))]
        which += [d.channel == channel] if channel else []
        which += [d.section == section] if section else []
        which += [d.updated_at >= since] if since else []
        if search:
            which.append(or_(d.title.contains(search, autoescape=True), d.article_id == search))
        first = func.min(func.coalesce(d.expires_at, d.due_at)) if State.HELD in states else func.min(d.due_at)
        order = (func.max(d.updated_at).desc(),) if since else (func.max(cast(d.urgent, Integer)).desc(), first)
        found = select(d.article_id, func.count().over().label("total")).where(*which).group_by(d.article_id)
        ids, total = [], 0
        with self._db.read() as db:
            for row in db.execute(found.order_by(*order, d.article_id).limit(limit)):
                ids.append(row.article_id)
                total = row.total
        return ids, total

    def standings(self, ids: Sequence[str]) -> tuple[list[Standing], dict[str, Heading]]:
        """Where all deliveries of these articles stand, oldest first, and the articles' headings."""
        with self._db.read() as db:
            found = db.execute(self._standings, {"ids": list(ids)}).scalar_one()
        rows: list[list[Any]] = json.loads(found) if isinstance(found, str) else found or []
        rows.sort()
        headings = {row[1]: Heading(*row[2:5]) for row in rows if row[2] is not None}
        return [_standing(row) for row in rows], headings

    def sections(self) -> list[str]:
        """The sections of what the outbox holds."""
        with self._db.read() as db:
            return sorted(filter(None, db.execute(select(deliveries.c.section).distinct()).scalars()))


def _standings(*, sqlite: bool) -> Select[Any]:
    d = deliveries.c
    whole: Any = func.json if sqlite else lambda column: column  # SQLite keeps JSON as text
    lines = segments.c.delivery_id == d.id
    proved = func.sum(case((segments.c.state == SegmentState.SENT, 1), else_=0))
    values = (
        d.id,
        d.article_id,
        articles.c.content["title"].as_string(),
        articles.c.source,
        articles.c.version,
        d.channel,
        d.service,
        d.preview,
        d.version,
        d.title,
        d.state,
        d.section,
        d.urgent,
        d.due_at,
        d.expires_at,
        d.updated_at,
        d.edition,
        d.approved_by,
        whole(d.reason),
        whole(d.note),
        select(func.count()).where(lines).scalar_subquery(),
        select(func.coalesce(proved, 0)).where(lines).scalar_subquery(),
    )
    array = func.json_group_array(func.json_array(*values)) if sqlite else func.json_agg(func.json_build_array(*values))
    of_these = d.article_id.in_(bindparam("ids", expanding=True))
    return select(array).select_from(deliveries.outerjoin(articles, articles.c.id == d.article_id)).where(of_these)


def _standing(row: list[Any]) -> Standing:
    return Standing(
        id=row[0],
        article_id=row[1],
        channel=row[5],
        service=row[6],
        preview=bool(row[7]),
        version=row[8],
        title=row[9],
        state=State(row[10]),
        section=row[11],
        urgent=bool(row[12]),
        due_at=_moment(row[13]),
        expires_at=_moment(row[14]) if row[14] else None,
        updated_at=_moment(row[15]),
        edition=row[16],
        approved_by=row[17] or "",
        reason=Say(**row[18]) if row[18] else Say("", ""),
        note=Say(**row[19]) if row[19] else None,
        size=row[20],
        proved=row[21],
    )


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
