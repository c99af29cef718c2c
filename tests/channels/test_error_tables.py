"""Each row of the adapters' error tables, proved against a server that really does it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels import CHANNELS
from bot.channels.meaning import telegram as telegram_table
from bot.channels.meaning import x as x_table
from bot.config.schema import TelegramTable
from bot.domain.channel import Receipt
from bot.domain.errors import ChannelDown, ChannelError, Rejected, RetryLater, ThreadEnds, Unsure
from bot.domain.post import Segment
from tests.channels.contract import RIGS, SECRET, Rig, email, telegram, x
from tests.conftest import START, Clock
from tests.servers import Fault
from tests.servers.raw import RawServer

TEXT = Segment(text="نص", subject="ع", key="k")
POST = "POST /2/tweets"
HTTP = {"telegram": "sendMessage", "x": POST}


def nothing() -> None:
    pass


def error_of(rig: Rig, parent: Receipt | None = None) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        rig.adapter.send(TEXT, parent, nothing)
    return caught.value


@pytest.mark.parametrize("service", ["telegram", "x"])
@pytest.mark.parametrize(
    ("fault", "published"),
    [
        (Fault.refuse_before(), 0),
        (Fault.reset_after(), 1),
        (Fault.hang_before(5), 0),
        (Fault.hang_after(5), 1),
        (Fault.late(2), 0),
        (Fault.bad_json_after(), 1),
        (Fault.status(500, {}), 0),
        (Fault.status(502, {}), 0),
        (Fault.status(503, {}, processed=True), 1),
        (Fault.status(504, {}, processed=True), 1),
    ],
    ids=lambda value: f"{value.kind.value}-{value.code}" if isinstance(value, Fault) else str(value),
)
def test_what_left_and_got_no_good_answer_is_unsure(service: str, fault: Fault, published: int, tmp_path: Path) -> None:
    with RIGS[service](tmp_path) as rig:
        rig.server.faults.append(fault, on=HTTP[service])
        error = error_of(rig)
        assert isinstance(error, Unsure)
        assert not error.seen
        assert len(rig.kept()) == published
        rig.adapter.close()


@pytest.mark.parametrize("service", ["telegram", "x", "email"])
def test_what_never_left_is_tried_again(service: str, tmp_path: Path) -> None:
    with RIGS[service](tmp_path, dead=True) as rig:
        error = error_of(rig)
        assert isinstance(error, RetryLater)
        assert not error.reached
        rig.adapter.close()


Row = tuple[str, Callable[[Any], Fault], type[ChannelError], str]


def wordy(code: int, **parameters: Any) -> Fault:
    return Fault.status(code, {"ok": False, "description": "Too Many Requests", "parameters": parameters})


TELEGRAM: list[Row] = [
    ("flood", lambda s: s.too_many(41), RetryLater, "41 seconds"),
    ("flood without a time", lambda s: s.failure(429, "Too Many Requests"), RetryLater, "30 seconds"),
    ("flood without words", lambda s: Fault.status(429, []), RetryLater, "30 seconds"),
    ("flood of another kind", lambda s: wordy(429, retry_after="soon"), RetryLater, "30 seconds"),
    ("conflict", lambda s: s.failure(409, "Conflict: terminated by other request"), RetryLater, "terminated"),
    ("too large", lambda s: s.failure(413, "Request Entity Too Large"), Rejected, "Entity Too Large"),
    ("too large, in no words", lambda s: Fault.status(413, "<html>"), Rejected, "(413)"),
    ("another refusal", lambda s: s.failure(422, "Unprocessable"), Rejected, "Unprocessable"),
    ("a wall", lambda s: Fault.status(403, []), ChannelDown, "Forbidden (403)"),
    ("no object", lambda s: Fault.status(400, "x"), Rejected, "Bad Request (400)"),
    ("no object, no method", lambda s: Fault.status(404, "x"), ChannelDown, "token"),
    ("no words", lambda s: Fault.status(400, {"description": 7, "parameters": [1]}), Rejected, "(400)"),
    ("a late request", lambda s: Fault.status(408, {}), Unsure, "may be out"),
    ("upstream", lambda s: Fault.status(502, "413 Too Many Requests"), Unsure, "may be out"),
    ("not known", lambda s: Fault.status(599, []), Unsure, "may be out"),
    ("elsewhere", lambda s: Fault.status(302, {}), Unsure, "may be out"),
    *(
        (f"good, but {body}", lambda s, body=body: Fault.status(200, body), Unsure, "may be out")
        for body in ([], "x", None, {}, {"ok": True}, {"result": []}, {"result": {}}, {"result": {"message_id": 7}})
    ),
    ("token", lambda s: s.failure(401, "Unauthorized"), ChannelDown, "token"),
    ("gone bot", lambda s: s.failure(404, "Not Found"), ChannelDown, "token"),
    ("no chat", lambda s: s.failure(400, "Bad Request: chat not found"), ChannelDown, "no such chat"),
    ("kicked", lambda s: s.failure(403, "Forbidden: bot was kicked from the channel chat"), ChannelDown, "kicked"),
    *(
        (words, lambda s, words=words: s.failure(400, f"Bad Request: {words}"), ChannelDown, "administrator")
        for words in telegram_table._CHAT
    ),
    ("long", lambda s: s.failure(400, "Bad Request: message is too long"), Rejected, "too long"),
    ("parse", lambda s: s.failure(400, "Bad Request: can't parse entities: byte 3"), Rejected, "byte 3"),
]


@pytest.mark.parametrize(("name", "fault", "kind", "words"), TELEGRAM, ids=lambda v: v if isinstance(v, str) else "")
def test_telegram(name: str, fault: Callable[[Any], Fault], kind: type, words: str, tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        rig.server.faults.append(fault(rig.server), on="sendMessage")
        error = error_of(rig)
        assert isinstance(error, kind)
        assert words in error.say.en
        if name == "flood":
            assert isinstance(error, RetryLater)
            assert error.after == timedelta(seconds=41)
        assert rig.kept() == []
        rig.adapter.close()


@pytest.mark.parametrize("code", [200, 400, 403, 404, 429, 500])
@pytest.mark.parametrize("body", [[], "x", None, {}, {"ok": True, "result": {}}, {"ok": True, "result": "x"}], ids=str)
@pytest.mark.parametrize("method", ["getMe", "getChat", "getChatMember"])
def test_telegram_a_check_ends_in_words_whatever_is_answered(method: str, body: Any, code: int, tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        rig.server.faults.append(Fault.status(code, body), on=method)
        with pytest.raises(ChannelError):
            rig.adapter.check()
        rig.adapter.close()


@pytest.mark.parametrize("code", [403, 407, 502, 503])
def test_telegram_a_proxy_that_refuses_to_connect_was_never_sent_to(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer() as proxy:
        address = proxy.put("api.invalid:443", f"HTTP/1.1 {code} No\r\nContent-Length: 0\r\n\r\n".encode())
        for name in ("NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", address.removesuffix("api.invalid:443"))
        keys = {"name": "t", "service": "telegram", "account": "@nashir_test", "timeout": "1s"}
        table = TelegramTable.model_validate(keys | {"api_base": "https://api.invalid"})
        adapter = CHANNELS["telegram"](table, lambda _name: SECRET, Clock())
        with pytest.raises(RetryLater) as caught:
            adapter.send(TEXT, None, nothing)
        assert not caught.value.reached
        assert proxy.asked == ["api.invalid:443"], "it was asked to connect, and for nothing else"
        adapter.close()


def test_telegram_a_chat_that_moved_is_followed(tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        new = -1009876543210
        rig.server.chats["@moved"] = new
        body = {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: group chat was upgraded to a supergroup chat",
        }
        fault = Fault.status(400, body | {"parameters": {"migrate_to_chat_id": new}})
        rig.server.faults.append(fault, on="sendMessage")
        error = error_of(rig)
        assert isinstance(error, RetryLater)
        assert str(new) in error.say.en
        rig.adapter.send(TEXT, None, nothing)
        assert rig.server.posts[0].chat_id == new
        rig.adapter.close()


def test_telegram_a_server_without_rich_messages_is_not_taken_for_a_wrong_token(tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        rich = Segment(text="<p>نص</p>", parse_mode="HTML", rich=True)
        old = rig.server.failure(404, "Not Found")
        rig.server.faults.append(old, on="sendRichMessage")
        with pytest.raises(Rejected, match="`mode`"):
            rig.adapter.send(rich, None, nothing)
        for other in (old, rig.server.failure(502, "Bad Gateway")):
            rig.server.faults.append(old, on="sendRichMessage")
            rig.server.faults.append(other, on="getMe")
            with pytest.raises(ChannelDown, match="token"):
                rig.adapter.send(rich, None, nothing)
        assert rig.kept() == []
        rig.adapter.close()


def test_telegram_an_old_message_is_deleted_by_hand_and_one_that_is_gone_is_well(tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        adapter: Any = rig.adapter
        sent = adapter.send(TEXT, None, nothing)
        said = "Bad Request: message can't be deleted for everyone"
        rig.server.faults.append(rig.server.failure(400, said), on="deleteMessage")
        with pytest.raises(Rejected, match="by hand"):
            adapter.retract(sent, nothing)
        adapter.retract(sent, nothing)
        adapter.retract(sent, nothing)
        assert rig.server.messages == {}
        adapter.close()


def test_telegram_an_edit_that_changes_nothing_is_well(tmp_path: Path) -> None:
    with telegram(tmp_path) as rig:
        adapter: Any = rig.adapter
        sent = adapter.send(TEXT, None, nothing)
        adapter.amend(sent, TEXT, Segment(text="نص آخر"), nothing)
        adapter.amend(sent, TEXT, Segment(text="نص آخر"), nothing)
        assert rig.server.messages[-1001234567890, 1].text == "نص آخر"
        with pytest.raises(Rejected, match="not found"):
            adapter.amend(Receipt(remote_id="77"), TEXT, Segment(text="نص"), nothing)
        adapter.close()


CAPPED = {
    "title": "UsageCapExceeded",
    "detail": "Usage cap exceeded: Monthly product cap",
    "period": "Monthly",
    "type": "https://api.twitter.com/2/problems/usage-capped",
}

X: list[tuple[str, Callable[[Any], Fault], bool, type[ChannelError], str]] = [
    ("rate", lambda s: s.too_many(100), False, RetryLater, "limit"),
    ("month", lambda _: Fault.status(429, CAPPED), False, ChannelDown, "2026-12-01"),
    ("day", lambda _: Fault.status(429, CAPPED | {"period": "Daily"}), False, ChannelDown, "2026-11-25"),
    (
        "duplicate",
        lambda s: s.failure(403, "You are not allowed to create a Tweet with duplicate content."),
        False,
        Unsure,
        "already there",
    ),
    (
        "parent unseen",
        lambda s: s.failure(403, "You attempted to reply to a Tweet that is deleted or not visible to you."),
        True,
        RetryLater,
        "not see",
    ),
    (
        "reply refused",
        lambda s: s.failure(403, "You are not permitted to perform this action."),
        True,
        ThreadEnds,
        "reply",
    ),
    ("refused", lambda s: s.failure(403, "You are not permitted to perform this action."), False, Rejected, "refused"),
    ("keys", lambda s: s.failure(401, "Unauthorized"), True, ChannelDown, "keys"),
    ("credit", lambda s: s.failure(402, "Your enrolled account has no credits."), False, ChannelDown, "credit"),
    ("blocked", lambda s: s.failure(403, "You have been blocked from replying."), True, ThreadEnds, "blocked"),
    ("locked", lambda s: s.failure(403, "Your account is temporarily locked."), True, ChannelDown, "locked"),
    ("suspended", lambda s: s.failure(403, "Your account is suspended."), True, ChannelDown, "suspended"),
    ("rights", lambda s: s.failure(403, "oauth1 app permissions"), True, ChannelDown, "permissions"),
    ("plan", lambda s: s.failure(403, "client-not-enrolled"), False, ChannelDown, "enrolled"),
    ("time-out", lambda s: s.failure(408, "Request Timeout"), False, Unsure, "may be out"),
    ("long", lambda s: s.failure(400, "Your Tweet text is too long."), False, Rejected, "too long"),
]


@pytest.mark.parametrize(
    ("name", "fault", "as_reply", "kind", "words"), X, ids=lambda v: v if isinstance(v, str) else ""
)
def test_x(name: str, fault: Callable[[Any], Fault], as_reply: bool, kind: type, words: str, tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        rig.server.faults.append(fault(rig.server), on=POST)
        error = error_of(rig, Receipt(remote_id="1") if as_reply else None)
        assert isinstance(error, kind)
        assert words in error.say.en
        assert rig.kept() == []
        if name == "duplicate":
            assert isinstance(error, Unsure)
            assert error.seen
        if name == "month":
            assert isinstance(error, ChannelDown)
            assert error.after == datetime(2026, 12, 1, tzinfo=UTC) - START
        rig.adapter.close()


@pytest.mark.parametrize("body", [[], ["no"], "no", None, 7, {"errors": "no"}, {"errors": ["no", {"code": 1}, None]}])
@pytest.mark.parametrize(
    ("status", "kind"), [(401, ChannelDown), (400, Rejected), (403, Rejected), (429, RetryLater), (503, Unsure)]
)
def test_x_an_error_of_a_shape_that_nobody_knows_is_judged_by_its_status(
    body: Any, status: int, kind: type[ChannelError], tmp_path: Path
) -> None:
    with x(tmp_path) as rig:
        rig.server.faults.append(Fault.status(status, body), on=POST)
        assert type(error_of(rig)) is kind
        rig.adapter.close()


@pytest.mark.parametrize("body", [[], ["no"], "no", None, 7, {}, {"data": []}, {"data": ["no"]}, {"data": "no"}])
def test_x_a_good_status_with_a_body_that_nobody_knows_is_in_doubt(body: Any, tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        rig.server.faults.append(Fault.status(201, body, processed=True), on=POST)
        assert isinstance(error_of(rig), Unsure)
        assert len(rig.kept()) == 1
        rig.adapter.close()


@pytest.mark.parametrize("stamp", ["soon", "", "²", "1e400", "99999999999999", "-99999999999999"])
@pytest.mark.parametrize("status", [201, 429])
def test_x_a_limit_whose_end_cannot_be_read_has_none(stamp: str, status: int, tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": stamp}
        answer = replace(Fault.status(status, {"data": {"id": "1"}}), headers=headers)
        rig.server.faults.append(answer, on=POST)
        if status == 429:
            error = error_of(rig)
            assert isinstance(error, RetryLater)
            assert error.after is None
        else:
            assert rig.adapter.send(TEXT, None, nothing).free_at is None
        rig.adapter.close()


@pytest.mark.parametrize(("reset", "wait"), [(-300, 15), (0, 15), (3, 15), (60.5, 60.5)])
def test_x_a_limit_that_seems_to_be_over_is_waited_for(reset: float, wait: float, tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(START.timestamp() + reset)}
        rig.server.faults.append(replace(Fault.status(429, {}), headers=headers), on=POST)
        error = error_of(rig)
        assert isinstance(error, RetryLater)
        assert error.after == timedelta(seconds=wait)
        rig.adapter.close()


def test_x_a_limit_that_is_used_up_is_said_with_the_last_post_that_it_let_through(tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        first = rig.adapter.send(TEXT, None, nothing)
        assert first.free_at is None
        rig.server.remaining = 1
        second = rig.adapter.send(Segment(text="آخر"), None, nothing)
        assert second.free_at is not None
        rig.adapter.close()


def test_x_a_post_that_is_gone_counts_as_deleted(tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        adapter: Any = rig.adapter
        sent = adapter.send(TEXT, None, nothing)
        adapter.retract(sent, nothing)
        adapter.retract(sent, nothing)
        assert rig.server.tweets == {}
        adapter.close()


def test_x_a_post_that_is_said_not_to_be_deleted_is_not_counted_as_gone(tmp_path: Path) -> None:
    with x(tmp_path) as rig:
        adapter: Any = rig.adapter
        sent = adapter.send(TEXT, None, nothing)
        rig.server.faults.append(
            Fault.status(200, {"data": {"deleted": False}}), on=f"DELETE /2/tweets/{sent.remote_id}"
        )
        with pytest.raises(Rejected, match="did not delete"):
            adapter.retract(sent, nothing)
        adapter.retract(sent, nothing)
        assert rig.server.tweets == {}
        adapter.close()


def test_every_row_of_the_tables_is_proved() -> None:
    """A row that no fault above reaches is a row that nobody has seen at work."""
    reached = set()
    for _, fault, as_reply, _, _ in X:
        made = fault(_server())
        reached.add(_x_row(made, as_reply))
    assert reached | {None} >= set(range(len(x_table.MEANINGS)))


def _server() -> Any:
    from tests.servers.x import XServer

    return XServer


def _x_row(fault: Fault, as_reply: bool) -> int | None:
    import re

    words = json.dumps(fault.body, ensure_ascii=False).lower()
    for number, (statuses, pattern, replies, _) in enumerate(x_table.MEANINGS):
        if fault.code in statuses and re.search(pattern, words) and (as_reply or not replies):
            return number
    return None


@pytest.mark.parametrize(
    ("stage", "fault", "kind", "published"),
    [
        ("connect", Fault.refuse_before(), RetryLater, 0),
        ("connect", Fault.status(421, "busy"), RetryLater, 0),
        ("connect", Fault.status(554, "not you"), ChannelDown, 0),
        ("mail", Fault.status(451, "later"), RetryLater, 0),
        ("mail", Fault.status(550, "no"), ChannelDown, 0),
        ("mail", Fault.hang_before(5), RetryLater, 0),
        ("rcpt", Fault.status(450, "greylisted"), RetryLater, 0),
        ("rcpt", Fault.status(550, "no such user"), ChannelDown, 0),
        ("data", Fault.status(451, "later"), RetryLater, 0),
        ("data", Fault.status(554, "no"), ChannelDown, 0),
        ("end", Fault.status(452, "full"), RetryLater, 0),
        ("end", Fault.status(554, "spam"), Rejected, 0),
        ("end", Fault.reset_after(), Unsure, 1),
        ("end", Fault.refuse_before(), Unsure, 0),
        ("end", Fault.hang_before(5), Unsure, 0),
        ("end", Fault.hang_after(5), Unsure, 1),
        ("end", Fault.late(2), Unsure, 0),
    ],
    ids=lambda value: f"{value.kind.value}-{value.code}" if isinstance(value, Fault) else str(value),
)
def test_mail_by_stage(stage: str, fault: Fault, kind: type, published: int, tmp_path: Path) -> None:
    begun: list[int] = []
    with email(tmp_path) as rig:
        rig.server.faults.append(fault, on=stage)
        with pytest.raises(kind):
            rig.adapter.send(TEXT, None, lambda: begun.append(1))
        assert len(rig.server.kept) == published
        assert bool(begun) == (stage == "end"), "before the final dot nothing may be out"
