"""One file into an article: text, Markdown with front matter, JSON."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.sources import html, json_feed

_FRONT = re.compile(r"\A\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)
_OPEN_FRONT = re.compile(r"\A\s*---[ \t]*\n\s*\w+[ \t]*:")
_RELATIVE = re.compile(r"-(\d{1,5})([mhd])")
_HEADING = re.compile(r"\A\s*#\s+(.+?)\s*#*\s*(?:\n|\Z)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

KEYS = (
    *("id", "title", "body", "url", "tags", "section", "author", "image", "published_at", "date"),
    *("embargoed_until", "embargo", "urgent", "withdrawn"),
)
CLOCK_FAULT = timedelta(minutes=2)

Fields = dict[str, Any]


def shown(path: Path) -> str:
    """A path as people may see it: letters that are none, line breaks and controls replaced."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(path))


def read_article(
    data: bytes,
    *,
    name: str,
    path: str,
    source: str,
    section: str,
    zone: tzinfo,
    relative_to: datetime | None,
    default_date: datetime,
    now: datetime,
) -> Article:
    """The article of one file; raises SourceError saying what is wrong in it.

    `name` is the file's in its source, and its identity where it gives none; `path` is for messages.
    `relative_to` is what a date such as "-90m" counts from; None where such dates are not allowed.
    """
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8.",
            f"{path}: الملف ليس بترميز UTF-8 عند البايت {error.start}؛ احفظه بهذا الترميز.",
        ) from None
    fields = READERS[path.rsplit(".", 1)[-1].lower()](path, text)
    _no_misspelling(fields, path)
    title, body = _text(fields, "title", path), _text(fields, "body", path)
    if not title.strip() and not body.strip():
        raise SourceError(f"{path}: the file has neither a title nor a text.", f"{path}: الملف بلا عنوان ولا نص.")
    at = _moment(fields, ("published_at", "date"), path, zone, relative_to) or default_date
    tags = fields.get("tags") or []
    if isinstance(tags, str):
        tags = re.split(r"[,،]", tags)
    if not isinstance(tags, list | tuple):
        raise SourceError(
            f"{path}: `tags` must be a list, or words parted by commas.",
            f"{path}: يجب أن يكون `tags` قائمة، أو كلمات بينها فواصل.",
        )
    embargo = _moment(fields, ("embargoed_until", "embargo"), path, zone, relative_to)
    if at > now + CLOCK_FAULT:  # a date to come is the time from which it may be published
        embargo = max(embargo or at, at)
    return Article(
        source=source,
        guid=str(fields.get("id") or name),
        title=title.strip(),
        body=body.strip(),
        url=_text(fields, "url", path).strip(),
        tags=tuple(str(tag).strip() for tag in tags if str(tag).strip()),
        section=_text(fields, "section", path) or section,
        author=_text(fields, "author", path),
        image=_text(fields, "image", path).strip(),
        published_at=at,
        embargoed_until=embargo,
        urgent=fields.get("urgent") is True,
        withdrawn=fields.get("withdrawn") is True,
    )


def _plain_text(_path: str, text: str) -> Fields:
    """Title line, blank line, paragraphs."""
    title, _, body = text.strip().partition("\n")
    return {"title": title, "body": body}


def _markdown(path: str, text: str) -> Fields:
    fields: Fields = {}
    if match := _FRONT.match(text):
        try:
            fields = yaml.safe_load(match[1]) or {}
        except yaml.YAMLError as error:
            line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
            raise SourceError(
                f'{path}:{line}: the front matter is not valid YAML; put a value that holds ": " in quotation marks.',
                f'{path}:{line}: صياغة YAML في رأس الملف غير صحيحة؛ ضع القيمة التي فيها ": " بين علامتي اقتباس.',
            ) from None
        if not isinstance(fields, dict):
            raise SourceError(
                f"{path}: the front matter must be lines of `key: value`.",
                f"{path}: رأس الملف يجب أن يكون أسطرا من `مفتاح: قيمة`.",
            )
        text = match[2]
    elif _OPEN_FRONT.match(text):
        raise SourceError(
            f"{path}: the front matter has no end; close it with a line of `---`.",
            f"{path}: رأس الملف بلا نهاية؛ أغلقه بسطر `---`.",
        )
    heading = _HEADING.match(text)
    if heading and not fields.get("title"):
        fields["title"], text = heading[1], text[heading.end() :]
    return fields | {"body": html.paragraphs(MarkdownIt("commonmark").render(text))}


def _json(path: str, text: str) -> Fields:
    try:
        fields = json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path}:{error.lineno}: this is not valid JSON: {error.msg}.",
            f"{path}:{error.lineno}: صياغة JSON غير صحيحة.",
        ) from None
    if not isinstance(fields, dict):
        raise SourceError(f"{path}: the file must hold one JSON object.", f"{path}: يجب أن يحوي الملف كائن JSON واحدا.")
    if json_feed.is_ninjs(fields):
        item = json_feed.ninjs(fields)
        fields = {key: value for key, value in asdict(item).items() if value} | {"id": item.guid, "body": item.html}
    return {**fields, "body": html.paragraphs(_text(fields, "body", path))}


def _no_misspelling(fields: Fields, path: str) -> None:
    """A key that nobody knows may be any program's own; one that is nearly a key of ours is a slip of the pen."""
    for key in fields:
        near = get_close_matches(str(key).lower(), KEYS, 1, cutoff=0.75) if key not in KEYS else []
        if near and near[0] not in fields:
            raise SourceError(
                f"{path}: `{key}` is no key; did you mean `{near[0]}`?",
                f"{path}: لا مفتاح اسمه `{key}`؛ هل تقصد `{near[0]}`؟",
            )


READERS: dict[str, Callable[[str, str], Fields]] = {"txt": _plain_text, "md": _markdown, "json": _json}


def _text(fields: Fields, key: str, path: str) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise SourceError(f"{path}: `{key}` must be text.", f"{path}: يجب أن يكون `{key}` نصا.")


def _moment(
    fields: Fields, keys: tuple[str, ...], path: str, zone: tzinfo, relative_to: datetime | None
) -> datetime | None:
    """The date under the first of these keys that is there."""
    key, value = next(((key, fields[key]) for key in keys if fields.get(key) not in (None, "")), (keys[0], None))
    if value is None:
        return None
    if isinstance(value, str) and (match := _RELATIVE.fullmatch(value)) and relative_to:
        return relative_to - timedelta(**{_UNITS[match[2]]: int(match[1])})
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=zone)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    try:
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:  # at an end of the calendar
        pass
    raise SourceError(
        f"{path}: `{key}` must be a date such as 2026-11-24T10:30:00+01:00.",
        f"{path}: يجب أن يكون `{key}` تاريخا مثل 2026-11-24T10:30:00+01:00.",
    )
