"""An article that is brought: taken in as one of a feed, so that identity and rules hold for it, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.errors import Refused
from bot.domain.ports import Articles, Batch, Source, Sources
from bot.domain.say import Say
from bot.pipeline.contact import meet_all
from bot.pipeline.ingest import clean, take_in

BEFORE = timedelta(seconds=1)  # the first one that is brought came after the contact that it makes


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What became of an article that was brought."""

    article: Article
    outcome: str  # new, changed, sighted or known
    notes: tuple[Say, ...] = ()  # where an editor should look


def bring(
    article: Article,
    source: Source,
    channels: Sequence[Channel],
    articles: Articles,
    sources: Sources,
    now: datetime,
) -> Brought:
    """Take in one article; raises Refused where it cannot be kept, or takes back what is not known."""
    article = clean(article)
    if article.withdrawn and not articles.digests(source.name, [article.guid]):
        raise Refused(
            "It is not public, and nothing of it is known: nothing was done.", "ليست منشورة ولا نعرفها: لم يُفعل شيء."
        )
    if not sources.read_once(source.name):
        sources.fetched(source.name, {}, now + source.poll, now)
        meet_all(source, channels, articles, sources, now - BEFORE)
    intake = take_in(source, Batch(articles=(article,), cursor={}), channels, articles, sources, now)
    with articles.shelf() as shelf:
        own = shelf.sighting(source.name, article.guid)
        known = shelf.get(own.article_id) if own else None
    if known is None:
        said = next(iter(intake.faults), Say("It cannot be kept.", "تعذر حفظها."))
        raise Refused(said.en, said.ar)
    outcome = "new" if intake.new else "changed" if intake.changed else "sighted" if intake.sighted else "known"
    return Brought(article=known.article, outcome=outcome, notes=intake.news)
