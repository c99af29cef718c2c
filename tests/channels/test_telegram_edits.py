"""Corrections on Telegram, where the picture stays, comes, goes or changes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Rejected
from bot.domain.post import Segment
from tests.channels.contract import Rig, telegram
from tests.servers.telegram import TelegramServer

ONE, TWO = "https://example.com/1.jpg", "https://example.com/2.jpg"
OLD = Segment(text="<b>قتيل</b> واحد", parse_mode="HTML")
NEW = Segment(text="<b>قتيلان</b>", parse_mode="HTML")
RICH = Segment(text="<h3>قتيلان</h3><p>نص</p>", parse_mode="HTML", rich=True)


def nothing() -> None:
    pass


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with telegram(tmp_path) as made:
        yield made
        made.adapter.close()


def amended(rig: Rig, old: Segment, new: Segment, recorded: Segment | None = None) -> tuple[str, str, list[str]]:
    """Text and picture of the message after an edit, and what was called for it; twice, for one may be repeated."""
    adapter, server = _of(rig)
    sent = adapter.send(old, None, nothing)
    begun: list[int] = []
    before = len(server.calls)
    adapter.amend(sent, recorded or old, new, lambda: begun.append(1))
    calls = server.calls[before:]
    adapter.amend(sent, recorded or old, new, lambda: begun.append(1))
    assert begun == [1, 1]
    (message,) = server.messages.values()
    return message.text, message.photo, calls


def _of(rig: Rig) -> tuple[Any, TelegramServer]:
    return rig.adapter, rig.server


@pytest.mark.parametrize(
    ("before", "after", "out", "call"),
    [
        (None, None, "", "editMessageText"),
        (ONE, ONE, ONE, "editMessageCaption"),
        (ONE, TWO, TWO, "editMessageMedia"),
        (ONE, None, ONE, "editMessageCaption"),
        (None, ONE, "", "editMessageText"),
    ],
)
def test_a_correction_goes_by_what_is_out(rig: Rig, before: str | None, after: str | None, out: str, call: str) -> None:
    text, photo, calls = amended(rig, replace(OLD, photo=before), replace(NEW, photo=after))
    assert (text, photo, calls) == ("قتيلان", out, [call])
    (message,) = rig.server.messages.values()
    assert [entity["type"] for entity in message.entities] == ["bold"], "the text is read as HTML in each way"


@pytest.mark.parametrize(
    ("out", "recorded", "after", "photo", "calls"),
    [
        (None, ONE, ONE, "", ["editMessageCaption", "editMessageText"]),  # the picture could not be fetched
        (None, ONE, TWO, TWO, ["editMessageMedia"]),
        (None, ONE, None, "", ["editMessageCaption", "editMessageText"]),
        (ONE, None, None, ONE, ["editMessageText", "editMessageCaption"]),  # an earlier correction left it there
        (ONE, None, TWO, TWO, ["editMessageText", "editMessageMedia"]),
    ],
)
def test_a_record_that_differs_from_what_is_out_does_not_stop_a_correction(
    rig: Rig, out: str | None, recorded: str | None, after: str | None, photo: str, calls: list[str]
) -> None:
    found = amended(rig, replace(OLD, photo=out), replace(NEW, photo=after), recorded=replace(OLD, photo=recorded))
    assert found == ("قتيلان", photo, calls)


def test_a_text_too_long_for_a_caption_is_refused_with_what_to_do(rig: Rig) -> None:
    adapter, server = _of(rig)
    picture = replace(OLD, photo=ONE)
    sent = adapter.send(picture, None, nothing)
    fits = replace(NEW, text=f"<b>{'ا' * 1024}</b>")
    adapter.amend(sent, picture, fits, nothing)
    with pytest.raises(Rejected, match="shorten it"):
        adapter.amend(sent, picture, replace(NEW, text="😀" * 513), nothing)
    (message,) = server.messages.values()
    assert message.text == "ا" * 1024
    text = adapter.send(OLD, None, nothing)  # recorded with a picture that was left out
    adapter.amend(text, picture, replace(NEW, text="ا" * 1025), nothing)
    assert len(server.messages[message.chat_id, int(text.remote_id)].text) == 1025


def test_a_text_becomes_a_rich_message_and_back_and_a_picture_does_not(rig: Rig) -> None:
    assert amended(rig, OLD, RICH)[0] == "قتيلاننص"
    adapter, server = _of(rig)
    (message,) = server.messages.values()
    assert message.rich == {"html": RICH.text, "is_rtl": True}
    adapter.amend(adapter.send(RICH, None, nothing), RICH, NEW, nothing)
    assert list(server.messages.values())[-1].text == "قتيلان"
    picture = replace(OLD, photo=ONE)
    with pytest.raises(Rejected, match="rich message"):
        adapter.amend(adapter.send(picture, None, nothing), picture, RICH, nothing)


def test_a_new_picture_that_cannot_be_had_stops_no_correction(rig: Rig) -> None:
    adapter, server = _of(rig)
    picture = replace(OLD, photo=ONE)
    sent = adapter.send(picture, None, nothing)
    server.faults.append(server.failure(400, "Bad Request: failed to get HTTP URL content"), on="editMessageMedia")
    adapter.amend(sent, picture, replace(NEW, photo=TWO), nothing)
    assert [(m.text, m.photo) for m in server.messages.values()] == [("قتيلان", ONE)], "the words are right"


def test_what_no_way_of_editing_takes_is_said(rig: Rig) -> None:
    adapter, server = _of(rig)
    sent = adapter.send(OLD, None, nothing)
    said = "Bad Request: there is no text in the message to edit"
    for _ in range(2):
        server.faults.append(server.failure(400, said), on="editMessageText")
    with pytest.raises(Rejected, match="no text in the message"):
        adapter.amend(sent, OLD, NEW, nothing)
