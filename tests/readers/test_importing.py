"""Files of addresses into lists, and lists out of them; on both databases."""

import csv
import io
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.domain.errors import NotFound, Refused
from bot.domain.importing import BARRED, KNOWN, LEFT, TWICE, Import, ImportState
from bot.domain.person import COMMAND_LINE, Actor, NotAllowed, Role
from bot.domain.subscriber import Frequency, SubscriberState, Suppressed, digest_of
from bot.readership import Readership
from tests.conftest import NEWSROOM, Newsroom
from tests.newsrooms import until
from tests.readers.conftest import NEWSLETTERS, PUBLIC

HOW = "وقعوا ورقة في معرض الكتاب"


@pytest.fixture
def readership(newsroom: Newsroom) -> Readership:
    newsroom.write("newsroom.toml", PUBLIC + NEWSROOM)
    newsroom.write("newsletters.toml", NEWSLETTERS.format(host="127.0.0.1", port=9))
    return newsroom.app().newsletters.readership


def take(readership: Readership, path: Path, text: str | bytes, key: str = "morning") -> Import:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return readership.importing.run(COMMAND_LINE, key, path, HOW)


def reasons(readership: Readership, found: Import) -> dict[str, str]:
    return {each.value: each.reason.ar for each in readership.imports.refusals(found.id)}


def test_a_file_is_taken_in_and_each_refused_row_is_told(readership: Readership, tmp_path: Path) -> None:
    rows = readership.subscribers
    text = (
        "الاسم,البريد,الوتيرة,ملاحظة\r\n"
        "سعاد,souad@example.org,weekly,x\r\n"
        '"كريم، محرر",Karim@Example.org,,\r\n'
        ",not an address,,\r\n"
        "منى,KARIM@example.org,daily,\r\n"
        "محمد,محمد@example.org,daily,\r\n"
        "ليلى,leila@مثال.مصر,يوميا,\r\n"
        "نور,noor@example.org,hourly,\r\n"
        "قصير\r\n"
        "\r\n"
        "=1+1,'=cmd@example.org,,\r\n"
    )
    found = take(readership, tmp_path / "list.csv", text)
    assert (found.state, found.added, found.refused, found.done) == (ImportState.DONE, 4, 5, 9)
    told = reasons(readership, found)
    assert told["KARIM@example.org"] == TWICE.ar
    assert "غير لاتينية" in told["محمد@example.org"]
    assert set(told) == {"not an address", "KARIM@example.org", "محمد@example.org", "noor@example.org", ""}
    assert [each.line for each in readership.imports.refusals(found.id)] == [4, 5, 6, 8, 9]
    souad, leila = rows.of_key("souad@example.org"), rows.of_key("leila@xn--mgbh0fb.xn--wgbh1c")
    assert souad
    assert leila
    assert souad.state is SubscriberState.ACTIVE
    assert [(m.newsletter, m.frequency) for m in rows.memberships(souad.id)] == [("morning", Frequency.WEEKLY)]
    (consent,) = rows.consents(digest_of("souad@example.org"))
    assert (consent.what, consent.words) == ("imported", HOW)
    assert rows.of_key("=cmd@example.org")


def test_a_frequency_is_read_as_people_write_it(readership: Readership, tmp_path: Path) -> None:
    words = {"يوميًا": "daily", "يومي": "daily", "أسبوعيا": "weekly", "اسبوعي": "weekly", "Weekly": "weekly"}
    rows = "".join(f"w{n}@example.org,{word}\n" for n, word in enumerate(words))
    found = take(readership, tmp_path / "a.csv", f"email,frequency\n{rows}each@example.org,كل مادة\n")
    for n, frequency in enumerate(words.values()):
        one = readership.subscribers.of_key(f"w{n}@example.org")
        assert one
        assert [m.frequency for m in readership.subscribers.memberships(one.id)] == [frequency]
    said = reasons(readership, found)["each@example.org"]
    assert "«يوميا»" in said
    assert "«كل مادة»" in said
    id_, new = readership.lists.add(COMMAND_LINE, "morning", "hand@example.org", "", HOW, "أسبوعي")
    assert new
    assert readership.lists.add(COMMAND_LINE, "morning", "HAND@Example.ORG", "", HOW) == (id_, False)
    with pytest.raises(Refused) as caught:
        readership.lists.add(COMMAND_LINE, "morning", "more@example.org", "", HOW, "hourly")
    assert "«يوميا»" in caught.value.say.ar


