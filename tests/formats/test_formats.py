import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.errors import FormatError
from bot.domain.post import SERVICES, Post, Service
from bot.domain.style import Style
from bot.formats import Formats
from bot.formats.templating import Templates
from bot.pipeline.compose import compose
from bot.text import pairs
from bot.text.marks import ALM, DIRECTION
from bot.text.measure import telegram_length, telegram_text, x_length
from tests.conftest import ROOT

TEMPLATES = Templates([ROOT / "templates"])
LINK = "https://example.com/rewaq/1"


def article(
    title: str = "عنوان المادة", body: str = "", url: str = LINK, tags: tuple[str, ...] = (), image: str = ""
) -> Article:
    return Article(source="s", guid="g", title=title, body=body, url=url, tags=tags, image=image)


def post(of: Article, service: Service, style: Style | None = None, **channel: object) -> Post:
    # words of the parametrization
    return compose(of, Channel(name="c", service=service, **channel), Formats(style or Style(), TEMPLATES))  # type: ignore[arg-type]  # by name


LEAD = "انطلقت صباح اليوم أشغال توسعة الميناء التجاري لمدينة مرسى الرمل، بكلفة تبلغ 320 مليون درهم."
LONG = (
    "أعلنت وزارة النقل اليوم عن خطة واسعة لتجديد أسطول الحافلات في المدن الكبرى، تشمل اقتناء ألف حافلة كهربائية، "
    "وبناء ستين محطة للشحن السريع، وتكوين ثلاثة آلاف سائق على القيادة الاقتصادية، على أن تنتهي أشغال التركيب كلها "
    "قبل نهاية السنة المقبلة في عشر مدن ساحلية وداخلية."
)


def test_headline_and_link_alone_is_a_valid_post() -> None:
    assert [s.text for s in post(article(), "x", mode="short").segments] == [f"عنوان المادة\n\n{LINK}"]


def test_the_ladder_whole_lead_then_tags() -> None:
    first = post(article(body=LEAD, tags=("مرسى الرمل", "النقل", "ثالث")), "x", mode="short").segments[0]
    assert first.text == f"عنوان المادة\n\n{LEAD}\n\n{LINK}\n\n#مرسى_الرمل #النقل"
    assert first.length == x_length(first.text)


def test_the_ladder_beginning_of_the_lead_up_to_a_clause() -> None:
    first = post(article(body=LONG, tags=("النقل",)), "x", mode="short").segments[0].text
    assert "وبناء ستين محطة للشحن السريع…" in first or "وتكوين ثلاثة آلاف سائق على القيادة الاقتصادية…" in first
    assert "قبل نهاية" not in first


def test_a_thread_does_not_begin_its_lead_twice() -> None:
    told = [s.text for s in post(article(body=f"{LONG}\n\n{LEAD}"), "x", mode="thread").segments]
    assert told[0] == f"عنوان المادة\n\n{LINK}"
    assert sum(text.count("أعلنت وزارة النقل") for text in told) == 1


def test_the_ladder_no_lead_where_its_beginning_says_nothing_whole() -> None:
    body = "قال محمد الراوي، مدير المرصد، إن " + "الأمر طويل جدا " * 30 + "."
    assert post(article(body=body), "x", mode="short").segments[0].text.startswith(f"عنوان المادة\n\n{LINK}")


SPEECH = (
    "انطلقت صباح السبت في مرسى الرمل رحلات العبّارة الكهربائية الأولى، بحضور مئات من سكان المدينة وزوارها.",
    "وكتب العمدة في رسالته إلى السكان: “يسعدني أن أرى العبّارة الكهربائية تنقل الركاب إلى الجزر بعد سنوات.",
    "وأؤكد لكم أن التذاكر ستبقى بالسعر نفسه. وأن الرحلات ستزيد في الصيف لتبلغ عشرين رحلة في اليوم الواحد.",
    "وسنفتح قبل الربيع مرسى جديدا في الجزيرة الكبرى يستقبل العبّارة الكهربائية كل نصف ساعة”.",
    "وتتسع العبّارة لمئتي راكب، وتقطع الطريق إلى الجزر في أربعين دقيقة دون ضجيج ولا دخان.",
    "وكانت المدينة قد جربت العبّارة الكهربائية في الخريف على الطريق القصير بين الميناء القديم والجزيرة الصغرى.",
)


