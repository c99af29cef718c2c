"""One edition over the real ledger and a real mail server, on both kinds of database."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.domain.edition import EditionState, RecipientState
from bot.domain.errors import LeaseLost, Refused
from bot.domain.mailing import MOST_AGAIN, Rules, Settled, ShardKey
from bot.domain.subscriber import digest_of
from bot.mail.replies import is_no_mailbox
from bot.mail.stream import Stream
from bot.mail.wire import Server
from bot.pipeline.mailing import ShardRun
from bot.store import mail_ledger
from bot.store.database import Database
from bot.store.editions import EditionStore
from bot.store.leases import Holder, LeaseStore
from bot.store.mail_ledger import MailLedger, lease_name
from bot.store.mail_tables import claims, memberships, recipients, subscribers, suppressions
from bot.store.rates import Rates
from bot.store.tables import leases
from tests.conftest import START, Clock
from tests.mail.letters import mailing
from tests.mail.lists import address, ended, fill, frozen, job, numbers, start, states
from tests.newsrooms import until
from tests.servers.plan import Fault
from tests.servers.smtp import SmtpServer


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer(pipelining=True) as running:
        yield running


class Sender:
    """Runs shards in this process, with a clock that stands."""

    def __init__(self, database: Database, server: SmtpServer, clock: Clock, **rules: object) -> None:
        self.database, self.server, self.clock = database, server, clock
        self.leases = LeaseStore(database, Holder(None))
        self.rules = Rules(reply=timedelta(seconds=5), **rules)  # type: ignore[arg-type]  # its own fields
        self.stopping = threading.Event()

    def claim(self, edition: int, n: int = 0) -> ShardKey:
        token = self.leases.claim("edition", lease_name(edition, n), self.rules.lease, self.clock())
        assert token
        return ShardKey(edition=edition, n=n, token=token)

    def run(
        self, edition: int, n: int = 0, *, rates: Rates | None = None, now: Callable[[], datetime] | None = None
    ) -> datetime | None:
        mails = mailing(signed=False, edition=edition)
        host, port = self.server.address
        at = Server(host=host, port=port, timeout=5)
        shard = self.claim(edition, n)
        try:
            return ShardRun(
                shard=shard,
                ledger=MailLedger(self.database, rates),
                open_line=lambda may: Stream(
                    at, lambda r: mails.mail(r.id, r.address, r.name), size=mails.size, may_go_on=may
                ),
                rules=self.rules,
                began_at=START,
                is_dead=is_no_mailbox,
                now=now or self.clock,
                monotonic=time.monotonic,
                stopping=self.stopping,
            ).run()
        finally:
            self.leases.release("edition", lease_name(edition, n), shard.token)

    @property
    def kept(self) -> list[int]:
        return numbers([mail.rcpts[0] for mail in self.server.kept])


def test_everybody_gets_it_once(database: Database, server: SmtpServer, clock: Clock) -> None:
    fill(database, 230)
    edition = frozen(database, processes=3)
    sender = Sender(database, server, clock, connections=3)
    assert [sender.run(edition, n) for n in range(3)] == [None, None, None]
    assert sorted(sender.kept) == list(range(1, 231))
    figures = EditionStore(database).figures(edition)
    assert (figures.state, figures.total, figures.sent, figures.waiting) == (EditionState.SENT, 230, 230, 0)
    with database.read() as db:
        assert db.execute(select(claims)).all() == []


def test_two_shards_that_end_at_once_end_the_edition(
    database: Database, server: SmtpServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, 20)
    edition = frozen(database, processes=2)
    sender, ledger = Sender(database, server, clock), MailLedger(database)
    one, two = (sender.claim(edition, n) for n in range(2))
    others = [threading.Thread(target=lambda: ledger.rest(two, clock()))]
    real = mail_ledger.close

    def closed(*given: Any) -> None:
        real(*given)
        if threading.current_thread() is threading.main_thread():  # not committed yet: the other one ends, too
            others[0].start()
            others[0].join(0.3)

    monkeypatch.setattr(mail_ledger, "close", closed)
    ledger.rest(one, clock())
    others[0].join(20)
    assert EditionStore(database).get(edition).state is EditionState.SENT


def test_an_edition_of_a_date_is_made_once(database: Database) -> None:
    store = EditionStore(database)
    assert store.add("morning", "2026-11-24", "daily", state=EditionState.DRAFT, now=START)
    assert store.add("morning", "2026-11-24", "daily", state=EditionState.DRAFT, now=START) is None
    assert store.add("morning", "2026-11-25", "daily", state=EditionState.DRAFT, now=START)


def suppressed(db: Connection, n: int, newsletter: str) -> None:
    row = {"digest": digest_of(address(n)), "newsletter": newsletter, "reason": "by_hand", "at": START, "note": ""}
    db.execute(insert(suppressions).values(row))


def test_who_left_or_is_suppressed_gets_nothing(database: Database, server: SmtpServer, clock: Clock) -> None:
    fill(database, 60)
    gone = [("morning", 3), ("", 4), ("evening", 5)]
    with database.write() as db:
        db.execute(update(memberships).where(memberships.c.subscriber_id == 1).values(until=START))
        for newsletter, n in gone[:1]:
            row = {
                "digest": digest_of(address(n)),
                "newsletter": newsletter,
                "reason": "by_hand",
                "at": START,
                "note": "",
            }
            db.execute(insert(suppressions).values(row))
    edition = frozen(database)
    with database.write() as db:  # after it was frozen
        db.execute(update(memberships).where(memberships.c.subscriber_id == 2).values(until=START))
        for newsletter, n in gone[1:]:
            row = {
                "digest": digest_of(address(n)),
                "newsletter": newsletter,
                "reason": "by_hand",
                "at": START,
                "note": "",
            }
            db.execute(insert(suppressions).values(row))
    sender = Sender(database, server, clock)
    sender.run(edition)
    assert sorted(sender.kept) == sorted({*range(1, 61)} - {1, 2, 3, 4})
    figures = EditionStore(database).figures(edition)
    assert (figures.total, figures.sent, figures.left, figures.state) == (58, 56, 2, EditionState.SENT)


@pytest.mark.parametrize("bad", ["a@b.example> x\r\nRSET", "قارئ@example.net", '"a b"@example.net', "nobody"])
def test_an_address_that_is_none_harms_nobody(database: Database, server: SmtpServer, clock: Clock, bad: str) -> None:
    fill(database, 5)
    with database.write() as db:
        db.execute(update(subscribers).where(subscribers.c.id == 3).values(address=bad))
    edition = frozen(database)
    sender = Sender(database, server, clock)
    sender.run(edition)
    assert sorted(sender.kept) == [1, 2, 4, 5]
    figures = EditionStore(database).figures(edition)
    assert (figures.sent, figures.left, figures.state) == (4, 1, EditionState.SENT)


def test_refused_ones_are_refused_and_dead_mailboxes_suppressed(
    database: Database, server: SmtpServer, clock: Clock
) -> None:
    fill(database, 40)
    server.refused |= {address(7): "550 5.1.1 no such user", address(9): "554 5.7.1 unwanted"}
    edition = frozen(database)
    sender = Sender(database, server, clock)
    sender.run(edition)
    figures = EditionStore(database).figures(edition)
    assert (figures.sent, figures.refused, figures.state) == (38, 2, EditionState.SENT)
    with database.read() as db:
        rows = db.execute(select(suppressions.c.digest, suppressions.c.reason)).all()
    assert [tuple(row) for row in rows] == [(digest_of(address(7)), "hard_bounce")]


def test_what_is_deferred_is_tried_later_and_given_up_in_the_end(
    database: Database, server: SmtpServer, clock: Clock
) -> None:
    fill(database, 30)
    server.refused |= {address(5): "451 4.3.0 later", address(6): "451 4.3.0 later"}
    edition = frozen(database)
    sender = Sender(database, server, clock)
    assert sender.run(edition) == START + timedelta(minutes=5)
    assert states(database, edition)[5] == RecipientState.LATER
    assert EditionStore(database).due(clock()) == []
    clock.move(minutes=5)
    assert EditionStore(database).due(clock()) == [(edition, 0)]
    del server.refused[address(5)]
    assert sender.run(edition) == clock() + timedelta(minutes=15)
    assert states(database, edition)[5] == RecipientState.SENT
    for _ in range(30):
        clock.move(hours=2)
        sender.run(edition)
    assert states(database, edition)[6] == RecipientState.REFUSED
    figures = EditionStore(database).figures(edition)
    assert (figures.sent, figures.refused, figures.state) == (29, 1, EditionState.SENT)
    assert sender.kept.count(5) == 1


@pytest.mark.parametrize("again", [False, True])
def test_a_lost_answer_is_unsure_or_sent_again_as_the_same_mail(
    database: Database, server: SmtpServer, clock: Clock, again: bool
) -> None:
    fill(database, 30)
    server.faults.append(Fault.none(), on="end")
    server.faults.append(Fault.reset_after(), on="end")
    edition = frozen(database)
    sender = Sender(database, server, clock, connections=1, again=again)
    sender.run(edition)
    figures = EditionStore(database).figures(edition)
    assert (figures.sent, figures.unsure) == ((30, 0) if again else (29, 1))
    assert figures.state is EditionState.SENT
    assert set(sender.kept) == set(range(1, 31))
    assert len(sender.kept) == (31 if again else 30)
    ids = [mail.message["Message-ID"] for mail in server.kept]
    assert len(set(ids)) == 30


def test_what_is_lost_each_time_is_sent_again_a_few_times_and_then_left(
    database: Database, server: SmtpServer, clock: Clock
) -> None:
    fill(database, 1)
    for _ in range(9):
        server.faults.append(Fault.reset_after(), on="end")
    edition = frozen(database)
    sender = Sender(database, server, clock, connections=1, again=True)
    sender.run(edition)
    for _ in range(5):
        clock.move(hours=1)
        if EditionStore(database).due(clock()):
            sender.run(edition)
    assert len(sender.kept) == 1 + MOST_AGAIN
    figures = EditionStore(database).figures(edition)
    assert (figures.sent, figures.unsure, figures.state) == (0, 1, EditionState.SENT)


def test_what_a_dead_process_claimed_is_unsure(database: Database, server: SmtpServer, clock: Clock) -> None:
    fill(database, 60)
    edition = frozen(database)
    sender = Sender(database, server, clock)
    shard, ledger = sender.claim(edition), MailLedger(database)
    lost = ledger.turn(shard, None, clock() + timedelta(minutes=2), clock(), more=True).claim
    assert lost
    clock.move(minutes=10)
    sender.run(edition)
    ids = {each.id for each in lost.recipients}
    found = states(database, edition)
    assert {n for n, state in found.items() if state == RecipientState.UNSURE} == ids
    assert set(sender.kept) == set(range(1, 61)) - ids
    with pytest.raises(LeaseLost):
        ledger.turn(shard, None, clock() + timedelta(minutes=2), clock(), more=True)


def test_what_one_dead_process_after_the_other_claimed_is_sent_again_a_few_times_and_then_left(
    database: Database, server: SmtpServer, clock: Clock
) -> None:
    fill(database, 40)
    edition, ledger = frozen(database), MailLedger(database)
    sender = Sender(database, server, clock, again=True)
    tries: Counter[int] = Counter()
    for _ in range(9):  # each is killed in its first claim
        shard = sender.claim(edition)
        ledger.recover(shard, clock(), again=True)
        claim = ledger.turn(shard, None, clock() + timedelta(minutes=1), clock(), more=True).claim
        tries.update(each.id for each in (claim.recipients if claim else ()))
        clock.move(minutes=5)
    assert max(tries.values()) == 1 + MOST_AGAIN
    sender.run(edition)
    figures = EditionStore(database).figures(edition)
    unsure = [n for n, state in states(database, edition).items() if state == RecipientState.UNSURE]
    assert (figures.unsure, figures.sent, figures.state) == (len(unsure), 40 - len(unsure), EditionState.SENT)
    assert all(tries[n] == 1 + MOST_AGAIN for n in unsure)


def test_what_a_dead_process_had_in_hand_when_a_person_stopped_it_is_unsure(database: Database, clock: Clock) -> None:
    fill(database, 60)
    edition, store, ledger = frozen(database), EditionStore(database), MailLedger(database)
    leases_ = LeaseStore(database, Holder(None))
    token = leases_.claim("edition", lease_name(edition, 0), timedelta(minutes=2), clock())
    assert token
    shard = ShardKey(edition=edition, n=0, token=token)
    lost = ledger.turn(shard, None, clock() + timedelta(minutes=2), clock(), more=True).claim
    assert lost
    assert store.figures(edition).unsure == 0
    store.move(edition, (EditionState.SENDING,), EditionState.STOPPED, clock())
    assert store.figures(edition).unsure == len(lost.recipients)
    ledger.turn(shard, Settled(claim=lost, sent=len(lost.recipients)), clock(), clock(), more=True)  # it lived
    figures = store.figures(edition)
    assert (figures.sent, figures.unsure) == (len(lost.recipients), 0)


def test_a_paused_edition_rests_and_goes_on_and_a_stopped_one_never(
    database: Database, server: SmtpServer, clock: Clock
) -> None:
    fill(database, 80)
    edition, store = frozen(database), EditionStore(database)
    store.move(edition, (EditionState.SENDING,), EditionState.PAUSED, clock())
    sender = Sender(database, server, clock)
    assert sender.run(edition) is None
    assert sender.kept == []
    assert store.due(clock()) == []
    store.move(edition, (EditionState.PAUSED,), EditionState.SENDING, clock())
    assert sender.run(edition) is None
    assert len(sender.kept) == 80
    other = frozen(database, day="2026-11-25")
    store.move(other, (EditionState.SENDING,), EditionState.STOPPED, clock())
    assert sender.run(other) is None
    assert len(sender.kept) == 80
    with pytest.raises(Refused):
        store.move(other, (EditionState.PAUSED,), EditionState.SENDING, clock())


def test_a_server_that_is_down_lets_the_shard_rest_with_the_reason(
    database: Database, server: SmtpServer, clock: Clock
) -> None:
    fill(database, 30)
    edition = frozen(database)
    server.faults.append(Fault.status(550, "5.7.1 not you"), on="mail")
    sender = Sender(database, server, clock, connections=1)
    again = sender.run(edition)
    assert again
    assert again > clock()
    figures = EditionStore(database).figures(edition)
    assert figures.reason
    assert "not you" in figures.reason.en
    assert figures.sent == 0
    clock.at = again
    sender.run(edition)
    assert sorted(sender.kept) == list(range(1, 31))


def test_the_limit_of_all_mails_holds_across_shards(database: Database, server: SmtpServer, clock: Clock) -> None:
    fill(database, 400)
    edition = frozen(database, processes=2)
    sender = Sender(database, server, clock)
    sender.stopping.wait = lambda span=None: clock.rest(timedelta(seconds=span or 0)) or False  # type: ignore[method-assign]  # no sleep
    rates = Rates(total=600)
    sender.run(edition, 0, rates=rates)
    sender.run(edition, 1, rates=rates)
    assert len(sender.kept) == 400
    passed = (clock() - START).total_seconds()
    assert 29 <= passed <= 32  # ten a second; ten seconds' worth may go ahead


def test_the_limit_of_a_domain_gives_each_mail_its_place(database: Database, server: SmtpServer, clock: Clock) -> None:
    fill(database, 100)
    edition = frozen(database)
    sender = Sender(database, server, clock, connections=1)
    sender.stopping.wait = lambda span=None: clock.rest(timedelta(seconds=span or 0)) or False  # type: ignore[method-assign]  # no sleep
    at: datetime | None = clock()
    for _ in range(20):
        at = sender.run(edition, rates=Rates(domains={"example.net": 60}))
        if at is None:
            break
        clock.at = at
    assert at is None
    assert sorted(sender.kept) == list(range(1, 101))
    assert 85 <= (clock() - START).total_seconds() <= 95  # one a second; ten may go ahead


@pytest.mark.slow
def test_kill_9_in_the_middle_and_go_on(database: Database, database_url: str) -> None:
    count = 900
    fill(database, count)
    with SmtpServer(pipelining=True) as server:
        edition = frozen(database, now=datetime.now(START.tzinfo))
        told = job(database_url, edition, server.address)
        process = start(told)
        assert until(lambda: len(server.kept) > 300, 60)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with database.write() as db:  # its lease runs out
            db.execute(update(leases).values(until=START))
        second = start(told)
        assert '"worked": 1' in ended(second)
        found = states(database, edition)
        there = numbers([mail.rcpts[0] for mail in server.kept])
    unsure = {n for n, state in found.items() if state == RecipientState.UNSURE}
    sent = {n for n, state in found.items() if state == RecipientState.SENT}
    assert len(there) == len(set(there))  # nobody twice
    assert sent <= set(there)
    assert set(there) <= sent | unsure
    assert sent | unsure == set(range(1, count + 1))
    assert len(unsure) <= 2 * 50
    figures = EditionStore(database).figures(edition)
    assert (figures.sent, figures.unsure, figures.state) == (len(sent), len(unsure), EditionState.SENT)


def test_a_process_that_is_told_to_stop_leaves_nothing_open(database: Database, database_url: str) -> None:
    fill(database, 1_000)
    with SmtpServer(pipelining=True, delay=0.002) as server:
        edition = frozen(database, now=datetime.now(START.tzinfo))
        process = start(job(database_url, edition, server.address))
        assert until(lambda: len(server.kept) > 100, 60)
        process.terminate()
        process.communicate(timeout=30)
        there = numbers([mail.rcpts[0] for mail in server.kept])
    found = states(database, edition)
    assert {n for n, state in found.items() if state == RecipientState.SENT} == set(there)
    assert RecipientState.UNSURE not in found.values()
    with database.read() as db:
        assert db.execute(select(claims)).all() == []
        assert db.execute(select(recipients).where(recipients.c.claim_id.is_not(None))).all() == []
