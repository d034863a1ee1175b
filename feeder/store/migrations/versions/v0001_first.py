"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feeder.store.schema import Instant

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _sources()
    _standings()
    _profiles()
    _latencies()
    _renames()
    _states()
    _hosts()
    _meta()
    _entries()
    _native_ids()
    _revisions()
    _rendered()
    _pages()
    _outbox()
    _push_targets()
    _hub_subscriptions()
    _hub_intents()


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("retired", Instant()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("feed_id", name="uq_sources_feed_id"),
    )
    op.create_index("ix_sources_address", "sources", ["address"])
    op.create_index("ix_sources_name", "sources", ["name"])


def _standings() -> None:
    op.create_table(
        "standings",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("next_due", Instant()),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", Instant()),
        sa.Column("last_read", Instant()),
        sa.Column("last_outcome", sa.Text(), nullable=False),
        sa.Column("last_change", Instant()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("digest", sa.Text()),
        sa.Column("moved_to", sa.Text(), nullable=False),
        sa.Column("unpublished", sa.Boolean(), nullable=False),
        sa.Column("renderer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id"),
    )
    op.create_index("ix_standings_next_due", "standings", ["next_due"])
    op.create_index(
        "ix_standings_unpublished",
        "standings",
        ["source_id"],
        sqlite_where=sa.text("unpublished = 1"),
        postgresql_where=sa.text("unpublished"),
    )


def _profiles() -> None:
    op.create_table(
        "profiles",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("memory", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id"),
    )


def _latencies() -> None:
    op.create_table(
        "latencies",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("samples", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id"),
    )


def _renames() -> None:
    op.create_table(
        "renames",
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("old"),
    )
    op.create_index("ix_renames_source_id", "renames", ["source_id"])


def _states() -> None:
    op.create_table(
        "states",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_states_source_id", "states", ["source_id"])


def _hosts() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("until", Instant()),
        sa.Column("robots", sa.Text()),
        sa.Column("robots_until", Instant()),
        sa.PrimaryKeyConstraint("host"),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("published", Instant(), nullable=False),
        sa.Column("first_seen", Instant(), nullable=False),
        sa.Column("removed", Instant()),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id", "number"),
        sa.UniqueConstraint("id", name="uq_entries_id"),
    )
    op.create_index("ix_entries_source_id_digest", "entries", ["source_id", "digest"])
    op.create_index(
        "ix_entries_source_id_published_number", "entries", ["source_id", "published", "number"]
    )


def _native_ids() -> None:
    op.create_table(
        "native_ids",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id", "native_id", "number"),
    )


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_revisions_source_id_number_revision",
        "revisions",
        ["source_id", "number", "revision"],
        unique=True,
    )


def _rendered() -> None:
    op.create_table(
        "rendered",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("published", Instant(), nullable=False),
        sa.Column("removed", Instant()),
        sa.Column("renderer", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("updated", Instant(), nullable=False),
        sa.Column("atom", sa.LargeBinary(), nullable=False),
        sa.Column("rss", sa.LargeBinary(), nullable=False),
        sa.Column("json", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id", "number"),
    )
    op.create_index(
        "ix_rendered_source_id_published_number", "rendered", ["source_id", "published", "number"]
    )
    op.create_index("ix_rendered_published_number", "rendered", ["published", "number"])


def _pages() -> None:
    op.create_table(
        "pages",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_pages_source_id", "pages", ["source_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_source_id", "outbox", ["source_id"])
    op.create_index("ix_outbox_target_id", "outbox", ["target", "id"])


def _push_targets() -> None:
    op.create_table(
        "push_targets",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("next_try", Instant(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("target"),
    )


def _hub_subscriptions() -> None:
    op.create_table(
        "hub_subscriptions",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("expires", Instant(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("next_try", Instant()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hub_subscriptions_host", "hub_subscriptions", ["host"])
    op.create_index("ix_hub_subscriptions_next_try", "hub_subscriptions", ["next_try"])
    op.create_index("ix_hub_subscriptions_topic", "hub_subscriptions", ["topic"])
    op.create_index(
        "uq_hub_subscriptions_callback_topic",
        "hub_subscriptions",
        ["callback", "topic"],
        unique=True,
    )


def _hub_intents() -> None:
    op.create_table(
        "hub_intents",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("lease", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("next_try", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hub_intents_host", "hub_intents", ["host"])
    op.create_index("ix_hub_intents_next_try", "hub_intents", ["next_try"])
    op.create_index(
        "uq_hub_intents_callback_topic", "hub_intents", ["callback", "topic"], unique=True
    )
