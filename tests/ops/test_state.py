"""Backup, restoration, the move to PostgreSQL, and what is old enough to go."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.delivery import SegmentState, State
from bot.domain.errors import Refused
from bot.domain.signup import Address
from bot.store import backups, copying
from bot.store.database import Database, DatabaseError
from bot.store.ledger import LedgerStore
from bot.store.mail_tables import subscribers
from bot.store.outbox import OutboxStore
from bot.store.pruning import prune
from bot.store.subscribers import SubscriberStore
from bot.store.tables import articles, deliveries, metadata, receipts, versions
from tests.conftest import NEWSROOM, START, Newsroom
from tests.mail.lists import fill, frozen
from tests.postgres import Postgres
from tests.servers.smtp import SmtpServer
from tests.store.test_store import draft, leased
from tests.store.test_upgrades import older

LIVE_MAIL = """
[[channels]]
name = "mail"
service = "email"
live = true
from = "n@example.org"
to = "list@example.org"
host = "127.0.0.1"
port = {port}
tls = "none"
"""


def silent(_what: str, _done: int, _total: int) -> None:
    pass


def rows(database: Database) -> dict[str, int]:
    with database.read() as db:
        counts = {t.name: db.execute(select(func.count()).select_from(t)).scalar_one() for t in metadata.sorted_tables}
    return {name: number for name, number in counts.items() if name != "leases"}


def test_a_backup_holds_every_row_in_one_file_that_only_its_owner_reads(newsroom: Newsroom, tmp_path: Path) -> None:
    for n in range(3):
        newsroom.article(f"{n}.txt", f"عنوان {n}\n\nنص {n} كامل.")
    app = newsroom.app()
    newsroom.cycle(app)
    path = tmp_path / "b.db"
    total = copying.backup(app.database, path, silent)
    found = Database(f"sqlite:///{path}")
    assert rows(found) == rows(app.database)
    assert total == sum(rows(found).values())
    found.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.glob("b.db*")] == ["b.db"]
    with pytest.raises(Refused, match="there already"):
        copying.backup(app.database, path, silent)


def test_a_backup_taken_during_a_send_restores_to_a_ledger_that_repeats_nothing(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.write("newsroom.toml", NEWSROOM + '[[slots]]\nspacing = "10m"\n')
    for n in range(3):
        newsroom.article(f"{n}.txt", f"عنوان {'أبج'[n]}\n\nنص {'أبج'[n]} كامل.")
    path = tmp_path / "b.db"
    with SmtpServer() as server:
        newsroom.write("channels.toml", LIVE_MAIL.format(port=server.port))
        app = newsroom.app()
        keep, database = server.keeper.keep, app.database

        def keep_and_back_up(mail: object) -> None:  # while the first mail is between its dot and its answer
            keep(mail)  # type: ignore[arg-type]  # the server's own kind of mail
            if not path.exists():
                copying.backup(database, path, silent)

        server.keeper.keep = keep_and_back_up  # type: ignore[method-assign]  # the server's, wrapped for the test
        newsroom.cycle(app)
        for _ in range(2):  # what waited at the time of the backup goes out after it
            newsroom.clock.move(minutes=10)
            newsroom.cycle(app)
        assert len(server.kept) == 3
        newsroom.article("new.txt", "مادة بعد النسخة\n\nنصها.")
        newsroom.clock.move(minutes=10)
        newsroom.cycle(app)
        assert len(server.kept) == 4

        left = copying.restore(path, app.database, list(app.sources), newsroom.clock.at, silent, replace=True)
        assert (left.held, left.unsure) == (2, 1)
        app.close()
        app = newsroom.app()
        for _ in range(10):
            newsroom.cycle(app)
            newsroom.clock.move(minutes=10)
        assert len(server.kept) == 4, "nothing goes out a second time by itself"
        states = sorted(str(d.state) for d in app.outbox.listing([], 10))
        assert states == ["held", "held", "unsure"]
        newsroom.article("later.txt", "مادة جديدة حقا\n\nنصها.")
        newsroom.cycle(app)
        assert len(server.kept) == 5, "what comes from now on does"


def test_a_thread_that_was_half_out_is_unsure_at_the_segment_that_may_have_followed(tmp_path: Path) -> None:
    source, target = Database(f"sqlite:///{tmp_path}/a.db"), Database(f"sqlite:///{tmp_path}/b.db")
    for database in (source, target):
        database.upgrade()
    outbox, ledger, token = OutboxStore(source), LedgerStore(source), leased(source)
    id_ = outbox.add(draft(segments=3), START)
    assert id_ is not None
    found = outbox.get(id_)
    assert found is not None
    from bot.domain.channel import Receipt

    ledger.start(found, token, START)
    ledger.begin(found, 0, (), token, START)
    ledger.receipt(found, 0, Receipt(remote_id="1"), token, START)
    copying.backup(source, tmp_path / "backup.db", silent)
    left = copying.restore(tmp_path / "backup.db", target, [], START, silent)
    assert left.unsure == 1
    restored = OutboxStore(target).get(id_)
    assert restored is not None
    assert restored.state is State.UNSURE
    wanted = [SegmentState.SENT, SegmentState.SENDING, SegmentState.WAITING]
    assert [segment.state for segment in restored.segments] == wanted
    for database in (source, target):
        database.close()


def test_a_sqlite_newsroom_moves_to_postgresql_and_goes_on(files_only: Newsroom, postgres: Postgres) -> None:
    files_only.article("a.txt", "عنوان أول\n\nنص أول كامل.")
    app = files_only.app()
    files_only.cycle(app)
    target = Database(postgres.fresh())
    assert copying.copy(app.database, target, silent) == sum(rows(app.database).values())
    assert rows(target) == rows(app.database)
    with pytest.raises(Refused, match="not empty"):
        copying.copy(app.database, target, silent)
    target.close()
    files_only.environ["DATABASE_URL"] = str(target.engine.url.render_as_string(hide_password=False))
    moved = files_only.app()
    files_only.clock.move(minutes=1)
    files_only.article("b.txt", "عنوان ثان\n\nنص ثان مختلف.")
    files_only.cycle(moved)
    found = moved.outbox.listing([], 20)
    assert len(found) == 6, "ids go on after those that were copied, and nothing is sent twice"
    assert {d.state for d in found} == {State.SENT}


def test_what_is_old_goes_and_identity_and_receipts_stay(newsroom: Newsroom) -> None:
    with SmtpServer() as server:
        newsroom.write("channels.toml", LIVE_MAIL.format(port=server.port))
        newsroom.article("a.txt", "عنوان أول\n\nنص أول كامل.")
        app = newsroom.app()
        newsroom.cycle(app)
        keep = {key: timedelta(days=30) for key in ("texts", "previews", "reasons", "attempts", "acts")}
        later = newsroom.clock.move(days=31)
        before = rows(app.database)
        counted = prune(app.database, keep, later, really=False)
        assert rows(app.database) == before
        assert prune(app.database, keep, later, really=True) == counted
        assert counted["texts"] == counted["versions"] == counted["reasons"] == counted["attempts"] == 1
        with app.database.read() as db:
            assert db.execute(select(func.count()).select_from(receipts)).scalar_one() == 1
            assert db.execute(select(func.count()).select_from(deliveries)).scalar_one() == 1
            assert db.execute(select(func.count()).select_from(versions)).scalar_one() == 0
            assert db.execute(select(articles.c.content)).scalar_one()["body"] == ""
        app.reading.fetch("files")
        newsroom.cycle(app)
        assert len(server.kept) == 1, "the same file is still the same article"
        assert sum(prune(app.database, keep, later, really=True).values()) == 0


def test_a_source_that_the_backup_does_not_know_floods_nothing(newsroom: Newsroom, tmp_path: Path) -> None:
    app = newsroom.app()
    copying.backup(app.database, tmp_path / "b.db", silent)  # before the source was ever read
    for n in range(3):
        newsroom.article(f"{n}.txt", f"عنوان {n}\n\nنص {n} كامل.")
    newsroom.cycle(app)
    assert len(app.outbox.listing([], 20)) == 9
    copying.restore(tmp_path / "b.db", app.database, list(app.sources), newsroom.clock.at, silent, replace=True)
    app.close()
    app = newsroom.app()
    assert newsroom.cycle(app) == []
    assert app.outbox.listing([], 20) == []


def test_what_is_missing_in_the_source_is_said_of_the_source(tmp_path: Path) -> None:
    source, target = (Database.of_file(tmp_path / name) for name in ("old.db", "new.db"))
    for each in (source, target):
        each.upgrade()
    with source.write() as db:
        db.exec_driver_sql("ALTER TABLE sources DROP COLUMN paused")
    with pytest.raises(DatabaseError, match=r"old\.db cannot be used: no such column"):
        copying.copy(source, target, silent)
    for each in (source, target):
        each.close()


def test_what_is_no_backup_changes_nothing(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.article("a.txt", "عنوان\n\nنص كامل.")
    app = newsroom.app()
    newsroom.cycle(app)
    before = rows(app.database)
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"no database" * 200)
    with pytest.raises(Refused, match="is no backup"):
        copying.restore(bad, app.database, [], newsroom.clock.at, silent, replace=True)
    assert rows(app.database) == before


def test_a_backup_leaves_an_older_database_as_it_is_and_is_brought_up_when_it_comes_back(
    database_url: str, tmp_path: Path
) -> None:
    source, target = Database(database_url), Database.of_file(tmp_path / "new.db")
    older(source, "0008")
    keeping = SubscriberStore(source)
    id_ = keeping.pend(Address(key="a@example.org", ascii="a@example.org"), "", "ar", START)
    path = tmp_path / "b.db"
    copying.backup(source, path, silent)
    assert source.behind(), "a way back is left"
    before = path.read_bytes()
    backups.check(path, path)
    target.upgrade()
    copying.restore(path, target, [], START, silent)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith("b.db")) == ["b.db"]
    with target.read() as db:
        assert db.execute(select(subscribers.c.id, subscribers.c.created_at)).all() == [(id_, START)]
    for each in (source, target):
        each.close()


def test_a_backup_that_cannot_be_made_names_no_file_of_ours(newsroom: Newsroom, tmp_path: Path) -> None:
    def full(what: str, _done: int, _total: int) -> None:
        raise OSError(28, "No space left on device", f"{what}.part")

    newsroom.article("a.txt", "عنوان\n\nنص كامل.")
    app = newsroom.app()
    newsroom.cycle(app)
    with pytest.raises(Refused, match=r"b\.db: the backup cannot be written: No space left on device\.$"):
        copying.backup(app.database, tmp_path / "b.db", full)
    with pytest.raises(Refused) as raised:
        copying.backup(app.database, tmp_path / "none" / "b.db", silent)
    assert ".part" not in raised.value.say.en + raised.value.say.ar
    missing = Database.of_file(tmp_path / "gone.db")
    with pytest.raises(Refused, match="nothing to back up"):
        copying.backup(missing, tmp_path / "b.db", silent)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(("b.db", "gone"))] == []


@pytest.mark.parametrize("name", ["b?x.db", "نسخة 1%20.db", "a#b.db"])
def test_a_backup_may_have_any_name(tmp_path: Path, name: str) -> None:
    source = Database(f"sqlite:///{tmp_path}/a.db")
    source.upgrade()
    copying.backup(source, tmp_path / name, silent)
    assert sorted(each.name for each in tmp_path.iterdir() if each.stat().st_size) == sorted(["a.db", name]) or any(
        each.name == name and each.stat().st_size > 1000 for each in tmp_path.iterdir()
    )
    backups.check(tmp_path / name, tmp_path / name)
    source.close()


def test_no_id_of_a_signed_link_comes_again_after_a_restoration(database_url: str, tmp_path: Path) -> None:
    source, target = Database.of_file(tmp_path / "old.db"), Database(database_url)
    for each in (source, target):
        each.upgrade()
    fill(source, 3)
    frozen(source)
    copying.backup(source, tmp_path / "backup.db", silent)
    since = SubscriberStore(source).pend(Address(key="a@example.org", ascii="a@example.org"), "", "ar", START)
    edition = frozen(source, day="2026-11-25")
    copying.restore(tmp_path / "backup.db", target, [], START, silent)
    new = SubscriberStore(target).pend(Address(key="b@example.org", ascii="b@example.org"), "", "ar", START)
    assert new > since + 1000
    assert frozen(target, day="2026-11-25") > edition + 1000
    for each in (source, target):
        each.close()
