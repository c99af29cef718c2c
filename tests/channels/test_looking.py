"""Looking up what may be out, on servers that publish and lose the answer."""

import gc
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.channels import CHANNELS
from bot.channels.likeness import alike
from bot.config.schema import TelegramTable, XTable
from bot.domain.channel import Receipt
from bot.domain.delivery import Delivery, State
from bot.domain.errors import CannotTell, ChannelDown, NotNow, RetryLater, Unsure
from bot.domain.lane import Doubt, Resolvable, SendingChannel
from bot.domain.limits import Use
from bot.domain.post import Post, Segment, Service
from bot.domain.say import Say
from tests.channels.contract import SECRET, secret
from tests.conftest import START, Clock
from tests.servers import Fault
from tests.servers.telegram import TelegramServer
from tests.servers.x import XServer


def nothing(_uses: Sequence[Use] = ()) -> None:
    pass


def doubtful(segment: Segment, known: str | None, others: tuple[str, ...] = (), at: datetime = START) -> Doubt:
    service: Service = "x"
    delivery = Delivery(
        id=1,
        channel="c",
        service=service,
        preview=False,
        subject="article:a",
        occasion="first",
        article_id="a",
        version=1,
        title="ع",
        state=State.UNSURE,
        due_at=at,
        expires_at=None,
        reason=Say("", ""),
        post=Post(service=service, segments=(segment,)),
        created_at=at,
        updated_at=at,
    )
    return Doubt(delivery=delivery, n=0, first_at=at, began_at=at, known=known, others=frozenset(others))


@pytest.fixture
def telegram() -> Iterator[tuple[TelegramServer, Any]]:
    with TelegramServer(token=SECRET, chats={"@nashir_test": -1001234567890, "@desk": -1009999}) as server:
        keys = {"name": "t", "service": "telegram", "account": "@nashir_test", "api_base": server.url}
        table = TelegramTable.model_validate(keys | {"timeout": "1s", "desk_chat": "@desk"})
        adapter = CHANNELS["telegram"](table, secret, Clock())
        yield server, adapter
        adapter.close()


@pytest.fixture
def x() -> Iterator[tuple[XServer, Any]]:
    with XServer() as server:
        keys = {"name": "x", "service": "x", "account": "@nashir_test", "api_base": server.url, "timeout": "1s"}
        adapter = CHANNELS["x"](XTable.model_validate(keys), secret, Clock())
        yield server, adapter
        adapter.close()


def lost(adapter: SendingChannel, server: Any, on: str, segment: Segment, parent: Receipt | None = None) -> None:
    """Publish, and lose the answer."""
    server.faults.append(Fault.reset_after(), on=on)
    with pytest.raises(Unsure):
        adapter.send(segment, parent, nothing)


MESSAGE = Segment(
    text='<b>عنوان &amp; خبر</b>\n\nنص\N{RIGHT-TO-LEFT MARK} طويل <a href="https://example.com/ب">التفاصيل</a>',
    parse_mode="HTML",
)


def test_telegram_finds_the_message_and_leaves_the_desk_chat_clean(telegram: tuple[TelegramServer, Any]) -> None:
    server, adapter = telegram
    first = adapter.send(Segment(text="أول"), None, nothing)
    lost(adapter, server, "sendMessage", MESSAGE)
    found = adapter.look(doubtful(MESSAGE, first.remote_id), nothing)
    assert found == Receipt(remote_id="2", url="https://t.me/nashir_test/2", place="-1001234567890")
    assert {chat for chat, _ in server.messages} == {-1001234567890}
    assert adapter.look(doubtful(Segment(text="ليس هناك"), first.remote_id), nothing) is None
    assert adapter.look(doubtful(MESSAGE, first.remote_id, ("2",)), nothing) is None, "another segment's message"


