"""The cards of the Telegram desk, as rows: what is there outlives the process that sent it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from bot.domain.card import CardKind, CardLine, CardState
from bot.domain.delivery import Delivery, State
from bot.store.database import Database
from bot.store.desk_tables import acts, cards


class CardStore:
    """Lines of cards."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ask(
        self,
        chat_id: int,
        kind: CardKind,
        deliveries: Sequence[Delivery],
        now: datetime,
        *,
        instead: Collection[int] | None = (),
    ) -> int | None:
        """One card to be sent for those of these deliveries that have none of this kind here.

        Also for those whose line is one of `instead` (None: any line), which asks no more from then on: so of several
        who find the same line out of date, one makes the new card. The card's number, or None where none is needed.
        """
        mine = (cards.c.chat_id == chat_id) & (cards.c.kind == kind) & (cards.c.person_id == 0)
        mine &= cards.c.delivery_id.in_([d.id for d in deliveries])
        old = mine if instead is None else mine & cards.c.id.in_(list(instead))
        head = 0
        with self._db.write() as db:
            going = list(db.execute(select(cards.c.delivery_id).where(old)).scalars())
            gone = (cards.c.chat_id == chat_id) & (cards.c.kind == CardKind.MOVED) & cards.c.delivery_id.in_(going)
            db.execute(delete(cards).where(gone))
            db.execute(update(cards).where(old).values(kind=CardKind.MOVED, state=CardState.DONE))
            there = set(db.execute(select(cards.c.delivery_id).where(mine)).scalars())
            for d in (d for d in deliveries if d.id not in there):
                row = {"chat_id": chat_id, "kind": kind, "delivery_id": d.id, "person_id": 0, "head": head, "at": now}
                row |= {"state": CardState.ASKED, "stood": d.state, "edition": d.edition, "segment": 0, "seen": ""}
                number: int = db.execute(insert(cards).values(row).returning(cards.c.id)).scalar_one()
                if not head:
                    head = number
                    db.execute(update(cards).where(cards.c.id == number).values(head=head))
        return head or None

    def prompt(self, line: CardLine, person_id: int, segment: int, message_id: int, now: datetime) -> None:
        """Somebody was asked for new words of a segment, by that message."""
        key = {"chat_id": line.chat_id, "delivery_id": line.delivery_id, "kind": CardKind.EDIT, "person_id": person_id}
        row = {
            "head": line.head,
            "state": CardState.OPEN,
            "stood": line.stood,
            "edition": line.edition,
            "segment": segment,
            "seen": "",
        }
        row |= {"message_id": message_id, "at": now}
        with self._db.write() as db:
            db.execute(self._db.upsert(cards, key, row))

    def asked_lately(self, line: CardLine, person_id: int, segment: int, since: datetime) -> bool:
        """Whether this person is asked for that already, since then."""
        this = (cards.c.chat_id == line.chat_id) & (cards.c.delivery_id == line.delivery_id)
        this &= (cards.c.kind == CardKind.EDIT) & (cards.c.person_id == person_id) & (cards.c.segment == segment)
        return any(
            each.edition == line.edition and each.state is CardState.OPEN and each.at >= since
            for each in self._read(this)
        )

    def prompted(self, chat_id: int, message_id: int) -> CardLine | None:
        """What was asked by that message."""
        found = self._read(
            (cards.c.chat_id == chat_id) & (cards.c.message_id == message_id) & (cards.c.kind == CardKind.EDIT)
        )
        return found[0] if found else None

    def of_card(self, chat_id: int, head: int) -> list[CardLine]:
        """The lines of one card, by delivery."""
        return self._read((cards.c.chat_id == chat_id) & (cards.c.head == head) & (cards.c.kind != CardKind.EDIT))

    def in_states(self, *states: CardState) -> list[list[CardLine]]:
        """Whole cards of which any line is in one of these states, oldest first."""
        heads = select(cards.c.head).where(cards.c.state.in_(states), cards.c.kind != CardKind.EDIT)
        found: dict[int, list[CardLine]] = {}
        for line in self._read(cards.c.head.in_(heads) & (cards.c.kind != CardKind.EDIT)):
            found.setdefault(line.head, []).append(line)
        return [found[head] for head in sorted(found)]

    def known(self, chat_ids: Sequence[int], delivery_ids: Sequence[int]) -> list[CardLine]:
        """The lines of these deliveries in these chats."""
        this = cards.c.chat_id.in_(list(chat_ids)) & cards.c.delivery_id.in_(list(delivery_ids))
        return self._read(this & (cards.c.kind != CardKind.EDIT))

    def begin(self, head: int, now: datetime) -> None:
        """From here on the card may be there."""
        self._write(
            (cards.c.head == head) & (cards.c.state == CardState.ASKED), {"state": CardState.SENDING, "at": now}
        )

    def posted(self, line_id: int, post_id: int) -> None:
        """The message that shows the post is there."""
        self._write(cards.c.id == line_id, {"post_id": post_id})

    def opened(self, head: int, message_id: int, seen: str, now: datetime) -> None:
        """The card is there."""
        this = (cards.c.head == head) & (cards.c.kind != CardKind.EDIT) & (cards.c.state != CardState.DONE)
        self._write(this, {"state": CardState.OPEN, "message_id": message_id, "seen": seen, "at": now})

    def drawn(self, head: int, seen: str) -> None:
        """The card looks otherwise now."""
        self._write((cards.c.head == head) & (cards.c.kind != CardKind.EDIT), {"seen": seen})

    def close(self, line_ids: Sequence[int], now: datetime) -> int:
        """Ask nothing more; how many were not closed yet."""
        this = cards.c.id.in_(list(line_ids)) & (cards.c.state != CardState.DONE)
        return self._write(this, {"state": CardState.DONE, "at": now})

    def acts(self, delivery_ids: Sequence[int]) -> dict[int, int]:
        """The number of the newest act on each of these deliveries."""
        subjects = {f"delivery:{each}": each for each in delivery_ids}
        query = select(acts.c.subject, func.max(acts.c.id)).where(acts.c.subject.in_(list(subjects)))
        with self._db.read() as db:
            return {subjects[row[0]]: row[1] for row in db.execute(query.group_by(acts.c.subject))}

    def _write(self, which: Any, values: dict[str, Any]) -> int:
        with self._db.write() as db:
            return db.execute(update(cards).where(which).values(values)).rowcount

    def _read(self, which: Any) -> list[CardLine]:
        with self._db.read() as db:
            return [_line(row) for row in db.execute(select(cards).where(which).order_by(cards.c.delivery_id))]


def _line(row: Any) -> CardLine:
    return CardLine(
        id=row.id,
        head=row.head,
        chat_id=row.chat_id,
        delivery_id=row.delivery_id,
        kind=CardKind(row.kind),
        state=CardState(row.state),
        stood=State(row.stood),
        at=row.at,
        person_id=row.person_id,
        edition=row.edition,
        segment=row.segment,
        post_id=row.post_id,
        message_id=row.message_id,
        seen=row.seen,
    )
