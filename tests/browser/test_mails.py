"""An edition as a reader sees it: on a phone and a wide screen, light and dark."""

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bot.mail.message import Mailing
from tests.conftest import Newsroom
from tests.mail.letters import PUBLIC, SIGNER
from tests.newsletters import TITLES, newsletter

LOOKS = [(width, scheme) for width in (390, 1000) for scheme in ("light", "dark")]
SEEN = """() => {
  const shown = element => { const box = element.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const behind = element => { for (let at = element; at; at = at.parentElement) {
    const found = rgb(getComputedStyle(at).backgroundColor); if (found.length < 4 || found[3] > 0) return found; }
    return [255, 255, 255]; };
  return [...document.querySelectorAll('p, h1, h2, h3, a')].filter(shown).map(element => {
    const style = getComputedStyle(element), [a, b] = [light(rgb(style.color)), light(behind(element))];
    return {text: element.textContent.trim().slice(0, 40), direction: style.direction, align: style.textAlign,
      size: parseFloat(style.fontSize), contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
      right: element.getBoundingClientRect().right, left: element.getBoundingClientRect().left};
  });
}"""


@pytest.fixture
def content(files_only: Newsroom) -> str:
    app, number = newsletter(files_only, ("127.0.0.1", 1), 1)
    letter = app.newsletters.letter(app.newsletters.editions.get(number))
    mails = Mailing(letter, edition=number, public_url=PUBLIC, return_domain="b.example.org", signer=SIGNER)
    raw = mails.mail(1, "reader1@example.net", "سعاد").content
    message: EmailMessage = email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[assignment]  # by policy
    part = message.get_body(("html",))
    assert part
    return part.get_content()  # type: ignore[no-any-return]  # text of a text part


def shown(browser: Browser, content: str, width: int, scheme: Any) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.route("**/*", lambda route: route.abort())  # as a mail program that loads no pictures
    page.set_content(content, wait_until="domcontentloaded")
    return page


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_an_edition_reads_from_the_right_in_every_look(browser: Browser, content: str, width: int, scheme: str) -> None:
    page = shown(browser, content, width, scheme)
    try:
        assert page.evaluate("document.documentElement.scrollWidth") == width
        seen = page.evaluate(SEEN)
        assert len(seen) > 15
        for each in seen:
            assert each["direction"] == "rtl", each
            assert each["align"] in ("right", "start"), each
            assert each["contrast"] >= 4.5, each
            assert each["size"] >= 14, each
            assert 0 <= each["left"] <= each["right"] <= width, each
        texts = "\n".join(each["text"] for each in seen)
        assert "مرحبا سعاد،" in texts
        assert all(title in texts for title in (*TITLES, "محليات", "ثقافة"))
        links = page.locator("a", has_text="إلغاء الاشتراك")
        assert links.count() == 2
        assert links.first.get_attribute("href") == f"{PUBLIC}/u/{SIGNER.tokens(1, 1)[0]}"
        dark = page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
        assert (dark == "rgb(23, 33, 37)") is (scheme == "dark")
    finally:
        page.close()
