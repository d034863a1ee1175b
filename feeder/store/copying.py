"""Copies of the store."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from feeder.errors import StoreError
from feeder.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Table

    from feeder.store.engine import Database

_ROWS = 500  # carried over at once: a few MB of rendered bytes


def backup(database: Database, file: Path) -> None:
    """Writes a consistent copy into `file` while others read and write; it is whole or not there.

    Raises:
        StoreError: it cannot be written, or the database is not SQLite.
    """
    if not database.sqlite:
        raise StoreError(f"{database.name} is copied by PostgreSQL's own pg_dump")
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


def copy(database: Database, into: Database) -> Iterator[tuple[str, int]]:
    """Copies all rows into another database, which must have the same tables and nothing in them.

    Yields after each table its name and how many rows it has. The copy is whole when all are
    yielded, or not there.

    Raises:
        StoreError: the other one is not empty, or either of them refused.
    """
    with database.reading() as reader, into.writing() as writer:
        for table in metadata.sorted_tables:
            if writer.execute(select(table).limit(1)).first() is not None:
                raise StoreError(f"{into.name} is not empty: it has rows in {table.name}")
        for table in metadata.sorted_tables:
            yield table.name, _copy(reader, writer, table)


def _copy(reader: Connection, writer: Connection, table: Table) -> int:
    count = 0
    rows = reader.execution_options(yield_per=_ROWS).execute(select(table))
    for chunk in rows.mappings().partitions(_ROWS):
        writer.execute(insert(table), [dict(row) for row in chunk])
        count += len(chunk)
    if count and writer.dialect.name == "postgresql":
        _go_on(writer, table)
    return count


def _go_on(writer: Connection, table: Table) -> None:
    """Sets PostgreSQL's sequences: they do not see the keys that rows bring with them."""
    for column in table.primary_key:
        if column is table.autoincrement_column:
            last = writer.execute(select(func.max(column))).scalar()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            writer.execute(select(func.setval(sequence, last)))