@pytest.mark.parametrize("marks", ["“”", "«»", '""'])
@pytest.mark.parametrize("segments", [2, 3, 5])
def test_a_quotation_over_several_paragraphs_keeps_its_marks_and_its_speaker(marks: str, segments: int) -> None:
    body = "\n\n".join(SPEECH).translate(str.maketrans("“”", marks))
    of = article(title="عبّارة كهربائية تنقل الركاب إلى الجزر", body=body)
    shown = [s.text for s in post(of, "x", Style(max_segments=segments), mode="thread").segments]
    lines = [line for text in shown for line in text.split("\n")]
    assert not any(pairs.scan(line)[1] for line in lines)
    for quoted in ("وأؤكد لكم", "وأن الرحلات", "وسنفتح قبل"):
        line = next((line for line in lines if quoted in line), None)
        assert line is None or (line[0] == marks[0] and "وكتب العمدة" in "".join(shown))
    mail = post(of, "email").segments[0].text
    assert f"{marks[0]}وأؤكد لكم" in mail
    assert f"في اليوم الواحد{marks[1]}." in mail


def test_a_long_headline_is_cut_between_words() -> None:
    title = "كلمة طويلة في عنوان لا ينتهي " * 14
    first = post(article(title=title.strip()), "x", mode="short").segments[0]
    assert first.length is not None
    assert first.length <= 280
    assert first.text.split("\n")[0].rstrip("…").split()[-1] in title.split()


@pytest.mark.parametrize(("link", "places"), [("first", [0]), ("last", [-1]), ("none", [])])
def test_the_place_of_the_link(link: str, places: list[int]) -> None:
    body = "\n\n".join(f"{LONG} {n}." for n in range(3))
    # words of the parametrization
    segments = post(article(body=body), "x", Style(link=link), mode="thread").segments  # type: ignore[arg-type]  # a parameter
    assert [i for i, s in enumerate(segments) if LINK in s.text] == [p % len(segments) for p in places]


def test_a_thread_leaves_nothing_out_where_the_whole_story_fits() -> None:
    body = (
        "لقي 3 أشخاص مصرعهم في حادث سير قرب سطات، اليوم.\n\nوأصيب 12 آخرون بجروح.\n\n"
        "ونُقل المصابون إلى المستشفى. ولا توجد إصابات خطيرة.\n\nوفتحت الشرطة تحقيقا. ونفت النيابة توقيف السائق."
    )
    text = " ".join(s.text for s in post(article(body=body), "x", mode="thread").segments)
    assert all(sentence in text for paragraph in body.split("\n\n") for sentence in paragraph.split(". "))


@pytest.mark.parametrize(("link", "mode"), [("first", "thread"), ("last", "thread"), ("first", "short")])
def test_a_story_that_fits_into_one_post_is_one_post(link: str, mode: str) -> None:
    body = "افتتح المسبح البلدي أبوابه صباحا.\n\nوالدخول مجاني للأطفال حتى نهاية الأسبوع."
    segments = post(article(body=body), "x", Style(link=link), mode=mode).segments  # type: ignore[arg-type]  # a parameter
    assert len(segments) == 1
    assert all(part in segments[0].text for part in (*body.split("\n\n"), "https://"))


def test_a_line_without_an_end_is_the_news_where_it_is_all_there_is() -> None:
    line = "تعطلت حركة الترامواي بين الضفتين صباح اليوم"
    assert line in post(article(body=line), "x", mode="thread").segments[0].text


def test_a_quotation_does_not_open_the_first_post_without_who_said_it() -> None:
    quoted = "«نريد ميناء مفتوحا على العالم كله يعمل ليلا ونهارا»."
    who = "هكذا لخصت وزيرة النقل، في لقاء مع الصحافيين بعد زيارة الأوراش صباح اليوم، ما تنتظره من الأشغال في السنتين."
    for mode in ("short", "thread"):
        first = post(article("ن" * 120, body=f"{quoted} {who}\n\n{STORY}"), "x", mode=mode).segments[0].text
        assert quoted not in first
    assert who in post(article("ن", body=f"{quoted} {who}"), "x", mode="short").segments[0].text


def test_a_sentence_that_its_missing_quotation_mark_makes_too_long_is_cut() -> None:
    first = "افتتح الميناء أبوابه صباح اليوم أمام الزوار بعد أشغال دامت سنتين كاملتين."
    for letters in range(270, 286):
        quoted = "قال المدير «" + "سنعمل معا كل يوم " * 20
        body = f"{first}\n\n{quoted[: letters - 1].rstrip()}.\n\n{STORY}"
        for segment in post(article(body=body), "x", mode="thread").segments:
            assert segment.length <= 280


