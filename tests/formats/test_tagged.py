"""A tag more or less: the rest of the text stays to the letter, counts are the formatter's, no link is touched."""

import pytest

from bot.domain.errors import FormatError
from bot.domain.post import Post, Segment
from bot.domain.say import Say
from bot.formats.tagged import changed, chips, retagged
from bot.text.hashtags import Suggestion
from bot.text.measure import telegram_length, x_length


def x(*texts: str) -> Post:
    return Post(
        service="x", segments=tuple(Segment(text=t, length=x_length(t), limit=280) for t in texts), hashtags=("#ميناء",)
    )


def telegram(text: str, *, rich: bool = False) -> Post:
    segment = Segment(text=text, parse_mode="HTML", length=telegram_length(text), limit=4096, rich=rich)
    return Post(service="telegram", segments=(segment,), hashtags=("#ميناء",))


@pytest.mark.parametrize(
    ("before", "tags", "after"),
    [
        ("خبر الميناء\n\n#ميناء", ("#ميناء", "#أكادير"), "خبر الميناء\n\n#ميناء #أكادير"),
        ("خبر الميناء\n\n#ميناء #أكادير", ("#أكادير",), "خبر الميناء\n\n#أكادير"),
        ("خبر الميناء\n\n#ميناء", (), "خبر الميناء"),
        ("خبر في #ميناء_أكادير اليوم", (), "خبر في ميناء أكادير اليوم"),
        ("خبر", ("#ميناء",), "خبر\n\n#ميناء"),
        ("الخبر\nhttps://example.org/#port\n#port", (), "الخبر\nhttps://example.org/#port"),
    ],
)
def test_on_x(before: str, tags: tuple[str, ...], after: str) -> None:
    made = retagged(x(before, "المقطع الثاني"), tags)
    assert [s.text for s in made.segments] == [after, "المقطع الثاني"]
    assert made.segments[0].length == x_length(after)
    assert made.hashtags == tags


@pytest.mark.parametrize(
    ("before", "tags", "after"),
    [
        ("<b>خبر</b>\n\n#ميناء", ("#ميناء", "#أكادير"), "<b>خبر</b>\n\n#ميناء #أكادير"),
        ('<b>خبر</b>\n\n<a href="https://e.org/#ميناء">التفاصيل</a>\n\n#ميناء', (), "<b>خبر</b>"),
        ("<b>خبر &#39;هنا&#39;</b>", ("#ميناء",), "#ميناء"),
    ],
)
def test_on_telegram(before: str, tags: tuple[str, ...], after: str) -> None:
    made = retagged(telegram(before), tags)
    assert after in made.segments[0].text
    assert ('href="https://e.org/#ميناء"' in before) == ('href="https://e.org/#ميناء"' in made.segments[0].text)
    assert "&#39;" not in before or "&#39;هنا&#39;" in made.segments[0].text
    assert made.segments[0].text.count("#ميناء") - before.count('/#ميناء"') == tags.count("#ميناء")


def test_in_a_rich_message_tags_have_a_paragraph_of_their_own() -> None:
    made = retagged(telegram("<h3>خبر</h3>\n<p>نص</p>\n<p>#ميناء</p>", rich=True), ("#ميناء", "#أكادير"))
    assert "#ميناء #أكادير</p>" in made.segments[0].text
    gone = retagged(made, ())
    assert "#" not in gone.segments[0].text
    assert "<p></p>" not in gone.segments[0].text
    assert "#أكادير</p>" in retagged(gone, ("#أكادير",)).segments[0].text


def test_what_does_not_fit_is_refused_with_its_count() -> None:
    with pytest.raises(FormatError, match="over the limit"):
        retagged(x("كلمة " * 55 + "\n\n#ميناء"), ("#ميناء", "#وسم_طويل_لا_مكان_له_هنا"))
    with pytest.raises(FormatError, match="empty"):
        retagged(x("خبر", "#ميناء"), ())


def test_tags_are_one_by_their_spelling_and_valid() -> None:
    assert changed(("#ميناء",), "أكادير الكبرى", "") == ("#ميناء", "#أكادير_الكبرى")
    assert changed(("#ميناء", "#أكادير"), "", "#اكادير") == ("#ميناء",)
    for add, remove in (("123", ""), ("<b>", ""), ("ميناء", ""), ("", "#غير_موجود"), ("", "")):
        if add == "<b>":
            assert changed(("#ميناء",), add, remove) == ("#ميناء", "#b"), "only letters are left of it"
            continue
        with pytest.raises(FormatError):
            changed(("#ميناء",), add, remove)


def test_each_chip_says_why_and_the_others_are_offered() -> None:
    found = [Suggestion("#ميناء", 1.0, Say("in the title", "في العنوان")), Suggestion("#أكادير", 0.4, Say("a", "ب"))]
    there, offered = chips(("#ميناء", "#بيدي"), found)
    assert [(c.tag, bool(c.why)) for c in there] == [("#ميناء", True), ("#بيدي", False)]
    assert [c.tag for c in offered] == ["#أكادير"]
