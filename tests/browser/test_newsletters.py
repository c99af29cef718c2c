"""Newsletters in a browser: an edition arranged by keys and sent; a reader who comes and goes without any script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.domain.edition import EditionState
from bot.domain.person import COMMAND_LINE
from bot.web import application
from bot.web.server import WebServer
from tests.browser.conftest import SIZES, Editor
from tests.conftest import NEWSROOM, Newsroom
from tests.newsrooms import until
from tests.readers.conftest import NEWSLETTERS, PUBLIC
from tests.servers.smtp import SmtpServer
from tests.web.conftest import Served, story

AXE = Path(__file__).parent.parent / "conformance" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def desk(files_only: Newsroom, smtp: SmtpServer) -> Iterator[Served]:
    """A desk with newsletters, an edition that waits, and a few readers."""
    host, port = smtp.address
    files_only.write("newsroom.toml", PUBLIC + NEWSROOM)
    files_only.write("channels.toml", "")
    files_only.write("newsletters.toml", NEWSLETTERS.format(host=host, port=port))
    app = files_only.app()
    for n in range(1, 5):
        files_only.article(f"{n}.txt", story(n))
    for name in app.sources:
        app.reading.fetch(name)
    for n in range(3):
        app.newsletters.readership.lists.add(COMMAND_LINE, "morning", f"r{n}@example.net", "", "by phone")
    app.newsletters.readership.lists.bar(COMMAND_LINE, "barred@example.net", "by phone")
    app.newsletters.editorial.making.make(COMMAND_LINE, "morning")
    server = WebServer(application(app), "127.0.0.1", 0)
    server.start()
    served = Served(files_only, app, server)
    served.person("salma", "owner", "سلمى")
    yield served
    app.stopping.set()
    server.stop()


def order(desk: Served) -> list[str]:
    letters = desk.app.newsletters
    return [id_ for s in letters.contents(letters.editions.get(1)).sections for id_ in s.articles]


def test_an_edition_is_arranged_tried_and_sent(editor: Editor, smtp: SmtpServer) -> None:
    desk, page = editor.desk, editor.page
    before = order(desk)
    page.goto(f"{desk.address}/editions/1")
    page.locator("[data-item]").first.focus()
    for key in ("m", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert until(lambda: order(desk) == [before[1], before[2], before[0], before[3]], 5), "by keys"
    expect(page.locator("#arrange [name=version]")).to_have_value("2")
    expect(page.locator("[data-item]").nth(2)).to_be_focused()
    page.locator(f"button[value='up:{before[3]}']").click()
    assert until(lambda: order(desk) == [before[1], before[2], before[3], before[0]], 5), "by a button"
    expect(page.locator("#arrange [name=version]")).to_have_value("3")
    page.wait_for_load_state("load")  # what moves them by the mouse is a script of the page
    first = page.locator("[data-item]").first
    page.locator("[data-item]").last.drag_to(first, target_position={"x": 60, "y": 3}, steps=8)
    assert until(lambda: order(desk) == [before[0], before[1], before[2], before[3]], 5), "by the mouse"
    expect(page.locator("#arrange [name=version]")).to_have_value("4")
    page.fill("#subject", "عنوان من المحرر")
    page.locator("#arrange button.go").click()
    expect(page.locator("#arrange [name=version]")).to_have_value("5")
    frame = page.frame_locator("#look iframe")
    expect(frame.locator(".masthead .name")).to_have_text("نشرة الصباح")
    page.locator("[data-width='600']").click()
    expect(page.locator("#look iframe")).to_have_css("width", "600px")
    page.fill("#to", "me@example.org")
    page.locator("form[action$=test] button").click()
    assert until(lambda: bool(smtp.kept), 5)
    assert str(smtp.kept[0].message["Subject"]) == "تجربة: عنوان من المحرر"
    page.wait_for_load_state("networkidle")
    page.locator("[data-act$='/send']").click()
    page.locator("#confirm [data-yes]").click()
    letters = desk.app.newsletters
    assert until(lambda: letters.editions.to_begin(desk.newsroom.clock.at) == [1], 5)
    page.wait_for_load_state("networkidle")
    page.wait_for_selector("#live:not(.lost)")
    page.wait_for_timeout(1000)  # the stream is there
    letters.send(1)
    assert letters.editions.get(1).state is EditionState.SENT
    expect(page.locator("#live-figures .big")).to_have_text("3", timeout=8000)
    assert {mail.rcpts[0] for mail in smtp.kept[1:]} == {f"r{n}@example.net" for n in range(3)}


@pytest.mark.parametrize("path", ["/editions", "/editions/1", "/subscribers", "/suppressions", "/newsletters",
                                  "/newsletters/morning?lang=en", "/newsletters/morning/archive"])  # fmt: skip
def test_each_page_is_right_for_everybody(editor: Editor, path: str) -> None:
    page = editor.page
    page.goto(editor.desk.address + path)
    page.wait_for_load_state("load")
    faults(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    beyond = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => { const b = e.getBoundingClientRect();"
        " return (b.left < 0 || b.right > innerWidth) && !e.closest('.scroll, .tabs'); })"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    assert wide <= 0, beyond


def faults(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], iframes: false}).then(r => r.violations"
        ".map(v => [v.id, v.nodes.map(n => n.html.slice(0, 200))]))"
    )
    assert found == []


@pytest.mark.parametrize("language", ["", "?lang=en"])
def test_a_reader_comes_and_goes_without_any_script(
    browser: Browser, desk: Served, smtp: SmtpServer, language: str
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=SIZES["phone"])  # type: ignore[arg-type]  # a ViewportSize
    page = context.new_page()
    page.goto(f"{desk.address}/newsletters/morning{language}")
    page.fill("#address", "reader@example.org")
    page.get_by_role("radio").last.check()
    page.get_by_role("button").click()
    assert until(lambda: bool(smtp.kept), 10)
    body = smtp.kept[0].message.get_body(("plain",))
    assert body
    link = next(word for word in body.get_content().split() if "/s/" in word)
    page.goto(desk.address + link.removeprefix("https://desk.example.org") + language)
    page.get_by_role("button").click()
    store = desk.app.newsletters.readership.subscribers
    found = store.of_key("reader@example.org")
    assert found
    assert [(m.newsletter, m.frequency) for m in store.memberships(found.id)] == [("morning", "weekly")]
    token = desk.app.newsletters.signer.tokens(found.id, 1)[0]
    page.goto(f"{desk.address}/u/{token}{language}")
    assert store.memberships(found.id)[0].until is None
    page.get_by_role("button").first.click()
    assert store.memberships(found.id)[0].until
    assert page.locator("h1").inner_text() in ("أُلغي اشتراكك", "You are unsubscribed")
    context.close()
