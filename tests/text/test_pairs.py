"""Quotation marks and brackets: which belongs to which, and what is missing."""

import pytest

from bot.text import pairs
from bot.text.marks import DOUBLE_PRIME


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        (f"جائحة “كوفيد-19{DOUBLE_PRIME}، ثم", "جائحة “كوفيد-19”، ثم"),
        ('قال “نعم" ومضى', "قال “نعم” ومضى"),
        ('قال «نعم" ومضى', "قال «نعم» ومضى"),
        (f"شاشة 27{DOUBLE_PRIME} جديدة", f"شاشة 27{DOUBLE_PRIME} جديدة"),
        ('شاشة 27" جديدة', 'شاشة 27" جديدة'),
        ('قال "نعم" ومضى', 'قال "نعم" ومضى'),
        ("وقال الوزير: «سنبدأ غدا.", "وقال الوزير: «سنبدأ غدا»."),
        ("منظمة الصحة (WHO تؤكد ذلك", "منظمة الصحة (WHO) تؤكد ذلك"),
        ("شركة (Royal Air Maroc، وهي الأولى", "شركة (Royal Air Maroc)، وهي الأولى"),
        ("انتهى اللقاء.”", "انتهى اللقاء."),
        ("افتتح “المركز الجديد أمس بحضور الجميع", "افتتح “المركز الجديد أمس بحضور الجميع"),  # no certain place
        ("1) أولا ثم 2) ثانيا", "1) أولا ثم 2) ثانيا"),
        ("رواية l’étranger ورواية d'amour", "رواية l’étranger ورواية d'amour"),
        ("قال (نعم [ربما] لا)", "قال (نعم [ربما] لا)"),
        ("سوق “باب البحر“ القديم", "سوق “باب البحر” القديم"),
        ("سوق «باب البحر«، ثم", "سوق «باب البحر»، ثم"),
        ("عرض “أين نسهر الليلة “ الجديد", "عرض “أين نسهر الليلة ” الجديد"),
        ("قال “رأيت “القنطرة” أمس” ومضى", "قال “رأيت “القنطرة” أمس” ومضى"),
        ('“قرأت "المنارة" ثم نمت".', '“قرأت "المنارة" ثم نمت”.'),
        ('قال "نعم” ومضى', 'قال "نعم" ومضى'),
        (f"قال: “بعت شاشة 32{DOUBLE_PRIME} أمس” ومضى", f"قال: “بعت شاشة 32{DOUBLE_PRIME} أمس” ومضى"),
        ('قال: «بعت شاشة 32" أمس» ومضى', 'قال: «بعت شاشة 32" أمس» ومضى'),
        (f"“كوفيد-19{DOUBLE_PRIME} و“كوفيد-20”", "“كوفيد-19” و“كوفيد-20”"),
        ("„نعم“ ثم „لا“.", "„نعم“ ثم „لا“."),
        ("قال “نعم» ومضى", "قال “نعم” ومضى"),
        ('وقالت إن الموسم انتهى".', 'وقالت إن الموسم انتهى".'),
        ("وقالت إن الموسم انتهى”.", "وقالت إن الموسم انتهى”."),
        ('قال "سأترك إدارة "مراكب الشمال".', 'قال "سأترك إدارة "مراكب الشمال".'),
        ('يرى أن المهرجان ""لم يبدأ بعد" هنا', 'يرى أن المهرجان "لم يبدأ بعد" هنا'),
        ('متحف "البحر"" الذي افتتح', 'متحف "البحر" الذي افتتح'),
    ],
)
def test_a_lone_sign_is_mended_where_one_place_is_certain(text: str, mended: str) -> None:
    assert pairs.mend(text) == mended
    assert pairs.mend(mended) == mended


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('قال "سنغلق "السوق القديم" غدا".', ["سنغلق " + '"السوق القديم"' + " غدا", "السوق القديم"]),
        ('قال "زرت الـ"مدينة" و"القلعة" أمس".', ['زرت الـ"مدينة" و"القلعة" أمس', "مدينة", "القلعة"]),
        ('بين "أ" "ب" و"ج"', ["أ", "ب", "ج"]),
        ('سهم "البحر "ارتفع أمس', ["البحر "]),  # a closing mark that slipped to the next word
        ('قال "نعم "ثم "لا" ومضى', ["نعم ", "لا"]),
        ('قالوا "شاشة 32" كبيرة" ومضوا', ['شاشة 32" كبيرة']),
        ('باع شاشة 32" وكتاب "البحر" أمس', ["البحر"]),
        ('عام "كوفيد-19" وعام "كوفيد-20"', ["كوفيد-19", "كوفيد-20"]),
        ('كتاب" ثم "لا" هنا', ["لا"]),
    ],
)
def test_straight_marks_are_read_so_that_fewest_stand_alone(text: str, quoted: list[str]) -> None:
    found, _ = pairs.scan(text)
    assert [text[a + 1 : b] for a, b in sorted(found)] == quoted


