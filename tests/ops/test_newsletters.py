"""doctor and newsletters: the server and the key; no mail goes out."""

from bot.cli.operating import newsletters
from bot.ops.doctor import Finding
from tests.conftest import NEWSROOM, Newsroom
from tests.newsletters import SETTINGS
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