def test_the_beginning_of_a_lead_does_not_end_before_what_is_announced() -> None:
    lead = (
        "دعت وزيرة النقل سكان المدن الساحلية كلها إلى ركوب الحافلات الجديدة منذ الغد، قائلة في لقاء طويل مع الصحافة: «"
    )
    first = post(
        article("ن" * 40, body=f"{lead}{'نريد هواء نقيا لكل طفل ' * 12}».\n\n{STORY}"), "x", mode="short"
    ).segments[0]
    assert "منذ الغد…" in first.text


def test_a_retelling_of_the_lead_is_left_out() -> None:
    lead = "أغلقت مراكز الاقتراع في الجزر أبوابها دون أي حادث يذكر."
    longer = "أغلقت مراكز الاقتراع لاختيار مجالس الجزر أبوابها مساء أمس دون أي حادث يذكر في القرى الخمس."
    later = "وتنشر النتائج الأولى صباح الخميس في مقر المحافظة القديم، ثم تعلن اللجنة موعد الدورة الثانية بعد أسبوع."
    told = " ".join(
        s.text for s in post(article("ن" * 40, body=f"{lead}\n\n{longer}\n\n{later}"), "x", mode="thread").segments
    )
    assert lead in told
    assert later in told
    assert longer not in told


@pytest.mark.parametrize(
    ("body", "preheader"),
    [
        ("صدر عن المجلس ما يلي:\n\nتقرر فتح السوق غدا.", "تقرر فتح السوق غدا."),
        ("مرسى الرمل 3 محرم 1446 هـ 9 يوليو 2024\n\nتقرر فتح السوق غدا.", "تقرر فتح السوق غدا."),
        (
            "صادق المجلس، في جلسة عقدها مساء الثلاثاء بالقاعة الكبرى للبلدية، على إنشاء حديقتين في أحياء الميناء، "
            "بكلفة لم يكشف عنها بعد.",
            "صادق المجلس، في جلسة عقدها مساء الثلاثاء بالقاعة الكبرى للبلدية، على إنشاء حديقتين في أحياء الميناء…",
        ),
    ],
)  # fmt: skip
def test_the_preheader_of_a_mail_tells_something(body: str, preheader: str) -> None:
    assert preheader in post(article(body=body), "email").segments[0].html.split("<body")[1][:900]


def test_a_question_does_not_go_out_without_its_answer() -> None:
    body = STORY.replace("\n\nعاين", "\n\nمن يدفع كلفة السد؟\n\nعاين")
    told = [p for s in post(article(body=body), "x", mode="thread").segments for p in s.text.split("\n\n")]
    for n, text in enumerate(told):
        assert text != "من يدفع كلفة السد؟" or told[n + 1].startswith("عاين")


STORY = "\n\n".join(
    f"{who} {what} في {where} {when}، وقال إن الأشغال هناك تقدمت بنسبة {n}0 في المئة منذ بداية الموسم الحالي."
    for n, (who, what, where, when) in enumerate(
        [
            ("افتتح الوزير", "مدرسة جديدة", "حي الزيتون", "صباح الاثنين"),
            ("زار المحافظ", "مشروع القطار", "ضاحية الميناء", "ظهر الثلاثاء"),
            ("دشنت البلدية", "حديقة عامة", "وسط المدينة", "مساء الأربعاء"),
            ("عاين المهندسون", "سد الوادي", "سفح الجبل", "فجر الخميس"),
            ("اختبر التقنيون", "محطة الضخ", "قرية النخيل", "عصر الجمعة"),
            ("تسلم الفلاحون", "قنوات الري", "سهل القمح", "ليلة السبت"),
        ],
        1,
    )
)


def test_a_thread_is_numbered_as_the_house_says_and_keeps_its_length() -> None:
    western = post(article(body=STORY), "x", Style(numbering="western", max_segments=4), mode="thread").segments
    assert [s.text.rsplit(" ", 1)[1] for s in western[1:]] == ["2/4", "3/4", "4/4"]
    indic = post(article(body=STORY), "x", Style(numbering="arabic-indic", max_segments=4), mode="thread").segments
    assert indic[1].text.endswith(" ٢/٤")


def test_a_latin_beginning_gets_its_mark_on_x() -> None:
    assert post(article(title="SolMed تطلق خدمة"), "x", mode="short").segments[0].text.startswith(ALM + "SolMed")


