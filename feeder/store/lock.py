"""One daemon for a store and an output folder: a second one is told so."""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from feeder.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from feeder.store.engine import Database

_ADVISORY = 0x66656564  # "feed": the number of our lock in a PostgreSQL database


@contextmanager
def daemon_lock(database: Database, output: Path) -> Iterator[None]:
    """Held until the end.

    Raises:
        StoreError: another process holds it.
    """
    with ExitStack() as stack:
        if database.sqlite and database.engine.url.database:
            stack.enter_context(store_file_lock(Path(database.engine.url.database)))
        elif not database.sqlite:
            stack.enter_context(_advisory(database))
        stack.enter_context(_locked(output / ".feeder.lock", f"the output folder {output}"))
        yield


def store_file_lock(store: Path) -> AbstractContextManager[None]:
    """Keeps others away from an SQLite file, whether it is there, sound, or about to be replaced.

    Raises:
        StoreError: another process holds it.
    """
    return _locked(store.with_name(f"{store.name}.lock"), f"the store {store.name}")


@contextmanager
def _locked(file: Path, what: str) -> Iterator[None]:
    """Holds a lock that the kernel frees however the process ends; the file itself stays."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        held = file.open("a+", encoding="ascii")
    except OSError as error:
        raise StoreError(f"{what} cannot be locked: {error.strerror} ({file})") from error
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held.seek(0)
            owner = held.read().strip()
            raise StoreError(
                f"{what} is in use by another feeder{owner and f' (process {owner})'}"
            ) from error
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield


@contextmanager
def _advisory(database: Database) -> Iterator[None]:
    with database.engine.connect() as connection:
        got = connection.execute(
            text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY}
        ).scalar()
        connection.commit()
        if not got:
            raise StoreError(f"{database.name} is in use by another feeder")
        yield
