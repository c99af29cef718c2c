"""The local servers, each driven by the client that the product uses."""

from __future__ import annotations

import asyncio
import json
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
import tweepy
from lxml import etree
from requests.adapters import HTTPAdapter
from telegram import Bot, LinkPreviewOptions, Message, ReplyParameters
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from tests.servers import Fault
from tests.servers.feed import FeedServer, arabic_items, atom, rss
from tests.servers.smtp import SmtpServer
from tests.servers.telegram import TelegramServer
from tests.servers.telegram_html import ParseError, parse
from tests.servers.x import XServer

CHANNEL = "@nashir_test"
PATIENCE = 0.2
T = TypeVar("T")
FAULTS = [
    pytest.param(Fault.refuse_before(), 0, id="refuse-before"),
    pytest.param(Fault.reset_after(), 1, id="reset-after"),
    pytest.param(Fault.hang_before(5), 0, id="hang-before"),
    pytest.param(Fault.hang_after(5), 1, id="hang-after"),
    pytest.param(Fault.status(502, {"title": "Bad Gateway"}), 0, id="status-before"),
    pytest.param(Fault.status(502, {"title": "Bad Gateway"}, processed=True), 1, id="status-after"),
    pytest.param(Fault.bad_json_after(), 1, id="bad-json-after"),
]


