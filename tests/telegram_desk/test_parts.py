"""What a button carries, how a card looks, how fast messages go: pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.card import CardKind
from bot.domain.channel import Receipt
from bot.domain.delivery import Delivery, SegmentRow, SegmentState, State
from bot.domain.person import Act
from bot.domain.post import Post, Segment
from bot.domain.say import Say
from bot.telegram_desk.cards import Drawn, Shown, View, draw, in_question, labels, pieces, safe, split, whole
from bot.telegram_desk.signing import LONGEST, Press, Signer, standing
from bot.telegram_desk.wire import Pacer
from bot.text.marks import DIRECTION
from bot.text.measure import utf16_length
from tests.conftest import START, Clock
from tests.servers.telegram_html import parse

VIEW = View(zone=ZoneInfo("Africa/Casablanca"), standing=lambda all_: "-".join(str(d.id) for d in all_)[:8])


def delivery(number: int = 1, service: str = "x", texts: tuple[str, ...] = ("نص",), **more: object) -> Delivery:
    segments = tuple(
        Segment(text=text, length=len(text), limit=280 if service == "x" else 4096, key=str(n))
        for n, text in enumerate(texts)
    )
    base = Delivery(
        id=number,
        channel=service,
        service=service,  # type: ignore[arg-type]  # the tests name real ones
        preview=False,
        subject="article:a",
        occasion="first",
        article_id="a" * 10,
        version=1,
        title="عنوان",
        post=Post(service=service, segments=segments),  # type: ignore[arg-type]  # the same
        state=State.HELD,
        due_at=START,
        expires_at=START + timedelta(hours=2),
        reason=Say("", ""),
        created_at=START,
        updated_at=START,
    )
    return replace(base, **more)  # type: ignore[arg-type]  # names of its fields


def act(what: str, who: str = "سلمى") -> Act:
    return Act(id=1, at=START, who=who, door="web", what=what, subject="delivery:1", detail={})


def texts(drawn: Drawn) -> list[list[str]]:
    return [[button.text for button in row] for row in drawn.rows]


presses = st.builds(
    Press,
    act=st.sampled_from("phceynragsbo"),
    card=st.integers(0, 2**31 - 1),
    target=st.integers(0, 2**31 - 1),
    segment=st.integers(0, 24),
    seen=st.just(standing([delivery()], {})),
)


@given(presses, st.integers(-(2**52), 2**52))
def test_a_button_says_what_it_was_given_within_64_bytes(press: Press, chat: int) -> None:
    signer = Signer(b"key")
    packed = signer.pack(chat, press)
    assert len(packed.encode()) <= LONGEST
    assert signer.unpack(chat, packed) == press


@given(presses, st.data())
def test_what_we_did_not_sign_for_this_chat_is_nothing(press: Press, data: st.DataObject) -> None:
    signer = Signer(b"key")
    packed = signer.pack(7, press)
    at = data.draw(st.integers(0, len(packed) - 1))
    other = data.draw(st.characters().filter(lambda sign: sign != packed[at]))
    assert signer.unpack(7, packed[:at] + other + packed[at + 1 :]) is None
    assert signer.unpack(8, packed) is None
    assert Signer(b"other").unpack(7, packed) is None


@given(st.text())
def test_any_text_for_a_button_is_read_without_a_fault(data: str) -> None:
    assert Signer(b"key").unpack(1, data) is None


def test_whatever_happens_to_a_delivery_changes_what_a_button_must_have_seen() -> None:
    base = standing([delivery()], {1: 5})
    assert base == standing([delivery(title="آخر")], {1: 5})
    assert (
        len(
            {
                base,
                standing([delivery(edition=2)], {1: 5}),
                standing([delivery(state=State.QUEUED)], {1: 5}),
                standing([delivery()], {1: 6}),
                standing([delivery(2)], {2: 5}),
            }
        )
        == 5
    )


def test_a_card_tells_counts_times_and_names_what_each_button_acts_on() -> None:
    lines = [
        Shown(delivery=delivery(1, "telegram", ("أهلا",)), open=True),
        Shown(delivery=delivery(2, "x", ("واحد", "اثنان", "ثلاثة")), open=True),
    ]
    drawn = draw(CardKind.WAIT, 9, lines, VIEW)
    assert "<b>تلغرام</b>: 4 من 4096" in drawn.text
    assert "<b>X</b>: 4 من 280 · 3 مقاطع" in drawn.text
    assert "موعده 24/11 10:00 · يفوت أوانه 24/11 12:00" in drawn.text
    assert texts(drawn) == [
        ["انشر", "أوقف", "تجاوز"],
        ["تلغرام فقط", "X فقط"],
        ["حرّر تلغرام", "حرّر X"],
        ["السلسلة كاملة"],
    ]
    assert [button.press and button.press.target for row in drawn.rows for button in row] == [0, 0, 0, 1, 2, 1, 2, 0]
    assert not drawn.loud
    assert draw(CardKind.WAIT, 9, [replace(lines[0], delivery=delivery(urgent=True))], VIEW).loud


def test_what_was_decided_stands_in_the_place_of_its_buttons() -> None:
    released = delivery(state=State.QUEUED)
    lines = [Shown(delivery=released, open=False, act=act("release")), Shown(delivery=delivery(2, "email"), open=True)]
    drawn = draw(CardKind.WAIT, 9, lines, VIEW)
    assert "<b>X</b>: مجدول 24/11 10:00 · أجازه سلمى 24/11 10:00" in drawn.text
    assert texts(drawn) == [["انشر", "أوقف", "تجاوز"], ["حرّر"]]
    over = draw(CardKind.WAIT, 9, [Shown(delivery=delivery(state=State.EXPIRED), open=False, act=act("edit"))], VIEW)
    assert over.text.endswith("فات أوانه")
    assert over.rows == ()
    kept = draw(CardKind.WAIT, 9, [Shown(delivery=delivery(), open=False, kept=True, act=act("hold"))], VIEW)
    assert "يبقى موقوفا · سلمى" in kept.text
    changed = draw(CardKind.WAIT, 9, [Shown(delivery=delivery(), open=False, changed=True, act=act("edit"))], VIEW)
    assert "تغيّر (حرّره سلمى 24/11 10:00)" in changed.text


def test_a_doubt_asks_whether_it_is_out_and_where_to_look() -> None:
    rows = (
        SegmentRow(n=0, state=SegmentState.SENT, receipt=Receipt(remote_id="1", url="https://x.com/a/1")),
        SegmentRow(n=1, state=SegmentState.SENDING),
    )
    unsure = delivery(texts=("أول", "ثان"), state=State.UNSURE, segments=rows, note=Say("", "انقطع <الاتصال>"))
    assert in_question(unsure).text == "ثان"
    drawn = draw(CardKind.DOUBT, 9, [Shown(delivery=unsure, open=True, place="https://x.com/a/1")], VIEW)
    assert "المقطع 2 من 2" in drawn.text
    assert "انقطع &lt;الاتصال&gt;" in drawn.text
    assert texts(drawn)[:2] == [["خرج", "لم يخرج"], ["افتح القناة"]]
    assert drawn.loud
    failed = draw(CardKind.FAILED, 9, [Shown(delivery=replace(unsure, state=State.FAILED), open=True)], VIEW)
    assert texts(failed)[0] == ["أعد المحاولة", "اكتفِ بما خرج", "تجاوز"]


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from([*DIRECTION, "<", "&", ">", "\n"]))))
def test_a_hostile_title_shows_as_text(title: str) -> None:
    title = title.encode("utf-8", "ignore").decode()
    drawn = draw(CardKind.WAIT, 9, [Shown(delivery=delivery(title=title), open=True)], VIEW)
    assert not set(drawn.text) & set(DIRECTION)
    shown, entities = parse(drawn.text)
    assert [each["type"] for each in entities] == ["bold", "bold"]
    assert "موعده" in shown


def test_marks_of_direction_show_by_name() -> None:
    assert safe("أ\N{RIGHT-TO-LEFT OVERRIDE}ب") == "أ⟨RLO⟩ب"
    assert safe("<b>") == "&lt;b&gt;"
    assert safe("ن" * 400).endswith("…")


def test_two_channels_of_a_service_are_called_by_name() -> None:
    known = [delivery(1, "x"), replace(delivery(2, "x"), channel="x-sport"), delivery(3, "email")]
    assert labels(known) == {1: "x", 2: "x-sport", 3: "البريد"}


@given(st.text(alphabet="اب \n😀", max_size=60).map(lambda text: text * 300))
def test_pieces_are_messages_and_lose_no_word(text: str) -> None:
    found = split(text)
    assert all(utf16_length(piece) <= 4096 and piece.strip() for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_the_whole_thread_counts_each_segment() -> None:
    found = whole(delivery(texts=("واحد", "اثنان")))
    assert [each.text for each in found] == ["— 1 من 2 · 4 من 280 —\nواحد\n\n— 2 من 2 · 5 من 280 —\nاثنان"]
    html = Segment(text="<b>ن</b>", parse_mode="HTML")
    assert pieces(html) == [html]


@pytest.mark.parametrize(("chat", "seconds"), [(5, 30 * 1.1), (-5, 60)])
def test_messages_go_as_fast_as_telegram_takes_them(chat: int, seconds: float) -> None:
    clock = Clock(datetime(2026, 11, 24, tzinfo=UTC))
    pacer = Pacer(clock.monotonic, clock.rest)
    began = clock.at
    for _ in range(31):
        pacer.enter(chat)
    assert (clock.at - began).total_seconds() >= seconds - 0.1
    pacer.hold(chat, 40)
    before = clock.at
    pacer.enter(chat)
    assert (clock.at - before).total_seconds() >= 39.9
