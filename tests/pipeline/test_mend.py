"""Retract and correct through the real formatters, on local servers; each call with its proof."""

import html
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import delete, update

from bot.app import App
from bot.domain.amendment import Kind, Progress
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.errors import NotFound, Refused
from bot.store.tables import deliveries, receipts, segments
from tests.conftest import Newsroom
from tests.servers import Fault
from tests.servers.smtp import SmtpServer
from tests.servers.telegram import TelegramServer
from tests.servers.x import XServer

SENTENCE = "قال رئيس المجلس البلدي إن عدد المستفيدين من برنامج النقل بلغ {n} شخصا في الأشهر الأولى من السنة {k}."
DELETE = "deleteMessage"


@dataclass
class Desk:
    newsroom: Newsroom
    app: App
    telegram: TelegramServer
    x: XServer
    mail: SmtpServer

    def write(self, number: int) -> None:
        """The article, with this number in it."""
        body = "\n\n".join(SENTENCE.format(n=number + k, k=2000 + k) for k in range(8))
        text = f"---\ntitle: المستفيدون {number} شخصا\nurl: https://example.com/a\nguid: one\n---\n{body}\n"
        self.newsroom.article("a.md", text)

    def run(self) -> None:
        self.newsroom.clock.move(minutes=3)
        self.newsroom.cycle(self.app)

    def on(self, channel: str) -> list[Delivery]:
        return self.app.outbox.of_article(self.article, channel, False)

    @property
    def article(self) -> str:
        return self.app.articles.of_source("files")[-1].article.id

    def correct(self, channel: str) -> None:
        article = self.app.articles.get(self.article)
        assert article is not None
        self.app.mender.correct(article, self.app.channels[channel], self.newsroom.clock.at)

    def retract(self, channel: str) -> int:
        asked = self.app.mender.retract(self.on(channel)[0], self.newsroom.clock.at)
        return asked.amendments[0]


@pytest.fixture
def desk(newsroom: Newsroom, request: pytest.FixtureRequest) -> Iterator[Desk]:
    more = getattr(request, "param", "")
    with ExitStack() as stack:
        telegram, x = stack.enter_context(TelegramServer()), stack.enter_context(XServer())
        mail = stack.enter_context(SmtpServer())
        newsroom.write(
            "channels.toml",
            f"""
[[channels]]
name = "t"
service = "telegram"
live = true
account = "@nashir_test"
api_base = "{telegram.url}"
{"mode = 'messages'" if more == "messages" else ""}
[[channels]]
name = "x"
service = "x"
live = true
account = "@nashir_test"
api_base = "{x.url}"
{"correction = 'repost'" if more == "repost" else ""}
[[channels]]
name = "m"
service = "email"
live = true
from = "news@example.org"
to = "list@example.org"
host = "127.0.0.1"
port = {mail.port}
tls = "none"
""",
        )
        keys = ("X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_SECRET")
        newsroom.environ = dict.fromkeys(keys, "key") | {"TELEGRAM_BOT_TOKEN": telegram.token}
        made = Desk(newsroom, newsroom.app(), telegram, x, mail)
        made.write(100)
        made.run()
        yield made


def test_a_thread_is_taken_back_newest_first_and_mail_cannot_be(desk: Desk) -> None:
    thread = [tweet.id for tweet in desk.x.kept]
    assert len(thread) > 2
    number = desk.retract("x")
    desk.run()
    assert desk.x.tweets == {}
    deleted = [request.path.rpartition("/")[2] for request in desk.x.requests if request.method == "DELETE"]
    assert deleted == thread[::-1]
    assert desk.on("x")[0].state is State.RETRACTED
    done = desk.app.amendments.get(number)
    assert done is not None
    assert (done.state, done.kind, len(done.parts)) == (Progress.DONE, Kind.RETRACT, len(thread))
    assert desk.on("x")[0].segments[0].receipt is not None, "its proof stays"
    with pytest.raises(Refused, match="called back"):
        desk.retract("m")
    with pytest.raises(Refused, match="already"):
        desk.retract("x")


