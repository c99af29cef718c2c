"""Formatters: from an article to the post of each service."""

from collections.abc import Callable

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.post import Post, Service
from bot.domain.style import Style
from bot.formats import email, telegram, x
from bot.formats.copy import Copy, glossary, prepare
from bot.formats.templating import Templates
from bot.text.hashtags import History

FORMATS: dict[Service, Callable[[Copy, Channel, Style, Templates], Post]] = {
    "x": x.compose,
    "telegram": telegram.compose,
    "email": email.compose,
}


class Formats:
    """`compose(article, channel)` for every service; the copy of the last article is kept for its next service.

    `history` gives the tags that the newsroom has used, where it is known.
    """

    def __init__(
        self, style: Style, templates: Templates, history: Callable[[], History | None] = lambda: None
    ) -> None:
        self.style, self.templates, self._history = style, templates, history
        self._glossary = glossary(style.tags)
        self._last: tuple[Article, Copy] | None = None

    def __call__(self, article: Article, channel: Channel) -> Post:
        """The post of the channel's service; raises FormatError."""
        last = self._last
        if last is None or last[0] is not article:
            last = self._last = (article, prepare(article, self.style, self._glossary, self._history()))
        return FORMATS[channel.service](last[1], channel, self.style, self.templates)
