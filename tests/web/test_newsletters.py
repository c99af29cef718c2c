"""Newsletters at the desk over real HTTP: editions arranged, tried, sent; lists in and out; rights; hostile texts."""

import csv
import io
import os
import re
import time
from collections.abc import Iterator

import pytest
import requests
from lxml import html

from bot.domain.edition import EditionState
from bot.domain.importing import ImportState
from bot.domain.person import COMMAND_LINE
from bot.web.desk.editions import moved, sections_of
from tests.conftest import NEWSROOM, Newsroom
from tests.newsrooms import until
from tests.readers.conftest import NEWSLETTERS, PUBLIC
from tests.servers.smtp import SmtpServer
from tests.web.conftest import Served, story
from tests.web.conftest import desk as desk
from tests.web.test_hostile import RLO, harmless, hostile


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def files_only(files_only: Newsroom, smtp: SmtpServer) -> Newsroom:
    """The newsroom of the desk, with newsletters."""
    host, port = smtp.address
    files_only.write("newsroom.toml", PUBLIC + NEWSROOM)
    files_only.write("newsletters.toml", NEWSLETTERS.format(host=host, port=port))
    return files_only


def edition(desk: Served, count: int = 3) -> int:
    """One that was made of so many articles."""
    for n in range(1, count + 1):
        desk.newsroom.article(f"{n}.txt", story(n))
    for name in desk.app.sources:
        desk.app.reading.fetch(name)
    return desk.app.newsletters.editorial.making.make(COMMAND_LINE, "morning")


def form_of(page: str) -> list[tuple[str, str]]:
    """What a browser would send of the form that arranges an edition."""
    (form,) = html.fromstring(page).xpath("//form[@id='arrange']")
    return [(name, value or "") for name, value in form.form_values()]


def test_an_edition_is_arranged_by_the_buttons_of_its_form(desk: Served) -> None:
    number, session = edition(desk), desk.signed_in("salma", "editor")
    where = f"{desk.address}/editions/{number}"
    page = session.get(where, headers={"x-csrf": ""})
    assert page.status_code == 200
    before = desk.app.newsletters.contents(desk.app.newsletters.editions.get(number))
    ids = list(before.sections[0].articles)
    fields = form_of(page.text)
    changed = [("subject", "عنوان من المحرر") if f[0] == "subject" else f for f in fields]
    answer = session.post(f"{where}/edit", [*changed, ("do", f"down:{ids[0]}")])
    assert answer.json() == {"said": "حُفظ.", "to": ""}
    now = desk.app.newsletters.editions.get(number)
    assert now.subject == "عنوان من المحرر"
    assert list(desk.app.newsletters.contents(now).sections[0].articles) == [ids[1], ids[0], ids[2]]
    late = session.post(f"{where}/edit", [*fields, ("do", f"out:{ids[2]}")])
    assert late.status_code == 409
    assert late.json()["conflict"]
    fields = form_of(session.get(where, headers={"x-csrf": ""}).text)
    session.post(f"{where}/edit", [*fields, ("do", f"out:{ids[2]}")])
    session.post(f"{where}/edit", [*form_of(session.get(where).text), ("add", ids[2]), ("do", "add")])
    assert (
        list(desk.app.newsletters.contents(desk.app.newsletters.editions.get(number)).sections[0].articles)[2] == ids[2]
    )
    mail = session.get(f"{where}/mail")
    assert "عنوان رقم" in mail.text or "عنوان الخبر" in mail.text
    assert "sandbox" in mail.headers["content-security-policy"]


