import gzip
import json
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.hashtags import MOST, Glossary, History, choose, suggest, tag_key, valid
from bot.text.tagging.candidates import find, read
from bot.text.tagging.features import likely
from bot.text.tagging.forms import is_bound, may_be_verb
from bot.text.tagging.lexicon import WORDS, lists
from bot.text.tagging.ranking import ranked
from bot.text.tagging.rules import refused
from tests.conftest import ROOT

PORT = (
    "ميناء طنجة المتوسط يوسع رصيف الحاويات",
    [
        "أعلنت السلطة المينائية بطنجة، أمس الثلاثاء، بدء أشغال توسيع رصيف الحاويات في ميناء طنجة المتوسط.",
        "وقال فؤاد البريني، رئيس مجلس الإدارة، إن المغرب يستعد لاستقبال سفن أكبر، وإن ميناء طنجة المتوسط سيوظف المئات.",
        "وأضاف البريني أن التمويل تم بشراكة مع البنك الدولي، وأن مدينة طنجة والدار البيضاء ستستفيدان من الربط السككي.",
        "وتوصي دراسة للمندوبية السامية للتخطيط بربط الميناء بالدار البيضاء قبل نهاية العقد.",
    ],
)
GULF = (
    "أرامكو السعودية توقع في الظهران اتفاقا مع أدنوك",
    [
        "وقعت أرامكو، في الظهران، اتفاقا مع أدنوك الإماراتية لبناء مصفاة للنفط.",
        "وقال أمين الناصر، رئيس أرامكو، إن الاتفاق يعزز أسواق النفط في الخليج العربي.",
        "وحضر التوقيع مسؤولون من السعودية والإمارات، بينهم وزير الطاقة الأمير عبدالعزيز بن سلمان.",
    ],
)


def tags(article: tuple[str, list[str]], **more: object) -> list[str]:
    return [one.tag for one in suggest(*article, **more)]  # type: ignore[arg-type]  # options by name


def test_moroccan_names_are_whole_and_without_clitics() -> None:
    found = tags(PORT)
    assert "#المغرب" in found
    assert any("طنجة" in tag for tag in found)
    assert not {"#البيضاء", "#بطنجة", "#بالدار_البيضاء", "#توصي", "#يستعد", "#المتوسط"} & set(found)


def test_gulf_names() -> None:
    found = tags(GULF)
    assert any(tag.startswith("#أرامكو") for tag in found)
    assert "#أدنوك" in found
    assert not {"#بن_سلمان", "#عبدالعزيز_بن", "#توقع"} & set(found)


def test_no_tag_is_a_piece_of_another() -> None:
    for article in (PORT, GULF):
        sets = [set(tag_key(tag).split(" ")) for tag in tags(article)]
        assert not any(a < b for a in sets for b in sets)


def test_no_phrase_goes_from_one_paragraph_into_the_next() -> None:
    found = find(read("افتتاح معرض الفخار", ["صناعة الخزف تعود، ومعها صناعة النسيج", "سوق الحرفيين ينتعش."])).at
    assert "معرض الفخار" in found
    assert not {"الفخار صناعه", "معرض الفخار صناعه", "النسيج سوق"} & found.keys()


def test_a_piece_of_a_known_name_with_its_neighbour_is_no_phrase_by_itself() -> None:
    found = find(read("قمة الأمم المتحدة الاستثنائية", ["تجمع الإمارات العربية المتحدة وفودا من كل القارات."]))
    assert found.inside["المتحده الاستثناييه"] == found.inside["قمه الامم"] == 1
    assert not found.inside["قمه الامم المتحده"]
    assert not found.inside["الامارات العربيه المتحده"]


def test_the_end_of_a_name_is_no_tag_without_its_beginning() -> None:
    text = read("خالد بن منصور يفتتح معرض الكتاب", ["وقال خالد بن منصور إن المعرض كبير. ثم غادر بن دريد القاعة."])
    keys = {one.key for one in likely(text, find(text))}
    assert "خالد بن منصور" in keys
    assert not {"بن منصور", "منصور"} & keys