def until(condition: Callable[[], bool], seconds: float = 2.0) -> None:
    """Wait for something another thread does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def telegram_server(tmp_path: Path) -> Iterator[TelegramServer]:
    chats = {CHANNEL: -1001234567890, "desk": -1009}
    with TelegramServer(chats=chats, keep_file=tmp_path / "telegram.jsonl") as server:
        yield server


def with_bot(server: TelegramServer, work: Callable[[Bot], Awaitable[T]], token: str | None = None) -> T:
    async def run() -> T:
        client = HTTPXRequest(read_timeout=PATIENCE)
        async with Bot(token or server.token, base_url=server.base_url, request=client) as bot:
            return await work(bot)

    return asyncio.run(run())


def send(server: TelegramServer, text: str, **options: Any) -> Message:
    return with_bot(server, lambda bot: bot.send_message(CHANNEL, text, **options))


def test_telegram_shows_the_channel_and_the_rights(telegram_server: TelegramServer) -> None:
    async def look(bot: Bot) -> None:
        chat = await bot.get_chat(CHANNEL)
        member = await bot.get_chat_member(CHANNEL, bot.id)
        assert (chat.id, chat.username, chat.type) == (-1001234567890, "nashir_test", "channel")
        assert member.status == "administrator"
        assert member.to_dict()["can_post_messages"] is True

    with_bot(telegram_server, look)
    assert telegram_server.calls == ["getMe", "getChat", "getChatMember"]


def test_telegram_keeps_and_answers_a_post(telegram_server: TelegramServer, tmp_path: Path) -> None:
    async def post(bot: Bot) -> tuple[Message, Message]:
        options = LinkPreviewOptions(is_disabled=True)
        text = '😀 <b>عاجل</b> &amp; <a href="https://example.com">رابط</a>'
        first = await bot.send_message(CHANNEL, text, parse_mode="HTML", link_preview_options=options)
        reply = ReplyParameters(first.message_id)
        return first, await bot.send_message(CHANNEL, "تتمة", reply_parameters=reply)

    first, second = with_bot(telegram_server, post)
    assert first.text == "😀 عاجل & رابط"
    assert [(entity.type, entity.offset, entity.length, entity.url) for entity in first.entities] == [
        ("bold", 3, 4, None),
        ("text_link", 10, 4, "https://example.com/"),
    ]
    assert first.link_preview_options == LinkPreviewOptions(is_disabled=True)
    assert first.link == "https://t.me/nashir_test/1"
    assert second.message_id == 2
    assert second.reply_to_message
    assert second.reply_to_message.message_id == 1
    lines = [json.loads(line) for line in (tmp_path / "telegram.jsonl").read_text().splitlines()]
    assert [line["text"] for line in lines] == [kept.text for kept in telegram_server.kept]
    assert telegram_server.kept[1].reply_to == 1


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("أ<p>ب</p>", {"parse_mode": "HTML"}, 'entities: Unsupported start tag "p" at byte offset 2'),
        ("3 < 5", {"parse_mode": "HTML"}, 'Unsupported start tag "" at byte offset 2'),
        ("<b>عاجل", {"parse_mode": "HTML"}, 'find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", {"parse_mode": "HTML"}, 'expected "</i>", found "</b>"'),
        ("x</b>", {"parse_mode": "HTML"}, "Unexpected end tag at byte offset 1"),
        ("<b> </b>", {"parse_mode": "HTML"}, "must be non-empty"),
        (" ", {}, "text is empty"),
        ("😀" * 2049, {}, "message is too long"),
        ("<b>x</b>" * 4097, {"parse_mode": "HTML"}, "text is too long"),
        ("x", {"reply_parameters": ReplyParameters(77)}, "replied not found"),
    ],
)
def test_telegram_refuses(telegram_server: TelegramServer, text: str, options: Any, words: str) -> None:
    with pytest.raises(BadRequest, match="(?i)" + words.replace("(", r"\(")):
        send(telegram_server, text, **options)
    assert telegram_server.kept == []


def test_telegram_html_details() -> None:
    text, entities = parse(" &nbsp;&#1593;&#x41;&lt; <a href='/x'>ن</a><code>x\u202e</code>\n")
    assert text == "&nbsp;عA< نx"
    assert [entity["type"] for entity in entities] == ["code"]
    assert parse("<blockquote expandable>س</blockquote>")[1][0]["type"] == "expandable_blockquote"
    assert len(parse("<b>س</b> " * 120)[1]) == 100
    with pytest.raises(ParseError, match="Tag"):
        parse('<span class="red">س</span>')
    assert send_length_is_fine("<i>" + "س" * 4096 + "</i>")


def send_length_is_fine(text: str) -> bool:
    with TelegramServer() as server:
        return len(send(server, text, parse_mode="HTML").text or "") == 4096


def test_telegram_edits_forwards_and_deletes(telegram_server: TelegramServer) -> None:
    async def work(bot: Bot) -> None:
        post = await bot.send_message(CHANNEL, "قبل")
        edited = await bot.edit_message_text("بعد", CHANNEL, post.message_id)
        assert isinstance(edited, Message)
        assert edited.text == "بعد"
        with pytest.raises(BadRequest, match="Message is not modified"):
            await bot.edit_message_text("بعد", CHANNEL, post.message_id)
        forwarded = await bot.forward_message(-1009, CHANNEL, post.message_id)
        assert forwarded.forward_origin
        assert forwarded.forward_origin.to_dict()["message_id"] == post.message_id
        assert await bot.delete_message(CHANNEL, post.message_id)
        with pytest.raises(BadRequest, match="to forward not found"):
            await bot.forward_message(-1009, CHANNEL, post.message_id)
        with pytest.raises(BadRequest, match="to delete not found"):
            await bot.delete_message(CHANNEL, post.message_id)
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message("@elsewhere", "نص")

    with_bot(telegram_server, work)
    assert [kept.method for kept in telegram_server.kept] == [
        "sendMessage", "editMessageText", "forwardMessage", "deleteMessage",
    ]  # fmt: skip
    assert len(telegram_server.posts) == 1


def test_telegram_knows_its_token_and_its_rights(telegram_server: TelegramServer) -> None:
    with pytest.raises(InvalidToken):
        with_bot(telegram_server, lambda bot: bot.get_me(), token="1:wrong")
    telegram_server.can_post = False
    with pytest.raises(BadRequest, match="administrator rights"):
        send(telegram_server, "نص")


def test_telegram_reads_json_and_multipart(telegram_server: TelegramServer) -> None:
    address = f"{telegram_server.base_url}{telegram_server.token}/sendMessage"
    given = {"chat_id": CHANNEL, "text": "نص"}
    assert requests.post(address, json=given, timeout=2).json()["result"]["message_id"] == 1
    files = {name: (None, value) for name, value in given.items()}
    assert requests.post(address, files=files, timeout=2).json()["result"]["text"] == "نص"
    assert requests.post(address, json={"chat_id": CHANNEL}, timeout=2).status_code == 400


@pytest.mark.parametrize(("fault", "kept"), FAULTS)
def test_telegram_faults(telegram_server: TelegramServer, fault: Fault, kept: int) -> None:
    telegram_server.faults.append(fault, on="sendMessage")
    hang = "hang" in fault.kind.value
    with pytest.raises(TimedOut if hang else TelegramError) as caught:
        send(telegram_server, "خبر")
    assert not isinstance(caught.value, BadRequest)
    assert len(telegram_server.kept) == kept
    assert send(telegram_server, "خبر").message_id == kept + 1


@pytest.mark.filterwarnings("ignore:Deprecated since")
def test_telegram_asks_to_wait(telegram_server: TelegramServer) -> None:
    telegram_server.faults.append(TelegramServer.too_many(7), on="sendMessage")
    with pytest.raises(RetryAfter) as caught:
        send(telegram_server, "خبر")
    assert int(caught.value._retry_after.total_seconds()) == 7
    assert telegram_server.kept == []


def test_a_late_call_completes_after_the_client_left(telegram_server: TelegramServer) -> None:
    telegram_server.faults.append(Fault.late(0.4), on="sendMessage")
    with pytest.raises(TimedOut):
        send(telegram_server, "خبر")
    assert telegram_server.kept == []
    until(lambda: len(telegram_server.kept) == 1)


def test_a_stopped_server_refuses_and_comes_back(telegram_server: TelegramServer) -> None:
    url = telegram_server.url
    telegram_server.stop()
    with pytest.raises(NetworkError):
        send(telegram_server, "خبر")
    telegram_server.start()
    assert telegram_server.url == url
    assert send(telegram_server, "خبر").message_id == 1


class LocalX(HTTPAdapter):
    """Sends what is meant for the service to the local server, with a time-out."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        request.url = str(request.url).replace("https://api.twitter.com", self.url, 1)
        return super().send(request, *args, **{**options, "timeout": PATIENCE})