def test_what_buttons_mean() -> None:
    given = sections_of([("section", "أ"), ("article", "1"), ("article", "2"), ("section", "ب"), ("article", "3")])

    def after(do: str, add: str = "") -> list[tuple[str, tuple[str, ...]]]:
        return [(each.title, tuple(each.articles)) for each in moved(given, do, add) or []]

    assert after("") == [("أ", ("1", "2")), ("ب", ("3",))]
    assert after("up:3") == [("أ", ("1", "2", "3"))]
    assert after("down:2") == [("أ", ("1",)), ("ب", ("2", "3"))]
    assert after("up:1") == after("") == after("down:3") == after("up:none") == after("section-up:0")
    assert after("section-down:0") == [("ب", ("3",)), ("أ", ("1", "2"))]
    assert after("out:2") == [("أ", ("1",)), ("ب", ("3",))]
    assert after("add", "9")[-1] == ("ب", ("3", "9"))
    assert after("new")[-1] == ("", ())
    assert moved(None, "add", "9")
    assert sections_of([("subject", "x")]) is None


def test_a_test_then_sent_and_followed(desk: Served, smtp: SmtpServer) -> None:
    number, chief = edition(desk), desk.signed_in("karim", "chief")
    where = f"{desk.address}/editions/{number}"
    for n in range(5):
        desk.app.newsletters.readership.lists.add(COMMAND_LINE, "morning", f"r{n}@example.net", "", "by phone")
    assert "me@example.org" in chief.post(f"{where}/test", {"to": "me@example.org"}).json()["said"]
    assert [mail.rcpts for mail in smtp.kept] == [["me@example.org"]]
    assert chief.post(f"{where}/test", {"to": "nobody"}).status_code == 409
    smtp.refused["me@example.org"] = "550 5.1.1 no"
    assert "550" in chief.post(f"{where}/test", {"to": "me@example.org"}).json()["error"]
    assert chief.post(f"{where}/hold").status_code == 200
    assert desk.app.newsletters.editions.get(number).state is EditionState.HELD
    stamp = chief.get(f"{desk.address}/stamp").text
    assert chief.post(f"{where}/send").status_code == 200
    assert desk.app.newsletters.due(desk.newsroom.clock.at) == [(number, 0)]
    desk.app.newsletters.send(number)
    assert chief.get(f"{desk.address}/stamp").text != stamp, "open pages are told"
    page = chief.get(where, headers={"x-csrf": ""}).text
    figures = html.fromstring(page).xpath("//*[@id='live-figures']//dl//dd/text()")
    assert figures == ["5", "0", "0", "0", "0", "0", "0"]
    assert chief.post(f"{where}/send").status_code == 409
    assert chief.post(f"{where}/edit", {"subject": "متأخر", "version": "9"}).status_code == 409
    listing = chief.get(f"{desk.address}/editions", headers={"x-csrf": ""}).text
    assert f"/editions/{number}" in listing


def test_pause_go_on_and_stop(desk: Served) -> None:
    number, chief = edition(desk), desk.signed_in("karim", "chief")
    desk.app.newsletters.readership.lists.add(COMMAND_LINE, "morning", "r@example.net", "", "by phone")
    desk.app.newsletters.desk.begin(COMMAND_LINE, number)
    where = f"{desk.address}/editions/{number}"
    for act, state in (("pause", "paused"), ("resume", "sending"), ("pause", "paused"), ("stop", "stopped")):
        assert chief.post(f"{where}/{act}").status_code == 200, act
        assert desk.app.newsletters.editions.get(number).state == state
    assert chief.post(f"{where}/nothing").status_code == 404
    log = html.fromstring(chief.get(f"{desk.address}/log", headers={"x-csrf": ""}).text)
    said = [" ".join(cell.text_content() for cell in row.xpath("./td")[2:4]) for row in log.xpath("//tbody/tr")]
    assert said[:4] == [f"{word} عدد {number}" for word in ("ألغى", "أوقف مؤقتا", "استأنف", "أوقف مؤقتا")]
    assert "أُلغي" in chief.get(f"{desk.address}/editions", headers={"x-csrf": ""}).text


