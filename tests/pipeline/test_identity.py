"""The same article in many guises, and different ones that look alike, over the real store."""

from datetime import datetime, timedelta

import pytest

from bot.domain.article import Article
from bot.domain.sighting import Kind
from bot.pipeline.identity import keep
from bot.store.articles import ArticleStore
from bot.store.database import Database
from bot.text import fingerprint
from tests.conftest import START

TITLE = "بلدية الميناء تفتتح مكتبة عامة جديدة على الواجهة البحرية"
BODY = (
    "افتتحت بلدية الميناء صباح اليوم مكتبة عامة تضم 40 ألف كتاب على الواجهة البحرية، بحضور جمع من أهالي الحي.\n\n"
    "وقالت مديرة المكتبة إن أبوابها ستفتح كل يوم من التاسعة صباحا إلى الثامنة مساء، وإن الاشتراك فيها مجاني للطلبة.\n\n"
    "ومن المنتظر أن تستقبل قاعة الأطفال أول ورشة للقراءة نهاية الأسبوع المقبل."
)
# another reporter's account of the same event
OTHER = (
    "بعد سنوات من الانتظار صار لسكان الواجهة البحرية مكتبة يقصدونها، فقد قُص شريطها اليوم في حفل بسيط.\n\n"
    "ويقول عبد السلام، وهو متقاعد يسكن قربها، إنه كان يقطع المدينة كلها ليستعير كتابا، وإن حفيده سيتعلم القراءة هنا."
)


@pytest.fixture
def db(database_url: str):  # type: ignore[no-untyped-def]  # a generator fixture
    database = Database(database_url)
    database.upgrade()
    yield database
    database.close()


def put(db: Database, now: datetime = START, **fields: object) -> tuple[str, str]:
    # fields by name
    article = Article(**({"source": "site", "guid": "1", "title": TITLE, "body": BODY} | fields))  # type: ignore[arg-type]  # by name
    with ArticleStore(db).shelf() as shelf:
        kept = keep(article, article.digest, shelf, now)
    return kept.outcome, kept.article_id


def kinds(db: Database, article_id: str) -> list[Kind]:
    return [sighting.kind for sighting in ArticleStore(db).sightings(article_id)]


def test_the_same_guid_is_the_same_article_and_a_changed_text_its_next_version(db: Database) -> None:
    outcome, id_ = put(db)
    assert outcome == "new"
    assert put(db) == ("known", id_)
    assert put(db, body=BODY + "\n\nوأضافت أن المقهى سيفتتح لاحقا.") == ("changed", id_)
    found = ArticleStore(db).get(id_)
    assert found is not None
    assert found.version == 2
    assert found.body.endswith("سيفتتح لاحقا.")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"guid": "2", "url": "http://www.example.com/a/?utm_source=x&fbclid=1"}, Kind.URL),
        ({"source": "agency", "guid": "x", "url": "https://example.com/a#top"}, Kind.URL),
        ({"source": "agency", "guid": "x", "url": "https://agency.test/1"}, Kind.TEXT),
        ({"guid": "2", "body": BODY.replace("مكتبة", "مَكتَبــة").replace("،", ",")}, Kind.TEXT),
        ({"guid": "2", "body": BODY.replace("صباح اليوم", "اليوم")}, Kind.EDIT),
        ({"source": "agency", "guid": "x", "title": "مكتبة عامة في الميناء", "body": BODY}, Kind.EDIT),
        ({"guid": "2", "body": BODY.replace("40 ألف", "45 ألف")}, Kind.NUMBERS),
        ({"guid": "2", "body": BODY.replace("40 ألف", "٤٥ ألف")}, Kind.NUMBERS),
    ],
)
def test_one_article_in_many_guises_is_one_and_says_why(db: Database, fields: dict[str, object], kind: Kind) -> None:
    _, id_ = put(db, url="https://example.com/a")
    outcome, same = put(db, **fields)
    assert (outcome, same) == ("sighted", id_)
    assert kinds(db, id_) == [Kind.FIRST, kind]
    note = ArticleStore(db).sightings(id_)[1].note
    assert note is not None
    assert id_ in note.ar
    if kind is Kind.NUMBERS:
        assert "40" in note.en
        assert "45" in note.en
    found = ArticleStore(db).get(id_)
    assert found is not None
    assert (found.version, found.body) == (1, BODY)
    assert put(db, **fields)[0] == "known"


def test_two_different_articles_on_one_event_are_two(db: Database) -> None:
    assert put(db)[0] == "new"
    assert put(db, guid="2", body=OTHER)[0] == "new"
    assert put(db, source="agency", guid="3", title=TITLE, body="")[0] == "new"


def test_the_same_address_makes_a_version_but_not_of_another_sources_summary(db: Database) -> None:
    _, id_ = put(db, url="https://example.com/a")
    assert put(db, guid="2", url="https://example.com/a", body=BODY + " وانتهى الحفل.") == ("changed", id_)
    assert put(db, source="agency", guid="x", url="https://example.com/a", body=BODY[:80]) == ("sighted", id_)
    found = ArticleStore(db).get(id_)
    assert found is not None
    assert (found.version, found.source, found.guid) == (2, "site", "1")


