"""What `feeder status` and `feeder list` read of a store in SQLite, without the store's library.

SQLAlchemy takes longer to import than all else that these commands do. Where anything is not as
expected, there is no glance, and the store itself has to be asked.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from feeder.config import Source, SourceSettings
from feeder.errors import StoreError
from feeder.model import Profile, SourceState, Validators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.config import Settings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SOURCES = """
    SELECT s.id, s.feed_id, s.origin, s.version, s.settings, t.next_due, t.state, t.reason,
        t.since, t.last_read, t.last_outcome, t.last_change, t.failures, t.pending, t.moved_to,
        p.profile
    FROM sources s JOIN standings t ON t.source_id = s.id JOIN profiles p ON p.source_id = s.id
    WHERE s.retired IS NULL AND s.name = coalesce(?, s.name) ORDER BY s.name
"""
_COUNTS = """
    SELECT source_id, count(*) FROM entries WHERE removed IS NULL AND NOT hidden
    AND source_id = coalesce(?, source_id) GROUP BY source_id
"""
_LATENCIES = "SELECT source_id, samples FROM latencies WHERE source_id = coalesce(?, source_id)"
_NAMES = "SELECT name FROM sources WHERE retired IS NULL"
_META = "SELECT value FROM meta WHERE key = ?"
_PUSHED = "SELECT count(*) FROM push_targets"


class Samples(msgspec.Struct, frozen=True):
    """A Latency, as it is stored."""

    found: tuple[float, ...] = ()
    published: tuple[float, ...] = ()
    told: tuple[float, ...] = ()


class Glance:
    """One look into a store. It answers as `Store` does, but knows few of a source's settings."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._ask = connection.execute

    def names(self) -> list[str]:
        return [name for (name,) in self._ask(_NAMES)]

    def sources(self) -> list[tuple[Source, SourceState]]:
        return [_pair(row) for row in self._ask(_SOURCES, (None,))]

    def source(self, name: str) -> tuple[Source, SourceState] | None:
        row = self._ask(_SOURCES, (name,)).fetchone()
        return _pair(row) if row else None

    def counts(self, source_id: int | None = None) -> dict[int, int]:
        return dict(self._ask(_COUNTS, (source_id,)))

    def latencies(self, source_id: int | None = None) -> dict[int, Samples]:
        decode = msgspec.json.Decoder(Samples).decode
        return {key: decode(samples) for key, samples in self._ask(_LATENCIES, (source_id,))}

    def get(self, key: str) -> str | None:
        row = self._ask(_META, (key,)).fetchone()
        return row[0] if row else None

    def pushes(self) -> bool:
        """Returns whether hubs or webhooks are told something."""
        return bool(self._ask(_PUSHED).fetchone()[0])


@contextmanager
def glance(settings: Settings) -> Iterator[Glance | None]:
    """Yields a look into the store of `settings`, None where it cannot be had so easily.

    Raises:
        StoreError: the file turns out to be damaged.
    """
    file = settings.store.removeprefix("sqlite:///")
    if file == settings.store or "?" in file or not Path(file).is_file():
        yield None
        return
    uri = f"{Path(file).as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            yield _open(connection)
    except sqlite3.Error as error:
        raise StoreError(f"store {Path(file).name}: {error}") from error


def _open(connection: sqlite3.Connection) -> Glance | None:
    """Begins the look; None where the tables are not those of this version, or cannot be read."""
    try:
        connection.execute("BEGIN")  # all that is read is of one moment
        for query in (_SOURCES, _COUNTS, _LATENCIES, _META):
            connection.execute(f"EXPLAIN {query}", (None,))
        found = Glance(connection)
        return None if found.pushes() else found
    except sqlite3.Error:
        return None


def _pair(row: tuple[Any, ...]) -> tuple[Source, SourceState]:
    (
        key, feed_id, origin, version, settings, next_due, state, reason, since, last_read,
        last_outcome, last_change, failures, pending, moved_to, profile,
    ) = row  # fmt: skip
    source = SourceSettings.model_construct(**msgspec.json.decode(settings))
    source_state = SourceState(
        state, reason, _instant(since), _instant(last_read), last_outcome, _instant(last_change),
        _instant(next_due), Validators(), moved_to, failures, bool(pending),
        msgspec.json.decode(profile, type=Profile), version,
    )  # fmt: skip
    return Source(key, feed_id, source, origin, moved_to), source_state


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
