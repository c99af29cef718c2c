"""What the public pages share: two languages by ?lang, their own strict headers, who calls."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from bot.app import App
from bot.domain.errors import BotError, FormatError
from bot.domain.say import Language
from bot.domain.signup import FREQUENCIES
from bot.domain.subscriber import Frequency
from bot.pipeline.subscribing import TOO_MANY, Caller
from bot.web.desk import shown

POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {by}"
)


class Pages:
    """Answers with pages that know nothing of the desk."""

    def __init__(self, app: App) -> None:
        self.app = app

    @staticmethod
    def language(request: Request) -> Language:
        """Arabic, or English where ?lang=en asks for it."""
        return "en" if request.query_params.get("lang") == "en" else "ar"

    @staticmethod
    def caller(request: Request) -> Caller:
        """Where a request comes from; what a proxy adds is the last of its field."""
        host = request.client.host if request.client else ""
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()[:64]
        return Caller(host=host, forwarded=shown.bare(forwarded, 64))

    def page(
        self, request: Request, template: str, status: int = 200, /, *, framed: bool = False, **values: Any
    ) -> HTMLResponse:
        """A page from templates/web/public/."""
        language = self.language(request)
        shared = {
            "language": language,
            "t": lambda ar, en: ar if language == "ar" else en,
            "newsroom": self.app.config.newsroom.name,
            "written": shown.text,
            "frequency": lambda each: FREQUENCIES[Frequency(each)].to(language),
        }
        more = {"framed": True} if framed else {}
        try:
            text = self.app.templates.render(f"web/public/{template}.html.j2", **{**shared, **more, **values})
        except FormatError as error:  # a fault of a page is none of whoever asked for it
            raise RuntimeError(error.say.en) from error
        by = " ".join(self.app.config.newsletters.embed) if framed else ""
        headers = {"content-security-policy": POLICY.format(by=by or "'none'"), "referrer-policy": "no-referrer"}
        return HTMLResponse(text, status, headers=headers)

    def said(
        self,
        request: Request,
        title: str,
        *lines: str,
        status: int = 200,
        button: str = "",
        other: str = "",
        links: Sequence[tuple[str, str]] = (),
        framed: bool = False,
    ) -> HTMLResponse:
        """A sentence or two, and perhaps a button that acts."""
        values: Mapping[str, Any] = {
            "title": title,
            "lines": lines,
            "button": button,
            "other": other,
            "name": "pressed",
        }
        return self.page(request, "said", status, framed=framed, links=links, **values)

    def told(self, request: Request, error: BotError) -> HTMLResponse:
        """Why not, in plain words."""
        language = self.language(request)
        title = {"ar": "تعذر ذلك", "en": "That did not work"}[language]
        return self.said(request, title, error.say.to(language), status=status_of(error))


def status_of(error: BotError) -> int:
    """The status of a refusal: too many requests, or what was given is not acceptable."""
    return 429 if error is TOO_MANY else 422


def wanted_of(form: Mapping[str, Any]) -> dict[str, Frequency | None]:
    """What a form says of each newsletter."""
    known = {each.value: each for each in Frequency}
    named = {key.removeprefix("want."): str(value) for key, value in form.items() if key.startswith("want.")}
    return {key: known.get(value) for key, value in named.items()}
