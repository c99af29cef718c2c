"""`nashir format`: articles in, posts out, line by line, in order, without a database."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, BinaryIO, TextIO

from bot.cli.language import t
from bot.cli.show import post_fields
from bot.config import load
from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.errors import BotError, Mistyped
from bot.domain.post import SERVICES
from bot.formats import FORMATS, Formats
from bot.formats.templating import Templates
from bot.pipeline.compose import compose

_ENCODED = json.JSONEncoder(ensure_ascii=False).encode


def format_lines(lines: BinaryIO, out: TextIO, services: Sequence[str], mode: str) -> int:
    """Format each line for each service; a bad line becomes {"id", "error"}; 1 where there was one, else 0."""
    for service in services:
        if service not in FORMATS:
            raise Mistyped(
                f"--service {service}: it is one of {', '.join(FORMATS)}.",
                f"--service {service}: هو واحد من {', '.join(FORMATS)}.",
            )
    if mode not in ("thread", "short", "long"):
        raise Mistyped(f"--mode {mode}: it is thread, short or long.", f"--mode {mode}: هو thread أو short أو long.")
    config = load(os.environ)
    formats = Formats(config.style, Templates(config.template_folders))
    channels = [
        Channel(name=s, service=s, mode=mode if s == "x" else "") for s in SERVICES if s in services or not services
    ]
    channels.sort(key=lambda channel: services.index(channel.service) if services else 0)

    def rows(id_: Any, article: Article) -> Iterator[dict[str, Any]]:
        for post in [compose(article, channel, formats) for channel in channels]:
            yield {"id": id_, "service": post.service, **post_fields(post)}

    return each_line(lines, out, rows)


def each_line(lines: BinaryIO, out: TextIO, rows: Callable[[Any, Article], Iterable[dict[str, Any]]]) -> int:
    """What `rows` makes of each article, in JSON lines; a bad line becomes {"id", "error"}; 1 where there was one."""
    failed = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row: Any = None
        try:
            row = json.loads(line.decode("utf-8-sig"))
            made = list(rows(row.get("id") if isinstance(row, dict) else None, read_article(row)))
        except (ValueError, TypeError, RecursionError, BotError) as error:
            failed = 1
            said = t(error.say.en, error.say.ar) if isinstance(error, BotError) else _said(error)
            row_id = row.get("id") if isinstance(row, dict) else None
            made = [{"id": row_id, "error": t(f"line {number}: {said}", f"السطر {number}: {said}")}]
        for each in made:
            _write(out, each)
    out.flush()
    return failed


def read_article(row: Any) -> Article:
    """The article of one line; raises ValueError."""
    if not isinstance(row, dict):
        raise ValueError(t("a line must be one JSON object", "يجب أن يكون السطر كائن JSON واحدا"))
    if not isinstance(row.get("id"), str | int):
        raise ValueError(t("`id` is missing", "`id` ناقص"))
    values: dict[str, Any] = {}
    for key in ("title", "body", "url", "section", "image"):
        values[key] = row.get(key) or ""
        if not isinstance(values[key], str):
            raise ValueError(t(f"`{key}` must be text", f"يجب أن يكون `{key}` نصا"))
    tags = row.get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValueError(t("`tags` must be a list of texts", "يجب أن يكون `tags` قائمة نصوص"))
    moment = _moment(row.get("published_at"))
    return Article(source="", guid=str(row["id"]), tags=tuple(tags), published_at=moment, **values)


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(
            t(
                "`published_at` must be a date with its zone such as 2026-11-24T10:30:00+01:00",
                "يجب أن يكون `published_at` تاريخا بفرق توقيته مثل 2026-11-24T10:30:00+01:00",
            )
        )
    return moment


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return t(f"not valid JSON: {error.msg}", f"صياغة JSON غير صحيحة: {error.msg}")
    if isinstance(error, RecursionError):
        return t("nested too deeply", "متداخل أكثر مما يُقرأ")
    if isinstance(error, UnicodeDecodeError):
        return t("not UTF-8", "ليس بترميز UTF-8")
    return str(error)


def _write(out: TextIO, row: dict[str, Any]) -> None:
    try:
        out.write(_ENCODED(row) + "\n")
    except UnicodeEncodeError:  # a lone surrogate in an id or an error: escaped, it is still the same text
        out.write(json.dumps(row) + "\n")
