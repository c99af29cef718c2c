import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.domain.errors import SourceError
from bot.domain.ports import Batch
from bot.domain.skipped import skipped
from bot.sources.folder import FolderSource
from tests.conftest import START, Clock

ZONE = ZoneInfo("Africa/Casablanca")


def source(path: Path, *, first_seen: bool = False) -> FolderSource:
    return FolderSource(
        name="files",
        path=path,
        poll=timedelta(seconds=5),
        backfill="none",
        section="عام",
        first_seen_dates=first_seen,
        zone=ZONE,
    )


def put(path: Path, text: str | bytes, age: float = 60) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    moment = START.timestamp() - age
    os.utime(path, (moment, moment))
    return path


def fetch(folder: Path, **options: bool) -> Batch:
    return source(folder, **options).fetch({}, START)


def test_plain_text(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "العنوان\n\nفقرة أولى.\n\nفقرة ثانية.\n\n#وسم_أول #ثان", age=600)
    (article,) = fetch(tmp_path).articles
    assert (article.title, article.guid, article.section) == ("العنوان", "a.txt", "عام")
    assert article.body.startswith("فقرة أولى.\n\nفقرة ثانية.")
    assert article.published_at == START - timedelta(minutes=10)


def test_markdown_with_front_matter(tmp_path: Path) -> None:
    put(
        tmp_path / "b.md",
        """---
id: bus-1
title: "عنوان: بنقطتين"
url: https://example.com/1
section: مجتمع
tags: [النقل الحضري, مرسى الرمل]
published_at: 2026-11-24 09:30
image: https://example.com/1.jpg
---
فقرة **غليظة** مع [رابط](https://example.com).

> قول منقول.

- أول
- ثان
""",
    )
    (article,) = fetch(tmp_path).articles
    assert article.guid == "bus-1"
    assert article.title == "عنوان: بنقطتين"
    assert article.tags == ("النقل الحضري", "مرسى الرمل")
    assert article.body == "فقرة غليظة مع رابط.\n\nقول منقول.\n\nأول\n\nثان"
    assert article.published_at == datetime(2026, 11, 24, 9, 30, tzinfo=ZONE).astimezone(UTC)


def test_json_and_relative_dates(tmp_path: Path) -> None:
    put(tmp_path / "c.json", '{"id": "j1", "title": "ع", "body": "نص", "published_at": "-90m", "tags": "أ، ب"}')
    (article,) = fetch(tmp_path, first_seen=True).articles
    assert article.published_at == START - timedelta(minutes=90)
    assert article.tags == ("أ", "ب")


def test_a_file_that_still_grows_waits_until_its_size_is_stable(tmp_path: Path) -> None:
    clock, folder = Clock(), source(tmp_path)
    path = put(tmp_path / "a.txt", "العنوان\n\nنصف", age=0)
    first = folder.fetch({}, clock.at)
    assert first.articles == ()
    assert first.again_in == timedelta(seconds=1)
    put(path, "العنوان\n\nنصف والنصف الآخر.", age=-1)
    second = folder.fetch(first.cursor, clock.move(seconds=1))
    assert second.articles == ()
    assert folder.fetch(second.cursor, clock.move(seconds=3)).articles == (), "a writer may pause"
    third = folder.fetch(second.cursor, clock.move(seconds=2))
    assert third.articles[0].body == "نصف والنصف الآخر."
    assert folder.fetch(third.cursor, clock.move(seconds=1)).unchanged


def test_a_file_whose_time_lies_ahead_is_taken_once_it_no_longer_changes(tmp_path: Path) -> None:
    clock, folder = Clock(), source(tmp_path)
    put(tmp_path / "a.txt", "العنوان\n\nنص.", age=-3600)
    first = folder.fetch({}, clock.at)
    assert first.articles == ()
    (article,) = folder.fetch(first.cursor, clock.move(seconds=5)).articles
    assert article.embargoed_until is None
    assert article.published_at == clock.at


def test_a_date_to_come_is_an_embargo(tmp_path: Path) -> None:
    put(tmp_path / "a.md", "---\ntitle: ع\npublished_at: 2026-12-01T08:00:00Z\n---\nنص")
    put(tmp_path / "b.md", "---\ntitle: غ\nembargo: 2026-11-25T08:00:00+01:00\nurgent: true\n---\nنص")
    first, second = fetch(tmp_path).articles
    assert first.embargoed_until == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert (second.embargoed_until, second.urgent) == (datetime(2026, 11, 25, 7, tzinfo=UTC), True)


def test_a_pipe_is_left_alone_and_an_unreadable_folder_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert fetch(tmp_path).articles == ()
    if os.getuid():  # root reads everything
        closed = tmp_path / "closed"
        closed.mkdir(mode=0)
        with pytest.raises(SourceError, match="cannot be read"):
            fetch(tmp_path)
        closed.chmod(0o700)


