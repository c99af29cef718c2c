"""Rows to nouns and back."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from bot.domain.article import Article
from bot.domain.channel import Receipt
from bot.domain.delivery import Delivery, SegmentRow, SegmentState, State
from bot.domain.post import Post, Segment
from bot.domain.say import Say


def say_out(say: Say | None) -> dict[str, str] | None:
    """A sentence as JSON."""
    return asdict(say) if say else None


def say_in(value: Any) -> Say | None:
    """A sentence from JSON."""
    return Say(**value) if value else None


def article_out(article: Article) -> dict[str, Any]:
    """An article as JSON."""
    data = asdict(article)
    data["published_at"] = article.published_at.isoformat() if article.published_at else None
    return data


def article_in(data: dict[str, Any]) -> Article:
    """An article from JSON."""
    at = data["published_at"]
    return Article(**data | {"tags": tuple(data["tags"]), "published_at": datetime.fromisoformat(at) if at else None})


def post_out(post: Post) -> dict[str, Any]:
    """A post as JSON."""
    return asdict(post)


def post_in(data: dict[str, Any]) -> Post:
    """A post from JSON, to the letter what was written."""
    return Post(
        service=data["service"],
        hashtags=tuple(data["hashtags"]),
        title=data["title"],
        segments=tuple(Segment(**segment) for segment in data["segments"]),
    )


def segment_in(row: RowMapping) -> SegmentRow:
    """A segment's line with its receipt, where it has one."""
    receipt = Receipt(remote_id=row["remote_id"], url=row["url"]) if row["remote_id"] is not None else None
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
        reason=reason,
        note=say_in(row["note"]),
        attempts=row["attempts"],
        not_before=row["not_before"],
        created_at=row["created_at"],
        segments=segments,
    )
