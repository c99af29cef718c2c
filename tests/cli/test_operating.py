"""The commands of the person who runs it, as processes."""

import contextlib
import json
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from bot.cli import running
from bot.cli.connect import _new
from bot.config import load
from bot.domain.errors import ConfigError
from tests.cli.test_cli import LIVE_MAIL, nashir
from tests.conftest import Newsroom
from tests.postgres import Postgres
from tests.servers import Fault
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


def test_channels_check_says_what_may_not_publish_and_what_cannot_be_looked_up(newsroom: Newsroom) -> None:
    keys = dict.fromkeys(("X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_SECRET"), "key-for-tests")

    def check() -> tuple[int, dict[str, dict[str, str]]]:
        done = nashir(newsroom, "channels", "check", "--json", TELEGRAM_BOT_TOKEN=TOKEN, **keys)
        assert "Traceback" not in done.stderr
        return done.returncode, {row["channel"]: row for row in json.loads(done.stdout)}

    with TelegramServer(token=TOKEN) as telegram, XServer() as x, SmtpServer() as smtp:
        live = 'live = true\naccount = "@nashir_test"\n'
        newsroom.write(
            "channels.toml",
            f'[[channels]]\nname = "tg"\nservice = "telegram"\n{live}api_base = "{telegram.url}"\n'
            f'[[channels]]\nname = "x"\nservice = "x"\n{live}api_base = "{x.url}"\n' + LIVE_MAIL.format(port=smtp.port),
        )
        code, rows = check()
        assert code == 0
        assert {row["state"] for row in rows.values()} == {"well"}
        assert "desk_chat" in rows["tg"]["hint"]
        assert "cannot be looked for" in rows["mail"]["hint"]
        assert rows["x"]["hint"] is None
        plain = nashir(newsroom, "channels", "check", TELEGRAM_BOT_TOKEN=TOKEN, **keys)
        assert "desk_chat" in plain.stdout
        assert plain.returncode == 0

        telegram.can_post = False
        x.faults.append(Fault.status(503, ["gateway"]), on="GET /2/users/me")
        code, rows = check()
        assert code == 1
        assert (rows["tg"]["state"], rows["x"]["state"], rows["mail"]["state"]) == ("bad", "down", "well")
        assert "administrator" in rows["tg"]["account"]

        telegram.can_post = True
        telegram.faults.append(Fault.status(200, []), on="getMe")
        code, rows = check()
        assert code == 1
        assert (rows["tg"]["state"], rows["x"]["state"]) == ("down", "well")


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
    assert (refused.returncode, "is not empty; with --replace" in refused.stderr) == (1, True)
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
    (files_only.folder / ".env").write_text('A="open\n', "utf-8")
    for words in (["config", "check"], ["queue"], ["doctor"]):
        done = nashir(files_only, *words)
        assert (done.returncode, ".env:1: the quotation mark is not closed" in done.stdout + done.stderr) == (1, True)


def test_links_of_mails_that_are_out_go_on_after_a_restoration_elsewhere(newsroom: Newsroom, tmp_path: Path) -> None:
    app = newsroom.app()
    kept = newsroom.folder / "var" / "secret.key"

    def key() -> bytes:
        return kept.read_bytes() if kept.exists() else b""

    path = tmp_path / "b.db"
    config = load({}, newsroom.config)
    mailed = config.secrets.own_key(newsroom.folder / "var")
    done = nashir(newsroom, "backup", str(path))
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert mailed.decode() not in done.stdout
    kept.unlink()
    app.close()
    done = nashir(newsroom, "restore", str(path), "--replace")
    assert (done.returncode, "key" in done.stderr) == (0, False), done.stderr
    assert (key(), stat.S_IMODE(kept.stat().st_mode)) == (mailed, 0o600)

    kept.write_bytes(b"another one")
    done = nashir(newsroom, "restore", str(path), "--replace")
    assert "key is that of the backup now" in done.stderr
    assert key() == mailed
    (aside,) = kept.parent.glob("secret.key.before-*")
    assert aside.read_bytes() == b"another one"
    assert str(aside.name) in done.stderr

    given = nashir(newsroom, "restore", str(path), "--replace", NASHIR_SECRET_KEY="a long random text")
    assert "is not the key of the backup" in given.stderr
    assert "a long random text" not in given.stderr

    outside = tmp_path / "outside.db"
    done = nashir(newsroom, "backup", str(outside), NASHIR_SECRET_KEY="a long random text")
    assert "keep it beside the backup" in done.stderr
    assert b"a long random text" not in outside.read_bytes()
    assert mailed not in outside.read_bytes()
    done = nashir(newsroom, "restore", str(outside), "--replace")
    assert "The backup holds no key" in done.stderr
    arabic = nashir(
        newsroom, "--lang", "ar", "restore", str(outside), "--replace", NASHIR_SECRET_KEY="a long random text"
    )
    assert (arabic.returncode, "المفتاح" in arabic.stderr) == (0, False)


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
    before = list(files_only.config.glob("newsroom.toml.before-import-*"))
    assert len(before) == 1
    assert "موقع" not in before[0].read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace("https://b.example/f", "https://u:secret@c.example/f"), "utf-8")
    again = nashir(files_only, "sources", "import", str(path))
    assert "0 feeds added" in again.stdout
    assert "left out" in again.stderr
    assert "secret" not in again.stderr
    assert len(list(files_only.config.glob("newsroom.toml.before-import-*"))) == 1, "nothing was added"
    assert 'xmlUrl="https://b.example/f"' in nashir(files_only, "sources", "export").stdout


