"""Entries: found again, changed, looked up. Only what a snapshot can touch is ever loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import and_, bindparam, func, select

from feeder.model import Change, Entry, Known, Sought
from feeder.store import numbering
from feeder.store.engine import in_parts, upsert
from feeder.store.records import Event
from feeder.store.schema import entries, native_ids, profiles, revisions, sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

_entry = msgspec.json.Decoder(Entry)

_MINE = entries.c.source_id == bindparam("source")
# The state of an entry is its last revision.
_CURRENT = select(revisions.c.entry).join_from(
    entries,
    revisions,
    and_(
        revisions.c.source_id == entries.c.source_id,
        revisions.c.number == entries.c.number,
        revisions.c.revision == entries.c.revision,
    ),
)
_NUMBERED = _CURRENT.where(
    _MINE, entries.c.number.in_(bindparam("numbers", expanding=True))
).order_by(entries.c.number)
_KNOWN = (
    select(sources.c.feed_id, profiles.c.next_number, profiles.c.memory, profiles.c.named)
    .join_from(sources, profiles)
    .where(sources.c.id == bindparam("source"))
)
_NAMED = select(native_ids.c.number).where(
    native_ids.c.source_id == bindparam("source"),
    native_ids.c.native_id.in_(bindparam("values", expanding=True)),
)
# Without the source in it: SQLite would rather walk all entries of the source.
_IDENTIFIED = select(entries.c.number, entries.c.source_id, entries.c.id).where(
    entries.c.id.in_(bindparam("values", expanding=True))
)
_WORDED = select(entries.c.number).where(
    _MINE, entries.c.digest.in_(bindparam("values", expanding=True))
)
_SPAN = entries.c.published.between(bindparam("earliest"), bindparam("latest"))
_TIMED = select(entries.c.number).where(_MINE, _SPAN)


def known(
    connection: Connection, source_id: int, sought: Sought | None = None, *, remembered: bool = True
) -> Known:
    """Returns the entries that a snapshot can touch.

    Args:
        connection: in a transaction.
        source_id: whose entries.
        sought: what the snapshot could be found by; None: nothing.
        remembered: whether those that the source's memory names are wanted too.
    """
    feed_id, next_number, memory, names = connection.execute(_KNOWN, {"source": source_id}).one()
    if next_number == 1:  # none was ever stored: a first read need not look for each update
        return Known(feed_id, (), memory, next_number)
    named = sought or Sought()
    if remembered:
        named = replace(named, ids=named.ids | frozenset(names.split()))
    found = load(connection, source_id, _found(connection, source_id, named))
    return Known(feed_id, tuple(found), memory, next_number)


def _found(connection: Connection, source_id: int, sought: Sought) -> set[int]:
    mine = {"source": source_id}
    numbers: set[int] = set()
    for query, values in ((_NAMED, sought.native_ids), (_WORDED, sought.digests)):
        for part in in_parts(values):
            numbers.update(connection.execute(query, mine | {"values": part}).scalars())
    for part in in_parts(sought.ids):
        found = connection.execute(_IDENTIFIED, {"values": part})
        numbers.update(number for number, owner, _ in found if owner == source_id)
    if sought.earliest is not None and sought.latest is not None:
        span = {"earliest": sought.earliest, "latest": sought.latest}
        numbers.update(connection.execute(_TIMED, mine | span).scalars())
    return numbers


def load(connection: Connection, source_id: int, numbers: Iterable[int]) -> list[Entry]:
    """Returns entries by their numbers, ascending."""
    found: list[Entry] = []
    for part in in_parts(sorted(numbers)):
        bound = {"source": source_id, "numbers": part}
        found += map(_entry.decode, connection.execute(_NUMBERED, bound).scalars())
    return found


def record(connection: Connection, source_id: int, changes: Sequence[Change]) -> None:
    """Keeps each change as a revision, and what entries are found by."""
    numbering.take_turn(connection)
    last = {change.entry.number: change.entry for change in changes}
    found_by = [_found_by(source_id, entry) for entry in last.values()]
    upsert(connection, entries, found_by, "source_id", "number")
    rows = [_revision(source_id, change) for change in changes]
    upsert(connection, revisions, rows, "source_id", "number", "revision")
    named = {(c.entry.number, c.entry.native_id) for c in changes if c.entry.native_id is not None}
    ids = [
        {"source_id": source_id, "native_id": native, "number": number}
        for number, native in sorted(named)
    ]
    upsert(connection, native_ids, ids, "source_id", "native_id", "number")


_FOUND_BY = [column.name for column in entries.c if column.name != "source_id"]


def _found_by(source_id: int, entry: Entry) -> dict[str, Any]:
    return {"source_id": source_id} | {name: getattr(entry, name) for name in _FOUND_BY}


def _revision(source_id: int, change: Change) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "number": change.entry.number,
        "revision": change.entry.revision,
        "kind": change.kind,
        "at": change.at,
        "what": ",".join(change.what),
        "entry": msgspec.json.encode(change.entry),
    }


def newest(
    connection: Connection, source_id: int, since: datetime | None = None, limit: int = 200
) -> list[Entry]:
    """Returns entries, the newest first, tombstones too; those that arrived after `since`."""
    query = _CURRENT.where(entries.c.source_id == source_id)
    if since is not None:
        query = query.where(entries.c.first_seen > since)
    query = query.order_by(entries.c.published.desc(), entries.c.number.desc()).limit(limit)
    return [_entry.decode(body) for body in connection.execute(query).scalars()]


def by_id(connection: Connection, entry_id: str) -> tuple[int, Entry] | None:
    """Returns an entry with its source's id; None: there is none of that id."""
    query = _CURRENT.add_columns(entries.c.source_id).where(entries.c.id == entry_id)
    row = connection.execute(query).first()
    return (row.source_id, _entry.decode(row.entry)) if row else None


