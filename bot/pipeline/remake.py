"""What waits in another form, with other tags, or as a mail in other words; and tags that are banned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.domain.article import Article
from bot.domain.channel import MODES, Channel
from bot.domain.delivery import Delivery
from bot.domain.errors import FormatError, NotFound, Refused
from bot.domain.person import Actor
from bot.domain.ports import Articles, Formatter, Now, Outbox
from bot.domain.post import Post
from bot.pipeline import desk
from bot.pipeline.compose import compose
from bot.pipeline.office import Log, Office


class Bans(Protocol):
    """Tags that no post carries by itself."""

    def banned(self) -> list[str]:
        """With their #, in the order of their banning."""

    def set_banned(self, tag: str, who: str, now: datetime, *, on: bool) -> bool:
        """Ban a tag, or allow it again; False where it is so already."""


class Mail(Protocol):
    """Makes a mail in an editor's words."""

    def __call__(self, article: Article, channel: Channel, title: str, words: str, tags: Sequence[str], /) -> Post:
        """The post; raises FormatError."""


@dataclass(frozen=True, kw_only=True)
class Remaker:
    """Makes posts that wait anew, each change by the edition that it was written over."""

    office: Office
    channels: Mapping[str, Channel]
    articles: Articles
    outbox: Outbox
    formatter: Formatter
    mail: Mail
    words: Callable[[Article], str]  # the text of a mail that nobody edited
    tags: Callable[[Sequence[str], str, str], tuple[str, ...]]  # with one more and without another; raises FormatError
    valid: Callable[[str], str]  # a tag as it is written, "" where it is none
    retagged: Callable[[Post, Sequence[str]], Post]  # raises FormatError
    rewritten: Callable[[Post, Sequence[str], str | None], Post]  # raises FormatError
    bans: Bans
    log: Log
    now: Now

    def edited(self, delivery: Delivery, texts: Sequence[str], subject: str | None) -> Post:
        """The post in new words; a mail is made of them anew. Raises NotFound, FormatError."""
        if delivery.service != "email":
            return self.rewritten(delivery.post, texts, subject)
        if len(texts) != 1:
            raise FormatError("A mail is one text.", "البريد نص واحد.")
        article, channel = self._made_of(delivery)
        return self.mail(article, channel, subject or delivery.title, texts[0], delivery.post.hashtags)

    def retag(self, actor: Actor, delivery_id: int, edition: int, *, add: str = "", remove: str = "") -> Delivery:
        """A tag more, another less; raises NotAllowed, NotFound, FormatError, Conflict."""
        delivery = desk.found(delivery_id, self.outbox)
        self.office.allow(actor, "edit")
        tags = self.tags(delivery.post.hashtags, add, remove)
        if delivery.service == "email":
            article, channel = self._made_of(delivery)
            words = delivery.post.words or self.words(article)
            post = self.mail(article, channel, delivery.title, words, tags)
        else:
            post = self.retagged(delivery.post, tags)
        return self.office.put(actor, "tags", delivery, edition, post, add=add, remove=remove)

    def remode(self, actor: Actor, delivery_id: int, edition: int, mode: str) -> Delivery:
        """Another form of the article, as the formatter makes it; a text by hand is lost.

        Raises NotAllowed, NotFound, Refused, FormatError, Conflict.
        """
        delivery = desk.found(delivery_id, self.outbox)
        self.office.allow(actor, "edit")
        if mode not in MODES[delivery.service]:
            known = ", ".join(MODES[delivery.service]) or "-"
            raise NotFound(
                f"There is no form {mode} on {delivery.service}; its forms are: {known}.",
                f"لا شكل اسمه {mode} على {delivery.service}؛ أشكاله: {known}.",
            )
        article, channel = self._made_of(delivery)
        if article.version != delivery.version:
            raise Refused(
                "Its article has a newer version: publish that first.", "للمادة نسخة أحدث: انشرها أولا ثم غيّر الشكل."
            )
        post = compose(article, replace(channel, mode=mode), self.formatter)
        return self.office.put(actor, "mode", delivery, edition, post, mode=mode)

    def ban(self, actor: Actor, tag: str, *, on: bool = True) -> tuple[str, bool]:
        """No post carries a tag by itself any more, or may again; the tag, and False where it is so already.

        What waits keeps its tags. Raises NotAllowed, FormatError.
        """
        self.office.allow(actor, "configure")
        known = self.valid(tag)
        if not known:
            raise FormatError("That is no tag.", "هذا ليس وسما.")
        done = self.bans.set_banned(known, actor.name, self.now(), on=on)
        if done:
            self.log.note(actor, "tag_ban" if on else "tag_allow", f"tag:{known}"[:80], self.now())
        return known, done

    def _made_of(self, delivery: Delivery) -> tuple[Article, Channel]:
        article, channel = self.articles.get(delivery.article_id), self.channels.get(delivery.channel)
        if article is None or channel is None:
            raise NotFound("Its article or its channel is gone.", "لم تعد مادته أو قناته موجودة.")
        return article, channel
