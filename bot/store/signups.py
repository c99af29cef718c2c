"""Sign-ups that wait for their mail, or for the button on the page that it leads to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, insert, select, update

from bot.domain.signup import Signup, SignupState
from bot.domain.subscriber import Frequency, SubscriberState
from bot.store.database import Database
from bot.store.mail_tables import consents, subscribers
from bot.store.signup_tables import signups

KEPT = timedelta(days=30)  # far beyond the days for which its link holds


class SignupStore:
    """Implements the port `Signups`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, signup: Signup, words: Mapping[str, str], origin: str) -> None:
        """A sign-up and its lines in the log of consents; nothing that is known of the address is read."""
        row = {
            "digest": signup.digest,
            "key": signup.key,
            "address": signup.address,
            "name": signup.name,
            "language": signup.language,
            "wanted": dict(signup.wanted),
            "state": signup.state,
            "attempts": 0,
            "at": signup.at,
            "next_at": signup.at,
        }
        asked = {"digest": signup.digest, "what": "asked", "at": signup.at, "origin": origin}
        with self._db.write() as db:
            db.execute(insert(signups).values(row))
            db.execute(insert(consents), [asked | {"newsletter": key, "words": text} for key, text in words.items()])

    def get(self, id_: int) -> Signup | None:
        """One by number."""
        with self._db.read() as db:
            row = db.execute(select(signups).where(signups.c.id == id_)).one_or_none()
        return _signup(row) if row else None

    def due(self, now: datetime, limit: int) -> list[int]:
        """Those whose mail is to go; what is long over is deleted meanwhile, with those who never confirmed."""
        waits = (signups.c.state == SignupState.WAITING) & (signups.c.next_at <= now)
        with self._db.read() as db:
            found = list(db.execute(select(signups.c.id).where(waits).order_by(signups.c.id).limit(limit)).scalars())
            old = db.execute(select(signups.c.id).where(signups.c.at < now - KEPT).limit(1)).first()
        if old:
            with self._db.write() as db:
                db.execute(delete(signups).where(signups.c.at < now - KEPT))
                never = subscribers.c.state == SubscriberState.PENDING
                again = exists().where(signups.c.digest == subscribers.c.digest)
                db.execute(delete(subscribers).where(never, subscribers.c.created_at < now - KEPT, ~again))
        return found

    def claim(self, id_: int, until: datetime, now: datetime) -> Signup | None:
        """Take one for oneself until then; None where another process has it."""
        mine = (signups.c.id == id_) & (signups.c.state == SignupState.WAITING) & (signups.c.next_at <= now)
        taken = update(signups).where(mine).values(next_at=until, attempts=signups.c.attempts + 1)
        with self._db.write() as db:
            row = db.execute(taken.returning(signups)).one_or_none()
        return _signup(row) if row else None

    def settle(self, id_: int, state: SignupState, next_at: datetime | None = None) -> None:
        """What became of it."""
        with self._db.write() as db:
            db.execute(update(signups).where(signups.c.id == id_).values(state=state, next_at=next_at))

    def mailed_since(self, digest: str, moment: datetime) -> int:
        """How many mails of this kind went to the address since then."""
        went = signups.c.state.in_([SignupState.MAILED, SignupState.CONFIRMED])
        query = select(func.count()).where(signups.c.digest == digest, signups.c.at > moment, went)
        with self._db.read() as db:
            return int(db.execute(query).scalar_one())


def _signup(row: Any) -> Signup:
    values = {name: row._mapping[name] for name in Signup.__dataclass_fields__}
    wanted = {key: Frequency(value) for key, value in row.wanted.items()}
    return Signup(**(values | {"wanted": wanted, "state": SignupState(row.state)}))
