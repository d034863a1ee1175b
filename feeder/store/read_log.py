"""What the reads of each source came to: kept for a minute in memory, then written together.

Of each source the last reads are kept, and which outcomes there were in every five minutes of the
last day: two kilobytes, however often it is read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, select

from feeder.store.engine import upsert
from feeder.store.schema import read_logs, sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from feeder.store.engine import Database

OUTCOMES = ("unchanged", "changed", "deferred", "held", "failed")
MOST_READS = 40  # of a source
SLOT = timedelta(minutes=5)
SLOTS = 288  # a day of them
_ROUND = 500  # sources that are written at once


class PastRead(msgspec.Struct, frozen=True, array_like=True):
    """One read, and what came of it."""

    at: datetime
    outcome: str
    reason: str = ""
    status: int = 0  # of HTTP; 0: of a file, or there was no answer
    size: int = 0  # bytes
    seconds: float = 0.0  # from its beginning until its feed was published


class ReadHistory(msgspec.Struct, frozen=True, array_like=True):
    """The last reads of a source, the newest last, and the outcomes of the last day."""

    reads: tuple[PastRead, ...] = ()
    slots: bytes = b""  # one for each SLOT, the newest last: a bit for each of OUTCOMES
    newest: int = 0  # the number of the last slot, counted from 1970

    def outcomes(self) -> Iterator[tuple[datetime, str]]:
        """Yields the beginning of a slot and an outcome that some read in it had."""
        for back, slot in enumerate(reversed(self.slots)):
            at = datetime.fromtimestamp((self.newest - back) * SLOT.total_seconds(), UTC)
            for bit, outcome in enumerate(OUTCOMES):
                if slot >> bit & 1:
                    yield at, outcome


_NONE = ReadHistory()
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(ReadHistory).decode
_KNOWN = (
    select(sources.c.id, read_logs.c.history)
    .outerjoin(read_logs, read_logs.c.source_id == sources.c.id)
    .where(sources.c.id.in_(bindparam("ids", expanding=True)))
)


class ReadLog:
    """The reads of all sources. Safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._new: dict[int, tuple[PastRead, ...]] = {}  # still to be written, by source id
        self._lock = Lock()

    def note(self, source_id: int, read: PastRead) -> None:
        with self._lock:
            self._new[source_id] = (*self._new.get(source_id, ()), read)[-SLOTS:]

    def read(self, source_id: int) -> ReadHistory:
        with self._lock:
            new = self._new.get(source_id, ())
        with self._database.reading() as connection:
            return _extend(_find(connection, [source_id]).get(source_id, _NONE), new)

    def write(self) -> None:
        """Writes what is new.

        Raises:
            StoreError: it is still to be written.
        """
        ids = list(self._new)
        for start in range(0, len(ids), _ROUND):
            self._write(ids[start : start + _ROUND])

    def _write(self, ids: list[int]) -> None:
        with self._lock:
            taken = {key: self._new.pop(key) for key in ids}
        try:
            with self._database.writing(durable=False) as connection:
                _add(connection, taken)
        except BaseException:
            with self._lock:
                self._new |= {
                    key: (*reads, *self._new.get(key, ()))[-SLOTS:] for key, reads in taken.items()
                }
            raise


def _add(connection: Connection, new: dict[int, tuple[PastRead, ...]]) -> None:
    known = _find(connection, list(new))  # without the sources that were purged meanwhile
    rows = [
        {"source_id": key, "history": _pack(_extend(before, new[key]))}
        for key, before in known.items()
    ]
    upsert(connection, read_logs, rows, "source_id")


def _find(connection: Connection, ids: list[int]) -> dict[int, ReadHistory]:
    rows = connection.execute(_KNOWN, {"ids": ids})
    return {row.id: _unpack(row.history) if row.history else _NONE for row in rows}


def _extend(before: ReadHistory, new: Sequence[PastRead]) -> ReadHistory:
    """Returns a history with further reads."""
    slots, newest = bytearray(before.slots or bytes(1)), before.newest
    for read in new:
        number = int(read.at.timestamp() // SLOT.total_seconds())
        # Where the clock was set back, the last slot goes on.
        slots += bytes(min(max(number - newest, 0), SLOTS))
        slots[-1] |= 1 << OUTCOMES.index(read.outcome)
        newest = max(newest, number)
    reads = (*before.reads, *new)[-MOST_READS:]
    return ReadHistory(reads, bytes(slots[-SLOTS:]), newest)
