"""Tags in the running text."""

import pytest

from bot.text.inline import place


@pytest.mark.parametrize(
    ("text", "tag", "placed"),
    [
        ("انعقد المؤتمر في مراكش اليوم", "#مراكش", "انعقد المؤتمر في #مراكش اليوم"),
        ("وزارة النقل، التي", "#وزارة_النقل", "#وزارة_النقل، التي"),
        ("انعقد بمراكش اليوم", "#مراكش", None),
        ("المراكشي", "#مراكش", None),
        ("«مراكش»", "#مراكش", "«#مراكش»"),
        ("مراكشُ", "#مراكش", None),
        ("مراكش ومراكش ثم مراكش", "#مراكش", "#مراكش ومراكش ثم مراكش"),
    ],
)
def test_a_tag_takes_the_place_of_its_words(text: str, tag: str, placed: str | None) -> None:
    found, rest = place([text], [tag])
    assert found == [placed or text]
    assert rest == ([] if placed else [tag])


def test_each_tag_stands_once_and_the_rest_stays_for_the_end() -> None:
    assert place(["مراكش", "مراكش والرباط"], ["#مراكش", "#فاس"]) == (["#مراكش", "مراكش والرباط"], ["#فاس"])
