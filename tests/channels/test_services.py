"""What is particular to one service."""

import contextlib
import socket
import threading
import time
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import structlog

from bot.channels import CHANNELS
from bot.config.schema import EmailTable, TelegramTable, XTable
from bot.domain.errors import ChannelDown, Rejected, RetryLater, ThreadEnds, Unsure
from bot.domain.post import Segment
from tests.channels.contract import email, telegram, x
from tests.conftest import Clock
from tests.servers import Fault
from tests.servers.smtp import SmtpServer


def nothing() -> None:
    pass


def test_telegram_sends_html_with_its_preview_and_gives_the_address(tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        receipt = rig.adapter.send(
            Segment(text="<b>عنوان</b> نص", parse_mode="HTML", preview_url="https://example.com/p.jpg"), None, nothing
        )
        (post,) = rig.server.posts
        assert post.text == "عنوان نص"
        assert [e["type"] for e in post.entities] == ["bold"]
        assert post.link_preview["url"] == "https://example.com/p.jpg"
        assert receipt.url == f"https://t.me/nashir_test/{receipt.remote_id}"
        with pytest.raises(Rejected, match="parse entities"):
            rig.adapter.send(Segment(text="<p>x</p>", parse_mode="HTML"), None, nothing)
        rig.adapter.close()


def test_telegram_sends_a_picture_with_its_caption_and_a_rich_message(tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        picture = Segment(text="<b>عنوان</b>", parse_mode="HTML", photo="https://example.com/p.jpg")
        first = rig.adapter.send(picture, None, nothing)
        rich = Segment(text="<h3>عنوان</h3><p>نص</p>", parse_mode="HTML", rich=True)
        second = rig.adapter.send(rich, first, nothing)
        photo, message = rig.server.posts
        assert (photo.method, photo.photo, photo.text) == ("sendPhoto", "https://example.com/p.jpg", "عنوان")
        assert message.rich == {"html": "<h3>عنوان</h3><p>نص</p>", "is_rtl": True}
        assert [first.remote_id, second.remote_id] == [str(photo.message_id), str(message.message_id)]
        with pytest.raises(Rejected, match="caption is too long"):
            rig.adapter.send(Segment(text="ا" * 1025, photo="https://example.com/p.jpg"), None, nothing)
        rig.adapter.close()


@pytest.mark.parametrize(
    "said",
    [
        "failed to get HTTP URL content",
        "wrong type of the web page content",
        "wrong file identifier/HTTP URL specified",
        "invalid file HTTP URL specified: URL host is empty",
        "PHOTO_INVALID_DIMENSIONS",
        "IMAGE_PROCESS_FAILED",
        "WEBPAGE_CURL_FAILED",
        "WEBPAGE_MEDIA_EMPTY",
    ],
)
def test_telegram_a_picture_that_cannot_be_had_is_left_out_and_the_news_goes(said: str, tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        first = rig.adapter.send(Segment(text="قبله"), None, nothing)
        rig.server.faults.append(rig.server.failure(400, f"Bad Request: {said}"), on="sendPhoto")
        picture = Segment(text="<b>عنوان</b> نص", parse_mode="HTML", photo="https://example.com/p.jpg")
        begun: list[int] = []
        with structlog.testing.capture_logs() as logs:
            receipt = rig.adapter.send(picture, first, lambda: begun.append(1))
        assert [entry["event"] for entry in logs] == ["sent without its picture"]
        post = rig.server.posts[-1]
        assert (post.method, post.text, post.photo) == ("sendMessage", "عنوان نص", "")
        assert (str(post.message_id), str(post.reply_to)) == (receipt.remote_id, first.remote_id)
        assert post.link_preview == {"is_disabled": True}
        assert begun == [1]
        assert rig.server.calls[1:] == ["sendPhoto", "sendMessage"]
        rig.adapter.close()


@pytest.mark.parametrize(
    ("fault", "error", "out"),
    [
        (Fault.reset_after(), Unsure, 1),
        (Fault.status(429, {"ok": False}), RetryLater, 0),
        (Fault.status(400, {"ok": False, "description": "Bad Request: message is too long"}), Rejected, 0),
    ],
    ids=["lost", "flood", "refused"],
)
def test_telegram_without_its_picture_an_error_means_what_it_says(
    fault: Fault, error: type[Exception], out: int, tmp_path: Path
) -> None:
    with telegram(tmp_path) as rig:
        rig.server.faults.append(rig.server.failure(400, "Bad Request: IMAGE_PROCESS_FAILED"), on="sendPhoto")
        rig.server.faults.append(fault, on="sendMessage")
        with pytest.raises(error):
            rig.adapter.send(Segment(text="نص", photo="https://example.com/p.jpg"), None, nothing)
        assert len(rig.kept()) == out
        rig.adapter.close()


def test_telegram_flood_carries_its_time(tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        rig.server.faults.append(rig.server.too_many(7), on="sendMessage")
        with pytest.raises(RetryLater) as caught:
            rig.adapter.send(Segment(text="نص"), None, nothing)
        assert caught.value.after == timedelta(seconds=7)
        rig.adapter.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.refuse_before(), Unsure),
        (Fault.status(502, {"ok": False, "error_code": 502, "description": "Bad Gateway"}), Unsure),
    ],
)
def test_telegram_what_may_be_out_is_unsure(tmp_path: Path, fault: Fault, error: type[Exception]) -> None:
    with telegram(tmp_path) as rig:
        rig.server.faults.append(fault, on="sendMessage")
        with pytest.raises(error):
            rig.adapter.send(Segment(text="نص"), None, nothing)
        rig.adapter.close()


def test_telegram_says_where_the_bot_may_not_post(tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        rig.server.can_post = False
        note = rig.adapter.check().note
        assert note is not None
        assert "administrator" in note.en
        rig.adapter.close()


def test_x_duplicate_text_is_in_doubt_and_503_too(tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        rig.adapter.send(Segment(text="نص"), None, nothing)
        with pytest.raises(Unsure, match="already there"):
            rig.adapter.send(Segment(text="نص"), None, nothing)
        rig.server.faults.append(rig.server.failure(503, "over capacity"), on="POST /2/tweets")
        with pytest.raises(Unsure):
            rig.adapter.send(Segment(text="آخر"), None, nothing)
        rig.server.faults.append(
            rig.server.failure(403, "Your account is suspended and is not permitted to access this feature."),
            on="POST /2/tweets",
        )
        with pytest.raises(ChannelDown):
            rig.adapter.send(Segment(text="ثالث"), None, nothing)
        rig.adapter.close()


@pytest.mark.parametrize(
    ("status", "said", "as_reply", "error"),
    [
        (403, "You are not permitted to perform this action.", True, ThreadEnds),
        (403, "You attempted to reply to a Tweet that is deleted or not visible to you.", True, RetryLater),
        (403, "Your client app is not configured with the appropriate oauth1 app permissions.", True, ChannelDown),
        (402, "Your enrolled account has no credits.", False, ChannelDown),
        (409, "Conflict", False, Rejected),
        (408, "Request Timeout", False, Unsure),
    ],
)
def test_x_says_by_its_words_what_a_refusal_means(
    tmp_path: Path, status: int, said: str, as_reply: bool, error: type[Exception]
) -> None:
    with x(tmp_path) as rig:
        parent = rig.adapter.send(Segment(text="أول"), None, nothing)
        rig.server.faults.append(rig.server.failure(status, said), on="POST /2/tweets")
        with pytest.raises(error):
            rig.adapter.send(Segment(text="ثان"), parent if as_reply else None, nothing)
        rig.adapter.close()


def test_x_says_what_each_kind_of_call_costs(tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        plain, linked = Segment(text="نص"), Segment(text="نص example.com")
        asked = [("post", plain), ("post", linked), ("delete", linked), ("read", linked)]
        found = [rig.adapter.uses(kind, segment)[0] for kind, segment in asked]
        assert [use.micros for use in found] == [15_000, 200_000, 10_000, 1_000]
        assert {use.key for use in found} == {"x:nashir_test"}
        rig.adapter.close()


def test_x_keys_of_another_account_are_said(tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        rig.server.username = "someone_else"
        with pytest.raises(ChannelDown, match="@someone_else"):
            rig.adapter.check()
        rig.adapter.close()


def test_x_a_certificate_that_is_not_valid_was_never_sent_to(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    folder.mkdir()
    with SmtpServer(tls="implicit") as server:  # any server with a certificate that nobody knows
        table = XTable.model_validate(
            {"name": "x", "service": "x", "api_base": f"https://127.0.0.1:{server.port}", "timeout": "2s"}
        )
        with pytest.raises(RetryLater) as caught:
            CHANNELS["x"](table, lambda _name: "key", Clock()).send(Segment(text="نص"), None, nothing)
        assert not caught.value.reached


@pytest.mark.parametrize("service", ["telegram", "x"])
def test_an_answer_that_drips_ends_in_time_and_is_unsure(service: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        peer, _ = listener.accept()
        with peer, contextlib.suppress(OSError):
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(300):
                peer.sendall(b" ")
                time.sleep(0.1)

    threading.Thread(target=drip, daemon=True).start()
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    model = {"telegram": TelegramTable, "x": XTable}[service]
    table = model.model_validate(
        {"name": "c", "service": service, "account": "@nashir_test", "api_base": base, "timeout": "1s"}
    )
    adapter = CHANNELS[service](table, lambda _name: "123456:TEST-token_abc", Clock())
    began = time.monotonic()
    with pytest.raises(Unsure):
        adapter.send(Segment(text="نص"), None, nothing)
    assert time.monotonic() - began < 8
    adapter.close()
    listener.close()


def test_email_an_answer_after_the_dot_that_is_none_is_unsure(tmp_path: Path) -> None:
    with email(tmp_path) as rig:
        rig.server.faults.append(Fault.status(354, "what"), on="end")
        with pytest.raises(Unsure):
            rig.adapter.send(Segment(text="نص", subject="ع", key="k"), None, nothing)


LONG = Segment(
    text="سطر طويل جدا " * 200 + "\n.\n.نقطة في أول السطر",
    subject="عنوان طويل بالعربية " * 6 + "END",
    html="<p>" + "كلمة " * 3000 + "</p>",
    key="mail/article:1/first/0",
)


def test_mail_is_clean_mime_with_a_fixed_message_id(tmp_path: Path) -> None:
    with email(tmp_path) as rig:
        rig.adapter.send(LONG, None, nothing)
        rig.adapter.send(LONG, None, nothing)
        first, second = rig.server.kept
        assert first.sender == "news@example.org"
        assert first.rcpts == ["list@example.org"]
        assert max(map(len, first.raw.split(b"\r\n"))) <= 998
        for line in first.raw.split(b"\r\n\r\n")[0].split(b"\r\n"):
            assert len(line) <= 76
            assert all(len(word) <= 75 for word in line.split() if word.startswith(b"=?"))
        message = message_from_bytes(first.raw, policy=policy.default)
        assert message["Subject"] == LONG.subject
        assert message["From"].addresses[0].display_name == "الرواق"
        assert message["Message-ID"] == message_from_bytes(second.raw, policy=policy.default)["Message-ID"]
        # an EmailMessage, by its policy
        assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]  # type: ignore[attr-defined]  # by policy
        # the part is there, or the test fails
        assert message.get_body(("plain",)).get_content().replace("\r\n", "\n").strip() == LONG.text.strip()  # type: ignore[union-attr]  # there
        # the part is there, or the test fails
        assert message.get_body(("html",)).get_content().strip() == LONG.html  # type: ignore[union-attr]  # there


@pytest.mark.parametrize(
    ("stage", "code", "error"),
    [
        ("connect", 421, RetryLater),
        ("mail", 451, RetryLater),
        ("rcpt", 450, RetryLater),
        ("rcpt", 550, ChannelDown),
        ("data", 451, RetryLater),
        ("end", 452, RetryLater),
        ("end", 554, Rejected),
    ],
)
def test_mail_refusals_by_stage(tmp_path: Path, stage: str, code: int, error: type[Exception]) -> None:
    begun: list[int] = []
    with email(tmp_path) as rig:
        rig.server.faults.append(Fault.status(code, "5.0.0 said so" if code >= 500 else "4.0.0 said so"), on=stage)
        with pytest.raises(error):
            rig.adapter.send(LONG, None, lambda: begun.append(1))
        assert rig.server.kept == []
        assert len(begun) == (1 if stage == "end" else 0), "before the final dot nothing may be out"


@pytest.mark.parametrize(("user", "password"), [("news", "كلمة سر"), ("أخبار", "word-7"), ("أخبار", "كلمة سر")])
@pytest.mark.parametrize("theirs", ["", "another"])
def test_mail_signs_in_with_letters_of_any_script(user: str, password: str, theirs: str) -> None:
    with SmtpServer(user=user, password=theirs or password) as server:
        adapter = CHANNELS["email"](mail_table(server.port, user=user), lambda _name: password, Clock())
        if theirs:
            for call in (lambda: adapter.send(LONG, None, nothing), adapter.check):
                with pytest.raises(ChannelDown, match="does not accept this user and password") as caught:
                    call()
                assert password not in repr(caught.value) + caught.value.say.ar
                assert caught.value.__suppress_context__
        else:
            assert adapter.check().name
            adapter.send(LONG, None, nothing)
            assert len(server.kept) == 1


def test_mail_says_that_the_server_takes_no_such_letters() -> None:
    with SmtpServer() as server:  # offers no AUTH
        adapter = CHANNELS["email"](mail_table(server.port, user="news"), lambda _name: "كلمة سر", Clock())
        with pytest.raises(ChannelDown, match="AUTH PLAIN"):
            adapter.send(LONG, None, nothing)


def mail_table(port: int, **more: str) -> EmailTable:
    keys = {"name": "m", "service": "email", "from": "news@example.org", "to": "list@example.org", "tls": "none"}
    return EmailTable.model_validate(keys | {"host": "127.0.0.1", "port": port, "timeout": "2s"} | more)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_mail_a_connection_that_drops_before_the_dot_is_no_doubt(tmp_path: Path, stage: str) -> None:
    with email(tmp_path) as rig:
        rig.server.faults.append(Fault.refuse_before(), on=stage)
        with pytest.raises(RetryLater):
            rig.adapter.send(LONG, None, nothing)
