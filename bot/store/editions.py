"""Editions: made once for each date, frozen into recipients and shards, followed while they go out."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, literal, or_, select, update

from bot.domain.edition import LATE, STATES, Edition, EditionState, Figures, Letter, RecipientState
from bot.domain.errors import NotFound, Refused
from bot.domain.say import Say
from bot.domain.subscriber import Frequency, SubscriberState
from bot.store.database import Database
from bot.store.links import put_links
from bot.store.mail_ledger import close
from bot.store.mail_tables import bounces, claims, editions, memberships, recipients, shards, subscribers, suppressions
from bot.store.rates import forget_lines
from bot.store.rows import say_in, say_out

TOGETHER = 20_000  # recipients written in one transaction: others write between
IN_SHARD = 5_000  # recipients; a worker that has one done takes the next
MOST_SHARDS = 400


class EditionStore:
    """The tables `editions`, `shards` and `recipients`, but for the ledger's own writes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, newsletter: str, day: str, occasion: str, *, state: EditionState, now: datetime, **values: Any
    ) -> int | None:
        """The id of a new edition, or None where there is one of this newsletter, date and occasion."""
        given = {"subject": "", "preheader": "", "intro": "", "picks": {}, "version": 1, "total": 0} | values
        key = {"newsletter": newsletter, "day": day, "occasion": occasion, "slug": secrets.token_urlsafe(12)}
        with self._db.write() as db:
            statement = self._db.insert(editions).values(**key, state=state, made_at=now, **given)
            same = ["newsletter", "day", "occasion"]
            made = db.execute(statement.on_conflict_do_nothing(index_elements=same).returning(editions.c.id))
            id_: int | None = made.scalar_one_or_none()
        return id_

    def get(self, id_: int) -> Edition:
        """One edition; raises NotFound."""
        with self._db.read() as db:
            row = db.execute(select(editions).where(editions.c.id == id_)).one_or_none()
        if row is None:
            raise NotFound(f"There is no edition {id_}.", f"لا يوجد عدد برقم {id_}.")
        return _edition(row)

    def newest(self, limit: int) -> list[Edition]:
        """The newest editions first."""
        with self._db.read() as db:
            rows = db.execute(select(editions).order_by(editions.c.id.desc()).limit(limit)).all()
        return [_edition(row) for row in rows]

    def out(self, newsletter: str, limit: int) -> list[Edition]:
        """Editions of a newsletter that have begun to go out, newest first."""
        begun = (editions.c.newsletter == newsletter) & editions.c.began_at.is_not(None)
        query = select(editions).where(begun).order_by(editions.c.day.desc(), editions.c.id.desc()).limit(limit)
        with self._db.read() as db:
            return [_edition(row) for row in db.execute(query)]

    def of_day(self, newsletter: str, day: str) -> Edition | None:
        """The edition of a date: the daily one, else the weekly one."""
        this = (editions.c.newsletter == newsletter) & (editions.c.day == day)
        digest = editions.c.occasion.in_([Frequency.DAILY, Frequency.WEEKLY])
        return self._one(select(editions).where(this, digest).order_by(editions.c.occasion).limit(1))

    def of_slug(self, slug: str) -> Edition | None:
        """The edition of an address in the archive."""
        return self._one(select(editions).where(editions.c.slug == slug))

    def _one(self, query: Any) -> Edition | None:
        with self._db.read() as db:
            row = db.execute(query).one_or_none()
        return _edition(row) if row else None

    def freeze(
        self,
        seen: Edition,
        letter: Letter,
        frequency: Frequency,
        *,
        processes: int,
        now: datetime,
        told: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Write down the letter and to whom it goes, and begin; how many recipients.

        Raises Refused where it is no longer as it was seen: changed, held, begun. A process that dies meanwhile leaves
        an edition that waits.
        """
        id_ = seen.id
        with self._db.write() as db:
            self._expect(db, id_, (seen.state,), seen.version)
            frozen = {"letter": _letter_out(letter), "version": editions.c.version + 1}
            changed = update(editions).where(editions.c.id == id_).values(frozen)
            version = db.execute(changed.returning(editions.c.version)).scalar_one()
            put_links(db, id_, letter.links)
        after, done = 0, 0
        while True:
            with self._db.write() as db:
                last = self._more(db, id_, letter.newsletter, frequency, after)
                if last is None:
                    break
                done = db.execute(_count(id_)).scalar_one()
            after = last
            told(done)
        with self._db.write() as db:
            self._expect(db, id_, (seen.state,), version)
            total: int = db.execute(_count(id_)).scalar_one()
            _cut(db, id_, total, processes)
            begun = {"state": EditionState.SENDING, "total": total, "began_at": now, "reason": None}
            db.execute(update(editions).where(editions.c.id == id_).values(begun))
            close(db, id_, now)  # one that nobody reads is sent at once
        return total

    def _more(self, db: Connection, id_: int, newsletter: str, frequency: Frequency, after: int) -> int | None:
        """Write down the next recipients; the last subscriber that was looked at, or None at the end."""
        mine = and_(
            memberships.c.newsletter == newsletter,
            memberships.c.frequency == frequency,
            memberships.c.until.is_(None),
            memberships.c.subscriber_id > after,
        )
        part = select(memberships.c.subscriber_id).where(mine).order_by(memberships.c.subscriber_id).limit(TOGETHER)
        last: int | None = db.execute(select(func.max(part.subquery().c.subscriber_id))).scalar()
        if last is None:
            return None
        suppressed = exists().where(
            suppressions.c.digest == subscribers.c.digest, suppressions.c.newsletter.in_(["", newsletter])
        )
        chosen = (
            select(literal(id_), memberships.c.subscriber_id, literal(RecipientState.WAITING), literal(0))
            .join(subscribers, subscribers.c.id == memberships.c.subscriber_id)
            .where(mine, memberships.c.subscriber_id <= last, ~suppressed)
            .where(subscribers.c.state == SubscriberState.ACTIVE)
        )
        columns = ["edition_id", "subscriber_id", "state", "attempts"]
        db.execute(self._db.insert(recipients).from_select(columns, chosen).on_conflict_do_nothing())
        return last

    def move(
        self, id_: int, states: tuple[EditionState, ...], to: EditionState, now: datetime, reason: Say | None = None
    ) -> None:
        """Into another state, if it is in one of these; raises Refused."""
        with self._db.write() as db:
            self._expect(db, id_, states)
            ended = {"ended_at": now} if to in (EditionState.STOPPED, EditionState.SKIPPED) else {}
            db.execute(update(editions).where(editions.c.id == id_).values(state=to, reason=say_out(reason), **ended))
            if to is EditionState.STOPPED:
                forget_lines(db, id_)
            if to is EditionState.SENDING:  # who says "go on" has perhaps mended what it rested for
                db.execute(update(shards).where(shards.c.edition_id == id_).values(rest_until=None, note=None))
                close(db, id_, now)

    def rewrite(self, id_: int, version: int, states: Sequence[EditionState], **values: Any) -> bool:
        """Another content, while it is in one of these states and nobody else changed it; False where not."""
        this = (editions.c.id == id_) & (editions.c.version == version) & editions.c.state.in_(states)
        with self._db.write() as db:
            db.execute(select(editions.c.id).where(editions.c.id == id_).with_for_update())  # begins before or after
            if "letter" in values:  # whom a half frozen one was for stays out of it until it begins anew
                db.execute(delete(recipients).where(recipients.c.edition_id == id_, exists().where(this)))
            changed = update(editions).where(this).values(**values, version=version + 1)
            return db.execute(changed).rowcount == 1

    def to_begin(self, now: datetime) -> list[int]:
        """Editions whose time has come and is not long past."""
        waits = (editions.c.state == EditionState.QUEUED) & (editions.c.due_at <= now)
        query = select(editions.c.id).where(waits, editions.c.due_at > now - LATE).order_by(editions.c.due_at)
        with self._db.read() as db:
            return list(db.execute(query).scalars())

    def hold_late(self, now: datetime, reason: Say) -> int:
        """Those that wait for a time that is long past no longer go by themselves; how many.

        They have no time any more: who releases one lets it go at once.
        """
        unbegun = (EditionState.DRAFT, EditionState.HELD, EditionState.QUEUED)
        late = and_(editions.c.state.in_(unbegun), editions.c.due_at <= now - LATE)
        queued = and_(late, editions.c.state == EditionState.QUEUED)
        with self._db.read() as db:
            if db.execute(select(editions.c.id).where(late).limit(1)).first() is None:
                return 0
        with self._db.write() as db:
            held = {"state": EditionState.HELD, "reason": say_out(reason), "due_at": None}
            count: int = db.execute(update(editions).where(queued).values(held)).rowcount
            db.execute(update(editions).where(late).values(due_at=None))
        return count

    def due(self, now: datetime) -> list[tuple[int, int]]:
        """Edition and number of each shard that has something to do now."""
        query = (
            select(shards.c.edition_id, shards.c.n)
            .join(editions, editions.c.id == shards.c.edition_id)
            .where(editions.c.state == EditionState.SENDING, shards.c.ended_at.is_(None))
            .where(or_(shards.c.rest_until.is_(None), shards.c.rest_until <= now))
            .order_by(editions.c.began_at, shards.c.edition_id, shards.c.n)
        )
        with self._db.read() as db:
            return [(row.edition_id, row.n) for row in db.execute(query)]

    def going(self) -> list[int]:
        """Editions that are being sent, or rest until they go on."""
        query = select(editions.c.id).where(editions.c.state == EditionState.SENDING).order_by(editions.c.id)
        with self._db.read() as db:
            return list(db.execute(query).scalars())

    def figures(self, id_: int) -> Figures:
        """How far an edition has come; raises NotFound."""
        edition = self.get(id_)
        sums = [
            func.coalesce(func.sum(shards.c[name]), 0).label(name) for name in ("sent", "refused", "unsure", "left")
        ]
        with self._db.read() as db:
            row = db.execute(select(*sums).where(shards.c.edition_id == id_)).one()
            hit = select(func.count(bounces.c.subscriber_id.distinct())).where(bounces.c.edition_id == id_)
            bounced = db.execute(hit.where(bounces.c.kind != "complaint")).scalar_one()
            unsure = int(row.unsure)
            if edition.state is EditionState.STOPPED:  # nobody comes to look after what a dead process had in hand
                unsure += db.execute(_in_hand(id_)).scalar_one()
            notes = db.execute(
                select(shards.c.note).where(shards.c.edition_id == id_, shards.c.note.is_not(None)).limit(1)
            ).scalar()
        return Figures(
            edition=id_,
            state=edition.state,
            total=edition.total,
            sent=int(row.sent),
            refused=int(row.refused),
            unsure=unsure,
            left=int(row.left),
            bounced=bounced,
            reason=edition.reason or say_in(notes),
        )

    @staticmethod
    def _expect(db: Connection, id_: int, states: tuple[EditionState, ...], version: int = 0) -> None:
        query = select(editions.c.state, editions.c.version).where(editions.c.id == id_).with_for_update()
        row = db.execute(query).one_or_none()
        if row is None:
            raise NotFound(f"There is no edition {id_}.", f"لا يوجد عدد برقم {id_}.")
        if row.state not in states:
            raise Refused(f"Edition {id_} is {row.state}.", f"العدد {id_} حالته {STATES[EditionState(row.state)]}.")
        if version and row.version != version:
            raise Refused(
                f"Edition {id_} was changed while it began; begin it again.",
                f"تغير العدد {id_} وهو يبدأ؛ ابدأه من جديد.",
            )


def _count(id_: int) -> Any:
    return select(func.count()).select_from(recipients).where(recipients.c.edition_id == id_)


def _in_hand(id_: int) -> Any:
    """How many recipients stand in claims without an answer: they may have got it."""
    fresh = and_(~claims.c.again, recipients.c.state == RecipientState.WAITING)
    later = and_(claims.c.again, recipients.c.claim_id == claims.c.id)
    within = recipients.c.subscriber_id.between(claims.c.first, claims.c.last)
    both = and_(recipients.c.edition_id == claims.c.edition_id, within, or_(fresh, later))
    return select(func.count()).select_from(claims).join(recipients, both).where(claims.c.edition_id == id_)


def _cut(db: Connection, id_: int, total: int, processes: int) -> None:
    """Shards of like sizes."""
    count = min(max(processes, -(-total // IN_SHARD)), MOST_SHARDS, max(total, 1)) if total else 0
    ids = select(recipients.c.subscriber_id).where(recipients.c.edition_id == id_).order_by(recipients.c.subscriber_id)
    cuts = [total * n // count for n in range(count)] if count else []
    firsts = [db.execute(ids.offset(at).limit(1)).scalar_one() for at in cuts]
    top = db.execute(select(func.max(recipients.c.subscriber_id)).where(recipients.c.edition_id == id_)).scalar() or 0
    for n, (first, at) in enumerate(zip(firsts, cuts, strict=True)):
        last = firsts[n + 1] - 1 if n + 1 < count else top
        size = (cuts[n + 1] if n + 1 < count else total) - at
        none = dict.fromkeys(("sent", "refused", "unsure", "left"), 0)
        place = {"edition_id": id_, "n": n, "first": first, "last": last, "next": first, "total": size}
        db.execute(insert(shards).values(place | none))


def _letter_out(letter: Letter) -> dict[str, Any]:
    return asdict(letter) | {"date": letter.date.isoformat()}


def letter_in(value: Mapping[str, Any]) -> Letter:
    """A letter from JSON."""
    made = {"date": datetime.fromisoformat(value["date"]), "links": tuple(value.get("links", ()))}
    return Letter(**{**value, **made})


def _edition(row: Row[Any]) -> Edition:
    values = dict(row._mapping)
    letter = letter_in(values["letter"]) if values["letter"] else None
    state = EditionState(values["state"])
    return Edition(**(values | {"letter": letter, "reason": say_in(values["reason"]), "state": state}))
