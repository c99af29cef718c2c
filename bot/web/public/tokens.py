"""Where the signed links of mails lead: confirming, leaving, choosing. To look changes nothing; a press acts, once."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData

from bot.domain.errors import Refused
from bot.domain.say import Say
from bot.domain.signup import CONFIRM, LEAVE, LEAVE_ALL, ONE_CLICK, Signup, SignupState, choice
from bot.pipeline.subscribing import Reader
from bot.web.public.pages import Pages, wanted_of
from bot.web.public.signup import form_of

NOTHING_MORE = Say("None of our newsletters will come any more.", "لن تصلك نشرة من نشراتنا بعد الآن.")


def routes(pages: Pages) -> APIRouter:
    """The pages."""
    web, app = APIRouter(), pages.app
    readership = app.newsletters.readership

    def named(key: str) -> str:
        offers = readership.offers()
        return offers[key].name if key in offers else key

    def confirmed(request: Request, found: Signup) -> Response:
        language, offers = pages.language(request), readership.offers()
        names = [choice(offers[key], each, language) for key, each in found.wanted.items() if key in offers]
        return pages.said(request, {"ar": "اكتمل اشتراكك", "en": "You are subscribed"}[language], *names)

    @web.get("/s/{token}")
    def confirm_page(token: str, request: Request) -> Response:
        """What a sign-up asked for, with the button that confirms it."""
        language, offers = pages.language(request), readership.offers()
        try:
            found = readership.subscribing.asked(token)
        except Refused as error:
            return pages.told(request, error)
        if found.state is SignupState.CONFIRMED:
            return confirmed(request, found)
        names = [choice(offers[key], each, language) for key, each in found.wanted.items() if key in offers]
        title = {"ar": "أكّد اشتراكك", "en": "Confirm your subscription"}[language]
        return pages.said(request, title, *names, button=CONFIRM.to(language))

    @web.post("/s/{token}")
    def confirm(token: str, request: Request) -> Response:
        """The button was pressed."""
        try:
            words = CONFIRM.to(pages.language(request))
            return confirmed(request, readership.subscribing.confirm(token, words, pages.caller(request)))
        except Refused as error:
            return pages.told(request, error)

    @web.get("/u/{token}")
    def leave_page(token: str, request: Request) -> Response:
        """A button; nothing is changed by looking (RFC 8058, 3)."""
        language = pages.language(request)
        try:
            reader = readership.subscribing.leaving(token)
        except Refused as error:
            return pages.told(request, error)
        name = named(reader.newsletter)
        title = {"ar": "إلغاء الاشتراك", "en": "Unsubscribe"}[language]
        line = {"ar": f"أتريد ألا تصلك «{name}» بعد الآن؟", "en": f"Do you want no more of “{name}”?"}[language]
        return pages.said(
            request, title, *([line] if name else []), button=LEAVE.to(language), other=LEAVE_ALL.to(language)
        )

    @web.post("/u/{token}")
    def leave(token: str, request: Request, form: Annotated[FormData, Depends(form_of)]) -> Response:
        """The button, or a mail program's own with one click (RFC 8058): no cookie, no other word is needed."""
        language, all_ = pages.language(request), form.get("all") == "1"
        pressed = all_ or form.get("pressed") == "1"  # on our page; else a mail program did it, with or without a body
        words = (LEAVE_ALL if all_ else LEAVE).to(language) if pressed else ONE_CLICK
        try:
            reader = readership.subscribing.leave(token, words, pages.caller(request), all_=all_)
        except Refused as error:
            return pages.told(request, error)
        return left(request, reader, all_=all_)

    def left(request: Request, reader: Reader, *, all_: bool) -> Response:
        language, name = pages.language(request), named(reader.newsletter)
        title = {"ar": "أُلغي اشتراكك", "en": "You are unsubscribed"}[language]
        line = Say(f"“{name}” will not come any more.", f"لن تصلك «{name}» بعد الآن.")
        line = NOTHING_MORE if all_ or not name else line
        again = f"/newsletters/{reader.newsletter}".rstrip("/") + ("?lang=en" if language == "en" else "")
        word = {"ar": "اشترك من جديد", "en": "Subscribe again"}[language]
        return pages.said(request, title, line.to(language), links=[(again, word)])

    @web.get("/p/{token}")
    def preferences(token: str, request: Request) -> Response:
        """What somebody reads, and how often."""
        try:
            return chosen(request, readership.subscribing.choosing(token))
        except Refused as error:
            return pages.told(request, error)

    @web.post("/p/{token}")
    def choose(token: str, request: Request, form: Annotated[FormData, Depends(form_of)]) -> Response:
        """Other newsletters, or as often."""
        language = pages.language(request)
        try:
            reader = readership.subscribing.choose(token, wanted_of(form), language, pages.caller(request))
        except Refused as error:
            return pages.told(request, error)
        return chosen(request, reader, said={"ar": "حُفظ.", "en": "Saved."}[language])

    def chosen(request: Request, reader: Reader, said: str = "") -> Response:
        if not reader.id:  # a test, or an address that was erased
            language = pages.language(request)
            title = {"ar": "تفضيلات الاشتراك", "en": "Your newsletters"}[language]
            line = {"ar": "لا اشتراك وراء هذا الرابط.", "en": "There is no subscription behind this link."}[language]
            return pages.said(request, title, line)
        had = {each.newsletter: each.frequency for each in reader.memberships if each.until is None}
        offers = list(readership.offers().values())
        return pages.page(request, "preferences", reader=reader, had=had, offers=offers, said=said)

    return web
