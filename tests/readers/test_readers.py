"""Sign-up, confirmation, preferences and leaving, over real HTTP and with real mail, on both databases."""

import time
from datetime import timedelta

import pytest
from lxml import html

from bot.domain.person import COMMAND_LINE
from bot.domain.signup import AGREE, CONFIRM, ONE_CLICK
from bot.domain.subscriber import Frequency, SubscriberState, Suppressed, digest_of
from bot.store.mail_ledger import suppress
from tests.mail.letters import faults
from tests.newsrooms import until
from tests.readers.conftest import Readers

WHO = "reader@example.net"


def text_of(page: str) -> str:
    return " ".join(str(html.fromstring(page).text_content()).split())


def whats(readers: Readers, address: str = WHO) -> list[str]:
    return [c.what for c in readers.app.newsletters.readership.subscribers.consents(digest_of(address))]


def reads(readers: Readers, id_: int) -> dict[str, Frequency]:
    rows = readers.app.newsletters.readership.subscribers.memberships(id_)
    return {each.newsletter: each.frequency for each in rows if each.until is None}


def test_from_sign_up_to_unsubscribing_and_each_step_leaves_its_line(readers: Readers) -> None:
    store = readers.app.newsletters.readership.subscribers
    form = {"address": "Reader@Example.net", "name": " سعاد  القارئة ", "want.morning": "weekly"}
    answer = readers.post("/newsletters/morning", form)
    assert answer.status_code == 200
    assert "انظر في بريدك" in answer.text
    (mail,) = readers.mails_to("Reader@example.net")
    assert "نشرة الصباح" in mail
    found = store.of_key(WHO)
    assert found
    assert found.state is SubscriberState.PENDING
    link = readers.link(mail)
    for _ in range(3):  # programs that look at links before people do
        page = readers.get(link)
        assert CONFIRM.ar in page.text
    assert store.get(found.id).state is SubscriberState.PENDING  # type: ignore[union-attr]  # it is there
    first, second = readers.post(link), readers.post(link)
    assert first.text == second.text
    assert "اكتمل اشتراكك" in first.text
    assert store.get(found.id).state is SubscriberState.ACTIVE  # type: ignore[union-attr]  # it is there
    assert reads(readers, found.id) == {"morning": Frequency.WEEKLY}
    assert found.name == "سعاد القارئة"
    leave = f"/u/{readers.token(found.id)}"
    assert "ألغِ الاشتراك" in readers.get(leave).text
    assert reads(readers, found.id), "to look changes nothing"
    assert readers.post(leave, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert reads(readers, found.id) == {}
    assert store.get(found.id).state is SubscriberState.LEFT  # type: ignore[union-attr]  # it is there
    log = store.consents(digest_of(WHO))
    assert [c.what for c in log] == ["asked", "confirmed", "left"]
    assert log[0].words == f"{AGREE.ar} [نشرة الصباح: أسبوعيا]"
    assert log[1].words.startswith(CONFIRM.ar)
    assert log[2].words == ONE_CLICK
    assert all(c.origin == "127.0.0.1" and c.at == readers.newsroom.clock.at for c in log)


def test_the_mail_of_a_sign_up_is_clean(readers_here: Readers) -> None:
    readers_here.post("/newsletters", {"address": WHO, "want.morning": "daily", "want.week": "weekly"})
    readers_here.mails_to(WHO)
    raw = readers_here.smtp.kept[0].raw
    missing = {f"{name}: 0 times" for name in ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")}
    assert set(faults(raw)) == missing, "it goes to one who asked, and to no list"
    message = readers_here.smtp.kept[0].message
    assert message["Auto-Submitted"] == "auto-generated"
    assert str(message["Subject"]).startswith("أكّد")
    rendered = message.get_body(("html",)).get_content()  # type: ignore[union-attr]  # it has one
    assert 'dir="rtl"' in rendered
    assert "<style" in rendered, "of the dark look"


def test_a_bare_post_unsubscribes_and_twice_is_once(readers: Readers) -> None:
    id_ = readers.subscribed(WHO)
    edition = readers.app.newsletters.editions.add(
        "morning",
        "2026-11-24",
        "daily",
        state="draft",
        now=readers.newsroom.clock.at,  # type: ignore[arg-type]  # a word
    )
    leave = f"/u/{readers.token(id_, edition or 0)}"
    for more in (
        {},
        {"headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
    ):
        answer = readers.post(leave, **more)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert whats(readers) == ["asked", "confirmed", "left"], "once"
    assert readers.app.newsletters.readership.subscribers.suppressed(digest_of(WHO)) == {
        "morning": Suppressed.UNSUBSCRIBED
    }
    with readers.app.database.read() as db:
        assert db.exec_driver_sql("select edition_id from consents where what = 'left'").scalars().all() == [edition]


def test_a_forged_or_changed_token_does_nothing_and_says_so(readers: Readers) -> None:
    id_ = readers.subscribed(WHO)
    good = {path: readers.token(id_, 0, which) for path, which in (("u", 0), ("p", 1))}
    good["s"] = readers.app.newsletters.signer.confirming(1, readers.newsroom.clock.at + timedelta(days=1))
    for path, token in good.items():
        changed = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(len(token))]
        wrong = [*changed[:: 5 if path != "u" else 1], "", "x", token[:-1], token + "A", "é" * 24, "A" * 24]
        for bad in wrong:
            for answer in (readers.get(f"/{path}/{bad}"), readers.post(f"/{path}/{bad}", {"want.morning": ""})):
                assert answer.status_code in (404, 405, 422), (path, bad)
    assert "ليس من روابطنا" in readers.post(f"/u/{good['p']}").text, "a token of another use"
    assert reads(readers, id_) == {"morning": Frequency.DAILY}
    assert whats(readers) == ["asked", "confirmed"]


def test_a_link_to_confirm_is_over_after_three_days(readers_here: Readers) -> None:
    readers_here.post("/newsletters/morning", {"address": WHO})
    link = readers_here.link(readers_here.mails_to(WHO)[0])
    readers_here.newsroom.clock.move(days=3, minutes=2)
    assert "انتهت صلاحيته" in readers_here.post(link).text
    assert "is over" in readers_here.get(f"{link}?lang=en").text
    assert whats(readers_here) == ["asked"]


def test_the_answer_is_the_same_whether_an_address_is_known(readers: Readers) -> None:
    readers.subscribed(WHO)
    took: dict[str, list[float]] = {WHO: [], "nobody@example.net": []}
    pages = {}
    for n in range(4):
        for address, times in took.items():
            began = time.monotonic()
            pages[address, n] = readers.post("/newsletters/morning", {"address": address}).text
            times.append(time.monotonic() - began)
    assert len(set(pages.values())) == 1
    readers.mails_to("nobody@example.net", 3)
    known = readers.mails_to(WHO, 3)[1:]
    assert all("/p/" in mail and "مشترك من قبل" in mail for mail in known), "its owner learns that it is"
    readers.app.newsletters.readership.work()
    assert len(readers.mails_to("nobody@example.net")) == 3, "nobody is flooded by what others ask"
    assert all(max(times) < 2 for times in took.values()), "no mail goes within the request"


def test_sign_up_is_limited_by_caller(readers: Readers) -> None:
    statuses = [readers.post("/newsletters/morning", {"address": f"r{n}@example.net"}).status_code for n in range(22)]
    assert statuses == [200] * 20 + [429] * 2
    by_proxy = {"headers": {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}}
    assert readers.post("/newsletters/morning", {"address": WHO}, **by_proxy).status_code == 200
    readers.newsroom.clock.move(minutes=11)
    assert readers.post("/newsletters/morning", {"address": WHO}).status_code == 200
    assert {c.origin for c in readers.app.newsletters.readership.subscribers.consents(digest_of(WHO))} == {
        "198.51.100.7 (by 127.0.0.1)",
        "127.0.0.1",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "ليس عنوان بريد"),
        ("not an address", "ليس عنوان بريد"),
        ("a@b@example.org", "ليس عنوان بريد"),
        ("سعاد@example.org", "غير لاتينية"),
        ("a@localhost", "ليس عنوان بريد"),
        ("a\r\nBcc: all@example.org", "ليس عنوان بريد"),
        ("<script>alert(1)</script>@example.org", "ليس عنوان بريد"),
    ],
)
def test_what_is_no_address_is_refused_in_words(readers_here: Readers, given: str, said: str) -> None:
    answer = readers_here.post("/newsletters/morning", {"address": given, "name": '"><script>x</script>'})
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert "<script" not in answer.text


