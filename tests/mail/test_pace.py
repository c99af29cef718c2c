"""The limit of a domain over several editions and tries, by the ledger alone, on both kinds of database."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.domain.edition import Answer, EditionState, End
from bot.domain.mailing import Claim, Ruled, Settled, ShardKey
from bot.store.database import Database
from bot.store.editions import EditionStore
from bot.store.leases import Holder, LeaseStore
from bot.store.mail_ledger import MailLedger, lease_name
from bot.store.mail_tables import mail_rates, subscribers
from bot.store.rates import Rates
from tests.conftest import Clock
from tests.mail.lists import fill, frozen

LIMIT = 6  # a minute
SPAN = timedelta(days=1)


class Editions:
    """Sends editions in turns, with a clock that stands; counts tries by edition and minute."""

    def __init__(self, database: Database, clock: Clock, answer: Callable[[Claim], list[Ruled]] = lambda _: []) -> None:
        self._database, self._clock, self._answer = database, clock, answer
        self._ledger = MailLedger(database, Rates(per_domain=LIMIT))
        self.tries: Counter[tuple[int, int]] = Counter()
        self._began = clock()

    def run(self, minutes: float, *editions: int) -> None:
        leases, end = LeaseStore(self._database, Holder(None)), self._clock() + timedelta(minutes=minutes)
        shards, tokens = {}, {}
        for each in editions:
            name = lease_name(each, 0)
            token = leases.claim("edition", name, SPAN, self._clock())
            assert token
            tokens[name] = token
            shards[ShardKey(edition=each, n=0, token=token)] = self._clock()
        while shards and (now := min(shards.values())) < end:
            self._clock.at = max(now, self._clock())
            for shard in [each for each, at in shards.items() if at <= self._clock()]:
                if at := self._all_due(shard):
                    shards[shard] = at
                else:
                    del shards[shard]
        for name, token in tokens.items():
            leases.release("edition", name, token)
        self._clock.at = max(end, self._clock())

    def _all_due(self, shard: ShardKey) -> datetime | None:
        settled = None
        while True:
            now = self._clock()
            turn = self._ledger.turn(shard, settled, now + SPAN, now, more=True)
            settled = None
            if turn.claim:
                self.tries[shard.edition, self.minute] += len(turn.claim.recipients)
                others = self._answer(turn.claim)
                settled = Settled(claim=turn.claim, sent=len(turn.claim.recipients) - len(others), others=others)
            elif turn.wait_until is None or turn.wait_until > now:
                return turn.wait_until

    @property
    def minute(self) -> int:
        return int((self._clock() - self._began).total_seconds() // 60)

    def of(self, edition: int) -> int:
        return sum(count for (each, _), count in self.tries.items() if each == edition)

    @property
    def most(self) -> int:
        """The most tries of one minute."""
        minutes: Counter[int] = Counter()
        for (_, minute), count in self.tries.items():
            minutes[minute] += count
        return max(minutes.values())


def test_what_is_tried_again_takes_a_new_place(database: Database, clock: Clock) -> None:
    fill(database, 120)
    waits = [timedelta(minutes=m) for m in (5, 15, 30)]

    def later(claim: Claim) -> list[Ruled]:
        return [
            Ruled(
                answer=Answer(id=each.id, end=End.LATER, code=451, stage="rcpt"),
                next_at=clock() + waits[min(each.attempts, 2)],
            )
            for each in claim.recipients
        ]

    sending = Editions(database, clock, later)
    sending.run(40, frozen(database))
    assert sending.most <= LIMIT + 1
    assert sum(sending.tries.values()) >= 40 * LIMIT - 10, "and no place is lost"


def test_a_stopped_edition_keeps_no_places(database: Database, clock: Clock) -> None:
    fill(database, 300)
    first, sending = frozen(database), Editions(database, clock)
    sending.run(3, first)
    EditionStore(database).move(first, (EditionState.SENDING,), EditionState.STOPPED, clock())
    second = frozen(database, day="2026-11-25")
    sending.run(3, second)
    assert sending.of(second) >= 2 * LIMIT - 1
    assert sending.most <= LIMIT + 1


def test_a_small_edition_does_not_wait_for_a_large_one(database: Database, clock: Clock) -> None:
    fill(database, 200)
    large, sending = frozen(database), Editions(database, clock)
    sending.run(3, large)
    with database.write() as db:
        db.execute(update(subscribers).where(subscribers.c.id > 12).values(state="left"))
    small = frozen(database, day="2026-11-25")
    with database.write() as db:
        db.execute(update(subscribers).values(state="active"))
    before = sending.of(large)
    sending.run(12, large, small)
    assert sending.of(small) == 12
    assert sending.of(large) - before >= 4 * LIMIT, "and the large one goes on meanwhile"
    assert sending.most <= LIMIT + 1


def test_the_lines_of_an_edition_end_with_it(database: Database, clock: Clock) -> None:
    fill(database, 30)
    edition, sending = frozen(database), Editions(database, clock)
    sending.run(1, edition)
    with database.read() as db:
        assert set(db.execute(select(mail_rates.c.key)).scalars()) >= {"@example.net", f"{edition}@example.net"}
    EditionStore(database).move(edition, (EditionState.SENDING,), EditionState.STOPPED, clock())
    with database.read() as db:
        assert "@example.net" in (keys := db.execute(select(mail_rates.c.key)).scalars().all())
    assert f"{edition}@example.net" not in keys
