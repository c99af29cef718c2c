"""Posts on their way: looked at, published, and acted on as an editor would."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query

from bot.app import App
from bot.domain.article import BY_HAND, Article
from bot.domain.delivery import State
from bot.domain.errors import FormatError, NotFound, Refused
from bot.domain.person import Actor
from bot.net import addresses
from bot.pipeline import desk
from bot.sources import pushed
from bot.web.api.guard import By, Guarded, needs
from bot.web.api.models import (
    Action,
    Edit,
    Moment,
    PostOut,
    PostPage,
    Publish,
    Published,
    PublishedOut,
    SaidOut,
    Saying,
    Schedule,
    Short,
    Simple,
)

LARGEST = 2**31 - 1
PostId = Annotated[int, Path(ge=1, le=LARGEST)]


def router(app: App) -> APIRouter:
    """The routes of posts."""
    routes = APIRouter(route_class=Guarded, tags=["posts"])

    def shown(post_id: int) -> PostOut:
        found = desk.found(post_id, app.outbox)
        return PostOut.of(found, app.waits(found))

    @routes.get("/posts")
    @needs("posts:read")
    def listing(
        state: Annotated[list[State] | None, Query()] = None,
        channel: Annotated[Short, Query()] = "",
        section: Annotated[Short, Query()] = "",
        since: Annotated[Moment | None, Query(description="Changed at or after.")] = None,
        cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> PostPage:
        """Posts, the newest first, page by page."""
        found = app.desk.page(
            state or [], channel=channel, section=section, since=since, before=cursor, limit=limit + 1
        )
        more = found[limit - 1].id if len(found) > limit else None
        return PostPage(posts=[PostOut.of(each, app.waits(each)) for each in found[:limit]], next=more)

    @routes.get("/posts/{post_id}")
    @needs("posts:read")
    def one(post_id: PostId) -> PostOut:
        """One post with the exact text of its segments, its receipts and why it stands where it stands."""
        return shown(post_id)

    @routes.post("/posts", status_code=201)
    @needs("posts:write")
    def publish(given: Publish, by: By) -> PublishedOut:
        """Publish now, by hand; 409 where every channel refuses."""
        app.office.allow(by, "publish")
        for name in given.channels:  # before a page is read
            if name not in app.channels:
                raise NotFound(f"There is no channel {name}.", f"لا قناة اسمها {name}.")
        article = _article(app, given)
        made = app.office.publish(by, article, given.channels, again=given.again, urgent=given.urgent)
        posts = [
            Published(channel=name, id=done) if isinstance(done, int) else Published(channel=name, refused=_said(done))
            for name, done in made.items()
        ]
        refused = [done for done in made.values() if not isinstance(done, int)]
        if len(refused) == len(posts):
            raise Refused(" ".join(say.en for say in refused), " ".join(say.ar for say in refused))
        return PublishedOut(article=article.id, posts=posts)

    @routes.post("/posts/{post_id}/actions")
    @needs("actions:write")
    def act(post_id: PostId, given: Action, by: By) -> PostOut:
        """What an editor does to a post; the post as it stands then. 409 where it moved on meanwhile."""
        match given:
            case Edit():
                app.office.edit(by, post_id, given.edition, given.texts, given.subject)
            case Schedule():
                app.office.schedule(by, post_id, given.edition, given.at)
            case SaidOut():
                app.office.said_out(by, post_id, given.remote_id)
            case Simple():
                _simple(app)[given.action](by, post_id)
            case _:
                app.office.urgent(by, post_id, given.edition, given.on)
        return shown(post_id)

    return routes


_said = Saying.of


def _simple(app: App) -> dict[str, Callable[[Actor, int], object]]:
    office = app.office
    return {
        "hold": office.hold,
        "release": office.release,
        "send_now": office.send_now,
        "cancel": office.cancel,
        "retry": office.retry,
        "not_sent": lambda by, id_: office.retry(by, id_, not_sent=True),
        "retract": office.retract,
        "enough": office.enough,
    }


def _article(app: App, given: Publish) -> Article:
    """What is to be published; raises NotFound, FormatError, SourceError."""
    if [given.article, given.url, given.text].count(None) != 2:
        raise FormatError("Give exactly one of article, url and text.", "أعط واحدا من article وurl وtext لا غير.")
    if given.article is not None:
        article = app.articles.get(given.article)
        if article is None:
            raise NotFound(f"There is no article {given.article}.", f"لا مادة رقمها {given.article}.")
        return article
    if given.text is not None:
        return app.reading.lookup.given(pushed.article(given.text.model_dump(), app.now(), source=BY_HAND))
    url = (given.url or "").strip()
    if not addresses.is_http(url):  # a name of a file is no business of a program elsewhere
        raise FormatError("`url` is an http(s) address.", "العنوان في `url` يبدأ بـ http(s).")
    return app.reading.lookup.article(url)