def test_a_domain_in_arabic_letters_is_written_in_ascii(readers_here: Readers) -> None:
    assert readers_here.post("/newsletters/morning", {"address": "souad@مثال.مصر"}).status_code == 200
    readers_here.mails_to("souad@xn--mgbh0fb.xn--wgbh1c")


def test_preferences_by_their_own_link(readers: Readers) -> None:
    id_ = readers.subscribed(WHO)
    page = f"/p/{readers.token(id_, 0, 1)}"
    shown = readers.get(page).text
    assert WHO not in shown
    assert "re…@example.net" in shown
    saved = readers.post(page, {"want.morning": "weekly", "want.week": "weekly", "want.nothing": "daily"})
    assert "حُفظ" in saved.text
    assert reads(readers, id_) == {"morning": Frequency.WEEKLY, "week": Frequency.WEEKLY}
    readers.post(page, {"want.morning": "", "want.week": "weekly"})
    assert reads(readers, id_) == {"week": Frequency.WEEKLY}
    assert readers.app.newsletters.readership.subscribers.suppressed(digest_of(WHO)) == {
        "morning": Suppressed.UNSUBSCRIBED
    }
    readers.post(page, {"want.morning": "daily", "want.week": "weekly"})
    assert reads(readers, id_) == {"morning": Frequency.DAILY, "week": Frequency.WEEKLY}
    assert readers.app.newsletters.readership.subscribers.suppressed(digest_of(WHO)) == {}
    assert whats(readers) == ["asked", "confirmed", "chose", "chose", "left", "chose"]