@pytest.mark.parametrize(
    "raw",
    [
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" + bytes(range(256)),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)),
        "name,email\nx,a@example.org\n".encode("utf-16-le"),
        "name,email\nx,a@example.org\n".encode("utf-16")[:-1].replace(b"e\0m\0", b"\0\xdc\0\xdc"),
    ],
)
def test_a_file_that_is_no_text_is_called_that(readership: Readership, tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(Refused, match="no CSV in UTF-8 or Windows-1256"):
        take(readership, tmp_path / "list.csv", raw)
    with pytest.raises(Refused, match="names no column of addresses"):
        take(readership, tmp_path / "list.csv", "الاسم,الهاتف\nسعاد,5\n".encode("cp1256"))


def test_the_same_file_or_address_twice_imports_nothing_twice(readership: Readership, tmp_path: Path) -> None:
    first = take(readership, tmp_path / "a.csv", "email\na@example.org\nb@example.org\n")
    again = take(readership, tmp_path / "renamed.csv", "email\na@example.org\nb@example.org\n")
    assert again == first
    other = take(readership, tmp_path / "b.csv", "email\nA@example.org\nc@example.org\n")
    assert (other.added, reasons(readership, other)) == (1, {"A@example.org": KNOWN.ar})
    week = take(readership, tmp_path / "a.csv", "email\na@example.org\nb@example.org\n", "week")
    assert (week.id != first.id, week.added) == (True, 2)
    assert readership.rolls.counts() == {"active": 3}


def test_no_import_brings_back_who_left_or_is_suppressed(readership: Readership, tmp_path: Path) -> None:
    take(readership, tmp_path / "a.csv", "email\nleft@example.org\nall@example.org\nerased@example.org\n")
    ids = {k: readership.subscribers.of_key(f"{k}@example.org") for k in ("left", "all", "erased")}
    now = readership.lists.now()
    readership.subscribers.leave(ids["left"].id, "morning", origin="x", words="y", now=now)  # type: ignore[union-attr]  # there
    readership.subscribers.leave(ids["all"].id, "", origin="x", words="y", now=now)  # type: ignore[union-attr]  # there
    readership.lists.erase(COMMAND_LINE, "erased@example.org")
    readership.lists.bar(COMMAND_LINE, "Barred@example.org", "طلب بالهاتف")
    names = ("left", "all", "erased", "barred", "fresh")
    text = "email\n" + "".join(f"{each.upper()}@example.org\n" for each in names)
    found = take(readership, tmp_path / "again.csv", text)
    assert found.added == 1
    told = reasons(readership, found)
    gone = dict.fromkeys(("LEFT@example.org", "ALL@example.org", "ERASED@example.org"), LEFT.ar)
    assert told == gone | {"BARRED@example.org": BARRED.ar}
    for each in names[:3]:
        with pytest.raises(Refused):
            readership.lists.add(COMMAND_LINE, "morning", f"{each}@example.org", "", HOW)
    week = take(readership, tmp_path / "week.csv", "email\nleft@example.org\nall@example.org\n", "week")
    assert (week.added, week.refused) == (1, 1), "who left one newsletter may be in another, who left all may not"


def test_erasing_leaves_a_digest_and_nothing_else(readership: Readership, tmp_path: Path) -> None:
    who = "gone.person@example.org"
    take(readership, tmp_path / "a.csv", f"email,name\n{who},سعاد الغائبة\n{who},x\n")
    readership.lists.erase(COMMAND_LINE, who)
    assert readership.subscribers.of_key(who) is None
    assert readership.subscribers.suppressed(digest_of(who)) == {"": Suppressed.UNSUBSCRIBED}
    assert [c.what for c in readership.subscribers.consents(digest_of(who))] == ["imported", "erased"]
    with readership._of.database.read() as db:
        tables = ["subscribers", "memberships", "suppressions", "consents", "signups", "import_refusals", "acts"]
        whole = str([db.exec_driver_sql(f"select * from {table}").all() for table in tables])
    assert "gone.person" not in whole
    assert "الغائبة" not in whole
    with pytest.raises(NotFound):
        readership.lists.erase(COMMAND_LINE, who)


def test_erasing_finds_an_address_however_a_file_wrote_it(readership: Readership, tmp_path: Path) -> None:
    who, other = "gone.person@xn--mgbh0fb.xn--wgbh1c", "long.gone.person@example.org"
    take(readership, tmp_path / "a.csv", f"email\n{who}\n{other}\nGone.Person@مثال.مصر\n{other.upper()}\n")
    rows = "GONE.person@مثال.مصر,hourly\nسعاد <Gone.Person@XN--MGBH0FB.xn--wgbh1c>,daily\n"
    take(readership, tmp_path / "b.csv", f"email,frequency\n{rows}")
    readership.lists.erase(COMMAND_LINE, who)
    left = [each.value for n in readership.imports.newest(9) for each in readership.imports.refusals(n.id)]
    assert left == [other.upper()]


def test_an_address_that_reads_nothing_is_erased_too(readership: Readership, tmp_path: Path) -> None:
    readership.lists.bar(COMMAND_LINE, "barred@example.org", "اتصل بنا كريم")
    readership.lists.erase(COMMAND_LINE, "Barred@example.org")
    (line,) = readership.rolls.barred()
    assert (line.address, line.note, line.reason) == ("", "", Suppressed.BY_HAND)
    assert [c.what for c in readership.subscribers.consents(digest_of("barred@example.org"))] == ["erased"]
    take(readership, tmp_path / "a.csv", "email,frequency\nrefused@example.org,hourly\n")
    readership.lists.erase(COMMAND_LINE, "refused@example.org")
    with pytest.raises(NotFound):
        readership.lists.erase(COMMAND_LINE, "refused@example.org")
    again = take(readership, tmp_path / "b.csv", "email\nbarred@example.org\nrefused@example.org\n")
    assert again.added == 0


def test_each_act_takes_its_role(readership: Readership, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("email\na@example.org\n")
    editor, chief = (Actor(name="x", role=role, door="web") for role in (Role.EDITOR, Role.CHIEF))
    reader = Actor(name="x", role=Role.READER, door="web")
    with pytest.raises(NotAllowed):
        readership.importing.begin(editor, "morning", path, "a.csv", HOW)
    with pytest.raises(NotAllowed):
        readership.lists.export(editor)
    with pytest.raises(NotAllowed):
        readership.lists.add(reader, "morning", "a@example.org", "", HOW)
    readership.importing.run(chief, "morning", path, HOW)
    with pytest.raises(NotAllowed):
        readership.lists.erase(chief, "a@example.org")
    with pytest.raises(NotAllowed):
        readership.lists.lift(chief, digest_of("a@example.org"), "")
    with pytest.raises(Refused):
        readership.importing.begin(chief, "morning", path, "a.csv", "  ")


def test_only_what_a_person_or_a_bounce_suppressed_is_lifted(readership: Readership, tmp_path: Path) -> None:
    take(readership, tmp_path / "a.csv", "email\na@example.org\n")
    readership.lists.bar(COMMAND_LINE, "a@example.org")
    assert not readership.lists.bar(COMMAND_LINE, "A@example.org")
    readership.lists.lift(COMMAND_LINE, digest_of("a@example.org"), "")
    assert readership.rolls.barred() == []
    found = readership.subscribers.of_key("a@example.org")
    assert found
    now = readership.lists.now()
    readership.subscribers.leave(found.id, "morning", origin="x", words="y", now=now)
    with pytest.raises(Refused):
        readership.lists.lift(COMMAND_LINE, digest_of("a@example.org"), "morning")


@pytest.mark.parametrize(
    "octets",
    [
        "\ufeffemail;name\nأ <x>;y\nsouad@example.org;سعاد\n".encode(),
        "name\temail\nسعاد\tsouad@example.org\n".encode("utf-16"),
        "email,name\nsouad@example.org,سعاد\n".encode("cp1256"),
        "\n\nsouad@example.org,سعاد\nsecond@example.org\n".encode(),
        b'email,name\n"broken,row\nsouad@example.org,x\n' + b"y" * 140_000 + b"\nsouad@example.org,\xd8\xb3\n",
        "email,name\nsouad@example.org,سعاد\0\n".encode(),
    ],
    ids=["bom and semicolons", "utf-16 and tabs", "windows-1256", "no headings", "a quote that never ends", "nul"],
)
def test_files_as_spreadsheets_write_them(readership: Readership, tmp_path: Path, octets: bytes) -> None:
    found = take(readership, tmp_path / "a.csv", octets)
    assert found.state is ImportState.DONE
    souad = readership.subscribers.of_key("souad@example.org")
    assert souad or b"broken" in octets
    assert not souad or souad.name in ("سعاد", "س")
    assert found.added + found.refused == found.done


@pytest.mark.parametrize("text", ["", "\n\n", "name,phone\nx,y\n"])
def test_a_file_without_addresses_is_refused_as_a_whole(readership: Readership, tmp_path: Path, text: str) -> None:
    with pytest.raises(Refused):
        take(readership, tmp_path / "a.csv", text)
    assert readership.imports.newest(5) == []


def test_what_goes_out_comes_in_again(readership: Readership, tmp_path: Path) -> None:
    take(readership, tmp_path / "a.csv", "email,name\na@example.org,'=HYPERLINK(1)\n=b@example.org,ب\n")
    rows = list(readership.lists.export(COMMAND_LINE, "morning"))
    assert rows[1][:2] == ["a@example.org", "'=HYPERLINK(1)"]
    assert rows[2][0] == "'=b@example.org"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    found = take(readership, tmp_path / "b.csv", out.getvalue())
    assert (found.added, set(reasons(readership, found).values())) == (0, {KNOWN.ar})


def test_who_left_one_newsletter_is_not_told_as_suppressed_in_another(readership: Readership, tmp_path: Path) -> None:
    for key in ("morning", "week"):
        take(readership, tmp_path / "a.csv", "email\na@example.org\n", key)
    found = readership.subscribers.of_key("a@example.org")
    assert found

    def told() -> list[tuple[str, str]]:
        return [(row[3], row[6]) for row in list(readership.lists.export(COMMAND_LINE))[1:]]

    now = readership.lists.now()
    readership.subscribers.leave(found.id, "morning", origin="x", words="y", now=now)
    assert told() == [("week", "")]
    readership.subscribers.leave(found.id, "week", origin="x", words="y", now=now)
    assert told() == [("", "unsubscribed")]
    readership.lists.bar(COMMAND_LINE, "a@example.org")
    assert told() == [("", "by_hand")]


COMMAND = [sys.executable, "-m", "bot", "subscribers", "import", "morning", "big.csv", "--consent", HOW]


def room(newsroom: Newsroom, rows: int) -> dict[str, str]:
    newsroom.write("newsroom.toml", PUBLIC + NEWSROOM)
    newsroom.write("newsletters.toml", NEWSLETTERS.format(host="127.0.0.1", port=9))
    lines = [f"reader{n}@example.org,قارئ {n},\n" for n in range(rows)]
    random.Random(1).shuffle(lines)
    (newsroom.folder / "big.csv").write_text("email,name,frequency\n" + "".join(lines), "utf-8")
    own = {"DATABASE_URL": newsroom.database_url, "NASHIR_CONFIG": str(newsroom.config), "LC_ALL": "C.UTF-8"}
    return os.environ | own


def test_a_kill_amid_an_import_loses_and_doubles_nothing(newsroom: Newsroom) -> None:
    environ, rows = room(newsroom, 12_000), newsroom.app().newsletters.readership
    process = subprocess.Popen(COMMAND, cwd=newsroom.folder, env=environ, stdout=subprocess.DEVNULL)
    assert until(lambda: any(each.done >= 2000 for each in rows.imports.newest(1)), 60)
    process.kill()
    process.wait()
    (half,) = rows.imports.newest(1)
    assert half.state is ImportState.RUNNING
    assert 2000 <= half.done < 12_000
    assert rows.rolls.counts() == {"active": half.added}
    said = subprocess.run(COMMAND, cwd=newsroom.folder, env=environ, capture_output=True, text=True, check=True).stdout
    assert f"after row {half.done}" in said
    (whole,) = rows.imports.newest(1)
    assert (whole.state, whole.added, whole.refused, whole.done) == (ImportState.DONE, 12_000, 0, 12_000)
    assert rows.rolls.counts() == {"active": 12_000}
    assert rows.rolls.readers() == {("morning", "daily"): 12_000}


PEAK = """
import resource, sys
sys.argv[1:] = {args!r}
from bot.cli import main
try:
    main()
except SystemExit:
    pass
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_hundred_thousand_rows_take_no_more_memory_than_few(files_only: Newsroom) -> None:
    peaks, began = [], time.monotonic()
    for rows in (2_000, 100_000):
        environ = room(files_only, rows)
        code = PEAK.format(args=COMMAND[3:])
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=files_only.folder, env=environ, capture_output=True, text=True, check=True
        )
        peaks.append(int(ran.stdout.rpartition("peak ")[2]))
    assert files_only.app().newsletters.readership.rolls.counts() == {"active": 100_000}
    assert peaks[1] <= 1.2 * peaks[0], peaks
    assert time.monotonic() - began < 240
