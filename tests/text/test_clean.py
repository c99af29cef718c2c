import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import clean
from bot.text.marks import DIRECTION, NBSP


@pytest.mark.parametrize(
    "line",
    [
        "زر الذهاب إلى الأعلى",
        "اقرأ أيضا: أسعار الزيت ترتفع",
        "اقرأ أيضًا",
        "إقرأ المزيد",
        "شاهد أيضا | فيديو",
        "فيسبوك تويتر واتساب تلغرام",
        "Facebook Twitter WhatsApp",
        "شارك هذا المقال",
        "انضم إلى قناتنا على تلغرام",
        "تابعونا على فيسبوك",
        "جميع الحقوق محفوظة",
        "مواضيع ذات صلة",
        "للمزيد: سوق السمك يفتح أبوابه من جديد",
        "للمزيد – صور من موسم القطاف",
        "يمكنكم تسلم إشعارات بأهم أخبارنا بعد تحميل تطبيقنا على هواتفكم.",
        "كلمات دلالية: الصيد، الميناء، البحر",
        "الأكثر قراءة",
        "التعليقات (0)",
        "// انتهى //",
    ],
)
def test_furniture(line: str) -> None:
    assert clean.is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "شارك في المؤتمر مندوبون من عشرين دولة، وعرضوا تجاربهم.",
        "قالت شركة فيسبوك إن الخدمة عادت.",
        "تابع الوزير حديثه عن الميزانية.",
        "اقرأ الرسالة التي كتبها السجين إلى أمه.",
        "العودة إلى المدارس تبدأ الاثنين.",
        "طباعة الكتب في المغرب تتراجع.",
        "للمزيد من الشفافية، نشرت الوزارة تقريرها كاملا.",
        "يمكنكم تسلم البطاقات من مقر البلدية ابتداء من الاثنين.",
        "الأكثر قراءة بين كتب المعرض رواية عن البحر.",
        "انتهى الاجتماع",
    ],
)
def test_text_is_not_furniture(line: str) -> None:
    assert not clean.is_furniture(line)


def test_a_newsroom_adds_furniture_of_its_own() -> None:
    assert not clean.is_furniture("نشرة الصباح: سجل الآن")
    assert clean.is_furniture("نشرة الصباح: سجّل الآن", ["نشرة الصباح*"])


def test_a_line_that_spells_the_title_is_no_list_of_tags() -> None:
    title = "مجلس المدينة يقر ميزانية النقل الجديدة"
    paragraphs, tags = clean.body(title, "فقرة.\n\n#مجلس #المدينة #يقر #ميزانية #النقل #الجديدة")
    assert (paragraphs, tags) == (["فقرة."], [])


def test_tashkeel_and_hyphens_in_a_tag_line() -> None:
    paragraphs, tags = clean.body("أمطار بجبال تلّ الحمام", "فقرة.\n\n#أمطار #بجبال #تلّ #الحمام\n\n#كوفيد-19 #الصحة")
    assert (paragraphs, tags) == (["فقرة."], ["كوفيد-19", "الصحة"])


def test_a_real_tag_line_is_lifted_off() -> None:
    paragraphs, tags = clean.body("عنوان آخر", "فقرة.\n\n#النقل_الحضري #مرسى_الرمل")
    assert (paragraphs, tags) == (["فقرة."], ["النقل_الحضري", "مرسى_الرمل"])


def test_controls_shapes_and_spaces() -> None:
    assert clean.plain(f"ﻣﺮﺣﺒﺎ{NBSP}{NBSP}ب\N{RIGHT-TO-LEFT OVERRIDE}ك\x00\N{ZERO WIDTH NO-BREAK SPACE}") == "مرحبا بك"
    assert clean.plain("صلى الله عليه ﷺ") == "صلى الله عليه ﷺ"
    assert clean.plain("a\ud800b") == "ab"


def test_a_body_that_begins_with_the_title_loses_it() -> None:
    assert clean.body("عنوان المادة", "عنوان المادة\n\nالنص.")[0] == ["النص."]
    assert clean.body("عنوان المادة", "عنوان المادة.\nالنص.\nتتمة النص.")[0] == ["النص.", "تتمة النص."]


def test_lines_are_paragraphs_unless_they_were_broken_at_a_width() -> None:
    poem = [
        "قال الشاعر:",
        "يا ليل طال السرى والقلب منتظر",
        "والفجر خلف التلال السود يستتر",
        "وولد الشاعر سنة 1950 في قرية جبلية.",
    ]
    assert clean.body("عنوان", "\n".join(poem))[0] == poem
    broken = (
        "افتتحت البلدية صباح اليوم سوقا جديدا للسمك في الميناء القديم\n"
        "وقال رئيسها إن السوق سيخدم ألف بائع من كل قرى الساحل الشمالي\nبدءا من الغد."
    )
    assert clean.body("عنوان", broken)[0] == [broken.replace("\n", " ")]


def test_the_headlines_under_read_also_are_no_text() -> None:
    links = 'اقرأ أيضا:\n\nسوق السمك "يعود" إلى الميناء\n\nمن يملك البحر؟'
    assert clean.body("عنوان", f"نص أول.\n\n{links}\n\nنص ثان، وله تتمة.")[0] == ["نص أول.", "نص ثان، وله تتمة."]
    assert clean.body("عنوان", "نص بلا نقطة\n\nاقرأ أيضا:\n\nنص ثان بلا نقطة")[0] == ["نص بلا نقطة", "نص ثان بلا نقطة"]
    assert clean.body("عنوان", "نص أول.\n\nاقرأ أيضا: خبر آخر\n\nعنوان فرعي")[0] == ["نص أول.", "عنوان فرعي"]


