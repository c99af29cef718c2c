"""The accounts of people, as an owner keeps them; each change is a line in the log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.errors import NotFound
from bot.domain.person import Actor, Person, Role
from bot.pipeline.office import Log
from bot.pipeline.people import Reception


class Accounts(Protocol):
    """The accounts that are kept."""

    def of_login(self, login: str) -> Person | None:
        """One by login."""

    def disable(self, person_id: int, now: datetime, *, on: bool = True) -> bool:
        """Close an account and its sessions, or open it again; raises Refused for the last owner."""

    def set_role(self, person_id: int, role: Role) -> None:
        """Another role; raises Refused for the last owner."""


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Who works here."""

    accounts: Accounts
    reception: Reception
    log: Log
    allow: Callable[[Actor, str], None]  # raises NotAllowed

    def add(self, actor: Actor, login: str, name: str, role: Role, password: str, now: datetime) -> Person:
        """A new account; raises NotAllowed, Refused."""
        self.allow(actor, "people")
        person = self.reception.register(login, name, role, password, now)
        self._note(actor, "user_add", person, now, role=role.word)
        return person

    def set_password(self, actor: Actor, login: str, password: str, now: datetime) -> Person:
        """Another password; every session of the account ends. Raises NotAllowed, NotFound, Refused."""
        person = self._of(actor, login)
        self.reception.set_password(person, password)
        self._note(actor, "user_password", person, now)
        return person

    def disable(self, actor: Actor, login: str, now: datetime, *, on: bool = True) -> Person:
        """Close an account and its sessions, or open it again; raises NotAllowed, NotFound, Refused."""
        person = self._of(actor, login)
        self.accounts.disable(person.id, now, on=on)
        self._note(actor, "user_disable" if on else "user_enable", person, now)
        return person

    def set_role(self, actor: Actor, login: str, role: Role, now: datetime) -> Person:
        """Another role; raises NotAllowed, NotFound, Refused."""
        person = self._of(actor, login)
        self.accounts.set_role(person.id, role)
        self._note(actor, "user_role", person, now, role=role.word)
        return person

    def _of(self, actor: Actor, login: str) -> Person:
        self.allow(actor, "people")
        person = self.accounts.of_login(login.strip().lower())
        if person is None:
            raise NotFound(
                f"There is no account {login}; `nashir users list` lists them.",
                f"لا حساب اسمه {login}؛ الأمر `nashir users list` يعرض الحسابات.",
            )
        return person

    def _note(self, actor: Actor, what: str, person: Person, now: datetime, **detail: str) -> None:
        self.log.note(actor, what, f"person:{person.id}", now, detail={"login": person.login} | detail)