def history(connection: Connection, entry_id: str) -> list[Change]:
    """Returns all revisions of an entry, the first one first."""
    key = select(entries.c.source_id, entries.c.number).where(entries.c.id == entry_id)
    row = connection.execute(key).first()
    if row is None:
        return []
    mine = (revisions.c.source_id == row.source_id) & (revisions.c.number == row.number)
    query = select(revisions).where(mine).order_by(revisions.c.revision)
    return [_change(row) for row in connection.execute(query)]


def changes(
    connection: Connection, source_id: int, until: datetime | None = None, after: int = 0
) -> list[Change]:
    """Returns all changes of a source in order, up to and with `until`: folded, the feed then.

    `after`: those that come after the event of this number.
    """
    query = select(revisions).where(revisions.c.source_id == source_id)
    if after:
        query = query.where(revisions.c.seq > after)
    if until is not None:
        query = query.where(revisions.c.at <= until)
    return [_change(row) for row in connection.execute(query.order_by(revisions.c.seq))]


def events(
    connection: Connection, after: int, limit: int = 100, name: str | None = None
) -> list[Event]:
    """Returns the changes after the one with the number `after`, of all sources or of one."""
    query = select(revisions, sources.c.name).join_from(revisions, sources)
    query = query.where(revisions.c.seq > after)
    if name is not None:
        query = query.where(sources.c.name == name)
    rows = connection.execute(query.order_by(revisions.c.seq).limit(limit))
    return [Event(row.seq, row.source_id, row.name, _change(row)) for row in rows]


def last_event(connection: Connection) -> int:
    """Returns the number of the last change; 0: there was none."""
    return connection.execute(select(func.max(revisions.c.seq))).scalar() or 0


_VISIBLE = and_(entries.c.removed.is_(None), ~entries.c.hidden)


def counts(connection: Connection, source_id: int | None = None) -> dict[int, int]:
    """Returns how many entries each source has, tombstones and hidden ones left out."""
    query = select(entries.c.source_id, func.count()).where(_VISIBLE).group_by(entries.c.source_id)
    if source_id is not None:
        query = query.where(entries.c.source_id == source_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def _change(row: Row[*tuple[Any, ...]]) -> Change:
    what = tuple(row.what.split(",")) if row.what else ()
    return Change(row.kind, row.at, _entry.decode(row.entry), what)
