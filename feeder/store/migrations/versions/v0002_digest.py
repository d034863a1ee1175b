"""Which sources have a digest is a column, no longer looked for in the text of their settings."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("sources", sa.Column("digest", sa.Text(), nullable=False, server_default=""))
    sources = sa.table("sources", sa.column("id"), sa.column("settings"), sa.column("digest"))
    connection = op.get_bind()
    for key, settings in connection.execute(sa.select(sources.c.id, sources.c.settings)).all():
        if digest := json.loads(settings).get("digest"):
            mine = sa.update(sources).where(sources.c.id == key).values(digest=digest)
            connection.execute(mine)