def test_telegram_escapes_and_shows_the_picture() -> None:
    shown = post(
        article(title='أ < ب & "ج"', body="نص <b>غليظ</b>", image="https://example.com/p.jpg", tags=("وسم",)),
        "telegram",
    )
    segment = shown.segments[0]
    assert "أ &lt; ب &amp; &quot;ج&quot;" in segment.text
    assert "&lt;b&gt;غليظ&lt;/b&gt;" in segment.text
    assert f'<a href="{LINK}">التفاصيل</a>' in segment.text
    assert segment.preview_url == "https://example.com/p.jpg"
    assert segment.parse_mode == "HTML"


def test_telegram_keeps_whole_paragraphs_within_its_limit() -> None:
    body = "\n\n".join(f"{LONG} {n}." for n in range(40))
    segment = post(article(body=body), "telegram").segments[0]
    assert 3500 < telegram_length(segment.text) <= 4096
    shown = [p for p in telegram_text(segment.text).split("\n\n") if p.startswith("أعلنت")]
    assert all(p in body.split("\n\n") for p in shown)
    assert "التفاصيل" in segment.text


def test_telegram_folds_away_what_stands_behind_the_beginning() -> None:
    body = "\n\n".join(f"{LONG} {n}." for n in range(6))
    text = post(article(body=body), "telegram", mode="expandable").segments[0].text
    open_, _, folded = text.partition("<blockquote expandable>")
    assert open_.count("أعلنت") == 3
    assert folded.count("أعلنت") == 3
    assert "</blockquote>" in folded
    short = post(article(body=LEAD), "telegram", mode="expandable").segments[0].text
    assert "blockquote" not in short


def test_telegram_in_several_messages_loses_no_paragraph() -> None:
    body = "\n\n".join(f"{LONG} {n}." for n in range(30))
    made = post(article(body=body, tags=("وسم",)), "telegram", mode="messages")
    texts = [telegram_text(segment.text) for segment in made.segments]
    assert 1 < len(texts) <= 5
    assert [p for text in texts for p in text.split("\n\n") if p.startswith("أعلنت")] == body.split("\n\n")
    assert ["التفاصيل" in text for text in texts] == [False] * (len(texts) - 1) + [True]
    assert all(segment.length and segment.length <= 4096 for segment in made.segments)
    assert texts[0].startswith("عنوان المادة")
    assert not texts[1].startswith("عنوان المادة")


def test_telegram_caption_stands_under_the_picture_within_its_limit() -> None:
    body = "\n\n".join(f"{LONG} {n}." for n in range(6))
    (segment,) = post(article(body=body, image="https://example.com/p.jpg"), "telegram", mode="caption").segments
    assert (segment.photo, segment.limit) == ("https://example.com/p.jpg", 1024)
    assert segment.length is not None
    assert segment.length <= 1024
    assert "التفاصيل" in segment.text
    (without,) = post(article(body=body), "telegram", mode="caption").segments
    assert (without.photo, without.limit) == (None, 4096)


def test_a_rich_message_is_told_its_direction() -> None:
    (segment,) = post(article(title="SolMed تطلق خدمة", body=LEAD), "telegram", mode="rich").segments
    assert segment.rich
    assert segment.text.startswith("<h3>SolMed")
    assert f"<p>{LEAD}</p>" in segment.text


@pytest.mark.parametrize(
    ("card", "image", "shown"),
    [
        ("picture", "https://example.com/p.jpg", "https://example.com/p.jpg"),
        ("picture", "", LINK),
        ("link", "https://example.com/p.jpg", LINK),
        ("none", "", None),
    ],
)
def test_the_card_under_a_message(card: str, image: str, shown: str | None) -> None:
    assert post(article(image=image), "telegram", card=card).segments[0].preview_url == shown


def test_a_long_post_on_x_holds_the_whole_article() -> None:
    body = "\n\n".join(f"{LONG} {n}." for n in range(30))
    (segment,) = post(article(body=body, tags=("وسم",)), "x", mode="long").segments
    assert segment.limit == 25_000
    assert all(paragraph in segment.text for paragraph in body.split("\n\n"))
    assert LINK in segment.text
    huge = "\n\n".join(f"{LONG} {n}." for n in range(200))
    (segment,) = post(article(body=huge), "x", mode="long").segments
    assert segment.length is not None
    assert 20_000 < segment.length <= 25_000


def test_an_article_without_a_link_goes_without_one() -> None:
    for service in SERVICES:
        shown = post(article(url="", body=LEAD), service)
        assert all("http" not in s.text and "التفاصيل" not in s.text for s in shown.segments)


