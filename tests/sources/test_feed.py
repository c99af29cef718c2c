"""Feeds over loopback HTTP."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.errors import SourceError
from bot.domain.skipped import skipped
from bot.sources import html
from bot.sources.feed import FeedSource
from bot.sources.fetch import MOST_BYTES
from tests.conftest import START
from tests.servers.feed import FeedServer, atom, rss


def source(url: str) -> FeedSource:
    return FeedSource(
        name="site",
        url=url,
        poll=timedelta(seconds=60),
        backfill="none",
        section="",
        timeout=timedelta(seconds=2),
        allow_private=True,
    )


ITEM = {
    "title": "عنوان &amp; آخر",
    "link": "https://example.com/1?utm_source=rss",
    "guid": "g-1",
    "description": "موجز",
    "content": "<p>فقرة <b>أولى</b>.</p><script>alert(1)</script><p>ثانية&nbsp;هنا.</p><ul><li>بند</li></ul>",
    "categories": ["اقتصاد", "نقل"],
    "media": "https://example.com/1.jpg",
    "published": datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
}


def test_rss_and_conditional_get() -> None:
    with FeedServer() as server:
        url = server.put("/feed.xml", rss([ITEM]))
        first = source(url).fetch({}, START)
        (article,) = first.articles
        assert (article.guid, article.section, article.tags) == ("g-1", "اقتصاد", ("اقتصاد", "نقل"))
        assert article.body == "فقرة أولى.\n\nثانية هنا.\n\nبند"
        assert article.image == "https://example.com/1.jpg"
        assert article.published_at == ITEM["published"]
        second = source(url).fetch(first.cursor, START)
        assert second.unchanged
        assert server.counts["/feed.xml"] == {"200": 1, "304": 1}


def test_a_feed_that_was_cut_off_says_so_until_a_whole_one_comes() -> None:
    with FeedServer() as server:
        whole = rss([ITEM, ITEM | {"guid": "g-2"}])
        url = server.put("/feed.xml", whole[: whole.rindex(b"</item>")])
        first = source(url).fetch({}, START)
        assert ["cut off" in say.en for say in skipped(first.cursor).values()] == [True]
        same = source(url).fetch(first.cursor, START)
        assert (same.unchanged, skipped(same.cursor)) == (True, skipped(first.cursor))
        server.put("/feed.xml", whole)
        assert skipped(source(url).fetch(same.cursor, START).cursor) == {}


def test_atom() -> None:
    with FeedServer() as server:
        (article,) = source(server.put("/a.xml", atom([ITEM]))).fetch({}, START).articles
        assert article.guid == "g-1"
        assert article.published_at == ITEM["published"]
        assert "أولى" in article.body


def test_an_item_without_guid_has_its_canonical_url() -> None:
    with FeedServer() as server:
        bare = {k: v for k, v in ITEM.items() if k != "guid"}
        (article,) = source(server.put("/b.xml", rss([bare]))).fetch({}, START).articles
        assert article.guid == "https://example.com/1"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"<html><body>no feed</body></html>", 200, "a web page, not a feed"),
        (b"", 200, "no feed"),
        (b"x", 503, "answers 503"),
        (b"x", 404, "answers 404"),
    ],
)
def test_what_is_no_feed_is_a_clear_sentence(body: bytes, status: int, words: str) -> None:
    with FeedServer() as server, pytest.raises(SourceError, match=words):
        source(server.put("/x", body, status=status)).fetch({}, START)


def test_a_bomb_is_not_read_to_its_end() -> None:
    with FeedServer() as server:
        url = server.put("/bomb.xml", b"<rss>" + b" " * (MOST_BYTES + 10))  # served compressed
        with pytest.raises(SourceError, match="more than 10 MB"):
            source(url).fetch({}, START)


def test_items_without_end_that_cannot_be_read_are_told_by_their_count() -> None:
    with FeedServer() as server:
        many = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [None] * 90_000}).encode()
        url = server.put("/many.json", many, headers={"Content-Type": "application/json"})
        batch = source(f"{url}?token=hidden").fetch({}, START)
    said = list(skipped(batch.cursor).values())
    assert len(said) == 21
    assert said[-1].en.endswith("19980 more items cannot be read.")
    assert not any("hidden" in say.en or "Error" in say.en for say in said)
    assert len(json.dumps(batch.cursor)) < 20_000


def test_nobody_there() -> None:
    with pytest.raises(SourceError, match="no connection") as caught:
        source("http://127.0.0.1:9/feed?token=hidden").fetch({}, START)
    assert "http://127.0.0.1:9/feed?… cannot be read" in caught.value.say.en
    assert "hidden" not in caught.value.say.en + caught.value.say.ar


def test_html_of_every_kind_becomes_paragraphs() -> None:
    assert html.paragraphs("نص بلا وسوم") == "نص بلا وسوم"
    assert html.paragraphs("<div>أ<br>ب</div>") == "أ\nب"
    assert html.paragraphs("<p onclick='x()'>أ</p><style>p{}</style><iframe src='https://x'></iframe>") == "أ"
    assert html.paragraphs("<p>أ</p" * 2000).count("أ") >= 1
    assert html.one_line("عنوان &lt;b&gt;غليظ&lt;/b&gt;") == "عنوان غليظ"


def test_a_bare_kill_in_ninjs_is_one_and_an_embargo_that_cannot_be_read_is_a_fault() -> None:
    items = [
        {"guid": "urn:1", "version": "2", "type": "text", "pubstatus": "canceled"},
        {"uri": "urn:2", "headline": "عنوان", "body_text": "نص.", "embargoed": "Wed, 25 Nov 2026 10:00:00 GMT"},
        {"uri": "urn:3", "headline": "عنوان", "body_text": "نص.", "embargoed": "tomorrow"},
    ]
    with FeedServer() as server:
        url = server.put("/n.json", json.dumps(items).encode(), headers={"Content-Type": "application/json"})
        batch = source(url).fetch({}, START)
    killed, later = batch.articles
    assert killed.withdrawn
    assert later.embargoed_until == datetime(2026, 11, 25, 10, tzinfo=UTC)
    (fault,) = batch.faults
    assert "item 3" in fault.en
    assert "embargo" in fault.en


def test_where_the_new_address_is_no_feed_the_old_one_is_read() -> None:
    with FeedServer() as server:
        new = server.put("/new.xml", rss([ITEM]))
        old = server.redirect("/old.xml", "/new.xml", 301)
        first = source(old).fetch({}, START)
        assert first.cursor["moved"] == new
        server.put("/new.xml", b"<html><body>parked</body></html>", headers={"Content-Type": "text/html"})
        server.put("/old.xml", rss([ITEM | {"guid": "g-2"}]))
        again = source(old).fetch(first.cursor, START)
        assert [article.guid for article in again.articles] == ["g-2"]
        assert again.cursor["moved"] == ""


def test_a_root_of_endless_attributes_costs_its_items_nothing() -> None:
    head = "<rss version='2.0' " + " ".join(f"a{n}='{'x' * 50}'" for n in range(500)) + "><channel>"
    text = head + "".join(f"<item><guid>{n}</guid><title>خبر {n}</titlez></item>" for n in range(300))
    began = time.process_time()
    with FeedServer() as server:
        source(server.put("/h.xml", text.encode())).fetch({}, START)
    assert time.process_time() - began < 20


def test_a_private_address_names_the_source_and_the_key_that_allows_it() -> None:
    closed = FeedSource(
        name="site",
        url="http://127.0.0.1:9/feed",
        poll=timedelta(seconds=60),
        backfill="none",
        section="",
        timeout=timedelta(seconds=2),
    )
    with pytest.raises(
        SourceError, match=r"127\.0\.0\.1 is a private .* the \[\[sources\]\] table of site\."
    ) as refused:
        closed.fetch({}, START)
    assert "allow_private = true في جدول المصدر site" in refused.value.say.ar
