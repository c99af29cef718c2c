"""A message's number means nothing in another chat: what moved, what was renamed, and chats that share one count."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.channels import CHANNELS
from bot.config.schema import TelegramTable
from bot.domain.channel import Receipt
from bot.domain.errors import CannotTell, Rejected, RetryLater
from bot.domain.post import Segment
from tests.channels.contract import SECRET, secret
from tests.channels.test_looking import doubtful, lost, nothing
from tests.conftest import Clock
from tests.servers import Fault
from tests.servers.telegram import TelegramServer

OLD, NEW, DESK, GROUP = -1001111, -1002222, -1009999, -4444
TEXT = Segment(text="خبر من القناة")


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer(
        token=SECRET, chats={"@old_room": OLD, "@new_room": NEW, "@desk": DESK, "group": GROUP}
    ) as made:
        yield made


def channel(server: TelegramServer, account: str) -> Any:
    keys = {"name": "t", "service": "telegram", "account": account, "api_base": server.url}
    return CHANNELS["telegram"](
        TelegramTable.model_validate(keys | {"timeout": "1s", "desk_chat": "@desk"}), secret, Clock()
    )


def texts(server: TelegramServer, chat: int) -> list[str]:
    return [kept.text for (where, _), kept in sorted(server.messages.items()) if where == chat]


def test_what_is_out_in_another_chat_is_changed_there_and_nowhere_else(server: TelegramServer) -> None:
    before = channel(server, "@old_room").send(TEXT, None, nothing)
    assert before.place == str(OLD)
    adapter = channel(server, "@new_room")
    theirs = adapter.send(Segment(text="رسالة المحرر"), None, nothing)
    assert theirs.remote_id == before.remote_id, "the same number, of another message"
    adapter.amend(before, TEXT, Segment(text="خبر مصحح"), nothing)
    assert (texts(server, OLD), texts(server, NEW)) == (["خبر مصحح"], ["رسالة المحرر"])
    adapter.retract(before, nothing)
    assert (texts(server, OLD), texts(server, NEW)) == ([], ["رسالة المحرر"])


def test_a_thread_goes_on_in_the_new_chat_under_nothing(server: TelegramServer) -> None:
    before = channel(server, "@old_room").send(TEXT, None, nothing)
    adapter = channel(server, "@new_room")
    first = adapter.send(Segment(text="البقية"), before, nothing)
    second = adapter.send(Segment(text="والبقية"), first, nothing)
    assert [kept.reply_to for kept in server.posts[1:]] == [None, int(first.remote_id)]
    assert second.place == str(NEW)


def test_ids_of_another_chat_prove_nothing_here(server: TelegramServer) -> None:
    before = channel(server, "@old_room").send(TEXT, None, nothing)
    adapter = channel(server, "@new_room")
    lost(adapter, server, "sendMessage", TEXT)
    elsewhere = doubtful(TEXT, before.remote_id)
    object.__setattr__(elsewhere, "place", str(OLD))
    with pytest.raises(CannotTell, match="first message"):
        adapter.look(elsewhere, nothing)
    here = doubtful(TEXT, "0")
    object.__setattr__(here, "place", str(NEW))
    assert adapter.look(here, nothing) == Receipt(remote_id="1", url="https://t.me/new_room/1", place=str(NEW))


def test_a_group_that_counts_with_others_cannot_be_searched_and_says_so_beforehand(server: TelegramServer) -> None:
    adapter = channel(server, str(GROUP))
    hint = adapter.check().hint
    assert hint is not None
    assert "supergroup" in hint.en
    first = adapter.send(TEXT, None, nothing)
    with pytest.raises(CannotTell, match="supergroup"):
        adapter.look(doubtful(TEXT, first.remote_id), nothing)


def test_what_stands_in_a_group_before_it_moved_is_for_a_person(server: TelegramServer) -> None:
    adapter = channel(server, str(GROUP))
    first = adapter.send(TEXT, None, nothing)
    body = {"ok": False, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat"}
    moved = Fault.status(400, body | {"parameters": {"migrate_to_chat_id": NEW}})
    for method, act in (
        ("deleteMessage", lambda: adapter.retract(first, nothing)),
        ("editMessageText", lambda: adapter.amend(first, TEXT, Segment(text="مصحح"), nothing)),
    ):
        server.faults.append(moved, on=method)
        with pytest.raises(Rejected, match="before it moved"):
            act()
    assert adapter.send(Segment(text="بعد الانتقال"), first, nothing).place == str(NEW), "and it is followed"


def test_the_number_of_a_chat_that_is_not_told_leaves_nothing_in_doubt(server: TelegramServer) -> None:
    before = channel(server, "@old_room").send(TEXT, None, nothing)
    server.faults.append(Fault.reset_after(), on="getChat")
    begun: list[int] = []
    with pytest.raises(RetryLater) as caught:
        channel(server, "@new_room").send(Segment(text="البقية"), before, lambda: begun.append(1))
    assert (caught.value.reached, begun) == (False, [])
