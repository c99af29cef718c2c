"""A quotation over several paragraphs: both marks in each of them, or nothing is touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.quotations import MOST_PARAGRAPHS, goes_on, whole

WORD = st.sampled_from(
    ["قال", "الوزير", "نبدأ", ":", ".", "؟", '"', "“", "”", "«", "»", ' "', '" ', ": “", "”.", '".', " ", "وأضاف"]
)
TEXTS = st.lists(
    st.lists(WORD, min_size=1, max_size=12).map(lambda parts: " ".join("".join(parts).split())), max_size=7
)


@pytest.mark.parametrize(
    ("paragraphs", "mended"),
    [
        (
            ["وكتب العمدة في رسالته: “أشكر كل من حضر.", "وأعد الجميع بموسم آخر”."],
            ["وكتب العمدة في رسالته: “أشكر كل من حضر”.", "“وأعد الجميع بموسم آخر”."],
        ),
        (
            ['وقال المدرب للصحفيين "لعبنا جيدا.', "فاز “النوارس” بجدارة!", 'ونشكر الجمهور".', "وغادر."],
            ['وقال المدرب للصحفيين "لعبنا جيدا".', '"فاز “النوارس” بجدارة!"', '"ونشكر الجمهور".', "وغادر."],
        ),
        (
            ["وهذا نص الرسالة:", "«نحيي أهل المرسى.", "ونحتاج إلى أمور منها:", "- ماء نظيف؛", "- طريق معبد»", "انتهت."],
            [
                "وهذا نص الرسالة:",
                "«نحيي أهل المرسى».",
                "«ونحتاج إلى أمور منها»:",
                "«- ماء نظيف»؛",
                "«- طريق معبد»",
                "انتهت.",
            ],
        ),
        (  # as books print it, an opening mark in each paragraph
            ["قالت الجدة: “كنا نصطاد ليلا.", "“ونبيع صباحا...", "“ثم ننام”."],
            ["قالت الجدة: “كنا نصطاد ليلا”.", "“ونبيع صباحا...”", "“ثم ننام”."],
        ),
        (
            ['وقال "سنسافر على متن "نجمة الشمال" غدا.', 'وسنعود بعد أسبوع."'],
            ['وقال "سنسافر على متن "نجمة الشمال" غدا".', '"وسنعود بعد أسبوع."'],
        ),
    ],
)
def test_each_paragraph_of_a_quotation_has_both_marks(paragraphs: list[str], mended: list[str]) -> None:
    assert whole(paragraphs) == mended
    assert whole(mended) == mended


@pytest.mark.parametrize(
    "paragraphs",
    [
        ["كتاب “البحر القديم.", "وانتهى الموسم”."],  # nobody speaks before the mark
        ["قال العمدة: “نبدأ غدا.", "وأضاف أن العمل سينتهي قريبا”."],  # the newsroom speaks between
        ["قال العمدة: “نبدأ غدا.", "من جهته، شكر النائب الحضور”."],
        ["قال العمدة: “نبدأ غدا.", "أشغال الميناء", "وسننتهي الخميس”."],  # a subhead
        ["قال العمدة: “نبدأ غدا.", "في “المرسى نعمل.", "وسننتهي الخميس”."],  # another mark alone
        ["قال العمدة: “نبدأ غدا.", "“المرسى” حي قديم.", "وسننتهي الخميس”."],
        ["قال العمدة: “نبدأ غدا.", "وسننتهي” الخميس المقبل."],  # no end of a paragraph
        ["قال العمدة: “نبدأ غدا.", "وسننتهي الخميس»."],
        ["قال العمدة: “نبدأ غدا.", *["ونعمل كل يوم هنا في المرسى."] * MOST_PARAGRAPHS, "وسننتهي الخميس”."],
        ['شاشة 32" جديدة.', 'وأخرى 27".'],
        ["قال العمدة: “نبدأ غدا”.", "وسننتهي الخميس."],
        [],
    ],
)
def test_what_is_not_certain_stays(paragraphs: list[str]) -> None:
    assert whole(paragraphs) == paragraphs


@settings(max_examples=2000)
@given(TEXTS)
def test_no_letter_changes_and_a_second_run_changes_nothing(paragraphs: list[str]) -> None:
    once = whole(paragraphs)
    assert whole(once) == once
    assert ["".join(filter(str.isalpha, p)) for p in once] == ["".join(filter(str.isalpha, p)) for p in paragraphs]


def test_a_paragraph_that_goes_on_with_a_quotation() -> None:
    assert goes_on("قالت: “كنا نصطاد”.", "“ونبيع صباحا. ثم ننام”.")
    assert goes_on('قالت: "كنا نصطاد."', '"ونبيع "السردين" صباحا"')
    assert not goes_on("قالت إنهم كانوا يصطادون.", "“ونبيع صباحا”.")
    assert not goes_on("قالت: “كنا نصطاد”.", "“المرسى” حي قديم.")
    assert not goes_on("قالت: “كنا نصطاد”.", "ومضت.")
