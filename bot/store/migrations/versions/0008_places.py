"""Where a message stands: a chat that moves numbers its messages anew, so that an id means nothing without it.

Posts on X have a count of their own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receipts", sa.Column("place", sa.Text(), nullable=False, server_default=""))
    op.add_column("attempts", sa.Column("place", sa.Text()))
    # posts on X are counted apart from what they cost: the last day's count goes on
    op.execute(
        "INSERT INTO calls (key, at, channel, delivery_id, kind, micros) "
        "SELECT key || '\\:posts', at, channel, delivery_id, kind, 0 FROM calls WHERE key LIKE 'x:%' AND kind = 'post'"
    )
