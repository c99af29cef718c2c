"""Bugs planted one at a time, each of which the invariants must find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, true, update

from bot.domain.amendment import Amendment, PartState
from bot.domain.channel import Receipt
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.errors import RetryLater
from bot.domain.say import Say
from bot.pipeline import amend, resolve, sending
from bot.store import calls, doubts, lanes, leases, ledger
from bot.store.delivery_rows import read_deliveries
from bot.store.ledger import LedgerStore
from bot.store.tables import deliveries, segments

Patch = pytest.MonkeyPatch


def no_commit_before_the_call(patch: Patch) -> None:
    """Nothing says that a segment may be out."""

    def begin(self: LedgerStore, delivery: Delivery, n: int, *_: object, **__: object) -> None:
        pass

    patch.setattr(LedgerStore, "begin", begin)


def blind_retry(patch: Patch) -> None:
    """What may be out is sent again."""
    settle = sending.Sender.settle

    def settled(self: Any, delivery: Delivery, n: int, error: Any) -> bool:
        if isinstance(error, sending.Unsure):
            error = RetryLater("again", "أعد")
            self.d.ledger.not_out(delivery, n, error.say, self.token, self.d.now())
        return settle(self, delivery, n, error)

    patch.setattr(sending.Sender, "settle", settled)


def lease_not_checked(patch: Patch) -> None:
    """Who lost the lane writes all the same."""

    @contextmanager
    def holding(database: Any, name: str, token: int, until: datetime | None = None) -> Iterator[Connection]:
        with database.write() as db:
            yield db

    for module in (ledger, doubts, leases):
        patch.setattr(module, "holding", holding)
    patch.setattr(leases.LeaseStore, "renew", lambda *_: True)
    patch.setattr("bot.pipeline.dispatch.Lane.guard", lambda _self: None)
    patch.setattr(leases.LeaseStore, "claim", lambda *_: 1)
    patch.setattr("bot.store.outbox.still_clock", lambda *_: None)


def order_by_id(patch: Patch) -> None:
    """What came first goes first, breaking news or not."""
    by_id = {held: query.order_by(None).order_by(deliveries.c.id) for held, query in ledger._READY.items()}
    patch.setattr(ledger, "_READY", by_id)


def absence_believed_at_once(patch: Patch) -> None:
    """One early look that sees nothing is enough."""

    def judge(doubt: Any, found: Receipt | None, *_: object) -> resolve.Verdict:
        return resolve.Verdict(receipt=found, absent=found is None)

    patch.setattr(resolve, "judge", judge)


def wall_clock_believed(patch: Patch) -> None:
    """A clock that was put forward makes a call older than it is."""
    patch.setattr("bot.pipeline.dispatch.Lane.age", lambda self, doubt: self.d.now() - doubt.began_at)


def no_expiry(patch: Patch) -> None:
    """What is late goes out all the same."""
    patch.setattr("bot.store.outbox.OutboxStore.expire", lambda *_: [])
    start, begin, next_due = LedgerStore.start, LedgerStore.begin, LedgerStore.next_due
    early = datetime(2000, 1, 1, tzinfo=resolve.datetime.now().astimezone().tzinfo)
    assert next_due

    def started(self: LedgerStore, delivery: Delivery, token: int, now: datetime) -> bool:
        return start(self, delivery, token, early)

    def begun(self: LedgerStore, delivery: Delivery, *rest: Any, **more: Any) -> None:
        from dataclasses import replace

        begin(self, replace(delivery, expires_at=None), *rest, **more)

    def chosen(self: LedgerStore, channel: str, now: datetime, **_: bool) -> Delivery | None:
        d = deliveries.c
        may = (d.channel == channel) & lanes.not_paused(channel) & d.state.in_([State.QUEUED, State.SENDING])
        ready = (d.due_at <= now) & (d.not_before.is_(None) | (d.not_before <= now))
        with self._db.read() as db:
            query = select(deliveries).where(may, ready).order_by(d.state.desc(), d.urgent.desc(), d.due_at)
            found = read_deliveries(db, query.limit(1))
        return found[0] if found else None

    patch.setattr(LedgerStore, "start", started)
    patch.setattr(LedgerStore, "begin", begun)
    patch.setattr(LedgerStore, "next_due", chosen)


def no_limits(patch: Patch) -> None:
    """Calls are made as fast as they can be."""
    patch.setattr(calls, "_free_at", lambda *_: None)


def pause_not_seen(patch: Patch) -> None:
    """A pause stops nothing that is queued."""
    for module in (ledger, lanes):
        patch.setattr(module, "not_paused", lambda _channel: true())
    patch.setattr(lanes, "_DUE", lanes._due())
    patch.setattr(ledger, "_READY", {held: ledger._ready(paced=held[0], hushed=held[1]) for held in ledger._READY})
    patch.setattr(ledger, "_MAY_SPEAK", select(true()))


def dead_process_forgotten(patch: Patch) -> None:
    """What a dead process left begun is nobody's."""
    patch.setattr(LedgerStore, "settle_interrupted", lambda *_: [])


def interrupted_sent_again(patch: Patch) -> None:
    """What a dead process left begun counts as not out."""

    def settle(self: LedgerStore, channel: str, note: Say, token: int, now: datetime) -> list[int]:
        mine = select(deliveries.c.id).where(deliveries.c.channel == channel, deliveries.c.state == State.SENDING)
        line = segments.c.delivery_id.in_(mine) & (segments.c.state == SegmentState.SENDING)
        with self._db.write() as db:
            db.execute(update(segments).where(line).values(state=SegmentState.WAITING))
        return []

    patch.setattr(LedgerStore, "settle_interrupted", settle)


def parent_forgotten(patch: Patch) -> None:
    """A thread that goes on after a stop hangs under nothing."""
    send_one = sending.Sender.send_one

    def sent(self: Any, delivery: Delivery, n: int, segment: Any, parent: Any, adapter: Any) -> Receipt:
        known = delivery.segments[n - 1].receipt if n else None
        return send_one(self, delivery, n, segment, None if known else parent, adapter)

    patch.setattr(sending.Sender, "send_one", sent)


def deletion_assumed(patch: Patch) -> None:
    """A segment counts as taken back before the service says so."""
    call = amend.Amender._call

    def assumed(self: Any, amendment: Amendment, n: int, *rest: Any) -> None:
        self.store.end(amendment, n, PartState.DONE, None, self.token, self.now())
        call(self, amendment, n, *rest)

    patch.setattr(amend.Amender, "_call", assumed)


def known_id_of_now(patch: Patch) -> None:
    """A look-up starts at the newest id of now, not of the time before the first try."""
    made = doubts.DoubtStore._doubt

    def doubt(self: Any, db: Connection, row: Any) -> Any:
        from dataclasses import replace

        found = made(self, db, row)
        later, channel = found.began_at + timedelta(days=1), found.delivery.channel
        known, _ = doubts.newest(self._db, db, channel, preview=False, now=later)
        others = frozenset(each for each in found.others if known is None or int(each) > int(known))
        return replace(found, known=known or found.known, others=others)

    patch.setattr(doubts.DoubtStore, "_doubt", doubt)


MUTANTS: tuple[Callable[[Patch], None], ...] = (
    no_commit_before_the_call,
    blind_retry,
    lease_not_checked,
    order_by_id,
    absence_believed_at_once,
    wall_clock_believed,
    no_expiry,
    no_limits,
    pause_not_seen,
    dead_process_forgotten,
    interrupted_sent_again,
    parent_forgotten,
    deletion_assumed,
    known_id_of_now,
)
