"""Fixtures: a newsroom in a folder of its own, and a clock that the test moves."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from bot.app import App
from bot.config import load
from bot.store.database import Database
from tests.postgres import Postgres

ROOT = Path(__file__).parent.parent
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

settings.register_profile("suite", deadline=None, max_examples=200)
settings.load_profile("suite")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def rest(self, span: timedelta) -> None:
        """What waits lets the time pass."""
        self.at += span

    def move(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


class Newsroom:
    """config/, templates/ and samples/ in a folder, and the app that runs them."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder, self.database_url = folder, database_url
        self.config = folder / "config"
        shutil.copytree(ROOT / "config", self.config)
        shutil.copytree(ROOT / "templates", folder / "templates")
        self.articles = folder / "articles"
        self.articles.mkdir()
        self.clock = Clock()
        self.environ: dict[str, str] = {}
        self.apps: list[App] = []

    def write(self, name: str, text: str) -> Path:
        """A file of config/."""
        path = self.config / name
        path.write_text(text, "utf-8")
        return path

    def article(self, name: str, text: str, *, age: float = 60) -> Path:
        """An article's file, complete and untouched for `age` seconds of the test's clock."""
        path = self.articles / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        moment = self.clock.at.timestamp() - age
        os.utime(path, (moment, moment))
        return path

    def app(self) -> App:
        """The newsroom as it is configured now, with its database ready."""
        environ = {"DATABASE_URL": self.database_url} | self.environ
        app = App(load(environ, self.config), now=self.clock, monotonic=self.clock.monotonic, rest=self.clock.rest)
        app.prepare()
        self.apps.append(app)
        return app

    def cycle(self, app: App) -> list[int]:
        """What `nashir once` does: fetch, tick, drain until nothing is due."""
        for name in app.sources:
            app.reading.fetch(name)
        done: list[int] = []
        while (wakes := app.tick.run(self.clock.at)).lanes:
            worked = [id_ for lane in wakes.lanes for id_ in app.dispatcher.drain(lane)]
            if not worked:
                break
            done += worked
        return done


NEWSROOM = """\
name = "غرفة التجربة"
time_zone = "Africa/Casablanca"

[[sources]]
name = "files"
kind = "folder"
path = "articles"
dated = "first-seen"
backfill = 50

[[rules]]
name = "all"
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The simulation's tests run first, the browser's last: its loop stays in the main thread, and others need it free.

    A file is the work of one process, in this order.
    """
    rooms = {"/simulation/": -1, "/browser/": 1}
    items.sort(key=lambda item: next((order for room, order in rooms.items() if room in str(item.path)), 0))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test's own; each test that asks for one runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/room/var/nashir.db"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.fresh()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Of this version, on both kinds."""
    database = Database(database_url)
    database.upgrade()
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server: NASHIR_TEST_DATABASE_URL, else one that is started here; the tests fail where none can."""
    with Postgres.start() as server:
        yield server


@pytest.fixture
def newsroom(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    """A newsroom on each kind of database."""
    yield from _newsroom(tmp_path, database_url, monkeypatch)


@pytest.fixture
def files_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    """A newsroom for what never asks the database, or only SQLite."""
    yield from _newsroom(tmp_path, f"sqlite:///{tmp_path}/room/var/nashir.db", monkeypatch)


def _newsroom(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    monkeypatch.chdir(tmp_path)
    room = Newsroom(tmp_path / "room", database_url)
    room.write("newsroom.toml", NEWSROOM)
    yield room
    for app in room.apps:
        app.close()