def test_a_land_may_be_known_by_its_people_only() -> None:
    text = ["قال الوزير الموريتاني إن الجيش الموريتاني والشرطة الموريتانية تعملان معا.", "وشكر الموريتانيين جميعا."]
    assert "#موريتانيا" in tags(("الجيش الموريتاني يعزز مواقعه", text))
    (why,) = [each.why for each in suggest("الجيش الموريتاني يعزز مواقعه", text) if each.tag == "#موريتانيا"]
    assert "people are named in the title" in why.en


def test_the_long_name_of_a_state_is_its_short_one() -> None:
    text = ["وصل وزير دولة قطر إلى طنجة.", "وشكرت دولة قطر أهل طنجة، وتستثمر دولة قطر في مينائها."]
    found = all_tags("دولة قطر تستثمر في طنجة", *text).split()
    assert "#قطر" in found
    assert "#دولة_قطر" not in found


@pytest.mark.parametrize(
    ("surface", "bare"),
    [
        ("بمراكش", "مراكش"),
        ("والمغرب", "المغرب"),
        ("للأمم", "الأمم"),
        ("وبالرباط", "الرباط"),
        ("وزارة", "وزارة"),
        ("باريس", "باريس"),
        ("لبنان", "لبنان"),
        ("ليبيا", "ليبيا"),
        ("وجدة", "وجدة"),
        ("بركان", "بركان"),
        ("فرنسا", "فرنسا"),
        ("كلميم", "كلميم"),
        ("والدة", "والدة"),
        ("فالنسيا", "فالنسيا"),
        ("لمناقشة", "مناقشة"),
        ("برصاص", "رصاص"),
        ("بيومي", "بيومي"),
        ("لندن", "لندن"),
        ("برلين", "برلين"),
        ("بوتين", "بوتين"),
        ("بيان", "بيان"),
        ("لقاح", "لقاح"),
        ("بنزيما", "بنزيما"),
        ("لوكاكو", "لوكاكو"),
    ],
)
def test_clitics_come_off_and_words_stay_whole(surface: str, bare: str) -> None:
    known = WORDS[surface]
    assert known is not None
    assert known.bare == bare


def test_own_tags_come_first_in_the_form_of_the_house() -> None:
    glossary = Glossary(aliases={tag_key("كازا"): "الدار البيضاء"}, banned=frozenset({tag_key("عاجل")}))
    found = suggest(*PORT, own=["#كازا", "الدار البيضاء", "عاجل", "2026", "مينــاء"], glossary=glossary)
    assert [one.tag for one in found][:2] == ["#الدار_البيضاء", "#ميناء"]
    assert found[0].why.en == "The article's own tag."
    assert "#عاجل" not in [one.tag for one in found]


def test_always_tags_are_those_of_every_article_and_of_the_section() -> None:
    glossary = Glossary(always={"": ("هيئة التحرير",), "اقتصاد": ("أعمال",), "رياضة": ("كرة القدم",)})
    found = suggest(*PORT, section="اقتصاد", glossary=glossary)
    assert [one.tag for one in found][:2] == ["#هيئة_التحرير", "#أعمال"]
    assert "اقتصاد" in found[1].why.ar
    assert "#كرة_القدم" not in [one.tag for one in found]


def test_a_banned_tag_is_never_made_and_an_alias_gives_the_form() -> None:
    glossary = Glossary(aliases={"البنك الدولي": "مجموعة البنك الدولي"}, banned=frozenset({"المغرب"}))
    history = History.of([["البنك الدولي"]] * 30)
    found = tags(PORT, glossary=glossary, history=history)
    assert "#المغرب" not in found
    assert "#مجموعة_البنك_الدولي" in found


def test_one_entity_has_one_form() -> None:
    text = ["تستقبل المملكة المغربية وفدا.", "وقال إن المغرب بلد مضياف، وإن المملكة المغربية ترحب بالجميع في المغرب."]
    found = tags(("المغرب يستقبل وفدا", text))
    assert "#المغرب" in found
    assert "#المملكة_المغربية" not in found


