"""Formatters: from an article to the post of each service."""

from collections.abc import Callable, Sequence

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.post import Post, Service
from bot.domain.style import Style
from bot.formats import email, telegram, x
from bot.formats.copy import Copy, glossary, prepare
from bot.formats.templating import Templates
from bot.text.hashtags import History, Suggestion

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
        self._last: tuple[Article, frozenset[str], Copy] | None = None

    def use(self, style: Style) -> None:
        """Another house style from now on."""
        self._glossary, self.style, self._last = glossary(style.tags), style, None

    def __call__(self, article: Article, channel: Channel) -> Post:
        """The post of the channel's service; raises FormatError."""
        return FORMATS[channel.service](self._copy(article), channel, self.style, self.templates)

    def tags(self, article: Article) -> tuple[Suggestion, ...]:
        """Up to ten tags for an article, best first, each with its reason; raises FormatError."""
        return self._copy(article).suggested

    def words(self, article: Article) -> str:
        """The paragraphs of an article in house style, parted by blank lines; raises FormatError."""
        return "\n\n".join(self._copy(article).paragraphs)

    def mail(self, article: Article, channel: Channel, title: str, words: str, tags: Sequence[str]) -> Post:
        """A mail in an editor's words; raises FormatError."""
        return email.rewritten(self._copy(article), title, words, tags, channel, self.style, self.templates)

    def _copy(self, article: Article) -> Copy:
        history, last = self._history(), self._last
        banned = history.banned if history else frozenset()
        if last is None or last[0] != article or last[1] != banned:
            last = self._last = (article, banned, prepare(article, self.style, self._glossary, history))
        return last[2]
