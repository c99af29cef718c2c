"""Editions whose time passed before they went: held for an editor, or skipped with the reason; on both databases."""

from datetime import timedelta

from bot.app import App
from bot.domain.edition import LATE, Edition, EditionState
from tests.conftest import Newsroom
from tests.readers.test_editions import CHIEF, EDITOR, bring, made, settings


def waiting(newsroom: Newsroom, more: str = "") -> tuple[App, Edition]:
    """An edition that was made at 10:45 for 11:00."""
    settings(newsroom, "11:00", 'delay = "30m"\n' + more)
    app = newsroom.app()
    app.newsletters.due(newsroom.clock.at)
    newsroom.clock.move(minutes=45)
    bring(newsroom, app, 1)
    app.newsletters.due(newsroom.clock.at)
    (edition,) = app.newsletters.editions.newest(9)
    assert edition.due_at
    return app, edition


def test_what_waits_for_long_after_its_time_is_held_for_an_editor(newsroom: Newsroom) -> None:
    app, edition = waiting(newsroom)
    assert edition.due_at
    newsroom.clock.at = edition.due_at + LATE - timedelta(seconds=1)
    assert app.newsletters.due(newsroom.clock.at) == [(edition.id, 0)]
    newsroom.clock.move(seconds=1)
    app.newsletters.send(edition.id)
    assert app.newsletters.editions.get(edition.id).state is EditionState.QUEUED, "it does not begin"
    assert app.newsletters.due(newsroom.clock.at) == []
    held = app.newsletters.editions.get(edition.id)
    assert held.state is EditionState.HELD
    assert held.reason
    assert "six hours" in held.reason.en
    assert "المحرر" in held.reason.ar
    assert held.version == edition.version
    app.newsletters.editorial.arranging.send(CHIEF, edition.id)
    assert app.newsletters.due(newsroom.clock.at) == [(edition.id, 0)]
    app.newsletters.send(edition.id)
    assert app.newsletters.editions.get(edition.id).state is EditionState.SENT


def test_one_that_is_released_late_goes_at_once(newsroom: Newsroom) -> None:
    app, edition = waiting(newsroom, 'approval = "editor"\n')
    assert edition.state is EditionState.HELD
    newsroom.clock.move(hours=8)
    assert app.newsletters.due(newsroom.clock.at) == []
    held = app.newsletters.editions.get(edition.id)
    assert held.reason == edition.reason
    app.newsletters.editorial.arranging.change(EDITOR, edition.id, edition.version, subject="بعد الظهر")
    app.newsletters.editorial.arranging.release(CHIEF, edition.id)
    assert app.newsletters.due(newsroom.clock.at) == [(edition.id, 0)]


def test_a_date_that_passed_while_nothing_ran_is_skipped_with_that_reason(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00")
    app = newsroom.app()
    bring(newsroom, app, 1)
    app.newsletters.due(newsroom.clock.at)
    newsroom.clock.move(hours=9)
    for each in (app, newsroom.app()):
        assert each.newsletters.due(newsroom.clock.at) == []
    (edition,) = app.newsletters.editions.newest(9)
    assert (edition.day, edition.occasion, edition.state) == ("2026-11-24", "daily", EditionState.SKIPPED)
    assert edition.reason
    assert "while nothing ran" in edition.reason.en
    assert "فات وقته والجهاز متوقف" in edition.reason.ar
    newsroom.clock.move(days=9)
    newsroom.app().newsletters.due(newsroom.clock.at)
    days = [day for day, _, state in made(app) if state is EditionState.SKIPPED]
    assert days == ["2026-11-24", "2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03"], "the last days only"


def test_a_newsletter_that_comes_more_often_now_missed_nothing(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00", 'schedule = "weekly"\nday = "tue"\n')
    app = newsroom.app()
    app.newsletters.due(newsroom.clock.at)
    newsroom.clock.move(hours=1)
    bring(newsroom, app, 1)
    app.newsletters.due(newsroom.clock.at)
    newsroom.clock.move(days=2, hours=23)
    settings(newsroom, "11:00", 'day = "tue"\n')
    app = newsroom.app()
    for n in (2, 3):
        bring(newsroom, app, n)
        app.newsletters.due(newsroom.clock.at)
        newsroom.clock.move(hours=1)
    assert [each[:2] for each in made(app)] == [("2026-11-24", "weekly"), ("2026-11-27", "daily")]
    newsroom.app().newsletters.due(newsroom.clock.at)
    assert len(made(app)) == 2
