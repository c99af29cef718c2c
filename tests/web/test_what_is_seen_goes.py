"""The preview of a delivery is what the channel's server receives, to the byte, for every sample of the project."""

import re
import shutil
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from lxml import html

from bot.domain.delivery import Delivery, State
from bot.text.measure import telegram_text
from bot.web import application
from bot.web.server import WebServer
from tests.conftest import ROOT, Newsroom
from tests.newsrooms import SECRETS
from tests.servers.smtp import SmtpServer
from tests.servers.telegram import TelegramServer
from tests.servers.x import XServer
from tests.web.conftest import Served

LIVE = """
[[channels]]
name = "x"
service = "x"
live = true
account = "@nashir_test"
api_base = "{x}"
approval = "editor"
[[channels]]
name = "telegram"
service = "telegram"
live = true
account = "@nashir_test"
api_base = "{telegram}"
per_minute = 1000
bot_per_second = 1000
approval = "editor"
[[channels]]
name = "mail"
service = "email"
live = true
from = "news@example.org"
to = "list@example.org"
tls = "none"
host = "{host}"
port = {port}
per_minute = 1000
approval = "editor"
"""


@pytest.fixture
def services() -> Iterator[tuple[XServer, TelegramServer, SmtpServer]]:
    with XServer() as x, TelegramServer(token=SECRETS["TELEGRAM_BOT_TOKEN"]) as telegram, SmtpServer() as smtp:
        x.refuses_twice = False
        yield x, telegram, smtp


def shown(page: str) -> dict[str, list[str]]:
    """The texts of each service in a page's previews, chips aside."""
    page = re.sub(r'<abbr class="inv".*?</abbr>', "", page)
    tree = html.fromstring(page)
    return {
        "x": [str(p.text_content()) for p in tree.xpath('//ol[@class="xp"]//p[@class="tx"]')],
        "telegram": [str(p.text_content()) for p in tree.xpath('//div[@class="tg"]/p[@class="in"]')],
        "subject": [str(b.text_content()) for b in tree.xpath('//p[@class="mailtop"]/b')],
    }


def test_what_is_seen_goes(
    files_only: Newsroom, services: tuple[XServer, TelegramServer, SmtpServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    x, telegram, smtp = services
    host, port = smtp.address
    files_only.environ |= SECRETS
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    files_only.write("channels.toml", LIVE.format(x=x.url, telegram=telegram.url, host=host, port=port))
    app = files_only.app()
    files_only.cycle(app)
    files_only.clock.move(minutes=2)
    for sample in sorted((ROOT / "samples").iterdir()):
        shutil.copy(sample, files_only.articles)
        files_only.article(sample.name, sample.read_text("utf-8"))
    files_only.cycle(app)
    held = [d for d in app.outbox.listing([], 1000) if d.state is State.HELD]
    assert len(held) >= 3 * 14
    server = WebServer(application(app), "127.0.0.1", 0)
    server.start()
    desk = Served(files_only, app, server)
    try:
        session = desk.signed_in("salma")
        seen: dict[int, tuple[list[str], str]] = {}
        for article in dict.fromkeys(d.article_id for d in held):
            found = shown(session.get(f"{desk.address}/articles/{article}").text)
            for d in (d for d in held if d.article_id == article):
                mail = (
                    session.get(f"{desk.address}/deliveries/{d.id}/mail").content.decode()
                    if d.service == "email"
                    else ""
                )
                seen[d.id] = (found["subject" if d.service == "email" else d.service], mail)
        everything = {"ids": list(dict.fromkeys(d.article_id for d in held))}
        assert session.post(f"{desk.address}/articles/release", everything).status_code == 200
        for _ in range(400):
            if not files_only.cycle(app) and not app.outbox.count([State.QUEUED, State.SENDING]):
                break
            files_only.clock.move(seconds=2)
        _compare(seen, held, services)
    finally:
        app.stopping.set()
        for each in desk.sessions:
            each.close()
        server.stop()


def _compare(
    seen: dict[int, tuple[list[str], str]],
    held: list[Delivery],
    services: tuple[XServer, TelegramServer, SmtpServer],
) -> None:
    x, telegram, smtp = services
    posts = {tweet.text for tweet in x.kept}
    calls = [call for call in telegram.requests if call.path.endswith("/sendMessage")]
    sent = {parse_qs(call.body.decode())["text"][0] for call in calls}  # the markup, which makes the entities
    read = {message.text for message in telegram.kept}
    mails = {mail.message["Subject"]: mail.message for mail in smtp.kept}
    for delivery in held:
        texts, page = seen[delivery.id]
        if delivery.service == "x":
            assert len(texts) == len(delivery.post.segments)
            assert set(texts) <= posts
        elif delivery.service == "telegram":
            for text, segment in zip(texts, delivery.post.segments, strict=True):
                assert segment.text in sent
                assert text == telegram_text(segment.text)
                assert text in read
        else:
            (subject,) = texts
            part = mails[subject].get_body(("html",))
            assert part is not None
            wire = part.get_content().replace("\r\n", "\n")  # RFC 5321, 2.3.8
            assert wire.strip() == page.strip()
