"""Telegram: one message in HTML."""

import re

from bot.domain.channel import Channel
from bot.domain.errors import FormatError
from bot.domain.post import Post, Segment
from bot.domain.style import Style
from bot.formats.copy import Copy
from bot.formats.templating import Templates
from bot.text import bidi, links
from bot.text.measure import telegram_length, utf16_length
from bot.text.sentences import sentences
from bot.text.split import cut, most, prefixes

LIMIT = 4096  # core.telegram.org/bots/api#sendmessage, after entities are parsed; UTF-16 units are a safe count
RAW_LIMIT = 32_768  # bytes before parsing

MOST_SENTENCES = 100  # of one paragraph that are tried

_GAPS = re.compile(r"\n{3,}")


def compose(copy: Copy, channel: Channel, style: Style, templates: Templates) -> Post:
    """Headline, whole paragraphs as far as they fit, link and tags; raises FormatError where not even the rest fits."""
    link = links.with_parameters(copy.url, channel.utm)
    tags = copy.tags[: style.hashtags["telegram"]]

    def render(title: str, paragraphs: list[str]) -> str:
        text = templates.render(
            "telegram/post.html.j2",
            title=title,
            paragraphs=paragraphs,
            link=link,
            tags=tags,
            more=style.more,
            section=copy.section,
        )
        return bidi.mend_html(_GAPS.sub("\n\n", text).strip())

    def fits(text: str) -> bool:
        return telegram_length(text) <= LIMIT and len(text.encode()) <= RAW_LIMIT

    title = copy.title if utf16_length(copy.title) <= LIMIT // 4 else cut(copy.title, LIMIT // 4, utf16_length)[0]
    paragraphs = list(copy.paragraphs)
    whole = most(len(paragraphs), lambda n: fits(render(title, paragraphs[:n])))
    bodies = [paragraphs[:whole]] if whole else _beginnings(paragraphs)
    text = next((t for t in (render(title, body) for body in bodies) if fits(t)), "")
    if not text:
        raise FormatError(
            "templates/telegram/post.html.j2: headline, link and tags alone pass Telegram's limit.",
            "templates/telegram/post.html.j2: العنوان والرابط والوسوم وحدها تتجاوز حد تلغرام.",
        )
    segment = Segment(
        text=text, parse_mode="HTML", length=telegram_length(text), limit=LIMIT, preview_url=copy.image or link or None
    )
    return Post(service="telegram", segments=(segment,), hashtags=tags, title=copy.title)


def _beginnings(paragraphs: list[str]) -> list[list[str]]:
    """Of a first paragraph that is too long its beginning, ever fewer sentences; then none."""
    first = [[beginning] for beginning in prefixes(sentences(paragraphs[0])[:MOST_SENTENCES])] if paragraphs else []
    short = [[cut(paragraphs[0], LIMIT // 2, utf16_length)[0]]] if paragraphs else []
    return [*first, *short, []]
