"""A desk that is served, with articles that wait and people who sign in."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests
from fastapi.routing import APIRoute
from lxml import html

from bot.app import App
from bot.domain.person import ROLES
from bot.web import application
from bot.web.server import WebServer
from tests.conftest import Newsroom
from tests.newsrooms import sentence

PASSWORD = "a-long-password"
CHANNELS = """
[[channels]]
name = "x"
service = "x"
account = "@nashir_test"
approval = "{approval}"
[[channels]]
name = "telegram"
service = "telegram"
account = "@nashir_test"
approval = "editor"
[[channels]]
name = "mail"
service = "email"
approval = "editor"
"""


def story(n: int, cost: str = "") -> str:
    """An article unlike any other: those that are alike are one for the newsroom."""
    rng = random.Random(n)
    said = f"وتبلغ كلفة المشروع {cost or f'{n}00'} مليون درهم."
    return (
        f"عنوان الخبر رقم {n} عن الميناء\n\n{sentence(rng)} {sentence(rng)} {said}\n\n{sentence(rng)} {sentence(rng)}"
    )


def led(page: html.HtmlElement, where: str) -> None:
    """Each id of a page stands once, and each label leads to its field."""
    ids = [str(each) for each in page.xpath("//@id")]
    assert len(ids) == len(set(ids)), (where, sorted(each for each in ids if ids.count(each) > 1))
    named = {*map(str, page.xpath("//label/@for")), *" ".join(map(str, page.xpath("//@aria-labelledby"))).split()}
    assert named <= set(ids), (where, sorted(named - set(ids)))


@dataclass
class Served:
    """The desk of a newsroom over real HTTP."""

    newsroom: Newsroom
    app: App
    server: WebServer
    sessions: list[requests.Session] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.server.address

    def person(self, login: str, role: str = "editor", name: str = "") -> None:
        self.app.reception.register(login, name or login, ROLES[role], PASSWORD, self.newsroom.clock.at)

    def signed_in(self, login: str, role: str = "editor", name: str = "") -> requests.Session:
        """Somebody's browser, with the session's own word for forms."""
        self.person(login, role, name)
        session = requests.Session()
        self.sessions.append(session)
        session.post(f"{self.address}/login", {"login": login, "password": PASSWORD}, allow_redirects=False)
        for cookie in session.cookies:
            cookie.secure = False  # of a desk with a public address; browsers send it to this very machine, too
        answer = session.get(f"{self.address}/")
        assert answer.url == f"{self.address}/", answer.text[:400]
        found = re.search(r'<meta name="csrf" content="([^"]+)"', answer.text)
        assert found
        session.headers["x-csrf"] = found[1]
        return session

    def routes(self) -> list[tuple[str, str]]:
        """Method and path of each route."""
        found: set[tuple[str, str]] = set()
        waiting = list(self.server.application.routes)
        while waiting:
            route = waiting.pop()
            waiting += getattr(getattr(route, "original_router", None), "routes", None) or []
            if isinstance(route, APIRoute):
                found |= {(method, route.path) for method in route.methods}
        return sorted(found)

    def waiting(self, count: int = 1, first: int = 1) -> list[str]:
        """Articles that wait for approval on every channel; their ids."""
        for n in range(first, first + count):
            self.newsroom.article(f"{n}.txt", story(n))
        self.newsroom.cycle(self.app)
        return list(dict.fromkeys(d.article_id for d in self.app.outbox.listing([], 10_000)))


@pytest.fixture
def desk(files_only: Newsroom) -> Iterator[Served]:
    yield from _served(files_only)


@pytest.fixture
def desk_of_each(newsroom: Newsroom) -> Iterator[Served]:
    """The desk on each database."""
    yield from _served(newsroom)


def _served(newsroom: Newsroom) -> Iterator[Served]:
    newsroom.write("channels.toml", CHANNELS.format(approval="chief"))
    app = newsroom.app()
    server = WebServer(application(app), "127.0.0.1", 0)
    server.start()
    served = Served(newsroom, app, server)
    yield served
    app.stopping.set()
    for session in served.sessions:
        session.close()
    server.stop()
