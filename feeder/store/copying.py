"""Backup: a copy of the store."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from feeder.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from feeder.store.engine import Database


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
