"""Sources that an editor has paused; indexes that answer lists without reading the rows."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("paused", sa.JSON()))
    listed = ["state", "article_id", "urgent", "due_at", "expires_at", "updated_at", "channel", "section"]
    op.create_index("deliveries_listed", "deliveries", listed)
    op.create_index("deliveries_seen", "deliveries", ["article_id", "updated_at", "state", "edition"])
    op.create_index("deliveries_section", "deliveries", ["section"])
