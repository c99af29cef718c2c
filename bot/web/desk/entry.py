"""New post (منشور جديد): paste a text or an address, choose channels, see the very posts, send."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from bot.domain.article import Article
from bot.domain.errors import BotError, Refused
from bot.domain.person import Actor, NotAllowed
from bot.domain.say import Say
from bot.pipeline.preparing import prepare
from bot.web.desk.door import Door, acting, reading

MOST = 1_000_000  # letters of a pasted text


def routes(door: Door) -> APIRouter:
    """The form, and what comes of it."""
    web, app = APIRouter(dependencies=[reading(door)]), door.app

    @web.get("/new")
    def new(request: Request, breaking: bool = False) -> Response:
        """The form."""
        return door.page(request, "new", breaking=breaking, text="", said="", chosen=list(app.channels))

    @web.post("/new")
    def see(
        request: Request,
        who: Annotated[Actor, acting(door)],
        text: Annotated[str, Form()] = "",
        channel: Annotated[list[str] | None, Form()] = None,
        breaking: Annotated[bool, Form()] = False,
    ) -> Response:
        """The article with its posts, which wait until somebody presses send."""
        names = [name for name in channel or [] if name in app.channels]
        try:
            app.office.allow(who, "publish")  # before a page is read or a text kept
            if not names:
                raise Refused("Choose a channel.", "اختر قناة واحدة على الأقل.")
            article = _read(door, text.strip())
            made = prepare(app.office, who, article, names, urgent=breaking)
            refused = [say for say in made.values() if isinstance(say, Say)]
            if len(refused) == len(made):
                raise Refused(refused[0].en, refused[0].ar)
        except BotError as error:
            said = error.say.to(door.language(request))
            status = 403 if isinstance(error, NotAllowed) else 422
            return door.page(request, "new", status, breaking=breaking, text=text[:MOST], said=said, chosen=names)
        return door.done(request, to=f"/articles/{article.id}")

    return web


def _read(door: Door, given: str) -> Article:
    """The article of an address, or of a text whose first line is its title; raises BotError."""
    if not given:
        raise Refused("Paste a text or an address.", "ألصق نصا أو رابطا.")
    if len(given) > MOST:
        raise Refused("The text is too long.", "النص أطول من أن يكون خبرا.")
    if "\n" not in given and given.startswith(("http://", "https://")):
        return door.app.reading.lookup.article(given)
    return door.app.reading.lookup.written(given)
