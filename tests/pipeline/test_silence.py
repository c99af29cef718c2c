"""What waits for the end of quiet hours says so and is not late."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.cli.operating import findings
from bot.domain.delivery import State
from bot.domain.person import Actor, Role
from bot.pipeline.preparing import prepare
from tests.conftest import NEWSROOM, Newsroom

CHANNEL = '[[channels]]\nname = "t"\nservice = "telegram"\napproval = "editor"\n'
STORY = "وزير النقل يعلن موعد افتتاح الجسر\n\nقال الوزير إن الجسر يفتح غدا أمام السيارات.\n"
WHO = Actor(person_id=1, name="سلمى", role=Role.EDITOR, door="web")


def approved_in(newsroom: Newsroom, quiet: str, more: str = "") -> tuple[App, int]:
    """A post that waited for approval and is approved in quiet hours, at ten in the morning."""
    newsroom.write("newsroom.toml", NEWSROOM)
    newsroom.write("channels.toml", CHANNEL)
    newsroom.article("a.txt", STORY)
    newsroom.cycle(newsroom.app())
    newsroom.write("newsroom.toml", f'{NEWSROOM}\n[[slots]]\nquiet = ["{quiet}"]\n{more}')
    app = newsroom.app()
    (held,) = app.outbox.listing([State.HELD], 9)
    app.office.release(WHO, held.id, held.edition)
    return app, held.id


def test_an_approval_in_quiet_hours_keeps_them_and_is_not_late(files_only: Newsroom) -> None:
    app, id_ = approved_in(files_only, "09:00-11:30")
    assert app.dispatcher.drain("t") == []
    files_only.clock.move(minutes=12)
    app.tick.run(files_only.clock.at)
    delivery = app.outbox.get(id_)
    assert delivery is not None
    waits = app.waits(delivery)
    assert waits is not None
    assert (waits.en, waits.ar) == ("Waits for the end of quiet hours, 11:30.", "ينتظر انتهاء ساعات الصمت، 11:30.")
    assert app.figures.oldest_due(files_only.clock.at) == {}
    assert app.alerts.conditions(files_only.clock.at, ()) == {}
    assert not [each for each in findings(app) if "late" in each.say.en]
    files_only.clock.move(minutes=78)  # half past eleven, and no lane is at work
    assert app.figures.oldest_due(files_only.clock.at)["t"] > timedelta(hours=1)
    assert app.tick.run(files_only.clock.at).lanes == ("t",)
    app.dispatcher.drain("t")
    assert app.outbox.get(id_).state is State.SENT  # type: ignore[union-attr]  # it is there


def test_what_would_lapse_before_they_end_says_so(files_only: Newsroom) -> None:
    app, id_ = approved_in(files_only, "09:00-08:30")
    delivery = app.outbox.get(id_)
    assert delivery is not None
    waits = app.waits(delivery)
    assert waits is not None
    assert waits.en == (
        "Lapses at 22:00, before quiet hours end at 2026-11-25 08:30: send it at once, or give it another time."
    )
    app.office.send_now(WHO, id_)
    sent = app.outbox.get(id_)
    assert sent is not None
    assert app.waits(sent) is None


@pytest.mark.parametrize(("more", "waits"), [("", False), ("quiet_breaking = true\n", True)])
def test_breaking_news_waits_only_where_the_plan_says_so(files_only: Newsroom, more: str, waits: bool) -> None:
    app, id_ = approved_in(files_only, "09:00-11:30", more)
    delivery = app.outbox.get(id_)
    assert delivery is not None
    app.office.urgent(WHO, id_, delivery.edition, True)
    urgent = app.outbox.get(id_)
    assert urgent is not None
    assert (app.waits(urgent) is not None) is waits
    files_only.clock.move(minutes=12)
    assert (app.figures.oldest_due(files_only.clock.at) == {}) is waits
    assert (app.dispatcher.drain("t") == []) is waits


def test_looking_at_what_waits_as_breaking_news_sends_nothing(files_only: Newsroom) -> None:
    app, id_ = approved_in(files_only, "09:00-11:30")
    article = app.articles.get(app.outbox.get(id_).article_id)  # type: ignore[union-attr]  # it is there
    assert article is not None
    assert prepare(app.office, WHO, article, ["t"]) == {"t": id_}
    assert app.outbox.get(id_).state is State.QUEUED  # type: ignore[union-attr]  # it is there
    assert prepare(app.office, WHO, article, ["t"], urgent=True) == {"t": id_}
    looked_at = app.outbox.get(id_)
    assert looked_at is not None
    assert (looked_at.state, looked_at.urgent) == (State.HELD, True)
    assert app.dispatcher.drain("t") == []
