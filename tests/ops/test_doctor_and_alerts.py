"""Ten planted faults, each named with its mend; alerts told once; the log in JSON without secrets."""

import json
import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.cli import operating
from bot.config import load
from bot.domain.channel import Health
from bot.domain.delivery import State
from bot.domain.errors import Refused
from bot.domain.person import COMMAND_LINE
from bot.domain.say import Say
from bot.ops import doctor, logs
from bot.ops.doctor import Finding
from bot.pipeline import desk
from bot.store import copying
from bot.store.database import DatabaseError
from tests.conftest import NEWSROOM, Newsroom
from tests.servers.telegram import TelegramServer

TOKEN = "123456:TEST-token_abc"
CHANNEL = """
[[channels]]
name = "tg"
service = "telegram"
live = true
account = "@nashir_test"
api_base = "{base}"
timeout = "2s"
"""


def findings(app: App) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for each in operating.findings(app):
        found.setdefault(each.about, []).append(each)
    return found


def bad(found: dict[str, list[Finding]], about: str) -> str:
    said = [f.say for f in found.get(about, []) if f.verdict != "well"]
    assert said, found.get(about)
    assert all(say.ar and say.ar != say.en for say in said)
    return " ".join(say.en for say in said)


@pytest.fixture
def live(newsroom: Newsroom):  # type: ignore[no-untyped-def]  # a generator fixture
    with TelegramServer(token=TOKEN) as server:
        newsroom.environ["TELEGRAM_BOT_TOKEN"] = TOKEN
        newsroom.write("channels.toml", CHANNEL.format(base=server.url))
        newsroom.clock.at = newsroom.clock.at  # the servers tell the real time: skew is planted by the test's clock
        yield newsroom, server


Plant = Callable[[Newsroom, TelegramServer, App, pytest.MonkeyPatch], object]


def late(newsroom: Newsroom, _server: TelegramServer, app: App, _patch: pytest.MonkeyPatch) -> None:
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app.reading.fetch("files")
    app.tick.run(newsroom.clock.at)
    newsroom.clock.move(minutes=9)


