"""The desk over real HTTP: who may come in, what each press does, and that nothing of a text is taken for a page."""

import random
import re
import time
from dataclasses import replace
from datetime import time as clock_time
from datetime import timedelta

import pytest
import requests
from lxml import html

from bot.domain.delivery import State
from bot.domain.schedule import Quiet
from bot.web import first_link
from tests.newsrooms import sentence
from tests.web.conftest import PASSWORD, Served, led, story

PUBLIC = {
    "/login",
    "/first/{secret}",
    "/healthz",
    "/readyz",
    "/metrics",
    "/websub/{token}",
    "/telegram/{path}",  # by its own secret; off where there is no desk in Telegram
    "/newsletters",  # these and the ones below: for readers, see tests/readers
    "/newsletters/{key}",
    "/newsletters/{key}/form",
    "/newsletters/{key}/archive",
    "/newsletters/{key}/{day}",
    "/e/{slug}",
    "/robots.txt",
    "/s/{token}",  # by signed links, each for its own use only
    "/u/{token}",
    "/p/{token}",
    "/c/{token}",
}
FORGED = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "\N{RIGHT-TO-LEFT OVERRIDE}txt.exe",
    "</textarea><b>",
]


def text_of(page: str) -> str:
    return str(html.fromstring(page).text_content())


def test_every_page_and_act_asks_who_is_there(desk: Served) -> None:
    known = [(method, path) for method, path in desk.routes() if path not in PUBLIC]
    assert len(known) > 30
    for method, path in known:
        address = desk.address + re.sub(r"\{(\w+)\}", "1", path)
        answer = requests.request(method, address, data={"ids": "1"}, allow_redirects=False, timeout=5)
        assert answer.status_code in (303, 401, 403), (method, path, answer.status_code)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/login"), (method, path)


def test_every_label_of_every_page_leads_to_its_field(desk: Served) -> None:
    session = desk.signed_in("owner", "owner")
    article, *_ = desk.waiting()
    paths = [path for method, path in desk.routes() if method == "GET" and "{" not in path and "/api/" not in path]
    assert "/rules" in paths
    for path in [*paths, f"/articles/{article}"]:
        answer = session.get(desk.address + path, stream=True, timeout=5)
        if answer.headers["content-type"].startswith("text/html"):
            led(html.fromstring(answer.text), path)
        answer.close()


def test_an_address_that_leads_nowhere_is_a_page_that_says_so(desk: Served) -> None:
    session = desk.signed_in("salma")
    answer = session.get(f"{desk.address}/nowhere/at/all")
    assert (answer.status_code, "لا صفحة بهذا العنوان" in text_of(answer.text)) == (404, True)
    stranger = requests.get(f"{desk.address}/nowhere/at/all", timeout=5)
    assert (stranger.status_code, "There is no such page." in stranger.text) == (404, True)


def test_a_post_that_waits_says_for_whom(desk: Served) -> None:
    session = desk.signed_in("salma")
    desk.waiting()
    assert "ينتظر موافقة رئيس التحرير" in text_of(session.get(desk.address).text)


def test_an_approval_in_quiet_hours_answers_until_when_it_waits(desk: Served) -> None:
    (article,) = desk.waiting()
    quiet = (Quiet(start=clock_time(9), end=clock_time(11, 30)),)
    desk.app.plans.update({name: replace(plan, quiet=quiet) for name, plan in desk.app.plans.items()})
    session = desk.signed_in("chief", "chief")
    answer = session.post(f"{desk.address}/articles/release", data={"ids": article})
    assert answer.json()["said"] == "ينتظر انتهاء ساعات الصمت، 11:30."
    for path in ("/", f"/articles/{article}"):
        assert "ينتظر انتهاء ساعات الصمت، 11:30." in text_of(session.get(desk.address + path).text), path


def test_every_act_needs_a_form_of_the_desks_own(desk: Served) -> None:
    session = desk.signed_in("salma", "owner")
    del session.headers["x-csrf"]
    for method, path in desk.routes():
        if method != "POST" or path in PUBLIC:
            continue
        data = {"ids": "1", "edition": "1", "text": "نص", "at": "2026-11-27T10:00", "delivery": "1", "csrf": "forged"}
        answer = session.post(desk.address + re.sub(r"\{(\w+)\}", "1", path), data, allow_redirects=False)
        assert answer.status_code == 403, (path, answer.status_code)


