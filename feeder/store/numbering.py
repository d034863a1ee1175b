"""The order of all changes, where several machines write into one store in PostgreSQL.

Each change of a feed is an edition: a number drawn from the counter of revisions. Transactions that
draw numbers end in the order of these, so whoever has seen all up to one number asks for what comes
after it and misses nothing: a machine that publishes, and a listener to events. In SQLite, with one
writer at a time, revisions are in order anyway, and nothing is done here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    Integer,
    bindparam,
    case,
    func,
    literal_column,
    select,
    text,
    type_coerce,
    update,
)

from feeder.store.schema import standings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

CHANNEL = "feeder"  # of NOTIFY, whose payload is one of these, or "": a feed has changed
SOURCES = "sources"  # they are not the same as before
PURGED = "purged "  # … with the name under which nothing is to be published any more

_TURN = text("SELECT pg_advisory_xact_lock(0x66656567)")
_TELL = select(func.pg_notify(CHANNEL, bindparam("what")))
_NEXT = func.nextval(func.pg_get_serial_sequence("revisions", "seq"))
# Whole seconds, as Last-Modified counts them; two editions of a feed have two.
_SECOND = literal_column("floor(extract(epoch FROM clock_timestamp()))::bigint * 1000000", Integer)
_BEFORE = type_coerce(standings.c.modified, Integer)
_MODIFIED = case((_BEFORE >= _SECOND, _BEFORE + 1_000_000), else_=_SECOND)


def take_turn(connection: Connection) -> None:
    """Waits for the transactions that have drawn numbers, before this one does."""
    if connection.dialect.name == "postgresql":
        connection.execute(_TURN)


def renew(connection: Connection, ids: Sequence[int]) -> None:
    """Notes that all machines have to publish these sources, and wakes them."""
    if ids and connection.dialect.name == "postgresql":
        take_turn(connection)
        mine = update(standings).where(standings.c.source_id.in_(ids))
        connection.execute(mine.values(edition=_NEXT, modified=_MODIFIED))
        tell(connection)


def tell(connection: Connection, what: str = "") -> None:
    """Wakes all machines when this transaction has ended: they look in the store."""
    if connection.dialect.name == "postgresql":
        connection.execute(_TELL, {"what": what})