def test_telegram_passes_over_gaps_and_what_people_wrote(telegram: tuple[TelegramServer, Any]) -> None:
    server, adapter = telegram
    first = adapter.send(Segment(text="أول"), None, nothing)
    for n in range(12):
        adapter.send(Segment(text=f"كتبه محرر {n}"), None, nothing)
    del server.messages[-1001234567890, 5]
    lost(adapter, server, "sendMessage", MESSAGE)
    found = adapter.look(doubtful(MESSAGE, first.remote_id), nothing)
    assert found is not None
    assert found.remote_id == "14"


@pytest.mark.parametrize("known", [None, "1"])
def test_telegram_says_why_it_cannot_tell(telegram: tuple[TelegramServer, Any], known: str | None) -> None:
    server, adapter = telegram
    adapter.send(Segment(text="أول"), None, nothing)
    lost(adapter, server, "sendMessage", MESSAGE)
    if known:
        said = "Bad Request: message can't be forwarded, the chat has protected content"
        server.faults.append(server.failure(400, said), on="forwardMessage")
    with pytest.raises(CannotTell) as caught:
        adapter.look(doubtful(MESSAGE, known), nothing)
    assert ("protected" if known else "first message") in caught.value.say.en


def test_telegram_without_a_desk_chat_says_so_beforehand() -> None:
    with TelegramServer(token=SECRET) as server:
        keys = {"name": "t", "service": "telegram", "account": "@nashir_test", "api_base": server.url}
        adapter: Any = CHANNELS["telegram"](TelegramTable.model_validate(keys), secret, Clock())
        hint = adapter.check().hint
        assert hint is not None
        assert "desk_chat" in hint.en
        with pytest.raises(CannotTell, match="desk_chat"):
            adapter.look(doubtful(MESSAGE, "1"), nothing)
        adapter.close()


def test_telegram_a_flood_at_the_desk_chat_is_waited_for(telegram: tuple[TelegramServer, Any]) -> None:
    server, adapter = telegram
    server.faults.append(server.too_many(9), on="forwardMessage")
    with pytest.raises(RetryLater) as caught:
        adapter.look(doubtful(MESSAGE, "1"), nothing)
    assert caught.value.after == timedelta(seconds=9)


def test_telegram_a_gap_before_a_message_that_is_proved_is_no_end(telegram: tuple[TelegramServer, Any]) -> None:
    server, adapter = telegram
    first = adapter.send(Segment(text="أول"), None, nothing)
    for n in range(11):
        adapter.send(Segment(text=f"حُذف {n}"), None, nothing)
    lost(adapter, server, "sendMessage", MESSAGE)
    later = adapter.send(Segment(text="لاحق"), None, nothing)
    for number in range(2, 13):
        del server.messages[-1001234567890, number]
    found = adapter.look(doubtful(MESSAGE, first.remote_id, (later.remote_id,)), nothing)
    assert found is not None
    assert found.remote_id == "13"


def test_telegram_what_is_proved_costs_no_probe(telegram: tuple[TelegramServer, Any]) -> None:
    server, adapter = telegram
    first = adapter.send(Segment(text="أول"), None, nothing)
    others = tuple(adapter.send(Segment(text=f"نص {n}"), None, nothing).remote_id for n in range(70))
    lost(adapter, server, "sendMessage", MESSAGE)
    found = adapter.look(doubtful(MESSAGE, first.remote_id, others), nothing)
    assert found is not None
    assert found.remote_id == "72"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (400, "Bad Request: chat not found"),
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: bot was kicked from the group chat"),
        (400, "Bad Request: have no rights to send a message"),
    ],
)
def test_telegram_a_desk_chat_that_is_lost_is_named_as_what_to_mend(
    telegram: tuple[TelegramServer, Any], code: int, said: str
) -> None:
    server, adapter = telegram
    first = adapter.send(Segment(text="الأول"), None, nothing)
    server.faults.append(server.failure(code, said), on="forwardMessage")
    with pytest.raises(ChannelDown, match="`desk_chat`") as caught:
        adapter.look(doubtful(MESSAGE, first.remote_id), nothing)
    assert "account" not in caught.value.say.en
    assert "administrator of" not in caught.value.say.en
    del server.chats["@desk"]
    hint = adapter.check().hint
    assert hint
    assert "Mend `desk_chat`" in hint.en