def test_a_broken_file_costs_none_of_its_neighbours_and_is_said_once(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "سليم\n\nنص")
    put(tmp_path / "b.json", "{not json")
    put(tmp_path / "c.md", "---\ntitle: [\n---\nنص")
    put(tmp_path / "d.txt", b"\xc7\xe1\xda\xe4\xe6\xc7\xe4")
    put(tmp_path / "e.md", "---\ntitle: ع\npublished_at: أمس\n---\nنص")
    put(tmp_path / "g.md", "---\ntitle: ع\npublished_at: 9999-12-31T23:59:59-10:00\n---\nنص")
    put(tmp_path / "h.md", "---\ntitle: ع\ntags: 5\n---\nنص")
    put(tmp_path / "i.json", "[" * 100_000)
    put(tmp_path / ".hidden.txt", "خفي")
    put(tmp_path / "f.pdf", "x")
    put(tmp_path / "j.md", "---\ntitle: بلا نهاية\n\nنص")
    put(tmp_path / "k.md", "---\ntitel: ع\nlayout: post\n---\nنص")
    put(tmp_path / "l.md", "---\ntitle: عاجل: خبر\n---\nنص")
    batch = fetch(tmp_path)
    assert [a.title for a in batch.articles] == ["سليم"]
    said = " ".join(fault.en for fault in batch.faults)
    for words in ("b.json:1: this is not valid JSON", "c.md:", "d.txt: byte 0 is not UTF-8", "e.md: `published_at`"):
        assert words in said
    assert "h.md: `tags` must be a list" in said
    assert "f.pdf: a file of this kind is not read" in said
    assert "j.md: the front matter has no end" in said
    assert "k.md: `titel` is no key; did you mean `title`?" in said
    assert 'l.md:2: the front matter is not valid YAML; put a value that holds ": " in quotation marks' in said
    assert len(batch.faults) == 11
    again = source(tmp_path).fetch(batch.cursor, START)
    assert again.unchanged
    assert again.faults == ()


def test_a_changed_file_comes_again_under_the_same_guid(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "العنوان\n\nنص")
    first = fetch(tmp_path)
    put(tmp_path / "a.txt", "العنوان\n\nنص مصحح", age=30)
    (article,) = source(tmp_path).fetch(first.cursor, START).articles
    assert article.id == first.articles[0].id
    assert article.digest != first.articles[0].digest


def test_a_missing_folder_is_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        fetch(tmp_path / "none")


def test_what_cannot_be_read_is_told_once_and_stays_until_it_is_mended_or_gone(tmp_path: Path) -> None:
    put(tmp_path / "a.json", "{not json")
    locked = put(tmp_path / "b.txt", b"\xc7\xe1\xda")
    first = fetch(tmp_path)
    assert list(skipped(first.cursor)) == ["a.json", "b.txt"]
    again = source(tmp_path).fetch(first.cursor, START)
    assert (again.faults, again.unchanged, len(skipped(again.cursor))) == ((), True, 2)
    put(locked, "العن")  # mended, of another size
    (tmp_path / "a.json").unlink()
    mended = source(tmp_path).fetch(again.cursor, START)
    assert [article.title for article in mended.articles] == ["العن"]
    assert skipped(mended.cursor) == {}


def test_what_is_wrong_in_a_file_is_not_read_again_at_every_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "a.json", "{not json")
    first = fetch(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read again"))
    again = source(tmp_path).fetch(first.cursor, START)
    assert (again.unchanged, skipped(again.cursor)) == (True, skipped(first.cursor))


def test_a_name_that_is_no_text_forges_no_line_and_breaks_no_page(tmp_path: Path) -> None:
    for name in (b"bad\xff.json", b"two\nlines\x1b[31m.json"):
        put(Path(os.fsdecode(bytes(tmp_path) + b"/" + name)), "{not json")
    for say in fetch(tmp_path).faults:
        assert say.en.isprintable()
        assert "\N{REPLACEMENT CHARACTER}" in say.en
        say.en.encode()


def test_a_file_that_may_be_read_from_now_on_is_read_though_its_time_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "a.txt", "العنوان\n\nنص")
    with monkeypatch.context() as patch:  # the tests may run as root, whom no permission stops

        def refuse(_path: Path) -> bytes:
            raise PermissionError(13, "Permission denied")

        patch.setattr(Path, "read_bytes", refuse)
        first = fetch(tmp_path)
    assert skipped(first.cursor)["a.txt"].en == f"{path}: the file cannot be read: Permission denied."
    later = source(tmp_path).fetch(first.cursor, START)
    assert [article.title for article in later.articles] == ["العنوان"]
    assert (skipped(later.cursor), later.unchanged) == ({}, False)
