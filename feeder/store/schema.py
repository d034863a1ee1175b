"""The tables, for SQLite and PostgreSQL. What every tick reads lies apart from what is large.

An entry's key is (source_id, number), and `number` its order of arrival: an archive document is a
range of keys. The state of an entry is its last revision: no words are stored twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    text,
)

from feeder.store.instant import Instant

if TYPE_CHECKING:
    from sqlalchemy import Connection

# SQLite counts up by itself only in a column of type INTEGER.
_Serial = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _source(**options: Any) -> Column[int]:
    return Column(
        "source_id",
        Integer,
        ForeignKey("sources.id", ondelete="CASCADE"),
        nullable=False,
        **options,
    )


sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, index=True),
    Column("origin", Text, nullable=False),
    # The file whose declaration holds, where several machines share the store; see declarations.
    Column("declared_by", Text, nullable=False, default=""),
    Column("settings", Text, nullable=False),  # JSON of what differs from the defaults
    Column("digest", Text, nullable=False, default=""),  # how long its digest's periods are
    Column("version", Integer, nullable=False, default=1),  # counts changes of the settings
    Column("retired", Instant),  # set: no longer followed; the row keeps the feed's identity
    Index("ix_sources_name", "name"),
)

# Small rows, rewritten at every read.
standings = Table(
    "standings",
    metadata,
    _source(primary_key=True),
    Column("next_due", Instant, index=True),  # of a claimed one: when it is free for others
    Column("claimed_by", Text),  # the claim under which it is read, made anew for every one
    Column("retired", Boolean, nullable=False, default=False),  # as in sources
    Column("state", Text, nullable=False, default="new"),
    Column("reason", Text, nullable=False, default=""),
    Column("since", Instant),
    Column("last_read", Instant),
    Column("last_outcome", Text, nullable=False, default=""),
    Column("last_change", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("pending", Boolean, nullable=False, default=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("digest", Text),
    Column("moved_to", Text, nullable=False, default=""),
    Column("unpublished", Boolean, nullable=False, default=False),  # files older than the rows
    # All entries are rendered by it; "": not known.
    Column("renderer", Text, nullable=False, default=""),
    # Counts what has to be published, in PostgreSQL: one order for all sources and for revisions.
    Column("edition", BigInteger, nullable=False, default=0, index=True),
    Column("modified", Instant),  # of that edition: Last-Modified, the same on every machine
    # Looked for every few seconds, and hardly ever there.
    Index("ix_standings_unpublished", "source_id", sqlite_where=text("unpublished = 1")),
)


@event.listens_for(standings, "before_create")
def _leave_out_published(table: Table, connection: Connection, **_: Any) -> None:
    """Gives that index its condition for PostgreSQL, whose dialect every start would import."""
    if connection.dialect.name == "postgresql":
        (index,) = (one for one in table.indexes if one.name == "ix_standings_unpublished")
        index.dialect_kwargs["postgresql_where"] = text("unpublished")


# Rewritten where a read changed something. `memory` is last: SQLite reads a row no further than the
# columns asked for.
profiles = Table(
    "profiles",
    metadata,
    _source(primary_key=True),
    Column("next_number", Integer, nullable=False, default=1),
    Column("profile", LargeBinary, nullable=False, default=b"{}"),
    Column("memory", LargeBinary, nullable=False, default=b""),
    Column("named", Text, nullable=False, default=""),  # ids of the entries that `memory` names
)

# How late the last new updates were found, published and told.
latencies = Table(
    "latencies",
    metadata,
    _source(primary_key=True),
    Column("samples", LargeBinary, nullable=False),  # JSON: seconds, by step
)

# What the last reads came to, and which outcomes there were in the last day.
read_logs = Table(
    "read_logs",
    metadata,
    _source(primary_key=True),
    Column("history", LargeBinary, nullable=False),  # see read_log.py
)

renames = Table("renames", metadata, Column("old", Text, primary_key=True), _source(index=True))

entries = Table(
    "entries",
    metadata,
    _source(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("digest", Text, nullable=False),
    Column("published", Instant, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("removed", Instant),
    Column("hidden", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Index("ix_entries_source_id_digest", "source_id", "digest"),
    Index("ix_entries_source_id_published_number", "source_id", "published", "number"),
)

# Every native id that an entry ever had.
native_ids = Table(
    "native_ids",
    metadata,
    _source(primary_key=True),
    Column("native_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
)

revisions = Table(
    "revisions",
    metadata,
    # The order of all changes of all sources.
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    _source(),
    Column("number", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("what", Text, nullable=False, default=""),  # joined by commas
    Column("entry", LargeBinary, nullable=False),  # JSON of the whole entry as it is from `at` on
    Index("ix_revisions_source_id_number_revision", "source_id", "number", "revision", unique=True),
    sqlite_autoincrement=True,
)

rendered = Table(
    "rendered",
    metadata,
    _source(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("published", Instant, nullable=False),
    Column("removed", Instant),
    # Fingerprint of all that rendering depends on besides the entry.
    Column("renderer", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("updated", Instant, nullable=False),
    Column("atom", LargeBinary, nullable=False),
    Column("rss", LargeBinary, nullable=False),
    Column("json", LargeBinary, nullable=False),
    Index("ix_rendered_source_id_published_number", "source_id", "published", "number"),
    Index("ix_rendered_published_number", "published", "number"),  # the newest of all sources
)

pages = Table(
    "pages",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    _source(index=True),
    Column("read_at", Instant, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of `body`
    Column("head", LargeBinary, nullable=False),  # JSON of the document without its body
    Column("body", LargeBinary, nullable=False),  # zstandard
)

states = Table(
    "states",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    _source(index=True),
    Column("at", Instant, nullable=False),
    Column("before", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("until", Instant),  # not before (Retry-After)
    Column("next_turn", Instant),  # when the next read may begin, where several machines read
    Column("robots", Text),  # None: never read
    Column("robots_until", Instant),  # when it is to be read again
)

outbox = Table(
    "outbox",
    metadata,
    # The order in which a target is told.
    Column("id", _Serial, primary_key=True, autoincrement=True),
    _source(index=True),
    Column("held", Boolean, nullable=False, default=True),  # until the source's files are in place
    Column("kind", Text, nullable=False),  # "websub", "webhook"
    Column("target", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False, default=b""),
    Column("created", Instant, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Index("ix_outbox_target_id", "target", "id"),
    sqlite_autoincrement=True,
)

# Whom the outbox tells: the back-off is theirs.
push_targets = Table(
    "push_targets",
    metadata,
    Column("target", Text, primary_key=True),
    Column("next_try", Instant, nullable=False),
    Column("failures", Integer, nullable=False, default=0),  # in a row
    Column("error", Text, nullable=False, default=""),
    Column("dropped", Integer, nullable=False, default=0),  # messages given up
    Column("claimed_by", Text, nullable=False, default=""),  # the machine that talks to it
)

# Who has subscribed at the built-in hub. What they are sent is the file as it is then, so that two
# changes that were not yet delivered are one: a delivery is due while `wanted` is ahead of
# `delivered`.
hub_subscriptions = Table(
    "hub_subscriptions",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("callback", Text, nullable=False),
    Column("topic", Text, nullable=False, index=True),
    Column("host", Text, nullable=False, index=True),  # the callback's
    # It was asked for from a private address.
    Column("inside", Boolean, nullable=False, default=False),
    Column("secret", Text, nullable=False, default=""),
    Column("expires", Instant, nullable=False),
    Column("wanted", Integer, nullable=False, default=0),
    Column("delivered", Integer, nullable=False, default=0),
    Column("next_try", Instant, index=True),  # None: nothing is due
    Column("failures", Integer, nullable=False, default=0),
    Column("claimed_by", Text, nullable=False, default=""),
    Index("uq_hub_subscriptions_callback_topic", "callback", "topic", unique=True),
    sqlite_autoincrement=True,
)

# What subscribers asked for and have not confirmed yet, or are to be told that they are denied.
hub_intents = Table(
    "hub_intents",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("callback", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("host", Text, nullable=False, index=True),
    Column("inside", Boolean, nullable=False, default=False),
    Column("mode", Text, nullable=False),  # "subscribe", "unsubscribe", "denied"
    Column("lease", Integer, nullable=False, default=0),  # seconds
    Column("secret", Text, nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("next_try", Instant, nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
    Column("claimed_by", Text, nullable=False, default=""),
    Index("uq_hub_intents_callback_topic", "callback", "topic", unique=True),
    sqlite_autoincrement=True,
)

# What each file declares, where several machines share the store; with one machine, nothing.
declarations = Table(
    "declarations",
    metadata,
    _source(primary_key=True),
    Column("file", Text, primary_key=True),  # HOST:PATH
    Column("settings", Text, nullable=False),
)

# Refreshes that people asked for and another process does; a source's last one.
refreshes = Table(
    "refreshes",
    metadata,
    _source(primary_key=True),
    Column("claim", Text, nullable=False),  # as in standings
    Column("accept", Boolean, nullable=False),
    Column("asked", Instant, nullable=False),
    Column("outcome", Text),  # JSON; None: not read yet
)

# The processes that share the store. One whose heartbeat has stopped is gone.
machines = Table(
    "machines",
    metadata,
    Column("name", Text, primary_key=True),  # HOST/PROCESS
    Column("host", Text, nullable=False),
    Column("kind", Text, nullable=False),  # "run", "worker"
    Column("version", Text, nullable=False),
    Column("file", Text, nullable=False),  # its configuration, as in declarations
    Column("started", Instant, nullable=False),
    Column("heartbeat", Instant, nullable=False),
    Column("running", Integer, nullable=False),  # reads under way
)

# The folders that machines publish into, where several share the store in PostgreSQL.
folders = Table(
    "folders",
    metadata,
    Column("folder", Text, primary_key=True),  # HOST:PATH
    Column("edition", BigInteger, nullable=False),  # all up to this one is published there
    Column("seen", Instant),  # when its machine last said so; None: it has stopped
)

meta = Table(
    "meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False)
)
