"""What a database of an older version keeps when it is brought to the newest."""

import pytest
from alembic import command
from sqlalchemy import text

from bot.domain.limits import Limit, Use
from bot.store.calls import CallStore, spent
from bot.store.database import Database
from tests.conftest import START


def test_the_day_s_posts_on_x_go_on_counting(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = command.upgrade
    monkeypatch.setattr(command, "upgrade", lambda settings, _version: newest(settings, "0007"))
    database = Database(database_url)
    if not database.sqlite:  # it was made at the newest version
        with database.write() as db:
            db.execute(text("DROP SCHEMA public CASCADE"))
            db.execute(text("CREATE SCHEMA public"))
    database.upgrade()
    kept = "INSERT INTO calls (key, at, channel, kind, micros) VALUES (:key, :at, 'x', :kind, 15)"
    with database.write() as db:
        for key, kind in (("x:news", "post"), ("x:news", "post"), ("x:news", "delete"), ("telegram:chat:1", "post")):
            at = f"{START:%Y-%m-%d %H:%M:%S}.000000" if database.sqlite else START
            db.execute(text(kept), {"key": key, "at": at, "kind": kind})
    monkeypatch.undo()
    assert database.behind()
    database.upgrade()
    day = Use(key="x:news:posts", limits=(Limit(count=5, per=START - START.replace(day=START.day - 1)),))
    assert [room.left for room in CallStore(database).rooms([day], START)] == [3]
    with database.read() as db:
        assert (spent(db, "x:news", START), spent(db, "x:news:posts", START)) == (45, 0), "and cost what they did"
    database.close()
