import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import typography
from bot.text.marks import DOUBLE_PRIME


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        (f"جائحة “كوفيد-19{DOUBLE_PRIME}، ثم", "جائحة “كوفيد-19”، ثم"),
        ('قال “نعم" ومضى', "قال “نعم” ومضى"),
        (f"شاشة 27{DOUBLE_PRIME} جديدة", f"شاشة 27{DOUBLE_PRIME} جديدة"),
        ('قال "نعم" ومضى', 'قال "نعم" ومضى'),
    ],
)
def test_quotes_are_closed_with_their_own_sign(text: str, mended: str) -> None:
    assert typography.mend_quotes(text) == mended


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("جاء ، ثم ذهب .", "جاء، ثم ذهب."),
        ("هل جاء?", "هل جاء؟"),
        ("أولا, ثانيا; ثالثا", "أولا، ثانيا؛ ثالثا"),
        ("أولا،ثانيا", "أولا، ثانيا"),
        ("ســـلام", "سلام"),
        ("“ نعم ”", "“نعم”"),
        ("1,5 مليون", "1,5 مليون"),
        ("https://example.com/a,b?x=1 ,", "https://example.com/a,b?x=1 ,"),
    ],
)
def test_signs(text: str, set_: str) -> None:
    assert typography.typeset(text, "keep", "keep") == set_


def test_digits_and_quotes_by_house_style() -> None:
    assert typography.typeset("٢٣ كيلومترا، ٣٫٥ في المئة", "western", "keep") == "23 كيلومترا، 3.5 في المئة"
    assert (
        typography.typeset("23 مليون و5G عبر https://a.example/12", "arabic-indic", "keep")
        == "٢٣ مليون و5G عبر https://a.example/12"
    )
    assert typography.typeset('قال "نعم" و“لا”', "keep", "guillemets") == "قال «نعم» و«لا»"


def test_an_open_quotation_is_closed_before_the_full_stop() -> None:
    assert typography.close_quotes("قال إن “الأمر معقد.") == "قال إن “الأمر معقد”."
    assert typography.close_quotes("قال: «نعم، “ربما") == "قال: «نعم، “ربما”»"
    assert typography.close_quotes("لا شيء مفتوح.") == "لا شيء مفتوح."


@given(st.text(alphabet='ابتسلمنه ،.؟!«»“”"0123٤٥ـ,;?:()', max_size=80))
def test_typeset_runs_twice_to_the_same_text_and_changes_no_word(text: str) -> None:
    text = " ".join(text.split())
    once = typography.typeset(text, "western", "keep")
    assert typography.typeset(once, "western", "keep") == once
    letters = "".join(c if c.isalpha() else " " for c in text.replace("ـ", "")).split()
    assert "".join(c if c.isalpha() else " " for c in once.replace("ـ", "")).split() == letters


def test_an_inch_mark_is_no_quote_and_reversed_quotes_keep_their_spaces() -> None:
    assert typography.unclosed('شاشة 27" جديدة.') == []
    assert typography.set_signs("قال: ”مقلوب“ هنا") == "قال: ”مقلوب“ هنا"
    assert typography.set_signs("قال: “ نص ” هنا") == "قال: “نص” هنا"
