"""What a chief must see first, what readers may not begin, and requests that no page makes."""

from datetime import timedelta

import pytest
from lxml import html

from bot.domain.delivery import Delivery, State
from tests.web.conftest import PASSWORD, Served, story


def on_x(desk: Served) -> Delivery:
    """The post of the channel that asks for a chief."""
    return next(d for d in desk.app.outbox.listing([], 20) if d.channel == "x")


@pytest.mark.parametrize("over", [State.CANCELLED, State.EXPIRED])
def test_what_no_chief_released_is_not_tried_again_past_them(desk: Served, over: State) -> None:
    editor, chief = desk.signed_in("salma"), desk.signed_in("nadia", "chief")
    desk.waiting()
    held = on_x(desk)
    assert desk.app.outbox.change(held.id, [State.HELD], over, None, desk.app.now())
    retry = f"{desk.address}/deliveries/{held.id}/retry"
    assert editor.post(retry).status_code == 403
    assert on_x(desk).state is over
    assert chief.post(retry).status_code == 200
    assert on_x(desk).state is State.QUEUED


def test_a_text_that_changes_after_it_was_approved_is_approved_again(desk: Served) -> None:
    editor, chief = desk.signed_in("salma"), desk.signed_in("nadia", "chief")
    desk.waiting()
    held = on_x(desk)
    assert chief.post(f"{desk.address}/deliveries/{held.id}/release").status_code == 200
    given = {"edition": held.edition, "text": [f"نص آخر {n}." for n, _ in enumerate(held.post.segments)]}
    assert editor.post(f"{desk.address}/deliveries/{held.id}/edit", given).status_code == 200
    changed = on_x(desk)
    assert (changed.state, changed.approved_by) == (State.HELD, "")
    assert changed.note is not None
    assert changed.note.ar.startswith("عدّلها محرر")
    assert chief.post(f"{desk.address}/deliveries/{held.id}/release").status_code == 200
    given["edition"] = changed.edition
    assert chief.post(f"{desk.address}/deliveries/{held.id}/edit", given).status_code == 200
    assert on_x(desk).state is State.QUEUED, "a chief's own change needs no other"


def test_a_newer_version_of_what_was_moved_is_approved_again(desk: Served) -> None:
    chief = desk.signed_in("nadia", "chief")
    desk.waiting()
    held = on_x(desk)
    assert chief.post(f"{desk.address}/deliveries/{held.id}/release").status_code == 200
    at = (desk.app.now() + timedelta(hours=3)).isoformat()
    moved = chief.post(f"{desk.address}/deliveries/{held.id}/schedule", {"edition": held.edition, "at": at})
    assert moved.status_code == 200, moved.text
    desk.newsroom.clock.move(minutes=5)
    desk.newsroom.article("1.txt", story(1, cost="999"))
    desk.newsroom.cycle(desk.app)
    newest = on_x(desk)
    assert (newest.version, newest.state) == (2, State.HELD)


def test_a_reader_has_no_page_read_and_no_text_kept(desk: Served) -> None:
    reader = desk.signed_in("reader", "reader")
    answer = reader.post(f"{desk.address}/new", {"text": "عنوان القارئ\nنصه", "channel": "x"})
    assert answer.status_code == 403
    assert desk.app.articles.seen_since(desk.app.now() - timedelta(days=1)) == []
    page = html.fromstring(answer.text)
    assert page.get_element_by_id("text").text == "عنوان القارئ\nنصه", "what was typed is not lost"
    assert "النشر للمحررين؛ وحسابك دوره «قارئ»" in page.text_content()


def test_a_reader_is_offered_no_new_post_and_told_nothing_false(desk: Served) -> None:
    article, *_ = desk.waiting()
    reader, editor = desk.signed_in("reader", "reader"), desk.signed_in("salma")
    for session, offered in ((reader, False), (editor, True)):
        assert bool(html.fromstring(session.get(desk.address).text).xpath("//nav//a[@href='/new']")) is offered
        form = html.fromstring(session.get(f"{desk.address}/new").text).xpath("//form[@action='/new']")
        assert bool(form) is offered
    said = reader.get(f"{desk.address}/articles/{article}").text
    assert "التحرير للمحررين" in said
    assert "لا يُحرَّر" not in said


def test_a_wrong_present_password_is_said_where_it_was_typed(desk: Served) -> None:
    editor = desk.signed_in("salma")
    for old, new, status, words in (
        ("wrong-password", "another-long-one", 403, "كلمة المرور الحالية غير صحيحة."),
        (PASSWORD, "short", 422, "كلمة المرور"),
    ):
        answer = editor.post(f"{desk.address}/me/password", {"old": old, "new": new})
        assert answer.status_code == status
        (said,) = html.fromstring(answer.text).xpath("//section[@aria-labelledby='h-me']//p[@role='alert']")
        assert words in said.text_content()
    assert desk.app.acts.listing(what="user_password") == []