def test_who_left_comes_back_by_confirming_and_who_complained_does_not(readers: Readers) -> None:
    id_ = readers.subscribed(WHO)
    readers.post(f"/u/{readers.token(id_)}", {"all": "1"})
    assert readers.subscribed(WHO) == id_
    assert reads(readers, id_) == {"morning": Frequency.DAILY}
    readers.newsroom.clock.move(days=2)
    with readers.app.database.write() as db:
        db.exec_driver_sql(
            "insert into suppressions (digest, newsletter, address, reason, at, note) "
            f"values ('{digest_of(WHO)}', '', '{WHO}', 'complaint', '2026-11-24 09:00:00.000000', '')"
        )
    assert readers.post("/newsletters/week", {"address": WHO}).status_code == 200
    readers.app.newsletters.readership.work()
    assert len(readers.mails_to(WHO)) == 2


@pytest.mark.parametrize("reason", [Suppressed.HARD_BOUNCE, Suppressed.SOFT_BOUNCES])
def test_whose_mail_came_back_reads_on_after_a_sign_up_that_is_confirmed(readers: Readers, reason: Suppressed) -> None:
    id_ = readers.subscribed(WHO)
    with readers.app.database.write() as db:
        suppress(readers.app.database, db, id_, reason, "550 no such user", readers.newsroom.clock.at)
    readers.newsroom.clock.move(days=2)
    assert readers.subscribed(WHO) == id_
    assert readers.app.newsletters.readership.subscribers.suppressed(digest_of(WHO)) == {}


def test_who_is_barred_from_one_newsletter_may_read_another(readers: Readers) -> None:
    readers.app.newsletters.readership.lists.bar(COMMAND_LINE, WHO, "", "week")
    assert reads(readers, readers.subscribed(WHO)) == {"morning": Frequency.DAILY}
    readers.newsroom.clock.move(days=2)
    readers.app.newsletters.readership.lists.bar(COMMAND_LINE, WHO, "", "")
    readers.post("/newsletters/morning", {"address": WHO})
    readers.app.newsletters.readership.work()
    assert len(readers.mails_to(WHO)) == 1


