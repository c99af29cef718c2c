"""`make shots`: every screen of the desk at two sizes, light and dark, over the project's own samples."""

import argparse
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bot.app import App
from bot.config import load
from bot.domain.delivery import State
from bot.domain.errors import Unsure
from bot.domain.person import COMMAND_LINE, Role
from bot.domain.say import Say
from bot.web import application
from bot.web.server import WebServer
from tests.conftest import ROOT, Clock

PASSWORD = "a-long-password"
NEWSROOM = """
name = "الرواق"
public_url = "https://desk.example.org"
[[sources]]
name = "sahel"
kind = "folder"
path = "articles"
dated = "first-seen"
backfill = 50
[[rules]]
name = "كل الأخبار"
[[slots]]
channels = ["x"]
times = ["09:00", "11:00", "13:00", "15:30", "18:00", "20:30"]
quiet = ["22:00-06:00"]
"""
CHANNELS = """
[[channels]]
name = "x"
service = "x"
account = "@rewaq"
approval = "editor"
[[channels]]
name = "telegram"
service = "telegram"
account = "@rewaq"
approval = "editor"
[[channels]]
name = "mail"
service = "email"
approval = "editor"
"""
NEWSLETTERS = """
[[newsletters]]
key = "morning"
name = "نشرة الصباح"
from = "الرواق <news@example.org>"
[[newsletters]]
key = "week"
name = "حصاد الأسبوع"
from = "الرواق <news@example.org>"
schedule = "weekly"
clicks = true
"""
SIZES = {"1440": {"width": 1440, "height": 1000}, "390": {"width": 390, "height": 844}}


def newsroom(folder: Path) -> tuple[App, Clock]:
    """A day at the desk: what waits, what goes, what is out, what is in doubt."""
    (folder / "articles").mkdir(parents=True)
    shutil.copytree(ROOT / "config", folder / "config")
    shutil.copytree(ROOT / "templates", folder / "templates")
    (folder / "config" / "newsroom.toml").write_text(NEWSROOM, "utf-8")
    (folder / "config" / "channels.toml").write_text(CHANNELS, "utf-8")
    (folder / "config" / "newsletters.toml").write_text(NEWSLETTERS, "utf-8")
    clock = Clock(datetime(2026, 11, 24, 9, 42, tzinfo=UTC))
    environ = {"DATABASE_URL": f"sqlite:///{folder}/var/nashir.db", "NASHIR_CONFIG": str(folder / "config")}
    app = App(load(environ), now=clock, monotonic=clock.monotonic, rest=clock.rest)
    app.prepare()
    work(app)
    clock.move(seconds=5)
    samples = sorted((ROOT / "samples").iterdir())
    for sample in samples:
        copied = folder / "articles" / sample.name
        shutil.copy(sample, copied)
        at = (clock.at - timedelta(minutes=5)).timestamp()
        os.utime(copied, (at, at))
    work(app)
    by_article: dict[str, list[int]] = {}
    for delivery in app.outbox.listing([], 500):
        by_article.setdefault(delivery.article_id, []).append(delivery.id)
    groups = list(by_article.values())
    now = clock.at
    for ids in groups[3:6]:
        for id_ in ids:
            app.outbox.change(id_, [State.HELD], State.QUEUED, None, now, now)
    adapter = app.accounts.adapter(app.channels["telegram"], preview=True)
    send = adapter.send

    def losing(segment: object, parent: object, begin: object) -> None:
        begin()  # type: ignore[operator]  # as an adapter is called
        raise Unsure(
            "The connection broke after the message was handed to Telegram; it may be out.",
            "انقطع الاتصال بعد أن سلّمنا المنشور إلى تلغرام. قد يكون ظاهرا، فلن نكرره قبل أن نعرف.",
        )

    work(app)
    lost = next(id_ for id_ in groups[6] if (d := app.outbox.get(id_)) and d.channel == "telegram")
    adapter.send, adapter.look = losing, lambda *_: None  # type: ignore[method-assign,attr-defined,assignment]  # a lost answer
    app.outbox.change(lost, [State.HELD], State.QUEUED, None, now, now)
    app.dispatcher.drain("telegram")
    adapter.send = send  # type: ignore[method-assign]  # well again
    newsletters(app)
    failed = next(id_ for id_ in groups[7] if (d := app.outbox.get(id_)) and d.channel == "x")
    note = Say("X refused it: the account may not post.", "رفض إكس المنشور: لا يحق لهذا الحساب أن ينشر.")
    app.outbox.change(failed, [State.HELD], State.FAILED, note, now)
    for n, ids in enumerate(groups[8:11]):
        for id_ in ids:
            app.outbox.change(id_, [State.HELD], State.QUEUED, None, now, now + timedelta(minutes=40 * (n + 1)))
    return app, clock


