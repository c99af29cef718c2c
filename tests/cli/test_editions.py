"""The commands of newsletters, as processes against a real mail server."""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import dkim as dkimpy

from bot.domain.edition import EditionState
from bot.domain.person import COMMAND_LINE
from bot.mail import dkim
from bot.mail.links import return_path
from tests.cli.test_cli import nashir
from tests.conftest import Newsroom
from tests.mail.letters import faults
from tests.mail.lists import address
from tests.mail.test_reports import DSN
from tests.newsletters import edition, newsletter
from tests.newsrooms import until
from tests.servers.smtp import SmtpServer


def key(room: Newsroom) -> str:
    pem = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True).stdout
    (room.folder / "dkim.pem").write_text(pem)
    return pem


def test_an_edition_goes_out_signed_and_its_bounces_come_in(files_only: Newsroom) -> None:
    pem = key(files_only)
    files_only.environ["NASHIR_SECRET_KEY"] = "a long random text"
    record = dkim.public_record(dkim.private_key(pem.encode(), where="test")).encode()
    with SmtpServer(pipelining=True) as server:
        app, number = newsletter(files_only, server.address, 60, 'dkim = { key_file = "dkim.pem" }')
        done = nashir(files_only, "edition", "send", str(number), **files_only.environ)
        assert done.returncode == 0, done.stderr
        assert len(server.kept) == 60
        for mail in server.kept:
            assert faults(mail.raw) == []
            assert dkimpy.verify(mail.raw, dnsfunc=lambda *_args, **_more: record)
    message = server.kept[0].message
    assert message["Subject"] == "سوق جديد في المدينة القديمة"
    html = message.get_body(("html",))
    assert html
    content = html.get_content()
    assert 'dir="rtl"' in content
    assert "نشرة الصباح" in content
    assert "https://desk.example.org/u/" in content
    row = json.loads(nashir(files_only, "edition", "status", str(number), "--json").stdout)[0]
    assert (row["state"], row["recipients"], row["sent"], row["waiting"]) == ("sent", 60, 60, 0)
    again = nashir(files_only, "edition", "send", str(number))
    assert again.returncode == 0
    assert len(server.kept) == 60
    back = return_path(app.newsletters.signer.tokens(7, number)[2], "bounces.example.org")
    report = DSN.format(path=back, to="x", words="no", status="5.1.1", action="failed", n=1)
    told = nashir(files_only, "email", "inbound", stdin=report, **files_only.environ)
    assert told.returncode == 0, told.stderr
    assert "Nothing more goes" in told.stdout
    row = json.loads(nashir(files_only, "edition", "list", "--json").stdout)[0]
    assert row["bounced"] == 1


def test_a_report_that_cannot_be_kept_now_is_left_with_the_mail_server(files_only: Newsroom) -> None:
    report = DSN.format(path="b-x@bounces.example.org", to="x", words="no", status="5.1.1", action="failed", n=1)
    (files_only.folder / "broken.db").write_text("no database at all, but a text of some length " * 200)
    for url in (f"sqlite:///{files_only.folder}/broken.db", "postgres://nobody@127.0.0.1:1/none"):
        told = nashir(files_only, "email", "inbound", stdin=report, DATABASE_URL=url)
        assert told.returncode == 75, told.stderr
        assert told.stderr.strip()
        assert "Traceback" not in told.stderr
    files_only.write("newsroom.toml", "name =")
    assert nashir(files_only, "email", "inbound", stdin=report).returncode == 75


def test_without_a_key_it_is_said_how_to_make_one(files_only: Newsroom) -> None:
    newsletter(files_only, ("127.0.0.1", 1), 0)
    told = nashir(files_only, "email", "dns")
    assert told.returncode == 1
    assert "openssl genrsa" in told.stderr
    assert 'key_file = "dkim.pem"' in told.stderr
    as_json = nashir(files_only, "email", "dns", "--json")
    assert as_json.returncode == 1
    rows = json.loads(as_json.stdout)
    assert {row["type"] for row in rows} == {"TXT"}
    assert all({"name", "type", "value", "state", "text"} == row.keys() for row in rows)
    assert {row["state"] for row in rows} <= {"well", "doubt", "bad"}
    assert all(row["value"] in told.stdout for row in rows)


def test_an_edition_is_made_tried_held_and_released(files_only: Newsroom) -> None:
    with SmtpServer(pipelining=True) as server:
        app, number = newsletter(files_only, server.address, 3)
        made = nashir(files_only, "edition", "make", "morning")
        assert made.returncode == 1
        assert "nothing that the rules pick" in made.stderr
        held = nashir(files_only, "edition", "hold", str(number))
        assert (held.returncode, "held" in held.stdout) == (0, True)
        assert app.newsletters.editions.get(number).state is EditionState.HELD
        tried = nashir(files_only, "edition", "test", str(number), "me@example.net")
        assert tried.returncode == 0, tried.stderr
        assert [mail.rcpts for mail in server.kept] == [["me@example.net"]]
    assert nashir(files_only, "edition", "release", str(number), "--at", "tomorrow").returncode == 2
    at = datetime.now(UTC) + timedelta(days=2)
    released = nashir(files_only, "edition", "release", str(number), "--at", at.isoformat(timespec="minutes"))
    assert released.returncode == 0, released.stderr
    edition = app.newsletters.editions.get(number)
    assert edition.state is EditionState.QUEUED
    assert edition.due_at == at.replace(second=0, microsecond=0)


