"""The store: what is followed, what was read, what is published, what is still to be told.

A synchronous interface that any thread may call. Every method is one transaction: it is done, or
raises StoreError and nothing was kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

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
)
from feeder.store.copying import backup, copy
from feeder.store.engine import Database
from feeder.store.hosts import Hosts
from feeder.store.lock import daemon_lock
from feeder.store.migrate import migrate
from feeder.store.outbox import Message
from feeder.store.records import Commit, Event, Latency, Page, Published, StateChange, Synced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from feeder.config import Source, SourceSettings
    from feeder.model import Change, Entry, Known, Rendered, Sought, SourceState

__all__ = [
    "Commit",
    "Event",
    "Hosts",
    "Latency",
    "Message",
    "Page",
    "Published",
    "StateChange",
    "Store",
    "Synced",
]

_SOME = 500  # sources of a round over all: about 20 ms


class Store:
    """The database, and what is remembered of it in this process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._made = sources.Sources()
        self._hosts: Hosts | None = None

    @classmethod
    def open(cls, url: str) -> Self:
        """Made or migrated where it must be; StoreError where it is damaged, locked, or of a newer version."""
        database = Database(url)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        if self._hosts is not None:
            self._hosts.flush()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sync(self, declared: Sequence[SourceSettings], fingerprint: str, now: datetime) -> Synced:
        """Makes the file's sources rows; nothing is done where the file's `fingerprint` is that of the last time."""
        with self.database.reading() as connection:
            if fingerprint and meta.get(connection, "configuration") == fingerprint:
                return Synced()
        with self.database.writing() as connection:
            synced = sources.sync(connection, declared, now)
            meta.put(connection, "configuration", fingerprint)
        return synced

    def add(self, settings: SourceSettings, origin: sources.Origin, now: datetime) -> Source:
        """Raises ConfigError where the name is taken."""
        with self.database.writing() as connection:
            sources.add(connection, settings, origin, now)
            found = source_states.named(connection, self._made, settings.name)
        assert found is not None
        return found[0]

    def retire(self, name: str, now: datetime, *, purge: bool = False) -> bool:
        """Stops following; `purge` erases all that is known. False: there is no such source."""
        with self.database.writing() as connection:
            return sources.retire(connection, name, now, purge=purge)

    def rename(self, old: str, new: str) -> None:
        """Raises ConfigError where there is no such source, or the new name is taken."""
        with self.database.writing() as connection:
            sources.rename(connection, old, new)

    def renamed(self, name: str) -> str | None:
        """The present name of what was once called `name`; None: nothing was."""
        with self.database.reading() as connection:
            return sources.renamed(connection, name)

    def sources(self) -> list[tuple[Source, SourceState]]:
        """All that are followed, by name."""
        with self.database.reading() as connection:
            return source_states.every(connection, self._made)

    def each(self, differing: str | None = None) -> Iterator[tuple[Source, SourceState]]:
        """All that are followed, some hundreds at a time; `differing`: those whose setting of that name is no default.

        For rounds over all sources: others have their turn in between, and 100,000 are never in
        memory at once.
        """
        last = 0
        while True:
            with self.database.reading() as connection:
                found = source_states.after(connection, self._made, last, _SOME, differing)
            yield from found
            if len(found) < _SOME:
                return
            last = found[-1][0].id

    def names(self, *, fed: bool = False) -> list[str]:
        """Of all that are followed; `fed`: and have, or once had, entries."""
        with self.database.reading() as connection:
            return source_states.names(connection, fed=fed)

    def roster(self) -> tuple[int, ...]:
        """Differs after a source was added, changed, renamed or retired."""
        with self.database.reading() as connection:
            return source_states.roster(connection)

    def by_state(self) -> dict[str, int]:
        """How many sources are in each state."""
        with self.database.reading() as connection:
            return source_states.by_state(connection)

    def source(self, key: str | int) -> tuple[Source, SourceState] | None:
        """One that is followed, by name; or any, by its row's id."""
        with self.database.reading() as connection:
            if isinstance(key, int):
                return source_states.numbered(connection, self._made, key)
            return source_states.named(connection, self._made, key)

    def due(
        self, now: datetime, limit: int = 1000, busy: Collection[int] = frozenset()
    ) -> list[tuple[Source, SourceState]]:
        """The most overdue first, without those whose ids are in `busy`."""
        with self.database.reading() as connection:
            return source_states.due(connection, self._made, now, limit, busy)

    def make_due(self, names: Iterable[str] | None, now: datetime) -> None:
        """These are to be read now; None: all."""
        with self.database.writing(durable=False) as connection:
            source_states.make_due(connection, names, now)

    def set_back(self, now: datetime) -> int:
        """The clock says `now` and may have said a later time before: sources that were read then are due. How many."""
        with self.database.writing(durable=False) as connection:
            return source_states.set_back(connection, now)

    def mark(self, marks: Sequence[tuple[int, SourceState]]) -> None:
        """What reads left behind that changed no entry, all but the profiles. Not waited for: see engine.py.

        A source that was given other settings since its read began is left as it is.
        """
        if marks:
            with self.database.writing(durable=False) as connection:
                source_states.mark(connection, marks)

    def state_changes(self, limit: int = 100) -> list[StateChange]:
        """The newest first."""
        with self.database.reading() as connection:
            return source_states.state_changes(connection, limit)

    def known(
        self, source_id: int, sought: Sought | None = None, *, remembered: bool = True
    ) -> Known:
        """The entries that a snapshot can touch, and those that the source's memory names."""
        with self.database.reading() as connection:
            return entries.known(connection, source_id, sought, remembered=remembered)

    def commit(self, what: Commit) -> bool:
        """Keeps all that a read changed; it is on disk when this returns.

        False: the source was given other settings since the read began, and nothing was kept.
        """
        packed = pages.pack(what.page) if what.page and what.keep_pages > 0 else None
        with self.database.writing() as connection:
            return commit.commit(connection, what, packed)

    def published(self, source_id: int, changes: Sequence[Change], now: datetime) -> None:
        """The files say so since `now`: what waits in the outbox may go, and how late it was is known."""
        samples = latencies.measured(changes, now)
        with self.database.writing(durable=False) as connection:
            rendered.settle(connection, source_id)
            outbox.release(connection, source_id)
            latencies.add(connection, source_id, samples)

    def release(self, source_id: int) -> None:
        """What waits in the outbox for the source's files may go."""
        with self.database.writing(durable=False) as connection:
            outbox.release(connection, source_id)

    def latencies(self, source_id: int | None = None) -> dict[int, Latency]:
        """Of the last new updates, by source."""
        with self.database.reading() as connection:
            return latencies.read(connection, source_id)

    def feed(self, source_id: int, keep: int) -> Published:
        """The newest `keep` entries, all that is not sealed in an archive document yet, and tombstones among them."""
        with self.database.reading() as connection:
            return rendered.feed(connection, source_id, keep)

    def newest(self, ids: Sequence[int] | None, most: int) -> dict[int, Published]:
        """By source, what of it is among the newest `most` entries of those sources; None: of all."""
        with self.database.reading() as connection:
            return bundling.newest(connection, ids, most)

    def archive(self, source_id: int, document: int) -> tuple[Rendered, ...]:
        """The entries and tombstones of an archive document, from 1, in order of arrival."""
        with self.database.reading() as connection:
            return rendered.archive(connection, source_id, document)

    def unrendered(self, source_id: int, renderer: str, limit: int = 1000) -> list[Entry]:
        """Entries that are to be published and were not rendered by this renderer. None: remembered, and soon told."""
        with self.database.reading() as connection:
            if rendered.all_by(connection, source_id, renderer):
                return []
            found = rendered.unrendered(connection, source_id, renderer, limit)
        if not found:
            with self.database.writing(durable=False) as connection:
                rendered.remember(connection, source_id, renderer)
        return found

    def unpublished(self) -> list[int]:
        """The ids of sources whose files were not yet brought up to date when something ended this program."""
        with self.database.reading() as connection:
            return rendered.unpublished(connection)

    def rerender(self, source_id: int, items: Sequence[Rendered], renderer: str) -> None:
        with self.database.writing() as connection:
            rendered.keep(connection, source_id, items, renderer)

    def entries(
        self, source_id: int, since: datetime | None = None, limit: int = 200
    ) -> list[Entry]:
        """The newest first, tombstones too; `since` is an instant of arrival."""
        with self.database.reading() as connection:
            return entries.newest(connection, source_id, since, limit)

    def entry(self, entry_id: str) -> tuple[int, Entry] | None:
        """An entry with its source's id."""
        with self.database.reading() as connection:
            return entries.by_id(connection, entry_id)

    def revisions(self, entry_id: str) -> list[Change]:
        """The first one first."""
        with self.database.reading() as connection:
            return entries.history(connection, entry_id)

    def changes(self, source_id: int, until: datetime | None = None) -> list[Change]:
        """All of a source, in order, up to and with `until`: folded, they are the feed as it was."""
        with self.database.reading() as connection:
            return entries.changes(connection, source_id, until)

    def events(self, after: int, limit: int = 100, name: str | None = None) -> list[Event]:
        """Changes after the one with the number `after`, of all sources or one."""
        with self.database.reading() as connection:
            return entries.events(connection, after, limit, name)

    def last_event(self) -> int:
        with self.database.reading() as connection:
            return entries.last_event(connection)

    def counts(self, source_id: int | None = None) -> dict[int, int]:
        """How many entries each source has, tombstones and hidden ones left out."""
        with self.database.reading() as connection:
            return entries.counts(connection, source_id)

    def pages(self, source_id: int) -> list[Page]:
        """The raw pages that are kept, the oldest first."""
        with self.database.reading() as connection:
            return pages.kept(connection, source_id)

    def prune(self, source_id: int, before: datetime, spare: int) -> int:
        """Erases entries published before an instant, but never the newest `spare`; how many."""
        with self.database.reading() as connection:
            if not retention.old(connection, source_id, before):
                return 0
        with self.database.writing() as connection:
            return retention.prune(connection, source_id, before, spare)

    def shrink_pages(self, total: int) -> int:
        """Drops the oldest kept pages until all take at most `total` bytes; how many were dropped."""
        with self.database.writing() as connection:
            return pages.shrink(connection, total)

    def forget(self, entry_id: str, now: datetime) -> Change | None:
        """Erases an entry's words everywhere; what is left is a tombstone, still to be rendered."""
        with self.database.writing() as connection:
            left = retention.forget(connection, entry_id, now)
        self.database.empty_log()
        return left

    def check(self) -> list[str]:
        """A sentence for each thing that is wrong with the database."""
        with self.database.reading() as connection:
            return integrity.check(connection)

    def get(self, key: str) -> str | None:
        """A small thing that is remembered for the whole installation."""
        with self.database.reading() as connection:
            return meta.get(connection, key)

    def put(self, key: str, value: str) -> None:
        with self.database.writing() as connection:
            meta.put(connection, key, value)

    @property
    def hosts(self) -> Hosts:
        """What is remembered of hosts: the memory of manners."""
        if self._hosts is None:
            self._hosts = Hosts(self.database)
        return self._hosts

    def backup(self, file: Path) -> None:
        """A consistent copy, made while others read and write."""
        backup(self.database, file)

    def copy_to(self, other: Store) -> Iterator[tuple[str, int]]:
        """Copies everything into an empty store, table by table: the name of each, and its rows, when it is done."""
        return copy(self.database, other.database)

    def lock(self, output: Path) -> AbstractContextManager[None]:
        """Keeps a second daemon away from this store and this folder. Raises ConfigError in the second one."""
        return daemon_lock(self.database, output)
