"""Debian's chromium over a desk that is served; the browser's tests run last, for its loop stays in the main thread."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from bot.domain.delivery import State
from bot.domain.errors import Unsure
from bot.domain.post import Segment
from bot.web import application
from bot.web.server import WebServer
from tests.conftest import Newsroom
from tests.web.conftest import CHANNELS, PASSWORD, Served

SIZES = {"phone": {"width": 390, "height": 844}, "wide": {"width": 1440, "height": 1000}}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's chromium, which `make test` installs; without it these tests fail and say so."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("chromium is missing: run `make debian` as root (Debian package chromium)", pytrace=False)
    return browser_type_launch_args | {"executable_path": path, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


@pytest.fixture
def desk(files_only: Newsroom) -> Iterator[Served]:
    """Articles that wait, go, are unsure and are out, on channels that show previews."""
    files_only.write("channels.toml", CHANNELS.format(approval="editor"))
    slots = '\n[[slots]]\nchannels = ["mail"]\ntimes = ["11:00", "13:00", "16:00", "18:00"]\nquiet = ["22:00-06:00"]\n'
    files_only.write("newsroom.toml", (files_only.config / "newsroom.toml").read_text("utf-8") + slots)
    app = files_only.app()
    files_only.cycle(app)
    files_only.clock.move(seconds=5)
    server = WebServer(application(app), "127.0.0.1", 0)
    server.start()
    served = Served(files_only, app, server)
    served.waiting(3)
    served.person("salma", "chief", "سلمى")
    yield served
    app.stopping.set()
    server.stop()


@dataclass
class Editor:
    """Somebody at the desk, whose presses are counted from the queue page on."""

    page: Page
    desk: Served
    faults: list[str] = field(default_factory=list)
    presses: int = 0

    def start(self, path: str = "/") -> None:
        """From here on presses count."""
        self.page.goto(self.desk.address + path)
        self.page.wait_for_load_state("networkidle") if path != "/" else self.page.wait_for_selector("#live .tx")
        self.presses = 0

    def press(self, what: Locator | str) -> None:
        """A click, or a key."""
        self.presses += 1
        if isinstance(what, str):
            self.page.keyboard.press(what)
        else:
            what.click()

    def row(self, number: int) -> Locator:
        return self.page.locator(".row", has_text=f"رقم {number} ")

    def wait_for(self, article: int, *states: State, channel: str = "") -> None:
        """Until the article's deliveries stand so."""
        for _ in range(100):
            found = {
                d.state
                for d in self.desk.app.outbox.listing([], 1000)
                if f"رقم {article} " in d.title and channel in ("", d.channel)
            }
            if found == set(states):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{found} instead of {states}")


LOOKS = ["ar-phone-light", "en-wide-dark"]  # each language, size and look once; NASHIR_LOOKS=all: each with each
if os.environ.get("NASHIR_LOOKS") == "all":
    LOOKS = [f"{lang}-{size}-{look}" for lang in ("ar", "en") for size in SIZES for look in ("light", "dark")]


@pytest.fixture(params=LOOKS)
def editor(request: pytest.FixtureRequest, browser: Browser, desk: Served) -> Iterator[Editor]:
    """Signed in, in one language, size and look."""
    language, size, theme = request.param.split("-")
    context: BrowserContext = browser.new_context(viewport=SIZES[size])  # type: ignore[arg-type]  # a ViewportSize
    page = context.new_page()
    made = Editor(page, desk)
    page.on("pageerror", lambda error: made.faults.append(str(error)))
    page.on("console", lambda said: made.faults.append(said.text) if "Content Security" in said.text else None)
    page.on("request", lambda asked: made.faults.append(asked.url) if not asked.url.startswith(desk.address) else None)
    person = desk.app.people.of_login("salma")
    assert person is not None
    desk.app.people.change(person.id, language=language, theme=theme)
    page.goto(f"{desk.address}/login")
    page.fill("#login", "salma")
    page.fill("#password", PASSWORD)
    page.click("button.go")
    page.wait_for_selector("#live")
    yield made
    page.wait_for_timeout(300)  # a page that loads anew just now
    page.goto("about:blank")
    context.close()
    assert [fault for fault in made.faults if fault != "about:blank"] == []


def make_unsure(desk: Served, monkeypatch: pytest.MonkeyPatch, number: int) -> int:
    """A post on X whose answer was lost; its number."""
    delivery = next(d for d in desk.app.outbox.listing([], 1000) if f"رقم {number} " in d.title and d.channel == "x")
    adapter = desk.app.accounts.adapter(desk.app.channels["x"], preview=True)

    def lost(_segment: Segment, _parent: object, begin: Any) -> None:
        begin()
        raise Unsure("The answer was lost.", "انقطع الاتصال بعد أن سلّمنا المنشور.")

    with monkeypatch.context() as patch:
        patch.setattr(adapter, "send", lost)
        patch.setattr(adapter, "look", lambda *_: None)
        assert desk.app.outbox.change(delivery.id, [State.HELD], State.QUEUED, None, desk.newsroom.clock.at)
        desk.app.dispatcher.drain("x")
    return delivery.id
