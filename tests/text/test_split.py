"""Nothing lost, nothing over the limit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import sentences as s
from bot.text.measure import x_length
from bot.text.pairs import unclosed
from bot.text.split import Unit, beginning, cut, pack, prefixes, told, units

WORDS = st.text(alphabet="ابتثجحخدرسعفقلمنهوي", min_size=1, max_size=9)
SIGNS = st.sampled_from(["", "", "", "،", "؛", ":", ".", "؟", "!"])
TEXTS = st.lists(st.tuples(WORDS, SIGNS), min_size=1, max_size=60).map(lambda parts: " ".join(w + p for w, p in parts))
LETTERS = re.compile(r"\w+")


@given(TEXTS, st.integers(12, 200))
def test_cut_loses_no_word_and_keeps_the_limit(text: str, limit: int) -> None:
    head, tail = cut(text, limit, x_length)
    assert x_length(head) <= limit
    assert LETTERS.findall(head) + LETTERS.findall(tail) == LETTERS.findall(text)


UNITS = st.lists(st.tuples(TEXTS, st.integers(0, 4), st.booleans()), max_size=12).map(
    lambda rows: [
        Unit(text=t, paragraph=p, leans=leans)
        for (t, _, leans), p in zip(rows, sorted(r[1] for r in rows), strict=True)
    ]
)


@given(UNITS, st.integers(600, 900))
def test_pack_loses_no_unit_keeps_the_limit_and_needs_the_fewest_groups(units_: list[Unit], limit: int) -> None:
    groups = pack(units_, limit, x_length)
    assert [unit for group in groups for unit in group] == units_
    assert all(x_length(told(group)) <= limit for group in groups)
    greedy: list[list[Unit]] = []
    for unit in units_:
        if greedy and x_length(told([*greedy[-1], unit])) <= limit:
            greedy[-1].append(unit)
        else:
            greedy.append([unit])
    assert len(groups) == len(greedy)


def test_pack_balances_and_ends_with_paragraphs() -> None:
    five = [Unit(text="كلمة " * 9 + str(n), paragraph=n) for n in range(5)]
    assert [len(group) for group in pack(five, 200, len)] in ([3, 2], [2, 3])
    parts = [Unit(text="كلمة " * 8 + str(n), paragraph=n // 2) for n in range(4)]
    assert [len(group) for group in pack(parts, 140, len)] == [2, 2]
    leaning = [Unit(text="كلمة " * 8, paragraph=n, leans=n == 2) for n in range(4)]
    assert [len(group) for group in pack(leaning, 140, len)] in ([1, 3], [3, 1])


@given(TEXTS)
def test_sentences_lose_nothing(text: str) -> None:
    assert " ".join(s.sentences(text)) == text


@pytest.mark.parametrize(
    ("text", "place", "may"),
    [
        ("بلغت الكلفة 320 مليون درهم", "320", False),
        ("قال د. أحمد", "د.", False),
        ("قال الدكتور أحمد", "الدكتور", False),
        ("ذهب إلى السوق", "إلى", False),
        ("بلغت النسبة 3 % أمس", "3", False),
        ("انتهت الأشغال أمس", "الأشغال", True),
    ],
)
def test_where_a_text_may_be_cut(text: str, place: str, may: bool) -> None:
    assert s.may_cut(text, text.index(place) + len(place)) is may


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("وأضاف أن الأشغال انتهت.", True),
        ("وأوضح المتحدث نفسه أن الأمر انتهى.", True),
        ("من جهته، قال الوزير إن الأمر انتهى.", True),
        ("وهو ما يعني أن الأمر انتهى.", True),
        ("وأضاف الوزير العلوي أن الأشغال انتهت.", False),
        ("وانعقد المؤتمر في مراكش.", False),
        ("قالت وزارة النقل إن الأمر انتهى.", False),
        ("هذه المرة", True),
        ("قال أنطونيو غوتيريش إن الأمر انتهى.", False),
        ("قالت المتحدثة باسم الوزارة إن الأمر انتهى.", False),
        ("وأضاف المصدر نفسه أن الأمر انتهى.", True),
    ],
)
def test_what_leans_on_the_sentence_before(sentence: str, leans: bool) -> None:
    assert s.leans(sentence) is leans


@pytest.mark.parametrize(
    ("paragraph", "count"),
    [
        ("انتهت الأشغال في المدينة.وقال الوزير إنها نجحت", 2),
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
    everything = range(len(parts))
    assert units(parts, everything, lambda text: len(text) < 1000) == [
        ("قال الوزير: «سنبدأ غدا. سنكمل بعد غد. وسننتهي الخميس».", 0),
        ("وغادر القاعة.", 3),
    ]
    short = units(parts, everything, lambda text: len(text) < 45)
    assert short == [("قال الوزير: «سنبدأ غدا. سنكمل بعد غد.", 0), ("وغادر القاعة.", 3)]
    quoted = s.sentences("«العمل مستمر في المدينة كلها». — سعيد الراوي، مدير الورشة")
    assert len(quoted) == 2
    assert len(units(quoted, [0, 1], lambda text: len(text) < 1000)) == 1
    assert units(quoted, [1], lambda text: len(text) < 1000) == []
    assert units(parts, [1, 2, 3], lambda text: len(text) < 1000) == [("وغادر القاعة.", 3)]


def test_a_dash_without_a_quotation_before_it_names_no_speaker() -> None:
    for line in ("- قرية الزيتون: تسعون بيتا.", "– هل تكتب كل يوم؟ – نعم، في الصباح الباكر."):
        parts = s.sentences(line)
        told = units(parts, range(len(parts)), lambda text: len(text) < 1000)
        assert " ".join(text for text, _ in told) == line


@pytest.mark.parametrize(
    "sentence",
    [
        "ويأتي هذا القرار بعد شهر من الحريق.",
        "وأفادت أن الأشغال ستنتهي في الربيع.",
        "وأوضح، أن السوق لن يغلق.",
        "وقال في بيان إن السوق لن يغلق.",
        "لكنهم رفضوا العرض.",
        "فقد تضاعف ثمن القمح منذ الشتاء.",
        "بعدها غادر الجميع القاعة.",
        'وقال: "لن نغلق السوق".',
        'وأضاف قائلا :"لن نغلق السوق".',
        "وتابع الوزير: «لن نغلق السوق».",
        "كما شدد على أن السوق لن يغلق.",
        "وخلص إلى أن السوق لن يغلق.",
        "وفي هذا الصدد، لن يغلق السوق.",
        "وبحسب المصدر ذاته، لن يغلق السوق.",
    ],
)
def test_what_goes_on_with_a_speaker_or_points_back_leans(sentence: str) -> None:
    assert s.leans(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "أعلن وزير النقل أن الخط سيفتتح غدا.",
        "وفيما يتعلق بالأسعار، لم يتغير شيء.",
        "يأتي التجار من القرى كل خميس.",
        "وقال سعيد الراوي: «لن نغلق السوق».",
        "ودعت نقابة التجار إلى اجتماع.",
        "كما أعلن وزير النقل موعدا آخر.",
    ],
)
def test_what_names_who_and_what_does_not_lean(sentence: str) -> None:
    assert not s.leans(sentence)


def test_a_cut_leaves_no_announcement_and_no_speaker_without_what_is_said() -> None:
    quoted = "دعا الأمين العام إلى هدنة في الوادي كله، مبينا في بداية حديثه: «الماء لا يصل إلى القرى العليا منذ شهر»."
    for limit in range(58, 80):
        assert cut(quoted, limit, len)[0] == "دعا الأمين العام إلى هدنة في الوادي كله…"
    named = "عرضت القاعة الكبرى في المدينة القديمة مساء أمس فيلم «الواحة البعيدة» أمام جمهور غفير"
    assert cut(named, named.index("«") + 3, len)[0] == "عرضت القاعة الكبرى في المدينة القديمة مساء أمس…"


def test_the_beginning_of_a_sentence_says_something_whole() -> None:
    sentence = "أعلن مجلس المدينة الساحلية أن الميناء سيغلق غدا بسبب الريح، داعيا الصيادين إلى البقاء في بيوتهم"
    assert beginning(sentence, 200) == sentence
    assert beginning(sentence, 80) == "أعلن مجلس المدينة الساحلية أن الميناء سيغلق غدا بسبب الريح…"
    assert beginning("صادق المجلس، في جلسة عقدها مساء الثلاثاء بالقاعة الكبرى، على القانون الجديد", 40).count("…") == 1


def test_a_question_stays_with_its_answer() -> None:
    texts = ["كلمة " * 20, "ومن يدفع الثمن؟", "كلمة " * 22, "كلمة " * 18]
    groups = pack([Unit(text=text.strip(), paragraph=n) for n, text in enumerate(texts)], 240, len)
    assert [len(group) for group in groups] == [1, 3]


def test_what_says_something_whole() -> None:
    assert not s.stands_alone("قال محمد العلوي، مدير الشرطة في المدينة الساحلية الكبيرة،")
    assert s.stands_alone("قال الوزير إن الأشغال ستنتهي في نهاية السنة الجارية،")
    assert s.stands_alone("انطلقت صباح اليوم أشغال توسعة الميناء التجاري لمدينة مرسى الرمل،")
    assert not s.stands_alone("انطلقت صباح اليوم،")


def test_a_pause_in_a_quotation_ends_no_sentence() -> None:
    text = "قال “نحن أهل الواحة.. نعرف الماء”. ثم سكت.. وبعد ذلك غادر."
    assert s.sentences(text) == ["قال “نحن أهل الواحة.. نعرف الماء”.", "ثم سكت..", "وبعد ذلك غادر."]


def test_letters_that_are_spelled_end_no_sentence() -> None:
    text = "وقال لقناة سي. إن. إن. وموقع المنبر.نت إنه عائد. ثم سافر مع فريق بي. بي. سي. إلى كلميم."
    assert s.sentences(text) == [text[: text.index("ثم") - 1], text[text.index("ثم") :]]


def test_where_no_sign_parts_clauses_a_cut_stands_before_a_word_that_begins_one() -> None:
    text = "افتتحت الجماعة مركبا ثقافيا جديدا بحي السلام في المدينة العتيقة حيث كانت الورشات القديمة تستقبل صناع الخزف"
    head, rest = cut(text, 85, len)
    assert head == text[: text.index(" حيث")] + "…"
    assert rest.startswith("حيث")
