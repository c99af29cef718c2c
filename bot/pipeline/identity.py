"""One article, once: is an item a new article, a new version, or one that is known already, and why?

`judge` decides and is pure; `keep` looks up what it needs and writes what it says.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.article import BY_HAND, Article
from bot.domain.ports import Articles, Shelf
from bot.domain.say import Say
from bot.domain.sighting import Kind, Known, Sighting, Verdict
from bot.text.fingerprint import changed_numbers, likeness, trigrams
from bot.text.folding import words

log = logging.getLogger(__name__)

ALIKE = 0.5  # of all runs of three words: a light edit is above, another article on the same event below
ALIKE_BUT_NUMBERS = 0.6
SAME_TEXT = timedelta(days=30)  # how long the same words are the same article
NEAR_TEXT = timedelta(days=7)  # and nearly the same words
NEXT_DAY = timedelta(hours=20)  # from then on the same words with other numbers (prices, weather) are news again
FEW_WORDS = 12  # so short a text may come back by chance: "صور اليوم"

OWN = (Kind.FIRST, Kind.URL)


def judge(
    article: Article,
    digest: str,
    own: Sighting | None,
    of_url: Known | None,
    of_text: Known | None,
    near: Sequence[Known],
    now: datetime,
) -> Verdict | None:
    """What the item is; None where it was seen before just as it is now.

    `own` is what its source showed under its guid before, `of_url` the article of its address, `of_text` one of the
    same words, `near` those that may be nearly the same.
    """
    if own:
        if own.digest == digest:
            return None
        if own.kind is Kind.URL and of_url:
            return _by_url(article, of_url)
        if own.kind in OWN:
            return Verdict(kind=own.kind, article_id=own.article_id, new_version=True)
        return Verdict(kind=own.kind, article_id=own.article_id, note=own.note)
    if of_url and not _only_shares_a_link(article, of_url.article):
        return _by_url(article, of_url)
    few = len(f"{article.title} {article.body}".split()) < FEW_WORDS
    if of_text and now - of_text.first_seen < (NEXT_DAY if few else SAME_TEXT):
        return Verdict(kind=Kind.TEXT, article_id=of_text.article.id, note=_same_text(of_text.article))
    return _by_near_text(article, near, now) or Verdict(kind=Kind.FIRST)


def _by_url(article: Article, known: Known) -> Verdict:
    """The same address: a new version where its own source shows it, or an editor had given it; else a sighting.

    One source never changes or takes back what another brought.
    """
    other = known.article
    may_change = other.source in (article.source, BY_HAND)
    part = article.source != other.source and len(article.body) < len(other.body) and not article.withdrawn
    same = (article.title, article.body, article.withdrawn) == (other.title, other.body, other.withdrawn)
    note = Say(f"It has the address of article {other.id}.", f"لها عنوان المادة {other.id} نفسه.")
    if not may_change and article.withdrawn:
        note = Say(
            f"Source {article.source} takes back article {other.id}, which source {other.source} brought: look at it.",
            f"المصدر {article.source} يسحب المادة {other.id} التي جاء بها المصدر {other.source}: انظر فيها.",
        )
    return Verdict(kind=Kind.URL, article_id=other.id, new_version=may_change and not part and not same, note=note)


def _only_shares_a_link(article: Article, other: Article) -> bool:
    """Whether another item of the same source has its address by chance: a live page, the front page of a site."""
    if article.source != other.source or article.guid == other.guid or article.withdrawn or not other.title:
        return False
    title, of_other = set(words(article.title)), set(words(other.title))
    if 2 * len(title & of_other) >= min(len(title), len(of_other)):
        return False
    return likeness(trigrams(article.title, article.body), trigrams(other.title, other.body)) < ALIKE


def _by_near_text(article: Article, near: Sequence[Known], now: datetime) -> Verdict | None:
    if len(f"{article.title} {article.body}".split()) < FEW_WORDS:  # one word makes another story of it
        return None
    runs = trigrams(article.title, article.body)
    scored = [(likeness(runs, trigrams(k.article.title, k.article.body)), k) for k in near]
    best, known = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    if known is None or best < ALIKE:
        return None
    other, age, percent = known.article, now - known.first_seen, int(100 * best)
    old, new = changed_numbers(f"{other.title} {other.body}", f"{article.title} {article.body}")
    if (old or new) and age < NEXT_DAY and best >= ALIKE_BUT_NUMBERS:
        return Verdict(
            kind=Kind.NUMBERS,
            article_id=other.id,
            note=Say(
                f"{percent} % of it is the text of article {other.id}, but numbers differ "
                f"({', '.join(old) or '-'} → {', '.join(new) or '-'}): look whether it must be corrected.",
                f"نصها نص المادة {other.id} بنسبة {percent} %، لكن الأرقام تختلف "
                f"({'، '.join(old) or '-'} ← {'، '.join(new) or '-'}): انظر هل يلزم تصحيح.",
            ),
        )
    if not (old or new) and age < NEAR_TEXT:
        return Verdict(
            kind=Kind.EDIT,
            article_id=other.id,
            note=Say(
                f"{percent} % of it is the text of article {other.id}.",
                f"نصها نص المادة {other.id} بنسبة {percent} %.",
            ),
        )
    return None


def _same_text(other: Article) -> Say:
    return Say(f"It has the words of article {other.id}.", f"لها كلمات المادة {other.id} نفسها.")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of one item."""

    article_id: str
    outcome: str  # new, changed, sighted or known
    note: Say | None = None  # where an editor should look


