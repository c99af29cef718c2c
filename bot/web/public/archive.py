"""Past issues, as they went out, without anything of a reader; and links that are counted."""

from datetime import date, datetime, time

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse

from bot.domain.edition import Edition, page_of
from bot.text.typography import set_digits
from bot.web.public.pages import Pages
from bot.web.times import Times

NEWEST = 60
# a mail's own page: its styles stand in it, and it runs nothing
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-top-navigation allow-popups allow-popups-to-escape-sandbox"
)


def routes(pages: Pages) -> APIRouter:
    """The pages."""
    web, app = APIRouter(), pages.app
    letters = app.newsletters

    def shown(request: Request, edition: Edition | None) -> Response:
        html = letters.editorial.archived(edition) if edition else ""
        if not html:
            language = pages.language(request)
            title = {"ar": "لا عدد هنا", "en": "There is no issue here"}[language]
            line = {"ar": "إن كان عددا جديدا فسيظهر حين يخرج.", "en": "A new one shows once it goes out."}[language]
            return pages.said(request, title, line, status=404)
        headers = {"content-security-policy": POLICY, "referrer-policy": "no-referrer"}
        return HTMLResponse(html, headers=headers)

    def dated(day: date, request: Request) -> str:
        language, style, zone = pages.language(request), app.config.style, app.config.newsroom.zone
        words = Times(zone, app.now(), language, style.months).date(datetime.combine(day, time(12), zone))
        return set_digits(words, style.digits) if language == "ar" else words

    @web.get("/newsletters/{key}/archive")
    def listing(key: str, request: Request) -> Response:
        """The newest issues."""
        name = letters.readership.offers()[key].name if key in letters.readership.offers() else ""
        if not name:
            return shown(request, None)
        found = [
            {
                "where": page_of(each),
                "subject": each.letter.subject if each.letter else "",
                "day": each.day,
                "date": dated(date.fromisoformat(each.day), request),
            }
            for each in letters.editions.out(key, NEWEST)
        ]
        return pages.page(request, "archive", name=name, key=key, editions=found)

    @web.get("/newsletters/{key}/{day}")
    def of_day(key: str, day: str, request: Request) -> Response:
        """The issue of a date."""
        return shown(request, letters.editions.of_day(key, day[:10]))

    @web.get("/e/{slug}")
    def of_slug(slug: str, request: Request) -> Response:
        """One issue by its own address."""
        return shown(request, letters.editions.of_slug(slug[:24]))

    @web.get("/c/{token}")
    def clicked(token: str, request: Request) -> Response:
        """A link of an issue: counted, by whom is not kept; and on to where it leads."""
        url = letters.editorial.followed(token)
        if not url:
            language = pages.language(request)
            title = {"ar": "هذا الرابط ليس من روابطنا", "en": "This link is not one of ours"}[language]
            return pages.said(request, title, status=404)
        return RedirectResponse(url, 302, headers={"referrer-policy": "no-referrer"})

    @web.get("/robots.txt")
    def robots() -> Response:
        """Signed links are nobody's but their reader's."""
        return PlainTextResponse("User-agent: *\nDisallow: /\nAllow: /newsletters\n")

    return web