def newsletters(app: App) -> None:
    """Readers, an edition that is arranged, and one that is out."""
    lists, making = app.newsletters.readership.lists, app.newsletters.editorial.making
    for n in range(24):
        lists.add(COMMAND_LINE, "morning", f"reader{n}@example.org", ("سعاد", "كريم", "")[n % 3], "معرض الكتاب")
    lists.bar(COMMAND_LINE, "barred@example.org", "طلب بالهاتف")
    number = making.make(COMMAND_LINE, "morning")
    made = app.newsletters.editions.get(number)
    intro = "صباح الخير. في هذا العدد ما اختاره محررو النشرة من أخبار الأمس."
    app.newsletters.editorial.arranging.change(COMMAND_LINE, number, made.version, intro=intro)
    app.newsletters.desk.begin(COMMAND_LINE, making.make(COMMAND_LINE, "week"))


def work(app: App) -> None:
    """Fetch, tick and drain."""
    for name in app.sources:
        app.reading.fetch(name)
    while (wakes := app.tick.run(app.now())).lanes:
        if not [id_ for lane in wakes.lanes for id_ in app.dispatcher.drain(lane)]:
            break


def take(page: Page, address: str, folder: Path, article: str, look: str) -> None:
    """Each screen in one look."""
    screens = {
        "queue": "/",
        "article": f"/articles/{article}",
        "new": "/new?breaking=1",
        "calendar": "/calendar?channel=x",
        "editions": "/editions",
        "edition": "/editions/1",
        "edition-sent": "/editions/2",
        "subscribers": "/subscribers",
        "suppressions": "/suppressions",
        "sign-up": "/newsletters",
        "results": "/results",
        "channels": "/channels",
        "sources": "/sources",
        "rules": "/rules",
        "people": "/people",
        "log": "/log",
    }
    for name, path in screens.items():
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]  # a ViewportSize
            page.goto(address + path)
            page.wait_for_selector("main")
            page.wait_for_timeout(350)
            page.screenshot(path=folder / f"{name}-{size}-{look}.png")


def main() -> int:
    """Take them."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.shots", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "var" / "shots")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is missing: run `make debian` as root")
    with tempfile.TemporaryDirectory() as room:
        app, clock = newsroom(Path(room) / "room")
        server = WebServer(application(app), "127.0.0.1", 0)
        server.start()
        app.reception.register("salma", "سلمى", Role.OWNER, PASSWORD, clock.at)
        app.reception.register("karim", "كريم", Role.EDITOR, PASSWORD, clock.at)
        article = app.desk.rows([State.HELD])[0].article_id
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_context().new_page()
            page.goto(f"{server.address}/login")
            page.screenshot(path=folder / "login.png")
            page.fill("#login", "salma")
            page.fill("#password", PASSWORD)
            page.click("button.go")
            person = app.people.of_login("salma")
            for theme in ("light", "dark"):
                app.people.change(person.id if person else 0, theme=theme)
                take(page, server.address, folder, article, theme)
            browser.close()
        app.stopping.set()
        server.stop()
        app.close()
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
