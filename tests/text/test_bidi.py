"""Direction, checked against python-bidi, which nobody here wrote."""

import random
import re
from collections.abc import Sequence

import pytest
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st

from bot.text import bidi
from bot.text.marks import ALM, LRM, RLM

TOKENS = "C++ C# 19-COVID #Interpol @name 2020-2021 +212-522-123456 3-1 https://example.com/a-b .NET AT&T".split()
PIECES = [*TOKENS, *"قالت الشركة (مهم) «نص» ، . ! 75 Open Co - ( ) [ ] :".split(), " "]


def _shown(line: str) -> str:
    """The line as a reader sees it from left to right, by a library, without marks."""
    return str(get_display(line, base_dir="R")).translate({ord(mark): None for mark in (ALM, LRM, RLM)})


def test_a_latin_beginning_gets_one_mark_and_others_none() -> None:
    assert bidi.mend("OpenCo تطلق خدمة", ALM) == ALM + "OpenCo تطلق خدمة"
    assert bidi.mend("75 دولة تشارك") == "75 دولة تشارك"
    assert bidi.mend("https://example.com/1") == "https://example.com/1"
    assert bidi.mend_html("<b>عنوان</b>") == "<b>عنوان</b>"
    assert bidi.mend_html("<b>Latin عنوان</b>") == RLM + "<b>Latin عنوان</b>"
    assert bidi.mend("OpenCo تطلق خدمة", told=True) == "OpenCo تطلق خدمة"


def test_flags_and_letters_of_other_scripts_turn_a_line_too() -> None:
    flag = "\N{REGIONAL INDICATOR SYMBOL LETTER M}\N{REGIONAL INDICATOR SYMBOL LETTER A}"
    for beginning in (flag, "Москва", "北京", "Ελλάδα"):
        assert bidi.mend(f"{beginning} المغرب") == f"{RLM}{beginning} المغرب"


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "line", ["{} في أول السطر", "قالت {} إن العمل بدأ", "وصلنا إلى {}", "عرض ({}) جديد", "ثم {}، وبعده"]
)
def test_a_foreign_token_stays_whole(token: str, line: str) -> None:
    assert token in _shown(bidi.mend(line.format(token)))


@pytest.mark.parametrize(
    "text",
    ["قال 75 شخصا", "في 2026 بدأ العمل.", "«نص» عادي (مهم)", "كوفيد-19", "مع OpenCo اليوم"],
)
def test_what_reads_well_gets_no_mark(text: str) -> None:
    assert bidi.mend(text) == text


def test_marks_are_the_fewest() -> None:
    assert bidi.mend("لغة C++ سهلة") == f"لغة C++{LRM} سهلة"
    assert bidi.mend("وسم #Interpol اليوم") == f"وسم {LRM}#Interpol اليوم"
    assert bidi.mend("سجل الهدف (د.45+2) من ركنية") == f"سجل الهدف (د.{LRM}45+2) من ركنية"


def test_no_mark_falls_into_a_tag_or_an_entity() -> None:
    assert bidi.mend_html("<b>لغة</b> <i>C++</i> سهلة") == f"<b>لغة</b> <i>C++</i>{LRM} سهلة"
    assert bidi.mend_html('<p style="a:b">#Interpol</p>', told=True) == f'<p style="a:b">{LRM}#Interpol</p>'
    assert bidi.mend_html("نص &lt;C++&gt; هنا").replace(LRM, "") == "نص &lt;C++&gt; هنا"


@given(st.text(max_size=80))
def test_every_line_with_arabic_reads_from_the_right(text: str) -> None:
    for line in bidi.mend(text, ALM).split("\n"):
        assert not bidi.has_arabic(line) or bidi.first_strong(line) != "L"


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
def test_nothing_is_broken_after_mending_and_a_second_run_changes_nothing(pieces: list[str]) -> None:
    line = bidi.mend(" ".join(["نص", *pieces]))
    assert bidi.broken(line) == []
    assert bidi.mend(line) == line


def test_levels_are_those_of_the_standard() -> None:
    drawn = random.Random(1)
    letters = "ابتABC123 .,-+#()[]:/%٣٤،\N{COMBINING ACUTE ACCENT}" + ALM + RLM + LRM
    for _ in range(2000):
        text = "".join(drawn.choices(letters, k=drawn.randint(1, 25)))
        levels = bidi.levels(text)
        one_sign = str.maketrans(")]", "([")  # whether a library mirrors brackets is no matter of their order
        theirs = str(get_display(text, base_dir="R")).translate(one_sign)
        assert _display(text, levels).translate(one_sign) == theirs, ascii(text)


def _display(text: str, levels: Sequence[int]) -> str:
    """Rules L2 to L4 for two levels: reverse the whole, then each run from the left back."""
    out: list[str] = []
    at = len(text)
    while at:
        start = at
        while start and levels[start - 1] == levels[at - 1]:
            start -= 1
        run = text[start:at]
        out += run if levels[at - 1] == 2 else run[::-1]
        at = start
    return "".join(out)


def test_a_line_that_no_newsroom_writes_is_mended_in_time_linear_to_its_length() -> None:
    piece = "خبر C++ و#Interpol عند "
    line = piece * 800
    assert bidi.mend(line, told=True).count("\N{LEFT-TO-RIGHT MARK}") == 800 * bidi.mend(piece, told=True).count(
        "\N{LEFT-TO-RIGHT MARK}"
    )
    html = "<b>خبر</b> &amp; #Interpol " * 400
    mended = bidi.mend_html(html, told=True)
    assert mended.replace("\N{LEFT-TO-RIGHT MARK}", "") == html
    assert not re.search("<[^>]*\N{LEFT-TO-RIGHT MARK}|&[a-z]*\N{LEFT-TO-RIGHT MARK}[a-z]*;", mended)
    hostile = "a/#b" * 2_000  # not a single space
    assert bidi.mend(f"خبر {hostile}", told=True).replace("\N{LEFT-TO-RIGHT MARK}", "") == f"خبر {hostile}"
