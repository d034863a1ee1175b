"""Several machines publish from one store: the editions of feeds, and who shows which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    edition = sa.Column("edition", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("standings", edition)
    op.add_column("standings", sa.Column("modified", sa.BigInteger()))
    op.create_index("ix_standings_edition", "standings", ["edition"])
    op.create_table(
        "folders",
        sa.Column("folder", sa.Text(), primary_key=True),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger()),
    )
