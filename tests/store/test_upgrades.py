"""What a database of an older version keeps when it is brought to the newest."""

import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import event, inspect, select, text

from bot.domain.limits import Limit, Use
from bot.store import upgrading
from bot.store.calls import CallStore, spent
from bot.store.database import Database, DatabaseError
from bot.store.tables import metadata, sources
from tests.conftest import START

OLD_CARDS = """
CREATE TABLE cards (
    id INTEGER NOT NULL PRIMARY KEY, chat_id BIGINT NOT NULL, delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    kind VARCHAR(8) NOT NULL, state VARCHAR(8) NOT NULL, seen VARCHAR(64) NOT NULL, message_id BIGINT,
    at TIMESTAMP NOT NULL, UNIQUE (chat_id, delivery_id, kind)
)
"""


def older(database: Database, version: str) -> None:
    """Make the database as a nashir of that version made it."""
    if not database.sqlite:  # it was made at the newest version
        with database.write() as db:
            db.execute(text("DROP SCHEMA public CASCADE"))
            db.execute(text("CREATE SCHEMA public"))
    newest = command.upgrade
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "upgrade", lambda settings, _version: newest(settings, version))
        database.upgrade()
    assert database.behind()


def test_the_day_s_posts_on_x_go_on_counting(database_url: str) -> None:
    database = Database(database_url)
    older(database, "0007")
    kept = "INSERT INTO calls (key, at, channel, kind, micros) VALUES (:key, :at, 'x', :kind, 15)"
    with database.write() as db:
        for key, kind in (("x:news", "post"), ("x:news", "post"), ("x:news", "delete"), ("telegram:chat:1", "post")):
            at = f"{START:%Y-%m-%d %H:%M:%S}.000000" if database.sqlite else START
            db.execute(text(kept), {"key": key, "at": at, "kind": kind})
    database.upgrade()
    day = Use(key="x:news:posts", limits=(Limit(count=5, per=START - START.replace(day=START.day - 1)),))
    assert [room.left for room in CallStore(database).rooms([day], START)] == [3]
    with database.read() as db:
        assert (spent(db, "x:news", START), spent(db, "x:news:posts", START)) == (45, 0), "and cost what they did"
    database.close()


def test_a_database_made_before_its_migrations_were_changed_gets_what_they_hold_now(database_url: str) -> None:
    database = Database(database_url)
    older(database, "0008")
    with database.write() as db:
        for statement in (
            "DROP TABLE cards",
            OLD_CARDS,
            "DROP INDEX segments_begun",
            "ALTER TABLE imports DROP COLUMN words",
            "INSERT INTO sources (name, cursor, failures, no_backfill, next_at) "
            "VALUES ('w', '{}', 0, true, '2026-11-24')",
            "ALTER TABLE sources DROP COLUMN no_backfill",
            "ALTER TABLE sources DROP COLUMN began_at",
            "DROP INDEX deliveries_listed",
            "DROP INDEX deliveries_seen",
            "DROP INDEX deliveries_section",
        ):
            db.execute(text(statement))
    database.upgrade()
    with database.write() as db:
        assert compare_metadata(MigrationContext.configure(db, opts={"compare_type": True}), metadata) == []
        assert "segments_begun" in {index["name"] for index in inspect(db).get_indexes("segments")}
        (column,) = (each for each in inspect(db).get_columns("sources") if each["name"] == "no_backfill")
        assert (column["nullable"], column["default"]) == (False, None)
        assert db.execute(select(sources.c.name, sources.c.no_backfill)).all() == [("w", False)]
    database.close()


def test_a_database_with_tables_of_no_version_names_the_way_out(database_url: str) -> None:
    database = Database(database_url)
    older(database, "0001")
    with database.write() as db:
        db.execute(text("DROP TABLE subscriptions"))
    with pytest.raises(DatabaseError, match="begin with an empty one") as raised:
        database.upgrade()
    assert "subscriptions" in raised.value.say.ar
    with database.read() as db:
        assert upgrading.version(db) == "0001", "it stays as it was"
    database.close()


def test_a_database_of_a_newer_nashir_is_left_alone_and_named(database: Database) -> None:
    with database.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not database.is_ready()
    for act in (database.upgrade, database.behind):
        with pytest.raises(DatabaseError, match=r"made by a newer nashir \(version 9999") as raised:
            act()
        assert "Can't locate" not in raised.value.say.ar
        assert "أحدث" in raised.value.say.ar


def test_what_an_upgrade_changes_is_kept_beside_it_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = Database.of_file(tmp_path / "n.db")
    older(database, "0008")
    for number in ("0003", "0005"):
        (tmp_path / f"n.db.before-{number}").touch()
    for end in ("part", "part-journal"):  # of a process that was killed amid it
        (tmp_path / f"n.db.before-{upgrading.known()[0]}.77.{end}").touch()
    database.upgrade()
    database.upgrade()
    database.close()
    assert not database.behind()
    database.close()
    kept = tmp_path / f"n.db.before-{upgrading.known()[0]}"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["n.db", "n.db.before-0005", kept.name]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    before = Database.of_file(kept)
    assert before.behind(), "it is as it was"
    before.close()
    said = [record.msg for record in caplog.records if record.name == "nashir"]
    assert [str(kept) in say.en and str(kept) in say.ar for say in said] == [True], "said once, in both languages"


def test_without_a_copy_nothing_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database.of_file(tmp_path / "n.db")
    older(database, "0008")

    def full(_file: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upgrading, "keep", full)
    with pytest.raises(DatabaseError, match=r"stays so, .*: No space left on device\. Make room"):
        database.upgrade()
    assert database.behind()
    database.close()


def test_an_upgrade_that_fails_does_not_say_that_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database.of_file(tmp_path / "n.db")
    older(database, "0008")

    def fails(_connection: object) -> None:
        raise CommandError("a step failed")

    monkeypatch.setattr(upgrading, "upgrade", fails)
    with pytest.raises(DatabaseError, match="a step failed"):
        database.upgrade()
    database.close()
    assert [record.msg for record in caplog.records if record.name == "nashir"] == []


def test_who_comes_during_a_long_upgrade_is_told_to_wait(tmp_path: Path) -> None:
    database, second = (Database.of_file(tmp_path / "n.db") for _ in range(2))
    older(database, "0008")
    event.listen(second.engine, "connect", lambda raw, _record: raw.execute("PRAGMA busy_timeout = 50"))
    with database.write(), pytest.raises(DatabaseError, match="Another nashir upgrades the database") as raised:
        second.upgrade()
    assert "انتظر" in raised.value.say.ar
    for each in (database, second):
        each.close()
