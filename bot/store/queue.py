"""What the queue shows, read with few and short questions: every open page asks them again at each change.

Each answer comes as one value of JSON. SQLite's library lets go of Python's lock for each row it fetches, and in a
process whose lanes are busy each fetch waits for it again.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, cast, func, or_, select

from bot.domain.article import Heading
from bot.domain.delivery import SegmentState, Standing, State
from bot.domain.say import Say
from bot.store.database import Database
from bot.store.desk_tables import acts
from bot.store.mail_tables import editions, imports, shards
from bot.store.prepared import moment
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

MOST_KEPT = 5000  # deliveries as lists show them


class QueueStore:
    """Reads for lists."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._seen, self._whole = _seen(sqlite=database.sqlite), _whole(sqlite=database.sqlite)
        # by number, under what changes with each change: many open pages ask for the same
        self._kept: dict[int, tuple[tuple[Any, ...], Standing, Heading | None]] = {}

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
        given = {"channel": channel, "section": section, "since": since, "search": search}
        named = {name: value for name, value in given.items() if value}
        like = {"like": "%" + re.sub("[/%_]", r"/\g<0>", search) + "%"} if search else {}
        query = _first_articles(tuple(states), frozenset(named), sqlite=self._db.sqlite)
        with self._db.read() as db:
            found = _listed(db.execute(query, named | like | {"most": limit}).scalar_one())
        return [id_ for _, id_, _ in sorted(found)], found[0][2] if found else 0

    def standings(self, ids: Sequence[str]) -> tuple[list[Standing], dict[str, Heading]]:
        """Where all deliveries of these articles stand, oldest first, and the articles' headings."""
        with self._db.read() as db:
            seen: list[list[Any]] = _listed(db.execute(self._seen, {"ids": list(ids)}).scalar_one())
            keys = {row[0]: tuple(row) for row in seen}
            kept = self._kept
            stale = [id_ for id_, key in keys.items() if id_ not in kept or kept[id_][0] != key]
            if stale:
                if len(kept) > MOST_KEPT:
                    kept = self._kept = {id_: kept[id_] for id_ in keys if id_ in kept}
                for row in _listed(db.execute(self._whole, {"ids": stale}).scalar_one()):
                    heading = None if row[2] is None else Heading(*row[2:5])
                    kept[row[0]] = keys[row[0]], _standing(row), heading
        found = [kept[id_] for id_ in sorted(keys) if id_ in kept]
        headings = {standing.article_id: heading for _, standing, heading in found if heading}
        return [standing for _, standing, _ in found], headings

    def sections(self) -> list[str]:
        """The sections of what the outbox holds."""
        with self._db.read() as db:
            return sorted(filter(None, db.execute(select(deliveries.c.section).distinct()).scalars()))


def _proved() -> Any:
    is_sent = func.sum(case((segments.c.state == SegmentState.SENT, 1), else_=0))
    return select(func.coalesce(is_sent, 0)).where(segments.c.delivery_id == deliveries.c.id).scalar_subquery()


def _array(values: Sequence[Any], *, sqlite: bool) -> Any:
    if sqlite:
        return func.json_group_array(func.json_array(*values))
    return func.json_agg(func.json_build_array(*values))


@lru_cache
def _first_articles(states: tuple[State, ...], by: frozenset[str], *, sqlite: bool) -> Select[Any]:
    """Place, id and how many there are, of articles with a delivery in these states."""
    d = deliveries.c
    of: dict[str, ColumnElement[bool]] = {
        "channel": d.channel == bindparam("channel"),
        "section": d.section == bindparam("section"),
        "since": d.updated_at >= bindparam("since"),
        "search": or_(d.title.like(bindparam("like"), escape="/"), d.article_id == bindparam("search")),
    }
    first = func.min(func.coalesce(d.expires_at, d.due_at)) if State.HELD in states else func.min(d.due_at)
    order = (func.max(d.updated_at).desc(),) if "since" in by else (func.max(cast(d.urgent, Integer)).desc(), first)
    place = func.row_number().over(order_by=(*order, d.article_id)).label("place")
    total = func.count().over().label("total")
    found = (
        select(place, d.article_id, total)
        .where(d.state.in_(states), *(of[name] for name in sorted(by)))
        .group_by(d.article_id)
        .order_by(place)
        .limit(bindparam("most"))
        .subquery()
    )
    return select(_array((found.c.place, found.c.article_id, found.c.total), sqlite=sqlite))


def _seen(*, sqlite: bool) -> Select[Any]:
    """What changes with any change of what a list shows of these articles; read from indexes."""
    d = deliveries.c
    values = (d.id, d.updated_at, d.state, d.edition, _proved(), articles.c.version)
    of_these = d.article_id.in_(bindparam("ids", expanding=True))
    found = select(_array(values, sqlite=sqlite))
    return found.select_from(deliveries.outerjoin(articles, articles.c.id == d.article_id)).where(of_these)


def _whole(*, sqlite: bool) -> Select[Any]:
    """What a list shows of these deliveries."""
    d = deliveries.c
    whole: Any = func.json if sqlite else lambda column: column  # SQLite keeps JSON as text
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
        select(func.count()).where(segments.c.delivery_id == d.id).scalar_subquery(),
        _proved(),
    )
    of_these = d.id.in_(bindparam("ids", expanding=True))
    found = select(_array(values, sqlite=sqlite))
    return found.select_from(deliveries.outerjoin(articles, articles.c.id == d.article_id)).where(of_these)


def _listed(found: Any) -> list[list[Any]]:
    return (json.loads(found) if isinstance(found, str) else found) or []


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
        due_at=moment(row[13]),
        expires_at=moment(row[14]) if row[14] else None,
        updated_at=moment(row[15]),
        edition=row[16],
        approved_by=row[17] or "",
        reason=Say(**row[18]) if row[18] else Say("", ""),
        note=Say(**row[19]) if row[19] else None,
        size=row[20],
        proved=row[21],
    )
