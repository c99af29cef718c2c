"""The preview page: each segment as a follower would see it, in safe HTML, invisible marks made visible."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import nh3
from markupsafe import Markup, escape

from bot.formats.templating import Templates
from bot.text.marks import DIRECTION, ZWNJ

TELEGRAM_TAGS = {"a", "b", "strong", "i", "em", "s", "u", "code", "pre", "blockquote", "tg-spoiler"}
_MARK = re.compile(f"[{DIRECTION}{ZWNJ}]")
_SHORT = {
    "ARABIC LETTER MARK": "ALM",
    "RIGHT-TO-LEFT MARK": "RLM",
    "LEFT-TO-RIGHT MARK": "LRM",
    "LEFT-TO-RIGHT ISOLATE": "LRI",
    "RIGHT-TO-LEFT ISOLATE": "RLI",
    "FIRST STRONG ISOLATE": "FSI",
    "POP DIRECTIONAL ISOLATE": "PDI",
    "ZERO WIDTH NON-JOINER": "ZWNJ",
}
_LINK = re.compile(r"(https?://[^\s<]*[^\s<.,،؛:!?؟)»”\"]|(?<![\w#])#\w+)")
_TAGS = re.compile(r"(<[^>]*>)")


def marks_shown(safe: str) -> Markup:
    """Invisible marks with a chip beside each that names it."""
    return Markup(_MARK.sub(_chip, safe))  # noqa: S704 - `safe` is escaped or cleaned by the callers


def x_html(text: str) -> Markup:
    """A post on X: links and tags in their colour."""
    parts = _LINK.split(text)
    parts[::2] = [str(escape(part)) for part in parts[::2]]
    parts[1::2] = [
        f'<span class="link"{"" if part[0] == "#" else " dir=ltr"}>{escape(part)}</span>' for part in parts[1::2]
    ]
    return marks_shown("".join(parts))


def telegram_html(text: str) -> Markup:
    """A Telegram message: its own markup, and nothing else, let through."""
    safe = nh3.clean(
        text,
        tags=TELEGRAM_TAGS,
        attributes={"a": {"href"}, "blockquote": {"expandable"}},
        url_schemes={"http", "https", "tg"},
    )
    parts = _TAGS.split(safe)
    parts[::2] = [re.sub(r"(?<![\w#&])#\w+", lambda tag: f'<span class="link">{tag[0]}</span>', p) for p in parts[::2]]
    return marks_shown("".join(parts))


def render_page(templates: Templates, newsroom: str, columns: Sequence[dict[str, Any]]) -> str:
    """The page with one column for each channel; raises FormatError."""
    return templates.render(
        "preview/index.html.j2", newsroom=newsroom, columns=columns, x_html=x_html, telegram_html=telegram_html
    )


def _chip(match: re.Match[str]) -> str:
    name = unicodedata.name(match[0])
    short = _SHORT.get(name, name)
    return f'{match[0]}<abbr class="inv" title="{name}" dir="ltr">{short}</abbr>'
