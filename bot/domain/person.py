"""Person (شخص): who works at the desk, what each may do, and Act (فعل): what somebody did."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal

from bot.domain.errors import BotError
from bot.domain.say import Say


class Role(IntEnum):
    """What a person may do; each may do what the ones below may."""

    READER = 1  # looks
    EDITOR = 2  # edits, holds, releases where one editor is enough
    CHIEF = 3  # releases where the chief is asked, stops all, changes rules and slots
    OWNER = 4  # people, keys, webhooks

    @property
    def word(self) -> str:
        """As it is written in a command and in the database."""
        return self.name.lower()


ROLES = {role.word: role for role in Role}
ROLE_WORDS = {  # in Arabic, as the desk shows them
    Role.READER: "قارئ",
    Role.EDITOR: "محرر",
    Role.CHIEF: "رئيس تحرير",
    Role.OWNER: "مالك",
}

Approval = Literal["none", "editor", "chief"]
Door = Literal["cli", "web", "telegram", "api", "nashir"]


class NotAllowed(BotError):
    """This person may not do that."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """An editor's account."""

    id: int
    login: str
    name: str
    role: Role
    language: str = "ar"
    theme: str = ""  # "", "light" or "dark"
    telegram_id: int | None = None
    disabled: bool = False


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does something, and by which door."""

    name: str
    role: Role
    door: Door
    person_id: int | None = None
    scopes: frozenset[str] | None = None  # of an API token; None: all that the role may


COMMAND_LINE = Actor(name="nashir", role=Role.OWNER, door="cli")


@dataclass(frozen=True, kw_only=True)
class Act:
    """One line of the log."""

    id: int
    at: datetime
    who: str
    door: Door
    what: str  # "release", "edit" ...
    subject: str  # "delivery:7", "channel:x" ...
    detail: dict[str, Any]
    person_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who is signed in."""

    person: Person
    csrf: str  # what every form of this session carries


WRONG = Say("The name or the password is wrong.", "الاسم أو كلمة المرور غير صحيحة.")
