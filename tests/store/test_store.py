import os
import stat
import traceback
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bot.domain.article import Article
from bot.domain.channel import Health, Receipt
from bot.domain.delivery import Draft, SegmentState, State
from bot.domain.errors import ConfigError, LeaseLost
from bot.domain.post import Post, Segment
from bot.domain.say import Say
from bot.domain.schedule import Contact, Decision
from bot.pipeline.identity import keep
from bot.store.articles import ArticleStore
from bot.store.database import Database, DatabaseError
from bot.store.lanes import LaneStore
from bot.store.leases import Holder, LeaseStore, holding
from bot.store.ledger import LedgerStore
from bot.store.outbox import OutboxStore
from bot.store.sources import SourceStore
from bot.store.tables import deliveries, metadata
from tests.conftest import START
from tests.postgres import Postgres

WHY = Say("why", "لماذا")


@pytest.fixture
def db(database_url: str):  # type: ignore[no-untyped-def]  # a generator fixture
    database = Database(database_url)
    database.upgrade()
    yield database
    database.close()


def draft(
    channel: str = "x",
    article: str = "a1",
    occasion: str = "first",
    segments: int = 2,
    *,
    preview: bool = False,
    urgent: bool = False,
    due: int = 0,
    expires: int | None = None,
) -> Draft:
    return Draft(
        channel=channel,
        service="x",
        preview=preview,
        subject=f"article:{article}",
        occasion=occasion,
        article_id=article,
        version=1,
        title="ع",
        state=State.QUEUED,
        due_at=START + timedelta(minutes=due),
        expires_at=None if expires is None else START + timedelta(minutes=expires),
        urgent=urgent,
        reason=WHY,
        post=Post(service="x", segments=tuple(Segment(text=f"نص {n}", length=4, limit=280) for n in range(segments))),
    )


def put(db: Database, article: Article, now: datetime = START) -> str:
    with ArticleStore(db).shelf() as shelf:
        return keep(article, article.digest, shelf, now).outcome


def leased(db: Database, channel: str = "x") -> int:
    token = LeaseStore(db, Holder(None)).claim("lane", channel, timedelta(minutes=1), START)
    assert token is not None
    return token


def test_the_migrations_make_the_very_tables_that_the_queries_know(db: Database) -> None:
    with db.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_sqlite_is_set_for_safety(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/n.db")
    with db.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_only_its_owner_reads_the_database(tmp_path: Path) -> None:
    def modes() -> dict[str, int]:
        found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in path.parent.iterdir()}
        return {path.parent.name: stat.S_IMODE(path.parent.stat().st_mode)} | found

    path = tmp_path / "var" / "n.db"
    before = os.umask(0o022)
    try:
        db = Database(f"sqlite:///{path}")
        db.upgrade()
        assert modes() == {"var": 0o700, "n.db": 0o600, "n.db-wal": 0o600, "n.db-shm": 0o600}
        for each in path.parent.iterdir():
            each.chmod(0o644)  # as an older nashir made them
        again = Database(f"sqlite:///{path}")
        assert again.is_ready()
        assert modes() == {"var": 0o700, "n.db": 0o600, "n.db-wal": 0o600, "n.db-shm": 0o600}
        for each in (db, again):
            each.close()
    finally:
        os.umask(before)


def test_bad_addresses_are_clear_sentences_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no database address"):
        Database("nonsense")
    with pytest.raises(ConfigError) as caught:
        Database("oracle9://me:secret@host/db")
    assert "secret" not in str(caught.value)
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(DatabaseError, match=r"broken\.db"):
        Database(f"sqlite:///{broken}").upgrade()


def test_an_article_is_kept_once_with_its_versions(db: Database) -> None:
    store = ArticleStore(db)
    first = Article(source="s", guid="g", title="ع", body="نص", url="https://e.com/1?utm_source=x", tags=("أ",))
    assert put(db, first) == "new"
    assert put(db, first) == "known"
    assert put(db, Article(source="s", guid="g", title="ع", body="نص آخر", url="https://e.com/1")) == "changed"
    found = store.get(first.id)
    assert found is not None
    assert (found.version, found.body) == (2, "نص آخر")
    assert store.find("https://e.com/1#x") == found
    assert store.get("none") is None


