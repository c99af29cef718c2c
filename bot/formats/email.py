"""E-mail: the whole article, as HTML and as text, from right to left."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.channel import Channel
from bot.domain.errors import FormatError
from bot.domain.post import Post, Segment
from bot.domain.style import Style
from bot.formats.copy import MOST_LETTERS, Copy
from bot.formats.templating import Templates
from bot.text import bidi, clean, links
from bot.text.marks import RLM
from bot.text.paragraphs import story
from bot.text.sentences import sentences
from bot.text.split import beginning, cut

PREHEADER = 120  # about what an inbox shows beside the subject
SUBJECT = 200
FIRST = 5  # paragraphs, one of which tells something

_GAPS = re.compile(r"\n{3,}")


def compose(copy: Copy, channel: Channel, style: Style, templates: Templates) -> Post:
    """One message; it has no limit of length."""
    return _made(copy, copy.tags[: style.hashtags["email"]], channel, style, templates)


def rewritten(
    copy: Copy, title: str, words: str, tags: Sequence[str], channel: Channel, style: Style, templates: Templates
) -> Post:
    """The message with another title and other paragraphs; raises FormatError where one of the two is empty."""
    title = " ".join(clean.plain(title).split())
    paragraphs = tuple(clean.paragraphs(clean.plain(words)))
    if not title or not paragraphs:
        raise FormatError("A mail needs a subject and a text.", "البريد يحتاج موضوعا ونصا.")
    if len(title) > SUBJECT or sum(map(len, paragraphs)) > MOST_LETTERS:
        raise FormatError(
            f"A subject has at most {SUBJECT} letters, a text {MOST_LETTERS:,}.",
            f"الموضوع {SUBJECT} حرفا على الأكثر والنص {MOST_LETTERS:,}.",
        )
    post = _made(replace(copy, title=title, paragraphs=paragraphs), tags, channel, style, templates)
    return replace(post, words="\n\n".join(paragraphs))


def _made(copy: Copy, tags: Sequence[str], channel: Channel, style: Style, templates: Templates) -> Post:
    values = {
        "title": copy.title,
        "paragraphs": copy.paragraphs,
        "tags": tags,
        "image": copy.image,
        "link": links.with_parameters(copy.url, channel.utm),
        "read_on_site": style.read_on_site,
        "newsroom": style.newsroom,
        "language": style.language,
        "section": copy.section,
        "preheader": _preheader(copy),
    }
    text = _GAPS.sub("\n\n", templates.render("email/article.txt.j2", **values)).strip() + "\n"
    segment = Segment(
        text=bidi.mend(text, RLM),
        subject=bidi.mend(cut(copy.title, SUBJECT, len)[0], RLM),
        html=bidi.mend_html(templates.render("email/article.html.j2", **values), told=True),
    )
    return Post(service="email", segments=(segment,), hashtags=tuple(tags), title=copy.title)


def _preheader(copy: Copy) -> str:
    """What the first sentence tells that tells something by itself, closed at a clause."""
    told = (sentence for paragraph in story(copy.paragraphs[:FIRST]) for sentence in sentences(paragraph))
    return beginning(next((sentence for sentence in told if not sentence.endswith(":")), ""), PREHEADER)
