"""The command as a person uses it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cli.language import choose
from tests.conftest import ROOT, Newsroom
from tests.servers import Fault
from tests.servers.smtp import SmtpServer

LIVE_MAIL = """
[[channels]]
name = "mail"
service = "email"
live = true
from = "n@example.org"
to = "list@example.org"
host = "127.0.0.1"
port = {port}
tls = "none"
timeout = "2s"
"""


def nashir(newsroom: Newsroom, *words: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("NASHIR", "LC_", "LANG"))}
    env |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "NASHIR_CONFIG": str(newsroom.config)}
    env |= {"DATABASE_URL": newsroom.database_url} | environ
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=newsroom.folder,
        env=env,
        input=stdin,
        text=True,
        capture_output=True,
        timeout=60,
        start_new_session=True,  # no terminal: what is asked for is read from standard input
        check=False,
    )


def test_language_by_option_or_locale() -> None:
    assert choose(["run"], {"LANG": "ar_MA.UTF-8"}) == "ar"
    assert choose(["--lang", "ar", "run"], {"LANG": "en_US"}) == "ar"
    assert choose(["--lang=en"], {"LC_ALL": "ar_EG"}) == "en"
    assert choose([], {"LC_ALL": "C.UTF-8", "LANG": "ar_MA"}) == "en"


def test_init_writes_what_is_missing_and_touches_nothing(tmp_path: Path, files_only: Newsroom) -> None:
    first = nashir(files_only, "init", str(tmp_path / "new"))
    assert first.returncode == 0
    for name in (
        "config/newsroom.toml",
        "config/channels.toml",
        "config/newsletters.toml",
        "config/style.toml",
        "templates/x/first.txt.j2",
        ".env.example",
    ):
        assert (tmp_path / "new" / name).is_file(), name
    mine = tmp_path / "new" / "config" / "style.toml"
    mine.write_text("max_segments = 3\n", "utf-8")
    nashir(files_only, "init", str(tmp_path / "new"))
    assert mine.read_text("utf-8") == "max_segments = 3\n"


def test_once_publishes_to_previews_and_lists_in_both_languages(newsroom: Newsroom) -> None:
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    done = nashir(newsroom, "once", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {(r["service"], r["channel"], r["state"]) for r in rows} == {
        ("telegram", "telegram", "sent"),
        ("x", "x", "sent"),
        ("email", "mail", "sent"),
    }
    assert all(r["preview"] for r in rows)
    assert (newsroom.folder / "var" / "preview" / "index.html").is_file()
    assert "خرج (معاينة)" in nashir(newsroom, "--lang", "ar", "queue").stdout
    assert "sent (preview)" in nashir(newsroom, "queue", "--state", "sent").stdout
    wrong = nashir(newsroom, "queue", "--state", "gone")
    assert wrong.returncode == 2
    assert "known: held (موقوف)" in wrong.stderr


def test_once_fails_where_anything_failed(newsroom: Newsroom) -> None:
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    with SmtpServer() as server:
        newsroom.write("channels.toml", LIVE_MAIL.format(port=server.port))
        server.faults.append(Fault.status(554, "5.7.1 not wanted"), on="end")
        done = nashir(newsroom, "once")
        assert done.returncode == 1
        assert "is failed" in done.stderr
        assert "not wanted" in done.stdout
        again = nashir(newsroom, "retry", "1")
        assert again.returncode == 0
        assert nashir(newsroom, "once").returncode == 0
        assert len(server.kept) == 1


def test_a_mended_account_is_tried_at_the_next_start(newsroom: Newsroom) -> None:
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    with SmtpServer() as server:
        newsroom.write("channels.toml", LIVE_MAIL.format(port=server.port))
        server.faults.append(Fault.status(550, "5.7.1 no such sender"), on="mail")
        assert nashir(newsroom, "once").returncode == 1
        assert server.kept == []
        assert nashir(newsroom, "once").returncode == 0
        assert len(server.kept) == 1


def test_a_broken_article_file_is_named_and_its_neighbours_go_out(newsroom: Newsroom) -> None:
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    newsroom.article("b.json", "{")
    done = nashir(newsroom, "once")
    assert done.returncode == 1
    assert "b.json:1" in done.stderr
    assert "sent (preview)" in done.stdout


def test_publish_by_file_id_and_again(newsroom: Newsroom) -> None:
    path = newsroom.folder / "elsewhere.md"
    path.write_text("---\ntitle: مادة باليد\n---\nنصها.\n", "utf-8")
    dry = nashir(newsroom, "publish", str(path), "--dry-run", "--to", "x")
    assert dry.returncode == 0
    assert "مادة باليد" in dry.stdout
    assert not (newsroom.folder / "var").exists()
    first = nashir(newsroom, "publish", str(path), "--to", "x", "--json")
    assert first.returncode == 0, first.stderr
    (row,) = json.loads(first.stdout)
    assert (row["state"], row["version"]) == ("sent", 1)
    twice = nashir(newsroom, "publish", str(path), "--to", "x")
    assert twice.returncode == 1
    assert "out already" in twice.stderr
    dry = nashir(newsroom, "publish", str(path), "--to", "x", "--dry-run", "--json")
    assert "out already" in dry.stderr
    assert "out already" in json.loads(dry.stdout)[0]["refused"]
    shown = nashir(newsroom, "queue", "--state", "خرج", "--limit", "1")
    assert row["article"] in shown.stdout
    assert "--state" in nashir(newsroom, "queue", "--state", "gone").stderr
    arabic = nashir(newsroom, "publish", row["article"], "--to", "x", LC_ALL="ar_MA.UTF-8")
    assert "معروضة في المعاينة من قبل" in arabic.stderr
    assert nashir(newsroom, "publish", row["article"], "--to", "x", "--again").returncode == 0
    assert nashir(newsroom, "publish", "nothing-like-it").returncode == 1
    assert "There is no channel y" in nashir(newsroom, "publish", str(path), "--to", "y").stderr


def test_preview_writes_a_page(files_only: Newsroom) -> None:
    path = files_only.article("a.txt", "عنوان أول\n\nنص أول.")
    page = files_only.folder / "page.html"
    done = nashir(files_only, "preview", str(path), "--html", str(page), "--json")
    assert [row["service"] for row in json.loads(done.stdout)] == ["telegram", "x", "email"]
    assert "عنوان أول" in page.read_text("utf-8")


def test_config_check_show_and_channels_check(newsroom: Newsroom) -> None:
    assert "right" in nashir(newsroom, "config", "check").stdout
    shown = nashir(newsroom, "config", "show", "--json", TELEGRAM_BOT_TOKEN="123:do-not-show-me")
    assert "do-not-show-me" not in shown.stdout
    assert json.loads(shown.stdout)["newsroom"]["fresh_for"] == "12h"
    rows = json.loads(nashir(newsroom, "channels", "check", "--json").stdout)
    assert {row["state"] for row in rows} == {"preview"}
    with SmtpServer() as server:
        newsroom.write("channels.toml", LIVE_MAIL.format(port=server.port))
        assert nashir(newsroom, "channels", "check").returncode == 0
    dead = nashir(newsroom, "channels", "check")
    assert dead.returncode == 1
    assert "It cannot be reached; look at this machine's network, and at host = " in dead.stdout
    assert "tried again" not in dead.stdout


def test_a_bad_config_is_one_sentence(files_only: Newsroom) -> None:
    files_only.write("style.toml", "max_segmants = 3\n")
    done = nashir(files_only, "once")
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "style.toml:1: max_segmants: unknown key; did you mean `max_segments`?" in done.stderr


def test_a_broken_database_is_one_sentence(files_only: Newsroom) -> None:
    (files_only.folder / "var").mkdir()
    (files_only.folder / "var" / "nashir.db").write_bytes(b"no database at all" * 99)
    done = nashir(files_only, "once")
    assert done.returncode == 1
    assert "nashir.db" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_host_that_wipes_its_disk_gets_no_sqlite(files_only: Newsroom) -> None:
    done = nashir(files_only, "once", DYNO="worker.1", DATABASE_URL="sqlite:///var/nashir.db")
    assert done.returncode == 1
    assert "PostgreSQL" in done.stderr
    assert not (files_only.folder / "var").exists()


def test_db_upgrade(newsroom: Newsroom) -> None:
    assert nashir(newsroom, "db", "upgrade").returncode == 0
    assert nashir(newsroom, "queue", "--json").stdout.strip() == "[]"


def test_run_publishes_and_ends_at_sigterm(newsroom: Newsroom) -> None:
    newsroom.write(
        "newsroom.toml",
        (newsroom.config / "newsroom.toml")
        .read_text("utf-8")
        .replace('path = "articles"', 'path = "articles"\npoll = "1s"'),
    )
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    env = os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "NASHIR_CONFIG": str(newsroom.config)}
    env["DATABASE_URL"] = newsroom.database_url
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=newsroom.folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    page = newsroom.folder / "var" / "preview" / "index.html"
    try:
        for text in ("عنوان أول", "عنوان ثان"):
            for _ in range(200):
                if page.exists() and text in page.read_text("utf-8"):
                    break
                time.sleep(0.1)
            assert text in page.read_text("utf-8")
            newsroom.article("b.txt", "عنوان ثان\n\nنص ثان.")
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=15)
    assert process.returncode == 0, out
    assert "live: none" in out
    assert "── x · x" in out
    assert "Stopped" in out


LINE = {
    "id": "1",
    "title": "عنوان",
    "body": "فقرة أولى.\n\nفقرة ثانية.",
    "url": "https://example.com/1",
    "tags": ["النقل"],
    "section": "",
    "published_at": "2026-11-24T08:00:00+00:00",
}


def test_format_streams_in_order_and_keeps_its_shape(files_only: Newsroom) -> None:
    lines = "".join(json.dumps(LINE | {"id": str(n)}, ensure_ascii=False) + "\n" for n in range(3))
    done = nashir(files_only, "format", "--service", "x", "--service", "telegram", "--service", "email", stdin=lines)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["id"], r["service"]) for r in rows] == [
        (str(n), s) for n in range(3) for s in ("x", "telegram", "email")
    ]
    assert set(rows[0]) == {"id", "service", "segments", "hashtags", "subject", "html"}
    assert set(rows[0]["segments"][0]) == {"text", "parse_mode", "length", "limit"}
    assert rows[0]["hashtags"][0] == "#النقل"
    assert (rows[0]["subject"], rows[0]["html"]) == (None, None)
    assert rows[1]["segments"][0]["parse_mode"] == "HTML"
    mail = rows[2]
    assert (len(mail["segments"]), mail["subject"]) == (1, "عنوان")
    assert [mail["segments"][0][k] for k in ("parse_mode", "length", "limit")] == [None, None, None]
    assert not (files_only.folder / "var").exists()


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        '{"title": "بلا رقم"}',
        '{"id": "9", "title": 5}',
        '{"id": "9", "tags": "x", "title": "ع"}',
        '{"id": "9", "title": "ع", "published_at": "أمس"}',
        '{"id": "9"}',
    ],
)
def test_format_says_what_is_wrong_with_a_line_and_goes_on(files_only: Newsroom, bad: str) -> None:
    done = nashir(files_only, "format", "--service", "x", "--mode", "short", stdin=bad + "\n" + json.dumps(LINE) + "\n")
    assert done.returncode == 1
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert set(first) == {"id", "error"}
    assert "line 1" in first["error"]
    assert second["segments"]
    assert len(second["segments"]) == 1


def test_format_refuses_an_unknown_service(files_only: Newsroom) -> None:
    done = nashir(files_only, "format", "--service", "facebook")
    assert done.returncode == 2
    assert "one of x, telegram, email" in done.stderr


def test_text_hashtags_and_sentences(files_only: Newsroom) -> None:
    body = "قالت وزارة النقل إن الخط الجديد بين الرباط وطنجة سيفتتح غدا. وأضافت أنه جاهز.\n\nوتبلغ الكلفة 3 ملايير."
    line = {"id": 7, "title": "وزارة النقل تفتتح خطا بين الرباط وطنجة", "body": body, "tags": ["السكك"]}
    lines = json.dumps(line, ensure_ascii=False) + "\n{}\n"
    done = nashir(files_only, "text", "hashtags", "--why", stdin=lines)
    first, second = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, first["id"], first["hashtags"][0]) == (1, 7, "#السكك")
    assert len(first["why"]) == len(first["hashtags"]) <= 10
    assert first["why"][0] == "The article's own tag."
    assert "error" in second
    history = files_only.folder / "history.jsonl"
    history.write_text("\n".join(json.dumps({"id": n, "title": "x", "tags": ["طنجة"]}) for n in range(30)), "utf-8")
    warm = nashir(files_only, "text", "hashtags", "--history", str(history), stdin=lines)
    assert "#طنجة" in json.loads(warm.stdout.splitlines()[0])["hashtags"][:5]
    assert nashir(files_only, "text", "hashtags", "--history", "none.jsonl", stdin=lines).returncode == 2
    (files_only.config / "glossary.toml").write_text('banned = ["السكك"]\nalways = ["خبر"]\n', "utf-8")
    house = nashir(files_only, "text", "hashtags", stdin=lines)
    tags = json.loads(house.stdout.splitlines()[0])["hashtags"]
    assert "#السكك" not in tags
    assert tags[0] == "#خبر"
    told = nashir(files_only, "text", "sentences", "--budget", "70", stdin=lines)
    chosen = json.loads(told.stdout.splitlines()[0])["sentences"]
    assert chosen
    assert all(sentence in body for sentence in chosen)
    assert len(" ".join(chosen)) <= 70


def test_what_a_source_could_not_take_is_said_by_each_command(files_only: Newsroom) -> None:
    files_only.article("broken.json", "{")
    words = "broken.json:1: this is not valid JSON"
    for _ in range(2):
        done = nashir(files_only, "once")
        assert done.returncode == 1
        assert words in done.stderr
    listed = nashir(files_only, "sources", "list")
    assert "1 left out" in listed.stdout
    assert words in listed.stdout
    (row,) = json.loads(nashir(files_only, "sources", "list", "--json").stdout)
    assert [words in said for said in row["skipped"]] == [True]
    assert words in nashir(files_only, "doctor").stdout


def test_sources_that_are_not_there_are_named_and_dash_is_standard_output(files_only: Newsroom) -> None:
    wrong = nashir(files_only, "sources", "pause", "nosuch")
    assert (wrong.returncode, "There is no source nosuch; there are: files." in wrong.stderr) == (1, True)
    assert "<opml" in nashir(files_only, "sources", "export", "-").stdout
    assert not (files_only.folder / "-").exists()