def test_candidates_are_fresh_or_undecided_and_without_delivery(db: Database) -> None:
    articles, outbox = ArticleStore(db), OutboxStore(db)
    for n, age in enumerate((1, 30, 1)):
        put(db, Article(source="s", guid=str(n), title=str(n), body="", published_at=START - timedelta(hours=age)))
    since, met = START - timedelta(hours=12), [Contact(source="s", channel="x", live=False, since=START - timedelta(1))]
    ids = [c.article.id for c in articles.candidates("x", False, since, met)]
    assert len(ids) == 3
    old = next(c for c in articles.of_source("s") if c.article.title == "1").article.id
    outbox.decided([Decision(article_id=id_, channel="x", picked=False, reason=WHY, at=START) for id_ in ids])
    outbox.add(draft(article=next(id_ for id_ in ids if id_ != old)), START)
    left = [c.article.id for c in articles.candidates("x", False, since, met)]
    assert old not in left
    assert len(left) == 1
    assert outbox.decisions(ids[0])[0].reason == WHY
    assert len(articles.candidates("telegram", False, since, met)) == 3
    assert articles.candidates("telegram", False, since, []) == []
    late = [Contact(source="s", channel="x", live=False, since=START, admitted=frozenset([old]))]
    assert [c.article.id for c in articles.candidates("telegram", False, since, late)] == [old]


def test_a_delivery_is_added_once_and_comes_back_to_the_letter(db: Database) -> None:
    outbox = OutboxStore(db)
    wanted = draft(expires=60)
    first = outbox.add(wanted, START)
    assert first is not None
    assert outbox.add(wanted, START) is None
    assert outbox.add(draft(preview=True), START) is not None, "a preview never takes the place of a publication"
    assert outbox.add(draft(occasion="again:1"), START) is not None
    found = outbox.get(first)
    assert found is not None
    assert found.post == wanted.post
    assert (found.reason, found.due_at, found.expires_at) == (WHY, wanted.due_at, wanted.expires_at)
    assert [s.state for s in found.segments] == [SegmentState.WAITING] * 2


def test_the_next_is_the_begun_then_the_urgent_then_the_earliest(db: Database) -> None:
    outbox, ledger = OutboxStore(db), LedgerStore(db)
    early = outbox.add(draft(article="a", due=-5), START)
    late = outbox.add(draft(article="b", due=-1), START)
    urgent = outbox.add(draft(article="c", due=0, urgent=True), START)
    outbox.add(draft(article="d", due=5), START)
    outbox.add(draft(article="e", due=-9, expires=-1), START)
    token, order = leased(db), []
    while found := ledger.next_due("x", START):
        order.append(found.id)
        assert ledger.start(found, token, START)
        for n in range(2):
            ledger.begin(found, n, (), token, START)
            ledger.receipt(found, n, Receipt(remote_id=str(n)), token, START)
        ledger.finish(found, State.SENT, None, token, START)
    assert order == [urgent, early, late]
    begun = ledger.next_due("x", START + timedelta(minutes=6))
    assert begun is not None
    ledger.start(begun, token, START)
    breaking = outbox.add(draft(article="f", due=0, urgent=True), START)
    again = ledger.next_due("x", START + timedelta(minutes=6))
    assert again is not None
    assert again.id == breaking, "what was taken and never begun lets breaking news pass"
    ledger.begin(begun, 0, (), token, START)
    again = ledger.next_due("x", START + timedelta(minutes=6))
    assert again is not None
    assert again.id == begun.id


def test_expire(db: Database) -> None:
    outbox = OutboxStore(db)
    gone = outbox.add(draft(expires=-1), START)
    stays = outbox.add(draft(article="b", expires=5), START)
    assert outbox.expire(START, WHY) == [gone]
    assert stays is not None
    kept = outbox.get(stays)
    assert kept is not None
    assert kept.state is State.QUEUED


def test_what_was_taken_and_never_begun_expires_like_what_waits(db: Database) -> None:
    outbox, ledger, token = OutboxStore(db), LedgerStore(db), leased(db)
    id_ = outbox.add(draft(expires=10), START)
    assert id_ is not None
    found = outbox.get(id_)
    assert found is not None
    assert ledger.start(found, token, START)
    assert outbox.expire(START + timedelta(minutes=11), WHY) == [id_]
    second = outbox.add(draft(article="b", expires=10), START)
    assert second is not None
    found = outbox.get(second)
    assert found is not None
    assert ledger.start(found, token, START)
    ledger.begin(found, 0, (), token, START)
    assert outbox.expire(START + timedelta(minutes=11), WHY) == []


