"""The tables of newsletters: subscribers and what they agreed to, editions and the ledger of their sending."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.store.moments import Moment
from bot.store.tables import metadata

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(320), nullable=False, unique=True),  # the address, normalised
    Column("digest", String(64), nullable=False, unique=True),  # of the key: what is left of it in suppressions
    Column("address", String(320), nullable=False),  # as mail goes to it, in ASCII
    Column("name", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("language", String(2), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("left_at", Moment),
    Index("subscribers_state", "state", "id"),
    sqlite_autoincrement=True,  # an id stands in signed links: it never comes again, not even after an erasure
)

memberships = Table(  # who reads which newsletter, and how often
    "memberships",
    metadata,
    Column("newsletter", String(60), nullable=False),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("frequency", String(8), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),  # left then; null: still reads it
    PrimaryKeyConstraint("newsletter", "subscriber_id"),
    Index("memberships_subscriber", "subscriber_id"),
)

suppressions = Table(  # who gets nothing, whatever an import says
    "suppressions",
    metadata,
    Column("digest", String(64), nullable=False),
    Column("newsletter", String(60), nullable=False),  # empty: of all of them
    Column("address", String(320)),  # null once it was erased
    Column("reason", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("digest", "newsletter"),
    Index("suppressions_at", "at"),
)

consents = Table(  # who agreed to what, when, from where and in answer to which words; also who left
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("newsletter", String(60), nullable=False),
    Column("what", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("origin", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("edition_id", Integer),  # whose link was followed
    Index("consents_digest", "digest", "id"),
    Index("consents_edition", "edition_id"),
)

imports = Table(
    "imports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),  # of the file
    Column("newsletter", String(60), nullable=False),
    Column("name", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("words", Text),  # how these people agreed, as whoever imports them says
    UniqueConstraint("newsletter", "digest"),
)

import_refusals = Table(
    "import_refusals",
    metadata,
    Column("import_id", Integer, ForeignKey("imports.id"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("reason", JSON, nullable=False),
    PrimaryKeyConstraint("import_id", "line"),
)

editions = Table(
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("newsletter", String(60), nullable=False),
    Column("day", String(10), nullable=False),  # the newsroom's own date, 2026-02-15
    Column("occasion", String(40), nullable=False),  # daily, weekly, article:ID
    Column("state", String(8), nullable=False),
    Column("slug", String(24), nullable=False, unique=True),  # of its page in the archive
    Column("due_at", Moment),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("intro", Text, nullable=False),
    Column("picks", JSON, nullable=False),  # sections in order, each with its articles in order
    Column("version", Integer, nullable=False),  # rises with each change by an editor
    Column("reason", JSON),  # why it was skipped, held, paused or stopped
    Column("letter", JSON),  # the mail as it goes, frozen when sending begins: see bot/domain/edition.py
    Column("total", Integer, nullable=False),  # recipients
    Column("made_at", Moment, nullable=False),
    Column("began_at", Moment),
    Column("ended_at", Moment),
    UniqueConstraint("newsletter", "day", "occasion"),
    Index("editions_state", "state", "due_at"),
    sqlite_autoincrement=True,  # an id stands in signed links
)

shards = Table(  # a range of an edition's recipients, sent by one process at a time
    "shards",
    metadata,
    Column("edition_id", Integer, ForeignKey("editions.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("first", Integer, nullable=False),  # ids of subscribers
    Column("last", Integer, nullable=False),
    Column("next", Integer, nullable=False),  # all before it were claimed
    Column("total", Integer, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("unsure", Integer, nullable=False),
    Column("left", Integer, nullable=False),  # unsubscribed or suppressed since the edition began
    Column("rest_until", Moment),  # nothing to do here before
    Column("ended_at", Moment),
    Column("note", JSON),  # why it rests
    PrimaryKeyConstraint("edition_id", "n"),
)

recipients = Table(  # the ledger
    "recipients",
    metadata,
    Column("edition_id", Integer, ForeignKey("editions.id"), nullable=False),
    Column("subscriber_id", Integer, nullable=False),  # stays when the subscriber is erased
    Column("state", String(8), nullable=False),
    Column("claim_id", BigInteger),  # of one that is tried again
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment),
    Column("code", Integer),  # SMTP's answer where it was not a plain yes
    Column("answer", Text),
    Column("at", Moment),  # of what was last done; null: nothing yet, or since then a place in the pace is kept for it
    PrimaryKeyConstraint("edition_id", "subscriber_id"),
    Index(
        "recipients_later",
        "edition_id",
        "next_at",
        sqlite_where=text("state = 'later'"),
        postgresql_where=text("state = 'later'"),
    ),
    sqlite_with_rowid=False,  # the rows of one claim lie side by side
)

claims = Table(  # at most 50 recipients that a connection is about to send; gone once their answers are in the ledger
    "claims",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition_id", Integer, ForeignKey("editions.id"), nullable=False),
    Column("shard", Integer, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("again", Boolean, nullable=False),  # not the whole range: only the recipients that name this claim
    Column("token", Integer, nullable=False),  # of the lease that it was made under
    Column("at", Moment, nullable=False),
    Index("claims_shard", "edition_id", "shard"),
    sqlite_autoincrement=True,  # recipients name it
)

mail_rates = Table(  # when the next mail may go, in all and to each domain
    "mail_rates",
    metadata,
    Column("key", String(260), primary_key=True),  # empty: all; "@example.net"; "7@example.net": the line of edition 7
    Column("free_at", Float, nullable=False),  # seconds since 1970
)

bounces = Table(
    "bounces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition_id", Integer, ForeignKey("editions.id"), nullable=False),
    Column("subscriber_id", Integer, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("status", String(16), nullable=False),  # 5.1.1
    Column("detail", Text, nullable=False),
    Column("report", String(64), nullable=False, unique=True),  # digest of the report: told twice, it counts once
    Column("at", Moment, nullable=False),
    Index("bounces_edition", "edition_id", "kind"),
    Index("bounces_subscriber", "subscriber_id", "at"),
)

links = Table(  # what an edition links to, and how often it was followed; by whom is not kept
    "links",
    metadata,
    Column("edition_id", Integer, ForeignKey("editions.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("url", Text, nullable=False),
    Column("clicks", Integer, nullable=False),
    PrimaryKeyConstraint("edition_id", "n"),
)
