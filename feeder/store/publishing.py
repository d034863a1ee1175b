"""Rendered entries: the bytes that documents are spliced of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from feeder.model import Rendered
from feeder.store.engine import upsert
from feeder.store.entries import load
from feeder.store.records import Published
from feeder.store.schema import entries, profiles, rendered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from feeder.model import Entry

ARCHIVED = 100  # entries of a full archive document (interface.md)

_ITEM = select(
    rendered.c.id, rendered.c.number, rendered.c.published, rendered.c.updated,
    rendered.c.atom, rendered.c.rss, rendered.c.json, rendered.c.removed,
)  # fmt: skip
_NEWEST = (rendered.c.published.desc(), rendered.c.number.desc())


def keep(connection: Connection, source_id: int, items: Iterable[Rendered], renderer: str) -> None:
    rows = [_row(source_id, item, renderer) for item in items]
    upsert(connection, rendered, rows, ("source_id", "number"))


def feed(connection: Connection, source_id: int, limit: int) -> Published:
    """The newest `limit`, whatever is not sealed in an archive document yet, and the tombstones among them."""
    sealed = _sealed(connection, source_id)
    mine, unsealed = rendered.c.source_id == source_id, rendered.c.number > sealed * ARCHIVED
    live = mine & rendered.c.removed.is_(None)
    top = [Rendered(*row) for row in connection.execute(_ITEM.where(live).order_by(*_NEWEST).limit(limit))]
    shown = {item.number for item in top}
    rest = [Rendered(*row) for row in connection.execute(_ITEM.where(live, unsealed)) if row.number not in shown]
    items = sorted(top + rest, key=lambda item: (item.published, item.number), reverse=True) if rest else top
    dead = mine & rendered.c.removed.is_not(None)
    if len(top) == limit:
        dead &= or_(rendered.c.published >= top[-1].published, unsealed)
    deleted = tuple(Rendered(*row) for row in connection.execute(_ITEM.where(dead).order_by(*_NEWEST).limit(limit)))
    return Published(tuple(items), deleted, sealed)


def archive(connection: Connection, source_id: int, document: int) -> tuple[Rendered, ...]:
    """The entries of a document, from 1, in order of arrival, tombstones with them."""
    last = document * ARCHIVED
    mine = and_(rendered.c.source_id == source_id, rendered.c.number.between(last - ARCHIVED + 1, last))
    return tuple(Rendered(*row) for row in connection.execute(_ITEM.where(mine).order_by(rendered.c.number)))


def unrendered(connection: Connection, source_id: int, renderer: str, limit: int) -> list[Entry]:
    """Entries that were never rendered, or by another renderer."""
    same = and_(rendered.c.source_id == entries.c.source_id, rendered.c.number == entries.c.number)
    fresh = select(rendered.c.number).where(same, rendered.c.renderer == renderer).exists()
    query = select(entries.c.number).where(entries.c.source_id == source_id, ~fresh).order_by(entries.c.number)
    return list(load(connection, source_id, list(connection.execute(query.limit(limit)).scalars())))


def stale(connection: Connection, renderer: str) -> list[int]:
    """Sources with entries rendered otherwise."""
    query = select(rendered.c.source_id).where(rendered.c.renderer != renderer).distinct()
    return list(connection.execute(query).scalars())


def _sealed(connection: Connection, source_id: int) -> int:
    query = select(profiles.c.next_number).where(profiles.c.source_id == source_id)
    return ((connection.execute(query).scalar() or 1) - 1) // ARCHIVED


def _row(source_id: int, item: Rendered, renderer: str) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "number": item.number,
        "id": item.id,
        "published": item.published,
        "updated": item.updated,
        "removed": item.removed,
        "renderer": renderer,
        "atom": item.atom,
        "rss": item.rss,
        "json": item.json,
    }
