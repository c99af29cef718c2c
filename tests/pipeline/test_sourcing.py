"""A paused source is left alone by whoever would read it, across restarts, until somebody lets it go on."""

from datetime import timedelta

import pytest

from bot.domain.errors import NotFound
from bot.domain.person import Actor, NotAllowed, Role
from tests.conftest import Newsroom

SALMA = Actor(name="سلمى", role=Role.EDITOR, door="web", person_id=1)
READER = Actor(name="قارئ", role=Role.READER, door="web", person_id=2)


def test_a_paused_source_is_not_read_until_it_goes_on(newsroom: Newsroom) -> None:
    app = newsroom.app()
    newsroom.cycle(app)
    assert app.handwork.sourcing.pause(SALMA, "files")
    assert not app.handwork.sourcing.pause(SALMA, "files"), "once"
    newsroom.clock.move(hours=1)
    again = newsroom.app()  # another process
    assert again.tick.run(newsroom.clock.at).sources == ()
    assert not again.reading.may_fetch("files")
    (standing,) = again.source_states.standing(["files"])
    assert standing.paused is not None
    assert "سلمى" in standing.paused.ar
    assert again.handwork.sourcing.resume(SALMA, "files")
    assert not again.handwork.sourcing.resume(SALMA, "files")
    assert again.tick.run(newsroom.clock.at).sources == ("files",)
    acts = [(act.what, act.subject) for act in again.acts.listing()]
    assert acts == [("source_resume", "source:files"), ("source_pause", "source:files")]


def test_a_source_that_was_never_read_can_be_paused_and_keeps_its_first_contact(newsroom: Newsroom) -> None:
    app = newsroom.app()
    newsroom.article("a.txt", "عنوان\n\nنص كامل للخبر.")
    app.handwork.sourcing.pause(SALMA, "files")
    assert app.tick.run(newsroom.clock.at).sources == ()
    newsroom.clock.move(minutes=5)
    app.handwork.sourcing.resume(SALMA, "files")
    newsroom.cycle(app)
    assert app.outbox.listing([], 9), "the backfill lets through what was there before the first contact"


def test_a_pause_outlives_a_fetch_that_was_on_its_way(newsroom: Newsroom) -> None:
    app = newsroom.app()
    newsroom.cycle(app)
    app.handwork.sourcing.pause(SALMA, "files")
    now = newsroom.clock.move(minutes=5)
    app.source_states.fetched("files", {}, now, now)
    assert app.source_states.due(["files"], now + timedelta(hours=1)) == []


def test_who_may_not_and_what_is_unknown(newsroom: Newsroom) -> None:
    sourcing = newsroom.app().handwork.sourcing
    with pytest.raises(NotAllowed):
        sourcing.pause(READER, "files")
    with pytest.raises(NotFound):
        sourcing.pause(SALMA, "nothing")