def _look(article: Article, digest: str, shelf: Shelf, now: datetime) -> tuple[Sighting | None, Verdict | None]:
    """What its source showed under its guid before, and what the item is."""
    own = shelf.sighting(article.source, article.guid)
    of_url = shelf.of_url(article.url)
    of_text = None if own or of_url else shelf.of_text(article.title, article.body)
    near = [] if own or of_url or of_text else shelf.near(article.title, article.body, now - NEAR_TEXT)
    return own, judge(article, digest, own, of_url, of_text, near, now)


def recognise(article: Article, shelf: Shelf, now: datetime) -> Article:
    """The article that `keep` would make of an item, or know it as; nothing is kept."""
    own, verdict = _look(article, article.digest, shelf, now)
    id_ = verdict.article_id if verdict else own.article_id if own else None
    known = shelf.get(id_ or article.id)
    if known is None:
        return article
    if verdict and (verdict.new_version or verdict.kind is Kind.FIRST):
        return _as(known.article, article)
    return given_again(known.article, article)


def keep(article: Article, digest: str, shelf: Shelf, now: datetime) -> Kept:
    """Put one item where it belongs: a new article, a new version, or a sighting; `digest` is of the item as given."""
    own, verdict = _look(article, digest, shelf, now)
    if verdict is None:
        return Kept(article_id=own.article_id if own else article.id, outcome="known")
    known = shelf.get(verdict.article_id or article.id)
    outcome = "sighted"
    if known is None:
        shelf.add(article, now)
        outcome = "new"
    elif verdict.new_version or verdict.kind is Kind.FIRST:
        outcome = "changed" if shelf.change(_as(known.article, article), now) > known.article.version else "known"
    elif article.section and not known.article.section:  # rules go by it, and what came by hand often has none
        shelf.change(replace(known.article, section=article.section), now)
    shelf.sight(
        Sighting(
            source=article.source,
            guid=article.guid,
            article_id=known.article.id if known else article.id,
            url=article.url,
            digest=digest,
            kind=verdict.kind,
            note=verdict.note,
            first_seen=own.first_seen if own else now,
            seen_at=now,
        )
    )
    odd = verdict.kind is Kind.NUMBERS or (verdict.kind is Kind.URL and article.withdrawn and not verdict.new_version)
    shown = verdict.note if odd and not own else None
    return Kept(article_id=known.article.id if known else article.id, outcome=outcome, note=shown)


def _as(known: Article, article: Article) -> Article:
    """The new text under the name that the article has; one that is taken back keeps its last text."""
    if article.withdrawn and not article.body:
        return replace(known, withdrawn=True)
    return replace(
        article,
        source=known.source,
        guid=known.guid,
        url=known.url or article.url,
        section=article.section or known.section,
    )


def given_again(known: Article, article: Article) -> Article:
    """What an editor gives, as the article that it turned out to be; its text too where that was pruned."""
    return replace(_as(known, article), version=known.version) if known.pruned and article.body else known


def keep_together(
    chunk: Sequence[tuple[Article, str]], articles: Articles, now: datetime
) -> list[tuple[Kept | None, Say | None]]:
    """Keep some items in one transaction; where one of them cannot be kept, each in its own."""
    try:
        with articles.shelf() as shelf:
            return [(keep(article, digest, shelf, now), None) for article, digest in chunk]
    except ValueError as error:  # what no database keeps; a database that is away raises something else
        if len(chunk) > 1:
            return [done for each in chunk for done in keep_together([each], articles, now)]
        article = chunk[0][0]
        log.warning("source %s, item %s: %s", article.source, article.guid, error)
        said = Say(
            f"Source {article.source}: the item {article.guid!r} cannot be kept ({type(error).__name__}).",
            f"المصدر {article.source}: تعذر حفظ العنصر {article.guid!r}.",
        )
        return [(None, said)]
