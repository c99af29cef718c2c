"""Tokens of the API, and the answers that were given under a caller's own key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from bot.domain.token import Token
from bot.store.database import Database
from bot.store.desk_tables import idempotency, tokens

USED_EVERY = timedelta(minutes=1)  # so exact is "last used"; a write for each request would be too many
ANSWERS_KEPT = timedelta(days=2)
ABANDONED = timedelta(minutes=10)  # a request that has no answer by then died with its process


class TokenStore:
    """Implements the port `TokenKeeper`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, name: str, digest: str, scopes: Sequence[str], now: datetime) -> Token:
        """A new token; of its secret the digest."""
        row = {"name": name, "digest": digest, "scopes": list(scopes), "created_at": now}
        with self._db.write() as db:
            id_: int = db.execute(insert(tokens).values(row).returning(tokens.c.id)).scalar_one()
        return Token(id=id_, name=name, scopes=frozenset(scopes), created_at=now)

    def of_digest(self, digest: str, now: datetime) -> Token | None:
        """The token of a secret, noted as used; None where it is unknown or revoked."""
        found = self._read((tokens.c.digest == digest) & tokens.c.revoked_at.is_(None))
        if not found:
            return None
        if found[0].used_at is None or now - found[0].used_at >= USED_EVERY:
            with self._db.write() as db:
                db.execute(update(tokens).where(tokens.c.id == found[0].id).values(used_at=now))
        return found[0]

    def listing(self) -> list[Token]:
        """Every token, revoked ones too, oldest first."""
        return self._read(tokens.c.id > 0)

    def revoke(self, token_id: int, now: datetime) -> bool:
        """It opens nothing any more; False where there is none that does."""
        this = (tokens.c.id == token_id) & tokens.c.revoked_at.is_(None)
        with self._db.write() as db:
            return db.execute(update(tokens).where(this).values(revoked_at=now)).rowcount == 1

    def _read(self, which: ColumnElement[bool]) -> list[Token]:
        with self._db.read() as db:
            rows = db.execute(select(tokens).where(which).order_by(tokens.c.id)).all()
        return [
            Token(
                id=row.id,
                name=row.name,
                scopes=frozenset(row.scopes),
                created_at=row.created_at,
                used_at=row.used_at,
                revoked_at=row.revoked_at,
            )
            for row in rows
        ]


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What was answered to a request; `status` 0: it is still being answered."""

    digest: str
    status: int
    answer: Any


class AnswerStore:
    """Answers by the caller's own key: whoever begins one acts, all others get its answer."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, key: str, digest: str, now: datetime) -> Answered | None:
        """None where the request of that key is the caller's to carry out, else what is known of it."""
        row = {"key": key, "digest": digest, "status": 0, "answer": None, "at": now}
        old = or_(
            idempotency.c.at < now - ANSWERS_KEPT, (idempotency.c.status == 0) & (idempotency.c.at < now - ABANDONED)
        )
        with self._db.write() as db:
            db.execute(delete(idempotency).where(old))
            new = self._db.insert(idempotency).values(row).on_conflict_do_nothing().returning(idempotency.c.key)
            if db.execute(new).first():
                return None
            found = db.execute(select(idempotency).where(idempotency.c.key == key)).one_or_none()
        return Answered(
            digest=found.digest if found else digest,
            status=found.status if found else 0,
            answer=found.answer if found else None,
        )

    def end(self, key: str, status: int, answer: Any) -> None:
        """It is answered."""
        with self._db.write() as db:
            values = {"status": status, "answer": answer}
            db.execute(update(idempotency).where(idempotency.c.key == key).values(values))

    def forget(self, key: str) -> None:
        """It could not be answered: the next one with that key acts."""
        with self._db.write() as db:
            db.execute(delete(idempotency).where(idempotency.c.key == key, idempotency.c.status == 0))