def test_what_a_service_refuses_to_delete_is_shown_and_the_rest_is_gone(desk: Desk) -> None:
    said = "Bad Request: message can't be deleted for everyone"
    desk.telegram.faults.append(desk.telegram.failure(400, said), on=DELETE)
    number = desk.retract("t")
    desk.run()
    done, delivery = desk.app.amendments.get(number), desk.on("t")[0]
    assert done is not None
    assert (done.state, delivery.state) == (Progress.PARTIAL, State.SENT)
    assert delivery.note is not None
    assert "by hand" in delivery.note.en


def test_a_deletion_whose_answer_is_lost_is_made_again(desk: Desk) -> None:
    desk.telegram.faults.append(Fault.reset_after(), on=DELETE)
    desk.retract("t")
    desk.run()
    assert desk.on("t")[0].state is State.SENT
    desk.run()
    assert desk.on("t")[0].state is State.RETRACTED
    assert desk.telegram.messages == {}


def test_a_corrected_number_stands_right_everywhere(desk: Desk) -> None:
    with pytest.raises(Refused, match="newest"):
        desk.correct("t")
    desk.write(250)
    desk.run()
    for channel in ("t", "x", "m"):
        desk.correct(channel)
    desk.run()
    (message,) = desk.telegram.messages.values()
    assert "250" in message.text
    assert "100" not in message.text
    assert message.method == "editMessageText"
    assert (desk.on("t")[0].version, desk.on("t")[0].state) == (2, State.SENT)
    reply = desk.x.kept[-1]
    assert reply.reply_to == desk.x.kept[0].id
    assert html.unescape(reply.text).startswith("تصحيح: المستفيدون 250")
    assert [d.occasion for d in desk.on("x")] == ["first", "correction:2"]
    assert len(desk.mail.kept) == 1, "a mail is not sent twice: the correction waits for the next edition"
    for channel in ("t", "x", "m"):
        with pytest.raises(Refused):
            desk.correct(channel)


@pytest.mark.parametrize("desk", ["repost"], indirect=True)
def test_on_x_a_correction_may_take_the_place_of_the_thread(desk: Desk) -> None:
    old = list(desk.x.tweets)
    desk.write(250)
    desk.run()
    desk.correct("x")
    desk.run()
    assert not set(old) & set(desk.x.tweets)
    assert "250" in next(iter(desk.x.tweets.values())).text
    assert [d.state for d in desk.on("x")] == [State.RETRACTED, State.SENT]


@pytest.mark.parametrize("desk", ["messages"], indirect=True)
def test_messages_that_are_more_than_before_follow_and_those_that_are_fewer_go(desk: Desk) -> None:
    assert len(desk.telegram.messages) == 1
    longer = "\n\n".join(SENTENCE.format(n=250 + k, k=3000 + k) for k in range(60))
    text = "---\ntitle: المستفيدون 250 شخصا\nurl: https://example.com/a\nguid: one\n---\n"
    desk.newsroom.article("a.md", text + longer)
    desk.run()
    desk.correct("t")
    desk.run()
    assert len(desk.telegram.messages) > 1
    assert "3000" in " ".join(m.text for m in desk.telegram.messages.values())


