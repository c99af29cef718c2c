"""What waits made anew by a press: its tags, its form; and tags that the newsroom bans."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response

from bot.app import App
from bot.domain.article import Article
from bot.domain.delivery import Delivery
from bot.domain.errors import FormatError
from bot.domain.person import Actor
from bot.formats.tagged import Chip, chips
from bot.web.desk.door import Door, FormNumber, Number, acting


def routes(door: Door) -> APIRouter:
    """The presses; they stand before the acts, whose addresses take any word."""
    web, app = APIRouter(), door.app

    @web.post("/deliveries/{delivery_id}/tags")
    def tags(
        delivery_id: Number,
        request: Request,
        who: Annotated[Actor, acting(door)],
        edition: FormNumber,
        add: Annotated[str, Form(max_length=200)] = "",
        remove: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        """A tag more, or one less; a page that knows which was taken off offers to ban it."""
        made = app.handwork.remaker.retag(who, delivery_id, edition, add=add.strip(), remove=remove.strip())
        given = {"channel": made.channel} | ({"removed": remove.strip()} if remove.strip() else {})
        return door.done(request, to=f"/articles/{made.article_id}?{urlencode(given)}")

    @web.post("/deliveries/{delivery_id}/mode")
    def mode(
        delivery_id: Number,
        request: Request,
        who: Annotated[Actor, acting(door)],
        edition: FormNumber,
        mode: Annotated[str, Form(max_length=20)],
    ) -> Response:
        """Another form, composed anew from the article."""
        made = app.handwork.remaker.remode(who, delivery_id, edition, mode)
        return door.done(request, to=f"/articles/{made.article_id}?{urlencode({'channel': made.channel})}")

    @web.post("/tags/{act}")
    def ban(
        act: str, request: Request, who: Annotated[Actor, acting(door)], tag: Annotated[str, Form(max_length=200)]
    ) -> Response:
        """`ban` a tag for the newsroom, or `allow` it again."""
        app.handwork.remaker.ban(who, tag, on=act != "allow")
        return door.done(request)

    return web


def tags_of(app: App, article: Article, delivery: Delivery | None) -> tuple[list[Chip], list[Chip]]:
    """The tags of what is edited, each with its reason, and those that could be added."""
    if delivery is None:
        return [], []
    try:
        suggested = app.formats.tags(article)
    except FormatError:  # its text is gone: the tags stand without reasons
        suggested = ()
    return chips(delivery.post.hashtags, suggested)


def mail_words(app: App, article: Article, delivery: Delivery) -> str:
    """The paragraphs of a mail as they are edited."""
    try:
        return delivery.post.words or app.formats.words(article)
    except FormatError:
        return ""