def test_a_source_neither_changes_nor_takes_back_what_another_brought(db: Database) -> None:
    _, id_ = put(db, url="https://example.com/a")
    assert put(db, source="other", guid="x", url="https://example.com/a", body=BODY + " زيادة غريبة.")[0] == "sighted"
    assert put(db, source="other", guid="y", url="https://example.com/a", body="", title="", withdrawn=True) == (
        "sighted",
        id_,
    )
    found = ArticleStore(db).get(id_)
    assert found is not None
    assert (found.version, found.withdrawn, found.body) == (1, False, BODY)


def test_what_came_by_hand_may_be_completed_by_its_source(db: Database) -> None:
    _, id_ = put(db, source="by-hand", url="https://example.com/a", body=BODY[:60])
    assert put(db, source="site", guid="x", url="https://example.com/a") == ("changed", id_)


def test_items_of_a_live_page_share_its_address_and_are_articles_of_their_own(db: Database) -> None:
    texts = [
        ("انطلاق المباراة في موعدها", "انطلقت المباراة قبل قليل وسط حضور جماهيري كبير في مدرجات الملعب كلها اليوم."),
        ("هدف أول لأصحاب الأرض", "سجل المهاجم هدفا جميلا من خارج منطقة الجزاء بعد تمريرة طويلة من وسط الميدان."),
        ("طرد مدافع الضيوف", "أشهر الحكم البطاقة الحمراء في وجه المدافع بعد تدخل عنيف قرب خط التماس الأيمن."),
    ]
    found = {
        put(db, guid=str(n), title=title, body=body, url=f"https://example.com/live#post-{n}")
        for n, (title, body) in enumerate(texts)
    }
    assert {outcome for outcome, _ in found} == {"new"}
    assert len({id_ for _, id_ in found}) == 3


def test_a_spelled_number_is_a_number(db: Database) -> None:
    body = BODY + " وأسفر الحادث عن ثلاثة قتلى."
    assert put(db, body=body)[0] == "new"
    article = Article(source="site", guid="2", title=TITLE, body=body.replace("ثلاثة", "تسعة"))
    with ArticleStore(db).shelf() as shelf:
        kept = keep(article, article.digest, shelf, START)
    assert kept.note is not None
    assert "تسع" in kept.note.en


def test_short_titles_that_differ_in_a_word_are_two(db: Database) -> None:
    for n, title in enumerate(["افتتاح معرض الكتاب الدولي في الرياض", "افتتاح معرض الكتاب الدولي في الدوحة"]):
        assert put(db, guid=str(n), title=title, body="")[0] == "new"


def test_the_words_of_every_day_are_news_again_the_next_day(db: Database) -> None:
    prices = "سعر الطماطم اليوم في سوق الجملة 7 دراهم للكيلوغرام والبصل 5 دراهم والبطاطس 6 دراهم حسب لائحة السوق"
    put(db, guid="p1", title="أسعار الخضر", body=prices)
    later = prices.replace("7", "8")
    assert put(db, START + timedelta(hours=2), guid="p2", title="أسعار الخضر", body=later)[0] == "sighted"
    assert put(db, START + timedelta(hours=24), guid="p3", title="أسعار الخضر", body=later)[0] == "new"
    put(db, guid="s1", title="صور اليوم", body="")
    assert put(db, START + timedelta(hours=2), guid="s2", title="صور اليوم", body="")[0] == "sighted"
    assert put(db, START + timedelta(hours=24), guid="s3", title="صور اليوم", body="")[0] == "new"


def test_what_is_taken_back_is_marked_and_keeps_its_text(db: Database) -> None:
    _, id_ = put(db)
    assert put(db, body="", title="", withdrawn=True) == ("changed", id_)
    found = ArticleStore(db).get(id_)
    assert found is not None
    assert (found.withdrawn, found.body, found.version) == (True, BODY, 2)


def test_the_fingerprint_finds_what_is_alike_and_little_else() -> None:
    runs = fingerprint.trigrams(TITLE, BODY)
    edited = fingerprint.trigrams(TITLE, BODY.replace("أهالي", "سكان").replace("القراءة", "المطالعة"))
    other = fingerprint.trigrams(TITLE, OTHER)
    assert fingerprint.likeness(runs, edited) > 0.7
    assert fingerprint.likeness(runs, other) < 0.2
    assert set(fingerprint.bands(runs)) & set(fingerprint.bands(edited))
    assert fingerprint.bands(runs) == fingerprint.bands(runs)
    assert all(0 <= band < 2**63 for band in fingerprint.bands(runs))
    assert fingerprint.changed_numbers("قتل 12 و3", "قُتل ١٣ و3") == (["12"], ["13"])
