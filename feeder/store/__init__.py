"""The store: what is followed, what was read, what is published, what is still to be told.

A synchronous interface that any thread may call. Every method is one transaction: it is done, or
raises StoreError and nothing was kept.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from feeder.errors import StoreError
from feeder.store import (
    bundling,
    commit,
    entries,
    integrity,
    latencies,
    meta,
    outbox,
    pages,
    rendered,
    retention,
    source_states,
    sources,
    syncing,
)
from feeder.store.copying import backup, copy, count_steps
from feeder.store.engine import Database
from feeder.store.hosts import Hosts
from feeder.store.lock import LockLostError, daemon_lock
from feeder.store.marks import Marks
from feeder.store.migrate import migrate
from feeder.store.overview import Overview, Wanted, activities, choose, history_span
from feeder.store.read_log import PastRead, ReadHistory, ReadLog
from feeder.store.records import (
    Commit,
    Event,
    KeptPage,
    Latency,
    Message,
    Published,
    StateChange,
    Synced,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from feeder.config import Source, SourceSettings
    from feeder.model import Change, Entry, SourceState

__all__ = [
    "Commit",
    "Event",
    "Hosts",
    "KeptPage",
    "Latency",
    "LockLostError",
    "Message",
    "PastRead",
    "Published",
    "ReadHistory",
    "StateChange",
    "Store",
    "Synced",
]

_ROUND = 500  # sources of a round over all that are loaded at once: about 20 ms

P = ParamSpec("P")
T = TypeVar("T")


def _reads(
    function: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[Store, P], T]:
    """Returns a method that calls `function` in one reading transaction."""

    @wraps(function)
    def method(self: Store, /, *args: P.args, **named: P.kwargs) -> T:
        with self.database.reading() as connection:
            return function(connection, *args, **named)

    return method


def _writes(
    function: Callable[Concatenate[Connection, P], T], *, durable: bool = True
) -> Callable[Concatenate[Store, P], T]:
    """Returns a method that calls `function` in one writing transaction.

    Where it is not `durable`, nobody waits for the disk: see engine.py.
    """

    @wraps(function)
    def method(self: Store, /, *args: P.args, **named: P.kwargs) -> T:
        with self.database.writing(durable=durable) as connection:
            return function(connection, *args, **named)

    return method


class Store:
    """The database, and what is remembered of it in this process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._made = sources.Sources()
        self._hosts: Hosts | None = None
        self.marks = Marks(self.mark)
        self.read_log = ReadLog(database)
        # Within `lock`: takes the lock again where it was lost; LockLostError where others keep it.
        self.keep_lock: Callable[[], None] = lambda: None

    @classmethod
    def open(cls, url: str) -> Self:
        """Returns the store at an address, made or migrated where it must be.

        Raises:
            StoreError: it is damaged, locked, or of a newer version.
        """
        database = Database(url)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Stores what is only remembered, and lets go of the database."""
        with suppress(StoreError):  # what reads found is found again
            self.marks.write()
            self.read_log.write()
            if self._hosts is not None:
                self._hosts.flush()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ----------------------------------------------------------------------------- sources

    retire = _writes(sources.retire)
    rename = _writes(sources.rename)
    revise = _writes(sources.revise)
    renamed = _reads(sources.renamed)
    followed_as = _reads(sources.followed_as)
    names = _reads(source_states.names)
    roster = _reads(source_states.roster)
    by_state = _reads(source_states.by_state)
    make_due = _writes(source_states.make_due, durable=False)
    activities = _reads(activities)
    history_span = _reads(history_span)
    set_back = _writes(source_states.set_back, durable=False)
    state_changes = _reads(source_states.state_changes)

    def sync(
        self, declared: Sequence[SourceSettings], fingerprint: str, now: datetime, file: str = ""
    ) -> Synced:
        """Makes the file's sources rows, unless its `fingerprint` is that of the last time.

        `file` names it where others declare sources too.
        """
        with self.database.reading() as connection:
            if fingerprint and syncing.is_in_force(connection, fingerprint, file):
                return Synced()
        with self.database.writing() as connection:
            return syncing.synchronise(connection, declared, fingerprint, now, file)

    def add(self, settings: SourceSettings, origin: sources.Origin, now: datetime) -> Source:
        """Follows one more source. Raises TakenError: another has its name."""
        with self.database.writing() as connection:
            sources.add(connection, settings, origin, now)
            found = source_states.named(connection, self._made, settings.name)
        assert found is not None
        return found[0]

    def sources(self) -> list[tuple[Source, SourceState]]:
        """Returns all that are followed, by name."""
        with self.database.reading() as connection:
            return source_states.every(connection, self._made)

    def each(self, *, digested: bool = False) -> Iterator[tuple[Source, SourceState]]:
        """Yields all that are followed, loading some hundreds at a time; `digested`: with a digest.

        For rounds over all sources: others have their turn in between, and 100,000 are never in
        memory at once.
        """
        last = 0
        while True:
            with self.database.reading() as connection:
                found = source_states.after(connection, self._made, last, _ROUND, digested=digested)
            yield from found
            if len(found) < _ROUND:
                return
            last = found[-1][0].id

    def source(self, key: str | int) -> tuple[Source, SourceState] | None:
        """Returns one that is followed, by name; or any, by its row's id."""
        with self.database.reading() as connection:
            if isinstance(key, int):
                return source_states.numbered(connection, self._made, key)
            return source_states.named(connection, self._made, key)

    def overview(self, wanted: Wanted, since: datetime) -> Overview:
        """Returns some of those that are followed, each with its activity since an instant."""
        with self.database.reading() as connection:
            return choose(connection, self._made, wanted, since)

    def due(
        self, now: datetime, limit: int = 1000, busy: Collection[int] = frozenset()
    ) -> list[tuple[Source, SourceState]]:
        """Returns what is to be read, the most overdue first, without the ids in `busy`."""
        with self.database.reading() as connection:
            return source_states.due(connection, self._made, now, limit, busy)

    def mark(self, marks: Sequence[tuple[int, SourceState]]) -> None:
        """Stores what reads left behind that changed no entry, all but the profiles.

        Not waited for: see engine.py. A source that was given other settings since its read began
        is left as it is.
        """
        if marks:
            with self.database.writing(durable=False) as connection:
                source_states.mark(connection, marks)

    # ------------------------------------------------------------------------ what is read

    known = _reads(entries.known)
    entry = _reads(entries.by_id)
    revisions = _reads(entries.history)
    changes = _reads(entries.changes)
    events = _reads(entries.events)
    last_event = _reads(entries.last_event)
    counts = _reads(entries.counts)

    def commit(self, what: Commit) -> bool:
        """Keeps all that a read changed; it is on disk when this returns.

        False: the source was given other settings since the read began, and nothing was kept.
        """
        packed = pages.pack(what.page) if what.page and what.keep_pages > 0 else None
        with self.marks.overtaken(what.source_id), self.database.writing() as connection:
            return commit.commit(connection, what, packed)

    def prune(self, source_id: int, before: datetime, spare: int) -> int:
        """Erases entries published before an instant, but never the newest `spare`; how many."""
        with self.database.reading() as connection:
            if not retention.has_older(connection, source_id, before):
                return 0
        with self.database.writing() as connection:
            return retention.prune(connection, source_id, before, spare)

    def forget(self, entry_id: str, now: datetime) -> Change | None:
        """Erases an entry's words everywhere; returns the tombstone that is to be rendered."""
        with self.database.writing() as connection:
            left = retention.forget(connection, entry_id, now)
        self.database.empty_log()
        return left

    # ------------------------------------------------------------------- what is published

    feed = _reads(rendered.feed)
    newest = _reads(bundling.newest)
    archive = _reads(rendered.archive)
    unpublished = _reads(rendered.unpublished)
    rerender = _writes(rendered.keep)
    release = _writes(outbox.release, durable=False)

    @property
    def shared(self) -> bool:
        """Returns whether other machines can use it too."""
        return not self.database.sqlite

    def published(self, source_id: int, changes: Sequence[Change], now: datetime) -> None:
        """Notes that the files show these changes since `now`: what waits in the outbox may go."""
        samples = latencies.measured(changes, now)
        with self.database.writing(durable=False) as connection:
            rendered.settle(connection, source_id)
            outbox.release(connection, source_id)
            latencies.add(connection, source_id, samples)

    def unrendered(self, source_id: int, renderer: str, limit: int = 1000) -> list[Entry]:
        """Returns entries that are to be published and that this renderer has not rendered.

        That there are none is remembered, and answered at once next time.
        """
        with self.database.reading() as connection:
            if rendered.all_by(connection, source_id, renderer):
                return []
            found = rendered.unrendered(connection, source_id, renderer, limit)
        if not found:
            with self.database.writing(durable=False) as connection:
                rendered.remember(connection, source_id, renderer)
        return found

    # --------------------------------------------------------------------- the whole of it

    check = _reads(integrity.check)
    get = _reads(meta.get)
    put = _writes(meta.put)
    probe = _writes(meta.probe, durable=False)
    shrink_pages = _writes(pages.shrink)

    @property
    def hosts(self) -> Hosts:
        """What is remembered of hosts: the memory of feeder.read.manners."""
        if self._hosts is None:
            self._hosts = Hosts(self.database)
        return self._hosts

    def backup(self, file: Path) -> None:
        """Writes a consistent copy while others read and write."""
        backup(self.database, file)

    def copy_to(self, other: Store, step: Callable[[str], object] = id) -> dict[str, int]:
        """Copies all rows into an empty store; see feeder.store.copying."""
        return copy(self.database, other.database, step)

    def count_copy_steps(self) -> int:
        """Returns how often `copy_to` will call its `step`, about."""
        return count_steps(self.database)

    @contextmanager
    def lock(self, output: Path, *, shared: bool = False) -> Iterator[None]:
        """Keeps other daemons away from this store and folder. Raises StoreError in the others.

        Those that share a store in PostgreSQL keep away only who wants it alone.
        """
        with daemon_lock(self.database, output, shared=shared) as self.keep_lock:
            yield

    # Last: from here on these names are no longer the modules.
    latencies = _reads(latencies.read)
    pages = _reads(pages.kept)
    entries = _reads(entries.newest)