def test_connect_asks_again_and_gives_a_second_account_names_of_its_own(files_only: Newsroom) -> None:
    with SmtpServer() as smtp:
        answers = ["no address", "الرواق <news@example.org>", "a, b", "list@example.org", "127.0.0.1", "none"]
        done = ask(
            files_only, "channels", "connect", "email", "--name", "second", answers=[*answers, str(smtp.port), "", "y"]
        )
        assert done.returncode == 0, done.stderr
        assert "exactly one e-mail address" in done.stderr
        config = load({}, files_only.config)
        table = next(table for table in config.channel_tables if table.name == "second")
        # the table of that service
        assert (table.live, table.password_env) == (True, "SMTP_PASSWORD")  # type: ignore[attr-defined]  # a mail table
        right = [*answers[1:2], *answers[3:], str(smtp.port), "", ""]
        again = ask(files_only, "channels", "connect", "email", "--name", "second", answers=right)
        assert again.returncode == 0, again.stderr
        assert load({}, files_only.config).channels["second"].live, "what was live stays so"
    with XServer() as x:
        channels = files_only.config / "channels.toml"
        channels.write_text(channels.read_text("utf-8").replace("https://api.twitter.com", x.url), "utf-8")
        bad = ask(files_only, "channels", "connect", "x", "--name", "no good", answers=["k"])
        assert bad.returncode == 2
        assert bad.stderr.startswith("name: this takes letters")
        stopped = ask(files_only, "--lang", "ar", "channels", "connect", "x", answers=["k1"])
        assert stopped.returncode == 130
        assert "أُوقف" in stopped.stderr
    assert "k1" not in (files_only.folder / ".env").read_text("utf-8")


def test_a_second_account_on_x_has_variables_of_its_own(files_only: Newsroom) -> None:
    with XServer() as x:
        channels = files_only.config / "channels.toml"
        text = channels.read_text("utf-8")
        channels.write_text(text.replace("https://api.twitter.com", x.url), "utf-8")
        assert ask(files_only, "channels", "connect", "x", answers=["k1", "k2", "k3", "k4", "n"]).returncode == 0
        tables = load({}, files_only.config).channel_tables
        table = _new("x", "sport-desk", tables)
        assert table.api_key_env == "X_API_KEY_SPORT_DESK"  # type: ignore[attr-defined]  # the table of that service


def test_words_of_the_command_line_are_arabic_too(files_only: Newsroom) -> None:
    help_ = nashir(files_only, "--lang", "ar", "queue", "--help").stdout
    assert "الاستعمال:" in help_
    assert "Usage" not in help_
    for words, said in (
        (["publish"], "ينقص"),
        (["publsh"], "هل تقصد 'publish'"),
        (["queue", "--limt", "3"], "هل تقصد --limit"),
        (["queue", "--limit", "many"], "غير صالحة: المطلوب هنا عدد صحيح لا 'many'."),
        (["queue", "--limit", "0"], "المطلوب هنا عدد لا يقل عن 1 لا '0'."),
        (["queue", "--state", "none"], "مجدول"),
    ):
        done = nashir(files_only, "--lang", "ar", *words)
        assert done.returncode == 2, words
        assert said in done.stderr
        assert "Error" not in done.stderr
    assert "Usage: nashir queue" in nashir(files_only, "queue", "--limt").stderr
    commands = nashir(files_only, "--help").stdout.partition("Commands:")[2].split("\n")
    assert [line.split()[0] for line in commands if line][:5] == ["init", "run", "doctor", "publish", "queue"]
    assert "Invalid value for 'ids': this takes a whole number, not 'x'." in nashir(files_only, "hold", "x").stderr


def test_what_goes_wrong_in_operating_is_one_sentence(files_only: Newsroom, tmp_path: Path) -> None:
    gone = nashir(files_only, "backup", str(tmp_path / "none" / "b.db"))
    assert (gone.returncode, f"there is no folder {tmp_path / 'none'}" in gone.stderr) == (1, True)
    wrong = nashir(files_only, "once", NASHIR_LOG="jsno")
    assert (wrong.returncode, "neither json nor plain" in wrong.stderr) == (1, True)
    host = nashir(files_only, "config", "check", DYNO="worker.1")
    assert (host.returncode, "PostgreSQL" in host.stderr) == (1, True)


def test_a_port_that_is_taken_is_said_and_one_that_was_asked_for_is_not_left(
    files_only: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # another program of this machine may have it already
            held.enter_context(contextlib.closing(socket.create_server(("127.0.0.1", 8480))))
        web = running._web(files_only.app(), else_any=True)
        address = web.address
        web.stop()
    assert not address.endswith(":8480")
    assert "8480" in capsys.readouterr().err
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        settings = (files_only.config / "newsroom.toml").read_text("utf-8")
        files_only.write("newsroom.toml", f"{settings}\n[web]\nport = {taken.getsockname()[1]}\n")
        app = files_only.app()
        with pytest.raises(ConfigError, match="set another `port`"):
            running._web(app, else_any=True)
