"""Signing in: passwords, sessions, tries that are limited, the first owner, and codes that pair a Telegram account."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.domain.errors import Refused
from bot.domain.person import WRONG, Actor, Door, NotAllowed, Person, Role, Session

SHORTEST = 10  # letters of a password
SESSION = timedelta(days=14)
PAIRING = timedelta(minutes=15)
FIRST_OWNER = timedelta(minutes=30)
TRIES_IN = timedelta(minutes=10)
MOST_OF_LOGIN, MOST_OF_ADDRESS = 8, 60  # a whole newsroom may sit behind one address
LOGIN = re.compile(r"[\w.@+-]{2,60}")


class Keeper(Protocol):
    """The accounts that are kept."""

    def add(
        self, login: str, name: str, role: Role, password: str, now: datetime, *, first: bool = False
    ) -> Person: ...
    def count(self) -> int: ...
    def get(self, person_id: int) -> Person | None: ...
    def of_login(self, login: str) -> Person | None: ...
    def hash_of(self, login: str) -> str | None: ...
    def change(self, person_id: int, **values: Any) -> bool: ...
    def offer_pairing(self, person_id: int, digest: str, until: datetime) -> None: ...
    def pair(self, digest: str, telegram_id: int, now: datetime) -> Person | None: ...
    def open_session(self, digest: str, person_id: int, csrf: str, until: datetime, now: datetime) -> None: ...
    def session(self, digest: str, now: datetime) -> Session | None: ...
    def close_session(self, digest: str) -> None: ...
    def close_sessions_of(self, person_id: int, but: str = "") -> None: ...
    def knock(self, keys: Sequence[str], since: datetime, now: datetime) -> Mapping[str, int]: ...
    def let_in(self, login: str, address: str, now: datetime) -> None: ...


def digest(secret: str) -> str:
    """What is kept of a secret that is random enough by itself."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor(person: Person, door: Door) -> Actor:
    """A person at a door."""
    return Actor(name=person.name, role=person.role, door=door, person_id=person.id)


@dataclass(frozen=True, kw_only=True)
class Reception:
    """Lets people in."""

    people: Keeper
    hasher: PasswordHasher = field(default_factory=PasswordHasher)  # argon2id, RFC 9106

    def register(
        self, login: str, name: str, role: Role, password: str, now: datetime, *, first: bool = False
    ) -> Person:
        """A new account; raises Refused."""
        login = login.strip().lower()
        if not LOGIN.fullmatch(login):
            raise Refused(
                "A login is 2 to 60 letters, digits and . @ + - _.", "اسم الدخول حرفان إلى 60: حروف وأرقام و . @ + - _"
            )
        self._fit(password)
        name = " ".join(name.split())[:80] or login
        return self.people.add(login, name, role, self.hasher.hash(password), now, first=first)

    def set_password(self, person: Person, password: str, *, keep: str = "") -> None:
        """Another password; every other session of the account ends. Raises Refused."""
        self._fit(password)
        self.people.change(person.id, password=self.hasher.hash(password))
        self.people.close_sessions_of(person.id, but=digest(keep) if keep else "")

    def sign_in(self, login: str, password: str, address: str, now: datetime) -> tuple[str, Person]:
        """The session's secret; raises NotAllowed, also where there were too many tries."""
        person = self._known(login, password, address, now)
        if person is None:
            raise NotAllowed(WRONG.en, WRONG.ar)
        return self.open(person, now), person

    def confirm(self, person: Person, password: str, address: str, now: datetime) -> None:
        """That somebody who is signed in is the one; raises NotAllowed, also where there were too many tries."""
        if self._known(person.login, password, address, now) is None:
            raise NotAllowed("The present password is wrong.", "كلمة المرور الحالية غير صحيحة.")

    def _known(self, login: str, password: str, address: str, now: datetime) -> Person | None:
        """Whose login and password these are; raises NotAllowed where there were too many tries."""
        login = login.replace("\0", "").strip().lower()[:120]  # as the database keeps it
        name, place = f"login:{login}", f"address:{address}"
        tries = self.people.knock([name, place], now - TRIES_IN, now)
        if tries[name] > MOST_OF_LOGIN or tries[place] > MOST_OF_ADDRESS:
            raise NotAllowed("Too many tries; wait ten minutes.", "محاولات كثيرة؛ انتظر عشر دقائق ثم حاول من جديد.")
        kept = self.people.hash_of(login)
        # an unknown name takes as long as a known one
        nobody = _nobody()
        matches = self._verify(kept or nobody, password)
        person = self.people.of_login(login)
        if not (kept and matches and person):
            return None
        if self.hasher.check_needs_rehash(kept):
            self.people.change(person.id, password=self.hasher.hash(password))
        self.people.let_in(name, place, now)
        return person

    def open(self, person: Person, now: datetime) -> str:
        """A new session; its secret goes into the cookie and is kept nowhere."""
        secret = secrets.token_urlsafe(32)
        self.people.open_session(digest(secret), person.id, secrets.token_urlsafe(24), now + SESSION, now)
        return secret

    def session(self, secret: str, now: datetime) -> Session | None:
        """Who is signed in with that secret."""
        return self.people.session(digest(secret), now) if secret else None

    def sign_out(self, secret: str) -> None:
        """End one session."""
        self.people.close_session(digest(secret))

    def pairing_code(self, person: Person, now: datetime) -> str:
        """A code that pairs the Telegram account which sends it to the bot, once, within 15 minutes."""
        code = secrets.token_hex(5).upper()
        self.people.offer_pairing(person.id, digest(code), now + PAIRING)
        return code

    def pair(self, code: str, telegram_id: int, now: datetime) -> Person | None:
        """The person whose code this is; None where it is wrong or over. Tries are limited by Telegram account."""
        key = f"telegram:{telegram_id}"
        if self.people.knock([key], now - TRIES_IN, now)[key] > MOST_OF_LOGIN:
            return None
        person = self.people.pair(digest(code.strip().upper()), telegram_id, now)
        if person:
            self.people.let_in(key, "", now)
        return person

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self.hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    @staticmethod
    def _fit(password: str) -> None:
        if not SHORTEST <= len(password) <= 200:
            raise Refused(f"A password has {SHORTEST} to 200 letters.", f"كلمة المرور من {SHORTEST} إلى 200 حرف.")


@cache
def _nobody() -> str:
    """What an unknown name is compared with. Not made at import: a hash takes 64 MiB and its time."""
    return PasswordHasher().hash(secrets.token_urlsafe(16))


@dataclass(kw_only=True)
class FirstOwner:
    """The one-time link by which the first owner makes an account, while there is none."""

    secret: str
    until: datetime

    @classmethod
    def offer(cls, now: datetime) -> "FirstOwner":
        """A new link, valid for 30 minutes."""
        return cls(secret=secrets.token_urlsafe(24), until=now + FIRST_OWNER)

    def opens(self, secret: str, now: datetime) -> bool:
        """Whether that is the link, still valid."""
        return now < self.until and hmac.compare_digest(secret.encode(), self.secret.encode())