def test_telegram_a_desk_chat_that_moved_does_not_move_the_channel(telegram: tuple[TelegramServer, Any]) -> None:
    server, adapter = telegram
    body = {"ok": False, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat"}
    server.chats["@new_desk"] = -1008888
    server.faults.append(
        Fault.status(400, body | {"parameters": {"migrate_to_chat_id": -1008888}}), on="forwardMessage"
    )
    first = adapter.send(Segment(text="أول"), None, nothing)
    with pytest.raises(RetryLater):
        adapter.look(doubtful(MESSAGE, first.remote_id), nothing)
    assert adapter.look(doubtful(MESSAGE, first.remote_id), nothing) is None
    adapter.send(Segment(text="ثان"), None, nothing)
    assert {chat for chat, _ in server.messages} == {-1001234567890}


@pytest.mark.filterwarnings("error")
def test_telegram_a_call_that_must_wait_leaves_nothing_behind(telegram: tuple[TelegramServer, Any]) -> None:
    def wait() -> None:
        raise NotNow("wait", "انتظر")

    with pytest.raises(NotNow):
        telegram[1].send(MESSAGE, None, wait)
    gc.collect()


TWEET = Segment(text="عنوان «خبر» <مهم> & https://example.com/ب?x=1 #وسم\N{ARABIC LETTER MARK}")


def test_x_finds_the_post_behind_short_links_and_escapes(x: tuple[XServer, Any]) -> None:
    server, adapter = x
    first = adapter.send(Segment(text="أول"), None, nothing)
    lost(adapter, server, "POST /2/tweets", TWEET, first)
    for known in (first.remote_id, None):  # without a known id it looks from the time of the call on
        found = adapter.look(doubtful(TWEET, known), nothing)
        assert found is not None
        assert found.remote_id == server.kept[-1].id
    other = replace(TWEET, text=TWEET.text.replace("/ب", "/ت"))
    assert adapter.look(doubtful(other, first.remote_id), nothing) is None, "another link is another post"


def test_x_a_timeline_that_lags_shows_it_later(x: tuple[XServer, Any]) -> None:
    server, adapter = x
    first = adapter.send(Segment(text="أول"), None, nothing)
    server.lag = 5
    lost(adapter, server, "POST /2/tweets", TWEET)
    assert adapter.look(doubtful(TWEET, first.remote_id), nothing) is None
    server.lag = 0
    assert adapter.look(doubtful(TWEET, first.remote_id), nothing) is not None


def test_x_reads_page_after_page(x: tuple[XServer, Any]) -> None:
    server, adapter = x
    first = adapter.send(Segment(text="أول"), None, nothing)
    lost(adapter, server, "POST /2/tweets", TWEET)
    for n in range(120):
        adapter.send(Segment(text=f"لاحق {n}"), None, nothing)
    found = adapter.look(doubtful(TWEET, first.remote_id), nothing)
    assert found is not None
    assert found.remote_id == server.kept[1].id


def test_x_a_timeline_that_is_refused_is_for_a_person(x: tuple[XServer, Any]) -> None:
    server, adapter = x
    path = f"GET /2/users/{server.user_id}/tweets"
    server.faults.append(server.failure(403, "client-not-enrolled"), on=path)
    with pytest.raises(CannotTell, match="yourself"):
        adapter.look(doubtful(TWEET, "1"), nothing)


def timeline(server: XServer) -> str:
    return f"GET /2/users/{server.user_id}/tweets"


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"value": "1", "title": "Authorization Error", "detail": "You are not authorized to see it."}]},
        {"meta": {"result_count": 0}, "errors": [{"title": "Not Found Error"}]},
        {"meta": {"result_count": 1, "newest_id": "9"}},
        {"data": {}, "meta": {"result_count": 0}},
        {"data": [{}], "meta": {"result_count": 1}},
        {"data": [], "meta": []},
        {},
        [],
        "gateway",
        None,
    ],
    ids=json.dumps,
)
def test_x_only_a_page_that_is_whole_proves_that_a_post_is_not_out(x: tuple[XServer, Any], body: Any) -> None:
    server, adapter = x
    first = adapter.send(Segment(text="أول"), None, nothing)
    lost(adapter, server, "POST /2/tweets", TWEET)
    server.faults.append(Fault.status(200, body), on=timeline(server))
    with pytest.raises(RetryLater, match="no answer that can be read"):
        adapter.look(doubtful(TWEET, first.remote_id), nothing)
    assert adapter.look(doubtful(TWEET, first.remote_id), nothing) is not None