@pytest.fixture
def x_server(tmp_path: Path) -> Iterator[XServer]:
    with XServer(keep_file=tmp_path / "x.jsonl") as server:
        yield server


def x_client(server: XServer) -> tweepy.Client:
    client = tweepy.Client(consumer_key="ck", consumer_secret="cs", access_token="at", access_token_secret="as")
    client.session.mount("https://api.twitter.com", LocalX(server.url))
    return client


def test_x_posts_a_thread_and_lists_it(x_server: XServer, tmp_path: Path) -> None:
    client = x_client(x_server)
    me = client.get_me(user_auth=True).data
    first = client.create_tweet(text="خبر & تفاصيل https://example.com/a?b=1").data
    second = client.create_tweet(text="تتمة الخبر", in_reply_to_tweet_id=first["id"]).data
    assert len(first["id"]) == 19
    assert int(second["id"]) > int(first["id"])
    assert me.username == "nashir_test"
    fields = ["entities", "created_at"]
    listed = client.get_users_tweets(me.id, user_auth=True, tweet_fields=fields, max_results=5)
    newest, oldest = listed.data
    assert newest.text == "تتمة الخبر"
    assert oldest.text.startswith("خبر &amp; تفاصيل https://t.co/")
    link = oldest.entities["urls"][0]
    assert oldest.text[link["start"] : link["end"]] == link["url"]
    assert link["expanded_url"] == "https://example.com/a?b=1"
    later = client.get_users_tweets(me.id, since_id=first["id"], user_auth=True)
    assert [tweet.id for tweet in later.data] == [int(second["id"])]
    assert x_server.kept[1].reply_to == first["id"]
    assert len((tmp_path / "x.jsonl").read_text().splitlines()) == 2