def test_a_mail_server_that_is_away_delays_the_mail(readers_here: Readers) -> None:
    readers_here.smtp.stop()
    assert readers_here.post("/newsletters/morning", {"address": WHO}).status_code == 200
    readers_here.app.newsletters.readership.work()
    readers_here.smtp.start()
    readers_here.newsroom.clock.move(minutes=6)
    readers_here.app.newsletters.look()
    assert len(readers_here.mails_to(WHO)) == 1


def test_the_pages_carry_strict_headers_and_need_no_script(readers_here: Readers) -> None:
    for path in (
        "/newsletters",
        "/newsletters/morning",
        "/newsletters/morning/archive",
        "/newsletters/nothing",
        "/u/x",
    ):
        for language, direction in (("", "rtl"), ("?lang=en", "ltr")):
            answer = readers_here.get(path + language)
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; style-src 'self';")
            assert "script-src" not in policy
            assert policy.endswith("frame-ancestors 'none'")
            assert "set-cookie" not in answer.headers
            tree = html.fromstring(answer.text)
            assert tree.get("dir") == direction
            assert not tree.xpath("//script|//*[@style]|//*[@onclick]")
    framed = readers_here.get("/newsletters/morning/form")
    assert framed.headers["content-security-policy"].endswith("frame-ancestors https://site.example.org")
    assert readers_here.post("/newsletters/morning/form", {"address": WHO}).status_code == 200
    readers_here.mails_to(WHO)


def test_a_form_that_is_too_large_or_strange_is_taken_for_an_empty_one(readers_here: Readers) -> None:
    for body in (b"address=" + b"x" * 30_000, b"\xff\xfe=%ff&&&", b"a=1&" * 500):
        answer = readers_here.post("/newsletters/morning", body)  # type: ignore[arg-type]  # raw octets
        assert answer.status_code == 422


def test_who_never_confirms_is_forgotten_after_a_month(readers: Readers) -> None:
    readers.subscribed("stays@example.net")
    readers.post("/newsletters/morning", {"address": WHO})
    readers.mails_to(WHO)
    rolls = readers.app.newsletters.readership.rolls
    assert rolls.counts() == {"active": 1, "pending": 1}
    readers.newsroom.clock.move(days=31)
    readers.app.newsletters.readership.work()
    assert until(lambda: rolls.counts() == {"active": 1}, 5)
    with readers.app.database.read() as db:
        assert db.exec_driver_sql("select count(*) from signups").scalar() == 0


def test_who_left_all_and_comes_back_to_one_stays_away_from_the_others(readers: Readers) -> None:
    id_, store = readers.subscribed(WHO), readers.app.newsletters.readership.subscribers
    for way in ("confirm", "prefer"):
        readers.post(f"/u/{readers.token(id_)}", {"all": "1"})
        assert store.suppressed(digest_of(WHO)).get("") == Suppressed.UNSUBSCRIBED
        if way == "confirm":
            readers.subscribed(WHO)
        else:
            readers.post(f"/p/{readers.token(id_, 0, 1)}", {"want.morning": "daily"})
        assert reads(readers, id_) == {"morning": Frequency.DAILY}
        assert store.suppressed(digest_of(WHO)) == {"week": Suppressed.UNSUBSCRIBED}


def test_a_nul_in_a_form_or_an_address_breaks_nothing(readers: Readers) -> None:
    answer = readers.post("/newsletters/morning", {"address": "nul@example.org", "name": "سعاد\0"})
    assert answer.status_code == 200
    readers.post(readers.link(readers.mails_to("nul@example.org")[-1]))
    found = readers.app.newsletters.readership.subscribers.of_key("nul@example.org")
    assert found
    assert found.name == "سعاد"
    for path in ("/newsletters/morning/%00", "/e/%00", "/subscribers?q=%00"):
        assert readers.get(path).status_code < 500, path
