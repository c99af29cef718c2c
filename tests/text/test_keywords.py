import pytest

from bot.text.keywords import begins_with, first_of, folded


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("المغرب", "انطلق بالمغرب وللمغرب ومن المغرب", True),
        ("المغرب", "المغربي", False),
        ("مراكش", "بِمراكـــش", True),
        ("مراكش", "ومراكش", True),
        ("كأس العالم", "نهائي كأس  العالم 2030", True),
        ("كأس العالم", "كأس أبطال العالم", False),
        ("COVID-19", "covid-19 مجددا", True),
        ("كرة القدم", "لكرة القدم النسوية", True),
        ("حكومة", "أعلنت الحكومة", True),
        ("حكومة", "وللحكومة رأي", True),
        ("الحكومة", "حكومة جديدة", False),
        ("من", "المن والسلوى", False),
        ("", "نص", False),
        ("(", "نص (", False),
    ],
)
def test_words_and_phrases(phrase: str, text: str, found: bool) -> None:
    assert bool(first_of([phrase], folded(text))) is found


def test_the_beginning_of_a_title() -> None:
    assert begins_with(["عاجل"], "🔴 عاجل: زلزال")
    assert begins_with(["خبر عاجل"], "خبر عاجل | زلزال")
    assert not begins_with(["عاجل"], "تدخل عاجل في الحي")
    assert not begins_with(["عاجل"], "عاجلا")
