"""One daemon for an SQLite store and its output folder: a second one is told so.

Daemons and workers share a store in PostgreSQL; a command that works on it alone keeps them away.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from feeder.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from feeder.store.engine import Database

_ADVISORY = 0x66656564  # "feed": the number of our lock in a PostgreSQL database


GIVE_UP = 10.0  # seconds; a server may hold a dead session's lock for a moment


class LockLostError(StoreError):
    """Another feeder has the store by now: this one has to end."""


@contextmanager
def daemon_lock(
    database: Database, output: Path, *, shared: bool = False
) -> Iterator[Callable[[], None]]:
    """Holds the lock until the end; what it yields is called now and then, and takes it again.

    Where it is `shared`, PostgreSQL lets others share it, and the folder is not locked.

    That raises StoreError while a lost lock cannot be had, and LockLostError when another process
    keeps it.

    Raises:
        StoreError: another process holds it.
    """
    keep: Callable[[], None] = _keep_file_lock
    with ExitStack() as stack:
        if database.sqlite and database.engine.url.database:
            stack.enter_context(store_file_lock(Path(database.engine.url.database)))
        elif not database.sqlite:
            keep = stack.enter_context(closing(_AdvisoryLock(database, shared=shared))).keep
            if shared:
                yield keep
                return
        stack.enter_context(_locked(output / ".feeder.lock", f"the output folder {output}"))
        yield keep


def _keep_file_lock() -> None:
    """Does nothing: the kernel keeps a file's lock for as long as the process lives."""


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
            process = f" (process {owner})" if (owner := held.read().strip()) else ""
            said = f"{what} is in use by another feeder{process}; stop it first"
            raise StoreError(said) from error
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield


class _AdvisoryLock:
    """A lock in PostgreSQL. It ends with its session, so with a restart of the server."""

    def __init__(self, database: Database, *, shared: bool) -> None:
        """Takes the lock. Raises StoreError where another session holds it."""
        self._database = database
        self._query = text(f"SELECT pg_try_advisory_lock{'_shared' if shared else ''}(:key)")
        self._session: Connection | None = None
        self._refused_since: float | None = None  # monotonic
        if not self._take():
            raise StoreError(self._in_use())

    def keep(self) -> None:
        """Looks whether the lock is held still, and else takes it again."""
        if self._is_held() or self._take():
            self._refused_since = None
            return
        now = time.monotonic()
        self._refused_since = self._refused_since or now
        error = LockLostError if now - self._refused_since > GIVE_UP else StoreError
        raise error(self._in_use())

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(SQLAlchemyError):  # the server may be gone
                session.close()

    def _is_held(self) -> bool:
        if self._session is None:
            return False
        try:
            self._session.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self.close()
            return False
        return True

    def _take(self) -> bool:
        with self._database.explained():
            engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._session = engine.connect()
            self._session.detach()  # from the pool: nobody else is ever given this one
            got = bool(self._session.execute(self._query, {"key": _ADVISORY}).scalar())
        if not got:
            self.close()
        return got

    def _in_use(self) -> str:
        return f"{self._database.name} is in use by another feeder; stop it first"
