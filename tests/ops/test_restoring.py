"""A restoration that is cut off, the key that comes with it, and the file that stays as it is."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.config.secrets import Secrets
from bot.domain.say import Say
from bot.ops.restoring import Restoring
from bot.store import copying, leftovers
from bot.store.copying import Progress
from bot.store.database import Database
from bot.store.leases import Holder
from bot.store.outbox import OutboxStore
from tests.conftest import START
from tests.ops.test_state import silent
from tests.store.test_store import draft


class Room:
    """A newsroom's state: a database, and a key in var/."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.secrets = folder, Secrets(None, {})
        self.database = Database.of_file(folder / "n.db")
        self.database.upgrade()
        self.key = self.secrets.own_key(folder / "var")

    @property
    def kept(self) -> bytes:
        return (self.folder / "var" / "secret.key").read_bytes()

    def posts(self) -> int:
        return len(OutboxStore(self.database).listing([], 9))

    def restoring(self, tell: Callable[[Say], None] = lambda _say: None) -> Restoring:
        return Restoring(
            database=self.database,
            holder=Holder(self.folder / "holders"),
            secrets=self.secrets,
            var=self.folder / "var",
            now=START,
            tell=tell,
            progress=quietly,
        )


@contextlib.contextmanager
def quietly() -> Iterator[Progress]:
    yield silent


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[tuple[Room, Path]]:
    """A newsroom with nothing in it, and a backup of another one with one post."""
    one, two = Room(tmp_path / "one"), Room(tmp_path / "two")
    OutboxStore(one.database).add(draft(), START)
    copying.backup(one.database, tmp_path / "b.db", silent, one.key)
    yield two, tmp_path / "b.db"
    for each in (one, two):
        each.database.close()


def test_the_key_changes_once_the_database_is_committed(rooms: tuple[Room, Path]) -> None:
    room, backup = rooms
    seen: list[tuple[int, bool]] = []
    room.restoring(lambda _say: seen.append((room.posts(), room.kept == room.key))).restore(backup, [], replace=False)
    assert seen == [(1, True)], "it is told after the commit and before the swap"
    assert room.kept != room.key
    (aside,) = (room.folder / "var").glob("secret.key.before-*")
    assert aside.read_bytes() == room.key


def test_without_the_commit_the_key_stays(rooms: tuple[Room, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    room, backup = rooms
    settled = copying._settled

    def full(*given: object) -> object:
        settled(*given)  # type: ignore[arg-type]  # what it was given
        monkeypatch.setattr(room.database.engine.dialect, "do_commit", fails)
        return None

    def fails(_connection: object) -> None:
        raise sqlite3.OperationalError("disk is full")

    monkeypatch.setattr(copying, "_settled", full)
    with pytest.raises(Exception, match="disk is full"):
        room.restoring().restore(backup, [], replace=False)
    assert room.kept == room.key
    assert [each.name for each in (room.folder / "var").iterdir()] == ["secret.key"]


def test_killed_between_the_commit_and_the_key_the_same_once_more_ends_it(rooms: tuple[Room, Path]) -> None:
    room, backup = rooms

    def killed(_say: Say) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        room.restoring(killed).restore(backup, [], replace=False)
    assert (room.posts(), room.kept == room.key) == (1, True)
    (room.folder / "var" / f"secret.key.before-{START:%Y%m%dT%H%M%S}").unlink(missing_ok=True)
    room.restoring().restore(backup, [], replace=True)
    assert room.kept != room.key
    assert sorted(each.name for each in (room.folder / "var").glob("secret.*.part")) == []


def test_the_file_of_a_backup_stays_as_it_is_also_with_what_sqlite_keeps_beside_it(rooms: tuple[Room, Path]) -> None:
    room, backup = rooms
    folder = backup.parent / "carried"
    folder.mkdir()
    living = sqlite3.connect(backup)
    living.execute("PRAGMA journal_mode = WAL")
    living.execute("UPDATE deliveries SET title = 'only in the newer pages'")
    living.commit()
    for end in ("", "-wal"):
        path = folder / f"n.db{end}"
        path.write_bytes(backup.with_name(backup.name + end).read_bytes())
        os.utime(path, (1_790_000_000, 1_790_000_000))
    living.close()
    before = {each.name: (each.read_bytes(), each.stat().st_mtime) for each in folder.iterdir()}
    room.restoring().restore(folder / "n.db", [], replace=False)
    assert {each.name: (each.read_bytes(), each.stat().st_mtime) for each in folder.iterdir()} == before
    (restored,) = OutboxStore(room.database).listing([], 9)
    assert restored.title == "only in the newer pages"
    assert restored.note is not None
    assert "backup of 2026-09-21" in restored.note.en


def test_what_a_killed_restoration_left_goes_at_the_next_one(rooms: tuple[Room, Path]) -> None:
    room, backup = rooms
    other = Holder(room.folder / "holders")
    other.show_life()
    alive, dead = (room.folder / f"restore-{id_}-x" for id_ in (other.id, "0" * 32))
    part = room.folder / "n.db.before-20261120T080000.77.part"
    for each in (alive, dead):
        each.mkdir()
        (each / "backup.db").write_bytes(b"texts")
    part.write_bytes(b"texts")
    assert leftovers.untouched(room.folder, START) == []
    for each in (*room.folder.glob("restore-*/*"), *room.folder.glob("restore-*"), part):
        os.utime(each, (START.timestamp() - 3600, START.timestamp() - 3600))
    assert set(leftovers.untouched(room.folder, START)) == {alive, dead, part}
    room.restoring().restore(backup, [], replace=False)
    assert sorted(each.name for each in room.folder.glob("restore-*")) == [alive.name]
    assert not part.exists()
    other.close()
