"""Sign-ups to newsletters that wait for their confirmation; since when each newsletter is known."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "signups",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("key", sa.String(320), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_index("signups_state", "signups", ["state", "next_at"])
    op.create_index("signups_digest", "signups", ["digest", "at"])
    op.create_table(
        "newsletters",
        sa.Column("key", sa.String(60), primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
    )
    op.add_column("imports", sa.Column("words", sa.Text()))
