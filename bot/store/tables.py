"""The tables as queries see them; migrations/ is the source of truth, and a test holds the two together."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.store.moments import Moment

metadata, _BEGUN = MetaData(), text("state = 'sending'")

articles = Table(
    "articles",
    metadata,
    Column("id", String(10), primary_key=True),
    Column("source", Text, nullable=False),
    Column("guid", Text, nullable=False),
    Column("url_key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", JSON, nullable=False),  # the newest version, as Article holds it
    Column("published_at", Moment),
    Column("first_seen", Moment, nullable=False),
    Column("dated", Moment, nullable=False),  # published_at, else first_seen: what freshness counts from
    Column("seen_at", Moment, nullable=False),  # of the newest version
    Column("text_key", String(64), nullable=False),  # of the first version: what the same words have in common
    Column("withdrawn", Boolean, nullable=False),
    Index("articles_dated", "dated"),
    Index("articles_url", "url_key"),
    Index("articles_text", "text_key"),
    Index("articles_seen", "seen_at"),
    Index("articles_source", "source", "dated"),
)

versions = Table(
    "versions",
    metadata,
    Column("article_id", String(10), ForeignKey("articles.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("article_id", "version"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("source", String(60), nullable=False),
    Column("guid", Text, nullable=False),
    Column("article_id", String(10), ForeignKey("articles.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("digest", String(64), nullable=False),  # of the item as the source gave it
    Column("kind", String(8), nullable=False),
    Column("note", JSON),
    Column("first_seen", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("source", "guid"),
    Index("sightings_article", "article_id"),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("band", BigInteger, nullable=False),
    Column("article_id", String(10), ForeignKey("articles.id"), nullable=False),
    PrimaryKeyConstraint("band", "article_id"),
    Index("fingerprints_article", "article_id"),
)

sources = Table(
    "sources",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("cursor", JSON, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("began_at", Moment),  # the first good fetch
    Column("read_at", Moment),  # the last good fetch
    Column("no_backfill", Boolean, nullable=False),  # the next first contact lets nothing through: after a restoration
    Column("failures", Integer, nullable=False),
    Column("reason", JSON),  # why the last fetch failed
    Column("paused", JSON),  # who does not want it read, and why
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("source", String(60), primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("until", Moment),
    Column("note", JSON),
    Column("callback", Text, nullable=False, server_default=""),
)

contacts = Table(
    "contacts",
    metadata,
    Column("source", String(60), nullable=False),
    Column("channel", String(60), nullable=False),
    Column("live", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("admitted", JSON, nullable=False),
    PrimaryKeyConstraint("source", "channel"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("article_id", String(10), ForeignKey("articles.id"), nullable=False),
    Column("channel", String(60), nullable=False),
    Column("picked", Boolean, nullable=False),
    Column("reason", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("article_id", "channel"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(60), nullable=False),
    Column("service", String(20), nullable=False),
    Column("preview", Boolean, nullable=False),
    Column("subject", Text, nullable=False),
    Column("occasion", String(40), nullable=False),
    Column("article_id", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("post", JSON, nullable=False),
    Column("state", String(12), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("slot", String(16)),
    Column("section", Text, nullable=False),
    Column("reason", JSON, nullable=False),
    Column("note", JSON),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("reply_to", Text),  # the id of what its first segment answers
    Column("edition", Integer, nullable=False, server_default="1"),  # rises with each change of what goes out
    Column("approved_by", Text),  # who released it
    Column("edited_by", Text),  # who wrote its text by hand: no newer version takes its place unseen
    UniqueConstraint("channel", "subject", "occasion", "preview", name="deliveries_once"),
    Index("deliveries_lane", "channel", "state", "due_at"),
    Index("deliveries_state", "state", "due_at"),
    Index("deliveries_article", "article_id", "channel"),
    Index("deliveries_updated", "updated_at"),
    sqlite_autoincrement=True,
)

segments = Table(
    "segments",
    metadata,
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("began_at", Moment),
    PrimaryKeyConstraint("delivery_id", "n"),
    Index("segments_begun", "state", sqlite_where=_BEGUN, postgresql_where=_BEGUN),  # looked for each second
)

receipts = Table(
    "receipts",
    metadata,
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("place", Text, nullable=False, server_default=""),  # of the message, where ids hold for one place only
    PrimaryKeyConstraint("delivery_id", "n"),
    Index("receipts_at", "at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("token", Integer, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("outcome", String(12)),  # sent, not_out, or the delivery's state; empty: never answered
    Column("reason", JSON),
    Column("known", Text),  # the newest id of the channel that was proved then
    Column("place", Text),  # where that id holds
    Index("attempts_delivery", "delivery_id", "n"),
)

doubts = Table(  # segments that may be out and are looked for
    "doubts",
    metadata,
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("looks", Integer, nullable=False),  # that saw nothing, late enough to count
    Column("seen", Boolean, nullable=False),  # the service says that the text is there: absence is not believed
    Column("stop", Boolean, nullable=False),  # an editor had cancelled it: the rest does not go
    Column("next_at", Moment),  # empty: a person must look
    PrimaryKeyConstraint("delivery_id", "n"),
)

calls = Table(  # that count against a limit or cost something
    "calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(100), nullable=False),  # what the limit holds for: a chat, a bot, an account, a mail server
    Column("at", Moment, nullable=False),
    Column("channel", String(60), nullable=False),
    Column("delivery_id", Integer),
    Column("kind", String(8), nullable=False),
    Column("micros", BigInteger, nullable=False),  # millionths of a dollar
    Index("calls_key", "key", "at"),
    Index("calls_delivery", "delivery_id"),
)

amendments = Table(  # corrections and retractions of what is out
    "amendments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("post", JSON),  # what an edit puts in the place of what is out
    Column("version", Integer, nullable=False),
    Column("note", JSON),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("amendments_delivery", "delivery_id"),
    Index("amendments_state", "state"),
)

amended = Table(  # each segment's part of an amendment
    "amended",
    metadata,
    Column("amendment_id", Integer, ForeignKey("amendments.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("began_at", Moment),
    Column("ended_at", Moment),
    Column("note", JSON),
    PrimaryKeyConstraint("amendment_id", "n"),
)

corrections = Table(  # what the next edition of a newsletter prints
    "corrections",
    metadata,
    Column("channel", String(60), nullable=False),
    Column("article_id", String(10), ForeignKey("articles.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("channel", "article_id", "version"),
)

lanes = Table(
    "lanes",
    metadata,
    Column("channel", String(60), primary_key=True),
    Column("down", JSON),
    Column("retry_at", Moment),
    Column("updated_at", Moment, nullable=False),
    Column("paused_at", Moment),  # by an editor
    Column("paused", JSON),  # and why
    Column("paced_until", Moment),  # spacing or quiet hours hold what they may until then
    Column("mode", String(12)),  # in the place of the channel's own, since the service refused that
)

alerts = Table(
    "alerts",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("text", JSON, nullable=False),
    Column("told_at", Moment, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("kind", String(12), nullable=False),
    Column("name", String(60), nullable=False),
    Column("holder", String(40), nullable=False),
    Column("token", Integer, nullable=False),
    Column("until", Moment, nullable=False),
    PrimaryKeyConstraint("kind", "name"),
)
