"""An edition laid out: what every mail program needs of it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.domain.article import Article
from bot.domain.edition import Letter
from bot.domain.errors import FormatError
from bot.domain.newsletter import Contents, Newsletter, Section
from bot.domain.style import Style
from bot.formats.copy import prepare
from bot.formats.newsletter import date_text, letter
from bot.formats.templating import Templates
from bot.mail import marks
from bot.text.marks import DIRECTION
from tests.conftest import ROOT

STYLE = Style(newsroom="الرواق", language="ar")
NEWSLETTER = Newsletter(key="morning", name="نشرة الصباح", sender="x <news@example.org>", list_id="m.example.org")
DIRECTION_MARKS = re.compile(f"[{''.join(DIRECTION)}]")
NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def article(n: int, title: str = "خبر المدينة") -> Article:
    body = f"جملة أولى عن المدينة رقم {n}. جملة ثانية بعدها.\n\nفقرة أخرى."
    image = "https://example.com/a.jpg"
    return Article(
        source="s", guid=str(n), title=f"{title} {n}", body=body, url=f"https://example.com/{n}", image=image
    )


def made(articles: list[Article], contents: Contents, **more: object) -> Letter:
    copies = {each.id: prepare(each, STYLE) for each in articles}
    given: dict[str, object] = {
        "newsletter": NEWSLETTER,
        "public_url": "https://d.example.org",
        "archive_url": "https://d.example.org/e/a",
    }
    templates = Templates([ROOT / "templates"])
    given |= more
    return letter(given.pop("newsletter"), contents, copies, STYLE, templates, now=NOW, **given)  # type: ignore[arg-type]  # by name


ARTICLES = [article(n) for n in range(1, 6)]
IDS = [each.id for each in ARTICLES]
CONTENTS = Contents(day=date(2026, 11, 24), sections=[Section(title="محليات", articles=IDS)], intro="سطر\nآخر")


def test_all_wrappers_run_from_the_right_and_say_their_language() -> None:
    html = made(ARTICLES, CONTENTS).html
    assert re.search(r'<html[^>]*lang="ar"[^>]*dir="rtl"', html)
    outside = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
    for table in re.findall(r"<table[^>]*>", outside):
        assert 'dir="rtl"' in table
        assert 'lang="ar"' in table
        assert 'role="presentation"' in table
    assert all(re.search(r'alt="[^"]+"', image) for image in re.findall(r"<img[^>]*>", html))


def test_styles_are_in_the_elements_and_dark_mode_in_the_head() -> None:
    html = made(ARTICLES, CONTENTS).html
    head, _, body = html.partition("</head>")
    assert "prefers-color-scheme: dark" in head
    assert '<meta name="color-scheme" content="light dark">' in head
    assert not set(head) & set(DIRECTION)
    assert re.search(r'<td class="text part"[^>]*style="[^"]*text-align: right', body)
    assert "<style" not in re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)


def test_the_way_out_stands_before_any_clipping_and_at_the_end() -> None:
    found = made(ARTICLES, CONTENTS)
    links = [
        match.start() for match in re.finditer(re.escape(f"https://d.example.org/u/{marks.UNSUBSCRIBE}"), found.html)
    ]
    assert len(links) == 2
    assert links[0] < found.html.index("<h1")
    assert found.text.count(marks.UNSUBSCRIBE) == 2
    assert found.text.count(marks.ADDRESS) == 1
    assert len(found.html.encode()) < 100_000


def test_the_order_is_the_editors_and_nothing_stands_twice() -> None:
    sections = [Section(title="ثانيا", articles=IDS[2:]), Section(title="أولا", articles=IDS[:3])]
    found = made(ARTICLES, Contents(day=date(2026, 11, 24), lead=IDS[3], sections=sections)).html
    body = found.partition("</head>")[2]
    assert body.index("خبر المدينة 4") < body.index("ثانيا") < body.index("خبر المدينة 3") < body.index("أولا")
    assert body.count("https://example.com/4") == 2  # the title and the button of the lead


@pytest.mark.parametrize(
    ("subject", "name", "begins"),
    [
        ("", "نشرة الصباح", "خبر المدينة 1"),
        ("أخبار iPhone", "نشرة الصباح", "أخبار"),
        ("«الرواق» تعود", "نشرة الصباح", "«الرواق»"),
        ("iPhone اليوم", "نشرة الصباح", "نشرة الصباح: iPhone"),
        ("COP30:قمة المناخ", "نشرة الصباح", "نشرة الصباح: COP30"),
        ("X/تويتر يتوقف", "نشرة الصباح", "نشرة الصباح: X"),
        ("(UN)الأمم تجتمع", "نشرة الصباح", "نشرة الصباح: (UN)"),
        ("BBC تغلق", "Al-Riwaq Daily", "نشرة Al-Riwaq Daily: BBC"),
        ("BBC تغلق", "X/تويتر", "نشرة X/تويتر: BBC"),
    ],
)
def test_the_subject_begins_with_an_arabic_word(subject: str, name: str, begins: str) -> None:
    contents = Contents(day=date(2026, 11, 24), subject=subject, sections=CONTENTS.sections)
    found = made(ARTICLES, contents, newsletter=replace(NEWSLETTER, name=name)).subject
    assert DIRECTION_MARKS.sub("", found).startswith(begins)


def test_links_can_be_counted() -> None:
    found = made(ARTICLES, CONTENTS, counted=lambda url: f"https://d.example.org/c/{url[-1]}")
    assert "https://example.com/1" not in found.html.replace("https://example.com/a.jpg", "")
    assert "https://d.example.org/c/1" in found.html


def test_an_edition_without_articles_is_refused() -> None:
    with pytest.raises(FormatError, match="no article"):
        made([], CONTENTS)


def test_what_an_article_brings_is_taken_for_no_mark_and_no_tag() -> None:
    found = made([article(1, f"<b>خبر</b> {marks.ADDRESS}")], CONTENTS)
    assert found.html.count(marks.OPEN) == made(ARTICLES, CONTENTS).html.count(marks.OPEN)
    assert "<b>" not in re.sub(r'alt="[^"]*"', "", found.html)


def test_the_date_in_the_months_of_the_house() -> None:
    day = Contents(day=date(2026, 11, 24))
    assert date_text(day, STYLE) == "الثلاثاء 24 نوفمبر 2026"
    assert date_text(day, Style(months="maghreb", digits="arabic")) == "الثلاثاء ٢٤ نونبر ٢٠٢٦"


def test_no_word_of_a_source_or_an_editor_is_taken_for_a_mark() -> None:
    forged = f"{marks.OPEN}anything{marks.CLOSE}"
    own = Article(source="s", guid="m", title=f"خبر {forged}", body=f"جملة {forged}.", url="https://example.com/m")
    contents = Contents(
        day=date(2026, 11, 24),
        subject=f"عدد {marks.UNSUBSCRIBE}",
        preheader=forged,
        intro=f"سطر {forged}",
        sections=[Section(title=f"محليات {forged}", articles=[own.id, *IDS])],
    )
    found = made([own, *ARTICLES], contents)
    known = {"unsubscribe", "preferences", "greeting", "address"}
    assert set(marks.MARK.findall(found.html)) == set(marks.MARK.findall(found.text)) == known
    assert not marks.MARK.search(found.subject)
