"""Small things that are remembered for the whole installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from feeder.store import schema
from feeder.store.engine import upsert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def get(connection: Connection, key: str) -> str | None:
    """Returns a value; None: there is none of that key."""
    return connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == key)).scalar()


def put(connection: Connection, key: str, value: str) -> None:
    """Sets a value, in place of the one before."""
    upsert(connection, schema.meta, [{"key": key, "value": value}], "key")


def probe(connection: Connection, now: datetime) -> None:
    """Writes a little, to see whether anything can be written."""
    put(connection, "probed", now.isoformat())