@given(st.text(max_size=200))
def test_plain_is_idempotent_and_lets_no_direction_mark_through(text: str) -> None:
    once = clean.plain(text)
    assert clean.plain(once) == once
    assert not set(once) & set(DIRECTION)


@pytest.mark.parametrize(
    "line",
    [
        "شارك علي بنعيسى في السباق وحل ثالثا.",
        "شارك مع زملائه في المباراة التي جرت أمس.",
        "تابع علي دراسته في كلية الطب ثم عاد إلى قريته.",
        "انضم إلى قناة الجزيرة سنة 2010 مراسلا من الرباط.",
        "حقوق النشر في المغرب موضوع ندوة علمية دولية.",
        "شارك هذا الفيلم في مهرجان كان.",
    ],
)
def test_a_sentence_that_begins_like_an_invitation_stays(line: str) -> None:
    assert not clean.is_furniture(line)


@pytest.mark.parametrize(
    "line", ["شارك هذا المقال", "تابعونا على فيسبوك", "انضموا إلى قناتنا على تلغرام", "حقوق النشر محفوظة"]
)
def test_an_invitation_is_furniture(line: str) -> None:
    assert clean.is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "ــــــــــــ",
            "* * *",
            "-----",
            "3 دقائق للقراءة",
            "نشر في: 20 نوفمبر 2026",
            "آخر تحديث: 20 نوفمبر 2026 - 10:30",
        ),
        *("حجم الخط", "سجل الدخول لكتابة تعليق", "المزيد من الأخبار", "مواضيع قد تهمك", "إعلان", "قراءة المزيد"),
        *("انضم إلينا على واتساب", "اشترك الآن في النشرة البريدية", "لمتابعة أخبارنا أولا بأول", "للتواصل معنا: 0522"),
        *("صورة: و.م.ع", "تصوير: منى العلمي", "الكلمات الدالة: الصحة", "فيديو ذو صلة"),
    ],
)
def test_a_line_that_is_furniture_by_itself_goes_wherever_it_stands(line: str) -> None:
    text = ["انطلقت الأشغال في الميناء صباح اليوم.", "وتنتهي بعد سنة."]
    assert clean.body("عنوان", f"{text[0]}\n\n{line}\n\n{text[1]}")[0] == text


@pytest.mark.parametrize(
    "line",
    ["- مل -", "ي.ط", "0142", "20:15 ت م", "(أ ف ب)", "و م ع", "(ومع: 19 نونبر 2026)", "وام/سعيد الراوي", "يتبع...",
     "المصدر: وكالات"],
)  # fmt: skip
def test_signatures_end_a_text_and_are_no_part_of_it(line: str) -> None:
    text = ["انطلقت الأشغال في الميناء صباح اليوم.", "وتنتهي بعد سنة."]
    assert clean.body("عنوان", "\n\n".join([*text, line]))[0] == text
    assert clean.body("عنوان", "\n\n".join([text[0], line, *text, *text]))[0][1] == line, "only at the end"
    assert clean.body("عنوان", line)[0] == [line], "where it is all there is"


@pytest.mark.parametrize(
    "line",
    [
        "المنبر – و.م.ع",
        "المنبر - سعيد الراوي",
        "دبي - العربية.نت",
        "الرياض 29 جمادى الأولى 1448 هـ الموافق 20 نوفمبر 2026 م واس",
    ],
)
def test_bylines_and_days_before_a_text_are_no_part_of_it(line: str) -> None:
    text = ["انطلقت الأشغال في الميناء صباح اليوم.", "وتنتهي بعد سنة."]
    assert clean.body("عنوان", "\n\n".join([line, *text]))[0] == text
    score = "أمل الواحة 2 - نجم الساحل 1"
    assert clean.body("عنوان", "\n\n".join([score, *text]))[0] == [score, *text]


@pytest.mark.parametrize(
    ("line", "words", "tags"),
    [
        ("زار #سعيد_الراوي مدينة #كلميم.", "زار سعيد الراوي مدينة كلميم.", ["سعيد_الراوي", "كلميم"]),
        ("وصل بـ#القطار و#الحافلة ل#المدينة", "وصل بالقطار والحافلة للمدينة", ["القطار", "الحافلة", "المدينة"]),
        ("تصدر وسم #أنقذوا_الواحة", "تصدر وسم #أنقذوا_الواحة", []),
        ("#الواحة هو الوسم الذي تصدر", "#الواحة هو الوسم الذي تصدر", []),
        ("كتبوا #نريد_ماء_الشرب_الآن", "كتبوا #نريد_ماء_الشرب_الآن", []),
        ("نشرة #Interpol لغة C#", "نشرة #Interpol لغة C#", []),
        ("الأزمة _السورية والسنة_الجديدة", "الأزمة السورية والسنة الجديدة", []),
        ("https://example.com/#قسم_1 و@سعيد_علي", "https://example.com/#قسم_1 و@سعيد_علي", []),
    ],
)
def test_hashtags_in_running_text_are_words(line: str, words: str, tags: list[str]) -> None:
    assert clean.untagged(line) == (words, tags)
    assert clean.untagged(words)[0] == words


def test_letters_of_persian_keyboards() -> None:
    assert clean.plain("ترکیا تعود إلی السوق") == "تركيا تعود إلى السوق"
    assert clean.plain("پایان") == "پایان"