def test_a_segment_is_begun_once_and_its_death_is_seen(db: Database) -> None:
    outbox, ledger = OutboxStore(db), LedgerStore(db)
    id_ = outbox.add(draft(), START)
    token = leased(db)
    found = ledger.next_due("x", START)
    assert found is not None
    assert ledger.start(found, token, START)
    ledger.begin(found, 0, (), token, START)
    with pytest.raises(LeaseLost):
        ledger.begin(found, 0, (), token, START)
    assert ledger.settle_interrupted("x", WHY, token, START) == [id_]
    after = outbox.get(found.id)
    assert after is not None
    assert (after.state, after.note) == (State.UNSURE, WHY)
    assert ledger.next_due("x", START) is None


def test_who_lost_the_lane_writes_nothing(db: Database) -> None:
    outbox, ledger, holder = OutboxStore(db), LedgerStore(db), Holder(None)
    leases = LeaseStore(db, holder)
    id_ = outbox.add(draft(), START)
    assert id_ is not None
    old = leases.claim("lane", "x", timedelta(seconds=10), START)
    assert old is not None
    found = ledger.next_due("x", START)
    assert found is not None
    ledger.start(found, old, START)
    ledger.begin(found, 0, (), old, START)
    assert leases.claim("lane", "x", timedelta(seconds=10), START + timedelta(seconds=5)) is None
    new = leases.claim("lane", "x", timedelta(seconds=10), START + timedelta(seconds=11))
    assert new == old + 1
    assert not leases.renew("lane", "x", old, timedelta(seconds=10), START)
    receipt = Receipt(remote_id="1")
    for write in (
        lambda: ledger.receipt(found, 0, receipt, old, START),
        lambda: ledger.begin(found, 1, (), old, START),
        lambda: ledger.not_out(found, 0, WHY, old, START),
        lambda: ledger.start(found, old, START),
        lambda: ledger.postpone(found, START, WHY, old, START),
        lambda: ledger.finish(found, State.SENT, None, old, START),
    ):
        with pytest.raises(LeaseLost):
            write()
    kept = outbox.get(id_)
    assert kept is not None
    assert kept.segments[0].receipt is None


def test_a_segment_that_begins_holds_its_lane_for_the_time_of_its_call(db: Database) -> None:
    outbox, ledger, leases = OutboxStore(db), LedgerStore(db), LeaseStore(db, Holder(None))
    outbox.add(draft(), START)
    token = leases.claim("lane", "x", timedelta(seconds=10), START)
    found = ledger.next_due("x", START)
    assert token is not None
    assert found is not None
    ledger.start(found, token, START)
    later = START + timedelta(seconds=9)
    ledger.begin(found, 0, (), token, later, until=later + timedelta(seconds=10))
    assert leases.claim("lane", "x", timedelta(seconds=10), START + timedelta(seconds=18)) is None
    assert leases.claim("lane", "x", timedelta(seconds=10), START + timedelta(seconds=20)) == token + 1
    with pytest.raises(LeaseLost):
        ledger.begin(found, 1, (), token, later, until=later + timedelta(minutes=1))
    assert leases.claim("lane", "x", timedelta(seconds=10), START + timedelta(seconds=31)) == token + 2


