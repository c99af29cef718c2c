"""A newsroom with newsletters, their mail server, and the pages that readers see."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from bot.app import App
from bot.web import application
from bot.web.server import WebServer
from tests.conftest import NEWSROOM, Newsroom
from tests.newsrooms import until
from tests.servers.smtp import SmtpServer

NEWSLETTERS = """
embed = ["https://site.example.org"]
[mail]
host = "{host}"
port = {port}
timeout = "5s"
[[newsletters]]
key = "morning"
name = "نشرة الصباح"
from = "الرواق <news@example.org>"
[[newsletters]]
key = "week"
name = "حصاد الأسبوع"
from = "الرواق <news@example.org>"
schedule = "weekly"
"""
PUBLIC = 'public_url = "https://desk.example.org"\n'


@dataclass
class Readers:
    """A newsroom, and readers before its public pages."""

    newsroom: Newsroom
    app: App
    smtp: SmtpServer
    server: WebServer

    def url(self, path: str) -> str:
        return self.server.address + path.removeprefix("https://desk.example.org")

    def get(self, path: str, **more: Any) -> requests.Response:
        return requests.get(self.url(path), timeout=10, **more)

    def post(self, path: str, form: dict[str, str] | None = None, **more: Any) -> requests.Response:
        return requests.post(self.url(path), data=form or {}, timeout=10, **more)

    def mails_to(self, address: str, count: int = 1) -> list[str]:
        """The texts of so many mails, once they are there."""
        assert until(lambda: len(self._of(address)) >= count, 10), f"{len(self._of(address))} mails to {address}"
        return self._of(address)

    def _of(self, address: str) -> list[str]:
        found = []
        for mail in self.smtp.kept:
            if address in mail.rcpts:
                part = mail.message.get_body(("plain",))
                found.append(str(part.get_content()) if part else "")
        return found

    def link(self, text: str) -> str:
        found = re.search(r"https://desk\.example\.org(/[sup]/\S+)", text)
        assert found, text
        return found[1]

    def subscribed(self, address: str, key: str = "morning", **more: str) -> int:
        """Somebody who signed up and confirmed; the number."""
        before = len(self._of(address))
        self.post(f"/newsletters/{key}", {"address": address} | more)
        self.post(self.link(self.mails_to(address, before + 1)[-1]))
        found = self.app.newsletters.readership.subscribers.of_key(address.lower())
        assert found
        return found.id

    def token(self, subscriber: int, edition: int = 0, which: int = 0) -> str:
        return self.app.newsletters.signer.tokens(subscriber, edition)[which]


def readers_of(newsroom: Newsroom, more: str = "") -> Iterator[Readers]:
    with SmtpServer() as smtp:
        host, port = smtp.address
        newsroom.write("newsroom.toml", PUBLIC + NEWSROOM)
        newsroom.write("newsletters.toml", NEWSLETTERS.format(host=host, port=port) + more)
        app = newsroom.app()
        server = WebServer(application(app), "127.0.0.1", 0)
        server.start()
        yield Readers(newsroom, app, smtp, server)
        app.stopping.set()
        server.stop()


@pytest.fixture
def readers(newsroom: Newsroom) -> Iterator[Readers]:
    """On each kind of database."""
    yield from readers_of(newsroom)


@pytest.fixture
def readers_here(files_only: Newsroom) -> Iterator[Readers]:
    """On SQLite, for what never asks the database."""
    yield from readers_of(files_only)
