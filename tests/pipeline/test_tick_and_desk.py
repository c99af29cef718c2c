"""Tick, first contact, going live and the editor's verbs, through the whole app and its preview."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.domain.delivery import Draft, State
from bot.domain.errors import FormatError, NotFound, Refused
from bot.domain.person import Actor, NotAllowed, Role
from bot.pipeline import compose, desk
from bot.pipeline.explain import explain
from bot.pipeline.office import Conflict
from tests.conftest import NEWSROOM, Newsroom

LIVE = """
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


def states(newsroom: Newsroom) -> list[tuple[str, str]]:
    return [(d.channel, str(d.state)) for d in newsroom.apps[-1].outbox.listing([], 100)]


def test_from_files_to_previews(newsroom: Newsroom) -> None:
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    newsroom.article("b.txt", "عنوان ثان\n\nنص ثان.")
    app = newsroom.app()
    newsroom.cycle(app)
    assert sorted(states(newsroom)) == sorted([(c, "sent") for c in ("telegram", "x", "mail")] * 2)
    assert all(d.preview for d in app.outbox.listing([], 100))
    page = (app.config.var / "preview" / "index.html").read_text("utf-8")
    assert "عنوان أول" in page
    assert "عنوان ثان" in page
    assert newsroom.cycle(app) == []


def test_backfill_none_publishes_only_what_comes_after_the_first_contact(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM.replace("backfill = 50", 'backfill = "none"'))
    newsroom.article("old.txt", "قديم\n\nنص.")
    app = newsroom.app()
    assert newsroom.cycle(app) == []
    article = app.articles.of_source("files")[0].article
    assert "before this channel met" in explain(article.id, app.tick, newsroom.clock.at).channels["x"][1].en
    newsroom.clock.move(minutes=5)
    newsroom.article("new.txt", "جديد\n\nنص.")
    newsroom.cycle(app)
    assert {d.title for d in app.outbox.listing([], 100)} == {"جديد"}


def test_what_is_still_arriving_at_the_first_look_was_there_before(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM.replace("backfill = 50", 'backfill = "none"'))
    for n in range(3):
        newsroom.article(f"{n}.txt", f"قديم {n}\n\nنص.", age=1)
    app = newsroom.app()
    for _ in range(8):
        assert newsroom.cycle(app) == []
        newsroom.clock.move(seconds=1)
    assert len(app.articles.of_source("files")) == 3
    newsroom.article("new.txt", "جديد\n\nنص.")
    newsroom.cycle(app)
    assert {d.title for d in app.outbox.listing([], 100)} == {"جديد"}


def test_backfill_by_number_and_by_age(newsroom: Newsroom) -> None:
    newsroom.write(
        "newsroom.toml", NEWSROOM.replace("backfill = 50", 'backfill = "6h"').replace('dated = "first-seen"', "")
    )
    for hours in (1, 5, 7):
        newsroom.article(f"{hours}.txt", f"منذ {hours}\n\nنص.", age=3600 * hours)
    app = newsroom.app()
    newsroom.cycle(app)
    assert {d.title for d in app.outbox.listing([], 100)} == {"منذ 1", "منذ 5"}


def test_a_new_channel_meets_old_sources_by_their_backfill(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM.replace("backfill = 50", "backfill = 1"))
    newsroom.article("a.txt", "أول\n\nنص.", age=600)
    newsroom.article("b.txt", "ثان\n\nنص.", age=60)
    newsroom.cycle(newsroom.app())
    channels = newsroom.config / "channels.toml"
    channels.write_text(
        channels.read_text("utf-8") + '\n[[channels]]\nname = "second"\nservice = "x"\nmode = "short"\n', "utf-8"
    )
    newsroom.apps[-1].close()
    app = newsroom.app()
    newsroom.cycle(app)
    assert len([d for d in app.outbox.listing([], 100) if d.channel == "second"]) == 1


