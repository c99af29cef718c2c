"""Our posts, judged by code that nobody here wrote. `make conformance` does the same over the development articles."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import load
from bot.domain.article import Article
from bot.domain.errors import FormatError
from bot.formats import Formats
from bot.formats.copy import prepare
from bot.formats.templating import Templates, telegram_escape
from bot.text.measure import telegram_length, utf16_length, x_count
from tests.conformance.judges import TwitterText, telegram
from tests.conformance.over import CHANNELS, Report, judge
from tests.conftest import ROOT
from tests.golden.test_golden import ARTICLES

PIECES = (
    "قال الوزير إن «العمل بدأ» اليوم. 75 % من 3.5 ملايين درهم، OpenCo C++ 19-COVID #Interpol @name "
    'http://example.com/أ example.com 2020-2021 +212-522-123456 د. أحمد “كوفيد-19″ ( ) " … ! ؟ ؛ : \n\n \n '
    "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN} \N{REGIONAL INDICATOR SYMBOL LETTER M} \N{SOFT HYPHEN} "
    "<b> & ﷺ ﻻ مُحَمَّد ـــ a.b 1/5"
).split(" ")


@pytest.fixture(scope="module")
def x() -> Iterator[TwitterText]:
    with TwitterText() as judge_:
        yield judge_


@pytest.fixture(scope="module")
def formats() -> Formats:
    config = load({}, ROOT / "config")
    return Formats(config.style, Templates([ROOT / "templates"]))


@pytest.mark.parametrize("guid", sorted(ARTICLES))
def test_samples_stand_before_the_platforms_own_code(guid: str, x: TwitterText, formats: Formats) -> None:
    report, article = Report(), ARTICLES[guid]
    for channel in CHANNELS:
        judge(article, prepare(article, formats.style), channel, formats, x, report)
    assert report.examples == {}


made = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=60).map(" ".join)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=made, body=made)
def test_made_up_articles_are_accepted_too(title: str, body: str, x: TwitterText, formats: Formats) -> None:
    article = Article(source="s", guid="1", title=title, body=body * 4, url="https://example.com/خبر/1")
    try:
        posts = [formats(article, channel) for channel in CHANNELS]
    except FormatError:  # nothing is left of such a text
        return
    for post in posts:
        if post.service == "x":
            for segment, tweet in zip(post.segments, x([s.text for s in post.segments]), strict=True):
                assert (tweet.length, tweet.valid) == (segment.length, True), ascii(segment.text)
        elif post.service == "telegram":
            for segment in post.segments:
                message = telegram(segment.text)
                assert message.error == "", ascii(segment.text)
                assert message.length <= (segment.limit or 0)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(min_size=1, max_size=120), made.filter(bool)))
def test_the_count_is_that_of_twitter_text(text: str, x: TwitterText) -> None:
    (tweet,) = x([text])
    assert x_count(text).length == tweet.length


@settings(max_examples=200)
@given(text=made)
def test_the_length_is_that_of_tdlib(text: str) -> None:
    html = str(telegram_escape(text))
    message = telegram(html)
    if not message.error:  # nothing but spaces is refused
        sent = message.text.strip()  # as the server sends it
        assert utf16_length(sent) <= telegram_length(html)
