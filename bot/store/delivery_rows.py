"""How deliveries are read, with their segments and receipts."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, select

from bot.domain.delivery import Delivery, SegmentRow, SegmentState
from bot.domain.post import Segment
from bot.store.database import Database
from bot.store.rows import chunks, delivery_in, segment_in
from bot.store.tables import deliveries, receipts, segments

_SEGMENTS = (
    select(segments, receipts.c.remote_id, receipts.c.url, receipts.c.place)
    .outerjoin(receipts, (receipts.c.delivery_id == segments.c.delivery_id) & (receipts.c.n == segments.c.n))
    .where(segments.c.delivery_id.in_(bindparam("ids", expanding=True)))
    .order_by(segments.c.delivery_id, segments.c.n)
)


def segment_digest(segment: Segment) -> str:
    """A fingerprint of the very content that goes out."""
    return hashlib.sha256(repr(segment).encode("utf-8", "surrogatepass")).hexdigest()


def some_begun() -> ColumnElement[bool]:
    """Whether any segment of a delivery was begun."""
    return exists().where((segments.c.delivery_id == deliveries.c.id) & (segments.c.state != SegmentState.WAITING))


def lock(database: Database, db: Connection, ids: Sequence[int]) -> None:
    """Keep these deliveries as they are until the transaction ends; what the next statement asks of them then holds.

    PostgreSQL judges a statement's conditions by what was committed when it began, so that one which waits for a row
    does not see what its segments have become meanwhile. SQLite has one writer at a time.
    """
    if database.sqlite:
        return
    for some in chunks(sorted(ids)):
        db.execute(select(deliveries.c.id).where(deliveries.c.id.in_(some)).order_by(deliveries.c.id).with_for_update())


def read_deliveries(db: Connection, query: Select[Any], given: Mapping[str, Any] | None = None) -> list[Delivery]:
    """Deliveries with their segments, in the order of the query, which takes `given`."""
    rows = db.execute(query, given).mappings().all()
    lines: dict[int, list[SegmentRow]] = {row["id"]: [] for row in rows}
    for chunk in chunks(list(lines)):
        for line in db.execute(_SEGMENTS, {"ids": chunk}).mappings():
            lines[line["delivery_id"]].append(segment_in(line))
    return [delivery_in(row, tuple(lines[row["id"]])) for row in rows]
