"""Where a hub was asked to bring what is new: asked again where that changes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("callback", sa.Text(), nullable=False, server_default=""))
