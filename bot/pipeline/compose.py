"""Pick to post to delivery: the formatted post is stored, and what was previewed is what goes."""

from dataclasses import replace
from datetime import datetime

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.delivery import Draft, State
from bot.domain.errors import FormatError
from bot.domain.ports import Formatter
from bot.domain.post import Post
from bot.domain.say import Say

FIRST = "first"


def compose(article: Article, channel: Channel, formatter: Formatter) -> Post:
    """The post, its limits checked after rendering; raises FormatError."""
    post = formatter(article, channel)
    for number, segment in enumerate(post.segments, 1):
        if segment.limit is not None and (segment.length or 0) > segment.limit:
            raise FormatError(
                f"Segment {number} has {segment.length} of {segment.limit}: a template in "
                f"templates/{channel.service}/ adds too much.",
                f"المقطع {number} طوله {segment.length} من {segment.limit}: قالب في "
                f"templates/{channel.service}/ يزيد كثيرا.",
            )
        if not segment.text.strip():
            raise FormatError(
                f"Segment {number} is empty: mend templates/{channel.service}/.",
                f"المقطع {number} فارغ: صحح templates/{channel.service}/.",
            )
    return post


def after_embargo(article: Article, moment: datetime) -> datetime:
    """The moment, or the end of the article's embargo where that is later."""
    return max(moment, article.embargoed_until or moment)


def draft(
    article: Article,
    channel: Channel,
    formatter: Formatter,
    *,
    reason: Say,
    due_at: datetime,
    expires_at: datetime | None = None,
    slot: str | None = None,
    urgent: bool = False,
    occasion: str = FIRST,
) -> Draft:
    """A delivery to be, its post made, due after the article's embargo; raises FormatError."""
    post = compose(article, channel, formatter)
    subject = f"article:{article.id}"
    keyed = tuple(
        replace(segment, key=f"{channel.name}/{subject}/{occasion}/{n}") for n, segment in enumerate(post.segments)
    )
    return Draft(
        channel=channel.name,
        service=channel.service,
        preview=not channel.live,
        subject=subject,
        occasion=occasion,
        article_id=article.id,
        version=article.version,
        title=post.title,
        post=replace(post, segments=keyed),
        state=State.QUEUED,
        due_at=after_embargo(article, due_at),
        expires_at=expires_at,
        slot=slot,
        section=article.section,
        urgent=urgent,
        reason=reason,
    )