def test_x_pages_and_lags(x_server: XServer) -> None:
    client = x_client(x_server)
    for number in range(7):
        client.create_tweet(text=f"خبر {number}")
    page = client.get_users_tweets(x_server.user_id, max_results=5, user_auth=True)
    rest = client.get_users_tweets(
        x_server.user_id, max_results=5, pagination_token=page.meta["next_token"], user_auth=True
    )
    assert [tweet.text for tweet in [*page.data, *rest.data]] == [f"خبر {n}" for n in range(6, -1, -1)]
    x_server.lag = 0.3
    fresh = client.create_tweet(text="خبر جديد").data["id"]
    since = str(x_server.kept[-2].id)
    assert client.get_users_tweets(x_server.user_id, since_id=since, user_auth=True).data is None
    time.sleep(0.35)
    shown = client.get_users_tweets(x_server.user_id, since_id=since, user_auth=True).data
    assert [str(tweet.id) for tweet in shown] == [fresh]


def test_x_refuses(x_server: XServer) -> None:
    client = x_client(x_server)
    client.create_tweet(text="خبر")
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text="خبر")
    with pytest.raises(tweepy.Forbidden, match="deleted or not visible"):
        client.create_tweet(text="رد", in_reply_to_tweet_id="1")
    for text in ("", "س" * 301):
        with pytest.raises(tweepy.BadRequest):
            client.create_tweet(text=text)
    with pytest.raises(tweepy.BadRequest, match=r"colour: is not defined in the schema"):
        client.request("POST", "/2/tweets", json={"text": "نص", "colour": "red"}, user_auth=True)
    address = f"{x_server.url}/2/tweets"
    assert requests.post(address, json={"text": "نص"}, timeout=2).status_code == 401
    assert len(x_server.kept) == 1


def test_x_deletes_and_counts_its_limit(x_server: XServer) -> None:
    client = x_client(x_server)
    response = client.request("POST", "/2/tweets", json={"text": "خبر"}, user_auth=True)
    assert response.status_code == 201
    assert response.headers["x-rate-limit-remaining"] == "9999"
    number = response.json()["data"]["id"]
    assert client.delete_tweet(number).data == {"deleted": True}
    with pytest.raises(tweepy.NotFound):
        client.delete_tweet(number)
    client.create_tweet(text="خبر")


@pytest.mark.parametrize(("fault", "kept"), FAULTS)
def test_x_faults(x_server: XServer, fault: Fault, kept: int) -> None:
    client = x_client(x_server)
    x_server.faults.append(fault)
    with pytest.raises((requests.RequestException, tweepy.TwitterServerError)) as caught:
        client.create_tweet(text="خبر")
    assert isinstance(caught.value, requests.Timeout) == ("hang" in fault.kind.value)
    assert len(x_server.kept) == kept
    if kept:
        with pytest.raises(tweepy.Forbidden, match="duplicate"):
            client.create_tweet(text="خبر")
    else:
        client.create_tweet(text="خبر")
    assert len(x_server.kept) == 1


def test_x_asks_to_wait(x_server: XServer) -> None:
    x_server.faults.append(XServer.too_many(30), on="POST /2/tweets")
    client = x_client(x_server)
    client.get_me(user_auth=True)
    with pytest.raises(tweepy.TooManyRequests) as caught:
        client.create_tweet(text="خبر")
    assert 25 < int(caught.value.response.headers["x-rate-limit-reset"]) - time.time() < 32


def mail(number: int = 1) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "nashir@example.org", "reader@example.org"
    message["Subject"], message["Message-ID"] = "نشرة الصباح", f"<{number}@example.org>"
    message.set_content(".سطر يبدأ بنقطة\nوسطر آخر\n")
    return message


