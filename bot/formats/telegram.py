"""Telegram: a message in HTML, several, a caption under a picture, or a rich message told to run from the right.

Limits: core.telegram.org/bots/api#sendmessage, #sendphoto, #sendrichmessage, after entities are parsed; UTF-16 units
are a safe count of them.
"""

import re
from collections.abc import Sequence

from bot.domain.channel import Channel
from bot.domain.errors import FormatError
from bot.domain.post import Post, Segment
from bot.domain.style import Style
from bot.formats.copy import Copy
from bot.formats.templating import Templates
from bot.text import bidi, links
from bot.text.inline import place
from bot.text.measure import telegram_length, utf16_length
from bot.text.salience import fitting
from bot.text.sentences import sentences
from bot.text.split import cut, most, prefixes

LIMIT = 4096
CAPTION_LIMIT = 1024
RICH_LIMIT = 32_768
RAW_LIMIT = 32_768  # bytes before parsing
OPEN_LETTERS = 700  # of a message whose rest is folded away
MOST_SENTENCES = 100  # of one paragraph that are tried

_GAPS = re.compile(r"\n{3,}")


def compose(copy: Copy, channel: Channel, style: Style, templates: Templates) -> Post:
    """Headline, whole paragraphs, link and tags in the channel's mode; raises FormatError where none fits."""
    writer = _Writer(copy, channel, style, templates)
    make = {"messages": writer.messages, "caption": writer.caption, "rich": writer.rich}.get(
        channel.mode, writer.message
    )
    return Post(service="telegram", segments=tuple(make()), hashtags=writer.tags, title=copy.title)


