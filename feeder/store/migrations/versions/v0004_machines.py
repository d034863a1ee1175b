"""Several machines share a store: who reads what until when, who runs, who declares what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("standings", sa.Column("claimed_by", sa.Text()))
    op.add_column("hosts", sa.Column("next_turn", sa.BigInteger()))
    op.add_column("sources", _text("declared_by"))
    for table in ("push_targets", "hub_subscriptions", "hub_intents"):
        op.add_column(table, _text("claimed_by"))
    op.create_table(
        "declarations",
        _source(),
        sa.Column("file", sa.Text(), primary_key=True),
        sa.Column("settings", sa.Text(), nullable=False),
    )
    op.create_table(
        "refreshes",
        _source(),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("accept", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text()),
    )
    op.create_table(
        "machines",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat", sa.BigInteger(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _source() -> sa.Column[int]:
    sources = sa.ForeignKey("sources.id", ondelete="CASCADE")
    return sa.Column("source_id", sa.Integer(), sources, primary_key=True)
