"""Formatters: from an article to the post of each service."""

from collections.abc import Callable

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.post import Post, Service
from bot.domain.style import Style
from bot.formats import email, telegram, x
from bot.formats.copy import Copy, prepare
from bot.formats.templating import Templates

FORMATS: dict[Service, Callable[[Copy, Channel, Style, Templates], Post]] = {
    "x": x.compose,
    "telegram": telegram.compose,
    "email": email.compose,
}


class Formats:
    """`compose(article, channel)` for every service; the copy of the last article is kept for its next service."""

    def __init__(self, style: Style, templates: Templates) -> None:
        self.style, self.templates = style, templates
        self._last: tuple[Article, Copy] | None = None

    def __call__(self, article: Article, channel: Channel) -> Post:
        """The post of the channel's service; raises FormatError."""
        last = self._last
        if last is None or last[0] is not article:
            last = self._last = (article, prepare(article, self.style))
        return FORMATS[channel.service](last[1], channel, self.style, self.templates)
