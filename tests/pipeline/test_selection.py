from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.schedule import Candidate, Contact, Pick, Plan, Refusal, Rule, Slot
from bot.pipeline.selection import History, select
from tests.conftest import START

ZONE = ZoneInfo("Africa/Casablanca")  # UTC+1 on the day of START: 09:00 UTC is 10:00 there
CHANNEL = Channel(name="x", service="x")
MET = {"s": Contact(source="s", channel="x", live=False, since=START - timedelta(hours=1))}


def candidate(n: int = 0, *, age: int = 10, section: str = "", source: str = "s", **fields: object) -> Candidate:
    moment = START - timedelta(minutes=age)
    wanted = {"guid": str(n), "title": str(n), "body": "", "section": section, "published_at": moment} | fields
    # fields by name
    return Candidate(article=Article(source=source, **wanted), first_seen=moment)  # type: ignore[arg-type]  # by name


def run(
    candidates: list[Candidate],
    plan: Plan | None = None,
    rules: tuple[Rule, ...] = (Rule(name="كل شيء"),),
    contacts: dict[str, Contact] | None = None,
    history: History | None = None,
) -> list[Pick | Refusal]:
    return select(
        candidates,
        CHANNEL,
        plan or Plan(channel="x"),
        rules,
        MET if contacts is None else contacts,
        history or History(),
        ZONE,
        START,
    )


def at(*times: str) -> tuple[Slot, ...]:
    return tuple(Slot(at=time.fromisoformat(each)) for each in times)


def refusal(found: list[Pick | Refusal]) -> str:
    (only,) = found
    assert isinstance(only, Refusal)
    assert only.reason.ar
    return only.reason.en


def dues(found: list[Pick | Refusal]) -> list[datetime]:
    assert all(isinstance(each, Pick) for each in found)
    return [each.due_at for each in found if isinstance(each, Pick)]


def test_a_free_channel_takes_it_now_and_says_why() -> None:
    (pick,) = run([candidate()])
    assert isinstance(pick, Pick)
    assert (pick.due_at, pick.slot) == (START, None)
    assert pick.expires_at == START - timedelta(minutes=10) + timedelta(hours=12)
    assert "كل شيء" in pick.reason.ar


def test_rules_by_source_section_and_channel() -> None:
    sport = Rule(sections=("رياضة",), channels=("x",))
    assert "No rule" in refusal(run([candidate(section="سياسة")], rules=(sport,)))
    assert dues(run([candidate(section="رياضة")], rules=(sport,)))
    assert "No rule" in refusal(run([candidate()], rules=(Rule(sources=("other",)),)))
    assert "No rule" in refusal(run([candidate()], rules=(Rule(channels=("telegram",)),)))
    assert "No rule" in refusal(run([candidate()], rules=()))


def test_what_was_there_before_the_first_contact_stays_save_the_backfill() -> None:
    old = candidate(age=120)
    assert "before this channel met" in refusal(run([old]))
    let = {"s": Contact(source="s", channel="x", live=False, since=START, admitted=frozenset({old.article.id}))}
    assert dues(run([old], contacts=let))
    assert "have not met" in refusal(run([old], contacts={}))


def test_late_is_worse_than_lost() -> None:
    assert "older than 1 h" in refusal(
        run(
            [candidate(age=59 + 2)],
            Plan(channel="x", fresh_for=timedelta(hours=1)),
            contacts={"s": Contact(source="s", channel="x", live=False, since=START - timedelta(days=1))},
        )
    )


def test_spacing_counts_what_went_and_what_will_go() -> None:
    plan = Plan(channel="x", spacing=timedelta(minutes=10))
    history = History(due_times=[START - timedelta(minutes=4), START + timedelta(minutes=20)])
    found = dues(run([candidate(1), candidate(2), candidate(3)], plan, history=history))
    assert found == [START + timedelta(minutes=m) for m in (6, 30, 40)]


