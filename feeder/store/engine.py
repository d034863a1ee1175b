"""One engine, short transactions, and errors that a person understands.

SQLite runs with a write-ahead log. A change is on disk when its transaction ends (synchronous =
FULL). Marks of unchanged reads are not waited for (NORMAL): a power cut may lose the last of them,
and then a page is read again; the file stays sound either way. Writers of one process take turns at
a lock, so they wait for each other without polling; another process is waited for up to `BUSY`.
"""

from __future__ import annotations

import os
import threading
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from feeder.errors import ConfigError, StoreError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from _typeshed import DataclassInstance
    from sqlalchemy import Executable, Insert, Row, Table

BUSY = 5.0  # seconds; longer than any transaction of ours, shorter than a person's patience

MOST_BOUND = 10_000  # values in one IN; SQLite takes 32,766 parameters, PostgreSQL 65,535
T = TypeVar("T")

_SYNCHRONOUS = {True: "PRAGMA synchronous = FULL", False: "PRAGMA synchronous = NORMAL"}
_NOT_WAITED_FOR = text("SET LOCAL synchronous_commit TO off")  # PostgreSQL's NORMAL

_GONE = (
    "its file was deleted or replaced while feeder runs; nothing is read or written any more: "
    "stop feeder, put the right file in its place, and start it again"
)
D = TypeVar("D", bound="DataclassInstance")

# Connections: one for each worker thread that reads or writes, and some for those who ask over
# HTTP.
_POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 16}


class Database:
    """The engine, and the two ways to use it: `reading` and `writing`, one transaction each."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self.name = _name(self.engine)
        self._errors = (SQLAlchemyError, self.engine.dialect.loaded_dbapi.Error)
        self._closed = False
        self._file = _StoreFile(self.engine.url.database if self.sqlite else None)
        self.trouble = ""  # why the last writing transaction was refused; "": it was not
        self._turn = threading.Lock() if self.sqlite else nullcontext()
        # A reading transaction sees one moment: in SQLite's log by itself, in PostgreSQL if asked.
        snapshot = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reader = self.engine.execution_options(**snapshot)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Opens a reading transaction. Raises StoreError where the database refuses."""
        with self.explained(), self._reader.begin() as connection:
            if self.sqlite:
                _begin(connection, "BEGIN")
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Connection]:
        """Opens a writing transaction; on disk at its end where `durable`. Raises StoreError."""
        try:
            with self.explained(), self._turn, self.engine.begin() as connection:
                if self.sqlite:  # a writer takes the write lock at once, not in the middle
                    _begin(connection, _SYNCHRONOUS[durable], "BEGIN IMMEDIATE")
                elif not durable:
                    connection.execute(_NOT_WAITED_FOR)
                yield connection
        except StoreError as error:
            self.trouble = str(error)
            raise
        self.trouble = ""

    def empty_log(self) -> None:
        """Moves SQLite's log into the file and cuts it: what was erased is in neither then."""
        if self.sqlite:
            with self.explained(), self._turn, closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Closes the store; whoever works in another thread is told at the next transaction."""
        self._closed = True
        self.engine.dispose()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Raises StoreError, in words, where the database raises something."""
        if self._closed:
            raise StoreError(f"{self.name} is closed")
        if self._file.has_gone():
            raise StoreError(f"{self.name}: {_GONE}")
        try:
            yield
        except self._errors as error:
            raise StoreError(f"{self.name}: {_reason(error)}") from error


