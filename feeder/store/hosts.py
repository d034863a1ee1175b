"""What is remembered of hosts: when they may be asked again, and their robots.txt."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from feeder.errors import StoreError
from feeder.store.engine import columns_of, of_row, upsert
from feeder.store.schema import hosts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from feeder.read.manners import HostState
    from feeder.store.engine import Database


class Hosts:
    """The store as the `HostMemory` that `feeder.read.manners` asks for.

    All states are held in memory. A wish to be left alone is stored at once. A robots.txt can be
    fetched again, so many are stored together: ten thousand hosts would else cost as many
    transactions.
    """

    TOGETHER = 64

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._unsaved: dict[str, HostState] = {}
        self._refused = False  # the store took them not, the last time
        with database.reading() as connection:
            self._states = read(connection)

    def load(self, host: str) -> HostState | None:
        """Returns what is known of a host; None: nothing."""
        return self._states.get(host)

    def recall(self, names: Iterable[str]) -> None:
        """Looks what other processes have noted of hosts: when they may be asked again."""
        query = select(hosts.c.host, hosts.c.until).where(hosts.c.host.in_(list(names)))
        with self._database.reading() as connection:
            rows = connection.execute(query.where(hosts.c.until.is_not(None))).all()
        for row in rows:
            known = self._states.get(row.host) or _new_state()
            self._states[row.host] = replace(known, until=row.until)

    def save(self, host: str, state: HostState) -> None:
        """Remembers a state, and stores it now or with others.

        Where the store refuses, it is kept for the next time: no read fails for it.
        """
        before = self._states.get(host)
        with self._lock:
            self._states[host] = self._unsaved[host] = state
        asked = state.until if before is None or before.until != state.until else None
        if asked or self._refused or len(self._unsaved) >= self.TOGETHER:
            with suppress(StoreError):
                self.flush()

    def flush(self) -> None:
        """Stores what was not stored yet.

        Raises:
            StoreError: it is still to be stored.
        """
        with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
        if not unsaved:
            return
        try:
            with self._database.writing(durable=False) as connection:
                write(connection, unsaved)
        except BaseException:
            with self._lock:
                self._unsaved = unsaved | self._unsaved
            self._refused = True
            raise
        self._refused = False


def read(connection: Connection) -> dict[str, HostState]:
    """Returns what is stored of all hosts."""
    kind = type(_new_state())
    return {row.host: of_row(kind, row) for row in connection.execute(select(hosts))}


def _new_state() -> HostState:
    from feeder.read.manners import HostState  # noqa: PLC0415 -- with asyncio, slow to import

    return HostState()


def write(connection: Connection, states: Mapping[str, HostState]) -> None:
    """Stores what is known of these hosts in place of what was."""
    rows = [{"host": host} | columns_of(state) for host, state in states.items()]
    upsert(connection, hosts, rows, "host")
