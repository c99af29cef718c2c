"""Tags as chips, the form of a post, mails: each change by its edition, in the log, and exactly what goes."""

import random

import pytest
from lxml import html

from bot.domain.delivery import Delivery, State
from bot.domain.person import Actor, Role
from bot.store.tables import receipts
from bot.store.tags import BanStore
from tests.conftest import Newsroom
from tests.newsrooms import sentence
from tests.web.conftest import Served, story

CHIEF = Actor(name="رئيسة", role=Role.CHIEF, door="web")


def waiting(desk: Served, channel: str) -> Delivery:
    return next(d for d in desk.app.outbox.listing([], 99) if d.channel == channel)


def again(desk: Served, delivery: Delivery) -> Delivery:
    found = desk.app.outbox.get(delivery.id)
    assert found is not None
    return found


def test_a_chip_says_why_is_taken_off_and_banned(desk: Served) -> None:
    (article,) = desk.waiting()
    editor, chief = desk.signed_in("salma"), desk.signed_in("chief", "chief")
    before = waiting(desk, "telegram")
    assert before.post.hashtags
    page = html.fromstring(editor.get(f"{desk.address}/articles/{article}?channel=telegram").text)
    lines = page.xpath("//ul[@class='tags']/li")
    assert [line.xpath(".//bdi")[0].text for line in lines] == list(before.post.hashtags)
    assert all(line.xpath(".//span[@class='sub']")[0].text.strip() for line in lines)
    tag, url = before.post.hashtags[0], f"{desk.address}/deliveries/{before.id}/tags"
    told = editor.post(url, {"edition": before.edition, "remove": tag})
    assert told.status_code == 200, told.text
    after = again(desk, before)
    assert tag not in after.post.segments[0].text
    assert after.post.hashtags == before.post.hashtags[1:]
    assert editor.post(url, {"edition": before.edition, "add": "جديد"}).status_code == 409, "by its edition"
    assert "tags/ban" not in editor.get(desk.address + told.json()["to"]).text, "a ban is the chief's"
    assert "tags/ban" in chief.get(desk.address + told.json()["to"]).text
    assert editor.post(f"{desk.address}/tags/ban", {"tag": tag}).status_code == 403
    assert chief.post(f"{desk.address}/tags/ban", {"tag": tag}).status_code == 200
    assert BanStore(desk.app.database).banned() == [tag]
    desk.newsroom.article("9.txt", story(1).replace("رقم 1", "رقم 9") + " " + sentence(random.Random(77)))
    desk.newsroom.cycle(desk.app)
    assert all(tag not in d.post.hashtags for d in desk.app.outbox.listing([], 99) if d.article_id != article)
    assert {a.what for a in desk.app.acts.listing()} >= {"tags", "tag_ban"}
    assert desk.app.handwork.remaker.bans.set_banned(tag, "x", desk.newsroom.clock.at, on=False)


def test_one_more_tag_by_hand(desk: Served) -> None:
    desk.waiting()
    editor = desk.signed_in("salma", name="سلمى")
    for channel in ("x", "telegram", "mail"):
        before = waiting(desk, channel)
        url = f"{desk.address}/deliveries/{before.id}/tags"
        told = editor.post(url, {"edition": before.edition, "add": "سوق الميناء"})
        after = again(desk, before)
        if told.status_code == 422:
            assert channel == "x", told.text
            assert "يتجاوز الحد" in told.json()["error"]
            continue
        assert "#سوق_الميناء" in after.post.segments[0].text + after.post.segments[-1].text
        assert after.post.hashtags == (*before.post.hashtags, "#سوق_الميناء")
        assert (after.edited_by, after.edition) == ("سلمى", before.edition + 1)
    assert "#سوق_الميناء" in (waiting(desk, "mail").post.segments[0].html or "")
    mail = waiting(desk, "mail")
    assert editor.post(f"{desk.address}/deliveries/{mail.id}/tags", {"edition": 2, "add": "123"}).status_code == 422