@pytest.mark.parametrize(
    "answer", [Fault.status(200, {"errors": [{"detail": "no"}]}), Fault.status(200, [""]), Fault.bad_json_after()]
)
def test_x_an_account_that_is_not_shown_is_asked_again(x: tuple[XServer, Any], answer: Fault) -> None:
    server, adapter = x
    for ask in (adapter.check, lambda: adapter.look(doubtful(TWEET, "1"), nothing)):
        server.faults.append(answer, on="GET /2/users/me")
        with pytest.raises(RetryLater, match="no answer that can be read"):
            ask()


@pytest.mark.parametrize(
    "text",
    [
        "خبر https://example.com/a?id=1&section=world نهاية",
        "خبر https://example.com/a?b=1&copy=2&region=ma&timestamp=4",
        "«R&D» و&copy; و&amp; و5 < 6 https://example.com/?a=1&lt=2",
        "موقع Example.com اليوم.",
        "موقع example.com/ اليوم",
        "موقع (example.com/%D9%85)، ثم https://Example.com/a/.",
        "https://example.com/a https://example.com/ab https://t.co/abc",
    ],
)
def test_x_finds_a_post_whatever_x_makes_of_its_links(x: tuple[XServer, Any], text: str) -> None:
    server, adapter = x
    first = adapter.send(Segment(text="أول"), None, nothing)
    lost(adapter, server, "POST /2/tweets", Segment(text=text))
    assert adapter.look(doubtful(Segment(text=text), first.remote_id), nothing) is not None
    assert adapter.look(doubtful(Segment(text=f"{text} غير"), first.remote_id), nothing) is None


def test_all_services_but_mail_can_be_searched(x: tuple[XServer, Any], telegram: tuple[TelegramServer, Any]) -> None:
    assert isinstance(x[1], Resolvable)
    assert isinstance(telegram[1], Resolvable)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("نص  مع\nفراغ", "نص مع فراغ", True),
        ("نص https://Example.com/a/ تم", "نص http://example.com/a تم", True),
        ("نص https://example.com/%D8%A8", "نص https://example.com/ب", True),
        ("نص\N{RIGHT-TO-LEFT MARK}", "نص", True),
        ("نص 5", "نص 6", False),
        ("نص https://example.com/a?b=1", "نص https://example.com/a?b=2", False),
        ("نص Example.com.", "نص http://example.com/.", True),
        ("نص...Example.com/%D8%A8/)", "نص...http://example.com/ب)", True),
        ("نص https://[Example", "نص https://[Example", True),
        ("نص example.com/a", "نص example.com/A", False),
        ("نص example.com", "نص example.org", False),
        ("نص example.com#أول", "نص example.com#ثان", False),
        ("نص Word", "نص word", False),
    ],
)
def test_alike_folds_only_what_services_change(ours: str, theirs: str, same: bool) -> None:
    assert alike(ours, theirs) is same
