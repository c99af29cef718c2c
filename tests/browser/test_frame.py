"""The frame around every page: no word of it is broken, whatever the width."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Served
from tests.web.conftest import PASSWORD

# words of header and bar that stand on two lines: each run of letters is asked where it is drawn
BROKEN = """() => {
  const broken = [];
  for (const part of document.querySelectorAll("header.top, nav.rail")) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.parentElement.checkVisibility() || node.parentElement.closest(".menu")) continue;
      for (const found of node.data.matchAll(/\\S+/g)) {
        const range = document.createRange();
        range.setStart(node, found.index);
        range.setEnd(node, found.index + found[0].length);
        const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top)));
        if (lines.size > 1) broken.push(found[0]);
      }
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["ar", "en"])
def test_no_word_of_the_frame_stands_on_two_lines(browser: Browser, desk: Served, width: int, language: str) -> None:
    person = desk.app.people.of_login("salma")
    assert person is not None
    desk.app.people.change(person.id, language=language)
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.goto(f"{desk.address}/login")
    page.fill("#login", "salma")
    page.fill("#password", PASSWORD)
    page.click("button.go")
    page.wait_for_selector("#live .tx", state="attached")
    page.evaluate("document.fonts.ready")
    assert page.evaluate(BROKEN) == []
    page.goto("about:blank")
    context.close()