@pytest.mark.parametrize(("channel", "mode"), [("x", "short"), ("x", "long"), ("telegram", "rich")])
def test_another_form_is_composed_anew(desk: Served, channel: str, mode: str) -> None:
    (article,) = desk.waiting()
    editor = desk.signed_in("salma")
    before = waiting(desk, channel)
    url = f"{desk.address}/deliveries/{before.id}/mode"
    assert editor.post(url, {"edition": before.edition, "mode": mode}).status_code == 200
    after = again(desk, before)
    page = html.fromstring(editor.get(f"{desk.address}/articles/{article}?channel={channel}").text)
    assert page.xpath("//select[@id='mode']/option[@selected]/@value") == [mode]
    assert len(after.post.segments) == len(after.segments) == 1
    assert after.post.segments[0].rich == (mode == "rich")
    assert editor.post(url, {"edition": before.edition, "mode": mode}).status_code == 409
    assert editor.post(url, {"edition": after.edition, "mode": "song"}).status_code == 404
    assert "mode" in {a.what for a in desk.app.acts.listing()}
    desk.app.office.release(CHIEF, after.id)
    desk.newsroom.cycle(desk.app)
    assert again(desk, before).state is State.SENT


def test_a_mail_in_other_words_is_the_mail_that_goes(desk: Served) -> None:
    (article,) = desk.waiting()
    editor = desk.signed_in("salma")
    before = waiting(desk, "mail")
    page = html.fromstring(editor.get(f"{desk.address}/articles/{article}?channel=mail").text)
    (area,) = page.xpath("//textarea[@name='text']")
    assert area.get("readonly") is None
    assert before.title not in area.text, "the title stands in its own field"
    words = area.text.strip() + "\n\nفقرة <b>زائدة</b> & أخيرة."
    form = {"edition": before.edition, "text": words, "subject": "موضوع آخر"}
    assert editor.post(f"{desk.address}/deliveries/{before.id}/edit", form).status_code == 200
    after = again(desk, before)
    (segment,) = after.post.segments
    assert (after.title, segment.subject) == ("موضوع آخر", "موضوع آخر")
    assert "فقرة <b>زائدة</b> & أخيرة." in segment.text
    assert "فقرة &lt;b&gt;زائدة&lt;/b&gt; &amp; أخيرة." in (segment.html or "")
    assert "<h1" in (segment.html or "")
    shown = editor.get(f"{desk.address}/deliveries/{before.id}/mail").text
    assert shown == segment.html
    page = html.fromstring(editor.get(f"{desk.address}/articles/{article}?channel=mail").text)
    assert page.xpath("//textarea[@name='text']")[0].text.strip() == after.post.words
    stale = editor.post(f"{desk.address}/deliveries/{before.id}/edit", form)
    assert (stale.status_code, stale.json()["conflict"]) == (409, True)
    empty = editor.post(f"{desk.address}/deliveries/{before.id}/edit", form | {"edition": 2, "text": " "})
    assert empty.status_code == 422


def test_bans_hold_on_both_databases(newsroom: Newsroom) -> None:
    app = newsroom.app()
    store, now = BanStore(app.database), newsroom.clock.at
    assert store.set_banned("#أكادير", "سلمى", now, on=True)
    assert not store.set_banned("#اكادير", "سلمى", now, on=True), "one tag, two spellings"
    assert store.set_banned("#ميناء", "سلمى", now, on=True)
    assert store.banned() == ["#أكادير", "#ميناء"]
    assert store.set_banned("#أكادير", "سلمى", now, on=False)
    assert not store.set_banned("#أكادير", "سلمى", now, on=False)
    assert store.banned() == ["#ميناء"]


def test_what_waits_on_x_says_its_price(desk: Served) -> None:
    (article,) = desk.waiting()
    editor = desk.signed_in("salma")
    before = waiting(desk, "x")
    plain = editor.post(
        f"{desk.address}/deliveries/{before.id}/edit", {"edition": before.edition, "text": ["نص بلا رابط", "والباقي"]}
    )
    assert plain.status_code == 200
    assert desk.app.accounts.price(again(desk, before)) == 30_000, "two posts of 0.015 dollars"
    assert desk.app.accounts.price(waiting(desk, "mail")) is None
    assert "0.03 $" in editor.get(f"{desk.address}/articles/{article}?channel=x").text


def test_what_is_out_opens_its_post_beside_the_queue(desk: Served) -> None:
    desk.waiting()
    held, chief = waiting(desk, "telegram"), desk.signed_in("chief", "chief")
    desk.app.office.release(CHIEF, held.id)
    desk.newsroom.cycle(desk.app)
    for url, links in (("https://t.me/nashir_test/7", 1), ("javascript:alert(1)", 0)):
        with desk.app.database.write() as db:
            db.execute(receipts.update().where(receipts.c.delivery_id == held.id).values(url=url))
        page = html.fromstring(chief.get(f"{desk.address}/pane/{held.article_id}").text)
        assert bool(page.xpath(f"//a[@href='{url}']")) == bool(links)
