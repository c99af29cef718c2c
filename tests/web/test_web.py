"""The web process over real HTTP: health, metrics, and a hub that brings news."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests
from fastapi import FastAPI

from bot.app import App
from bot.domain.subscription import SubscriptionState
from bot.store.database import Database
from bot.web import application
from bot.web.server import WebServer
from tests.conftest import Newsroom
from tests.servers.feed import FeedServer, rss
from tests.servers.hub import HubServer

CONFIG = """
name = "غرفة"
public_url = "https://desk.example.org"
[[sources]]
name = "site"
kind = "feed"
url = "{feed}"
allow_private = true
full_text = "feed"
[[rules]]
name = "all"
"""
ITEM = {"title": "خبر أول", "guid": "1", "link": "https://example.com/1", "content": "<p>نص.</p>"}
SECOND = {"title": "خبر ثان جديد", "guid": "2", "link": "https://example.com/2", "content": "<p>نص آخر.</p>"}


def wait(until: Callable[[], object]) -> None:
    for _ in range(200):
        if until():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def served() -> Iterator[Callable[[App], str]]:
    servers: list[WebServer] = []

    def serve(app: App) -> str:
        servers.append(WebServer(application(app), "127.0.0.1", 0))
        servers[-1].start()
        return servers[-1].address

    yield serve
    for server in servers:
        server.stop()


@pytest.fixture
def feeds() -> Iterator[tuple[FeedServer, HubServer]]:
    with FeedServer() as feed, HubServer() as hub:
        yield feed, hub


def subscribed(newsroom: Newsroom, feed: FeedServer, hub: HubServer, served: Callable[[App], str]) -> App:
    url = feed.put(
        "/feed.xml", rss([ITEM]), headers={"Link": f'<{hub.url}/hub>; rel="hub", <{feed.url}/t>; rel="self"'}
    )
    newsroom.write("newsroom.toml", CONFIG.format(feed=url))
    app = newsroom.app()
    hub.target = served(app)
    app.reading.fetch("site")
    wait(lambda: hub.verified)
    return app


def test_health_and_readiness(newsroom: Newsroom, served: Callable[[App], str]) -> None:
    app = newsroom.app()
    url = served(app)
    assert requests.get(f"{url}/healthz", timeout=5).text == "ok"
    assert requests.get(f"{url}/readyz", timeout=5).json() == {"ready": True, "faults": []}
    assert requests.get(f"{url}/nothing", timeout=5).status_code == 404
    for version, words in (("0008", "nashir db upgrade"), ("9999", "made by a newer nashir: install")):
        with app.database.write() as db:
            db.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
        answer = requests.get(f"{url}/readyz", timeout=5)
        assert answer.status_code == 503
        assert words in answer.json()["faults"][0]


def test_who_asks_for_readiness_learns_nothing_of_the_machine(
    newsroom: Newsroom, served: Callable[[App], str], caplog: pytest.LogCaptureFixture
) -> None:
    app = newsroom.app()
    url = served(app)
    engine = app.engine()
    app.database.close()
    where = str(newsroom.folder / "gone")
    app.database.engine = Database(
        f"sqlite:///{where}/n.db" if app.database.sqlite else f"postgresql+psycopg:///n?host={where}"
    ).engine
    answer = requests.get(f"{url}/readyz", timeout=5)
    assert (answer.status_code, answer.json()["faults"]) == (503, ["The database cannot be used; the log says why."])
    engine.tick_now()
    engine.clock.tick()  # type: ignore[attr-defined]  # what the scheduler does each second
    assert engine.fault
    assert all(str(each) not in requests.get(f"{url}/readyz", timeout=5).text for each in (where, app.database.name))
    said = [record for record in caplog.records if "cannot be used" in record.getMessage()]
    assert said
    assert not [record for record in said if record.exc_info], "a sentence, no traceback"


def test_head_is_get_without_its_body(newsroom: Newsroom, served: Callable[[App], str]) -> None:
    address = served(newsroom.app())
    for path in ("/health", "/login", "/static/desk.css", "/no/such/page"):
        asked, without = requests.get(address + path, timeout=5), requests.head(address + path, timeout=5)
        assert (without.status_code, without.content) == (asked.status_code, b""), path
        assert without.headers["content-type"] == asked.headers["content-type"]


def test_metrics_are_for_this_machine_or_by_token(newsroom: Newsroom, served: Callable[[App], str]) -> None:
    newsroom.article("a.txt", "عنوان\n\nنص.")
    app = newsroom.app()
    newsroom.cycle(app)
    url = served(app) + "/metrics"
    page = requests.get(url, timeout=5)
    assert 'nashir_deliveries{channel="x",preview="true",service="x",state="sent"} 1.0' in page.text
    assert 'nashir_source_failures{source="files"} 0.0' in page.text
    behind_proxy = requests.get(url, headers={"X-Forwarded-For": "1.2.3.4"}, timeout=5)
    assert behind_proxy.status_code == 401
    newsroom.environ["METRICS_TOKEN"] = "a-long-token"
    url = served(newsroom.app()) + "/metrics"
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(url, headers={"Authorization": "Bearer wrong"}, timeout=5).status_code == 401
    assert requests.get(url, headers={"Authorization": "Bearer a-long-token"}, timeout=5).status_code == 200


def test_a_hub_is_asked_verified_and_brings_news(
    newsroom: Newsroom, served: Callable[[App], str], feeds: tuple[FeedServer, HubServer]
) -> None:
    feed, hub = feeds
    app = subscribed(newsroom, feed, hub, served)
    assert hub.verified == [200]
    (asked,) = hub.kept
    assert (asked.topic, asked.mode) == (f"{feed.url}/t", "subscribe")
    assert asked.callback.startswith("https://desk.example.org/websub/")
    known = app.reading.websub.subscriptions.get("site")
    assert known is not None
    assert known.state is SubscriptionState.ACTIVE
    assert known.until == newsroom.clock.at + timedelta(days=10)
    newsroom.clock.move(minutes=1)
    assert hub.publish(rss([SECOND])) == 202
    assert [c.article.title for c in app.articles.of_source("site")] == ["خبر ثان جديد", "خبر أول"]
    assert app.tick.run(newsroom.clock.at, choose=False).lanes, "the tick sees by itself that something came"
    assert hub.publish(rss([SECOND])) == 202
    assert len(app.articles.of_source("site")) == 2


def test_what_is_not_signed_with_our_secret_is_dropped(
    newsroom: Newsroom, served: Callable[[App], str], feeds: tuple[FeedServer, HubServer]
) -> None:
    feed, hub = feeds
    app = subscribed(newsroom, feed, hub, served)
    assert hub.publish(rss([SECOND]), secret="forged") == 202
    url = hub.address(hub.kept[0])
    assert requests.post(url, data=rss([SECOND]), timeout=5).status_code == 202
    assert requests.post(url, data=rss([SECOND]), headers={"X-Hub-Signature": "md5=00"}, timeout=5).status_code == 202
    assert len(app.articles.of_source("site")) == 1
    assert requests.post(url[:-4] + "0000", data=b"x", timeout=5).status_code == 404
    assert requests.post(url, data=b"x" * (11 * 1024 * 1024), timeout=5).status_code == 413
    assert hub.publish(b"<html>no feed</html>", method="sha512") == 202
    assert hub.publish(rss([SECOND]), method="sha1") == 202
    assert len(app.articles.of_source("site")) == 2


def test_only_what_we_asked_for_is_confirmed(
    newsroom: Newsroom, served: Callable[[App], str], feeds: tuple[FeedServer, HubServer]
) -> None:
    feed, hub = feeds
    subscribed(newsroom, feed, hub, served)
    url = hub.address(hub.kept[0])
    for query in (
        {"hub.mode": "subscribe", "hub.topic": "https://other/", "hub.challenge": "x"},
        {"hub.mode": "unsubscribe", "hub.topic": hub.kept[0].topic, "hub.challenge": "x"},
        {"hub.mode": "subscribe", "hub.topic": hub.kept[0].topic},
        {},
    ):
        assert requests.get(url, params=query, timeout=5).status_code == 404


def test_a_lease_is_renewed_before_its_end_and_a_refusal_waits_a_day(
    newsroom: Newsroom, served: Callable[[App], str], feeds: tuple[FeedServer, HubServer]
) -> None:
    feed, hub = feeds
    app = subscribed(newsroom, feed, hub, served)
    newsroom.clock.move(days=8, hours=23)
    app.reading.fetch("site")
    assert len(hub.kept) == 1
    newsroom.clock.move(hours=2)
    hub.deny = "closed"
    app.reading.fetch("site")
    wait(lambda: len(hub.verified) == 2)
    known = app.reading.websub.subscriptions.get("site")
    assert known is not None
    assert known.state is SubscriptionState.DENIED
    assert known.note is not None
    assert "closed" in known.note.en
    app.reading.fetch("site")
    assert len(hub.kept) == 2
    newsroom.clock.move(days=1, minutes=1)
    hub.deny = ""
    app.reading.fetch("site")
    wait(lambda: len(hub.verified) == 3)
    known = app.reading.websub.subscriptions.get("site")
    assert known is not None
    assert known.state is SubscriptionState.ACTIVE


def test_a_hub_that_is_away_costs_nothing(newsroom: Newsroom, feeds: tuple[FeedServer, HubServer]) -> None:
    feed, hub = feeds
    dead = hub.url
    hub.stop()
    url = feed.put("/feed.xml", rss([ITEM]), headers={"Link": f'<{dead}/hub>; rel="hub"'})
    newsroom.write("newsroom.toml", CONFIG.format(feed=url))
    app = newsroom.app()
    assert app.reading.fetch("site").new == 1
    known = app.reading.websub.subscriptions.get("site")
    assert known is not None
    assert (known.state, known.topic) == (SubscriptionState.ASKED, url)
    assert known.note is not None


def test_odd_requests_are_refused_and_never_a_fault_of_ours(
    newsroom: Newsroom, feeds: tuple[FeedServer, HubServer], served: Callable[[App], str]
) -> None:
    feed, hub = feeds
    app = subscribed(newsroom, feed, hub, served)
    path = app.reading.websub.path("site")
    for method, where in (("GET", "/websub/%C3%A9"), ("POST", "/websub/%C3%A9")):
        assert requests.request(method, hub.target + where, data=b"x", timeout=10).status_code == 404
    signed = {"X-Hub-Signature": "sha256=\xe9"}
    assert requests.post(hub.target + path, data=b"x", headers=signed, timeout=10).status_code == 202
    topic = f"{feed.url}/t"
    for lease in ("\N{SUPERSCRIPT TWO}", "9" * 5000, "-1", "0"):
        query = {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "c", "hub.lease_seconds": lease}
        answer = requests.get(hub.target + path, params=query, timeout=10)
        assert (answer.status_code, answer.text) == (200, "c")


def test_a_hub_is_asked_again_where_we_can_be_reached_changes(
    newsroom: Newsroom, feeds: tuple[FeedServer, HubServer], served: Callable[[App], str]
) -> None:
    feed, hub = feeds
    subscribed(newsroom, feed, hub, served)
    asked = len(hub.kept)
    newsroom.write("newsroom.toml", CONFIG.format(feed=f"{feed.url}/feed.xml").replace("desk.", "new."))
    app = newsroom.app()
    app.reading.websub.keep_up("site", newsroom.clock.at)
    assert len(hub.kept) == asked + 1


def test_a_feed_that_names_no_address_as_its_hub_costs_nothing(newsroom: Newsroom) -> None:
    newsroom.write("newsroom.toml", CONFIG.format(feed="https://feed.example/"))
    app = newsroom.app()
    for hub, topic in (("https://a/\ud800", "https://b/"), ("javascript:x", "https://b/"), ("https://a/", "x\0")):
        app.source_states.fetched("site", {"hub": hub, "topic": topic}, newsroom.clock.at, newsroom.clock.at)
        app.reading.websub.keep_up("site", newsroom.clock.at)


def test_no_part_of_an_answer_waits_for_an_acknowledgement() -> None:
    server = WebServer(FastAPI(), "127.0.0.1", 0)
    listener = server._listener  # what accepted connections inherit
    assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    server.stop()
