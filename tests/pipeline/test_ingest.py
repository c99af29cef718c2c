"""What is kept of a fetch where pages are owed, and whom a person's haste may call."""

from datetime import datetime, timedelta

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.domain.ports import Batch, Cursor
from bot.pipeline.ingest import PAGE_TRIES, PAGES, ingest
from tests.conftest import Newsroom


class Summaries:
    """A source of summaries whose pages answer or not."""

    name, poll, backfill = "files", timedelta(minutes=1), "none"

    def __init__(self, count: int) -> None:
        self.count, self.asked, self.up = count, 0, True

    def fetch(self, cursor: Cursor, _now: datetime) -> Batch:
        if cursor.get("digest") == "same":
            return Batch(articles=(), cursor=cursor, unchanged=True)
        articles = tuple(self._article(n) for n in range(self.count))
        partial = frozenset(article.guid for article in articles)
        return Batch(articles=articles, cursor={"digest": "same", "etag": "e"}, partial=partial)

    def _article(self, n: int) -> Article:
        return Article(source=self.name, guid=str(n), title=f"عنوان {n}", body=f"موجز {n}.", url=f"https://e.org/{n}")

    def complete(self, article: Article) -> Article:
        self.asked += 1
        if not self.up:
            raise SourceError("the page is away", "الصفحة غائبة")
        return Article(**{**article.__dict__, "body": f"نص كامل {article.guid}."})


def run(newsroom: Newsroom, source: Summaries) -> None:
    app = newsroom.apps[-1] if newsroom.apps else newsroom.app()
    ingest(source, list(app.channels.values()), app.articles, app.source_states, newsroom.clock.at)
    newsroom.clock.move(minutes=1)


def bodies(newsroom: Newsroom) -> list[str]:
    return [candidate.article.body for candidate in newsroom.apps[-1].articles.of_source("files")]


def test_pages_beyond_those_of_one_fetch_are_read_at_the_next(newsroom: Newsroom) -> None:
    source = Summaries(0)
    run(newsroom, source)
    newsroom.apps[-1].source_states.fetched("files", {}, newsroom.clock.at, newsroom.clock.at)
    source.count = PAGES + 10
    run(newsroom, source)
    assert sum("موجز" in body for body in bodies(newsroom)) == 10
    run(newsroom, source)
    assert not any("موجز" in body for body in bodies(newsroom))
    assert source.asked == PAGES + 10
    run(newsroom, source)
    assert source.asked == PAGES + 10, "nothing is owed any more"


def test_a_page_that_is_away_is_tried_again_but_not_for_ever(newsroom: Newsroom) -> None:
    source = Summaries(0)
    run(newsroom, source)
    newsroom.apps[-1].source_states.fetched("files", {}, newsroom.clock.at, newsroom.clock.at)
    source.count, source.up = 1, False
    for _ in range(PAGE_TRIES + 3):
        run(newsroom, source)
    assert source.asked == PAGE_TRIES
    assert bodies(newsroom) == ["موجز 0."]


def test_a_source_that_asked_for_patience_is_not_read_for_somebody_in_haste(newsroom: Newsroom) -> None:
    app = newsroom.app()
    assert app.reading.may_fetch("files")
    newsroom.articles.rmdir()
    app.reading.fetch("files")
    assert not app.reading.may_fetch("files")
    newsroom.clock.move(hours=2)
    assert app.reading.may_fetch("files")
