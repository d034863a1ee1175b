"""What is remembered of hosts across restarts: until when they asked to be left alone, and their robots.txt."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, or_, select

from feeder.read.manners import HostState
from feeder.store.engine import upsert
from feeder.store.schema import hosts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from feeder.store.engine import Database


class Hosts:
    """The store as the `HostMemory` of manners.

    All that is known is held in memory. A wish to be left alone is stored at once; of a robots.txt,
    which can be fetched again, many are stored together, or else ten thousand hosts would cost as
    many transactions.
    """

    TOGETHER = 64

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._unsaved: dict[str, HostState] = {}
        with database.reading() as connection:
            self._states = read(connection)

    def load(self, host: str) -> HostState | None:
        return self._states.get(host)

    def save(self, host: str, state: HostState) -> None:
        before = self._states.get(host)
        with self._lock:
            self._states[host] = self._unsaved[host] = state
        asked = state.until if before is None or before.until != state.until else None
        if asked or len(self._unsaved) >= self.TOGETHER:
            self.flush()

    def flush(self) -> None:
        with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
        if unsaved:
            with self._database.writing(durable=False) as connection:
                write(connection, unsaved)


def read(connection: Connection) -> dict[str, HostState]:
    query = select(hosts.c.host, hosts.c.until, hosts.c.robots, hosts.c.robots_until)
    return {
        row.host: HostState(row.until, row.robots, row.robots_until)
        for row in connection.execute(query)
    }


def write(connection: Connection, states: Mapping[str, HostState]) -> None:
    rows = [
        {
            "host": host,
            "until": state.until,
            "robots": state.robots,
            "robots_until": state.robots_until,
        }
        for host, state in states.items()
    ]
    upsert(connection, hosts, rows, "host")


def thin(connection: Connection, now: datetime) -> None:
    """Drops hosts of which nothing holds any more."""
    asked, known = or_(hosts.c.until.is_(None), hosts.c.until <= now), hosts.c.robots_until > now
    connection.execute(delete(hosts).where(asked, or_(hosts.c.robots_until.is_(None), ~known)))
