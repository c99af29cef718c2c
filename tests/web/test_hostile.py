"""Script, HTML, signs that turn text round and texts of a megabyte, in every field that others fill, show as text."""

import csv
import io
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import requests
from lxml import html

from bot.domain.article import Article
from bot.domain.card import CardKind
from bot.domain.person import COMMAND_LINE
from bot.domain.say import Say
from bot.domain.token import SCOPES
from bot.telegram_desk.cards import Shown, View, draw
from bot.web.desk.shown import bare, cut, named, text
from tests.newsrooms import sentence
from tests.web.conftest import Served, led

RLO, RLI = "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{RIGHT-TO-LEFT ISOLATE}"
TURNING = f"{RLO}{RLI}\N{LEFT-TO-RIGHT OVERRIDE}\N{RIGHT-TO-LEFT EMBEDDING}\N{LEFT-TO-RIGHT EMBEDDING}"
MARKUP = [
    '<script>window.owned="{at}"</script>',
    '"><img src=x onerror=owned("{at}")>',
    "</textarea></title></style><svg onload=owned('{at}')>",
    "<iframe srcdoc=\"<script>owned('{at}')</script>\"></iframe>",
    "<a href=\"javascript:owned('{at}')\">{at}</a><!-- {{{{ 7*7 }}}} -->",
]
FIELDS = (
    *("text", "title", "section", "tags", "note", "url", "q", "search", "login", "name", "password", "new", "old"),
    *("key", "value", "why", "at", "mode", "id", "seen", "state", "address", "newsletter", "reason", "body", "intro"),
    *("subject", "lead", "order", "scopes", "article", "channel", "group", "week", "day", "what", "who", "to", "next"),
)
HUGE = "ك" * 1_000_000
MOST_PAGE = 600_000  # bytes
MOST_EDITED = 1_500_000  # of a page on which a whole mail is edited


def hostile(at: str, n: int) -> str:
    return MARKUP[n % len(MARKUP)].format(at=at) + f"{TURNING}gpj.exe"


def articles() -> Iterator[Article]:
    """Each field of an article in turn, as a feed may fill it; then all of them with a megabyte."""
    for n, _ in enumerate(MARKUP):
        body = f"{sentence(random.Random(n), 60)}\n\n{hostile('body', n)}\n\n{sentence(random.Random(n + 50), 60)}"
        fields = {key: hostile(key, n) for key in ("title", "section", "author", "guid")}
        tags = (hostile("tag", n), "وسم سليم")
        yield Article(source="api", body=body, tags=tags, url=f"https://e.org/{n}?q={hostile('url', n)}", **fields)
    for n, key in enumerate(("title", "body", "section", "author", "guid", "tags")):
        fields = {
            "title": f"عنوان {n} {sentence(random.Random(n + 9), 9)}",
            "body": sentence(random.Random(n + 99), 70),
        }
        fields |= {"guid": f"huge-{n}"} | ({} if key == "tags" else {key: f"{sentence(random.Random(n), 5)} {HUGE}"})
        yield Article(source="api", tags=(HUGE,) if key == "tags" else (), **fields)


def test_a_nul_in_any_address_or_form_is_no_fault_of_ours(desk_of_each: Served) -> None:
    """PostgreSQL takes none, and refuses the whole statement."""
    desk = desk_of_each
    owner, (article,) = desk.signed_in("owner", "owner"), desk.waiting()
    text = {key: f"\0نص\0 {key}" for key in FIELDS} | {"ids": f"{article}\0"}
    named = {"edition": "1", "other": "1", "other_edition": "1", "channel": "x", "role": "editor"}
    for method, path in desk.routes():
        if path == "/logout":
            continue
        for given in ({}, named):
            at = desk.address + path.replace("{article_id}", article).replace("{delivery_id}", "1")
            at = re.sub(r"\{\w*id\}", "1", at)
            for filled in ("x", "%00x"):
                ask = {"params": text} if method == "GET" else {"data": text | given}
                answer = owner.request(method, re.sub(r"\{[^}]*\}", filled, at), **ask, stream=True, timeout=5)
                answer.close()
                assert answer.status_code < 500, (method, path, answer.status_code)
    for path in ("/", f"/articles/{article}", "/log", "/calendar", "/results"):
        assert owner.get(desk.address + path).status_code == 200, path


@pytest.fixture
def full(desk: Served) -> Served:
    """A desk whose newsroom was given all of that, by the API's own way in, with people and reasons to match."""
    for article in articles():
        desk.app.access.bring(article)
    desk.newsroom.clock.move(minutes=1)
    desk.newsroom.cycle(desk.app)
    now = desk.newsroom.clock.at
    for n, _ in enumerate(MARKUP):
        desk.app.acts.note(replace(COMMAND_LINE, name=hostile("who", n)), hostile("what", n)[:24], "delivery:1", now)
        held = desk.app.outbox.listing([], 99)[n]
        say = Say(hostile("note", n) + HUGE, hostile("note", n) + HUGE)
        desk.app.outbox.change(held.id, [held.state], held.state, say, now)
    desk.app.source_states.broken("files", Say(hostile("fault", 1) + HUGE, hostile("fault", 1) + HUGE), now)
    desk.app.lanes.pause("x", Say(hostile("pause", 2), hostile("pause", 2)), now)
    return desk


