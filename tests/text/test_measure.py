import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.marks import ALM, RLM, ZWJ
from bot.text.measure import telegram_length, utf16_length, x_length


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("مرحبا", 5),
        ("مَرْحَبًا", 9),  # tashkeel weighs too
        ("،؛؟«»“”–—", 9),
        ("١٢٣ 123", 7),
        ("…", 2),
        (ALM + "أ", 2),
        (RLM + "أ", 3),
        ("ﷺ", 2),
        ("👍", 2),
        ("👍🏽", 2),
        ("👨" + ZWJ + "👩" + ZWJ + "👧", 2),
        ("🇲🇦", 2),
        ("1\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}", 2),
        ("漢字", 4),
        ("e\N{COMBINING ACUTE ACCENT}", 1),  # NFC first
        ("https://example.com/" + "a" * 80, 23),
        ("https://a.co", 23),
        ("اقرأ https://example.com/1 الآن", 5 + 23 + 5),
        ("example.com", 23),
        ("5.5 كيلومتر", 11),
        ("د. أحمد", 7),
    ],
)
def test_weights_of_x(text: str, weight: int) -> None:
    assert x_length(text) == weight


@given(st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهوي ،؛؟0123456789«»", max_size=300))
def test_plain_arabic_weighs_its_length(text: str) -> None:
    assert x_length(text) == len(text)


@given(st.text(max_size=60))
def test_any_text_has_a_weight(text: str) -> None:
    assert 0 <= x_length(text) <= 23 * max(len(text), 1)


def test_telegram_counts_what_a_reader_sees() -> None:
    assert telegram_length('<b>عنوان</b>\n\n<a href="https://example.com/a">التفاصيل</a> &amp; &lt;') == 5 + 2 + 8 + 4
    assert utf16_length("👍a") == 3
