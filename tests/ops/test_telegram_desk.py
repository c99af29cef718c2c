"""doctor and the desk in Telegram: each fault is one sentence with its mend, and its token is never said."""

from collections.abc import Iterator

import pytest

from bot.cli.operating import telegram_desk
from bot.domain.person import Role
from bot.ops.doctor import Finding
from tests.conftest import NEWSROOM, Newsroom
from tests.servers.telegram_desk import DeskServer

PUBLIC = 'public_url = "https://desk.example.org"\n'


@pytest.fixture
def server() -> Iterator[DeskServer]:
    with DeskServer(11) as server:
        yield server


def look(
    newsroom: Newsroom, server: DeskServer, more: str = "", *, top: str = "", paired: bool = True
) -> list[Finding]:
    newsroom.write("newsroom.toml", f'{top}{NEWSROOM}\n[desk]\napi_base = "{server.url}"\n{more}\n')
    newsroom.environ.setdefault("TELEGRAM_DESK_TOKEN", server.token)
    app = newsroom.app()
    person = app.people.of_login("salma") or app.people.add("salma", "سلمى", Role.EDITOR, "-", newsroom.clock.at)
    app.people.change(person.id, telegram_id=11 if paired else None)
    found = telegram_desk(app)
    assert all(f.say.en != f.say.ar and server.token not in f.say.en + f.say.ar for f in found)
    return found


def faults(found: list[Finding]) -> str:
    return " ".join(f"{f.verdict}: {f.say.en}" for f in found if f.verdict != "well")


def test_a_desk_that_works_says_its_bot_and_how_it_hears(files_only: Newsroom, server: DeskServer) -> None:
    found = look(files_only, server)
    assert [f.verdict for f in found] == ["well", "well"]
    assert "@nashir_test_bot" in found[0].say.en
    assert "polling" in found[1].say.en


def test_nobody_wants_one(files_only: Newsroom, server: DeskServer) -> None:
    files_only.environ["TELEGRAM_DESK_TOKEN"] = ""
    assert look(files_only, server) == []
    assert "TELEGRAM_DESK_TOKEN is not set" in faults(look(files_only, server, 'telegram_chat = "-1001"'))


def test_a_token_that_telegram_refuses(files_only: Newsroom, server: DeskServer) -> None:
    files_only.environ["TELEGRAM_DESK_TOKEN"] = "1:wrong"
    assert "take it anew from @BotFather" in faults(look(files_only, server))


def test_nobody_is_paired(files_only: Newsroom, server: DeskServer) -> None:
    said = faults(look(files_only, server, paired=False))
    assert said.count("doubt: ") == 1
    assert "nashir desk pair LOGIN" in said


def test_updates_that_go_elsewhere(files_only: Newsroom, server: DeskServer) -> None:
    server._set_webhook({"url": "https://other.example.org/x"})
    assert "another address" in faults(look(files_only, server))
    by_webhook = 'mode = "webhook"'
    assert "does not call this newsroom yet" in faults(look(files_only, server, by_webhook, top=PUBLIC))
    server._set_webhook({"url": "https://desk.example.org/telegram/abc"})
    assert faults(look(files_only, server, by_webhook, top=PUBLIC)) == ""
    server.webhook_error = "Connection refused"
    assert "Connection refused" in faults(look(files_only, server, by_webhook, top=PUBLIC))


def test_no_network(files_only: Newsroom) -> None:
    with DeskServer(11) as gone:
        pass
    assert "cannot be asked" in faults(look(files_only, gone))
