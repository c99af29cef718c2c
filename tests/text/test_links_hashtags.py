import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import hashtags, links


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("الدار البيضاء", "#الدار_البيضاء"),
        ("كوفيد-19", "#كوفيد_19"),
        ("مُدُنٌ", "#مدن"),
        ("ســلام", "#سلام"),
        ("#وسم", "#وسم"),
        ("2026", ""),
        ("!؟", ""),
        ("C++", "#C"),
    ],
)
def test_a_tag_is_valid_on_both_platforms(words: str, tag: str) -> None:
    assert hashtags.valid(words) == tag


def test_own_tags_come_first_each_once() -> None:
    assert hashtags.choose("عنوان", ["نص قصير."], ["النقل", "#النقل", "الدار البيضاء"])[:2] == [
        "#النقل",
        "#الدار_البيضاء",
    ]


def test_made_tags_are_noun_phrases_without_clitics() -> None:
    text = [
        "أعلنت وزارة النقل الحضري خطة في مراكش.",
        "وقالت وزارة النقل الحضري إن مدينة مراكش تستعد.",
        "وتوصي الوزارة بمراكش نموذجا.",
    ]
    tags = hashtags.choose("وزارة النقل الحضري توصي بخطة جديدة في مراكش", text, [])
    assert "#وزارة_النقل_الحضري" in tags
    assert "#مراكش" in tags
    assert not {"#توصي", "#بمراكش", "#يوصي"} & set(tags)


@given(st.text(max_size=40))
def test_a_made_tag_holds_letters_digits_and_underscores(text: str) -> None:
    tag = hashtags.valid(text)
    assert tag == "" or (tag[0] == "#" and tag[1:].replace("_", "").isalnum())


def test_links() -> None:
    assert links.canonical("HTTPS://Example.com/a?utm_source=x&b=1&fbclid=2#top") == "https://example.com/a?b=1"
    assert (
        links.safe("https://example.com/مقال جديد")
        == "https://example.com/%D9%85%D9%82%D8%A7%D9%84%20%D8%AC%D8%AF%D9%8A%D8%AF"
    )
    assert links.safe("https://example.com/%D9%85") == "https://example.com/%D9%85"
    assert links.safe("javascript:alert(1)") == ""
    assert links.safe("/relative") == ""
    assert links.with_parameters("https://e.com/a?x=1", (("utm_source", "tg"),)) == "https://e.com/a?x=1&utm_source=tg"
    assert links.with_parameters("", (("utm_source", "tg"),)) == ""
