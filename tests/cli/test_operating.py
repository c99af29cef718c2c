"""The commands of the person who runs it, as processes."""

import json
import stat
import subprocess
from pathlib import Path

from bot.config import load
from tests.cli.test_cli import nashir
from tests.conftest import Newsroom
from tests.postgres import Postgres
from tests.servers.smtp import SmtpServer
from tests.servers.telegram import TelegramServer
from tests.servers.x import XServer

TOKEN = "123456:TEST-token_abc"


def ask(newsroom: Newsroom, *words: str, answers: list[str]) -> "subprocess.CompletedProcess[str]":
    return nashir(newsroom, *words, stdin="\n".join(answers) + "\n")


def test_connect_telegram_finds_the_chat_and_writes_settings_and_secret(files_only: Newsroom) -> None:
    with TelegramServer(token=TOKEN) as server:
        number = server.chats["@nashir_test"]
        server.chats[str(number)] = number
        chat = {"id": number, "type": "channel", "title": "قناة التجربة", "username": "nashir_test"}
        server.updates = [{"update_id": 1, "channel_post": {"message_id": 7, "date": 1, "chat": chat, "text": "أهلا"}}]
        channels = files_only.config / "channels.toml"
        text = channels.read_text("utf-8").replace("https://api.telegram.org", server.url)
        channels.write_text(text, "utf-8")
        done = ask(files_only, "channels", "connect", "telegram", answers=[TOKEN, "y", "y"])
        assert done.returncode == 0, done.stderr
        assert TOKEN not in done.stdout + done.stderr
        assert "@nashir_test_bot" in done.stdout
        assert server.posts == [], "nothing is posted"
        config = load({}, files_only.config)
        assert (config.channels["telegram"].account, config.channels["telegram"].live) == (str(number), True)
        assert config.secrets.get("TELEGRAM_BOT_TOKEN") == TOKEN
        assert stat.S_IMODE((files_only.folder / ".env").stat().st_mode) == 0o600
        assert "# One table for each account" in channels.read_text("utf-8"), "comments stay"
        wrong = ask(files_only, "channels", "connect", "telegram", answers=["999:wrong", "y", "y"])
        assert wrong.returncode == 1
        assert "does not know this bot token" in wrong.stderr
        assert load({}, files_only.config).secrets.get("TELEGRAM_BOT_TOKEN") == TOKEN


def test_connect_x_and_mail(files_only: Newsroom) -> None:
    with XServer() as x, SmtpServer(user="news", password="a b'c\\d#e") as smtp:
        channels = files_only.config / "channels.toml"
        text = channels.read_text("utf-8").replace("https://api.twitter.com", x.url)
        channels.write_text(text, "utf-8")
        done = ask(files_only, "channels", "connect", "x", answers=["k1", "k2", "k3", "k4", "n"])
        assert done.returncode == 0, done.stderr
        answers = ["الرواق <news@example.org>", "list@example.org", "127.0.0.1", "none", str(smtp.port), "news"]
        done = ask(files_only, "channels", "connect", "email", answers=[*answers, "a b'c\\d#e", "n"])
        assert done.returncode == 0, done.stderr
        config = load({}, files_only.config)
        assert config.channels["x"].account == "@nashir_test"
        assert config.secrets.get("X_ACCESS_SECRET") == "k4"
        assert config.secrets.get("SMTP_PASSWORD") == "a b'c\\d#e"
        assert config.channels["mail"].account == "list@example.org"
        assert x.kept == []
        assert smtp.kept == []


def test_backup_restore_prune_and_doctor(files_only: Newsroom, tmp_path: Path) -> None:
    files_only.article("a.txt", "عنوان\n\nنص.")
    assert nashir(files_only, "once").returncode == 0
    path = tmp_path / "b.db"
    assert nashir(files_only, "backup", str(path)).returncode == 0
    refused = nashir(files_only, "restore", str(path))
    assert (refused.returncode, "is not empty" in refused.stderr) == (1, True)
    done = nashir(files_only, "restore", str(path), "--replace")
    assert done.returncode == 0, done.stderr
    assert "is kept in" in done.stderr
    assert len(json.loads(nashir(files_only, "queue", "--json").stdout)) == 3
    assert "texts: 0" in nashir(files_only, "prune", "--dry-run").stdout
    doctor = nashir(files_only, "doctor", "--json")
    assert doctor.returncode == 0, doctor.stdout
    assert {"about", "state", "text"} == json.loads(doctor.stdout)[0].keys()
    (files_only.config / "style.toml").write_text("linc = 1\n", "utf-8")
    broken = nashir(files_only, "--lang", "ar", "doctor")
    assert broken.returncode == 1
    assert "style.toml:1: linc" in broken.stdout


def test_db_copy_moves_a_file_to_postgresql(files_only: Newsroom, postgres: Postgres, tmp_path: Path) -> None:
    files_only.article("a.txt", "عنوان\n\nنص.")
    assert nashir(files_only, "once").returncode == 0
    file = Path(files_only.database_url.removeprefix("sqlite:///"))
    files_only.database_url = postgres.fresh().replace("postgresql+psycopg://", "postgres://")
    done = nashir(files_only, "db", "copy", str(file))
    assert done.returncode == 0, done.stderr
    assert len(json.loads(nashir(files_only, "queue", "--json").stdout)) == 3
    assert nashir(files_only, "db", "copy", str(tmp_path / "none.db")).returncode == 2


def test_opml_goes_into_the_settings_and_out_again(files_only: Newsroom, tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        '<opml version="2.0"><body><outline text="سياسة"><outline text="موقع أول" xmlUrl="https://a.example/f"/>'
        '</outline><outline text="موقع أول" xmlUrl="https://b.example/f"/></body></opml>',
        "utf-8",
    )
    done = nashir(files_only, "sources", "import", str(path))
    assert done.returncode == 0, done.stderr
    config = load({}, files_only.config)
    assert [source.name for source in config.newsroom.sources] == ["files", "موقع-أول", "موقع-أول-2"]
    assert config.newsroom.sources[1].section == "سياسة"
    assert "0 feeds added" in nashir(files_only, "sources", "import", str(path)).stdout
    assert 'xmlUrl="https://b.example/f"' in nashir(files_only, "sources", "export").stdout
