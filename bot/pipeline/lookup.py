"""The article that somebody names: a file, the address of a page, or the id of what is known."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.domain.article import BY_HAND, Article
from bot.domain.errors import NotFound, Refused
from bot.domain.ports import Articles, Cursor, Now
from bot.pipeline import identity
from bot.pipeline.ingest import clean

MOST_OF_PATH = 4096  # bytes; the system refuses to look at a longer one


class Given(Protocol):
    """Reads what an editor gives."""

    def page(self, url: str) -> Article:
        """The article of a page; raises SourceError."""

    def file(self, path: Path, cursor: Callable[[str], Cursor], now: datetime) -> Article:
        """The article of a file; raises NotFound, SourceError."""


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Finds articles by name."""

    articles: Articles
    by_hand: Given
    cursor: Callable[[str], Cursor]  # what a source remembers
    is_ready: Callable[[], bool]  # whether there is a database to look into
    read_feeds: Callable[[], None]
    now: Now

    def article(self, named: str) -> Article:
        """An article by file, id or URL; what is new goes into the database. Raises BotError."""
        if _is_file(named):
            return self._kept(self.by_hand.file(Path(named), self.cursor, self.now()))
        if found := self._known(named):
            return found
        self.read_feeds()  # one that was not read yet may have it
        return self.articles.find(named) or self._kept(self.by_hand.page(named))

    def given(self, article: Article) -> Article:
        """An article that somebody wrote at the desk, kept, or the one that it turns out to be."""
        return self._kept(article)

    def written(self, text: str) -> Article:
        """The article that an editor writes: its first line is the title. Kept; raises Refused."""
        title, _, body = text.strip().partition("\n")
        if not title.strip():
            raise Refused("There is no text.", "لا نص هنا.")
        guid = "written:" + hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()[:32]
        body = "\n\n".join(filter(None, (line.strip() for line in body.splitlines()))) or title.strip()
        return self._kept(Article(source=BY_HAND, guid=guid, title=title.strip(), body=body, published_at=self.now()))

    def looked_at(self, named: str) -> Article:
        """What `article` would give, and nothing is kept; raises BotError."""
        ready = self.is_ready()
        if _is_file(named):
            given = self.by_hand.file(Path(named), self.cursor if ready else lambda _name: {}, self.now())
        elif ready and (found := self._known(named)):
            return found
        elif _is_url(named):
            given = self.by_hand.page(named)
        else:
            raise _nothing(named)
        if not ready:
            return clean(given)
        with self.articles.shelf() as shelf:
            return identity.recognise(clean(given), shelf, self.now())

    def known(self, named: str) -> Article:
        """An article of the database by file, id or URL; raises NotFound where it is not there, SourceError."""
        found = self.looked_at(named) if _is_file(named) else self._known(named)
        if found is None or not self.articles.get(found.id):
            raise NotFound(
                f"{named} is not in the database, so nothing was decided about it; `nashir preview` shows what it "
                "would look like, `nashir publish` sends it.",
                f"{named} ليست في قاعدة البيانات فلا قرار فيها بعد؛ الأمر `nashir preview` يعرض شكلها، "
                "و `nashir publish` يرسلها.",
            )
        return found

    def _known(self, named: str) -> Article | None:
        """The article of an id or URL where it is in the database; raises NotFound where it is neither."""
        if found := self.articles.get(named) or self.articles.of_guid(named):
            return found
        if not _is_url(named):
            raise _nothing(named)
        return self.articles.find(named)

    def _kept(self, article: Article) -> Article:
        """The article that this one turns out to be."""
        article, now = clean(article), self.now()
        with self.articles.shelf() as shelf:
            kept = identity.keep(article, article.digest, shelf, now)
        known = self.articles.get(kept.article_id)
        return identity.given_again(known, article) if known else article


def _is_file(named: str) -> bool:
    return not _is_url(named) and len(os.fsencode(named)) < MOST_OF_PATH and Path(named).is_file()


def _is_url(named: str) -> bool:
    return named.lower().startswith(("http://", "https://"))


def _nothing(named: str) -> NotFound:
    return NotFound(
        f"{named} is no file, no id and no URL of an article.", f"{named} ليس ملفا ولا رقم مادة ولا عنوانها."
    )