def test_who_is_frozen_amid_a_write_keeps_nobody_from_its_lane(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.database.IDLE", "300ms")
    url = postgres.fresh()
    first, second = Database(url), Database(url)
    leases = LeaseStore(second, Holder(None))
    old = leases.claim("lane", "x", timedelta(seconds=1), START)
    assert old is not None

    def frozen() -> None:
        with holding(first, "x", old) as db:
            assert leases.claim("lane", "x", timedelta(seconds=1), START + timedelta(seconds=1)) == old + 1
            db.execute(deliveries.delete())  # it wakes

    with pytest.raises(DatabaseError):
        frozen()
    first.close()
    second.close()


def test_a_dead_process_on_this_machine_holds_nothing(db: Database, tmp_path: Path) -> None:
    first, second = Holder(tmp_path / "holders"), Holder(tmp_path / "holders")
    hour = timedelta(hours=1)
    assert LeaseStore(db, first).claim("clock", "clock", hour, START) == 1
    assert LeaseStore(db, second).claim("clock", "clock", hour, START) is None
    assert not second.is_dead(first.id)
    first.close()
    assert LeaseStore(db, second).claim("clock", "clock", hour, START) == 2
    second.close()
    assert list((tmp_path / "holders").iterdir()) == []


def test_postpone_keeps_the_place_of_a_thread_that_is_half_out(db: Database) -> None:
    outbox, ledger = OutboxStore(db), LedgerStore(db)
    outbox.add(draft(), START)
    outbox.add(draft(article="b"), START)
    token = leased(db)
    found = ledger.next_due("x", START)
    assert found is not None
    ledger.start(found, token, START)
    ledger.begin(found, 0, (), token, START)
    ledger.receipt(found, 0, Receipt(remote_id="1"), token, START)
    ledger.postpone(found, START + timedelta(minutes=5), WHY, token, START)
    assert ledger.next_due("x", START) is None, "a thread is never interleaved"
    again = ledger.next_due("x", START + timedelta(minutes=5))
    assert again is not None
    assert (again.id, again.attempts) == (found.id, 1)
    assert LaneStore(db).next_at() is not None


def test_health_and_lanes_due(db: Database) -> None:
    outbox, lanes = OutboxStore(db), LaneStore(db)
    outbox.add(draft(), START)
    assert lanes.due(START) == ["x"]
    lanes.set_health(Health(channel="x", down=WHY, retry_at=START + timedelta(minutes=5)), START)
    assert lanes.due(START) == []
    assert lanes.due(START + timedelta(minutes=5)) == ["x"]
    assert lanes.health("x").down == WHY


def test_sources_and_contacts(db: Database) -> None:
    store = SourceStore(db)
    assert store.due(["a", "b"], START) == ["a", "b"]
    store.fetched("a", {"etag": "1"}, START + timedelta(minutes=1), START)
    assert store.due(["a", "b"], START) == ["b"]
    store.broken("a", WHY, START + timedelta(minutes=5))
    assert (store.failures("a"), store.cursor("a"), store.read_once("a"), store.read_once("b")) == (
        1,
        {"etag": "1"},
        True,
        False,
    )
    store.meet(Contact(source="a", channel="x", live=False, since=START, admitted=frozenset({"1"})))
    store.meet(Contact(source="a", channel="x", live=True, since=START))
    assert store.contacts() == [Contact(source="a", channel="x", live=True, since=START)]


def test_a_clock_that_is_put_back_holds_no_paced_lane(db: Database) -> None:
    outbox, lanes = OutboxStore(db), LaneStore(db)
    outbox.add(draft(expires=600), START)
    lanes.pace("x", START + timedelta(hours=1), START)
    assert lanes.due(START + timedelta(seconds=59)) == []
    assert lanes.due(START + timedelta(seconds=60)) == ["x"]  # it looks whether it may speak
    outbox.add(draft(article="a2", due=-120, expires=600), START)
    assert lanes.due(START - timedelta(hours=1)) == ["x"]


def test_one_that_was_taken_and_never_begun_is_no_further_than_one_that_waits(db: Database) -> None:
    outbox, ledger, leases = OutboxStore(db), LedgerStore(db), LeaseStore(db, Holder(None))
    outbox.add(draft(expires=60), START)
    token = leases.claim("lane", "x", timedelta(seconds=10), START)
    taken = ledger.next_due("x", START)
    assert token is not None
    assert taken is not None
    assert ledger.start(taken, token, START)  # and the process dies
    urgent = outbox.add(draft(article="a2", urgent=True, expires=60), START)
    found = ledger.next_due("x", START)
    assert found is not None
    assert found.id == urgent
    assert ledger.start(found, token, START)
    ledger.begin(found, 0, (), token, START)
    ledger.receipt(found, 0, Receipt(remote_id="1"), token, START)
    assert (again := ledger.next_due("x", START)) is not None
    assert again.id == urgent  # half out, it goes on
    ledger.begin(found, 1, (), token, START)
    ledger.receipt(found, 1, Receipt(remote_id="2"), token, START)
    ledger.finish(found, State.SENT, None, token, START)
    assert (last := ledger.next_due("x", START)) is not None
    assert last.id == taken.id
    assert ledger.start(last, token, START)


def test_a_lease_of_before_the_wall_clock_was_put_back_holds_nobody_up(db: Database) -> None:
    ours, theirs = LeaseStore(db, Holder(None)), LeaseStore(db, Holder(None))
    ttl = timedelta(seconds=30)
    first = ours.claim("clock", "clock", ttl, START)
    assert first is not None
    assert theirs.claim("clock", "clock", ttl, START - timedelta(minutes=5)) is None
    second = theirs.claim("clock", "clock", ttl, START - timedelta(hours=1))
    assert second is not None
    assert second > first
    assert not ours.renew("clock", "clock", first, ttl, START - timedelta(hours=1))


def test_a_statement_that_fails_does_not_tell_its_values(db: Database) -> None:
    value = "".join(reversed("souad"))  # the lines of this file stand in the traceback, too
    with pytest.raises(DatabaseError) as caught, db.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:word)"), {"word": value})
    told = "".join(traceback.format_exception(caught.value))
    assert "nowhere" in told
    assert value not in told
