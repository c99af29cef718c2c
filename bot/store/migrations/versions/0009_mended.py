"""What 0001, 0004, 0005 and 0007 came to hold after databases had been made with them: added where it is missing."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

DELIVERIES = {
    "deliveries_listed": "state article_id urgent due_at expires_at updated_at channel section".split(),
    "deliveries_seen": "article_id updated_at state edition".split(),
    "deliveries_section": ["section"],
}


def upgrade() -> None:
    there = sa.inspect(op.get_bind())
    if "head" not in {column["name"] for column in there.get_columns("cards")}:
        _cards()
    if "segments_begun" not in {index["name"] for index in there.get_indexes("segments")}:
        begun = sa.text("state = 'sending'")
        op.create_index("segments_begun", "segments", ["state"], sqlite_where=begun, postgresql_where=begun)
    if "words" not in {column["name"] for column in there.get_columns("imports")}:
        op.add_column("imports", sa.Column("words", sa.Text()))
    sources = {column["name"] for column in there.get_columns("sources")}
    if "began_at" not in sources:
        op.add_column("sources", sa.Column("began_at", sa.DateTime(timezone=True)))
    if "no_backfill" not in sources:
        op.add_column("sources", sa.Column("no_backfill", sa.Boolean(), nullable=False, server_default=sa.false()))
        with op.batch_alter_table("sources") as table:
            table.alter_column("no_backfill", server_default=None)
    known = {index["name"] for index in there.get_indexes("deliveries")}
    for name, columns in DELIVERIES.items():
        if name not in known:
            op.create_index(name, "deliveries", columns)


def _cards() -> None:
    """The Telegram desk came with the newer shape: in the older one there is no row."""
    op.drop_table("cards")
    op.create_table(
        "cards",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("stood", sa.String(16), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("seen", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("chat_id", "delivery_id", "kind", "person_id"),
    )
    op.create_index("cards_head", "cards", ["head"])
    op.create_index("cards_state", "cards", ["state"])
