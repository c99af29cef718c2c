"""What the doors are done with goes; what is still asked, still holds or is the log stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from bot.app import App
from bot.config.schema import RetentionTable
from bot.domain.card import CardState
from bot.domain.delivery import State
from bot.domain.person import COMMAND_LINE, Role
from bot.store.desk_tables import acts, cards, idempotency, knocks, notices, people, sessions
from bot.store.hooks import HookStore
from bot.store.pruning import prune
from bot.store.tables import deliveries
from tests.conftest import Newsroom

LATER = timedelta(days=400)
KEEP = RetentionTable().spans()
PASSWORD = "a-long-password"


@pytest.fixture
def app(newsroom: Newsroom) -> App:
    """A newsroom whose doors were used: a sent preview with a card that is done, and one that waits and is asked."""
    for n, text in enumerate(("عنوان أول عن الميناء\n\nنص كامل.", "زيتون الجنوب هذا العام\n\nخبر آخر تماما.")):
        newsroom.article(f"{n}.txt", text)
    app = newsroom.app()
    newsroom.cycle(app)
    now = newsroom.clock.at
    person = app.reception.register("salma", "سلمى", Role.OWNER, PASSWORD, now)
    app.people.open_session("a" * 64, person.id, "c", now + timedelta(days=1), now)
    app.people.offer_pairing(person.id, "p" * 64, now + timedelta(minutes=15))
    app.people.knock(["salma"], now - timedelta(minutes=10), now)
    app.acts.note(COMMAND_LINE, "hold", "delivery:1", now)
    app.acts.note(COMMAND_LINE, "release", "delivery:1", now)
    app.access.answers.begin("1:key", "d", now)
    hook = HookStore(app.database).add("https://example.org/hook", ["*"], now)
    found = app.outbox.listing([], 99)
    held = found[-1]
    with app.database.write() as db:
        db.execute(deliveries.update().where(deliveries.c.id == held.id).values(state=State.HELD))
        for n, delivery in enumerate(found):
            row = {"head": n + 1, "chat_id": 1, "delivery_id": delivery.id, "kind": "wait", "person_id": 0}
            row |= {"state": CardState.DONE, "stood": "", "edition": 1, "segment": 0, "seen": "", "at": now}
            db.execute(insert(cards).values(row))
        row = {"webhook_id": hook.id, "event": "act.hold", "body": {}, "attempts": 1, "created_at": now}
        db.execute(insert(notices), [row | {"done_at": now}, row | {"done_at": None}])
    return app


def count(app: App) -> dict[str, int]:
    with app.database.read() as db:
        tables = (sessions, knocks, idempotency, notices, cards, acts, people)
        return {t.name: db.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}


def test_what_is_over_goes_and_the_log_stays(app: App) -> None:
    before, now = count(app), app.now() + LATER
    told = prune(app.database, KEEP, now, really=False)
    assert count(app) == before
    kinds = ("sessions", "knocks", "answers", "notices", "cards", "acts", "pairing codes")
    done = prune(app.database, KEEP, now, really=True)
    assert [done.get(kind) for kind in kinds] == [told.get(kind) for kind in kinds]
    after = count(app)
    assert (after["sessions"], after["knocks"], after["idempotency"], after["notices"]) == (0, 0, 0, 1)
    assert after["cards"] == 1, "what waits is still asked"
    assert (after["acts"], after["people"]) == (before["acts"], before["people"])
    assert told["pairing codes"] == 1
    assert app.people.pair("p" * 64, 7, app.now()) is None, "a code that is gone pairs nobody"
    assert sum(prune(app.database, KEEP, now, really=True).values()) == 0


def test_what_still_holds_stays(app: App) -> None:
    before = count(app)
    told = prune(app.database, KEEP, app.now(), really=True)
    assert count(app) == before
    assert told["pairing codes"] == told["sessions"] == 0
    assert app.people.session("a" * 64, app.now()) is not None


def test_the_log_goes_where_the_settings_say_so_but_for_its_newest_line(app: App) -> None:
    keep = RetentionTable(acts="365d").spans()  # type: ignore[arg-type]  # as the file has it
    with app.database.read() as db:
        newest = db.execute(select(func.max(acts.c.id))).scalar_one()
    prune(app.database, keep, app.now() + LATER, really=True)
    assert [act.id for act in app.acts.listing()] == [newest]
