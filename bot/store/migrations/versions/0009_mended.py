"""What 0004 and 0007 came to hold only after databases had been made with them: each is added where it is missing."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    there = sa.inspect(op.get_bind())
    if "head" not in {column["name"] for column in there.get_columns("cards")}:
        _cards()
    if "segments_begun" not in {index["name"] for index in there.get_indexes("segments")}:
        begun = sa.text("state = 'sending'")
        op.create_index("segments_begun", "segments", ["state"], sqlite_where=begun, postgresql_where=begun)
    if "words" not in {column["name"] for column in there.get_columns("imports")}:
        op.add_column("imports", sa.Column("words", sa.Text()))


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
