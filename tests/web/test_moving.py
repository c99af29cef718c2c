"""Two posts that change places, a queue of one state, two texts that met."""

from datetime import timedelta

from lxml import html

from bot.domain.delivery import State
from tests.web.conftest import Served

SLOTS = '\n[[slots]]\nchannels = ["x"]\ntimes = ["11:00", "13:00", "16:00"]\n'


def test_two_of_one_channel_swap_their_times_both_or_neither(desk: Served) -> None:
    desk.newsroom.clock.move(seconds=1)
    session = desk.signed_in("salma")
    desk.waiting(2)
    one, two = [d for d in desk.app.outbox.listing([State.HELD], 20) if d.channel == "telegram"][:2]
    now = desk.app.now()
    desk.app.office.editions.schedule(one.id, 1, now + timedelta(hours=1), None, one.reason, now)
    desk.app.office.editions.schedule(two.id, 1, now + timedelta(hours=3), None, two.reason, now)
    late = session.post(f"{desk.address}/deliveries/{one.id}/swap", {"edition": 2, "other": two.id, "other_edition": 1})
    assert late.status_code == 409
    assert desk.app.outbox.get(one.id).due_at == now + timedelta(hours=1), "neither moved"  # type: ignore[union-attr]  # there
    done = session.post(f"{desk.address}/deliveries/{one.id}/swap", {"edition": 2, "other": two.id, "other_edition": 2})
    assert done.status_code == 200, done.text
    found = {d.id: d.due_at for d in desk.app.outbox.listing([State.HELD], 20)}
    assert (found[one.id], found[two.id]) == (now + timedelta(hours=3), now + timedelta(hours=1))
    other = next(d for d in desk.app.outbox.listing([State.HELD], 20) if d.channel == "mail")
    mixed = session.post(
        f"{desk.address}/deliveries/{one.id}/swap", {"edition": 3, "other": other.id, "other_edition": 1}
    )
    assert mixed.status_code == 409
    assert f"المنشور {one.id} في telegram والمنشور {other.id} في mail" in mixed.json()["error"]


def test_what_was_moved_shows_its_own_time_beside_the_others_of_its_article(desk: Served) -> None:
    session = desk.signed_in("salma")
    desk.waiting(1)
    moved = next(d for d in desk.app.outbox.listing([State.HELD], 20) if d.channel == "telegram")
    at = moved.due_at + timedelta(hours=3)
    desk.app.office.editions.schedule(moved.id, 1, at, None, moved.reason, desk.app.now())
    (row,) = html.fromstring(session.get(f"{desk.address}/").text).xpath("//article[@data-id]")
    chips = {each.get("title"): each.xpath(".//bdi") for each in row.xpath(".//span[@title]")}
    zone = desk.app.config.newsroom.zone
    assert [time.text for time in chips["telegram"]] == [f"{at.astimezone(zone):%H:%M}"]
    assert chips["x"] == chips["mail"] == []
    assert row.xpath(".//time")[0].text == f"{moved.due_at.astimezone(zone):%H:%M}"


def test_the_queue_of_one_state(desk: Served) -> None:
    session = desk.signed_in("salma")
    ids = desk.waiting(3)
    failed = next(d for d in desk.app.outbox.listing([State.HELD], 20) if d.article_id == ids[0])
    desk.app.outbox.change(failed.id, [State.HELD], State.FAILED, failed.reason, desk.app.now())
    page = html.fromstring(session.get(f"{desk.address}/?state=failed").text)
    assert [row.get("data-id") for row in page.xpath("//article[contains(@class, 'row')]")] == [ids[0]]
    assert page.xpath("//select[@name='state']/option[@selected]")[0].get("value") == "failed"
    assert len(html.fromstring(session.get(f"{desk.address}/").text).xpath("//article[@data-id]")) == 3
    results = session.get(f"{desk.address}/results").text
    assert "/?state=failed&amp;channel=" in results, "an outcome opens its list"


def test_two_texts_that_met_are_shown_word_by_word_and_both_kept(desk: Served) -> None:
    one, two = desk.signed_in("one", name="سلمى"), desk.signed_in("two", name="عمر")
    desk.waiting(1)
    held = next(d for d in desk.app.outbox.listing([State.HELD], 9) if d.channel == "telegram")
    address = f"{desk.address}/deliveries/{held.id}/edit"
    assert one.post(address, {"edition": 1, "text": "نص سلمى الأول."}).status_code == 200
    late = two.post(address, {"edition": 1, "text": "نص عمر الأول."})
    assert late.status_code == 409
    assert "<del>سلمى</del><ins>عمر</ins>" in late.json()["diff"]
    (act,) = desk.app.acts.listing(what="edit_late")
    assert act.detail["after"] == ["نص عمر الأول."]
