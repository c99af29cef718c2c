"""doctor and newsletters: the server and the key; no mail goes out."""

from datetime import timedelta

from bot.cli.operating import newsletters
from bot.domain.mailing import ShardKey
from bot.domain.say import Say
from bot.ops.doctor import Finding
from bot.store.mail_ledger import MailLedger, lease_name
from tests.conftest import NEWSROOM, START, Newsroom
from tests.mail.lists import fill, frozen
from tests.newsletters import SETTINGS
from tests.servers.imap import ImapServer
from tests.servers.smtp import SmtpServer

PUBLIC = 'public_url = "https://desk.example.org"\n'


def look(room: Newsroom, at: tuple[str, int], more: str = "") -> list[Finding]:
    room.write("newsroom.toml", PUBLIC + NEWSROOM)
    room.write("newsletters.toml", SETTINGS.format(host=at[0], port=at[1], more=more))
    found = newsletters(room.app())
    assert all(f.say.en != f.say.ar for f in found)
    return found


def test_a_server_that_takes_mail_is_said_and_gets_none(files_only: Newsroom) -> None:
    with SmtpServer() as server:
        found = look(files_only, (server.host, server.port))
        assert [f.verdict for f in found] == ["well", "doubt"], "it is not signed"
        assert server.kept == []


def test_what_is_wrong_is_said_one_by_one(files_only: Newsroom) -> None:
    with SmtpServer() as server:
        gone = (server.host, server.port)
    more = '[mail.dkim]\nkey_file = "nowhere.pem"'
    found = look(files_only, gone, more)
    assert [f.verdict for f in found] == ["bad", "bad"]
    said = " ".join(f.say.en for f in found)
    assert str(gone[1]) in said
    assert "nowhere.pem" in said


def test_without_newsletters_nothing_is_said(files_only: Newsroom) -> None:
    assert newsletters(files_only.app()) == []


def test_a_mailbox_of_bounces_that_refuses_is_said(files_only: Newsroom) -> None:
    report = b"Subject: x\r\n\r\nx\r\n"
    with SmtpServer() as server, ImapServer("salma", "kalima", [report]) as imap:
        more = f'[mail.bounces]\nhost = "{imap.host}"\nport = {imap.port}\ntls = "none"\nuser = "salma"\n'
        files_only.environ = {"BOUNCES_PASSWORD": "wrong-word"}
        found = look(files_only, (server.host, server.port), more)
        assert [f.verdict for f in found] == ["well", "doubt", "bad"]
        assert "wrong-word" not in str(found)
        files_only.environ = {"BOUNCES_PASSWORD": "kalima"}
        assert [f.verdict for f in look(files_only, (server.host, server.port), more)] == ["well", "doubt"]
        assert not imap.seen


def test_an_edition_that_rests_is_said_while_it_rests(files_only: Newsroom) -> None:
    with SmtpServer() as server:
        look(files_only, (server.host, server.port))
        app = files_only.apps[-1]
        fill(app.database, 1)
        edition, why = frozen(app.database), Say("The server refuses.", "الخادم يرفض.")
        token = app.leases.claim("edition", lease_name(edition, 0), timedelta(minutes=1), START)
        assert token
        shard = ShardKey(edition=edition, n=0, token=token)
        MailLedger(app.database).rest(shard, START, until=START + timedelta(minutes=10), note=why)
        rests = [f for f in newsletters(app) if f.verdict == "bad"]
    assert [f.say.en for f in rests] == [f"Edition {edition} rests: The server refuses."]
