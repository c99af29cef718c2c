"""A newsroom whose channels ask before they send, and a desk over a local Bot API server; the clock is the test's."""

from collections.abc import Iterator

import pytest

from bot.app import App
from bot.domain.delivery import Delivery, State
from bot.domain.person import ROLES, Person
from bot.telegram_desk import TelegramDesk
from tests.conftest import NEWSROOM, Newsroom
from tests.servers.plan import JsonObject
from tests.servers.telegram_calls import KeptMessage
from tests.servers.telegram_desk import GROUP, DeskServer, buttons

SALMA, CHIEF, READER, STRANGER = 11, 22, 33, 44
CHANNELS = """
[[channels]]
name = "telegram"
service = "telegram"
approval = "editor"
[[channels]]
name = "x"
service = "x"
approval = "editor"
"""


class Desk:
    """The desk of a newsroom, and those who sit at it."""

    def __init__(self, newsroom: Newsroom, server: DeskServer) -> None:
        self.newsroom, self.server = newsroom, server
        self.settings()
        newsroom.write("channels.toml", CHANNELS)
        newsroom.environ["TELEGRAM_DESK_TOKEN"] = server.token
        newsroom.environ["NASHIR_SECRET_KEY"] = "a key for tests"
        self.chat = GROUP
        self._desk: TelegramDesk | None = None

    def settings(self, more: str = f'telegram_chat = "{GROUP}"', top: str = "") -> None:
        """newsroom.toml with a [desk]."""
        desk = f'\n[desk]\napi_base = "{self.server.url}"\n{more}\n'
        self.newsroom.write("newsroom.toml", top + NEWSROOM + desk)

    @property
    def app(self) -> App:
        return self.newsroom.apps[-1] if self.newsroom.apps else self.newsroom.app()

    @property
    def desk(self) -> TelegramDesk:
        if self._desk is None:
            clock = self.newsroom.clock
            self._desk = TelegramDesk(self.app, monotonic=clock.monotonic, rest=clock.rest)
        return self._desk

    def restart(self, *, clean: bool = False) -> None:
        """Another process on the same database; the one before is dropped as a kill would do it."""
        if clean:
            self.desk.close()
        else:
            self.app.holder.close()
        self._desk = None
        self.newsroom.app()

    def person(self, login: str, role: str, telegram_id: int) -> Person:
        """An account, paired by its code."""
        reception, now = self.app.reception, self.newsroom.clock.at
        person = self.app.people.add(login, f"اسم {login}", ROLES[role], "-", now)
        assert reception.pair(reception.pairing_code(person, now), telegram_id, now)
        return person

    def team(self) -> None:
        """An editor, a chief and a reader."""
        for login, role, number in (
            ("salma", "editor", SALMA),
            ("chief", "chief", CHIEF),
            ("reader", "reader", READER),
        ):
            self.person(login, role, number)

    def run(self) -> None:
        """Hear all that was said, and bring the board up to date."""
        while self.desk.keep_cards() == 0.0:
            pass
        self.desk.hear(0)
        while self.desk.keep_cards() == 0.0:
            pass

    def article(self, name: str = "a", text: str = "عنوان أول\n\nنص الخبر الأول كما وصل.") -> None:
        """An article that comes in and waits, and its card."""
        self.newsroom.article(f"{name}.txt", text)
        self.newsroom.cycle(self.app)
        self.run()

    def say(self, who: int, text: str, *, chat: int | None = None, reply_to: int | None = None) -> str:
        """Somebody writes; the answer, or "" where there is none."""
        number = self.server.say(who, text, chat=chat, reply_to=reply_to)["message"]["message_id"]
        self.run()
        answers = [m for m in self.server.in_chat(chat or who) if m.reply_to == number]
        return answers[0].text if answers else ""

    def press(self, who: int, button: str = "", *, card: KeptMessage | None = None, data: str | None = None) -> str:
        """Somebody presses a button of the newest card; what that person is told."""
        self.server.press(who, card or self.card, button, data=data)
        self.run()
        return self.server.shown[-1].text

    @property
    def card(self) -> KeptMessage:
        """The newest card with buttons."""
        return self.server.cards(self.chat)[-1]

    def now(self, card: KeptMessage) -> KeptMessage:
        """A card as it stands there now."""
        return self.server.messages[card.chat_id, card.message_id]

    @property
    def states(self) -> dict[str, State]:
        """Where the deliveries stand, by channel."""
        return {d.channel: d.state for d in self.deliveries}

    @property
    def deliveries(self) -> list[Delivery]:
        return sorted(self.app.outbox.listing([], 100), key=lambda d: d.id)

    def acts(self) -> list[tuple[str, str, str]]:
        """The log, oldest first: who, by which door, what."""
        return [(act.who, act.door, act.what) for act in reversed(self.app.acts.listing())]


@pytest.fixture
def server() -> Iterator[DeskServer]:
    with DeskServer(SALMA, CHIEF, READER, STRANGER) as server:
        yield server


@pytest.fixture
def desk(newsroom: Newsroom, server: DeskServer) -> Iterator[Desk]:
    """On both kinds of database."""
    yield from _desk(newsroom, server)


@pytest.fixture
def small(files_only: Newsroom, server: DeskServer) -> Iterator[Desk]:
    """Where the kind of database says nothing."""
    yield from _desk(files_only, server)


def _desk(newsroom: Newsroom, server: DeskServer) -> Iterator[Desk]:
    desk = Desk(newsroom, server)
    desk.team()
    yield desk
    desk.desk.close()


__all__ = ["CHIEF", "READER", "SALMA", "STRANGER", "Desk", "JsonObject", "buttons"]
