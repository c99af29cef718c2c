import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text import pairs, typography
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
    assert pairs.mend(text) == mended


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("جاء ، ثم ذهب .", "جاء، ثم ذهب."),
        ("هل جاء?", "هل جاء؟"),
        ("أولا, ثانيا; ثالثا", "أولا، ثانيا؛ ثالثا"),
        ("أولا،ثانيا", "أولا، ثانيا"),
        ("ســـلام", "سلام"),
        ("“ نعم ”", "“نعم”"),
        ('قال " نعم " ثم "لا ".', 'قال "نعم" ثم "لا".'),
        ('قال "سنغلق "السوق القديم" غدا".', 'قال "سنغلق "السوق القديم" غدا".'),
        ('قال: " سنغلق " السوق القديم " غدا ".', 'قال: "سنغلق" السوق القديم "غدا".'),
        ('قال:" نعم " ثم مضى".', 'قال: "نعم" ثم مضى".'),
        ('شاشة 5 " وأخرى 6 "', 'شاشة 5 " وأخرى 6 "'),
        ('قال الوزير:"نعم"', 'قال الوزير: "نعم"'),
        ("قالت :«لا» وقال:“نعم”", "قالت: «لا» وقال: “نعم”"),
        ("حضر ألف مشارك.وأضاف", "حضر ألف مشارك. وأضاف"),
        ("قال لموقع المنبر.نت إنه ش.م.م", "قال لموقع المنبر.نت إنه ش.م.م"),
        ("ليقولوا ”نعم“، ثم ”لا“.", "ليقولوا ”نعم“، ثم ”لا“."),
        ("الميناء(...) والسوق", "الميناء (...) والسوق"),
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
    assert pairs.close_quotes("قال إن “الأمر معقد.") == "قال إن “الأمر معقد”."
    assert pairs.close_quotes("قال: «نعم، “ربما") == "قال: «نعم، “ربما”»"
    assert pairs.close_quotes("لا شيء مفتوح.") == "لا شيء مفتوح."


@settings(max_examples=3000)
@given(st.text(alphabet='ابتسلمنهو ،.؟!«»“”"0123٤٥ـ,;?:()[]″ABab-', max_size=80))
def test_typeset_runs_twice_to_the_same_text_and_changes_no_word(text: str) -> None:
    text = " ".join(text.split())
    once = typography.typeset(text, "western", "keep")
    assert typography.typeset(once, "western", "keep") == once
    # the letters stay, in their order; only a lone و has moved to its word
    assert [c for c in once if c.isalpha() and c != "ـ"] == [c for c in text if c.isalpha() and c != "ـ"]


def test_an_inch_mark_is_no_quote_and_reversed_quotes_keep_their_spaces() -> None:
    assert pairs.unclosed('شاشة 27" جديدة.') == []
    assert typography.set_signs("قال: ”مقلوب“ هنا") == "قال: ”مقلوب“ هنا"
    assert typography.set_signs("قال: “ نص ” هنا") == "قال: “نص” هنا"


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("وصل الوزير و المدير و 20 موظفا", "وصل الوزير والمدير و20 موظفا"),
        ("الحروف أ و ب و ج", "الحروف أ و ب و ج"),
        ("و Facebook و #المغرب", "و Facebook و #المغرب"),
        ("قال:نعم", "قال: نعم"),
        ("في 10:30 و 5:1", "في 10:30 و5:1"),
        ("كلمة(شرح)أخرى", "كلمة (شرح)أخرى"),
        ("قال ( نعم ) ومضى", "قال (نعم) ومضى"),
        ("و“النص” وب«النص»", "و“النص” وب«النص»"),
        ("كلمة“نص” و“نص”", "كلمة “نص” و“نص”"),
        ("سنة 1445 هــ وسنة 1446هـ", "سنة 1445 هـ وسنة 1446هـ"),
        ("عــدد كبيــــر", "عدد كبير"),
        ("انتهى . ثم عاد ؟", "انتهى. ثم عاد؟"),
        ("example.com , @name , #وسم ,", "example.com , @name , #وسم ,"),
        ("مُدُن وحُكِمَ عليه", "مُدُن وحُكِمَ عليه"),
    ],
)
def test_signs_between_words(text: str, set_: str) -> None:
    assert typography.typeset(text, "western", "keep") == set_
    assert typography.typeset(set_, "western", "keep") == set_


@pytest.mark.parametrize(
    ("text", "maghreb", "mashriq"),
    [
        ("في 3 نوفمبر 2026", "في 3 نونبر 2026", "في 3 نوفمبر 2026"),
        ("منتصف غشت ودجنبر", "منتصف غشت ودجنبر", "منتصف أغسطس ودجنبر"),
        ("في 9 ماي المقبل", "في 9 ماي المقبل", "في 9 مايو المقبل"),
        ("تيريزا ماي في لندن", "تيريزا ماي في لندن", "تيريزا ماي في لندن"),
        ("أول يوليو واكتوبر", "أول يوليوز واكتوبر", "أول يوليو واكتوبر"),
        ("شهر سبتمبر", "شهر شتنبر", "شهر سبتمبر"),
    ],
)
def test_months_of_the_maghreb_and_the_mashriq(text: str, maghreb: str, mashriq: str) -> None:
    assert typography.typeset(text, "keep", "keep", "maghreb") == maghreb
    assert typography.typeset(text, "keep", "keep", "mashriq") == mashriq


def test_numbers_in_arabic_indic_digits_have_arabic_signs() -> None:
    assert typography.set_digits("3.5 و1,500 في 10:30", "arabic-indic") == "٣٫٥ و١٬٥٠٠ في ١٠:٣٠"
    assert typography.set_digits("٣٫٥ و١٬٥٠٠ ٪", "western") == "3.5 و1,500 %"