class _StoreFile:
    """The file of an SQLite store: whether its path still leads to what this process has open."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._opened = self._identify()

    def has_gone(self) -> bool:
        return self._path is not None and self._identify() != self._opened

    def _identify(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            facts = os.stat(self._path)  # noqa: PTH116 -- asked for before every transaction
        except OSError:
            return None
        return facts.st_dev, facts.st_ino


def in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    """Yields values in lists that are short enough to be bound in one statement."""
    whole = list(values)
    for start in range(0, len(whole), MOST_BOUND):
        yield whole[start : start + MOST_BOUND]


def execute_each(connection: Connection, statement: Executable, rows: Sequence[Any]) -> None:
    """Executes a statement with each of the rows; nothing where there are none."""
    if rows:
        connection.execute(statement, rows)


def columns_of(value: DataclassInstance, *left_out: str) -> dict[str, Any]:
    """Returns the fields of a dataclass, whose names are those of columns, as one row."""
    return {name: getattr(value, name) for name in _names(type(value)) if name not in left_out}


def of_row(kind: type[D], row: Row[*tuple[Any, ...]], **other: Any) -> D:
    """Returns a dataclass whose fields are columns of the row, but those in `other`."""
    names = (name for name in _names(kind) if name not in other)
    return kind(**{name: getattr(row, name) for name in names}, **other)


@cache
def _names(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *key: str) -> None:
    """Inserts rows, all with the same columns; where `key` is taken, replaces the other columns."""
    if rows:
        statement = _upsert(table, connection.dialect.name, tuple(rows[0]), key)
        connection.execute(statement, rows)


@cache
def _upsert(table: Table, dialect: str, columns: tuple[str, ...], key: tuple[str, ...]) -> Insert:
    insert: Any = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    rest = {column: insert.excluded[column] for column in columns if column not in key}
    statement: Insert = (
        insert.on_conflict_do_update(index_elements=key, set_=rest)
        if rest
        else insert.on_conflict_do_nothing(index_elements=key)
    )
    return statement


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"store = {url!r} is no address of a database") from error
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return _sqlite(parsed)
    if kind not in {"postgres", "postgresql"}:
        raise ConfigError(
            f'store = {url!r}: must be "sqlite:///FILE" or "postgresql://USER@HOST/NAME"'
        )
    try:
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **_POOL
        )
    except ImportError as error:
        raise ConfigError(
            "a store in PostgreSQL needs the extra: pip install 'feeder-live[postgres]'"
        ) from error


def _sqlite(url: URL) -> Engine:
    if url.database:
        with suppress(OSError):  # it is there; or SQLite says better why not
            # For its owner alone: it holds the secret that webhooks are signed with.
            Path(url.database).touch(mode=0o600, exist_ok=False)
    options = {
        "timeout": BUSY,
        "isolation_level": None,
        "check_same_thread": False,
        "cached_statements": 256,
    }
    engine = create_engine(url, connect_args=options, **_POOL)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    """Sets up a new connection; journal_mode waits for others that open the file."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    # 512 KiB for each connection instead of 2 MiB: the system keeps the file in memory once.
    connection.execute("PRAGMA cache_size = -512")
    # 64 MiB: the log shrinks again after a burst.
    connection.execute("PRAGMA journal_size_limit = 67108864")
    # What `forget` erases is gone from the file too.
    connection.execute("PRAGMA secure_delete = ON")


def _begin(connection: Connection, *statements: str) -> None:
    """Begins a transaction, which Python's sqlite3 leaves to us: see `isolation_level`."""
    raw: Any = connection.connection.driver_connection
    for statement in statements:
        raw.execute(statement)


def _name(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return f"store {Path(engine.url.database or '').name}"
    address = engine.url.set(drivername=engine.dialect.name)  # as it is written in the file
    return f"store {address.render_as_string(hide_password=True)}"


_REASONS = {
    ("locked", "busy"): (
        f"locked by another process for {BUSY:g} seconds; nothing was kept, it is tried again"
    ),
    ("malformed", "not a database"): (
        "the file is damaged ({said}); nothing is written any more: "
        "put back a copy that `feeder backup` made"
    ),
    ("full", "disk i/o"): "the disk is full or fails ({said}); nothing was kept, it is tried again",
    ("readonly", "unable to open"): (
        "the file cannot be written or made ({said}); look at the permissions of it and its folder"
    ),
}


def _reason(error: Exception) -> str:
    """Returns what the database said, and what to do about it."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = " ".join(str(cause).split())
    for words, sentence in _REASONS.items():
        if any(word in said.lower() for word in words):
            return sentence.replace("{said}", said)
    return said