def older(_n: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    with app.database.write() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0008'")


def newer(_n: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    with app.database.write() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")


def no_rights(_n: Newsroom, server: TelegramServer, _a: App, _p: pytest.MonkeyPatch) -> None:
    server.can_post = False


def loose_env(newsroom: Newsroom, _s: TelegramServer, _a: App, _p: pytest.MonkeyPatch) -> None:
    env = newsroom.folder / ".env"
    env.write_text("X=1\n")
    env.chmod(0o644)


def loose_folder(newsroom: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    app.config.var.mkdir(exist_ok=True)
    app.config.var.chmod(0o755)


def killed_copy(newsroom: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    app.config.var.mkdir(exist_ok=True)
    left = app.config.var / "nashir.db.before-0009.77.part"
    left.touch()
    os.utime(left, (app.now().timestamp() - 3600,) * 2)


def full_disk(_n: Newsroom, _s: TelegramServer, _a: App, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(doctor.shutil, "disk_usage", lambda _path: type("U", (), {"free": 5 * 1024 * 1024})())


def lost_folder(newsroom: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    newsroom.articles.rmdir()
    app.reading.fetch("files")


def down(_n: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    app.lanes.set_health(Health(channel="tg", down=Say("the token was revoked", "سُحب الرمز")), app.now())


def in_doubt(newsroom: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app.reading.fetch("files")
    app.tick.run(newsroom.clock.at)
    (waiting,) = app.outbox.listing([], 10)
    app.outbox.change(waiting.id, [State.QUEUED], State.UNSURE, None, newsroom.clock.at)


def used_up(_n: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    app.lanes.set_health(Health(channel="tg", retry_at=datetime(2026, 12, 1, tzinfo=UTC)), app.now())


def stopped(_n: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    app.office.pause(COMMAND_LINE, None)


def paused(_n: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    app.office.pause(COMMAND_LINE, "tg")


def no_rule(_n: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    app.handwork.settings.put(COMMAND_LINE, "rules", [], None)


def told_to_wait(newsroom: Newsroom, _s: TelegramServer, app: App, _p: pytest.MonkeyPatch) -> None:
    app.lanes.set_health(Health(channel="tg", retry_at=newsroom.clock.at + timedelta(minutes=9)), app.now())


@pytest.mark.parametrize(
    ("plant", "about", "words"),
    [
        (lambda *_: None, "clock", "seconds off"),  # the test's clock stands still, the server's does not
        (older, "database", "run `nashir db upgrade`"),
        (newer, "database", "install that nashir, or restore a backup"),
        (no_rights, "tg", "make it an administrator"),
        (loose_env, ".env", "chmod 600"),
        (loose_folder, "privacy", "chmod 700 var"),
        (full_disk, "disk", "make room"),
        (killed_copy, "disk", "run: rm -r"),
        (lost_folder, "files", "make it or mend `path`"),
        (down, "tg", "the token was revoked"),
        (in_doubt, "tg", "unsure not-sent"),
        (told_to_wait, "tg", "The channel waits until 10:09"),
        (used_up, "tg", "The channel waits until 2026-12-01 01:00"),
        (late, "tg", "9 minutes late"),
        (stopped, "stop-all", "nashir start-all"),
        (paused, "tg", "nashir resume tg"),
        (no_rule, "rules", "no article is published by itself"),
        (lambda *_: None, "run", "Start `nashir run`"),
    ],
    ids="clock older newer rights env privacy disk copy feed down unsure wait days late stop paused rule run".split(),
)
def test_each_planted_fault_is_named_with_its_mend(
    live: tuple[Newsroom, TelegramServer], monkeypatch: pytest.MonkeyPatch, plant: Plant, about: str, words: str
) -> None:
    newsroom, server = live
    app = newsroom.app()
    plant(newsroom, server, app, monkeypatch)
    assert words in bad(findings(app), about)


def test_a_missing_secret_and_a_dead_database_are_named(live: tuple[Newsroom, TelegramServer]) -> None:
    newsroom, _server = live
    app = newsroom.app()
    app.config.secrets._values.pop("TELEGRAM_BOT_TOKEN")
    assert "the variable TELEGRAM_BOT_TOKEN is not set" in bad(findings(app), "config")
    app.database.close()
    if app.database.file:
        for path in app.database.file.parent.glob("nashir.db*"):
            path.unlink()
        app.database.file.mkdir()
        assert "Check DATABASE_URL" in bad(findings(app), "database")


def test_a_damaged_database_is_a_finding_and_an_empty_file_is_none_yet(files_only: Newsroom) -> None:
    files_only.write("channels.toml", "")
    app = files_only.app()
    app.close()
    file = app.database.file
    assert file is not None
    whole = file.read_bytes()
    for damaged in (b"no database" * 10_000, whole[:4096] + b"x" * (len(whole) - 4096)):
        file.write_bytes(damaged)
        for each in ("-wal", "-shm"):
            file.with_name(file.name + each).unlink(missing_ok=True)
        assert "cannot be used: " in bad(findings(app), "database")
        with pytest.raises(DatabaseError):
            app.database.is_ready()
        app.database.close()
    file.write_bytes(b"")
    assert [each.say.en.partition(";")[0] for each in findings(app)["database"]] == [
        f"{app.database.name} is not made yet"
    ]
    with pytest.raises(Refused, match="nothing to back up"):
        copying.backup(app.database, files_only.folder / "b.db", lambda *_: None)


class Webhook:
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.status = 200
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(owner.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook-secret-part"


def test_what_breaks_is_told_once_and_once_more_when_it_is_well(live: tuple[Newsroom, TelegramServer]) -> None:
    newsroom, server = live
    hook = Webhook()
    newsroom.environ["ALERT_WEBHOOK"] = hook.url
    server.chats["-100999"] = -100999
    newsroom.write(
        "newsroom.toml",
        NEWSROOM + f'[alerts]\ntelegram_chat = "-100999"\napi_base = "{server.url}"\nsource_failures = 2\n',
    )
    app = newsroom.app()
    app.lanes.set_health(Health(channel="tg", down=Say("no rights", "بلا صلاحية")), app.now())
    newsroom.articles.rmdir()
    app.reading.fetch("files")
    app.alerts.look(app.now())
    app.alerts.look(app.now())
    assert [alert["state"] for alert in hook.kept] == ["broken"], "a source is told after its second failure"
    assert "no rights" in hook.kept[0]["text"]
    assert any("بلا صلاحية" in post.text for post in server.posts)
    app.reading.fetch("files")
    app.alerts.look(app.now())
    assert "Source files" in hook.kept[1]["text"]
    app.close()
    app = newsroom.app()  # a new start tells nothing again
    app.alerts.look(app.now())
    assert len(hook.kept) == 2
    app.lanes.set_health(Health(channel="tg"), app.now())
    newsroom.articles.mkdir()
    app.reading.fetch("files")
    app.alerts.look(app.now())
    assert sorted(alert["state"] for alert in hook.kept[2:]) == ["well", "well"]
    assert len(server.posts) == 4
    app.alerts.look(app.now())
    assert len(hook.kept) == 4
    hook.server.shutdown()


def test_the_log_is_json_with_ids_and_without_secrets(capsys: pytest.CaptureFixture[str], newsroom: Newsroom) -> None:
    newsroom.environ["METRICS_TOKEN"] = "a-secret-token"
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app = newsroom.app()
    logs.set_up(lambda text: text.replace("a-secret-token", "•••"), as_json=True)
    try:
        newsroom.cycle(app)
        logging.getLogger("bot.x").error("with a-secret-token")
        try:
            raise ValueError("a-secret-token in an exception")
        except ValueError:
            logging.getLogger("bot.x").exception("failed")
    finally:
        logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    printed = capsys.readouterr().err
    lines = [json.loads(line) for line in printed.splitlines()]
    sent = [line for line in lines if line["event"] == "segment sent"]
    assert {line["channel"] for line in sent} == {"telegram", "x", "mail"}
    assert all({"delivery", "segment", "article", "timestamp"} <= line.keys() for line in sent)
    assert "a-secret-token" not in printed
    assert any("•••" in line.get("exception", "") for line in lines)


def test_opml_in_and_out(tmp_path: Path) -> None:
    from bot.domain.errors import SourceError
    from bot.sources import opml

    feeds = [
        opml.Outline(title="موقع", url="https://a.example/feed", section="سياسة"),
        opml.Outline(title="B & <c>", url="http://b.example/?x=1&y=2"),
    ]
    assert sorted(opml.read(opml.write(feeds, "غرفة"))[0], key=lambda f: f.url) == sorted(feeds, key=lambda f: f.url)
    hostile = (
        b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body>'
        b'<outline text="&x;" xmlUrl="javascript:alert(1)"/><outline xmlUrl="https://u:p@c.example/"/>'
        b'<outline text="&x;d" xmlUrl="https://d.example/"/><outline xmlUrl="https://d.example/"/></body></opml>'
    )
    (found,), bad_ones = opml.read(hostile)
    assert bad_ones == ["javascript:alert(1)", "https://…@c.example/"]
    assert (found.url, "root:" in found.title) == ("https://d.example/", False)
    for broken in (b"", b"<html/>", b"\xff\xfe", b"[]"):
        with pytest.raises(SourceError):
            opml.read(broken)


def test_a_post_in_doubt_is_told_once_until_a_person_decides(live: tuple[Newsroom, TelegramServer]) -> None:
    newsroom, _server = live
    hook = Webhook()
    newsroom.environ["ALERT_WEBHOOK"] = hook.url
    app = newsroom.app()
    in_doubt(newsroom, _server, app, pytest.MonkeyPatch())
    app.alerts.look(app.now())
    newsroom.clock.move(days=3)
    app.alerts.look(app.now())
    assert [alert["state"] for alert in hook.kept] == ["broken"]
    assert "may be out" in hook.kept[0]["text"]
    (post,) = app.figures.in_trouble()
    desk.retry(post.id, app.articles, app.outbox, app.now(), not_sent=True)
    app.alerts.look(app.now())
    assert "Over: Delivery" in hook.kept[1]["text"]
    hook.server.shutdown()


def test_a_newsroom_before_its_first_run_is_not_broken(files_only: Newsroom) -> None:
    app = App(load({"DATABASE_URL": files_only.database_url}, files_only.config))
    found = findings(app)
    assert not [f for each in found.values() for f in each if f.verdict == "bad"]
    assert "is not made yet" in bad(found, "database")
    app.close()
