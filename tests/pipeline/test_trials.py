"""A test on a channel: through the real adapter, marked as a test, in the log, within pauses and limits."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.app import App
from bot.domain.errors import ChannelError, Refused
from bot.domain.person import Actor, NotAllowed, Role
from bot.domain.say import Say
from tests.conftest import Newsroom
from tests.newsrooms import SECRETS
from tests.servers.smtp import SmtpServer
from tests.servers.telegram import TelegramServer
from tests.servers.x import XServer

TOKEN = "123456:TEST-token_abc"
CHIEF = Actor(name="رئيسة", role=Role.CHIEF, door="web", person_id=1)
EDITOR = Actor(name="سلمى", role=Role.EDITOR, door="web", person_id=2)
CHANNELS = """
[[channels]]
name = "tg"
service = "telegram"
live = true
account = "@nashir_test"
api_base = "{telegram}"
per_minute = 3
timeout = "2s"
[[channels]]
name = "x"
account = "@nashir_test"
service = "x"
live = true
api_base = "{x}"
monthly_budget_usd = 0.02
timeout = "2s"
[[channels]]
name = "mail"
service = "email"
live = true
from = "news@example.org"
to = "list@example.org"
host = "127.0.0.1"
port = {smtp}
tls = "none"
timeout = "2s"
[[channels]]
name = "shown"
service = "telegram"
"""


@pytest.fixture
def servers() -> Iterator[tuple[TelegramServer, XServer, SmtpServer]]:
    with TelegramServer(token=TOKEN) as telegram, XServer() as x, SmtpServer() as smtp:
        yield telegram, x, smtp


@pytest.fixture
def app(newsroom: Newsroom, servers: tuple[TelegramServer, XServer, SmtpServer]) -> App:
    telegram, x, smtp = servers
    newsroom.write("channels.toml", CHANNELS.format(telegram=telegram.url, x=x.url, smtp=smtp.port))
    newsroom.environ |= SECRETS | {"TELEGRAM_BOT_TOKEN": TOKEN}
    return newsroom.app()


def log(app: App) -> list[str]:
    return [act.what for act in reversed(app.acts.listing())]


def test_a_test_reaches_each_service_and_says_what_it_is(
    app: App, servers: tuple[TelegramServer, XServer, SmtpServer]
) -> None:
    telegram, x, smtp = servers
    for name in ("tg", "x", "mail"):
        assert app.handwork.trials.send(CHIEF, name).remote_id
    assert "اختبار من مكتب النشر" in telegram.posts[-1].text
    assert "اختبار من مكتب النشر" in next(iter(x.tweets.values())).text
    assert len(smtp.kept) == 1
    assert log(app) == ["test_send", "test_sent"] * 3
    assert app.outbox.listing([], 9) == [], "it is no delivery"


def test_a_preview_stays_one(app: App, servers: tuple[TelegramServer, XServer, SmtpServer]) -> None:
    app.handwork.trials.send(CHIEF, "shown")
    assert not servers[0].posts
    assert "اختبار" in (app.config.var / "preview" / "shown.jsonl").read_text("utf-8")


def test_pauses_limits_roles_and_the_lane_hold_it_back(
    app: App, newsroom: Newsroom, servers: tuple[TelegramServer, XServer, SmtpServer]
) -> None:
    trials = app.handwork.trials
    with pytest.raises(NotAllowed):
        trials.send(EDITOR, "tg")
    app.lanes.pause(None, Say("stop", "قف"), newsroom.clock.at)
    with pytest.raises(Refused, match="paused"):
        trials.send(CHIEF, "tg")
    app.lanes.resume(None, newsroom.clock.at)
    token = app.leases.claim("lane", "tg", timedelta(seconds=30), newsroom.clock.at)
    assert token is not None
    with pytest.raises(Refused, match="going out"):
        trials.send(CHIEF, "tg")
    app.leases.release("lane", "tg", token)
    assert not servers[0].posts
    for _ in range(3):
        trials.send(CHIEF, "tg")
        newsroom.clock.move(seconds=2)
    chat = next(room for room in trials.rooms(app.channels["tg"]) if room.limit.count == 3)
    assert chat.left == 0
    with pytest.raises(Refused, match="limit"):
        trials.send(CHIEF, "tg")
    assert len(servers[0].posts) == 3
    trials.send(CHIEF, "x")
    with pytest.raises(Refused, match="budget"):
        trials.send(CHIEF, "x")


def test_what_the_service_says_stands_in_the_log(app: App, servers: tuple[TelegramServer, XServer, SmtpServer]) -> None:
    assert app.handwork.trials.check(CHIEF, "tg").name
    servers[0].can_post = False
    with pytest.raises(ChannelError):
        app.handwork.trials.send(CHIEF, "tg")
    failed = app.acts.listing()[0]
    assert failed.what == "test_failed"
    assert failed.detail["fault_ar"]
    assert TOKEN not in str(failed.detail)
    assert log(app)[0] == "test"