def send_mail(server: SmtpServer, timeout: float = 2.0) -> None:
    with smtplib.SMTP(*server.address, timeout=timeout) as client:
        client.send_message(mail())


def test_smtp_keeps_a_mail(tmp_path: Path) -> None:
    with SmtpServer(keep_file=tmp_path / "smtp.jsonl") as server:
        send_mail(server)
        kept = server.kept[0]
    assert (kept.sender, kept.rcpts) == ("nashir@example.org", ["reader@example.org"])
    assert kept.message["Subject"] == "نشرة الصباح"
    assert kept.message.get_content().startswith(".سطر")
    line = json.loads((tmp_path / "smtp.jsonl").read_text())
    assert (line["message_id"], line["subject"]) == ("<1@example.org>", "نشرة الصباح")


def test_smtp_speaks_tls_and_knows_its_user() -> None:
    with SmtpServer(user="nashir", password="secret", tls="starttls") as server:
        trust = ssl.create_default_context(cafile=str(server.cafile))
        with smtplib.SMTP(*server.address, timeout=2) as client:
            with pytest.raises(smtplib.SMTPSenderRefused, match="STARTTLS"):
                client.send_message(mail())
            client.starttls(context=trust)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("nashir", "wrong")
            client.login("nashir", "secret")
            client.send_message(mail())
        assert len(server.kept) == 1
    with SmtpServer(user="nashir", password="secret", tls="implicit") as server:
        trust = ssl.create_default_context(cafile=str(server.cafile))
        with smtplib.SMTP_SSL(*server.address, timeout=2, context=trust) as client:
            client.login("nashir", "secret")
            client.send_message(mail())
        server.faults.append(Fault.reset_after(), on="end")
        with smtplib.SMTP_SSL(*server.address, timeout=2, context=trust) as client:
            client.login("nashir", "secret")
            with pytest.raises((OSError, smtplib.SMTPServerDisconnected)):
                client.send_message(mail())
        assert len(server.kept) == 2


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("connect", smtplib.SMTPConnectError),
        ("mail", smtplib.SMTPSenderRefused),
        ("rcpt", smtplib.SMTPRecipientsRefused),
        ("data", smtplib.SMTPDataError),
        ("end", smtplib.SMTPDataError),
    ],
)
def test_smtp_fails_by_stage(stage: str, error: type[Exception]) -> None:
    with SmtpServer() as server:
        server.faults.append(Fault.status(421 if stage == "connect" else 451, "4.3.0 later"), on=stage)
        with pytest.raises(error) as caught:
            send_mail(server)
        assert "4.3.0 later" in str(caught.value)
        server.faults.append(Fault.refuse_before(), on=stage)
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            send_mail(server)
        server.faults.append(Fault.hang_before(5), on=stage)
        with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
            send_mail(server, PATIENCE)
        assert server.kept == []
        send_mail(server)
        assert len(server.kept) == 1


def test_smtp_unsure_after_the_final_dot() -> None:
    with SmtpServer() as server:
        for fault, kept in (
            (Fault.reset_after(), 1),
            (Fault.hang_after(5), 2),
            (Fault.status(451, "4.3.0 kept all the same", processed=True), 3),
        ):
            server.faults.append(fault, on="end")
            with pytest.raises((OSError, smtplib.SMTPException)):
                send_mail(server, PATIENCE)
            assert len(server.kept) == kept
        server.faults.append(Fault.late(0.4), on="end")
        with pytest.raises((OSError, smtplib.SMTPException)):
            send_mail(server, PATIENCE)
        assert len(server.kept) == 3
        until(lambda: len(server.kept) == 4)