def test_an_address_is_suppressed_shown_and_lifted(files_only: Newsroom) -> None:
    app, _ = newsletter(files_only, ("127.0.0.1", 1), 3)
    who = address(2)
    assert nashir(files_only, "subscribers", "suppress", who, "--note", "by letter").returncode == 0
    assert "already" in nashir(files_only, "subscribers", "suppress", who).stdout
    arabic = nashir(files_only, "--lang", "ar", "subscribers", "list").stdout
    assert "مشترك: 3" in arabic
    assert "morning (يوميا)" in arabic
    assert "active" not in arabic
    new = ("subscribers", "add", "morning", "new@example.net", "--consent", "on paper")
    assert [nashir(files_only, *new).stdout.split()[2] for _ in range(2)] == ["added.", "reads"]
    lines = nashir(files_only, "subscribers", "list").stdout.splitlines()
    assert [("by hand" in line) for line in lines if "@" in line] == [who in line for line in lines if "@" in line]
    assert nashir(files_only, "subscribers", "lift", who).returncode == 0
    again = nashir(files_only, "subscribers", "lift", who)
    assert again.returncode == 1
    assert "Nothing is suppressed" in again.stderr
    assert {("reader", "suppression"), ("lift", "suppression")} <= {(a.what, a.subject) for a in app.acts.listing()}


def test_what_is_to_be_tried_again_is_said(files_only: Newsroom) -> None:
    with SmtpServer(pipelining=True) as server:
        server.refused[address(2)] = "451 4.2.1 later"
        _, number = newsletter(files_only, server.address, 3)
        done = nashir(files_only, "edition", "send", str(number))
        assert done.returncode == 1
        assert "1 recipient is to be tried again, from " in done.stdout


def test_paused_gone_on_with_and_stopped(files_only: Newsroom) -> None:
    with SmtpServer(pipelining=True, delay=0.01) as server:
        app, number = newsletter(files_only, server.address, 300)
        sending = threading.Thread(target=nashir, args=[files_only, "edition", "send", str(number)])
        sending.start()
        assert until(lambda: len(server.kept) > 30, 30)
        assert nashir(files_only, "edition", "pause", str(number)).returncode == 0
        sending.join(60)
        first = len(server.kept)
        assert first < 300
        assert app.newsletters.editions.get(number).state is EditionState.PAUSED
        assert nashir(files_only, "edition", "resume", str(number)).returncode == 0
        assert nashir(files_only, "edition", "send", str(number)).returncode == 0
        assert len(server.kept) == 300
        assert len({mail.rcpts[0] for mail in server.kept}) == 300
        other = edition(app, "2026-11-25")
        stopped = nashir(files_only, "edition", "stop", str(other))
        assert (stopped.returncode, "stopped" in stopped.stdout) == (0, True)
        assert nashir(files_only, "edition", "send", str(other)).returncode == 1
    acts = [(act.what, act.subject) for act in app.acts.listing()]
    assert {
        ("send_edition", f"edition:{number}"),
        ("pause", f"edition:{number}"),
        ("cancel", f"edition:{other}"),
    } <= set(acts)


def test_a_run_of_the_newsroom_sends_what_has_begun(files_only: Newsroom) -> None:
    with SmtpServer(pipelining=True) as server:
        app, number = newsletter(files_only, server.address, 40, "processes = 2")
        app.newsletters.desk.begin(COMMAND_LINE, number)
        environ = os.environ | {"NASHIR_CONFIG": str(files_only.config), "DATABASE_URL": files_only.database_url}
        with (files_only.folder / "run.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", "--quiet"], env=environ | {"PORT": "0"}, stdout=log, stderr=log
            )
            try:
                sent = until(lambda: app.newsletters.editions.get(number).state is EditionState.SENT, 60)
            finally:
                process.terminate()
                process.wait(20)
        assert sent, (files_only.folder / "run.log").read_text()
        assert len(server.kept) == 40


def test_a_server_that_is_not_there_is_said(files_only: Newsroom) -> None:
    app, number = newsletter(files_only, ("127.0.0.1", 1), 5)
    began = time.monotonic()
    done = nashir(files_only, "edition", "send", str(number))
    assert done.returncode == 1
    assert "cannot be reached" in done.stdout + done.stderr
    assert time.monotonic() - began < 90
    assert app.newsletters.editions.figures(number).sent == 0


def test_what_would_stop_the_sending_stops_the_beginning(files_only: Newsroom) -> None:
    (files_only.folder / "dkim.pem").write_text("no key")
    app, number = newsletter(files_only, ("127.0.0.1", 1), 5, 'dkim = { key_file = "dkim.pem" }')
    done = nashir(files_only, "edition", "send", str(number))
    assert done.returncode == 1
    assert "no RSA key" in done.stderr
    assert app.newsletters.editions.get(number).state is EditionState.QUEUED
    assert nashir(files_only, "edition", "status", "99").returncode == 1