def test_each_act_takes_its_role(desk: Served) -> None:
    number = edition(desk)
    desk.app.newsletters.readership.lists.add(COMMAND_LINE, "morning", "r@example.net", "", "by phone")
    reader, editor = desk.signed_in("rr", "reader"), desk.signed_in("ee", "editor")
    chief, owner = desk.signed_in("cc", "chief"), desk.signed_in("oo", "owner")
    for page in ("/editions", f"/editions/{number}", f"/editions/{number}/mail", "/subscribers", "/suppressions"):
        assert reader.get(desk.address + page, headers={"x-csrf": ""}).status_code == 200, page
    tries = [
        (f"/editions/{number}/edit", {"subject": "x", "version": "1"}, reader, editor),
        (f"/editions/{number}/hold", {}, reader, editor),
        (f"/editions/{number}/send", {}, editor, chief),
        (f"/editions/{number}/test", {"to": "a@example.org"}, editor, chief),
        ("/suppressions", {"address": "b@example.org"}, reader, editor),
        ("/subscribers", {"address": "n@example.org", "newsletter": "morning", "words": "w"}, reader, editor),
        ("/subscribers/1/erase", {}, chief, owner),
    ]
    for path, form, below, enough in tries:
        assert below.post(desk.address + path, form).status_code == 403, path
        assert enough.post(desk.address + path, form).status_code == 200, path
    assert editor.get(f"{desk.address}/subscribers.csv").status_code == 403
    assert chief.get(f"{desk.address}/subscribers.csv").status_code == 200
    digest = re.findall(r'name="digest" value="(\w+)"', owner.get(f"{desk.address}/suppressions").text)
    assert len(digest) == 1, "only what was done by hand is lifted"
    lift = {"digest": digest[0], "newsletter": ""}
    assert chief.post(f"{desk.address}/suppressions/lift", lift).status_code == 403
    assert owner.post(f"{desk.address}/suppressions/lift", lift).status_code == 200


def upload(session: requests.Session, desk: Served, text: str, words: str = "by phone") -> requests.Response:
    form = {"newsletter": "morning", "words": words}
    return session.post(f"{desk.address}/subscribers/import", form, files={"file": ("list.csv", text.encode())})


def test_a_file_comes_in_its_refused_rows_are_told_and_all_goes_out(desk: Served) -> None:
    chief = desk.signed_in("karim", "chief")
    text = "email,name\n" + "".join(f"r{n}@example.org,=cmd {n}\n" for n in range(1500)) + "no address,x\n"
    assert upload(chief, desk, text).json()["to"] == "/subscribers"
    rows = desk.app.newsletters.readership.imports
    assert until(lambda: rows.newest(1)[0].state is ImportState.DONE, 20)
    assert until(lambda: not list((desk.app.config.var / "imports").iterdir()), 5), "the file is not kept longer"
    again = upload(chief, desk, text)
    assert again.status_code == 409
    assert "1500" in again.json()["error"]
    assert upload(chief, desk, "email\nx@example.org\n", words="").status_code == 409
    assert not list((desk.app.config.var / "imports").iterdir())
    refused = chief.get(f"{desk.address}/imports/1.csv").content.decode("utf-8-sig")
    ((line, value, en, ar),) = list(csv.reader(io.StringIO(refused)))[1:]
    assert (line, value) == ("1502", "no address")
    assert en
    assert ar
    out = chief.get(f"{desk.address}/subscribers.csv?newsletter=morning").content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(out)))
    assert len(table) == 1501
    assert not any(cell[:1] in "=+-@" and cell for row in table for cell in row)
    found = chief.get(f"{desk.address}/subscribers?q=r149&newsletter=morning", headers={"x-csrf": ""}).text
    assert found.count("r149") >= 11
    whats = [act.what for act in desk.app.acts.listing()]
    assert whats.count("readers_in") == 1
    assert whats.count("readers_out") == 1


def test_what_a_broken_upload_left_goes_with_the_next(desk: Served) -> None:
    chief, folder = desk.signed_in("karim", "chief"), desk.app.config.var / "imports"
    folder.mkdir(parents=True)
    for name, age in (("old.part", 7200), ("young.part", 60)):
        (folder / name).write_text("souad@example.org")
        os.utime(folder / name, (time.time() - age, time.time() - age))
    assert upload(chief, desk, "email\nx@example.org\n", words="").status_code == 409
    assert [each.name for each in folder.iterdir()] == ["young.part"]


