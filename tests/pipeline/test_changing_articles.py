"""Articles that change, are taken back, pruned, embargoed, or came by hand first: what waits follows them."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from bot.domain.delivery import Delivery, State
from bot.domain.errors import LeaseLost, NotFound, Refused
from bot.domain.person import COMMAND_LINE
from bot.pipeline import desk
from bot.store.pruning import prune
from tests.conftest import NEWSROOM, Newsroom

LATER = NEWSROOM + '[[slots]]\ntimes = ["20:00"]\n'
TWO_SOURCES = (
    NEWSROOM.replace('name = "files"', 'name = "quiet"\npreview_only = true')
    .replace('path = "articles"', 'path = "quiet"')
    .split("[[rules]]")[0]
    + NEWSROOM.split('time_zone = "Africa/Casablanca"\n')[1]
)


def waiting(newsroom: Newsroom, channel: str = "x") -> Delivery:
    return next(d for d in newsroom.apps[-1].outbox.listing([], 100) if d.channel == channel)


def text(delivery: Delivery) -> str:
    return " ".join(segment.text for segment in delivery.post.segments)


def test_what_waits_goes_with_the_newest_text_in_its_own_slot(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", LATER)
    newsroom.article("a.txt", "عنوان أول\n\nفي الحادث ثلاثة جرحى.")
    app = newsroom.app()
    newsroom.cycle(app)
    first, held = waiting(newsroom), waiting(newsroom, "telegram")
    desk.hold(held.id, app.outbox, newsroom.clock.at)
    newsroom.clock.move(minutes=5)
    newsroom.article("a.txt", "عنوان أول\n\nفي الحادث خمسة جرحى.")
    newsroom.cycle(app)
    second = waiting(newsroom)
    assert (second.id, second.state, second.due_at, second.slot) == (first.id, State.QUEUED, first.due_at, first.slot)
    assert (second.version, second.occasion, second.reason) == (2, first.occasion, first.reason)
    assert second.note is not None
    assert "newest version" in second.note.en
    assert "خمسة" in text(second)
    assert "ثلاثة" not in text(second)
    held = waiting(newsroom, "telegram")
    assert (held.state, held.version, held.note) == (State.HELD, 2, desk.HELD_BY_HAND)
    assert len(app.outbox.listing([], 100)) == len(app.channels)  # a new version makes no delivery


def test_a_newer_text_that_cannot_be_formed_waits_for_an_editor(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", LATER)
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    app = newsroom.app()
    newsroom.cycle(app)
    newsroom.clock.move(minutes=5)
    newsroom.article("a.txt", "عنوان أول\n\nنص ثان.")
    template = newsroom.folder / "templates" / "x" / "first.txt.j2"
    template.write_text("{{ no_such_name }}", "utf-8")
    app = newsroom.app()
    app.reading.fetch("files")
    news = app.tick.run(newsroom.clock.at).news
    stuck = waiting(newsroom)
    assert stuck.version == 1
    assert stuck.state is State.HELD
    assert stuck.note is not None
    assert "cannot go" in stuck.note.en
    assert any(f"Delivery {stuck.id}" in say.en for say in news)
    assert app.tick.run(newsroom.clock.at, choose=True).news == ()  # said once


def test_a_text_that_changed_under_a_lane_is_not_begun(newsroom: Newsroom) -> None:
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    app = newsroom.app()
    app.reading.fetch("files")
    app.tick.run(newsroom.clock.at)
    taken = waiting(newsroom)
    token = app.leases.claim("lane", "x", timedelta(minutes=1), newsroom.clock.at)
    assert token is not None
    newsroom.clock.move(minutes=1)
    newsroom.article("a.txt", "عنوان أول\n\nنص ثان.")
    app.reading.fetch("files")
    app.tick.run(newsroom.clock.at)
    assert app.ledger.start(taken, token, newsroom.clock.at)
    with pytest.raises(LeaseLost):
        app.ledger.begin(taken, 0, (), token, newsroom.clock.at)
    app.ledger.begin(waiting(newsroom), 0, (), token, newsroom.clock.at)


def test_what_came_by_hand_first_still_goes_where_its_source_brings_it(newsroom: Newsroom) -> None:
    app = newsroom.app()
    newsroom.cycle(app)
    newsroom.clock.move(minutes=1)
    same = "---\ntitle: عنوان من المصدر\nurl: https://example.org/1\nsection: سياسة\n---\nنص يكفي للتعرف عليه هنا.\n"
    by_hand = newsroom.folder / "mine.md"
    by_hand.write_text(same.replace("section: سياسة\n", ""), "utf-8")
    mine = app.reading.lookup.article(str(by_hand))
    assert mine.section == ""
    newsroom.clock.move(minutes=1)
    newsroom.article("a.md", same)
    newsroom.cycle(app)
    assert {d.article_id for d in app.outbox.listing([], 100)} == {mine.id}
    assert len(app.outbox.listing([], 100)) == len(app.channels)
    found = app.articles.get(mine.id)
    assert found is not None
    assert found.section == "سياسة"


def test_a_source_for_previews_does_not_keep_back_what_another_brings(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", TWO_SOURCES)
    (newsroom.folder / "quiet").mkdir()
    newsroom.write(
        "channels.toml",
        '[[channels]]\nname = "mail"\nservice = "email"\nlive = true\nfrom = "n@example.org"\nto = "l@example.org"\n'
        'host = "127.0.0.1"\nport = 9\ntls = "none"\n',
    )
    app = newsroom.app()
    newsroom.cycle(app)
    newsroom.clock.move(minutes=1)
    story = "خبر واحد في مصدرين\n\nنصه واحد في المصدرين ولا يتغير فيه شيء أبدا."
    newsroom.article("../quiet/a.txt", story)
    newsroom.cycle(app)
    assert app.outbox.listing([], 10) == []
    newsroom.article("a.txt", story)
    app.reading.fetch("files")
    app.tick.run(newsroom.clock.at)
    assert [d.channel for d in app.outbox.listing([], 10)] == ["mail"]


def test_by_hand_and_retried_it_waits_for_the_end_of_its_embargo(newsroom: Newsroom) -> None:
    app = newsroom.app()
    until = newsroom.clock.at + timedelta(hours=3)
    path = newsroom.folder / "later.md"
    path.write_text(
        f"---\ntitle: مؤجل\npublished_at: 2026-11-24\nembargoed_until: {until.isoformat()}\n---\nنص.\n", "utf-8"
    )
    article = app.reading.lookup.article(str(path))
    assert article.embargoed_until == until.astimezone(UTC)
    id_ = desk.publish(article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at)
    found = app.outbox.get(id_)
    assert found is not None
    assert (found.due_at, found.reason) == (until, desk.EMBARGOED)
    early = newsroom.clock.at.astimezone(app.config.newsroom.zone) + timedelta(hours=1)
    with pytest.raises(Refused, match=r"embargo ends later, at 2026-11-24 13:00\."):  # on the newsroom's clock
        app.office.schedule(COMMAND_LINE, id_, found.edition, early)
    with pytest.raises(Refused, match=r"embargo ends later, at 2026-11-24 13:00\."):  # as two that change places do it
        app.office.schedule(COMMAND_LINE, id_, found.edition, early.astimezone(UTC))
    program = replace(COMMAND_LINE, door="api")
    with pytest.raises(Refused, match=r"embargo ends later, at 2026-11-24 13:00\+01:00\."):
        app.office.schedule(program, id_, found.edition, early.astimezone(UTC))
    desk.cancel(id_, app.outbox, newsroom.clock.at)
    desk.retry(id_, app.articles, app.outbox, newsroom.clock.at)
    again = app.outbox.get(id_)
    assert again is not None
    assert again.due_at == until


def test_what_was_taken_back_is_not_published_without_again(newsroom: Newsroom) -> None:
    app = newsroom.app()
    path = newsroom.folder / "gone.json"
    path.write_text('{"id": "1", "title": "عنوان", "body": "نص.", "withdrawn": true}', "utf-8")
    article = app.reading.lookup.article(str(path))
    assert article.withdrawn
    with pytest.raises(Refused, match="taken"):
        desk.publish(article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at)
    assert desk.refusal(article, app.channels["x"], app.outbox) is not None
    assert desk.publish(article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at, again=True)


def test_a_pruned_text_is_asked_for_again(newsroom: Newsroom) -> None:
    path = newsroom.folder / "old.txt"
    path.write_text("عنوان قديم\n\nنص قديم.", "utf-8")
    app = newsroom.app()
    article = app.reading.lookup.article(str(path))
    newsroom.clock.move(days=400)
    keep = dict.fromkeys(("texts", "previews", "reasons", "attempts", "acts"), timedelta(days=30))
    assert prune(app.database, keep, newsroom.clock.at, really=True)["texts"] == 1
    thin = app.articles.get(article.id)
    assert thin is not None
    with pytest.raises(Refused, match="pruned"):
        desk.publish(thin, app.channels["x"], app.formats, app.outbox, newsroom.clock.at)
    whole = app.reading.lookup.article(str(path))
    assert whole.body == "نص قديم."
    assert desk.publish(whole, app.channels["x"], app.formats, app.outbox, newsroom.clock.at)


def test_looking_at_an_article_keeps_nothing_and_knows_it(newsroom: Newsroom) -> None:
    story = "خبر معروف من قبل\n\nنصه معروف من قبل كله ولا يتغير فيه شيء أبدا أبدا."
    newsroom.article("a.txt", story)
    app = newsroom.app()
    newsroom.cycle(app)
    (known,) = app.articles.of_source("files")
    path = newsroom.folder / "elsewhere.txt"
    path.write_text(story, "utf-8")
    assert app.reading.lookup.looked_at(str(path)).id == app.reading.lookup.known(str(path)).id == known.article.id
    assert len(app.articles.sightings(known.article.id)) == 1
    path.write_text("خبر غير معروف\n\nنصه غير معروف.", "utf-8")
    assert app.reading.lookup.looked_at(str(path)).title == "خبر غير معروف"
    with pytest.raises(NotFound, match="nashir preview"):
        app.reading.lookup.known(str(path))
    with pytest.raises(NotFound, match="not in the database"):
        app.reading.lookup.known("https://example.org/nothing")


def test_an_address_that_another_source_showed_finds_the_article(newsroom: Newsroom) -> None:
    story = "---\ntitle: خبر بعنوانين\nurl: {}\n---\nنصه واحد تحت العنوانين ولا يتغير فيه شيء أبدا.\n"
    newsroom.article("a.md", story.format("https://example.org/1"))
    app = newsroom.app()
    newsroom.cycle(app)
    newsroom.article("b.md", story.format("https://www.example.net/خبر/2/?utm_source=x"))
    newsroom.cycle(app)
    found = app.articles.find("https://example.net/%D8%AE%D8%A8%D8%B1/2")
    assert found is not None
    assert found.url == "https://example.org/1"
    assert app.articles.find("https://example.net/") is None


def timed(newsroom: Newsroom, **fields: str) -> None:
    head = {"title": "عنوان المادة", "published_at": "2026-11-24T09:00:00Z"} | fields
    newsroom.article("a.md", "---\n" + "".join(f"{k}: {v}\n" for k, v in head.items()) + "---\nنص المادة.\n")


def test_a_version_with_another_embargo_or_urgency_gets_another_time(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", LATER)
    timed(newsroom)
    app = newsroom.app()
    newsroom.cycle(app)
    slot = waiting(newsroom).due_at
    newsroom.clock.move(minutes=5)
    timed(newsroom, embargoed_until="2026-11-25T09:30:00Z")
    newsroom.cycle(app)
    held_back = waiting(newsroom)
    assert held_back.state is State.QUEUED
    assert held_back.due_at == slot + timedelta(days=1), "the first slot after the embargo"
    assert held_back.expires_at is not None
    assert held_back.expires_at > held_back.due_at
    newsroom.clock.move(minutes=5)
    timed(newsroom)
    newsroom.cycle(app)
    assert waiting(newsroom).due_at == slot, "the embargo was taken off"
    newsroom.clock.move(minutes=5)
    timed(newsroom, title='"عاجل: عنوان المادة"')
    newsroom.cycle(app)
    urgent = waiting(newsroom)
    assert (urgent.urgent, urgent.state) == (True, State.SENT)


def test_a_version_that_no_rule_sends_waits_for_an_editor_and_goes_when_it_may(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", LATER.replace('name = "all"', 'name = "all"\nexclude = ["كرة القدم"]'))
    timed(newsroom)
    app = newsroom.app()
    newsroom.cycle(app)
    newsroom.clock.move(minutes=5)
    timed(newsroom, title="مباراة كرة القدم")
    newsroom.cycle(app)
    stuck = waiting(newsroom)
    assert stuck.state is State.HELD
    assert stuck.note is not None
    assert "كرة القدم" in stuck.note.ar
    newsroom.clock.move(minutes=5)
    timed(newsroom, title="عنوان ثالث")
    newsroom.cycle(app)
    assert waiting(newsroom).state is State.QUEUED


def test_what_an_editor_publishes_although_it_was_taken_back_goes(newsroom: Newsroom) -> None:
    app = newsroom.app()
    path = newsroom.folder / "gone.json"
    path.write_text('{"id": "1", "title": "عنوان", "body": "نص.", "withdrawn": true, "date": "2026-11-24"}', "utf-8")
    article = app.reading.lookup.article(str(path))
    id_ = desk.publish(article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at, again=True)
    newsroom.cycle(app)
    found = app.outbox.get(id_)
    assert found is not None
    assert found.state is State.SENT


def test_again_sends_what_waits_and_makes_no_second_one(newsroom: Newsroom) -> None:
    app = newsroom.app()
    path = newsroom.folder / "later.md"
    path.write_text("---\ntitle: مؤجل\ndate: 2026-11-24\nembargo: 2026-11-24T20:00:00Z\n---\nنص.\n", "utf-8")
    article = app.reading.lookup.article(str(path))
    first = desk.publish(article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at)
    assert desk.publish(article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at, again=True) == first
    assert len(app.outbox.listing([], 10)) == 1
    assert app.reading.lookup.known(article.guid).id == article.id
