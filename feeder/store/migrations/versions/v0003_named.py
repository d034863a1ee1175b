"""The entries that a source's memory names stand in a column: the store looks into no memory."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_PROFILES = sa.table(
    "profiles",
    sa.column("source_id", sa.Integer()),
    sa.column("memory", sa.LargeBinary()),
    sa.column("named", sa.Text()),
)


def upgrade() -> None:
    op.add_column("profiles", sa.Column("named", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    rows = connection.execute(sa.select(_PROFILES.c.source_id, _PROFILES.c.memory)).all()
    for source_id, memory in rows:
        connection.execute(
            sa.update(_PROFILES)
            .where(_PROFILES.c.source_id == source_id)
            .values(named=" ".join(sorted(_read_names(bytes(memory)))))
        )


def _read_names(memory: bytes) -> set[str]:
    """Returns the ids in a memory as earlier versions wrote it; none where it cannot be read."""
    try:
        read: dict[str, Any] = json.loads(memory or b"{}")
    except ValueError:
        return set()
    names = {str(item[0]) for item in read.get("window", ())}
    for item in read.get("window", ()):
        names |= {str(name) for name in (item[6] if len(item) > 6 else ())}
    return names | {str(name) for name in (read.get("hold") or {}).get("new", ())}
