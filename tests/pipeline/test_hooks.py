"""Webhooks: signed, in order, repeated until taken, and never to an address that must not be called."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.app import App
from bot.domain.errors import Refused, SourceError
from bot.domain.person import COMMAND_LINE
from bot.pipeline.hooks import LIFE, wait
from tests.conftest import NEWSROOM, Newsroom
from tests.servers import Answer, Fault, LocalServer, Request


class Receiver(LocalServer[None]):
    """Takes whatever it is told."""

    def handle(self, request: Request) -> Answer:
        return Answer(204)

    @property
    def told(self) -> list[str]:
        return [json.loads(request.body)["type"] for request in self.requests]

    @property
    def keys(self) -> list[str]:
        return [str(request.headers["webhook-id"]) for request in self.requests]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


def room(newsroom: Newsroom, receiver: Receiver, *events: str) -> tuple[App, str]:
    newsroom.write("newsroom.toml", f"{NEWSROOM}[web]\nallow_private = true\n")
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    app = newsroom.app()
    secret, _ = app.access.hooks.add(COMMAND_LINE, f"{receiver.url}/in?key=k", events or ("*",), app.now())
    return app, secret


def test_what_happens_is_told_signed_and_once(newsroom: Newsroom, receiver: Receiver) -> None:
    app, secret = room(newsroom, receiver, "delivery.*", "act.pause")
    newsroom.clock.move(seconds=1)
    newsroom.cycle(app)
    app.office.pause(COMMAND_LINE, "x")
    app.office.resume(COMMAND_LINE, "x")
    app.access.hooks.work()
    assert sorted(receiver.told) == ["act.pause", "delivery.sent", "delivery.sent", "delivery.sent"]
    for request in receiver.requests:
        key, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        raw = base64.b64decode(secret.removeprefix("whsec_"))
        mac = hmac.new(raw, f"{key}.{at}.".encode() + request.body, hashlib.sha256).digest()
        assert request.headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()
        assert int(at) == int(newsroom.clock.at.timestamp())
        assert json.loads(request.body)["id"] == key
    sent = next(json.loads(r.body)["data"] for r in receiver.requests if b"delivery.sent" in r.body)
    assert (sent["state"], sent["preview"], sent["title"]) == ("sent", True, "عنوان أول")
    for _ in range(3):
        newsroom.clock.move(minutes=1)
        app.access.hooks.work()
    assert len(receiver.requests) == 4, "nothing is told twice where it was taken"
    delivery = app.outbox.listing([], 1)[0]
    app.office.retract(COMMAND_LINE, delivery.id)
    newsroom.cycle(app)
    app.access.hooks.work()
    assert receiver.told[4:] == ["delivery.retracted"]


def test_what_is_not_taken_is_repeated_in_order_under_its_id(newsroom: Newsroom, receiver: Receiver) -> None:
    app, _ = room(newsroom, receiver, "act.pause")
    for channel in ("x", "telegram", "mail"):
        app.office.pause(COMMAND_LINE, channel)
    for fault in (Fault.status(500), Fault.refuse_before(), Fault.status(302)):
        receiver.faults.append(fault, "POST /in")
    app.access.hooks.work()
    app.access.hooks.work()
    assert len(receiver.requests) == 1, "it waits before it is tried again"
    for attempt in (1, 2, 3):
        newsroom.clock.move(seconds=wait(attempt).total_seconds())
        app.access.hooks.work()
    first, second, third = dict.fromkeys(receiver.keys)
    assert receiver.keys == [first, first, first, first, second, third]
    (hook,) = app.access.hooks.kept.listing()
    assert (hook.waiting, hook.note) == (0, "")


def test_what_nobody_takes_is_given_up_and_a_receiver_that_is_gone_is_told_nothing(
    newsroom: Newsroom, receiver: Receiver
) -> None:
    app, _ = room(newsroom, receiver, "act.*")
    app.office.pause(COMMAND_LINE, "x")
    app.office.pause(COMMAND_LINE, "mail")
    receiver.stop()
    app.access.hooks.work()
    (hook,) = app.access.hooks.kept.listing()
    assert hook.waiting == 3  # its own making is told, too
    assert "no connection" in hook.note
    assert "key=k" not in hook.note
    newsroom.clock.move(seconds=LIFE.total_seconds())
    app.access.hooks.work()
    assert app.access.hooks.kept.listing()[0].waiting == 0
    receiver.start()
    receiver.faults.append(Fault.status(410), "POST /in")
    app.office.resume(COMMAND_LINE, "x")
    app.access.hooks.work()
    assert app.access.hooks.kept.listing() == []
    app.office.resume(COMMAND_LINE, "mail")
    app.access.hooks.work()
    assert len(receiver.requests) == 1


def test_what_was_before_a_webhook_is_not_told(newsroom: Newsroom, receiver: Receiver) -> None:
    newsroom.write("newsroom.toml", f"{NEWSROOM}[web]\nallow_private = true\n")
    newsroom.article("a.txt", "عنوان أول\n\nنص أول.")
    app = newsroom.app()
    newsroom.cycle(app)
    newsroom.clock.move(seconds=1)
    app.access.hooks.add(COMMAND_LINE, f"{receiver.url}/in", ["delivery.*"], app.now())
    app.access.hooks.work()
    assert receiver.requests == []


def test_one_process_tells_at_a_time(newsroom: Newsroom, receiver: Receiver) -> None:
    app, _ = room(newsroom, receiver, "act.*")
    app.office.pause(COMMAND_LINE, "x")
    assert app.leases.claim("hooks", "hooks", timedelta(minutes=1), app.now()) is not None
    newsroom.app().access.hooks.work()
    assert receiver.requests == []


def test_a_private_address_is_not_told(files_only: Newsroom, receiver: Receiver) -> None:
    app = files_only.app()
    with pytest.raises(SourceError, match=r"private address .* write allow_private = true under \[web\]"):
        app.access.hooks.add(COMMAND_LINE, receiver.url, ["*"], app.now())
    with pytest.raises(Refused, match="event"):
        app.access.hooks.add(COMMAND_LINE, "https://hooks.example/", ["delivery.gone"], app.now())
    app.access.hooks.kept.add(f"http://localhost:{receiver.url.rsplit(':', 1)[1]}/", ["*"], app.now())  # a name for it
    app.office.pause(COMMAND_LINE, "x")
    app.access.hooks.work()
    assert receiver.requests == []
    assert "private" in app.access.hooks.kept.listing()[0].note
