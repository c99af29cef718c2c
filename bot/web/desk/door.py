"""What all pages share: who is signed in, forms that nobody forged, pages in two languages."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Form, HTTPException, Path, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from markupsafe import Markup

from bot.app import App
from bot.domain.errors import BotError, FormatError, NotFound, Refused
from bot.domain.person import ROLE_WORDS, Actor, NotAllowed, Role, Session
from bot.domain.say import DAYS, Language, counted
from bot.formats.page import telegram_html, x_html
from bot.pipeline.office import Conflict
from bot.pipeline.people import SESSION, FirstOwner, actor
from bot.web.desk import shown, words
from bot.web.machine import caller
from bot.web.times import Times

COOKIE = "nashir_session"
LARGEST = 2**31 - 1  # of a number that the database takes
Number = Annotated[int, Path(ge=1, le=LARGEST)]
FormNumber = Annotated[int, Form(ge=1, le=LARGEST)]


class Door:
    """Reads who asks, and answers with pages."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.first_owner: FirstOwner | None = None
        self.secure = app.config.newsroom.public_url.startswith("https:")

    def session(self, request: Request) -> Session | None:
        """Who is signed in; asked once for each request."""
        if not hasattr(request.state, "session"):
            request.state.session = self.app.reception.session(request.cookies.get(COOKIE, ""), self.app.now())
        found: Session | None = request.state.session
        return found

    def reader(self, request: Request) -> Session:
        """For a page: who is signed in, else to the login."""
        session = self.session(request)
        if session is None:
            if request.headers.get("hx-request"):
                raise HTTPException(401, headers={"HX-Redirect": "/login"})
            here = request.url.path if request.method == "GET" else "/"
            raise HTTPException(303, headers={"Location": f"/login?next={here}"})
        return session

    def editor(self, request: Request, csrf: Annotated[str, Form()] = "") -> Actor:
        """For an act: who is signed in, with a form of the desk's own."""
        session = self.reader(request)
        given = csrf or request.headers.get("x-csrf", "")
        if not hmac.compare_digest(given.encode(), session.csrf.encode()):
            raise NotAllowed(
                "This form is not the desk's own, or too old: load the page again.",
                "هذا النموذج ليس من المكتب أو قديم: أعد تحميل الصفحة.",
            )
        return actor(session.person, "web")

    def language(self, request: Request) -> Language:
        """The language of who asks."""
        session = self.session(request)
        asked = request.query_params.get("lang") or request.cookies.get("nashir_lang")
        wanted = session.person.language if session else asked
        return "en" if wanted == "en" else "ar"

    def shared(self, request: Request) -> dict[str, Any]:
        """What every template of the desk knows; asked once for each request."""
        if not hasattr(request.state, "shared"):
            request.state.shared = self._shared(request)
        found: dict[str, Any] = request.state.shared
        return found

    def _shared(self, request: Request) -> dict[str, Any]:
        session, language = self.session(request), self.language(request)
        now = self.app.now()

        def t(ar: str, en: str) -> str:
            return ar if language == "ar" else en

        def may(act: str, channel: str = "") -> bool:
            return session is not None and self.app.office.may(actor(session.person, "web"), act, channel)

        times = Times(self.app.config.newsroom.zone, now, language, self.app.config.style.months)
        return {
            "t": t,
            "may": may,
            "may_any": lambda act, waiting: any(may(act, each.channel) for each in waiting),
            "language": language,
            "session": session,
            "person": session.person if session else None,
            "csrf": session.csrf if session else "",
            "newsroom": self.app.config.newsroom.name,
            "channels": self.app.channels,
            "chiefs": [name for name, each in self.app.channels.items() if each.approval == "chief"],
            "now": now,
            "times": times,
            "in_days": lambda n: counted(int(n), *DAYS),
            "state_word": lambda state: words.state(state, language),
            "say": lambda say: shown.text(say.to(language), 700) if say else "",
            "quiet_until": self.app.waits,
            "written": shown.text,
            "bare": shown.bare,
            "role_word": lambda role: ROLE_WORDS[role] if language == "ar" else role.word,
            "roles": Role,
            "act_word": lambda what, subject="": words.act(what, language, subject),
            "subject_word": lambda subject: words.subject(subject, language),
            "door_word": lambda name: words.door(name, language),
            "icon": words.icon,
            "x_html": x_html,
            "telegram_html": telegram_html,
            "stopped": self.app.lanes.pauses() if session else {},
            "path": request.url.path,
            "Markup": Markup,
        }

    def page(self, request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """A page or a part of one from templates/web/."""
        try:
            text = self.app.templates.render(f"web/{template}.html.j2", **{**self.shared(request), **values})
        except FormatError as error:  # a fault of a page is none of whoever asked for it
            raise RuntimeError(error.say.en) from error
        return HTMLResponse(text, status)

    def done(self, request: Request, say: str = "", to: str = "") -> Response:
        """After an act: a short word to htmx, which then loads what changed; else back to the page."""
        if request.headers.get("hx-request") or request.headers.get("x-csrf"):
            return JSONResponse({"said": say, "to": to})
        return RedirectResponse(to or request.headers.get("referer") or "/", 303)

    def waiting(self, request: Request, ids: Iterable[int]) -> str:
        """Until when quiet hours hold back what was let go, in the reader's language; empty where they do not."""
        found = (self.app.waits(d) for id_ in ids if (d := self.app.outbox.get(id_)))
        return " ".join(dict.fromkeys(say.to(self.language(request)) for say in found if say))

    def told(self, request: Request, error: BotError, status: int = 0) -> Response:
        """A sentence that says why not: to htmx as JSON, else as a page."""
        status = status or (
            403
            if isinstance(error, NotAllowed)
            else 404
            if isinstance(error, NotFound)
            else 409
            if isinstance(error, Conflict | Refused)
            else 422
        )
        said = error.say.to(self.language(request))
        if request.headers.get("hx-request") or request.headers.get("x-csrf"):
            return JSONResponse({"error": said, "conflict": isinstance(error, Conflict)}, status)
        return self.page(request, "told", status, said=said)

    def sign_in(self, response: Response, secret: str, language: str) -> None:
        """Give the session's cookie."""
        options: dict[str, Any] = {"max_age": int(SESSION.total_seconds()), "samesite": "lax", "secure": self.secure}
        response.set_cookie(COOKIE, secret, httponly=True, **options)
        response.set_cookie("nashir_lang", language, **options)

    def is_near(self, request: Request) -> bool:
        """Whether who asks sits at this very machine."""
        return caller(request) in ("127.0.0.1", "::1")

    def today(self) -> datetime:
        """The beginning of this day in the newsroom."""
        local = self.app.now().astimezone(self.app.config.newsroom.zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)


def reading(door: Door) -> Any:
    """A dependency: who reads."""
    return Depends(door.reader)


def acting(door: Door) -> Any:
    """A dependency: who acts."""
    return Depends(door.editor)
