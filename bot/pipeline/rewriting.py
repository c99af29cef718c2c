"""An article in an editor's words, and its correction wherever an older version is out."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.errors import BotError, NotFound, Refused
from bot.domain.person import Actor
from bot.domain.ports import Articles, Now, Shelf
from bot.domain.say import Say
from bot.pipeline.office import Conflict, Log, Office

EMPTY = Refused("An article needs a title and a text.", "لا بد للمادة من عنوان ونص.")
NOTHING_OUT = Refused("Nothing of it is out in an older version.", "لا شيء منها منشور بنسخة أقدم.")


@dataclass(frozen=True, kw_only=True)
class Rewriting:
    """Writes versions by hand; what the source brings again unchanged does not undo them."""

    office: Office
    channels: Mapping[str, Channel]
    articles: Articles
    shelf: Callable[[], AbstractContextManager[Shelf]]
    log: Log
    now: Now

    def write(self, actor: Actor, article_id: str, version: int, title: str, body: str) -> Article:
        """The next version of an article; raises NotAllowed, NotFound, Refused, Conflict."""
        self.office.allow(actor, "edit")
        title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
        if not title or not body:
            raise EMPTY
        now = self.now()
        with self.shelf() as shelf:
            known = shelf.get(article_id)
            if known is None:
                raise NotFound(f"There is no article {article_id}.", f"لا مادة رقمها {article_id}.")
            if known.article.version != version:
                raise Conflict(
                    "The article has a newer version by now; yours was not written. Load the page again and compare.",
                    "صار للمادة نسخة أحدث ولم يُحفظ ما كتبت؛ أعد تحميل الصفحة وقارن.",
                )
            number = shelf.change(replace(known.article, title=title, body=body), now)
        detail = {"before": [known.article.title, known.article.body], "after": [title, body], "version": number}
        self.log.note(actor, "rewrite", f"article:{article_id}", now, article_id, detail)
        return self.articles.get(article_id) or known.article

    def correct(self, actor: Actor, article: Article) -> tuple[list[str], list[Say]]:
        """The newest version on each channel where an older one is out: those asked, and what is to be said.

        One channel that refuses costs the others nothing. Raises the refusal where no channel took it.
        """
        asked: list[str] = []
        said: list[Say] = []
        refused: BotError | None = None
        for name in self.channels:
            try:
                answer = self.office.correct(actor, article, name)
            except NotFound:
                continue
            except BotError as error:
                refused = refused or error
                said.append(Say(f"{name}: {error.say.en}", f"{name}: {error.say.ar}"))
            else:
                asked.append(name)
                said += [answer.say] if answer.say else []
        if not asked:
            raise refused or NOTHING_OUT
        return asked, said
