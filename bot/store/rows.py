"""Rows to nouns and back."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from bot.domain.article import Article
from bot.domain.channel import Receipt
from bot.domain.delivery import Delivery, SegmentRow, SegmentState, State
from bot.domain.post import Post, Segment
from bot.domain.say import Say
from bot.domain.sighting import Kind, Sighting

T = TypeVar("T")

MOST_AT_ONCE = 500  # values of one statement

_MOMENTS = ("published_at", "embargoed_until")


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in parts that one statement may name."""
    return (values[start : start + MOST_AT_ONCE] for start in range(0, len(values), MOST_AT_ONCE))


def say_out(say: Say | None) -> dict[str, str] | None:
    """A sentence as JSON."""
    return asdict(say) if say else None


def say_in(value: Any) -> Say | None:
    """A sentence from JSON."""
    return Say(**value) if value else None


def article_out(article: Article) -> dict[str, Any]:
    """An article as JSON."""
    data = asdict(article)
    for key in _MOMENTS:
        data[key] = data[key].isoformat() if data[key] else None
    return data


def article_in(data: dict[str, Any]) -> Article:
    """An article from JSON."""
    moments = {key: datetime.fromisoformat(at) if (at := data.get(key)) else None for key in _MOMENTS}
    return Article(**data | {"tags": tuple(data["tags"])} | moments)


def sighting_in(row: RowMapping) -> Sighting:
    """A row of the sightings."""
    values = {key: row[key] for key in ("source", "guid", "article_id", "url", "digest", "first_seen", "seen_at")}
    return Sighting(kind=Kind(row["kind"]), note=say_in(row["note"]), **values)


def post_out(post: Post) -> dict[str, Any]:
    """A post as JSON."""
    return asdict(post)


def post_in(data: dict[str, Any]) -> Post:
    """A post from JSON, to the letter what was written."""
    return Post(
        service=data["service"],
        hashtags=tuple(data["hashtags"]),
        title=data["title"],
        words=data.get("words", ""),
        segments=tuple(Segment(**segment) for segment in data["segments"]),
    )


def segment_in(row: RowMapping) -> SegmentRow:
    """A segment's line with its receipt, where it has one."""
    known = row["remote_id"] is not None
    receipt = Receipt(remote_id=row["remote_id"], url=row["url"], place=row["place"]) if known else None
    return SegmentRow(n=row["n"], state=SegmentState(row["state"]), receipt=receipt)


def delivery_in(row: RowMapping, segments: tuple[SegmentRow, ...]) -> Delivery:
    """A row of the outbox."""
    reason = say_in(row["reason"]) or Say("", "")
    return Delivery(
        id=row["id"],
        channel=row["channel"],
        service=row["service"],
        preview=row["preview"],
        subject=row["subject"],
        occasion=row["occasion"],
        article_id=row["article_id"],
        version=row["version"],
        title=row["title"],
        post=post_in(row["post"]),
        state=State(row["state"]),
        urgent=row["urgent"],
        due_at=row["due_at"],
        expires_at=row["expires_at"],
        slot=row["slot"],
        section=row["section"],
        reason=reason,
        note=say_in(row["note"]),
        attempts=row["attempts"],
        not_before=row["not_before"],
        reply_to=row["reply_to"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        edition=row["edition"],
        approved_by=row["approved_by"] or "",
        edited_by=row["edited_by"] or "",
        segments=segments,
    )