def test_which_sentences_begin_inside_a_quotation() -> None:
    parts = ['قال "سنغلق "السوق القديم" غدا.', "وسنبني غيره.", 'ثم نفتحه للناس".', "ومضى."]
    assert pairs.inside(parts) == [False, True, True, False]
    assert pairs.inside(['قال "نعم.', "ثم مضى."]) == [False, True]
    assert pairs.inside(["كتاب “البحر” جديد.", "ومضى."]) == [False, False]
    assert pairs.inside([]) == []


def test_what_stays_alone_is_reported() -> None:
    _, lone = pairs.scan("افتتح “المركز الجديد) أمس")
    assert [(each.sign, each.kind) for each in lone] == [("“", "unclosed"), (")", "unopened")]
    found, lone = pairs.scan("قال: «نعم، “ربما” و(لا)»")
    assert lone == []
    assert len(found) == 3


@pytest.mark.parametrize(
    ("text", "style", "set_"),
    [
        ('قال "نعم" و“لا”', "guillemets", "قال «نعم» و«لا»"),
        ('قال «نعم "ربما" لا»', "guillemets", "قال «نعم “ربما” لا»"),
        ("قال «نعم “ربما” لا»", "curly", "قال “نعم «ربما» لا”"),
        ("قال „نعم“ ثم ”لا“ ثم »ربما«", "guillemets", "قال «نعم» ثم «لا» ثم «ربما»"),
        ('قال "زرت "القلعة" أمس"', "guillemets", "قال «زرت “القلعة” أمس»"),
        ('قال "نعم', "guillemets", 'قال "نعم'),
        ('قال «نعم» و"لا"', "keep", 'قال «نعم» و"لا"'),
    ],
)
def test_quotes_by_house_style(text: str, style: str, set_: str) -> None:
    assert pairs.set_quotes(text, style) == set_  # type: ignore[arg-type]  # words of the parametrization
    assert pairs.set_quotes(set_, style) == set_  # type: ignore[arg-type]  # words of the parametrization


def test_what_a_cut_opens_is_closed() -> None:
    assert pairs.close_quotes("قال إن “الأمر معقد.") == "قال إن “الأمر معقد”."
    assert pairs.close_quotes("قال: «نعم، “ربما") == "قال: «نعم، “ربما”»"
    assert pairs.close_quotes("في مراكش (جنوب المغرب") == "في مراكش (جنوب المغرب)"
    assert pairs.close_quotes("لا شيء مفتوح.") == "لا شيء مفتوح."


@pytest.mark.parametrize(
    "text",
    [
        "قناة “بحر الشمال“ بالميناء.",
        "ومع أن ‘الفريق جاهز’ فإن الموعد تأخر.",
        "فيلم ‘حارس l’Atlantique’ في القاعات.",
        "ليقولوا ’نعم‘ أو ’لا‘ للمشروع.",
        "من أجل ”ماء نظيف“، كما قال.",
        "لـ’النوارس البيضاء‘ موسم قصير.",
        "جيل ‘90 وموسيقى rock ’n’ roll في المهرجان.",
        "قرية الزيتون‘ القديمة.",
        "سافر ‘لى المدينة أمس.",
        "قناة بحر الشمال“ بالميناء.",
        'المشهد الأخير" ثم أسدل الستار.',
        'والموسم لم ينته".',
        "»الزيتون« اسم القرية.",
    ],
)
def test_no_mark_is_added_that_nobody_wrote(text: str) -> None:
    assert pairs.close_quotes(pairs.mend(text)) == pairs.mend(text)
    assert pairs.unclosed(text) in ([], ["“"])  # `“…“` before it is mended


@pytest.mark.parametrize(
    ("cut", "closed"),
    [
        ("ليقولوا ”نعم للماء", "ليقولوا ”نعم للماء“"),
        ("وقال: ‘سنبدأ غدا.", "وقال: ‘سنبدأ غدا’."),
        ("قالوا »الزيتون طيب", "قالوا »الزيتون طيب«"),
        ('وقال: "...لم نصل بعد', 'وقال: "...لم نصل بعد"'),
        ('قال "سأترك إدارة "مراكب الشمال".', 'قال "سأترك إدارة "مراكب الشمال".'),
        ('قال "سأترك إدارة "مراكب الشمال" غدا.', 'قال "سأترك إدارة "مراكب الشمال" غدا".'),
        ('قال له "’يا بحار‘، تعال...', 'قال له "’يا بحار‘، تعال..."'),
        ('قال (في "مراكب الشمال" و"المن', 'قال (في "مراكب الشمال" و"المن")'),
    ],
)
def test_what_is_open_is_closed_with_its_partner(cut: str, closed: str) -> None:
    assert pairs.close_quotes(cut) == closed


def test_signs_that_cannot_be_mended_end() -> None:
    odd = '«و« »1و:"»ه:تس\N{DOUBLE PRIME}.'
    assert pairs.mend(pairs.mend(odd)) == pairs.mend(odd)
