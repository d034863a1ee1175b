"""What the machines that share a store in PostgreSQL have to publish, and what each one shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from feeder.store import entries, latencies, outbox, rendered
from feeder.store.engine import upsert
from feeder.store.instant import Instant
from feeder.store.schema import folders, meta, renames, revisions, standings
from feeder.store.schema import outbox as messages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

SILENT = timedelta(seconds=10)  # after which a machine is no longer waited for

_NOW = literal_column("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint", Instant())


@dataclass(frozen=True, slots=True)
class Edition:
    """A feed that is to be published, and the numbers of the entries that changed in it."""

    number: int
    source_id: int
    touched: frozenset[int] | None  # None: no entry did, and all documents are looked at


def after(connection: Connection, number: int, most: int = 500) -> list[Edition]:
    """Returns the editions that come after the one with this number, in order."""
    query = select(standings.c.source_id, standings.c.edition)
    later = query.where(standings.c.edition > number, ~standings.c.retired)
    ordered = later.order_by(standings.c.edition).limit(most)
    found = {row.source_id: row.edition for row in connection.execute(ordered)}
    touched: dict[int, set[int]] = {}
    changed = select(revisions.c.source_id, revisions.c.number).where(
        revisions.c.seq > number, revisions.c.seq <= max(found.values(), default=0)
    )
    for source_id, entry in connection.execute(changed):
        touched.setdefault(source_id, set()).add(entry)
    return [
        Edition(edition, key, frozenset(touched[key]) if key in touched else None)
        for key, edition in found.items()
    ]


def settle(connection: Connection, edition: Edition, since: int) -> None:
    """Notes that a machine shows an edition; the first one measures how late that is."""
    if not rendered.settle(connection, edition.source_id) or not edition.touched:
        return
    now = connection.execute(select(_NOW)).scalar_one()
    changes = entries.changes(connection, edition.source_id, after=since)
    latencies.add(connection, edition.source_id, latencies.measured(changes, now))


def arrive(connection: Connection, folder: str) -> int:
    """Returns the number up to which all is published in a folder.

    A new one is filled by other means, and begins with the present number.
    """
    mine = select(folders.c.edition).where(folders.c.folder == folder)
    newest = select(func.coalesce(func.max(standings.c.edition), 0)).scalar_subquery()
    number: int = connection.execute(
        select(func.coalesce(mine.scalar_subquery(), newest))
    ).scalar_one()
    return number


def show(
    connection: Connection, folder: str, number: int, ids: Iterable[int] | None = None
) -> bool:
    """Notes up to which number a folder shows all, and that its machine lives.

    Messages of these sources (None: of all) are held no longer where every machine shows what they
    tell of; returns whether any was let go.
    """
    now = connection.execute(select(_NOW)).scalar_one()
    row: dict[str, Any] = {"folder": folder, "edition": number, "seen": now}
    upsert(connection, folders, [row], "folder")
    everywhere = select(func.min(folders.c.edition)).where(folders.c.seen > now - SILENT)
    held = (
        select(messages.c.source_id)
        .join(standings, standings.c.source_id == messages.c.source_id)
        .where(messages.c.held, standings.c.edition <= everywhere.scalar_subquery())
        .distinct()
    )
    if ids is not None:
        held = held.where(messages.c.source_id.in_(list(ids)))
    freed = connection.execute(held).scalars().all()
    for source_id in freed:
        outbox.release(connection, source_id)
    return bool(freed)


def leave(connection: Connection, folder: str) -> None:
    """Notes that a folder's machine stops: nothing waits for it."""
    connection.execute(update(folders).where(folders.c.folder == folder).values(seen=None))


def old_names(connection: Connection, source_id: int) -> list[str]:
    """Returns the names that a source had before, under which its feed is no longer published."""
    mine = select(renames.c.old).where(renames.c.source_id == source_id)
    return list(connection.execute(mine).scalars())


def is_news(connection: Connection, topic: str, what: str) -> bool:
    """Returns whether this is the first machine that has this to tell of a feed."""
    row = insert(meta).values(key=f"told {topic}", value=what)
    other = row.on_conflict_do_update(
        index_elements=["key"], set_={"value": what}, where=meta.c.value != what
    )
    return connection.execute(other.returning(meta.c.key)).first() is not None
