"""What lists read, and what is written together."""

import threading
from datetime import timedelta

import pytest

from bot.domain.article import Article, Heading
from bot.domain.channel import Receipt
from bot.domain.delivery import Standing, State
from bot.domain.person import ROLES
from bot.pipeline.people import Reception
from bot.store.database import Database
from bot.store.desk import DeskStore
from bot.store.ledger import LedgerStore
from bot.store.outbox import OutboxStore
from bot.store.people import PeopleStore
from bot.store.queue import QueueStore
from tests.conftest import START
from tests.store.test_store import WHY, draft, leased, put


@pytest.fixture
def db(database: Database) -> Database:
    return database


def test_a_list_says_of_each_delivery_what_its_whole_row_says(db: Database) -> None:
    here = Article(source="s", guid="g", title="عنوان", body="نص", url="https://e.com/1")
    put(db, here)
    outbox, ledger = OutboxStore(db), LedgerStore(db)
    outbox.add(draft(article=here.id, segments=3, expires=60), START)
    outbox.add(draft("telegram", article=here.id, urgent=True), START)
    outbox.add(draft("x", article="a9", occasion="first", preview=True), START)
    token, found = leased(db), ledger.next_due("x", START)
    assert found is not None
    assert ledger.start(found, token, START)
    ledger.begin(found, 0, (), token, START)
    ledger.receipt(found, 0, Receipt(remote_id="7"), token, START)
    outbox.change(2, (State.QUEUED,), State.HELD, WHY, START + timedelta(seconds=3))
    listed, headings = QueueStore(db).standings([here.id, "a9"])
    for standing, whole in zip(listed, DeskStore(db).of_articles([here.id, "a9"]), strict=True):
        assert standing == Standing(**{name: getattr(whole, name) for name in Standing.__dataclass_fields__})
    assert [(s.size, s.proved) for s in listed] == [(3, 1), (2, 0), (2, 0)]
    assert headings == {here.id: Heading(here.title, here.source, 1)}


def test_what_is_written_together_stands_or_falls_together(db: Database) -> None:
    people = PeopleStore(db)

    def added(login: str, then: Exception | None = None) -> None:
        with db.write():
            people.add(login, "ن", ROLES["editor"], "hash", START)
            assert people.of_login(login), "what was written is seen within"
            if then:
                raise then

    with pytest.raises(ValueError, match="bad"):
        added("salma", ValueError("bad"))
    assert people.count() == 0
    with db.write():
        added("salma")
        with pytest.raises(ValueError, match="bad"):
            added("omar", ValueError("bad"))
    assert [p.login for p in people.listing()] == ["salma"], "a part that failed takes nothing else with it"


def test_writers_of_one_process_take_turns(db: Database) -> None:
    people, done = PeopleStore(db), []

    def add(n: int) -> None:
        with db.write():
            people.add(f"p{n}", "ن", ROLES["reader"], "hash", START)
            done.append(n)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(done) == list(range(12))
    assert people.count() == 12


def test_a_newsroom_behind_one_address_signs_in_at_once(db: Database) -> None:
    reception = Reception(people=PeopleStore(db))
    for n in range(20):
        reception.people.knock([f"login:p{n}", "address:198.51.100.7"], START - timedelta(minutes=10), START)
    reception.register("salma", "سلمى", ROLES["editor"], "a-long-password", START)
    assert reception.sign_in("salma", "a-long-password", "198.51.100.7", START)
