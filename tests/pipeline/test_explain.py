"""Why things are as they are, and what rules would have done."""

from datetime import timedelta

import pytest

from bot.domain.delivery import State
from bot.domain.errors import NotFound
from bot.domain.schedule import Pick
from bot.pipeline import desk
from bot.pipeline.explain import explain, rehearse
from tests.conftest import NEWSROOM, Newsroom

SPORT_ON_X = NEWSROOM.replace(
    '[[rules]]\nname = "all"\n', '[[rules]]\nname = "sport"\nkeywords = ["كرة القدم"]\nchannels = ["x"]\n'
)


def test_explain_says_for_each_channel_what_and_why(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", SPORT_ON_X)
    newsroom.article("a.txt", "فوز في كرة القدم\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    id_ = app.articles.of_source("files")[0].article.id
    known = explain(id_, app.tick, newsroom.clock.at)
    deliveries, why = known.channels["x"]
    assert [d.state for d in deliveries] == [State.SENT]
    assert "sport" in why.ar
    deliveries, why = known.channels["mail"]
    assert deliveries == []
    assert "No rule" in why.en
    assert [s.guid for s in known.sightings] == ["a.txt"]
    with pytest.raises(NotFound):
        explain("none", app.tick, newsroom.clock.at)


def test_rules_are_tried_on_what_came_in_and_nothing_is_sent(newsroom: Newsroom) -> None:
    for n in range(4):
        newsroom.article(f"{n}.txt", f"خبر عن {'كرة القدم' if n % 2 else 'السياسة'} {'أبجد'[n]}\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    before = len(app.outbox.listing([], 100))
    newsroom.write("newsroom.toml", SPORT_ON_X + '[[slots]]\nspacing = "10m"\n')
    tried = newsroom.app()
    found = rehearse(
        tried.articles.seen_since(newsroom.clock.at - timedelta(days=1)),
        tried.channels.values(),
        tried.config.plans,
        tried.config.rules,
        tried.config.newsroom.zone,
    )
    picks = [each for each in found if isinstance(each, Pick)]
    assert len(found) == 4 * len(tried.channels)
    assert [pick.channel for pick in picks] == ["x", "x"]
    assert picks[1].due_at - picks[0].due_at == timedelta(minutes=10)
    assert len(tried.outbox.listing([], 100)) == before


def test_what_its_source_takes_back_no_longer_waits(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM + '[[slots]]\ntimes = ["20:00"]\n')
    item = '{"guid": "urn:1", "headline": "خبر", "body_html": "<p>نص.</p>", "pubstatus": "%s"}'
    newsroom.article("a.json", item % "usable")
    app = newsroom.app()
    newsroom.cycle(app)
    waiting = app.outbox.listing([State.QUEUED], 10)
    assert len(waiting) == 3
    newsroom.clock.move(minutes=5)
    newsroom.article("a.json", item % "canceled")
    newsroom.cycle(app)
    found = app.outbox.get(waiting[0].id)
    assert found is not None
    assert found.state is State.CANCELLED
    assert found.note is not None
    assert "taken the article back" in found.note.en


def test_breaking_by_hand_is_urgent(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM + '[[slots]]\ntimes = ["20:00"]\n')
    newsroom.article("a.txt", "خبر\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    article = app.articles.of_source("files")[0].article
    id_ = desk.publish(article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at, urgent=True)
    found = app.outbox.get(id_)
    assert found is not None
    assert (found.urgent, found.state) == (True, State.QUEUED)