def test_email_is_right_to_left_html_and_text() -> None:
    segment = post(
        article(title="أ & ب", body=f"{LEAD}\n\n<script>x</script>", image="https://example.com/p.jpg"), "email"
    ).segments[0]
    assert segment.subject == "أ & ب"
    assert segment.html is not None
    assert '<html lang="ar" dir="rtl">' in segment.html
    assert "&lt;script&gt;" in segment.html
    assert "<script>" not in segment.html
    assert 'src="https://example.com/p.jpg" alt="أ &amp; ب"' in segment.html
    assert "اقرأ على الموقع" in segment.html
    assert LEAD in segment.text
    assert (segment.length, segment.limit, segment.parse_mode) == (None, None, None)


def test_utm_is_a_setting_of_the_channel() -> None:
    utm = (("utm_source", "tg"),)
    assert f"{LINK}?utm_source=tg" in post(article(), "telegram", utm=utm).segments[0].text
    assert "utm" not in post(article(), "telegram").segments[0].text


def test_a_template_of_the_newsroom_stands_for_ours_and_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    own = tmp_path / "x" / "first.txt.j2"
    own.write_text("جديد: {{ title }}", "utf-8")
    formats = Formats(Style(), Templates([tmp_path, ROOT / "templates"]))
    assert (
        compose(article(), Channel(name="c", service="x", mode="short"), formats).segments[0].text
        == "جديد: عنوان المادة"
    )
    own.write_text("{{ title }}\n{{ titel }}", "utf-8")
    with pytest.raises(FormatError, match=r"first\.txt\.j2:2: there is no value titel; known here are .*title"):
        compose(article(), Channel(name="c", service="x", mode="short"), Formats(Style(), Templates([tmp_path])))


def test_a_template_that_adds_too_much_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "first.txt.j2").write_text("{{ title }}" + "ا" * 300, "utf-8")
    with pytest.raises(FormatError, match="of 280"):
        compose(article(), Channel(name="c", service="x", mode="short"), Formats(Style(), Templates([tmp_path])))


def test_an_article_of_nothing_is_refused() -> None:
    with pytest.raises(FormatError, match="neither a title"):
        post(article(title=" ", body="زر الذهاب إلى الأعلى"), "x")


NASTY = st.text(
    alphabet=st.one_of(
        st.sampled_from('ابتثجحدرسعفق \n.،؛“”«»"()#@_<>&ـ\u202e\u2067\ufeff👍🇲🇦aZ9٣https://'), st.characters()
    ),
    max_size=900,
)


@settings(max_examples=120)
@given(title=NASTY, body=NASTY, tags=st.lists(st.text(max_size=20), max_size=4))
def test_whatever_comes_every_segment_is_within_its_limit_and_no_override_goes_out(
    title: str, body: str, tags: list[str]
) -> None:
    of = article(title=title, body=body, tags=tuple(tags))
    ours = {ALM, "\N{RIGHT-TO-LEFT MARK}", "\N{LEFT-TO-RIGHT MARK}"}
    forms = [(s, m) for s in SERVICES for m in {"x": ("thread", "long"), "telegram": MODES}.get(s, ("",))]
    for service, mode in forms:
        try:
            shown = post(of, service, mode=mode)
        except FormatError:
            continue
        for segment in shown.segments:
            assert not set(segment.text) & (set(DIRECTION) - ours)
            if segment.limit:
                measure = x_length if service == "x" else telegram_length
                assert measure(segment.text) == segment.length
                assert segment.length <= segment.limit


MODES = ("message", "expandable", "messages", "caption", "rich")
UNBROKEN = [
    "x" * 60_000,
    "-" * 60_000,
    "a." * 30_000,
    "." * 40_000,
    "a@" * 30_000,
    "، " * 30_000,
    "قصير. " * 4_000,
    "د. ه. ا. " * 9_000,
    '(«" ' * 9_000,
]


@pytest.mark.parametrize("text", UNBROKEN, ids=range(len(UNBROKEN)))
@pytest.mark.parametrize("service", ["x", "telegram", "email"])
def test_a_text_without_end_is_formed_in_bounded_time(service: str, text: str) -> None:
    began = time.monotonic()
    for fields in ({"body": text}, {"title": text}):
        post(article(**fields), service)
    assert time.monotonic() - began < 20


def test_a_headline_of_one_endless_word_is_cut() -> None:
    first = post(article(title="م" * 400), "x", mode="short").segments[0]
    assert "م" * 200 in first.text
    assert (first.length or 0) <= 280


def test_each_paragraph_that_needs_a_mark_is_counted_with_it() -> None:
    body = "\n\n".join(f"Reuters {n} نقلت عن مسؤول أن العمل مستمر." for n in range(30))
    for segment in post(article(body=body), "x", Style(max_segments=25)).segments:
        assert (segment.length or 0) <= 280
