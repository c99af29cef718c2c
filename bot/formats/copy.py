"""Copy (نص المادة): an article cleaned and set in house style, from which every form is made."""

from dataclasses import dataclass

from bot.domain.article import Article
from bot.domain.errors import FormatError
from bot.domain.style import HouseTags, Style
from bot.text import clean, hashtags, links, quotations
from bot.text.typography import typeset

MOST_TITLE = 2_000  # letters that are looked at, of any article
MOST_LETTERS = 300_000
LEAST_CHANCE = 0.12  # of a made tag in a post


@dataclass(frozen=True, kw_only=True)
class Copy:
    """What all forms of one article share."""

    title: str
    paragraphs: tuple[str, ...]
    suggested: tuple[hashtags.Suggestion, ...]  # up to ten hashtags, best first
    url: str
    image: str
    section: str

    @property
    def tags(self) -> tuple[str, ...]:
        """The hashtags with their # that an editor would likely sign; a post rather has none than a poor one."""
        return tuple(each.tag for each in self.suggested if each.score >= LEAST_CHANCE)


def glossary(tags: HouseTags) -> hashtags.Glossary:
    """The house's words by the keys that they are looked up by."""
    key = hashtags.tag_key
    return hashtags.Glossary(
        aliases={key(spelling): tag for spelling, tag in tags.aliases.items()},
        banned=frozenset(map(key, tags.banned)),
        always=tags.always,
        places=frozenset(tags.places),
    )


def prepare(
    article: Article,
    style: Style,
    words: hashtags.Glossary = hashtags.EMPTY,
    history: hashtags.History | None = None,
) -> Copy:
    """Furniture and tag lines off, signs in house style, tags chosen; raises FormatError where nothing is left."""
    signs = style.digits, style.quotes, style.months
    heading, named = clean.untagged(" ".join(clean.plain(article.title[:MOST_TITLE]).split()))
    title = typeset(heading, *signs)
    raw, line_tags = clean.body(title, article.body[:MOST_LETTERS], style.furniture)
    for n, paragraph in enumerate(raw):
        raw[n], some = clean.untagged(paragraph)
        named += some
    paragraphs = tuple(filter(None, (typeset(paragraph, *signs).strip() for paragraph in quotations.whole(raw))))
    if not title and paragraphs:
        title, paragraphs = paragraphs[0], paragraphs[1:]
    if not title:
        raise FormatError(
            "The article has neither a title nor a text; there is nothing to publish.",
            "المادة بلا عنوان ولا نص؛ لا شيء يُنشر.",
        )
    own = [tag for tag in map(clean.plain, article.tags) if tag]
    own = [] if clean.spells(title, own) else own
    return Copy(
        title=title,
        paragraphs=paragraphs,
        suggested=tuple(
            hashtags.suggest(
                title,
                paragraphs,
                own=[*own, *line_tags, *named],
                section=article.section,
                glossary=words,
                history=history,
            )
        ),
        url=links.safe(article.url),
        image=links.safe(article.image),
        section=article.section,
    )
