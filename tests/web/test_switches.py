"""The pages of channels and sources: what is left, a check with its answer, a test after a yes, a pause."""

from lxml import html

from tests.conftest import Newsroom
from tests.web.conftest import CHANNELS, Served


def page(desk: Served, session, path: str) -> html.HtmlElement:  # type: ignore[no-untyped-def]  # a session of requests
    answer = session.get(desk.address + path)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def test_a_check_says_its_answer_on_the_page(desk: Served) -> None:
    chief = desk.signed_in("chief", "chief", name="رئيسة")
    assert chief.post(f"{desk.address}/channels/telegram/check").status_code == 200
    (said,) = page(desk, chief, "/channels").xpath("//p[@data-tried]")
    assert "رئيسة" in said.text_content()
    assert "index.html" in said.text_content(), "the preview's account is its page"


def test_a_test_is_for_chiefs_and_asks_first(desk: Served) -> None:
    editor, chief = desk.signed_in("salma"), desk.signed_in("chief", "chief")
    assert editor.post(f"{desk.address}/channels/telegram/test").status_code == 403
    assert not page(desk, editor, "/channels").xpath("//button[contains(@data-act, '/test')]")
    for button in page(desk, chief, "/channels").xpath("//button[contains(@data-act, '/test')]"):
        assert button.get("data-confirm")
        assert "صفحة المعاينة" in button.get("data-confirm-text")
    assert chief.post(f"{desk.address}/channels/telegram/test").status_code == 200
    shown = (desk.app.config.var / "preview" / "telegram.jsonl").read_text("utf-8")
    assert "اختبار من مكتب النشر" in shown
    assert {act.what for act in desk.app.acts.listing()} >= {"test_send", "test_sent"}
    assert chief.post(f"{desk.address}/channels/nothing/test").status_code == 404


def test_what_is_left_of_a_live_channels_limits_stands_there(desk: Served, files_only: Newsroom) -> None:
    live = CHANNELS.format(approval="chief").replace('name = "mail"', 'name = "mail"\nlive = true')
    files_only.write("channels.toml", live + 'from = "a@example.org"\nto = "b@example.org"\nper_minute = 7\n')
    app = files_only.app()
    chief = desk.signed_in("chief", "chief")
    desk.app.channels, desk.app.accounts = app.channels, app.accounts
    desk.app.handwork.__dict__.pop("trials", None)
    (card,) = page(desk, chief, "/channels").xpath("//section[contains(., 'mail')]")
    assert "7 من 7" in card.text_content()
    assert "علنا" in card.xpath(".//button[contains(@data-act, '/test')]")[0].get("data-confirm-text")


def test_a_source_is_paused_and_goes_on(desk: Served) -> None:
    reader, editor = desk.signed_in("reader", "reader"), desk.signed_in("salma", name="سلمى")
    assert reader.post(f"{desk.address}/sources/files/pause").status_code == 403
    assert editor.post(f"{desk.address}/sources/files/pause").status_code == 200
    (card,) = page(desk, editor, "/sources").xpath("//section[.//h2[contains(., 'files')]]")
    assert "موقوف بطلب من سلمى" in card.text_content()
    assert card.xpath(".//button/@data-act") == ["/sources/files/resume"]
    assert editor.post(f"{desk.address}/sources/files/resume").status_code == 200
    assert editor.post(f"{desk.address}/sources/files/eat").status_code == 404


def test_what_a_source_could_not_take_stands_on_its_page_until_it_is_gone(desk: Served) -> None:
    session = desk.signed_in("salma")
    broken = desk.newsroom.article("broken.json", "{<b>")
    desk.newsroom.cycle(desk.app)
    desk.newsroom.cycle(desk.app)
    (card,) = page(desk, session, "/sources").xpath("//section[.//h2[contains(., 'files')]]")
    assert "لم يُقرأ منه 1" in card.text_content()
    assert "broken.json:1: صياغة JSON غير صحيحة." in card.text_content()
    broken.unlink()
    desk.newsroom.cycle(desk.app)
    assert "سليم" in page(desk, session, "/sources").xpath("//section[.//h2[contains(., 'files')]]")[0].text_content()
