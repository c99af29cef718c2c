"""In and out: the login, the first owner's link, one's own language and look."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.domain.errors import Refused
from bot.domain.person import NotAllowed, Role, Session
from bot.pipeline.people import actor
from bot.web.desk.door import COOKIE, Door, acting, reading


def routes(door: Door) -> APIRouter:
    """The gates."""
    web, app = APIRouter(), door.app

    @web.get("/login")
    def login(request: Request, next: str = "/") -> Response:
        """The form."""
        if door.session(request):
            return RedirectResponse(_within(next), 303)
        return door.page(request, "login", next=_within(next), said="", login="")

    @web.post("/login")
    def sign_in(
        request: Request,
        login: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=400)] = "",
        next: Annotated[str, Form(max_length=400)] = "/",
    ) -> Response:
        """A session, or the same form with why not."""
        address = request.client.host if request.client else ""
        try:
            secret, person = app.reception.sign_in(login, password, address, app.now())
        except NotAllowed as error:
            said = error.say.to(door.language(request))
            return door.page(request, "login", 403, next=_within(next), said=said, login=login[:60])
        app.acts.note(actor(person, "web"), "sign_in", f"person:{person.id}", app.now())
        answer = RedirectResponse(_within(next), 303)
        door.sign_in(answer, secret, person.language)
        return answer

    @web.post("/logout", dependencies=[acting(door)])
    def sign_out(request: Request) -> Response:
        """The end of this session."""
        app.reception.sign_out(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer

    @web.get("/first/{secret}")
    def first(secret: str, request: Request) -> Response:
        """The form of the first owner, by the link that `nashir run` prints."""
        _check_first(door, request, secret)
        return door.page(request, "first", secret=secret, said="", login="", name="")

    @web.post("/first/{secret}")
    def make_first(
        secret: str,
        request: Request,
        login: Annotated[str, Form(max_length=200)] = "",
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=400)] = "",
    ) -> Response:
        """The first account, its owner signed in."""
        _check_first(door, request, secret)
        try:
            person = app.reception.register(login, name, Role.OWNER, password, app.now(), first=True)
        except Refused as error:
            said = error.say.to(door.language(request))
            return door.page(request, "first", 422, secret=secret, said=said, login=login[:60], name=name[:80])
        app.acts.note(actor(person, "web"), "people", f"person:{person.id}", app.now(), detail={"role": "owner"})
        door.first_owner = None
        answer = RedirectResponse("/", 303)
        door.sign_in(answer, app.reception.open(person, app.now()), person.language)
        return answer

    @web.post("/me")
    def me(
        request: Request,
        session: Annotated[Session, reading(door)],
        _actor: Annotated[Any, acting(door)],
        language: Annotated[str, Form()] = "",
        theme: Annotated[str, Form()] = "?",
    ) -> Response:
        """One's own language and look."""
        values = {"language": language} if language in ("ar", "en") else {}
        values |= {"theme": theme} if theme in ("", "light", "dark") else {}
        if values:
            app.people.change(session.person.id, **values)
        return RedirectResponse(_within(request.headers.get("x-here") or request.headers.get("referer") or "/"), 303)

    @web.post("/me/password")
    def password(
        request: Request,
        session: Annotated[Session, reading(door)],
        _actor: Annotated[Any, acting(door)],
        old: Annotated[str, Form(max_length=400)] = "",
        new: Annotated[str, Form(max_length=400)] = "",
    ) -> Response:
        """One's own password; other sessions end."""
        person = session.person
        address = request.client.host if request.client else ""
        try:
            app.reception.confirm(person, old, address, app.now())  # tries are limited, as at the door
            app.reception.set_password(person, new, keep=request.cookies.get(COOKIE, ""))
        except (NotAllowed, Refused) as error:
            status, said = 403 if isinstance(error, NotAllowed) else 422, error.say.to(door.language(request))
            return door.page(request, "people", status, people=app.people.listing(), code="", said_me=said, given={})
        app.acts.note(actor(person, "web"), "user_password", f"person:{person.id}", app.now())
        return RedirectResponse("/people", 303)

    return web


def _within(address: str) -> str:
    """A place on this very desk: what else a link asks for is the queue."""
    path = "/" + address.partition("://")[2].partition("/")[2] if "://" in address else address
    return path if path.startswith("/") and not path.startswith("//") and "\\" not in path else "/"


def _check_first(door: Door, request: Request, secret: str) -> None:
    """Raises NotAllowed where the link is not the one, is over, or comes from elsewhere."""
    offer = door.first_owner
    if not (offer and offer.opens(secret, door.app.now()) and door.is_near(request)) or door.app.people.count():
        raise NotAllowed(
            "This link is over. It holds for 30 minutes, on the machine of nashir only, and once.",
            "انتهت صلاحية هذا الرابط. يصلح ثلاثين دقيقة، على جهاز ناشر وحده، ومرة واحدة.",
        )
