"""What the commands print: tables, JSON, posts."""

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any

from bot.cli.language import LANG, t
from bot.domain.channel import Channel
from bot.domain.delivery import STATES, Delivery
from bot.domain.post import Post, Segment
from bot.domain.say import Say

_lock = threading.Lock()

MARKS = {"well": "✓", "doubt": "?", "bad": "✗"}  # of a verdict

OTHER_STATES = {"refused": "رُد", "well": "سليمة", "down": "متوقفة", "bad": "لا تنشر", "preview": "معاينة"}


def line(text: str = "") -> None:
    """One or more lines, whole, also from several threads."""
    with _lock:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def warn(say: Say) -> None:
    """A sentence for the person who runs this, also where nobody reads any more."""
    with _lock, contextlib.suppress(OSError, ValueError):
        sys.stderr.write(say.to(LANG) + "\n")
        sys.stderr.flush()


def as_json(value: Any) -> None:
    """JSON for programs, Arabic letters as they are."""
    line(json.dumps(value, ensure_ascii=False, indent=2))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns of text, the last one as long as it is."""
    widths = [max(len(str(row[i])) for row in [heads, *rows]) for i in range(len(heads))]
    widths[-1] = 0
    for row in [heads, *rows]:
        line("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def segment(channel: Channel, shown: Segment) -> None:
    """One segment as it would go out."""
    count = f" · {shown.length}/{shown.limit}" if shown.limit else ""
    text = f"{shown.subject}\n\n{shown.text}" if shown.subject else shown.text
    line(f"── {channel.service} · {channel.name}{count}\n{text}\n")


def shortened(text: str, most: int) -> str:
    """A text with an ellipsis where it is too long, cut between words."""
    if len(text) <= most:
        return text
    return (text[:most].rsplit(" ", 1)[0] if " " in text[:most] else text[:most]) + "…"


def post(channel: Channel, shown: Post) -> None:
    """All segments of a post."""
    for each in shown.segments:
        segment(channel, each)


def deliveries(
    found: Sequence[Delivery],
    zone: tzinfo,
    *,
    json_: bool,
    stands: Callable[[Delivery], Say | None] = lambda _delivery: None,
    cost: Mapping[int, int] = MappingProxyType({}),
    none: tuple[str, str] = ("No deliveries.", "لا إرسالات."),
) -> None:
    """Deliveries as a table or as JSON; `stands`: why one that waits does not go; `cost` in millionths of a dollar."""
    if json_:
        as_json([delivery_row(d, stands(d)) | {"cost_usd": cost.get(d.id, 0) / 1e6} for d in found])
        return
    if not found:
        line(t(*none))
        return
    heads = [
        t(*pair)
        for pair in (
            ("id", "رقم"),
            ("channel", "القناة"),
            ("state", "الحال"),
            ("due", "الموعد"),
            ("out", "خرج"),
            ("article", "المادة"),
            ("title and reason", "العنوان والسبب"),
        )
    ]
    rows = []
    for d in found:
        out = f"{sum(s.receipt is not None for s in d.segments)}/{len(d.segments)}"
        why = (stands(d) or d.note or d.reason).to(LANG)
        rows.append(
            [
                str(d.id),
                d.channel,
                state(d.state) + (t(" (preview)", " (معاينة)") if d.preview else ""),
                local(d.due_at, zone),
                out,
                d.article_id,
                f"{shortened(d.title, 60)} — {why}",
            ]
        )
    table(heads, rows)


def delivery_row(d: Delivery, stands: Say | None = None) -> dict[str, Any]:
    """A delivery as JSON."""
    return {
        "id": d.id,
        "service": d.service,
        "channel": d.channel,
        "state": d.state,
        "preview": d.preview,
        "article": d.article_id,
        "version": d.version,
        "occasion": d.occasion,
        "title": d.title,
        "urgent": d.urgent,
        "due_at": d.due_at.isoformat(),
        "expires_at": d.expires_at.isoformat() if d.expires_at else None,
        "not_before": d.not_before.isoformat() if d.not_before else None,
        "reason": d.reason.to(LANG),
        "note": note.to(LANG) if (note := stands or d.note) else None,
        "attempts": d.attempts,
        "segments": [
            {
                "n": s.n,
                "state": s.state,
                "remote_id": s.receipt.remote_id if s.receipt else None,
                "url": s.receipt.url if s.receipt else None,
                "text": d.post.segments[s.n].text,
            }
            for s in d.segments
        ],
    }


def post_row(channel: Channel, shown: Post) -> dict[str, Any]:
    """A post as JSON."""
    return {"service": channel.service, "channel": channel.name, "state": "preview", **post_fields(shown)}


def post_fields(shown: Post) -> dict[str, Any]:
    """The fields of a post that `format` and `preview` share."""
    first = shown.segments[0]
    return {
        "segments": [
            {"text": s.text, "parse_mode": s.parse_mode, "length": s.length, "limit": s.limit} for s in shown.segments
        ],
        "hashtags": list(shown.hashtags),
        "subject": first.subject,
        "html": first.html,
    }


def state(name: str) -> str:
    """A state in the language of this run."""
    arabic = {str(each): word for each, word in STATES.items()} | OTHER_STATES
    return arabic.get(name, name) if LANG == "ar" else name


def local_text(moment: str | None, zone: tzinfo) -> str:
    """A time that stands as ISO text, on the newsroom's clock; empty where there is none."""
    return local(datetime.fromisoformat(moment), zone) if moment else ""


def local(moment: datetime, zone: tzinfo) -> str:
    """A time on the newsroom's clock."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
