"""The eight jobs of the desk within their clicks (a key press is a click), in both languages, sizes and looks."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.domain.delivery import State
from tests.browser.conftest import Editor, make_unsure
from tests.web.conftest import story

AXE = Path(__file__).parent.parent / "conformance" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = [
    "/",
    "/new",
    "/new?breaking=1",
    "/calendar?channel=mail",
    "/results",
    "/channels",
    "/sources",
    "/rules",
    "/people",
    "/log",
]


def test_1_approve_the_next_article_having_read_its_posts(editor: Editor) -> None:
    editor.start()
    title = editor.page.locator(".row[aria-current] h3 a").inner_text()
    assert title in editor.page.locator("#pane h2").inner_text()
    expect(editor.page.locator("#pane .tx").first).to_be_visible()
    editor.press("a")
    number = int(title.split("رقم ")[1].split()[0])
    editor.wait_for(number, State.QUEUED)
    assert editor.presses <= 1


def test_2_send_one_article_now_to_telegram_only(editor: Editor) -> None:
    editor.start()
    editor.press(editor.row(2).locator("h3 a"))
    column = editor.page.locator(".col", has=editor.page.locator("h2", has_text="telegram"))
    editor.press(column.locator("[data-act$=send_now]"))
    editor.wait_for(2, State.QUEUED, channel="telegram")
    editor.wait_for(2, State.HELD, channel="x")
    assert editor.presses <= 3


def test_3_publish_a_breaking_item_that_is_in_no_feed(editor: Editor) -> None:
    editor.start()
    editor.press("b")
    editor.page.wait_for_selector("#text")
    editor.page.fill("#text", story(99))
    editor.press(editor.page.locator("main button.go"))
    editor.page.wait_for_selector(".preview .tx")
    assert "رقم 99" in editor.page.locator(".preview .tx").first.inner_text()
    editor.press(editor.page.locator(".arthead [data-key=KeyS]"))
    editor.wait_for(99, State.QUEUED)
    assert editor.presses <= 4


def test_4_shorten_a_segment_see_its_count_fall_save_and_approve(editor: Editor) -> None:
    editor.start()
    editor.press("e")
    area = editor.page.locator("#edit textarea").first
    area.wait_for()
    count = editor.page.locator("#edit .count").first
    area.fill("كلمة " * 70)
    expect(editor.page.locator("#edit .seg").first).to_have_class("fld seg over")
    area.fill("نص أقصر لهذا المقطع")
    expect(count).to_have_text("19")
    expect(editor.page.locator(".preview .tx").first).to_have_text("نص أقصر لهذا المقطع")
    editor.press(editor.page.locator("#edit button[name=then]"))
    for _ in range(100):
        done = [d for d in editor.desk.app.outbox.listing([], 100) if d.edited_by]
        if done and done[0].state is State.QUEUED:
            break
        editor.page.wait_for_timeout(50)
    assert done[0].post.segments[0].text == "نص أقصر لهذا المقطع"
    assert done[0].approved_by == "سلمى"
    assert editor.presses <= 4


@pytest.mark.parametrize("answer", ["said_out", "not_sent"])
def test_5_settle_an_unsure_post(editor: Editor, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    number = make_unsure(editor.desk, monkeypatch, 1)
    delivery = editor.desk.app.outbox.get(number)
    assert delivery is not None
    editor.start()
    row = editor.page.locator(".row", has=editor.page.locator(".unsure-why"))
    expect(row.locator(".unsure-why p")).to_be_visible()
    assert row.locator("[data-key=KeyV]").get_attribute("href") == "https://x.com/nashir_test"
    if answer == "said_out":
        if len(delivery.segments) > 1:
            row.locator("input[name=id]").fill("https://x.com/nashir_test/status/preview-1")
        editor.press(row.locator("form[action$=said_out] button"))
    else:
        editor.press(row.locator("[data-act$=not_sent]"))
    for _ in range(100):
        found = editor.desk.app.outbox.get(number)
        assert found is not None
        if found.state is not State.UNSURE:
            break
        editor.page.wait_for_timeout(50)
    assert found.state is not State.UNSURE
    assert editor.presses <= 2  # and the one that opens the place to look


def test_6_move_an_article_to_another_slot(editor: Editor) -> None:
    editor.start()
    before = {d.id: d.due_at for d in editor.desk.app.outbox.listing([], 100) if d.channel == "mail"}
    editor.page.goto(f"{editor.desk.address}/calendar?channel=mail")
    editor.page.wait_for_selector("[data-movable]")
    editor.presses = 1  # the channel's calendar is one press away from the channels' page, and it stands in the address
    editor.press("m")
    moved = int(editor.page.locator(".ev.lift").get_attribute("data-id") or 0)
    for _ in range(3):
        editor.page.keyboard.press("ArrowDown")
        if editor.page.locator("td.over .free").count():
            break
    editor.press("Enter")
    for _ in range(100):
        now = editor.desk.app.outbox.get(moved)
        assert now is not None
        if now.due_at != before[moved]:
            break
        editor.page.wait_for_timeout(50)
    assert now.due_at - before[moved] >= timedelta(hours=1)
    assert now.slot


def test_a_time_that_is_taken_offers_a_swap(editor: Editor) -> None:
    editor.start()
    editor.page.goto(f"{editor.desk.address}/calendar?channel=mail")
    editor.page.wait_for_selector("[data-movable]")
    before = {d.id: d.due_at for d in editor.desk.app.outbox.listing([], 100) if d.channel == "mail"}
    editor.press("m")
    moved = int(editor.page.locator(".ev.lift").get_attribute("data-id") or 0)
    editor.page.keyboard.press("ArrowDown")
    there = int(editor.page.locator("td.over .ev").first.get_attribute("data-id") or 0)
    editor.press("Enter")
    editor.page.locator("#confirm[open] [data-yes]").click()
    for _ in range(100):
        now = {d.id: d.due_at for d in editor.desk.app.outbox.listing([], 100)}
        if now[moved] != before[moved]:
            break
        editor.page.wait_for_timeout(50)
    assert (now[moved], now[there]) == (before[there], before[moved])


def test_nothing_can_be_pressed_while_the_connection_is_away(editor: Editor) -> None:
    editor.start()
    button = editor.page.locator(".row [data-act$='/release']").first
    editor.page.wait_for_function("!document.querySelector('#live').classList.contains('lost')")
    assert button.is_enabled()
    editor.desk.server.stop()
    editor.page.wait_for_selector("#live.lost")
    assert button.is_disabled()
    editor.faults.clear()  # what the browser says of a server that is gone
    assert editor.presses <= 3


def _publish_all(editor: Editor, number: int) -> None:
    desk = editor.desk
    for d in desk.app.outbox.listing([], 100):
        if f"رقم {number} " in d.title:
            desk.app.outbox.change(
                d.id, [State.HELD], State.QUEUED, None, desk.newsroom.clock.at, desk.newsroom.clock.at
            )
    desk.newsroom.cycle(desk.app)


def test_7_correct_a_published_number_on_every_channel(editor: Editor) -> None:
    desk = editor.desk
    _publish_all(editor, 1)
    desk.newsroom.clock.move(minutes=2)
    editor.start()
    editor.press(editor.row(1).locator("h3 a"))
    editor.press(editor.page.locator("#rewrite > summary"))
    text = editor.page.locator("#rw-body")
    text.fill(text.input_value().replace("100 مليون", "175 مليون"))
    editor.press(editor.page.locator("#rewrite button.go"))
    for _ in range(100):
        if len(desk.app.acts.listing(what="correct")) == len(desk.app.channels):
            break
        editor.page.wait_for_timeout(50)
    desk.newsroom.cycle(desk.app)
    pages = (desk.app.config.var / "preview" / "telegram.jsonl").read_text("utf-8")
    assert "175 مليون" in json.loads(pages.splitlines()[-1])["segment"]["text"]
    assert editor.presses <= 4


def test_8_retract_a_published_article(editor: Editor) -> None:
    _publish_all(editor, 2)
    editor.wait_for(2, State.SENT)
    editor.start()
    editor.press(editor.row(2).locator("[data-act='/articles/retract']"))
    expect(editor.page.locator("#confirm [data-close]")).to_be_focused()
    editor.press(editor.page.locator("#confirm [data-yes]"))
    expect(editor.page.locator("#toast.on")).to_be_visible()
    editor.page.wait_for_timeout(300)
    editor.desk.newsroom.cycle(editor.desk.app)
    editor.wait_for(2, State.RETRACTED)
    assert editor.presses <= 3


def test_a_row_changes_in_place_when_somebody_else_acts(editor: Editor) -> None:
    editor.start()
    held = [d for d in editor.desk.app.outbox.listing([], 100) if "رقم 3 " in d.title]
    editor.desk.newsroom.clock.move(seconds=1)
    for d in held:
        editor.desk.app.outbox.change(d.id, [State.HELD], State.QUEUED, None, editor.desk.newsroom.clock.at)
    expect(editor.page.locator("[data-group=soon] .row", has_text="رقم 3 ")).to_be_visible(timeout=3000)


def test_two_editors_see_each_others_change(editor: Editor) -> None:
    editor.start()
    editor.press("e")
    area = editor.page.locator("#edit textarea").first
    area.wait_for()
    number = int(editor.page.locator("#edit").get_attribute("data-delivery") or 0)
    found = editor.desk.app.outbox.get(number)
    assert found is not None
    from bot.domain.person import Actor, Role

    editor.desk.app.office.edit(Actor(name="كريم", role=Role.EDITOR, door="web"), number, found.edition, ["نص كريم"])
    area.fill("نص سلمى")
    editor.page.locator("#edit button.go").click()
    expect(editor.page.locator(".conflict")).to_contain_text("كريم")
    assert area.input_value() == "نص سلمى"


def test_no_serious_fault_for_those_who_do_not_see_or_point(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    make_unsure(editor.desk, monkeypatch, 1)
    _publish_all(editor, 2)
    article = editor.desk.app.outbox.listing([], 1)[0].article_id
    for path in [*PAGES, f"/articles/{article}"]:
        editor.page.goto(editor.desk.address + path)
        editor.page.wait_for_selector("main")
        editor.page.evaluate(AXE.read_text("utf-8"))
        told = editor.page.evaluate(
            "axe.run(document, {resultTypes: ['violations'], iframes: false}).then(r => r.violations"
            ".filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ') + n.failureSummary).join(' | ')))"
        )
        assert told == [], path
        width = editor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{path} is wider than the screen by {width}"


def test_the_pane_follows_the_chosen_row(editor: Editor) -> None:
    editor.start()
    for key in ("j", "j", "k"):
        editor.press(key)
    title = editor.page.locator(".row[aria-current] h3 a").inner_text()
    expect(editor.page.locator("#pane h2")).to_have_text(title)
    assert title == editor.page.locator(".row h3 a").nth(1).inner_text()


def test_what_is_hostile_runs_nothing_in_a_real_browser(editor: Editor) -> None:
    forged = '<script>window.owned=1</script>"><img src=x onerror="window.owned=1"><svg onload="window.owned=1">'
    turned = f"{forged}\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe"
    desk = editor.desk
    desk.newsroom.article("77.txt", f"{turned}\n\n{forged}\n\n{story(77)}")
    desk.newsroom.cycle(desk.app)
    found = next(d for d in desk.app.outbox.listing([], 100) if "owned" in d.title)
    seen: list[str] = []
    editor.page.on("console", lambda message: seen.append(message.text))
    for path in (
        "/",
        f"/articles/{found.article_id}",
        "/sources",
        "/calendar?channel=mail",
        f"/pane/{found.article_id}",
    ):
        editor.page.goto(desk.address + path)
        editor.page.wait_for_load_state()
        count = "document.querySelectorAll('main img, main script, svg[onload], [onerror]').length"
        assert editor.page.evaluate(count) == 0, path
        assert editor.page.evaluate("window.owned") is None, path
        assert "window.owned=1" in editor.page.locator("body").inner_text(), path
    assert not any("Content Security Policy" in line for line in seen), seen


def test_a_tag_is_taken_off_and_added_and_the_form_changed(editor: Editor) -> None:
    editor.start()
    editor.press("e")
    editor.page.wait_for_selector(".tags .tag")
    article = editor.page.locator(".arthead").get_attribute("data-id")
    held = next(
        d for d in editor.desk.app.outbox.listing([], 100) if d.article_id == article and d.service == "telegram"
    )
    editor.page.goto(f"{editor.desk.address}/articles/{article}?channel=telegram")
    tag = editor.page.locator(".tags .tag bdi").first.inner_text()
    expect(editor.page.locator(".preview .in").last).to_contain_text(tag)
    editor.page.locator(".tags .tag button").first.click()
    expect(editor.page.locator(f"#preview-{held.id}")).not_to_contain_text(tag)
    editor.page.fill("#add-tag", "سوق السمك")
    editor.page.keyboard.press("Enter")
    expect(editor.page.locator(f"#preview-{held.id}")).to_contain_text("#سوق_السمك")
    editor.page.select_option("#mode", "rich")
    editor.page.locator("form[action$='/mode'] button").click()
    for _ in range(100):
        now = editor.desk.app.outbox.get(held.id)
        assert now is not None
        if now.post.segments[0].rich:
            break
        editor.page.wait_for_timeout(50)
    assert now.post.segments[0].rich
    expect(editor.page.locator("#mode")).to_have_value("rich")


def test_where_the_readers_clock_is_another_one_both_are_shown(editor: Editor) -> None:
    there = editor.page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    here = editor.page.locator("#here")
    assert there != "Africa/Casablanca"
    expect(here).not_to_have_attribute("hidden", "")
    last_minutes = "[0, 60000].map((ago) => new Date(Date.now() - ago).toTimeString().slice(0, 5))"
    assert (here.text_content() or "")[-5:] in editor.page.evaluate(last_minutes)  # a minute may have ended since
