"""Updates that Telegram brings to the web process: only with the secret, and answered well once they were acted on."""

from collections.abc import Iterator

import pytest
import requests

from bot.domain.delivery import State
from bot.domain.errors import ConfigError
from bot.store.database import DatabaseError
from bot.web import application
from bot.web.server import WebServer
from tests.servers.telegram_desk import GROUP
from tests.telegram_desk.conftest import SALMA, Desk

SECRET = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def called(small: Desk) -> Desk:
    """A desk that is called, its commands and address announced."""
    small.settings(more=f'telegram_chat = "{GROUP}"\nmode = "webhook"', top='public_url = "https://desk.example.org"\n')
    small.restart()
    small.app.on_telegram = small.desk.called
    while small.desk.keep_cards() == 0.0:
        pass
    return small


@pytest.fixture
def web(called: Desk) -> Iterator[str]:
    server = WebServer(application(called.app), "127.0.0.1", 0)
    server.start()
    yield server.address
    server.stop()


def test_a_press_comes_by_webhook(called: Desk, web: str) -> None:
    called.newsroom.article("a.txt", "عنوان أول\n\nنص الخبر الأول كما وصل.")
    called.newsroom.cycle(called.app)
    while called.desk.keep_cards() == 0.0:
        pass
    hook = called.server.webhook
    assert hook is not None
    address = web + hook.url.removeprefix("https://desk.example.org")
    press = called.server.press(SALMA, called.card, "X فقط")
    for headers in ({}, {SECRET: "wrong"}, {SECRET: hook.secret + "0"}):
        assert requests.post(address, json=press, headers=headers, timeout=5).status_code == 403
    assert (
        requests.post(f"{web}/telegram/elsewhere", json=press, headers={SECRET: hook.secret}, timeout=5).status_code
        == 404
    )
    assert set(called.states.values()) == {State.HELD}
    good = {SECRET: hook.secret}
    assert requests.post(address, json=press, headers=good, timeout=5).status_code == 200
    assert called.states == {"telegram": State.HELD, "x": State.QUEUED}
    acts = called.acts()
    assert requests.post(address, json=press, headers=good, timeout=5).status_code == 200
    assert called.acts() == acts
    for body in (b"", b"[]", b"{", b'{"update_id": "x"}', b'{"message": 5}'):
        assert requests.post(address, data=body, headers=good, timeout=5).status_code in (200, 400)
    assert requests.post(address, data=b" " * 1_000_001, headers=good, timeout=5).status_code == 413


def test_what_the_database_could_not_take_comes_again(called: Desk, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = called.server.webhook
    assert hook is not None
    address = web + hook.url.removeprefix("https://desk.example.org")
    said = called.server.say(SALMA, "/pause x")

    def broken(*_: object) -> None:
        raise DatabaseError("The database is away.", "قاعدة البيانات غائبة.")

    with monkeypatch.context() as away:
        away.setattr(type(called.app.people), "of_telegram", broken)
        assert requests.post(address, json=said, headers={SECRET: hook.secret}, timeout=5).status_code == 503
    assert called.app.lanes.pauses() == {}
    assert requests.post(address, json=said, headers={SECRET: hook.secret}, timeout=5).status_code == 200
    assert "x" in called.app.lanes.pauses()


def test_without_a_desk_there_is_no_such_address(small: Desk) -> None:
    server = WebServer(application(small.app), "127.0.0.1", 0)
    server.start()
    assert requests.post(f"{server.address}/telegram/x", json={}, timeout=5).status_code == 404
    server.stop()


def test_webhook_needs_an_address(small: Desk) -> None:
    small.settings(more='mode = "webhook"')
    with pytest.raises(ConfigError, match="public_url"):
        small.newsroom.app()
