"""Text, subheads and the lines of lists, told apart."""

import pytest

from bot.text.paragraphs import is_heading, items, story


@pytest.mark.parametrize(
    "line",
    ["صناعة الفخار", 'البلدية تصف المشروع بـ"التاريخي"', "كتب – سعيد الراوي:", "تصوير: منى العلمي", "(و.ن.ص)"],
)
def test_a_subhead_a_byline_and_a_signature_are_no_text(line: str) -> None:
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    ["وقال الراوي:", 'قال الراوي إنه "سعيد جدا"', "«لن نغلق السوق»", "كتب الراوي روايته في سنة.", "(نعم) قال (لا)"],
)
def test_a_short_text_is_no_subhead(line: str) -> None:
    assert not is_heading(line)


def test_a_story_has_the_lines_of_its_lists_but_neither_subheads_nor_its_dateline() -> None:
    text = ["بلغت الأمطار:", "- قرية الزيتون: 45 ملم؛", "- قرية النخيل", "وغادر السكان بيوتهم."]
    dateline = "مرسى الرمل 3 محرم 1446 هـ الموافق 9 يوليو 2024 م و ن ص"
    assert story([dateline, *text, "عنوان فرعي", "وعادوا مساء."]) == [*text, "وعادوا مساء."]


def test_an_announced_list_goes_on_while_its_lines_are_marked() -> None:
    long = "• إيداع الطلبات لدى مكاتب القيد في كل الأحياء والقرى القريبة من المدينة: من 3 ماي إلى 9 يونيو"
    text = [
        "تنشر الوزارة المواعيد:",
        long,
        "• الحصر النهائي: 10 يوليوز",
        "• الاقتراع: الأربعاء",
        "وقال الوزير إنه متفائل.",
    ]
    assert items(text) == {1: True, 2: True, 3: True}
    assert story(text) == text


def test_rows_of_prices_are_no_subheads() -> None:
    rows = ["عيار 24: 1.280 درهما", "عيار 18: 960 درهما", "عيار 14: 744 درهما"]
    assert items(["ارتفع ثمن الذهب اليوم.", *rows, "ويتوقع الخبراء المزيد."]) == {1: False, 2: True, 3: True}
    teams = ["أمل الواحة 45 نقطة", "نجم الساحل 41 نقطة"]
    assert story(["فاز الأمل.", "الترتيب", *teams, "عنوان فرعي", "وتستمر البطولة."]) == [
        "فاز الأمل.",
        *teams,
        "وتستمر البطولة.",
    ]


def test_headlines_beside_each_other_are_no_list() -> None:
    assert (
        items(["ينتهي الموسم غدا.", "أول معرض للكتاب منذ 9 أعوام", "معرض الكتاب يعود سنة 2026", "بلغ عددهم 30."]) == {}
    )


def test_marked_lines_that_nobody_announced_stand_each_for_itself() -> None:
    talk = ["– متى بدأت الكتابة؟", "– بدأت في الصبا.", "انتهى اللقاء مساء."]
    assert items(talk) == {0: False, 1: False}
