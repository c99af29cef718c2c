"""Nothing lost, nothing over the limit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import sentences as s
from bot.text.measure import x_length
from bot.text.pairs import unclosed
from bot.text.split import cut, pack, prefixes, units

WORDS = st.text(alphabet="ابتثجحخدرسعفقلمنهوي", min_size=1, max_size=9)
SIGNS = st.sampled_from(["", "", "", "،", "؛", ":", ".", "؟", "!"])
TEXTS = st.lists(st.tuples(WORDS, SIGNS), min_size=1, max_size=60).map(lambda parts: " ".join(w + p for w, p in parts))
LETTERS = re.compile(r"\w+")


@given(TEXTS, st.integers(12, 200))
def test_cut_loses_no_word_and_keeps_the_limit(text: str, limit: int) -> None:
    head, tail = cut(text, limit, x_length)
    assert x_length(head) <= limit
    assert LETTERS.findall(head) + LETTERS.findall(tail) == LETTERS.findall(text)


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=6), st.integers(600, 900))
def test_pack_loses_no_sentence_and_keeps_the_limit(paragraphs: list[list[str]], limit: int) -> None:
    def measure(group: list[list[str]]) -> int:
        return x_length("\n\n".join(" ".join(p) for p in group))

    groups = pack(paragraphs, lambda group: measure(group) <= limit)
    assert [x for g in groups for p in g for x in p] == [x for p in paragraphs for x in p]
    assert all(measure(group) <= limit for group in groups)


@given(TEXTS)
def test_sentences_lose_nothing(text: str) -> None:
    assert " ".join(s.sentences(text)) == text


@pytest.mark.parametrize(
    ("paragraph", "count"),
    [
        ("قال د. أحمد إن الأمر انتهى. ثم غادر القاعة.", 2),
        ("وصل ود. سعاد إلى المقر. وبدأ اللقاء.", 2),
        ("بلغت النسبة 3.5 في المئة. وهي أعلى نسبة.", 2),
        ("هل جاء؟ نعم! جاء…", 3),
        ("قال: “انتهى الأمر.” ثم مضى.", 2),
        ("كتب J. K. Smith مقالا. ونشره.", 2),
        ("بلا نقطة", 1),
    ],
)
def test_sentence_ends(paragraph: str, count: int) -> None:
    assert len(s.sentences(paragraph)) == count


def test_a_quotation_that_a_cut_falls_into_is_closed() -> None:
    text = "وأكد المدير أن “العمل مستمر في كل الأقسام. والنتائج ستظهر قريبا جدا للجميع”."
    head = prefixes(s.sentences(text))[-1]
    assert head == "وأكد المدير أن “العمل مستمر في كل الأقسام”."
    assert not unclosed(cut(text, 40, x_length)[0])


def test_a_later_sentence_of_a_quotation_stays_with_its_speaker_or_goes() -> None:
    parts = s.sentences("قال الوزير: «سنبدأ غدا. سنكمل بعد غد. وسننتهي الخميس». وغادر القاعة.")
    assert units(parts, lambda text: len(text) < 1000) == [
        "قال الوزير: «سنبدأ غدا. سنكمل بعد غد. وسننتهي الخميس».",
        "وغادر القاعة.",
    ]
    assert units(parts, lambda text: len(text) < 45) == ["قال الوزير: «سنبدأ غدا. سنكمل بعد غد.", "وغادر القاعة."]


def test_what_says_something_whole() -> None:
    assert not s.stands_alone("قال محمد العلوي، مدير الشرطة في المدينة الساحلية الكبيرة،")
    assert s.stands_alone("قال الوزير إن الأشغال ستنتهي في نهاية السنة الجارية،")
    assert s.stands_alone("انطلقت صباح اليوم أشغال توسعة الميناء التجاري لمدينة مرسى الرمل،")
    assert not s.stands_alone("انطلقت صباح اليوم،")
