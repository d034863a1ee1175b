"""Copies of the store: a backup while it is in use, and the whole of it in another database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import xxhash
from sqlalchemy import Integer, Text, column, delete, func, insert, select, table, text

from feeder.errors import StoreError
from feeder.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, RowMapping, Table

    from feeder.store.engine import Database

ROWS = 500  # carried over at once: a few MB of rendered bytes

# Who runs where and shows what is of the old place.
COPIED = [one for one in metadata.sorted_tables if one.name not in {"folders", "machines"}]

_SEQUENCES = table("sqlite_sequence", column("name", Text), column("seq", Integer))


def backup(database: Database, file: Path) -> None:
    """Writes a consistent copy into `file` while others read and write; it is whole or not there.

    Raises:
        StoreError: it cannot be written, or the database is not SQLite.
    """
    if not database.sqlite:
        raise StoreError(f"{database.name} is copied by PostgreSQL's own pg_dump")
    if file.is_dir():
        raise StoreError(f"{file} is a folder; name the file that the copy goes into")
    partial = file.with_name(f".{file.name}.partial")
    try:
        with closing(sqlite3.connect(partial)) as copy, database.reading() as connection:
            source: Any = connection.connection.driver_connection
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        partial.chmod(0o600)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(file)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the copy {file} cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def copy(database: Database, into: Database, step: Callable[[str], object] = id) -> dict[str, int]:
    """Copies all rows, as they are at one moment, into another database, and reads them back.

    Returns the number of rows by table. The copy is whole or not there. `step` is told the table's
    name after every ROWS rows or fewer.

    Raises:
        StoreError: the other one is not empty, either of them refused, or what is read back
            differs.
    """
    with database.reading() as reader, into.writing() as writer:
        _refuse_rows(writer, into.name)
        return {one.name: _copy(reader, writer, one, step) for one in COPIED}


def count_steps(database: Database) -> int:
    """Returns how often `copy` will call its `step`, about."""
    with database.reading() as reader:
        counts = [_count(reader, one) for one in COPIED]
    return sum(-(-count // ROWS) for count in counts)


def _copy(reader: Connection, writer: Connection, one: Table, step: Callable[[str], object]) -> int:
    """Copies a table and compares what is read back; returns how many rows it has."""
    read = Checksum()
    for rows in _chunks(reader, one):
        writer.execute(insert(one), [dict(row) for row in rows])
        read.add(rows)
        step(one.name)
    _count_on(writer, one, _last_number(reader, one))
    written = Checksum()
    for rows in _chunks(writer, one):
        written.add(rows)
    if read != written:
        raise StoreError(
            f"the table {one.name} is not read back as it was written; nothing was copied"
        )
    return read.count


@dataclass
class Checksum:
    """What tells two sets of rows apart, in whichever order they come."""

    count: int = 0
    sum: int = 0

    def add(self, rows: Iterable[RowMapping]) -> None:
        for row in rows:
            self.count += 1
            self.sum += xxhash.xxh3_128_intdigest(msgspec.msgpack.encode(tuple(row.values())))


def _chunks(connection: Connection, one: Table) -> Iterator[Sequence[RowMapping]]:
    streamed = connection.execute(select(one).execution_options(yield_per=ROWS))
    return streamed.mappings().partitions(ROWS)


def _count(connection: Connection, one: Table) -> int:
    return connection.execute(select(func.count()).select_from(one)).scalar_one()


def _refuse_rows(writer: Connection, name: str) -> None:
    """Keeps others from writing, and looks whether they have. Raises StoreError: they have."""
    if writer.dialect.name == "postgresql":
        writer.execute(text("LOCK TABLE sources IN SHARE ROW EXCLUSIVE MODE"))
    for one in COPIED:
        if writer.execute(select(one).limit(1)).first() is not None:
            raise StoreError(f"{name} is not empty: it has rows in {one.name}")


def _last_number(connection: Connection, one: Table) -> int:
    """Returns the last number that a table has given, whose row may be gone; 0: it gives none."""
    counted = one.autoincrement_column
    if counted is None:
        return 0
    last: int = connection.execute(select(func.coalesce(func.max(counted), 0))).scalar_one()
    if connection.dialect.name == "postgresql":
        sequence = func.pg_sequence_last_value(func.pg_get_serial_sequence(one.name, counted.name))
        said = connection.execute(select(sequence)).scalar()
    else:
        query = select(_SEQUENCES.c.seq).where(_SEQUENCES.c.name == one.name)
        said = connection.execute(query).scalar()
    return max(last, said or 0)


def _count_on(connection: Connection, one: Table, last: int) -> None:
    """Has a table count on from a number: no number is ever given again."""
    counted = one.autoincrement_column
    if counted is None or not last:
        return
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(one.name, counted.name)
        connection.execute(select(func.setval(sequence, last)))
    elif one.dialect_options["sqlite"]["autoincrement"]:
        mine = _SEQUENCES.c.name == one.name
        connection.execute(delete(_SEQUENCES).where(mine))
        connection.execute(insert(_SEQUENCES).values(name=one.name, seq=last))
