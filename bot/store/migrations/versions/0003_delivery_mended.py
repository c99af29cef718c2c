"""Look-ups of what is unsure; calls against limits and budgets; pauses; corrections and retractions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "doubts",
        sa.Column("delivery_id", sa.Integer(), sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("next_at", MOMENT),
        sa.PrimaryKeyConstraint("delivery_id", "n"),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("channel", sa.String(60), nullable=False),
        sa.Column("delivery_id", sa.Integer()),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
    )
    op.create_index("calls_key", "calls", ["key", "at"])
    op.create_index("calls_delivery", "calls", ["delivery_id"])
    op.add_column("lanes", sa.Column("paused_at", MOMENT))
    op.add_column("lanes", sa.Column("paused", sa.JSON()))
    op.add_column("lanes", sa.Column("paced_until", MOMENT))
    op.add_column("lanes", sa.Column("mode", sa.String(12)))
    op.add_column("attempts", sa.Column("known", sa.Text()))
    op.create_index("receipts_at", "receipts", ["at"])
    op.add_column("deliveries", sa.Column("reply_to", sa.Text()))
    op.create_table(
        "amendments",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("delivery_id", sa.Integer(), sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("post", sa.JSON()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note", sa.JSON()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    op.create_index("amendments_delivery", "amendments", ["delivery_id"])
    op.create_index("amendments_state", "amendments", ["state"])
    op.create_table(
        "amended",
        sa.Column("amendment_id", sa.Integer(), sa.ForeignKey("amendments.id"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("began_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("note", sa.JSON()),
        sa.PrimaryKeyConstraint("amendment_id", "n"),
    )
    op.create_table(
        "corrections",
        sa.Column("channel", sa.String(60), nullable=False),
        sa.Column("article_id", sa.String(10), sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "article_id", "version"),
    )