def test_the_first_owner_comes_by_a_link_that_works_once_here_and_for_half_an_hour(desk: Served) -> None:
    link = first_link(desk.server.application, desk.app, desk.address)
    form = {"login": "owner", "name": "سلمى", "password": PASSWORD}
    assert requests.post(link[:-1] + "x", form, timeout=5).status_code == 403
    assert requests.post(link, form, headers={"x-forwarded-for": "192.0.2.7"}, timeout=5).status_code == 403
    desk.newsroom.clock.move(minutes=31)
    assert requests.post(link, form, timeout=5).status_code == 403
    link = first_link(desk.server.application, desk.app, desk.address)
    assert requests.post(link, form | {"password": "short"}, timeout=5).status_code == 422
    session = requests.Session()
    assert session.post(link, form, timeout=5).url == f"{desk.address}/"
    assert requests.post(link, form | {"login": "second"}, timeout=5).status_code == 403
    assert first_link(desk.server.application, desk.app, desk.address) == ""
    assert [p.role.word for p in desk.app.people.listing()] == ["owner"]


def test_signing_in_is_limited_and_says_nothing_of_who_exists(desk: Served) -> None:
    desk.person("salma")
    wrong = [
        requests.post(f"{desk.address}/login", {"login": login, "password": "wrong-password"}, timeout=5)
        for login in ("salma", "nobody")
    ]
    assert [a.status_code for a in wrong] == [403, 403]
    assert text_of(wrong[0].text) == text_of(wrong[1].text)
    for _ in range(8):
        requests.post(f"{desk.address}/login", {"login": "salma", "password": "wrong-password"}, timeout=5)
    right = requests.post(f"{desk.address}/login", {"login": "salma", "password": PASSWORD}, timeout=5)
    assert right.status_code == 403
    assert "عشر دقائق" in right.text
    desk.newsroom.clock.move(minutes=11)
    assert (
        requests.post(f"{desk.address}/login", {"login": "salma", "password": PASSWORD}, timeout=5).status_code == 200
    )


@pytest.mark.parametrize("to", ["https://evil.example/x", "//evil.example", "/\\evil.example"])
def test_the_login_leads_nowhere_else(desk: Served, to: str) -> None:
    desk.person("salma")
    answer = requests.post(
        f"{desk.address}/login",
        {"login": "salma", "password": PASSWORD, "next": to},
        allow_redirects=False,
        timeout=5,
    )
    assert not answer.headers["location"].startswith(("http", "//", "/\\"))


def test_a_session_ends_with_the_account_and_with_another_password(desk: Served) -> None:
    owner, editor = desk.signed_in("owner", "owner"), desk.signed_in("salma")
    person = desk.app.people.of_login("salma")
    assert person is not None
    assert owner.post(f"{desk.address}/people/{person.id}/disable").status_code == 200
    assert editor.get(desk.address, allow_redirects=False).status_code == 303
    first = desk.app.people.of_login("owner")
    assert first is not None
    assert owner.post(f"{desk.address}/people/{first.id}/disable").status_code == 409


def test_presses_do_what_they_say_once_and_only_for_those_who_may(desk: Served) -> None:
    (article,) = desk.waiting()
    reader, editor = desk.signed_in("reader", "reader"), desk.signed_in("salma", name="سلمى")
    chief = desk.signed_in("chief", "chief", name="رئيسة")
    release = f"{desk.address}/articles/release"
    assert reader.post(release, {"ids": article}).status_code == 403
    answer = editor.post(release, {"ids": article})
    assert answer.status_code == 409  # the chief is asked on X: the others went
    assert "رئيس تحرير" in answer.json()["error"]
    states = {d.channel: d.state for d in desk.app.outbox.listing([], 9)}
    assert states == {"x": State.HELD, "telegram": State.QUEUED, "mail": State.QUEUED}
    assert chief.post(release, {"ids": article}).status_code == 200
    assert chief.post(release, {"ids": article}).status_code == 409  # somebody was quicker
    assert {(a.who, a.what) for a in desk.app.acts.listing()} >= {("سلمى", "release"), ("رئيسة", "release")}
    desk.newsroom.cycle(desk.app)
    assert {d.state for d in desk.app.outbox.listing([], 9)} == {State.SENT}
    assert editor.post(f"{desk.address}/articles/retract", {"ids": article}).status_code == 200
    desk.newsroom.cycle(desk.app)
    assert {d.state for d in desk.app.outbox.listing([], 9)} == {State.RETRACTED}