def test_history_lifts_what_the_newsroom_uses_in_its_spelling() -> None:
    history = History.of([["الحاويات"], ["#الحاويات", "الحاويات"], ["رصيف_الحاويات"], *[["الحاويات", "طنجه"]] * 40])
    assert history.counts["الحاويات"] == 42
    chance = {one.key: one.chance for one in ranked(*PORT)}
    with_past = {one.key: one.chance for one in ranked(*PORT, history.past)}
    assert with_past["الحاويات"] > 2 * chance["الحاويات"]
    found = suggest(*PORT, history=history)
    assert found[0].tag == "#طنجه"
    assert "40 times before" in found[0].why.en


def test_every_tag_says_why_in_both_languages() -> None:
    for one in suggest(*PORT):
        assert 0 <= one.score <= 1
        assert one.why.en.endswith(".")
        assert one.why.ar.endswith(".")


def test_nothing_in_nothing_out() -> None:
    assert suggest("", []) == []
    assert choose("", [""], []) == []
    assert suggest("!", ["؟ 12"]) == []


LETTERS = st.text(
    st.sampled_from('ابتجدرسعفقكلمنهويةىءأإ ًّـ\u200c\u200f\u202e،.؟"“«»:#_-0٣aZ\n') | st.characters(), max_size=200
)


@given(LETTERS, st.lists(LETTERS, max_size=4), st.lists(LETTERS, max_size=3))
@settings(max_examples=150, deadline=None)
def test_whatever_the_text_tags_are_valid_and_the_same_again(title: str, text: list[str], own: list[str]) -> None:
    found = choose(title, text, own)
    assert found == choose(title, text, own)
    assert len(found) <= MOST
    assert len(set(map(tag_key, found))) == len(found)
    for tag in found:
        assert tag == valid(tag)
        assert not any(map(unicodedata.combining, tag))


DATA = Path(os.environ.get("NASHIR_SHARED", ROOT.parent / "shared")) / "data" / "hashtags-dev.jsonl.gz"