def test_an_amendment_of_a_dead_process_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = desk.app.accounts.adapter(desk.app.channels["x"], preview=False)
    thread = len(desk.x.kept)
    retract = adapter.retract  # type: ignore[attr-defined]  # of the adapter of X
    calls = []

    def dies(*arguments: object) -> None:
        calls.append(1)
        retract(*arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(adapter, "retract", dies)
    desk.retract("x")
    with pytest.raises(KeyboardInterrupt):
        desk.run()
    monkeypatch.undo()
    assert len(desk.x.tweets) == thread - 2
    desk.run()
    assert desk.x.tweets == {}
    assert desk.on("x")[0].state is State.RETRACTED


def test_what_waits_is_cancelled_and_what_is_not_there_is_said(desk: Desk) -> None:
    article = desk.app.articles.get(desk.article)
    assert article is not None
    desk.app.lanes.pause("x", desk.on("x")[0].reason, desk.newsroom.clock.at)
    desk.newsroom.article("b.md", "---\ntitle: خبر ثان\nurl: https://example.com/b\n---\nنص الخبر الثاني كله.\n")
    desk.run()
    second = next(c.article for c in desk.app.articles.of_source("files") if c.article.id != desk.article)
    (waiting,) = desk.app.outbox.of_article(second.id, "x", False)
    with pytest.raises(NotFound):
        desk.app.mender.correct(second, desk.app.channels["x"], desk.newsroom.clock.at)
    asked = desk.app.mender.retract(waiting, desk.newsroom.clock.at)
    assert asked.say is not None
    found = desk.app.outbox.get(waiting.id)
    assert found is not None
    assert found.state is State.CANCELLED


def test_after_a_retraction_it_can_be_published_again(desk: Desk) -> None:
    from bot.pipeline import desk as editors

    desk.retract("t")
    desk.run()
    article = desk.app.articles.get(desk.article)
    assert article is not None
    id_ = editors.publish(article, desk.app.channels["t"], desk.app.formatted, desk.app.outbox, desk.newsroom.clock.at)
    desk.run()
    found = desk.app.outbox.get(id_)
    assert found is not None
    assert (found.state, found.occasion) == (State.SENT, "again:1")


OTHER = "افتتح الوزير في المدينة رقم {k} مصنعا للسيارات الكهربائية ينتج {k} سيارة كل شهر ويشغل {k} عاملا."


def second(paragraphs: int) -> str:
    """Another article, as long as asked for."""
    body = "\n\n".join(OTHER.format(k=1000 + k) for k in range(paragraphs))
    return f"---\ntitle: افتتاح مصنع للسيارات\nurl: https://example.com/b\nguid: two\n---\n{body}\n"


@pytest.mark.parametrize("desk", ["messages"], indirect=True)
def test_what_a_correction_made_shorter_can_be_taken_back(desk: Desk) -> None:
    desk.newsroom.article("b.md", second(80))
    desk.run()
    assert len(desk.telegram.messages) > 2
    desk.newsroom.article("b.md", second(2))
    desk.run()
    article = next(c.article for c in desk.app.articles.of_source("files") if "مصنع" in c.article.title)
    desk.app.mender.correct(article, desk.app.channels["t"], desk.newsroom.clock.at)
    desk.run()
    assert len(desk.telegram.messages) == 2
    (delivery,) = desk.app.outbox.of_article(article.id, "t", False)
    desk.app.mender.retract(delivery, desk.newsroom.clock.at)
    desk.run()
    assert len(desk.telegram.messages) == 1
    assert desk.app.outbox.of_article(article.id, "t", False)[0].state is State.RETRACTED


def test_what_an_editor_called_out_without_its_number_is_refused_and_the_lane_goes_on(desk: Desk) -> None:
    numbers = {}
    for channel in ("t", "x"):
        with desk.app.database.write() as db:
            this = receipts.c.delivery_id == desk.on(channel)[0].id
            db.execute(update(receipts).where(this).values(remote_id=""))
        numbers[channel] = desk.retract(channel)
    desk.run()
    for channel, number in numbers.items():
        done = desk.app.amendments.get(number)
        assert done is not None
        assert (done.state, desk.on(channel)[0].state) == (Progress.PARTIAL, State.SENT)
        assert done.note is not None
        assert "by hand" in done.note.en


def test_a_fault_of_an_adapter_does_not_hold_up_the_lane(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = desk.app.accounts.adapter(desk.app.channels["t"], preview=False)
    monkeypatch.setattr(adapter, "retract", lambda *_: 1 / 0)
    number = desk.retract("t")
    desk.run()
    done = desk.app.amendments.get(number)
    assert done is not None
    assert done.state is Progress.PARTIAL


def test_a_deletion_without_an_answer_holds_up_nothing_else(desk: Desk) -> None:
    desk.telegram.faults.append(desk.telegram.failure(500, "Internal Server Error"), on=DELETE)
    desk.retract("t")
    desk.run()
    desk.newsroom.article("b.md", "---\ntitle: خبر ثان\nurl: https://example.com/b\n---\nنص الخبر الثاني كله.\n")
    desk.newsroom.cycle(desk.app)
    assert any("خبر ثان" in message.text for message in desk.telegram.messages.values())


@pytest.mark.parametrize("desk", ["messages"], indirect=True)
def test_what_followed_an_earlier_correction_goes_with_the_next_one(desk: Desk) -> None:
    for number in (300, 500):
        longer = "\n\n".join(SENTENCE.format(n=number + k, k=2000 + k) for k in range(60))
        head = f"---\ntitle: المستفيدون {number} شخصا\nurl: https://example.com/a\nguid: one\n---\n"
        desk.newsroom.article("a.md", head + longer)
        desk.run()
        desk.correct("t")
        desk.run()
        assert len(desk.telegram.messages) == 2
    assert [d.state for d in desk.on("t")] == [State.SENT, State.RETRACTED, State.SENT]


def test_a_correction_on_its_way_is_not_called_out(desk: Desk) -> None:
    desk.write(250)
    desk.run()
    desk.correct("t")
    desk.write(300)
    for name in desk.app.sources:
        desk.app.reading.fetch(name)
    with pytest.raises(Refused, match="on its way"):
        desk.correct("t")
    desk.run()
    desk.correct("t")
    desk.run()
    (message,) = desk.telegram.messages.values()
    assert "300" in message.text


def test_what_began_after_it_was_read_is_taken_back_all_the_same(desk: Desk) -> None:
    out = desk.on("t")[0]
    waiting = tuple(replace(row, state=SegmentState.WAITING, receipt=None) for row in out.segments)
    with desk.app.database.write() as db:  # as it stands in the middle of the call
        db.execute(update(deliveries).where(deliveries.c.id == out.id).values(state=State.SENDING))
        db.execute(update(segments).where(segments.c.delivery_id == out.id).values(state=SegmentState.SENDING))
    read_before = replace(out, state=State.QUEUED, segments=waiting)
    assert desk.app.mender.retract(read_before, desk.newsroom.clock.at).amendments


@pytest.mark.parametrize("is_out", [True, False])
def test_a_retraction_ends_with_an_editors_word_on_what_is_in_doubt(desk: Desk, is_out: bool) -> None:
    from bot.pipeline import desk as editors

    out, now = desk.on("t")[0], desk.newsroom.clock.at
    assert out.segments[0].receipt is not None
    number = out.segments[0].receipt.remote_id
    if not is_out:
        desk.telegram.messages.clear()
    with desk.app.database.write() as db:  # as it stands where no look-up could tell
        db.execute(delete(receipts).where(receipts.c.delivery_id == out.id))
        db.execute(update(deliveries).where(deliveries.c.id == out.id).values(state=State.UNSURE))
        db.execute(update(segments).where(segments.c.delivery_id == out.id).values(state=SegmentState.SENDING))
    amendment = desk.retract("t")
    desk.run()
    waits = desk.app.amendments.get(amendment)
    assert waits is not None
    assert (waits.state, desk.on("t")[0].state) == (Progress.WAITS, State.UNSURE)
    if is_out:
        desk.app.mender.said_out(desk.on("t")[0], number, now)
    else:
        editors.retry(out.id, desk.app.articles, desk.app.outbox, now, not_sent=True)
    desk.run()
    assert desk.telegram.messages == {}, "it is taken back, and not sent again"
    assert desk.on("t")[0].state is State.RETRACTED