def test_two_editors_never_lose_each_others_text(desk: Served) -> None:
    (article,) = desk.waiting()
    first, second = desk.signed_in("salma", name="سلمى"), desk.signed_in("karim", name="كريم")
    held = next(d for d in desk.app.outbox.listing([], 9) if d.channel == "x")
    page = first.get(f"{desk.address}/articles/{article}?channel=x").text
    assert f'name="edition" value="{held.edition}"' in page
    edit = f"{desk.address}/deliveries/{held.id}/edit"
    assert first.post(edit, {"edition": held.edition, "text": ["نص سلمى", "والباقي"]}).status_code == 200
    refused = second.post(edit, {"edition": held.edition, "text": ["نص كريم"]})
    assert (refused.status_code, refused.json()["conflict"]) == (409, True)
    assert "سلمى" in refused.json()["error"]
    found = desk.app.outbox.get(held.id)
    assert found is not None
    assert [s.text for s in found.post.segments] == ["نص سلمى", "والباقي"]
    log = text_of(second.get(f"{desk.address}/articles/{article}").text)
    assert "سلمى حرّر" in log


def test_counts_are_those_of_the_formatter(desk: Served) -> None:
    desk.waiting()
    session = desk.signed_in("salma")
    held = next(d for d in desk.app.outbox.listing([], 9) if d.channel == "x")
    for n, segment in enumerate(held.post.segments):
        told = session.post(f"{desk.address}/check", {"delivery": held.id, "n": n, "text": segment.text}).json()
        assert (told["length"], told["limit"], told["faults"]) == (segment.length, segment.limit, [])
        assert text_of(f"<p>{told['html']}</p>").replace("ALM", "") == segment.text
    told = session.post(f"{desk.address}/check", {"delivery": held.id, "text": "كلمة " * 70}).json()
    assert told["faults"]
    latin = session.post(f"{desk.address}/check", {"delivery": held.id, "text": "SolMed تبني"}).json()
    assert "ALM" in latin["html"]


def test_a_pasted_text_waits_as_the_very_posts_until_it_is_sent(desk: Served) -> None:
    session = desk.signed_in("chief", "chief")
    form = {"text": "زلزال يضرب الساحل الشرقي\nسجلت المراصد هزة بقوة 5 درجات.", "channel": ["x", "telegram"]}
    answer = session.post(f"{desk.address}/new", form | {"breaking": "true"})
    article = answer.json()["to"].rpartition("/")[2]
    found = desk.app.outbox.listing([], 9)
    assert {(d.channel, d.state, d.urgent) for d in found} == {("x", State.HELD, True), ("telegram", State.HELD, True)}
    assert [act.what for act in desk.app.acts.listing(limit=9) if "delivery" in act.subject] == ["prepare"] * 2
    assert session.post(f"{desk.address}/articles/send_now", {"ids": article}).status_code == 200
    assert {d.state for d in desk.app.outbox.listing([], 9)} == {State.QUEUED}
    before = [d.edition for d in desk.app.outbox.listing([], 9)]
    session.post(f"{desk.address}/new", form)
    assert {d.state for d in desk.app.outbox.listing([], 9)} == {State.QUEUED}, "looking again holds nothing"
    assert [d.edition for d in desk.app.outbox.listing([], 9)] == before
    assert len(desk.app.acts.listing(what="prepare")) == 2
    assert "«وافق» أو «أرسل الآن»" in session.get(f"{desk.address}/new").text
    assert session.post(f"{desk.address}/new", {"text": ""}).status_code == 422


def test_another_time_and_the_calendar(desk: Served) -> None:
    desk.waiting()
    session = desk.signed_in("salma")
    held = next(d for d in desk.app.outbox.listing([], 9) if d.channel == "mail")
    move = f"{desk.address}/deliveries/{held.id}/schedule"
    assert session.post(move, {"edition": held.edition, "at": "2020-01-01T10:00"}).status_code == 409
    assert session.post(move, {"edition": held.edition, "at": "never"}).status_code == 409
    at = (desk.newsroom.clock.at + timedelta(hours=3)).isoformat()
    assert session.post(move, {"edition": held.edition, "at": at}).status_code == 200
    assert session.post(move, {"edition": held.edition, "at": at}).status_code == 409
    page = session.get(f"{desk.address}/calendar?channel=mail").text
    assert f'data-id="{held.id}"' in page
    assert session.get(f"{desk.address}/calendar?channel=nothing&week=x").status_code == 200