def harmless(page: str, path: str) -> html.HtmlElement:
    """A page of which nothing came from data but text, and whose labels lead to their fields."""
    tree = html.fromstring(page)
    led(tree, path)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            assert "owned" not in (element.text or ""), path
            continue
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (path, element.tag, name)
            where = value.strip().lower()
            assert not (name in ("href", "src", "action", "formaction") and where.startswith(("javascript", "data"))), (
                path
            )
            if name not in ("value", "placeholder"):  # what somebody writes stays as it is in its field
                assert not set(value) & set(TURNING), (path, element.tag, name)
        if element.tag in ("script", "style"):
            assert not (element.text or "").strip() or element.tag == "style", path
        if element.tag in ("img", "object", "embed"):
            raise AssertionError((path, element.tag))
        if element.tag == "iframe":
            assert "sandbox" in element.attrib, path
            assert "srcdoc" not in element.attrib, path
        if element.tag != "textarea":
            assert not set(element.text or "") & set(TURNING), (path, element.tag)
        assert not set(element.tail or "") & set(TURNING), (path, element.tag)
    return tree


def test_every_page_shows_it_as_text_and_stays_small(full: Served) -> None:
    session = full.signed_in("owner", "owner", name=hostile("name", 0))
    ids = {d.article_id for d in full.app.outbox.listing([], 1000)}
    assert len(ids) == len(list(articles())), "each of them waits"
    paths = ["/", "/?more=1", "/new", "/calendar", "/results", "/channels", "/sources", "/sources/try", "/people"]
    paths += ["/log", f"/?q={requests.utils.quote(hostile('q', 1))}", "/articles/nothing%3Cimg%20src=x%3E"]
    paths += [f"/pane/{id_}" for id_ in ids]
    paths += [f"/articles/{id_}?channel={('x', 'telegram', 'mail')[n % 3]}" for n, id_ in enumerate(sorted(ids))]
    for path in paths:
        answer = session.get(full.address + path, headers={"x-csrf": ""})  # as a browser asks for a page
        assert answer.status_code == (404 if "nothing" in path else 200), path
        harmless(answer.text, path)
        assert len(answer.content) < (3_000_000 if path.endswith("channel=mail") else MOST_PAGE), (
            path,
            len(answer.content),
        )
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    queue = harmless(session.get(full.address).text, "/")
    assert "window.owned" in queue.text_content(), "it is not taken away, it is shown"
    assert queue.xpath("//abbr[@class='inv'][@title='RIGHT-TO-LEFT OVERRIDE']"), "what turns text round is a chip"


def test_a_mail_in_its_frame_runs_nothing(full: Served) -> None:
    session = full.signed_in("owner", "owner")
    for delivery in full.app.outbox.listing([], 1000):
        if delivery.service == "email":
            answer = session.get(f"{full.address}/deliveries/{delivery.id}/mail")
            tree = html.fromstring(answer.text)
            assert not tree.xpath("//script | //iframe | //svg | //*[@onerror or @onload]")
            assert "script-src" not in answer.headers["content-security-policy"]
            assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_table_of_the_log_holds_names_of_signs_and_nothing_that_runs(full: Served) -> None:
    session = full.signed_in("owner", "owner", name="=cmd()")
    held = next(d for d in full.app.outbox.listing([], 99) if d.channel == "telegram")
    session.post(f"{full.address}/deliveries/{held.id}/urgent", {"edition": held.edition, "on": "true"})
    answer = session.get(f"{full.address}/log.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {len(row) for row in rows} == {7}, "no text breaks out of its cell"
    cells = [cell for row in rows for cell in row]
    assert not any(set(cell) & set(TURNING) for cell in cells)
    assert any("⟨RLO⟩" in cell for cell in cells)
    assert not any(cell[:1] in "=+-@" and cell for cell in cells)


def test_the_api_answers_json_to_the_letter(full: Served) -> None:
    secret, _ = full.app.access.tokens.make(COMMAND_LINE, "cms", sorted(SCOPES), full.newsroom.clock.at)
    for path in ("/api/v1/posts?limit=5", "/api/v1/channels", "/api/v1/articles/nothing"):
        answer = requests.get(full.address + path, headers={"authorization": f"Bearer {secret}"}, timeout=10)
        assert answer.headers["content-type"].startswith("application/json"), path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        json.loads(answer.text)


def test_cards_in_telegram_hold_nothing_but_their_own_markup(full: Served) -> None:
    view = View(zone=ZoneInfo("Africa/Casablanca"))
    for delivery in full.app.outbox.listing([], 1000):
        for kind in (CardKind.WAIT, CardKind.FAILED):
            drawn = draw(kind, 1, [Shown(delivery=replace(delivery, edited_by=hostile("by", 0)), open=True)], view)
            assert len(drawn.text) < 4096
            assert not set(drawn.text) & set(TURNING)
            assert {e.tag for e in html.fragment_fromstring(drawn.text, create_parent="div").iter()} <= {"div", "b"}


def test_texts_are_cut_escaped_and_named() -> None:
    assert cut("كلمة", 10) == "كلمة"
    assert cut("ك" * 11, 10) == "ك" * 9 + "…"
    assert len(cut(HUGE)) == 300
    assert cut(None) == ""
    assert cut("\x00أ\x07\N{LINE SEPARATOR}ب") == "أب"
    assert text(f"<b>{RLO}") == '&lt;b&gt;<abbr class="inv" title="RIGHT-TO-LEFT OVERRIDE" dir="ltr">RLO</abbr>'
    assert bare(f"أ{RLO}ب") == "أب"
    assert named(f"أ{RLI}ب\x00") == "أ⟨RLI⟩ب"
    assert text("أ\N{ARABIC LETTER MARK}b") == "أ\N{ARABIC LETTER MARK}b", "a mark that only leans stays"