def test_going_live_sends_nothing_old_and_says_so(newsroom: Newsroom) -> None:
    from tests.servers.smtp import SmtpServer

    newsroom.article("a.txt", "أول\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    app.close()
    with SmtpServer() as server:
        newsroom.write("channels.toml", LIVE.format(port=server.port))
        newsroom.clock.move(minutes=1)
        app = newsroom.app()
        app.reading.fetch("files")
        wakes = app.tick.run(newsroom.clock.at)
        assert "live from now on" in wakes.news[0].en
        newsroom.cycle(app)
        assert server.kept == []
        newsroom.clock.move(minutes=1)
        newsroom.article("b.txt", "ثان\n\nنص.")
        newsroom.cycle(app)
        newsroom.cycle(app)
        assert len(server.kept) == 1
        old = next(c.article for c in app.articles.of_source("files") if c.article.title == "أول")
        desk.publish(old, app.channels["mail"], app.formats, app.outbox, newsroom.clock.at)
        newsroom.cycle(app)
        assert len(server.kept) == 2, "a preview never counts as published: an editor may publish it by hand"


def test_a_new_version_makes_no_delivery_by_itself(newsroom: Newsroom) -> None:
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    newsroom.clock.move(minutes=5)
    newsroom.article("a.txt", "عنوان\n\nنص مصحح.")
    assert newsroom.cycle(app) == []
    article = app.articles.of_source("files")[0].article
    assert (article.version, article.body) == (2, "نص مصحح.")


def test_what_is_late_expires(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM + '\n[[slots]]\ntimes = ["20:00"]\nfresh_for = "12h"\n')
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    assert {state for _, state in states(newsroom)} == {"queued"}
    newsroom.clock.move(hours=13)
    newsroom.cycle(app)
    assert {state for _, state in states(newsroom)} == {"expired"}


def test_a_template_fault_is_a_refusal_with_its_reason(newsroom: Newsroom) -> None:
    (newsroom.folder / "templates" / "x" / "first.txt.j2").write_text("{{ nothing }}", "utf-8")
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    assert sorted(c for c, _ in states(newsroom)) == ["mail", "telegram"]
    article = app.articles.of_source("files")[0].article
    reasons = {d.channel: d.reason.en for d in app.outbox.decisions(article.id)}
    assert "first.txt.j2" in reasons["x"]


def test_two_clocks_only_one_ticks(newsroom: Newsroom) -> None:
    first, second = newsroom.app(), newsroom.app()
    assert first.tick.run(newsroom.clock.at).is_clock
    assert not second.tick.run(newsroom.clock.at).is_clock
    newsroom.clock.move(minutes=1)
    first.tick.stop()
    assert second.tick.run(newsroom.clock.at).is_clock


def test_a_clock_that_was_frozen_at_work_adds_nothing(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = newsroom.app(), newsroom.app()
    newsroom.cycle(first)
    newsroom.clock.move(seconds=2)
    newsroom.article("a.txt", "عنوان\n\nنص.")
    first.reading.fetch("files")
    formed = compose.draft

    def frozen(*args: object, **more: object) -> Draft:
        monkeypatch.setattr(compose, "draft", formed)
        newsroom.clock.move(minutes=1)
        assert second.tick.run(newsroom.clock.at).is_clock
        second.outbox.change(1, [State.QUEUED], State.CANCELLED, None, newsroom.clock.at)
        return formed(*args, **more)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(compose, "draft", frozen)
    assert not first.tick.run(newsroom.clock.at).is_clock
    assert len(states(newsroom)) == 3
    assert not first.tick.run(newsroom.clock.at).is_clock


def test_a_broken_source_is_tried_again_later_and_later(newsroom: Newsroom) -> None:
    newsroom.articles.rmdir()
    app = newsroom.app()
    assert app.reading.fetch("files").error is not None
    first = app.source_states.due(["files"], newsroom.clock.at + timedelta(seconds=61))
    app.reading.fetch("files")
    second = app.source_states.due(["files"], newsroom.clock.at + timedelta(seconds=61))
    assert (first, second) == (["files"], [])


def test_the_verbs_of_an_editor(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM + '\n[[slots]]\ntimes = ["20:00"]\n')
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    outbox, now = app.outbox, newsroom.clock.at
    id_ = outbox.listing([], 1)[0].id

    def state() -> State:
        found = outbox.get(id_)
        assert found is not None
        return found.state

    desk.hold(id_, outbox, now)
    assert state() is State.HELD
    with pytest.raises(Refused, match="is held"):
        desk.hold(id_, outbox, now)
    desk.release(id_, outbox, now)
    assert state() is State.QUEUED
    desk.cancel(id_, outbox, now)
    assert state() is State.CANCELLED
    desk.retry(id_, app.articles, outbox, now)
    newsroom.cycle(app)
    assert state() is State.SENT
    with pytest.raises(Refused, match="is sent"):
        desk.cancel(id_, outbox, now)
    with pytest.raises(NotFound, match="no delivery 999"):
        desk.hold(999, outbox, now)


def test_publish_by_hand_passes_over_slots_and_not_over_duplicates(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM + '\n[[slots]]\ntimes = ["20:00"]\n')
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    article = app.articles.of_source("files")[0].article
    channel, now = app.channels["x"], newsroom.clock.at
    id_ = desk.publish(article, channel, app.formats, app.outbox, now)
    newsroom.cycle(app)
    found = app.outbox.get(id_)
    assert found is not None
    assert found.state is State.SENT
    with pytest.raises(Refused, match="out already"):
        desk.publish(article, channel, app.formats, app.outbox, now)
    again = desk.publish(article, channel, app.formats, app.outbox, now, again=True)
    newsroom.cycle(app)
    once_more = app.outbox.get(again)
    assert once_more is not None
    assert (once_more.occasion, once_more.state) == ("again:1", State.SENT)


def test_publish_by_hand_sends_the_text_of_today_where_nothing_is_out(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM + '\n[[slots]]\ntimes = ["20:00"]\n')
    newsroom.article("a.txt", "عنوان\n\nنص قديم.")
    app = newsroom.app()
    newsroom.cycle(app)
    newsroom.clock.move(minutes=5)
    newsroom.article("a.txt", "عنوان\n\nنص جديد.")
    newsroom.cycle(app)
    article = app.articles.of_source("files")[0].article
    id_ = desk.publish(article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at)
    newsroom.cycle(app)
    found = app.outbox.get(id_)
    assert found is not None
    assert (found.state, found.version, found.occasion) == (State.SENT, 2, "first")
    assert "جديد" in found.post.segments[0].text


def test_a_second_publication_that_was_cancelled_does_not_open_the_way_for_a_third(newsroom: Newsroom) -> None:
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    article = app.articles.of_source("files")[0].article
    put = partial(desk.publish, article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at)
    desk.cancel(put(again=True), app.outbox, newsroom.clock.at)
    with pytest.raises(Refused, match="out already"):
        put()


def test_a_template_that_breaks_stops_one_channel_only_and_takes_no_slot(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM + '[[slots]]\ntimes = ["20:00", "21:00"]\n')
    (newsroom.folder / "templates" / "telegram" / "post.html.j2").write_text(
        "{{ title + 1 if 'سيئ' in title else title }}", "utf-8"
    )
    newsroom.article("a.txt", "خبر سيئ\n\nنص.", age=120)
    app = newsroom.app()
    newsroom.cycle(app)
    newsroom.clock.move(minutes=1)
    newsroom.article("b.txt", "خبر حسن\n\nنص.")
    newsroom.cycle(app)
    slots = {(d.channel, d.title): d.slot for d in app.outbox.listing([], 100)}
    assert slots["telegram", "خبر حسن"] == "2026-11-24T20:00"
    assert slots["x", "خبر سيئ"] == "2026-11-24T20:00"
    assert ("telegram", "خبر سيئ") not in slots


def test_an_unsure_delivery_is_tried_again_only_on_an_editors_word(newsroom: Newsroom) -> None:
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app = newsroom.app()
    app.reading.fetch("files")
    app.tick.run(newsroom.clock.at)
    found = next(d for d in app.outbox.listing([], 10) if d.channel == "x")
    token = app.leases.claim("lane", "x", timedelta(minutes=1), newsroom.clock.at)
    assert token is not None
    app.ledger.start(found, token, newsroom.clock.at)
    app.ledger.begin(found, 0, (), token, newsroom.clock.at)
    app.leases.release("lane", "x", token)
    newsroom.cycle(app)
    with pytest.raises(Refused, match="--not-sent"):
        desk.retry(found.id, app.articles, app.outbox, newsroom.clock.at)
    article = app.articles.get(found.article_id)
    assert article is not None
    with pytest.raises(Refused, match="may be out"):
        desk.publish(article, app.channels["x"], app.formats, app.outbox, newsroom.clock.at)
    desk.retry(found.id, app.articles, app.outbox, newsroom.clock.at, not_sent=True)
    newsroom.cycle(app)
    after = app.outbox.get(found.id)
    assert after is not None
    assert after.state is State.SENT


def test_the_queue_begins_with_what_needs_a_person(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", NEWSROOM + '[[slots]]\ntimes = ["20:00"]\nchannels = ["mail"]\n')
    for name in "abc":
        newsroom.article(f"{name}.txt", f"عنوان {name}\n\nنص.")
        app = newsroom.app()
        newsroom.cycle(app)
        newsroom.clock.move(minutes=1)
    sent = [d for d in app.outbox.listing([State.SENT], 10) if d.channel == "x"]
    assert [d.title for d in sent] == ["عنوان c", "عنوان b", "عنوان a"], "newest first"
    app.outbox.change(sent[2].id, [State.SENT], State.UNSURE, None, newsroom.clock.at)
    app.outbox.change(sent[1].id, [State.SENT], State.HELD, None, newsroom.clock.at)
    states = [str(d.state) for d in app.outbox.listing([], 100)]
    assert states[:3] == ["unsure", "held", "queued"]
    assert states[-1] == "sent"
    assert app.outbox.count([]) == len(states) == 7
    assert app.outbox.count([State.UNSURE, State.HELD]) == 2


ASKS = """
[[channels]]
name = "{name}"
service = "{service}"
approval = "{approval}"
"""


@pytest.fixture
def asking(newsroom: Newsroom) -> Newsroom:
    tables = [("telegram", "telegram", "editor"), ("x", "x", "chief"), ("mail", "email", "none")]
    newsroom.write("channels.toml", "".join(ASKS.format(name=name, service=s, approval=a) for name, s, a in tables))
    newsroom.article("a.txt", "عنوان أول\n\nنص الخبر الأول كما وصل.")
    return newsroom


def test_what_asks_for_approval_waits_for_one_who_may_give_it(asking: Newsroom) -> None:
    app = asking.app()
    asking.cycle(app)
    assert dict(states(asking)) == {"telegram": State.HELD, "x": State.HELD, "mail": State.SENT}
    by_channel = {d.channel: d.id for d in app.outbox.listing([], 10)}
    editor = Actor(name="سلمى", role=Role.EDITOR, door="web")
    app.office.release(editor, by_channel["telegram"])
    with pytest.raises(NotAllowed, match="chief"):
        app.office.release(editor, by_channel["x"])
    with pytest.raises(Refused):
        app.office.release(editor, by_channel["telegram"])
    asking.cycle(app)
    assert dict(states(asking))["telegram"] == State.SENT
    assert dict(states(asking))["x"] == State.HELD
    app.office.release(replace(editor, role=Role.CHIEF, name="رئيسة"), by_channel["x"])
    released = app.outbox.get(by_channel["x"])
    assert released is not None
    assert released.approved_by == "رئيسة"
    assert [(act.who, act.what) for act in app.acts.listing()] == [("رئيسة", "release"), ("سلمى", "release")]


def test_a_text_by_hand_is_measured_kept_and_never_written_over(asking: Newsroom) -> None:
    app = asking.app()
    asking.cycle(app)
    held = next(d for d in app.outbox.listing([], 10) if d.channel == "x")
    editor = Actor(name="سلمى", role=Role.EDITOR, door="web")
    changed = app.office.edit(editor, held.id, held.edition, ["عنوان أقصر", "SolMed تبني الخط"])
    assert [s.text.replace("\N{ARABIC LETTER MARK}", "*") for s in changed.post.segments] == [
        "عنوان أقصر",
        "*SolMed تبني الخط",
    ]
    assert [s.length for s in changed.post.segments] == [10, 17]
    with pytest.raises(Conflict, match="سلمى"):
        app.office.edit(replace(editor, name="كريم"), held.id, held.edition, ["نص آخر"])
    with pytest.raises(FormatError, match="over the limit"):
        app.office.edit(editor, held.id, changed.edition, ["كلمة " * 60])
    asking.clock.move(minutes=2)
    asking.article("a.txt", "عنوان أول\n\nنص الخبر بعد أن تغير كثيرا في المصدر.")
    asking.cycle(app)
    asking.cycle(app)
    now = app.outbox.get(held.id)
    assert now is not None
    assert now.post.segments[0].text == "عنوان أقصر"
    assert now.state is State.HELD
    assert now.note is not None
    assert "سلمى" in now.edited_by
    assert "changed after" in now.note.en


def test_an_approved_text_that_changes_asks_again(asking: Newsroom) -> None:
    app = asking.app()
    app.lanes.pause("telegram", Refused("p", "p").say, asking.clock.at)
    asking.cycle(app)
    held = next(d for d in app.outbox.listing([], 10) if d.channel == "telegram")
    app.office.release(Actor(name="سلمى", role=Role.EDITOR, door="web"), held.id)
    asking.clock.move(minutes=2)
    asking.article("a.txt", "عنوان أول\n\nنص الخبر بعد أن تغير كثيرا في المصدر.")
    asking.cycle(app)
    now = app.outbox.get(held.id)
    assert now is not None
    assert (now.state, now.approved_by) == (State.HELD, "")
