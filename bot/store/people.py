"""People and their sessions, and the log of what they did."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import Refused
from bot.domain.person import ROLES, Act, Actor, Person, Role, Session
from bot.store.database import Database
from bot.store.desk_tables import acts, knocks, people, sessions

LAST_OWNER = Refused("This is the last owner: make another one first.", "هذا آخر مالك: أنشئ حساب مالك آخر أولا.")
_OWNERS = select(people.c.id).where(people.c.role == Role.OWNER.word, people.c.disabled_at.is_(None))


def note(
    db: Connection,
    actor: Actor,
    what: str,
    subject: str,
    now: datetime,
    article_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """One line of the log, as a part of a write."""
    row = {"at": now, "person_id": actor.person_id, "who": actor.name, "door": actor.door, "what": what}
    db.execute(insert(acts).values(row | {"subject": subject, "article_id": article_id, "detail": dict(detail or {})}))


class ActStore:
    """The log: who did what; nothing of it is ever changed."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def note(
        self,
        actor: Actor,
        what: str,
        subject: str,
        now: datetime,
        article_id: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one line."""
        with self._db.write() as db:
            note(db, actor, what, subject, now, article_id, detail)

    def of_article(self, article_id: str, limit: int = 100) -> list[Act]:
        """What was done to an article and its deliveries, newest first."""
        return self._read(select(acts).where(acts.c.article_id == article_id).order_by(acts.c.id.desc()).limit(limit))

    def listing(self, *, before: int | None = None, limit: int = 200, what: str = "", who: str = "") -> list[Act]:
        """The log, newest first, from before an id on."""
        query = select(acts).order_by(acts.c.id.desc()).limit(limit)
        if before:
            query = query.where(acts.c.id < before)
        if what:
            query = query.where(acts.c.what == what)
        if who:
            query = query.where(acts.c.who == who)
        return self._read(query)

    def after(self, id_: int, limit: int = 500) -> list[Act]:
        """Lines after one, oldest first."""
        return self._read(select(acts).where(acts.c.id > id_).order_by(acts.c.id).limit(limit))

    def newest(self) -> int:
        """The number of the newest line, 0 where there is none."""
        with self._db.read() as db:
            number: int | None = db.execute(select(func.max(acts.c.id))).scalar_one()
        return number or 0

    def _read(self, query: Any) -> list[Act]:
        with self._db.read() as db:
            return [
                Act(
                    id=r.id,
                    at=r.at,
                    who=r.who,
                    door=r.door,
                    what=r.what,
                    subject=r.subject,
                    detail=r.detail,
                    person_id=r.person_id,
                )
                for r in db.execute(query)
            ]


class PeopleStore:
    """Accounts of people."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def listing(self) -> list[Person]:
        """Everybody, by name."""
        with self._db.read() as db:
            return [_person(row) for row in db.execute(select(people).order_by(people.c.name))]

    def count(self) -> int:
        """How many accounts there are."""
        with self._db.read() as db:
            number: int = db.execute(select(func.count()).select_from(people)).scalar_one()
        return number

    def add(self, login: str, name: str, role: Role, password: str, now: datetime, *, first: bool = False) -> Person:
        """A new account, with argon2's hash of its password; `first`: only where there is none. Raises Refused."""
        row = {"login": login, "name": name, "role": role.word, "password": password, "created_at": now}
        taken = Refused(f"There is an account {login} already.", f"الحساب {login} موجود من قبل.")
        try:
            with self._db.write() as db:
                if first and db.execute(select(people.c.id).limit(1)).first():
                    raise Refused("There is an owner already: sign in.", "للمكتب مالك من قبل: سجّل الدخول.")
                id_ = db.execute(
                    insert(people).values(row | {"language": "ar", "theme": ""}).returning(people.c.id)
                ).scalar_one()
        except IntegrityError:
            raise taken from None
        return self.get(id_)  # type: ignore[return-value]  # it was written just now

    def get(self, person_id: int) -> Person | None:
        """One by number."""
        return self._one(people.c.id == person_id)

    def of_login(self, login: str) -> Person | None:
        """One by login."""
        return self._one(people.c.login == login)

    def of_telegram(self, telegram_id: int) -> Person | None:
        """One by the Telegram account that is paired."""
        return self._one(people.c.telegram_id == telegram_id)

    def hash_of(self, login: str) -> str | None:
        """The stored hash of a password, of accounts that are not disabled."""
        with self._db.read() as db:
            found: str | None = db.execute(
                select(people.c.password).where(people.c.login == login, people.c.disabled_at.is_(None))
            ).scalar_one_or_none()
        return found

    def change(self, person_id: int, **values: Any) -> bool:
        """Write columns of one account; False where there is none."""
        with self._db.write() as db:
            return db.execute(update(people).where(people.c.id == person_id).values(values)).rowcount == 1

    def disable(self, person_id: int, now: datetime, *, on: bool = True) -> bool:
        """Close an account and its sessions, or open it again; raises Refused for the last owner who can sign in."""
        with self._db.write() as db:
            if on and list(db.execute(_OWNERS.with_for_update()).scalars()) == [person_id]:
                raise LAST_OWNER
            db.execute(delete(sessions).where(sessions.c.person_id == person_id))
            values = {"disabled_at": now if on else None}
            return db.execute(update(people).where(people.c.id == person_id).values(values)).rowcount == 1

    def set_role(self, person_id: int, role: Role) -> None:
        """Another role; raises Refused for the last owner who can sign in."""
        with self._db.write() as db:
            if role is not Role.OWNER and list(db.execute(_OWNERS.with_for_update()).scalars()) == [person_id]:
                raise LAST_OWNER
            db.execute(update(people).where(people.c.id == person_id).values(role=role.word))

    def offer_pairing(self, person_id: int, digest: str, until: datetime) -> None:
        """A code that pairs a Telegram account with this one."""
        self.change(person_id, pairing=digest, pairing_until=until)

    def pair(self, digest: str, telegram_id: int, now: datetime) -> Person | None:
        """Use a code up; None where it is unknown, old, or the Telegram account has a person already."""
        this = (people.c.pairing == digest) & (people.c.pairing_until > now) & people.c.disabled_at.is_(None)
        with self._db.write() as db:
            if db.execute(select(people.c.id).where(people.c.telegram_id == telegram_id)).first():
                return None
            id_ = db.execute(select(people.c.id).where(this)).scalar_one_or_none()
            if id_ is None:
                return None
            values = {"telegram_id": telegram_id, "pairing": None, "pairing_until": None}
            db.execute(update(people).where(people.c.id == id_).values(values))
        return self.get(id_)

    def open_session(self, digest: str, person_id: int, csrf: str, until: datetime, now: datetime) -> None:
        """Somebody signed in; sessions that are over go."""
        row = {"digest": digest, "person_id": person_id, "csrf": csrf, "until": until, "created_at": now}
        with self._db.write() as db:
            db.execute(delete(sessions).where(sessions.c.until <= now))
            db.execute(insert(sessions).values(row))

    def session(self, digest: str, now: datetime) -> Session | None:
        """Who is signed in with that cookie."""
        query = (
            select(people, sessions.c.csrf)
            .join(sessions, sessions.c.person_id == people.c.id)
            .where(sessions.c.digest == digest, sessions.c.until > now, people.c.disabled_at.is_(None))
        )
        with self._db.read() as db:
            row = db.execute(query).one_or_none()
        return Session(person=_person(row), csrf=row.csrf) if row else None

    def close_session(self, digest: str) -> None:
        """Sign out."""
        with self._db.write() as db:
            db.execute(delete(sessions).where(sessions.c.digest == digest))

    def close_sessions_of(self, person_id: int, but: str = "") -> None:
        """Sign somebody out everywhere, one session aside."""
        with self._db.write() as db:
            db.execute(delete(sessions).where(sessions.c.person_id == person_id, sessions.c.digest != but))

    def knock(self, keys: Sequence[str], since: datetime, now: datetime) -> dict[str, int]:
        """Note a try to sign in under each key; how many there were of each since then."""
        with self._db.write() as db:
            db.execute(delete(knocks).where(knocks.c.at <= since))
            db.execute(insert(knocks), [{"key": key, "at": now} for key in keys])
            query = select(knocks.c.key, func.count()).where(knocks.c.key.in_(list(keys))).group_by(knocks.c.key)
            return {row[0]: row[1] for row in db.execute(query)}

    def let_in(self, login: str, address: str, now: datetime) -> None:
        """The right password was given: earlier tries of this login count no more, nor does this one of the address."""
        this = (knocks.c.key == address) & (knocks.c.at == now)
        with self._db.write() as db:
            db.execute(delete(knocks).where(or_(knocks.c.key == login, this)))

    def _one(self, which: Any) -> Person | None:
        with self._db.read() as db:
            row = db.execute(select(people).where(which)).one_or_none()
        return _person(row) if row else None


def _person(row: Any) -> Person:
    return Person(
        id=row.id,
        login=row.login,
        name=row.name,
        role=ROLES[row.role],
        language=row.language,
        theme=row.theme,
        telegram_id=row.telegram_id,
        disabled=row.disabled_at is not None,
    )