def test_smtp_refuses_one_recipient() -> None:
    with SmtpServer() as server:
        server.refused["gone@example.org"] = "550 5.1.1 no such user"
        with smtplib.SMTP(*server.address, timeout=2) as client:
            left = client.send_message(mail(), to_addrs=["gone@example.org", "reader@example.org"])
        assert left == {"gone@example.org": (550, b"5.1.1 no such user")}
        assert server.kept[0].rcpts == ["reader@example.org"]


def test_feed_answers_conditional_requests() -> None:
    with FeedServer() as server:
        body = rss(arabic_items(3))
        url = server.put("/feed.xml", body)
        first = requests.get(url, timeout=2)
        assert (first.content, first.headers["Content-Encoding"]) == (body, "gzip")
        again = requests.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=2)
        since = {"If-Modified-Since": first.headers["Last-Modified"], "Accept-Encoding": "identity"}
        assert (again.status_code, again.content) == (304, b"")
        assert requests.get(url, headers=since, timeout=2).status_code == 304
        server.put("/feed.xml", rss(arabic_items(4)), modified=None)
        changed = requests.get(url, headers={"If-None-Match": first.headers["ETag"], **since}, timeout=2)
        assert (changed.status_code, "Content-Encoding" in changed.headers) == (200, False)
        assert server.counts["/feed.xml"] == {"200": 2, "304": 2}
        assert requests.get(server.redirect("/old", "/feed.xml"), timeout=2).history[0].status_code == 302
        assert requests.get(f"{server.url}/none", timeout=2).status_code == 404
        server.faults.append(Fault.hang_before(5))
        with pytest.raises(requests.Timeout):
            requests.get(url, timeout=PATIENCE)


def test_feed_documents_are_well_formed() -> None:
    items = arabic_items(2)
    items[1]["media"] = items[1].pop("picture")
    channel = etree.fromstring(rss(items)).find("channel")
    assert channel is not None
    first, second = channel.findall("item")
    assert "<p>" in (first.findtext("{*}encoded") or "")
    assert first.find("enclosure") is not None
    assert second.find("{http://search.yahoo.com/mrss/}content") is not None
    assert (first.findtext("pubDate") or "").endswith("+0000")
    root = etree.fromstring(atom(items))
    assert root.nsmap[None] == "http://www.w3.org/2005/Atom"
    assert len(root.findall("{*}entry")) == 2
    assert root.findtext("{*}entry/{*}title") == items[0]["title"]


def test_connections_stay_open_and_close_with_the_server() -> None:
    with FeedServer(delay=0.05) as server:
        url = server.put("/a", b"a")
        session = requests.Session()
        start = time.monotonic()
        for _ in range(3):
            session.get(url, timeout=2)
        assert 0.15 <= time.monotonic() - start < 1.0
        idle = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))
        server.faults.append(Fault.none())
        server.faults.append(Fault.refuse_before())
        assert session.get(url, timeout=2).ok
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=2)
    idle.settimeout(1)
    assert idle.recv(1) == b""
    idle.close()
    session.close()


def test_the_command_runs_all_three(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.servers", "--telegram", "--x", "--smtp", "--keep", str(tmp_path)]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=root) as process:
        assert process.stdin
        until(lambda: (tmp_path / "ports.json").exists() or process.poll() is not None, 10)
        ports = json.loads((tmp_path / "ports.json").read_text())
        given = {"chat_id": CHANNEL, "text": "نص"}
        address = f"{ports['telegram']}/bot123456:TEST-token_abc/sendMessage"
        assert requests.post(address, json=given, timeout=2).ok
        assert requests.get(f"{ports['x']}/2/users/me", timeout=2).status_code == 401
        host, port = ports["smtp"]
        with smtplib.SMTP(host, port, timeout=2) as client:
            client.send_message(mail())
        assert json.loads((tmp_path / "telegram.jsonl").read_text())["text"] == "نص"
        assert json.loads((tmp_path / "smtp.jsonl").read_text())["rcpts"] == ["reader@example.org"]
        process.stdin.close()
        assert process.wait(5) == 0