class _Writer:
    def __init__(self, copy: Copy, channel: Channel, style: Style, templates: Templates) -> None:
        self.copy, self.channel, self.style, self.templates = copy, channel, style, templates
        self.link = links.with_parameters(copy.url, channel.utm)
        self.tags = copy.tags[: style.hashtags["telegram"]]
        cards = {"picture": copy.image or self.link, "link": self.link}
        self.card = cards.get(channel.card, "") or None
        self._last: tuple[tuple[str, tuple[str, ...]], str] | None = None
        self.title = copy.title
        if utf16_length(self.title) > LIMIT // 4:
            self.title = cut(self.title, LIMIT // 4, utf16_length)[0]

    def message(self) -> list[Segment]:
        """One message; in mode `expandable` what stands behind the beginning is a quotation that opens at a touch."""
        text = self._within(LIMIT)
        return [self._segment(text, LIMIT, preview_url=self.card)]

    def messages(self) -> list[Segment]:
        """As many messages as the whole text needs, up to `max_segments`: headline first, link and tags last."""
        paragraphs = list(self.copy.paragraphs)
        found: list[str] = []
        while len(found) < self.style.max_segments:
            title = "" if found else self.title
            if _fits(self._post(title, paragraphs), LIMIT):
                found.append(self._post(title, paragraphs))
                break
            last = len(found) + 1 == self.style.max_segments
            if last or not (whole := self._whole(title, paragraphs)):
                found.append(self._within(LIMIT, title, paragraphs))
                break
            found.append(self._render(title, paragraphs[:whole], link="", tags=()))
            paragraphs = paragraphs[whole:]
        return [self._segment(text, LIMIT, preview_url=None if n else self.card) for n, text in enumerate(found)]

    def caption(self) -> list[Segment]:
        """The text under the article's picture; a message where it has none."""
        if not self.copy.image:
            return self.message()
        return [self._segment(self._within(CAPTION_LIMIT), CAPTION_LIMIT, photo=self.copy.image)]

    def rich(self) -> list[Segment]:
        """A rich message: headings and paragraphs of its own, and the direction told to Telegram."""

        def shown(paragraphs: Sequence[str]) -> str:
            return bidi.mend_html(
                self._template("telegram/rich.html.j2", self.title, paragraphs, (), self.link, self.tags), told=True
            )

        kept = fitting(self.title, self.copy.paragraphs, lambda some: _fits(shown(some), RICH_LIMIT))
        return [self._segment(shown(kept), RICH_LIMIT, rich=True)]

    def _within(self, limit: int, title: str | None = None, paragraphs: Sequence[str] | None = None) -> str:
        """Whole paragraphs by importance, or the first one's beginning where not even that fits; raises FormatError."""
        title = self.title if title is None else title
        paragraphs = self.copy.paragraphs if paragraphs is None else paragraphs
        kept = fitting(self.title, paragraphs, lambda some: _fits(self._post(title, some), limit))
        bodies = [kept] if kept else _beginnings(paragraphs, limit)
        short = cut(title, limit // 2, utf16_length)[0] if utf16_length(title) > limit // 2 else title
        tries = [(title, body) for body in bodies] + [(short, [])]
        text = next((t for t in (self._post(head, body) for head, body in tries) if _fits(t, limit)), "")
        if not text:
            raise FormatError(
                "templates/telegram/post.html.j2: headline, link and tags alone pass Telegram's limit.",
                "templates/telegram/post.html.j2: العنوان والرابط والوسوم وحدها تتجاوز حد تلغرام.",
            )
        return text

    def _whole(self, title: str, paragraphs: Sequence[str]) -> int:
        """How many paragraphs a message of a series holds; 0 where not even one fits."""
        return most(len(paragraphs), lambda n: _fits(self._render(title, paragraphs[:n], link="", tags=()), LIMIT))

    def _post(self, title: str, paragraphs: Sequence[str]) -> str:
        """A message with link and tags; the last one is kept, for it is asked for again once it fits."""
        asked = (title, tuple(paragraphs))
        if self._last is None or self._last[0] != asked:
            self._last = (asked, self._render(title, paragraphs, link=self.link, tags=self.tags))
        return self._last[1]

    def _render(self, title: str, paragraphs: Sequence[str], *, link: str, tags: tuple[str, ...]) -> str:
        shown = len(paragraphs)
        if self.channel.mode == "expandable":
            shown = next((n for n in range(1, len(paragraphs)) if sum(map(len, paragraphs[:n])) >= OPEN_LETTERS), shown)
        if self.style.tag_place == "inline" and tags:
            placed, rest = place([title, *paragraphs], tags)
            title, paragraphs, tags = placed[0], placed[1:], tuple(rest)
        text = self._template("telegram/post.html.j2", title, paragraphs[:shown], paragraphs[shown:], link, tags)
        return bidi.mend_html(_GAPS.sub("\n\n", text).strip())

    def _template(
        self, name: str, title: str, paragraphs: Sequence[str], folded: Sequence[str], link: str, tags: tuple[str, ...]
    ) -> str:
        return self.templates.render(
            name,
            title=title,
            paragraphs=list(paragraphs),
            folded=list(folded),
            link=link,
            tags=tags,
            more=self.style.more,
            section=self.copy.section,
            image=self.copy.image,
        )

    @staticmethod
    def _segment(
        text: str, limit: int, *, preview_url: str | None = None, photo: str | None = None, rich: bool = False
    ) -> Segment:
        return Segment(
            text=text,
            parse_mode="HTML",
            length=telegram_length(text),
            limit=limit,
            preview_url=preview_url,
            photo=photo,
            rich=rich,
        )


def _fits(text: str, limit: int) -> bool:
    return telegram_length(text) <= limit and len(text.encode()) <= RAW_LIMIT


def _beginnings(paragraphs: Sequence[str], limit: int) -> list[list[str]]:
    """Of a first paragraph that is too long its beginning, ever fewer sentences; then none."""
    first = [[beginning] for beginning in prefixes(sentences(paragraphs[0])[:MOST_SENTENCES])] if paragraphs else []
    short = [[cut(paragraphs[0], limit // 2, utf16_length)[0]]] if paragraphs else []
    return [*first, *short, []]