@pytest.mark.skipif(not DATA.is_file(), reason="the development articles are not here")
def test_tags_meet_those_of_editors() -> None:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        rows = sorted(map(json.loads, lines), key=lambda row: row["id"].rsplit("-", 1)[-1])
    marks = []
    for row in rows[len(rows) // 2 :: 5]:
        mine = set(map(tag_key, choose(row["title"], row["text"].split("\n"), ())[:5]))
        theirs = set(map(tag_key, row["tags"]))
        marks.append(2 * len(mine & theirs) / (len(mine) + len(theirs)))
    assert sum(marks) / len(marks) > 0.34


@pytest.mark.parametrize(
    "surface",
    [
        "وفاته",
        "حكومتها",
        "مواطنيه",
        "عائلاتهم",
        "شخصا",
        "مفاعلا",
        "استهدف",
        "أعلن",
        "أثار",
        "أطلقت",
        "فرضت",
        "نشروا",
        "هددوا",
    ],
)
def test_a_form_that_no_tag_has(surface: str) -> None:
    assert is_bound(surface)


@pytest.mark.parametrize(
    "surface",
    [
        "كوبا",
        "سوريا",
        "فقيه",
        "مياه",
        "توجيه",
        "درهم",
        "متهم",
        "البنك",
        "فيسبوك",
        "بيت",
        "بنات",
        "بيوت",
        "أحمد",
        "اقتصاد",
    ],
)
def test_a_form_that_a_tag_may_have(surface: str) -> None:
    assert not WORDS[surface].kind.bound


@pytest.mark.parametrize(
    ("surface", "verb"),
    [
        ("يتراجع", True),
        ("يقاومون", True),
        ("يخشون", True),
        ("سيخضع", True),
        ("سيناء", False),
        ("سيول", False),
        ("تلفزيون", False),
    ],
)
def test_verbs_of_the_present_and_the_future(surface: str, verb: bool) -> None:
    assert may_be_verb(surface) is verb


HOSPITAL = (
    "مستشفى ورزازات يستقبل أول جهاز لتصوير القلب",
    [
        "استقبل مستشفى ورزازات جهازا لتصوير القلب، اقتنته جهة درعة تافيلالت بشراكة مع أطباء القلب المغاربة.",
        "وقالت الطبيبة سلمى أوعلي إن مرضاها كانوا يقطعون أربع ساعات إلى مراكش، وإن عشرات المرضى سيستفيدون شهريا.",
        "ونوهت الجمعيات المحلية بالمبادرات الاجتماعية التي رافقت المشروع، وبالخدمات الاجتماعية للجهة.",
    ],
)


def test_no_verbs_pronouns_adjectives_or_numbers() -> None:
    found = [tag_key(tag) for tag in tags(HOSPITAL)]
    words = {word for key in found for word in key.split(" ")}
    assert "ورزازات" in words
    assert not words & {"استقبل", "يستقبل", "مرضاها", "جهازا", "اربع", "ساعات", "سيستفيدون", "شهريا", "عشرات"}
    assert "الاجتماعيه" not in found


def test_a_name_is_not_halved() -> None:
    text = ["غنت شاكيلا مورغان في أصيلة.", "وقالت شاكيلا مورغان إن أصيلة جميلة.", "وستعود شاكيلا مورغان إلى أصيلة."]
    found = tags(("شاكيلا مورغان تغني في أصيلة", text))
    assert "#شاكيلا_مورغان" in found
    assert "#شاكيلا" not in found


@pytest.mark.parametrize(("before", "town"), [("مكة", "#جدة"), ("مدينة", "#وجدة")])
def test_two_towns_in_a_row_are_two(before: str, town: str) -> None:
    text = [f"وصل القطار إلى {before} وجدة صباحا.", f"وينطلق القطار من {before} وجدة كل ساعة."]
    assert town in tags((f"قطار {before} وجدة ينطلق", text))


def test_a_known_name_in_two_words_is_written_as_the_lists_have_it() -> None:
    text = ["حجبت تركيا فيس بوك ساعات.", "وقال مستخدمون إن فيس بوك عاد."]
    assert "#فيسبوك" in tags(("تركيا تحجب فيس بوك", text))


def test_a_family_name_keeps_its_first_letter() -> None:
    text = ["وقع محمد بنيس ديوانه في أصيلة.", "وقال بنيس إن القراء كثيرون.", "وحضر إدريس لشكر اللقاء في أصيلة."]
    found = " ".join(tags(("بنيس: القراء كثيرون في أصيلة", text)))
    assert "بنيس" in found
    assert "#نيس" not in found.split()


def all_tags(title: str, *text: str) -> str:
    return " ".join(tags((title, list(text))))


def test_a_name_is_not_glued_to_the_word_behind_it() -> None:
    found = all_tags(
        "محمد العلوي برقية وصلت",
        "وجه محمد العلوي برقية إلى أهل كلميم.",
        "وقال محمد العلوي إن كلميم بخير.",
        "ويدرب الفريق المدرب سعيد الراوي منذ سنة.",
    )
    assert "برقية" not in found
    assert "#المدرب_سعيد" not in found


def test_who_reports_is_no_tag_but_in_the_title() -> None:
    text = ["غرقت سفينة قرب طنجة، بحسب رويترز.", "وأضافت رويترز أن ركاب السفينة وصلوا إلى طنجة."]
    assert "#رويترز" not in all_tags("غرق سفينة قرب طنجة", *text)
    assert "#رويترز" in all_tags("رويترز تغلق مكتبها في طنجة", *text)


def test_one_name_has_one_tag_however_it_is_joined_and_none_of_its_half() -> None:
    found = all_tags(
        "شعبان عبدالرحيم يغني في طنجة",
        "يغني شعبان عبد الرحيم في طنجة مساء.",
        "وقال عبد الرحيم إن طنجة جميلة.",
        "وشكر شعبان عبدالرحيم أهل طنجة.",
    )
    assert found.count("الرحيم") + found.count("عبدالرحيم") <= 2
    assert len([tag for tag in found.split() if "رحيم" in tag]) == 1
    assert "#عبد_الرحيم" not in found.split()


def test_a_gloss_in_brackets_is_no_tag() -> None:
    found = all_tags("كيليان مورفان في طنجة", "وصل كيليان مورفان (Kylian Morvan) إلى طنجة.", "وغادر مورفان طنجة مساء.")
    assert "Kylian" not in found
    assert "Company" in all_tags("شركة Company في طنجة", "فتحت Company مصنعا في طنجة.", "وتوظف Company ألف عامل.")


def test_a_land_and_its_people_are_one_tag() -> None:
    found = all_tags(
        "الرئيس الصيني يزور مراكش",
        "وصل الرئيس الصيني إلى مراكش.",
        "وتستثمر الصين في مراكش.",
        "وشكر الرئيس الصيني أهلها.",
    ).split()
    assert not {"#الصين", "#الرئيس_الصيني"} <= set(found)


def test_units_currencies_and_adverbs_are_no_tags() -> None:
    found = all_tags(
        "ثمن الفاكهة يرتفع سنتيمات",
        "ارتفع ثمن الفاكهة ثلاثين سنتيما في كلميم، وهبط مؤشر السوق ثماني نقاط تدريجيا.",
        "وبيع عيار الذهب بألف ريال تقريبا، وتضرر عشرون شخصا يوميا.",
    )
    for word in ("سنتيم", "نقاط", "عيار", "ريال", "شخصا", "يوميا", "تدريجيا", "تقريبا"):
        assert word not in found


def test_clubs_are_names_where_a_match_is_told_and_words_elsewhere() -> None:
    match = [
        "حقق الرجاء فوزا ثمينا على ضيفه الوداد بهدفين لهدف، في مباراة قوية لحساب الجولة الخامسة من الدوري.",
        "وسجل للرجاء لاعب الوسط سعيد الراوي، وقلص للوداد المهاجم منير العلمي من ضربة جزاء.",
        "ورفع الرجاء رصيده إلى عشر نقاط، فيما تجمد رصيد الوداد. وقال مدرب الجيش الملكي إنه تابع المباراة.",
    ]
    assert {"#الرجاء", "#الوداد"} <= set(all_tags("الرجاء يهزم الوداد في الديربي", *match).split()[:3])
    found = all_tags("بلدية كلميم تغلق المسبح", "الرجاء عدم الاقتراب من مسبح كلميم.", "ويفتح المسبح في كلميم غدا.")
    assert "#الرجاء" not in found.split()


@pytest.mark.parametrize("people", ["أميركي", "الأمريكية", "سعودي", "بريطاني", "البوسنيين"])
def test_a_title_that_ends_with_the_people_of_a_land(people: str) -> None:
    assert all_tags(f"وصول وفد {people}", "").startswith("#")
    assert isinstance(suggest(people, []), list)


@pytest.mark.parametrize(
    ("key", "is_refused"),
    [
        ("محمد العلوي برقيه", True),
        ("محمد العلوي", False),
        ("عبد القادر", True),
        ("عبد القادر مطاع", False),
        ("المدرب سعيد الراوي", True),
        ("سعيد الراوي", False),
        ("كيم جونغ اون", False),
        ("خالد ابو خبر", False),
        ("ريال تجاره", True),
        ("ريال مدريد", False),
    ],
)
def test_whose_name_it_is(key: str, is_refused: bool) -> None:
    text = read(
        "رسائل من كلميم",
        [
            "وجه محمد العلوي برقية، ومثله عبد القادر مطاع، والمدرب سعيد الراوي.",
            "وقال سعيد الراوي إن محمد العلوي بخير، ومثله كيم جونغ أون.",
            "وشجع خالد أبو خبر ريال مدريد، وربح ألف ريال تجارة.",
        ],
    )
    at = find(text).at[key]
    assert refused(text, lists(), key, at, key.count(" ") + 1) is is_refused
