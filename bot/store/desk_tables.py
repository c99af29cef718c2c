"""The tables of the desk: people, what they did and set, tokens and webhooks, cards in Telegram."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from bot.store.moments import Moment
from bot.store.tables import deliveries, metadata

people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String(120), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String(8), nullable=False),
    Column("password", Text, nullable=False),  # argon2's hash
    Column("language", String(2), nullable=False),
    Column("theme", String(5), nullable=False),
    Column("telegram_id", BigInteger, unique=True),
    Column("pairing", String(64)),  # digest of the code that pairs a Telegram account
    Column("pairing_until", Moment),
    Column("disabled_at", Moment),
    Column("created_at", Moment, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),  # of what the cookie holds
    Column("person_id", Integer, ForeignKey("people.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("until", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("sessions_person", "person_id"),
)

knocks = Table(  # failed tries to sign in
    "knocks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(160), nullable=False),
    Column("at", Moment, nullable=False),
    Index("knocks_key", "key", "at"),
)

acts = Table(  # who did what
    "acts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("person_id", Integer),
    Column("who", Text, nullable=False),
    Column("door", String(8), nullable=False),
    Column("what", String(24), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("article_id", String(10)),
    Column("detail", JSON, nullable=False),
    Index("acts_subject", "subject", "id"),
    Index("acts_article", "article_id", "id"),
)

settings = Table(  # what is set at the desk, over what stands in config/
    "settings",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String(200), primary_key=True),  # the token's number and the caller's own key
    Column("digest", String(64), nullable=False),  # of the request
    Column("status", Integer, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", Moment, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("cursor", Integer, nullable=False),  # the last act that was looked at
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)

notices = Table(  # what goes to a webhook
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("webhook_id", Integer, ForeignKey("webhooks.id"), nullable=False),
    Column("event", String(24), nullable=False),
    Column("body", JSON, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment),
    Column("status", Integer),
    Column("note", Text),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Index("notices_next", "next_at"),
)

cards = Table(  # the lines of the Telegram desk's cards, one for each delivery on it
    "cards",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("head", Integer, nullable=False),  # the card: the id of its first line
    Column("chat_id", BigInteger, nullable=False),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("person_id", Integer, nullable=False),  # who is asked; 0: everybody in the chat
    Column("state", String(8), nullable=False),
    Column("stood", String(16), nullable=False),  # state and edition of the delivery when the card was made
    Column("edition", Integer, nullable=False),
    Column("segment", Integer, nullable=False),
    Column("post_id", BigInteger),
    Column("message_id", BigInteger),
    Column("seen", String(64), nullable=False),  # digest of the card as it stands there
    Column("at", Moment, nullable=False),
    UniqueConstraint("chat_id", "delivery_id", "kind", "person_id"),
    Index("cards_head", "head"),
    Index("cards_state", "state"),
)

# What lists ask is answered without the rows: SQLite walks through a post of 40 KB to reach what stands behind it.
_d = deliveries.c
LISTED = (_d.state, _d.article_id, _d.urgent, _d.due_at, _d.expires_at, _d.updated_at, _d.channel, _d.section)
Index("deliveries_listed", *LISTED)
Index("deliveries_seen", _d.article_id, _d.updated_at, _d.state, _d.edition)
Index("deliveries_section", _d.section)