def test_slots_are_filled_one_by_one_in_local_time() -> None:
    history = History(slots_taken=frozenset({"2026-11-24T18:00"}))
    plan = Plan(channel="x", slots=at("08:00", "12:30", "18:00"), fresh_for=timedelta(days=2))
    picks = run([candidate(1), candidate(2)], plan, history=history)
    assert [p.slot for p in picks if isinstance(p, Pick)] == ["2026-11-24T12:30", "2026-11-25T08:00"]
    assert dues(picks)[0] == datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
    assert "12:30" in picks[0].reason.ar


def test_no_slot_before_it_lapses_is_a_refusal() -> None:
    plan = Plan(channel="x", slots=at("08:00"), fresh_for=timedelta(hours=2))
    assert "No time was free" in refusal(run([candidate()], plan))


def test_the_same_input_gives_the_same_picks() -> None:
    given = [candidate(n) for n in range(5)]
    plan = Plan(channel="x", spacing=timedelta(minutes=1))
    assert run(given, plan) == run(given, plan)


WATER = "سد المسيرة يسترجع عافيته"


def test_keywords_are_words_and_phrases_in_any_spelling() -> None:
    water = Rule(name="ماء", keywords=("سدّ المسيرة", "الفرشة المائية"), exclude=("كرة القدم",))
    assert dues(run([candidate(title=WATER)], rules=(water,)))
    assert dues(run([candidate(title="خبر", body="وأضاف أن للفرشَة المائيه دورا")], rules=(water,)))
    assert "none stands in the text" in refusal(run([candidate(title="سدود المملكة")], rules=(water,)))
    assert "leaves out" in refusal(run([candidate(title=WATER, body="بكرة القدم")], rules=(water,)))
    assert dues(run([candidate(title=WATER, body="بكرة القدم")], rules=(water, Rule(name="الباقي"))))
    assert dues(run([candidate(title="خبر", tags=("سد_المسيرة",))], rules=(water,)))


def test_breaking_news_by_source_tag_section_or_title_goes_at_once_and_first() -> None:
    plan = Plan(channel="x", slots=at("18:00"), spacing=timedelta(hours=1), max_per_hour=1)
    for fields in ({"urgent": True}, {"tags": ("عاجل",)}, {"section": "عاجل"}, {"title": "عاجل: زلزال"}):
        (pick,) = run([candidate(**fields)], plan, history=History(due_times=[START]))
        assert isinstance(pick, Pick)
        assert (pick.urgent, pick.due_at, pick.slot) == (True, START, None)
        assert pick.expires_at == START - timedelta(minutes=10) + timedelta(hours=2)
    found = run([candidate(1, age=30), candidate(2, title="عاجل | خبر")])
    assert found[0].article.title.startswith("عاجل")
    assert not any(p.urgent for p in run([candidate(title="تسوية عاجلة للملف")]) if isinstance(p, Pick))


def test_an_embargo_holds_and_freshness_counts_from_its_end() -> None:
    end = START + timedelta(hours=20)
    (pick,) = run([candidate(embargoed_until=end)])
    assert isinstance(pick, Pick)
    assert (pick.due_at, pick.expires_at) == (end, end + timedelta(hours=12))
    assert "embargo" in pick.reason.en


def test_a_rule_may_have_an_expiry_of_its_own() -> None:
    rules = (Rule(sections=("تحليل",), fresh_for=timedelta(days=3)), Rule(name="rest"))
    met = {"s": Contact(source="s", channel="x", live=False, since=START - timedelta(days=9))}
    assert dues(run([candidate(age=48 * 60, section="تحليل")], rules=rules, contacts=met))
    assert "older than 12 h" in refusal(run([candidate(age=48 * 60)], rules=rules, contacts=met))


def test_what_its_source_took_back_is_refused() -> None:
    assert "taken it back" in refusal(run([candidate(withdrawn=True)]))


def test_balance_gives_each_section_its_turn() -> None:
    given = [candidate(n, age=50 - n, section="سياسة") for n in range(4)] + [candidate(9, age=5, section="رياضة")]
    plan = Plan(channel="x", spacing=timedelta(minutes=5), balance=True)
    in_turn = [each.article.section for each in run(given, plan)]
    assert in_turn == ["سياسة", "رياضة", "سياسة", "سياسة", "سياسة"]
    after = run(given, plan, history=History(sections={"سياسة": 3}))
    assert after[0].article.section == "رياضة"
