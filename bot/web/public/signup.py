"""The sign-up page, and the form that other sites show in a frame."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from bot.domain.errors import NotFound, Refused
from bot.domain.signup import AGREE, Offer
from bot.web.machine import body_of
from bot.web.public.pages import Pages, status_of, wanted_of

MOST = 20_000  # octets of a form


async def form_of(request: Request) -> FormData:
    """The fields of a form whose names are not known before; nothing of one that is too large or broken.

    Without NUL, which no text has and PostgreSQL does not keep.
    """
    from urllib.parse import parse_qsl

    body = await body_of(request, MOST)
    try:
        pairs = parse_qsl((body or b"").decode("utf-8"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        pairs = []
    return FormData({name: value.replace("\0", "") for name, value in pairs})


def routes(pages: Pages) -> APIRouter:
    """The pages."""
    web, app = APIRouter(), pages.app

    def chosen(key: str) -> list[Offer]:
        offers = app.newsletters.readership.offers()
        if key and key not in offers:
            raise NotFound("There is no such newsletter.", "لا نشرة بهذا الاسم.")
        return [offers[key]] if key else list(offers.values())

    def show(request: Request, key: str, *, framed: bool = False, said: str = "", **more: Any) -> HTMLResponse:
        try:
            offers = chosen(key)
        except NotFound as error:
            return pages.said(request, error.say.to(pages.language(request)), status=404, framed=framed)
        given = more.get("given") or {"wanted": {}}
        action = f"/newsletters/{key}/form" if framed else f"/newsletters/{key}".rstrip("/")
        values = {"offers": offers, "given": given, "said": said, "action": action}
        agree = AGREE.to(pages.language(request))
        return pages.page(request, "signup", more.get("status", 200), framed=framed, agree=agree, **values)

    def take(request: Request, key: str, form: FormData, *, framed: bool = False) -> Response:
        address, name, wanted = str(form.get("address", "")), str(form.get("name", "")), wanted_of(form)
        language = pages.language(request)
        try:
            offers = chosen(key)
            if key and key not in wanted:  # an own form of another site need not name it
                wanted[key] = offers[0].frequencies[0]
            some = {each: often for each, often in wanted.items() if often and (not key or each == key)}
            app.newsletters.readership.subscribing.ask(address, name, some, language, pages.caller(request))
        except NotFound as error:
            return pages.said(request, error.say.to(language), status=404, framed=framed)
        except Refused as error:
            given = {"address": address[:320], "name": name[:80], "wanted": wanted}
            said, status = error.say.to(language), status_of(error)
            return show(request, key, framed=framed, said=said, given=given, status=status)
        title = {"ar": "انظر في بريدك", "en": "Look into your mail"}[language]
        line = {
            "ar": "إن كان هذا العنوان يصله البريد فستصله رسالة فيها رابط؛ افتحه واضغط الزر ليبدأ اشتراكك.",
            "en": "If mail reaches this address, one with a link is on its way; open it and press the button to begin.",
        }[language]
        return pages.said(request, title, line, framed=framed)

    @web.get("/newsletters")
    def all_(request: Request) -> Response:
        """Every newsletter."""
        return show(request, "")

    @web.post("/newsletters")
    def sign_up_to_some(request: Request, form: Annotated[FormData, Depends(form_of)]) -> Response:
        """A sign-up to one or several."""
        return take(request, "", form)

    @web.get("/newsletters/{key}")
    def one(key: str, request: Request) -> Response:
        """One newsletter."""
        return show(request, key)

    @web.post("/newsletters/{key}")
    def sign_up(key: str, request: Request, form: Annotated[FormData, Depends(form_of)]) -> Response:
        """A sign-up to it."""
        return take(request, key, form)

    @web.get("/newsletters/{key}/form")
    def framed_form(key: str, request: Request) -> Response:
        """The form alone, for a frame on the sites that `embed` names."""
        return show(request, key, framed=True)

    @web.post("/newsletters/{key}/form")
    def framed_sign_up(key: str, request: Request, form: Annotated[FormData, Depends(form_of)]) -> Response:
        """A sign-up within a frame."""
        return take(request, key, form, framed=True)

    return web
