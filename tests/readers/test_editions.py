"""Editions made by the clock, worked on by editors, sent, and read on the web; on both databases."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.app import App
from bot.domain.edition import Edition, EditionState, Letter
from bot.domain.errors import FormatError, NotFound, Refused
from bot.domain.mailing import ShardKey
from bot.domain.newsletter import Section, sections_in
from bot.domain.person import COMMAND_LINE, Actor, NotAllowed, Role
from bot.newsletters import CLOCK
from bot.pipeline.office import Conflict
from bot.store.mail_ledger import MailLedger, lease_name
from bot.store.tables import articles
from tests.conftest import Newsroom
from tests.mail.letters import faults
from tests.mail.lists import fill
from tests.readers.conftest import NEWSLETTERS, PUBLIC, Readers
from tests.web.conftest import story

EDITOR, CHIEF = (Actor(name="x", role=role, door="web") for role in (Role.EDITOR, Role.CHIEF))
ROOM = """
name = "غرفة التجربة"
time_zone = "{zone}"
[[sources]]
name = "files"
kind = "folder"
path = "articles"
dated = "first-seen"
backfill = 50
[[rules]]
name = "all"
"""
MAIL = '[mail]\nhost = "127.0.0.1"\nport = 9\n'


def settings(newsroom: Newsroom, at: str, more: str = "", zone: str = "Africa/Casablanca") -> None:
    newsroom.write("newsroom.toml", PUBLIC + ROOM.format(zone=zone))
    newsroom.write("channels.toml", "")
    letter = f'[[newsletters]]\nkey = "morning"\nname = "نشرة الصباح"\nfrom = "a <news@example.org>"\ntime = "{at}"\n'
    newsroom.write("newsletters.toml", MAIL + letter + more)


def bring(newsroom: Newsroom, app: App, *numbers: int) -> None:
    for n in numbers:
        newsroom.article(f"{n}.txt", story(n))
    for name in app.sources:
        app.reading.fetch(name)


def made(app: App) -> list[tuple[str, str, EditionState]]:
    return [(e.day, e.occasion, e.state) for e in reversed(app.newsletters.editions.newest(50))]


def titles(app: App, edition: Edition) -> list[str]:
    ids = app.newsletters.contents(edition).articles
    return [found.title.split("رقم ")[1].split()[0] for id_ in ids if (found := app.articles.get(id_))]


@pytest.mark.parametrize(
    ("zone", "at", "day", "goes_at"),
    [
        ("Africa/Casablanca", "02:30", "2026-02-15", "2026-02-15T01:30"),
        ("Africa/Casablanca", "02:30", "2026-03-22", "2026-03-22T02:00"),
        ("Africa/Cairo", "00:30", "2026-04-24", "2026-04-23T22:00"),
        ("Africa/Cairo", "23:30", "2026-10-29", "2026-10-29T20:30"),
    ],
)
def test_a_digest_goes_out_once_whatever_the_clock_does(
    newsroom: Newsroom, zone: str, at: str, day: str, goes_at: str
) -> None:
    settings(newsroom, at, zone=zone)
    due = datetime.fromisoformat(goes_at).replace(tzinfo=UTC)
    newsroom.clock.at = due - timedelta(hours=40)
    first, second = newsroom.app(), newsroom.app()
    bring(newsroom, first, 1)
    number, going = 2, []
    restarted = 0
    while newsroom.clock.at < due + timedelta(hours=30):
        for app in (first, second):  # two clocks, neither of which knows of the other
            for edition, _ in app.newsletters.due(newsroom.clock.at):
                app.newsletters.send(edition)
                going.append((newsroom.clock.at, app.newsletters.editions.get(edition).day))
        if newsroom.clock.at.minute == 0:
            bring(newsroom, first, number)
            number += 1
        if (restarted == 0 and newsroom.clock.at >= due) or (
            restarted == 1 and newsroom.clock.at >= due + timedelta(hours=1)
        ):
            second, restarted = newsroom.app(), restarted + 1
        newsroom.clock.move(minutes=15)
    days = [each[0] for each in made(first)]
    assert days == sorted(set(days)), "no date twice"
    assert [at for at, of in going if of == day] == [due]
    assert {state for *_, state in made(first)} == {EditionState.SENT}
    assert len(going) == len(days) == 3


def test_many_clocks_at_one_moment_make_one_edition(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00")
    apps = [newsroom.app() for _ in range(4)]
    bring(newsroom, apps[0], 1, 2)
    for app in apps:
        app.newsletters.due(newsroom.clock.at)
    newsroom.clock.move(hours=1)
    start = threading.Barrier(len(apps))

    def tick(app: App) -> None:
        start.wait()
        for edition, _ in app.newsletters.due(newsroom.clock.at):
            app.newsletters.send(edition)

    threads = [threading.Thread(target=tick, args=[app]) for app in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made(apps[0]) == [("2026-11-24", "daily", EditionState.SENT)]
    assert len(apps[0].acts.listing(what="send_edition")) == 1


def test_what_was_carried_is_not_carried_again_and_nothing_new_is_skipped(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00")
    app = newsroom.app()
    bring(newsroom, app, 1, 2)
    app.newsletters.due(newsroom.clock.at)
    newsroom.clock.move(hours=1)
    for _ in range(4):
        if newsroom.clock.at.day == 26:
            bring(newsroom, app, 3)
        for edition, _ in app.newsletters.due(newsroom.clock.at):
            app.newsletters.send(edition)
        newsroom.clock.move(days=1)
    editions = list(reversed(app.newsletters.editions.newest(9)))
    assert [(e.day[-2:], str(e.state)) for e in editions] == [
        ("24", "sent"),
        ("25", "skipped"),
        ("26", "sent"),
        ("27", "skipped"),
    ]
    skipped = next(e for e in editions if e.state is EditionState.SKIPPED)
    assert skipped.reason
    assert "nothing" in skipped.reason.en
    assert skipped.reason.ar.startswith("تُخطي")
    carried = [title for e in editions for title in titles(app, e)]
    assert len(carried) == len(set(carried))
    assert "3" in carried


def test_a_newsletter_that_is_new_makes_up_for_nothing(newsroom: Newsroom) -> None:
    settings(newsroom, "09:30")  # half an hour ago
    app = newsroom.app()
    bring(newsroom, app, 1)
    app.newsletters.due(newsroom.clock.at)
    assert made(app) == []
    newsroom.clock.move(hours=23, minutes=40)
    newsroom.app().newsletters.due(newsroom.clock.at)
    assert [state for *_, state in made(app)] == [EditionState.QUEUED]


def test_weekly_readers_of_a_daily_newsletter_have_their_own(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00", 'day = "wed"\n')
    app = newsroom.app()
    app.newsletters.due(newsroom.clock.at)
    newsroom.clock.move(days=1, hours=1)
    bring(newsroom, app, 1)
    app.newsletters.due(newsroom.clock.at)
    assert [(each[0], each[1]) for each in made(app)] == [("2026-11-25", "daily")], "nobody reads it weekly"
    app.newsletters.readership.lists.add(CHIEF, "morning", "w@example.org", "", "by phone", "weekly")
    newsroom.clock.move(days=7)
    bring(newsroom, app, 2)
    app.newsletters.due(newsroom.clock.at)
    new = [each for each in made(app) if each[0] == "2026-12-02"]
    assert [each[1] for each in new] == ["daily", "weekly"]


def test_every_article_of_some_newsletters_is_an_edition(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00", 'schedule = "each"\ndelay = "10m"\n')
    app = newsroom.app()
    bring(newsroom, app, 1)
    newsroom.clock.move(minutes=1)
    app.newsletters.due(newsroom.clock.at)
    assert made(app) == [], "what was there before is old"
    newsroom.clock.move(minutes=1)
    bring(newsroom, app, 2, 3)
    for each in (app, newsroom.app()):
        assert each.newsletters.due(newsroom.clock.at) == []
        each.newsletters.due(newsroom.clock.at)
    found = app.newsletters.editions.newest(9)
    assert [e.state for e in found] == [EditionState.QUEUED] * 2
    assert {e.occasion.partition(":")[0] for e in found} == {"article"}
    newsroom.clock.move(minutes=10)
    assert len(app.newsletters.due(newsroom.clock.at)) == 2


def test_an_embargo_that_ends_brings_its_edition(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00", 'schedule = "each"\n')
    app = newsroom.app()
    app.newsletters.due(newsroom.clock.at)
    newsroom.clock.move(minutes=1)
    until_ = (newsroom.clock.at + timedelta(minutes=30)).isoformat()
    newsroom.article("1.md", f"---\ntitle: عنوان رقم 1\nembargoed_until: {until_}\n---\n" + story(1))
    for name in app.sources:
        app.reading.fetch(name)
    assert app.articles.seen_since(newsroom.clock.at - timedelta(hours=1))[0].article.embargoed_until
    for minutes, count in ((0, 0), (29, 0), (2, 1), (1, 1)):
        newsroom.clock.move(minutes=minutes)
        app.newsletters.due(newsroom.clock.at)
        assert len(app.newsletters.editions.newest(5)) == count, minutes


def test_one_that_is_made_early_waits_for_something_to_come(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00", 'delay = "30m"\n')
    app = newsroom.app()
    app.newsletters.due(newsroom.clock.at)
    newsroom.clock.move(minutes=31)
    app.newsletters.due(newsroom.clock.at)
    assert made(app) == []
    bring(newsroom, app, 1)
    app.newsletters.due(newsroom.clock.at)
    assert made(app) == [("2026-11-24", "daily", EditionState.QUEUED)]
    newsroom.clock.move(minutes=28)
    assert app.newsletters.due(newsroom.clock.at) == []
    newsroom.clock.move(minutes=1)
    assert len(app.newsletters.due(newsroom.clock.at)) == 1


def test_sections_lead_and_what_is_left_out(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00", 'sections = ["ثقافة", "محليات"]\narticles = 4\n')
    app = newsroom.app()
    app.newsletters.due(newsroom.clock.at)
    head = "---\ntitle: عنوان الخبر رقم {n} عن الميناء\nsection: {s}\n{more}---\n"
    parts = [("محليات", ""), ("ثقافة", ""), ("رياضة", ""), ("محليات", "tags: [عاجل]\n"), ("ثقافة", ""), ("محليات", "")]
    for n, (section, more) in enumerate(parts):
        newsroom.article(f"{n}.md", head.format(n=n, s=section, more=more) + story(n).partition("\n\n")[2])
        newsroom.clock.move(seconds=30)
        for name in app.sources:
            app.reading.fetch(name)
    newsroom.clock.move(hours=1)
    app.newsletters.due(newsroom.clock.at)
    (edition,) = app.newsletters.editions.newest(1)
    assert [s.title for s in sections_in(edition.picks)] == ["ثقافة", "محليات"]
    assert titles(app, edition)[0] == "3", "breaking news leads"
    assert len(titles(app, edition)) == 4
    assert "2" not in titles(app, edition), "its section is none of this newsletter's"


def test_an_editor_arranges_and_a_colleague_is_not_overwritten(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00", 'approval = "chief"\n')
    app = newsroom.app()
    bring(newsroom, app, 1, 2, 3)
    desk = app.newsletters.editorial.arranging
    number = app.newsletters.editorial.making.make(EDITOR, "morning")
    with pytest.raises(Refused):
        app.newsletters.editorial.making.make(EDITOR, "morning")
    edition = app.newsletters.editions.get(number)
    assert (edition.day, edition.state) == ("2026-11-24", EditionState.HELD)
    ids = app.newsletters.contents(edition).articles
    changed = desk.change(
        EDITOR, number, edition.version, subject="  صباح   جديد ", intro="كلمة\n\nالعدد",
        lead=ids[2], sections=[Section(title="مختارات", articles=(ids[1], ids[0]))],
    )  # fmt: skip
    assert (changed.subject, changed.version) == ("صباح جديد", edition.version + 1)
    letter = app.newsletters.letter(changed)
    assert letter.subject == "صباح جديد"
    assert "مختارات" in letter.html
    with pytest.raises(Conflict):
        desk.change(EDITOR, number, edition.version, subject="فوق زميلي")
    with pytest.raises(NotAllowed):
        desk.change(Actor(name="r", role=Role.READER, door="web"), number, changed.version, subject="x")
    for bad in ([Section(title="", articles=("none",))], [Section(title="", articles=(ids[0], ids[0]))], []):
        with pytest.raises((Refused, NotFound)):
            desk.change(EDITOR, number, changed.version, sections=bad, lead="" if not bad else None)
    with pytest.raises(Refused):
        desk.change(EDITOR, number, changed.version, subject="ا" * 200)
    with pytest.raises(NotAllowed):
        desk.release(EDITOR, number)
    with pytest.raises(NotAllowed):
        app.newsletters.desk.begin(EDITOR, number)
    newsroom.clock.move(hours=2)
    assert app.newsletters.due(newsroom.clock.at) == [], "it waits for the chief"
    desk.release(CHIEF, number, newsroom.clock.at + timedelta(minutes=5))
    assert app.newsletters.due(newsroom.clock.at) == []
    with pytest.raises(NotAllowed):
        desk.release(EDITOR, number, newsroom.clock.at + timedelta(minutes=1))
    desk.hold(EDITOR, number)
    newsroom.clock.move(minutes=6)
    assert app.newsletters.due(newsroom.clock.at) == []
    desk.release(CHIEF, number)
    assert app.newsletters.due(newsroom.clock.at) == [(number, 0)]


def due(newsroom: Newsroom) -> tuple[App, int]:
    """An edition whose time has come, with a reader."""
    settings(newsroom, "11:00")
    app = newsroom.app()
    app.newsletters.due(newsroom.clock.at)
    fill(app.database, 3)
    bring(newsroom, app, 1)
    newsroom.clock.move(hours=1)
    ((number, _),) = app.newsletters.due(newsroom.clock.at)
    return app, number


def test_one_that_an_editor_holds_while_it_begins_is_held(newsroom: Newsroom) -> None:
    app, number = due(newsroom)
    desk, arranging = app.newsletters.desk, app.newsletters.editorial.arranging
    with pytest.raises(Refused):
        desk.begin(CLOCK, number, lambda _: arranging.hold(EDITOR, number), states=(EditionState.QUEUED,))
    with pytest.raises(Refused):
        desk.begin(CLOCK, number, states=(EditionState.QUEUED,))
    assert app.newsletters.editions.get(number).state is EditionState.HELD
    assert app.newsletters.due(newsroom.clock.at) == []
    assert desk.begin(COMMAND_LINE, number) == 3


def test_words_that_an_editor_saves_while_it_begins_are_those_that_go(newsroom: Newsroom) -> None:
    app, number = due(newsroom)
    desk, arranging = app.newsletters.desk, app.newsletters.editorial.arranging

    def saved_meanwhile(edition: Edition) -> Letter:
        letter = app.newsletters.letter(edition)
        arranging.change(EDITOR, number, edition.version, subject="عنوان المحرر")
        return letter

    with pytest.raises(Refused):
        replace(desk, letter_of=saved_meanwhile).begin(CLOCK, number)
    assert app.newsletters.editions.get(number).state is EditionState.QUEUED
    desk.begin(CLOCK, number)
    sent = app.newsletters.editions.get(number).letter
    assert sent
    assert sent.subject == "عنوان المحرر"


def test_an_edition_whose_letter_cannot_be_made_waits_with_its_reason(newsroom: Newsroom) -> None:
    settings(newsroom, "11:00", 'template = "nothing"\n')
    app = newsroom.app()
    app.newsletters.due(newsroom.clock.at)
    bring(newsroom, app, 1)
    newsroom.clock.move(hours=1)
    ((number, _),) = app.newsletters.due(newsroom.clock.at)
    app.newsletters.send(number)
    edition = app.newsletters.editions.get(number)
    assert edition.state is EditionState.HELD
    assert edition.reason
    assert "nothing" in edition.reason.en
    assert app.newsletters.due(newsroom.clock.at) == []


UNDER_EMBARGO = """---
title: خبر محظور في المدينة
guid: late
embargoed_until: {until}
---
{text}
"""


def under_embargo(newsroom: Newsroom, until: str) -> tuple[App, Edition, str]:
    """An edition for 20:00 that was made at 11:00, and an article that is under embargo until then."""
    settings(newsroom, "20:00", 'delay = "9h"\n')
    app = newsroom.app()
    app.newsletters.due(newsroom.clock.at)
    newsroom.article("late.md", UNDER_EMBARGO.format(until=until, text=story(9).partition("\n\n")[2]))
    bring(newsroom, app, 1, 2)
    newsroom.clock.move(hours=1, minutes=30)
    app.newsletters.due(newsroom.clock.at)
    (edition,) = app.newsletters.editions.newest(5)
    late = next(
        c.article.id for c in app.articles.seen_since(datetime(2026, 1, 1, tzinfo=UTC)) if c.article.embargoed_until
    )
    return app, edition, late


def test_no_edition_goes_before_the_embargo_of_what_it_carries(newsroom: Newsroom) -> None:
    app, edition, late = under_embargo(newsroom, "2026-11-24T15:00:00Z")
    assert late in app.newsletters.contents(edition).articles, "its embargo ends before the edition's time"
    arranging, now = app.newsletters.editorial.arranging, newsroom.clock.at
    for sooner in (lambda: arranging.send(CHIEF, edition.id), lambda: arranging.release(CHIEF, edition.id, now)):
        with pytest.raises(Refused, match=r"خبر محظور في المدينة.* embargo until 2026-11-24 16:00"):
            sooner()
    with pytest.raises(FormatError, match="embargo"):
        app.newsletters.desk.begin(COMMAND_LINE, edition.id)
    assert app.newsletters.editions.get(edition.id).letter is None
    assert edition.due_at
    newsroom.clock.at = edition.due_at
    app.newsletters.desk.begin(CLOCK, edition.id)
    letter = app.newsletters.editions.get(edition.id).letter
    assert letter
    assert "محظور" in letter.html


def test_an_article_whose_embargo_ends_later_is_not_added_and_one_that_gets_one_holds_its_edition(
    newsroom: Newsroom,
) -> None:
    app, edition, late = under_embargo(newsroom, "2026-11-26T15:00:00Z")
    ids = app.newsletters.contents(edition).articles
    assert late not in ids
    sections = [Section(title="", articles=(*ids, late))]
    with pytest.raises(Refused, match="embargo"):
        app.newsletters.editorial.arranging.change(EDITOR, edition.id, edition.version, sections=sections)
    first = app.articles.get(ids[0])
    assert first
    with app.database.write() as db:
        content = articles.c.content
        (row,) = db.execute(select(content).where(articles.c.id == first.id)).scalars()
        changed = row | {"embargoed_until": "2026-11-25T15:00:00+00:00"}
        db.execute(update(articles).where(articles.c.id == first.id).values(content=changed))
    assert edition.due_at
    newsroom.clock.at = edition.due_at
    app.newsletters._begin(edition.id)
    held = app.newsletters.editions.get(edition.id)
    assert (held.state, held.letter) == (EditionState.HELD, None)
    assert held.reason
    assert "embargo until 2026-11-25" in held.reason.en


def test_stop_all_stops_editions_before_and_amid_their_sending(newsroom: Newsroom) -> None:
    app, number = due(newsroom)
    ledger, leases, now = MailLedger(app.database), app.leases, newsroom.clock.at
    app.office.pause(CHIEF, None)
    assert app.tick.run(now).shards == ()
    app.office.resume(CHIEF, None)
    assert app.tick.run(now).shards == ((number, 0),)
    app.newsletters.desk.begin(CLOCK, number)
    token = leases.claim("edition", lease_name(number, 0), timedelta(minutes=1), now)
    assert token
    key = ShardKey(edition=number, n=0, token=token)
    app.office.pause(CHIEF, None)
    stopped = ledger.turn(key, None, now + timedelta(minutes=1), now, more=True)
    assert (stopped.halted, stopped.claim) == (True, None)
    app.office.resume(CHIEF, None)
    on = ledger.turn(key, None, now + timedelta(minutes=1), now, more=True)
    assert on.claim
    assert len(on.claim.recipients) == 3


def out(readers: Readers, more: str = "") -> Edition:
    """An edition that went to one reader."""
    app, room = readers.app, readers.newsroom
    if more:
        host, port = readers.smtp.address
        room.write(
            "newsletters.toml",
            NEWSLETTERS.format(host=host, port=port).replace('name = "نشرة', f'{more}\nname = "نشرة'),
        )
    for n in (1, 2):
        room.article(
            f"{n}.md", f"---\ntitle: عنوان رقم {n} <b>\nurl: https://example.com/{n}?a=1&b=2\n---\n" + story(n)
        )
    app = room.app() if more else app
    for name in app.sources:
        app.reading.fetch(name)
    app.newsletters.readership.lists.add(CHIEF, "morning", "reader@example.net", "سعاد", "by phone")
    number = app.newsletters.editorial.making.make(EDITOR, "morning")
    app.newsletters.desk.begin(CHIEF, number)
    app.newsletters.send(number)
    return app.newsletters.editions.get(number)


def test_an_edition_has_its_page_with_nothing_of_a_reader(readers: Readers) -> None:
    edition = out(readers)
    assert edition.state is EditionState.SENT
    (mail,) = readers.mails_to("reader@example.net")
    path = f"/newsletters/morning/{edition.day}"
    assert f"https://desk.example.org{path}" in mail
    page = readers.get(path)
    assert page.status_code == 200
    assert "sandbox" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    for secret in ("/u/", "/p/", "reader@example.net", "سعاد", "\ue0f0"):
        assert secret not in page.text
    assert "مرحبا،" in page.text
    assert "عنوان رقم 1 &lt;b&gt;" in page.text
    assert readers.get(f"/e/{edition.slug}").text == page.text
    archive = readers.get("/newsletters/morning/archive").text
    assert path in archive
    assert f'<time class="sub" datetime="{edition.day}">الأربعاء 25 نوفمبر 2026</time>' in archive
    assert readers.get("/newsletters/morning/2026-01-01").status_code == 404
    waiting = readers.app.newsletters.editions.add(
        "week", "2026-11-29", "weekly", state=EditionState.QUEUED, now=readers.newsroom.clock.at
    )
    slug = readers.app.newsletters.editions.get(waiting or 0).slug
    assert readers.get(f"/e/{slug}").status_code == 404, "nothing shows before it goes out"


def test_clicks_are_counted_by_link_where_that_is_wanted(readers: Readers) -> None:
    edition = out(readers, "clicks = true")
    mail = readers._of("reader@example.net")[-1]
    assert "https://example.com/1" not in mail
    tokens = list(
        dict.fromkeys(
            part.split("/c/")[1].split()[0]
            for part in mail.split("https://desk.example.org")[1:]
            if part.startswith("/c/")
        )
    )
    assert len(tokens) == 2
    for token, times in zip(tokens, (3, 1), strict=True):
        for _ in range(times):
            answer = readers.get(f"/c/{token}", allow_redirects=False)
            assert answer.status_code == 302
            assert answer.headers["location"].startswith("https://example.com/")
    assert [clicks for _, clicks in readers.app.newsletters.editorial.links.of(edition.id)] == [3, 1]
    other = tokens[0][:-2] + ("B" if tokens[0][-2] == "A" else "A") + tokens[0][-1]  # the last sign may hold no bit
    for bad in (other, "x", tokens[0] + "A"):
        answer = readers.get(f"/c/{bad}", allow_redirects=False)
        assert answer.status_code == 404
        assert "ليس من روابطنا" in answer.text


def test_without_that_links_lead_straight_on(readers_here: Readers) -> None:
    out(readers_here)
    mail = readers_here.mails_to("reader@example.net")[0]
    assert "https://example.com/1" in mail
    assert "/c/" not in mail


def test_a_test_says_what_it_is_and_unsubscribes_nobody(readers: Readers) -> None:
    bring(readers.newsroom, readers.app, 1)
    number = readers.app.newsletters.editorial.making.make(EDITOR, "morning")
    with pytest.raises(NotAllowed):
        readers.app.newsletters.editorial.arranging.test(EDITOR, number, "me@example.org")
    for _ in range(2):
        readers.app.newsletters.editorial.arranging.test(CHIEF, number, "me@example.org")
    first, second = (mail.message for mail in readers.smtp.kept)
    assert str(first["Subject"]).startswith("تجربة: ")
    assert first["Message-ID"] != second["Message-ID"]
    assert faults(readers.smtp.kept[0].raw) == []
    link = str(first["List-Unsubscribe"]).strip("<>")
    assert readers.post(link).status_code == 200
    assert readers.app.newsletters.editions.get(number).state is EditionState.QUEUED
    assert readers.app.newsletters.readership.rolls.counts() == {}