def test_what_is_hostile_shows_as_text_everywhere(desk: Served) -> None:
    body = "\n".join(FORGED)
    for n, forged in enumerate(FORGED):
        words = sentence(random.Random(n), 60)  # articles that are alike are one
        desk.newsroom.article(f"h{n}.txt", f"{forged} {words[:40]}\n\n{body}\n\n{words}")
    desk.newsroom.article("long.txt", "عنوان طويل\n\n" + "كلمة في نص طويل جدا. " * 50_000)
    desk.newsroom.cycle(desk.app)
    session = desk.signed_in("owner", "owner", name=FORGED[0])
    ids = {d.article_id for d in desk.app.outbox.listing([], 1000)}
    assert len(ids) == len(FORGED) + 1
    paths = ["/", "/new", "/calendar", "/results", "/channels", "/sources", "/sources/try", "/people", "/log"]
    paths += [f"/articles/{id_}" for id_ in ids] + [f"/pane/{id_}" for id_ in ids]
    paths += [f"/?q={requests.utils.quote(FORGED[1])}"]
    for path in paths:
        answer = session.get(desk.address + path)
        assert answer.status_code == 200, path
        tree = html.fromstring(answer.text)
        assert not tree.xpath("//script[not(@src)]"), path
        assert not tree.xpath("//*[@onerror or @onclick or @onload]"), path
        assert not tree.xpath("//img[@src='x']"), path
        assert "49" not in text_of(answer.text).replace("2026", "") or "{{ 7*7 }}" in answer.text or path == "/log"
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_what_changes_is_told_within_a_second_also_after_a_break(desk: Served) -> None:
    (article,) = desk.waiting()
    session = desk.signed_in("chief", "chief")

    def stream(seen: str) -> tuple[float, str]:
        with session.get(f"{desk.address}/events", headers={"last-event-id": seen}, stream=True, timeout=5) as answer:
            for line in answer.iter_lines():
                if line.startswith(b"id: "):
                    return time.monotonic(), line[4:].decode()
        raise AssertionError("the stream ended")

    _, now = stream("")
    desk.newsroom.clock.move(seconds=1)
    session.post(f"{desk.address}/articles/release", {"ids": article})
    began = time.monotonic()
    at, after = stream(now)
    assert at - began < 1.5
    assert after != now


def test_stop_all_stands_on_every_page_until_it_is_lifted(desk: Served) -> None:
    session = desk.signed_in("salma")
    assert session.post(f"{desk.address}/stop_all").status_code == 200
    for path in ("/", "/calendar", "/log"):
        assert "الإرسال متوقف كله" in session.get(desk.address + path).text
    assert session.post(f"{desk.address}/start_all").status_code == 200
    assert "الإرسال متوقف كله" not in session.get(desk.address).text


def test_english_is_a_switch_kept_per_person(desk: Served) -> None:
    session = desk.signed_in("salma")
    session.post(f"{desk.address}/me", {"language": "en", "theme": "dark"})
    page = session.get(desk.address).text
    assert '<html lang="en" dir="ltr" data-theme="dark">' in page
    assert "Queue" in page
    other = desk.signed_in("karim")
    assert '<html lang="ar" dir="rtl">' in other.get(desk.address).text


def test_the_log_can_be_carried_away(desk: Served) -> None:
    (article,) = desk.waiting()
    session = desk.signed_in("chief", "chief", name="=cmd()")
    session.post(f"{desk.address}/articles/release", {"ids": article})
    table = session.get(f"{desk.address}/log.csv").content.decode("utf-8-sig")
    assert "'=cmd()" in table
    assert ",release,delivery:" in table


def test_what_says_of_itself_that_it_is_breaking_goes_before_all_others(desk: Served) -> None:
    editor = desk.signed_in("salma")
    text = story(41).replace("عنوان الخبر", "عاجل: عنوان الخبر", 1)
    editor.post(f"{desk.address}/new", {"text": text, "channel": ["telegram"]})
    editor.post(f"{desk.address}/new", {"text": story(42), "channel": ["telegram"]})
    assert [d.urgent for d in sorted(desk.app.outbox.listing([State.HELD], 9), key=lambda d: d.id)] == [True, False]