def test_an_import_that_a_restart_broke_off_goes_on_by_itself(desk: Served) -> None:
    chief, readership = desk.signed_in("karim", "chief"), desk.app.newsletters.readership
    text = "email\n" + "".join(f"r{n}@example.org\n" for n in range(700))
    path = desk.newsroom.folder / "list.csv"
    path.write_text(text)
    begun = readership.importing.begin(COMMAND_LINE, "morning", path, "list.csv", "by phone")
    kept = readership.kept(begun)
    kept.parent.mkdir(parents=True, exist_ok=True)
    path.replace(kept)
    chief.get(f"{desk.address}/subscribers")
    assert until(lambda: readership.imports.newest(1)[0].state is ImportState.DONE, 20)
    assert readership.rolls.counts() == {"active": 700}


def test_what_others_write_shows_as_text(desk: Served) -> None:
    for n in range(4):
        head = f"---\ntitle: '{hostile('title', n)}'\nsection: '{RLO}<b>{n}'\n---\n"
        desk.newsroom.article(f"{n}.md", head.replace("\"'>", "") + story(n).partition("\n\n")[2])
    for name in desk.app.sources:
        desk.app.reading.fetch(name)
    number = desk.app.newsletters.editorial.making.make(COMMAND_LINE, "morning")
    letters, owner = desk.app.newsletters, desk.signed_in("owner", "owner")
    for n in range(4):
        letters.readership.lists.add(COMMAND_LINE, "morning", f"r{n}@example.org", hostile("name", n), hostile("w", n))
    letters.readership.lists.bar(COMMAND_LINE, "b@example.org", hostile("note", 1))
    current = letters.editions.get(number)
    letters.editorial.arranging.change(
        COMMAND_LINE, number, current.version, intro=hostile("intro", 2), subject=hostile("subject", 1)[:140]
    )
    assert upload(owner, desk, f'email\n"{hostile("row", 1)}"\n', words=hostile("words", 0)).status_code == 200
    assert until(lambda: letters.readership.imports.newest(1)[0].state is ImportState.DONE, 10)
    for path in ("/editions", f"/editions/{number}", "/subscribers", "/suppressions", f"/subscribers?q={RLO}<script>"):
        answer = owner.get(desk.address + path, headers={"x-csrf": ""})
        assert answer.status_code == 200, path
        harmless(answer.text, path)
    mail = html.fromstring(owner.get(f"{desk.address}/editions/{number}/mail").text)
    assert not mail.xpath("//script | //iframe | //svg | //*[@onerror or @onload]")


def test_numbers_and_times_that_nobody_has_are_no_fault_of_ours(desk: Served) -> None:
    number, owner, huge = edition(desk), desk.signed_in("owner", "owner"), "9" * 25
    for path in (f"/editions/{huge}", f"/editions/{huge}/mail", f"/imports/{huge}.csv", f"/suppressions?skip={huge}"):
        assert owner.get(desk.address + path).status_code == 422, path
    for path in (f"/subscribers?before={huge}", "/subscribers?state=none&newsletter=none", "/editions?newsletter=none"):
        assert owner.get(desk.address + path, headers={"x-csrf": ""}).status_code == 200, path
    assert owner.get(f"{desk.address}/editions/999", headers={"x-csrf": ""}).status_code == 404
    for at in ("x", "9999-99-99T00:00", "0001-01-01T00:00", "9999-12-31T23:59"):
        assert owner.post(f"{desk.address}/editions/{number}/release", {"at": at}).status_code == 409, at
    for version in (huge, "-1", "\N{ARABIC-INDIC DIGIT ONE}", "x", ""):
        form = {"version": version, "subject": "x"}
        assert owner.post(f"{desk.address}/editions/{number}/edit", form).status_code in (200, 409), version
    assert owner.post(f"{desk.address}/editions/make/none").status_code == 409