def test_another_password_of_ones_own_is_a_line_in_the_log(desk: Served) -> None:
    editor = desk.signed_in("salma")
    assert editor.post(f"{desk.address}/me/password", {"old": PASSWORD, "new": "another-long-one"}).status_code == 200
    (act,) = desk.app.acts.listing(what="user_password")
    assert (act.who, act.subject) == ("salma", f"person:{act.person_id}")


def test_numbers_days_and_addresses_that_nobody_has_are_no_fault_of_ours(desk: Served) -> None:
    owner, huge = desk.signed_in("owner", "owner"), "9" * 25
    desk.waiting()
    for path in (f"/deliveries/{huge}/mail", f"/log?before={huge}"):
        assert owner.get(desk.address + path).status_code == 422
    for week in ("0001-01-01", "9999-12-31"):
        assert owner.get(f"{desk.address}/calendar?week={week}").status_code == 200
    for act in ("hold", "urgent", "schedule", "edit", "swap", "tags", "mode", "said_out"):
        given = {"edition": huge, "other": huge, "other_edition": huge, "text": "x", "at": "x", "mode": "x"}
        assert owner.post(f"{desk.address}/deliveries/1/{act}", given).status_code in (200, 409, 422), act
        assert owner.post(f"{desk.address}/deliveries/{huge}/{act}", given).status_code == 422, act
    assert owner.post(f"{desk.address}/people/{huge}/disable").status_code == 422
    long = owner.post(f"{desk.address}/new", {"text": f"https://nowhere.invalid/{'a' * 5000}", "channel": "x"})
    assert long.status_code == 422


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_form_that_is_odd_or_too_large_is_refused_in_the_readers_language(desk: Served, language: str) -> None:
    editor = desk.signed_in("salma")
    assert editor.post(f"{desk.address}/me", {"language": language}).status_code == 200
    large = editor.post(f"{desk.address}/new", {"text": "ا" * 600_000, "channel": "x"})
    odd = editor.post(f"{desk.address}/deliveries/1/edit", {"edition": "x", "text": "x"})
    assert (large.status_code, odd.status_code) == (413, 422)
    said = {"ar": ("ميغابايت", "ليس رقما"), "en": ("megabyte", "not a number")}[language]
    assert (said[0] in large.json()["error"], said[1] in odd.json()["error"]) == (True, True)


def test_a_text_that_changed_after_the_page_was_loaded_is_not_released(desk: Served) -> None:
    editor, chief = desk.signed_in("salma"), desk.signed_in("nadia", "chief")
    (article,) = desk.waiting()
    held = on_x(desk)
    page = html.fromstring(chief.get(f"{desk.address}/articles/{article}").text)
    button = page.xpath("//button[@data-act='/articles/release']")[0]
    assert f"{held.id}.1" in button.get("data-seen").split()
    given = {"edition": 1, "text": [f"نص آخر {n}." for n, _ in enumerate(held.post.segments)]}
    assert editor.post(f"{desk.address}/deliveries/{held.id}/edit", given).status_code == 200
    for act in ("release", "send_now"):
        late = chief.post(f"{desk.address}/deliveries/{held.id}/{act}", {"seen": f"{held.id}.1"})
        assert (late.status_code, late.json()["conflict"]) == (409, True)
    both = chief.post(f"{desk.address}/articles/release", {"ids": article, "seen": button.get("data-seen")})
    assert both.status_code == 409
    states = {d.channel: d.state for d in desk.app.outbox.listing([], 20)}
    assert states == {"x": State.HELD, "telegram": State.QUEUED, "mail": State.QUEUED}, "what was seen goes"
    assert chief.post(f"{desk.address}/deliveries/{held.id}/release", {"seen": f"{held.id}.2"}).status_code == 200


def test_nobody_is_offered_what_takes_another_role(desk: Served) -> None:
    editor = desk.signed_in("salma")
    (article,) = desk.waiting()
    pages = [editor.get(f"{desk.address}{path}").text for path in ("/", f"/articles/{article}")]
    assert all("/articles/release" in page for page in pages), "telegram and mail ask for an editor"
    for d in desk.app.outbox.listing([State.HELD], 20):
        if d.channel != "x":
            assert editor.post(f"{desk.address}/deliveries/{d.id}/release").status_code == 200
    pages = [editor.get(f"{desk.address}{path}").text for path in ("/", f"/articles/{article}")]
    assert not any("/articles/release" in page for page in pages), "x asks for a chief"
