"""Rendered entries: the bytes that documents are spliced of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, bindparam, case, func, or_, select, update

from feeder.model import Rendered
from feeder.store import numbering
from feeder.store.engine import columns_of, upsert
from feeder.store.entries import load
from feeder.store.records import Published
from feeder.store.schema import entries, profiles, rendered, standings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Select

    from feeder.model import Entry

FIRST = datetime.min.replace(tzinfo=UTC)
ARCHIVED = 100  # entries of a full archive document (interface.md)

ITEM = select(
    rendered.c.id, rendered.c.number, rendered.c.published, rendered.c.updated,
    rendered.c.atom, rendered.c.rss, rendered.c.json, rendered.c.removed,
)  # fmt: skip
_MINE = rendered.c.source_id == bindparam("source")
_LIVE = _MINE & rendered.c.removed.is_(None)
_DEAD = _MINE & rendered.c.removed.is_not(None)
_UNSEALED = rendered.c.number > bindparam("sealed")
_NEWEST = (rendered.c.published.desc(), rendered.c.number.desc())
_TOP = ITEM.where(_LIVE).order_by(*_NEWEST).limit(bindparam("most"))
_REST = ITEM.where(_LIVE, _UNSEALED)
_TOMBSTONES = ITEM.where(_DEAD, rendered.c.published >= bindparam("edge")).order_by(*_NEWEST)
_REST_TOMBSTONES = ITEM.where(_DEAD, _UNSEALED)
_DOCUMENT = ITEM.where(
    _MINE, rendered.c.number.between(bindparam("first"), bindparam("last"))
).order_by(rendered.c.number)
_OLDEST = select(func.min(entries.c.number)).where(entries.c.source_id == bindparam("source"))
_FACTS = (
    select(
        profiles.c.next_number,
        standings.c.modified,
        standings.c.renderer,
        _OLDEST.scalar_subquery(),
    )
    .join(standings, standings.c.source_id == profiles.c.source_id)
    .where(profiles.c.source_id == bindparam("source"))
)
_NOTHING = (1, None, "", None)


def keep(connection: Connection, source_id: int, items: Iterable[Rendered], renderer: str) -> None:
    """Stores rendered entries in place of what was rendered of them before."""
    owned = {"source_id": source_id, "renderer": renderer}
    rows = [owned | columns_of(item) for item in items]
    upsert(connection, rendered, rows, "source_id", "number")


def feed(connection: Connection, source_id: int, most: int) -> Published:
    """Returns the newest `most`, what no archive document has sealed, and their tombstones."""
    mine = {"source": source_id}
    following, modified, renderer, oldest = connection.execute(_FACTS, mine).first() or _NOTHING
    sealed, first = (following - 1) // ARCHIVED, ((oldest or 1) - 1) // ARCHIVED + 1
    items = _items(connection, _TOP, mine | {"most": most})
    edge = FIRST if len(items) < most else items[-1].published
    deleted = _items(connection, _TOMBSTONES, mine | {"edge": edge})
    if len(items) == most:
        unsealed = mine | {"sealed": sealed * ARCHIVED}
        items = _merged(items, _items(connection, _REST, unsealed))
        deleted = _merged(deleted, _items(connection, _REST_TOMBSTONES, unsealed))
    return Published(tuple(items), tuple(deleted), sealed, first, modified, renderer)


def _merged(newest: list[Rendered], unsealed: list[Rendered]) -> list[Rendered]:
    both = {item.number: item for item in (*newest, *unsealed)}
    return sorted(both.values(), key=lambda item: (item.published, item.number), reverse=True)


def archive(connection: Connection, source_id: int, document: int) -> tuple[Rendered, ...]:
    """Returns the entries and tombstones of an archive document, from 1, in order of arrival."""
    last = document * ARCHIVED
    numbers = {"first": last - ARCHIVED + 1, "last": last}
    return tuple(_items(connection, _DOCUMENT, {"source": source_id} | numbers))


def _items(
    connection: Connection, query: Select[*tuple[Any, ...]], values: dict[str, Any]
) -> list[Rendered]:
    return [Rendered(*row) for row in connection.execute(query, values)]


_RENDERED = select(rendered.c.number).where(
    rendered.c.source_id == entries.c.source_id,
    rendered.c.number == entries.c.number,
    rendered.c.renderer == bindparam("renderer"),
)
_UNRENDERED = (
    select(entries.c.number)
    .where(entries.c.source_id == bindparam("source"), ~entries.c.hidden, ~_RENDERED.exists())
    .order_by(entries.c.number)
    .limit(bindparam("most"))
)
_RENDERER = select(standings.c.renderer).where(standings.c.source_id == bindparam("source"))
_REMEMBER = (
    update(standings)
    .where(standings.c.source_id == bindparam("source"))
    .values(renderer=bindparam("by"))
)


def all_by(connection: Connection, source_id: int, renderer: str) -> bool:
    """Returns whether all entries of a source are remembered as rendered by `renderer`."""
    return bool(connection.execute(_RENDERER, {"source": source_id}).scalar() == renderer)


def remember(connection: Connection, source_id: int, renderer: str) -> None:
    """Notes that all entries of a source are rendered by `renderer`."""
    connection.execute(_REMEMBER, {"source": source_id, "by": renderer})


def unrendered(connection: Connection, source_id: int, renderer: str, most: int) -> list[Entry]:
    """Returns entries that are to be published and were never rendered, or by another renderer."""
    bound = {"source": source_id, "renderer": renderer, "most": most}
    numbers = connection.execute(_UNRENDERED, bound).scalars().all()
    return load(connection, source_id, numbers)


_STANDING = standings.c.source_id == bindparam("source")
_SETTLE = update(standings).where(_STANDING, standings.c.unpublished).values(unpublished=False)
_BY_IT = or_(standings.c.renderer == bindparam("by"), bindparam("all", type_=Boolean))
_UNSETTLE = (
    update(standings)
    .where(_STANDING)
    .values(
        unpublished=True,
        renderer=case((_BY_IT, bindparam("by")), else_=""),
    )
)


def unsettle(connection: Connection, source_id: int, renderer: str, *, whole: bool = False) -> None:
    """Notes that a source's files are older than its rows, the newest of which are by `renderer`.

    `whole`: all of its rows are.
    """
    connection.execute(_UNSETTLE, {"source": source_id, "by": renderer, "all": whole})
    numbering.renew(connection, [source_id])


def settle(connection: Connection, source_id: int) -> bool:
    """Notes that a source's files say what its rows say; returns whether that was not known."""
    return connection.execute(_SETTLE, {"source": source_id}).rowcount > 0


def unpublished(connection: Connection) -> list[int]:
    """Returns the ids of sources whose files are older than their rows."""
    query = select(standings.c.source_id).where(standings.c.unpublished, ~standings.c.retired)
    return list(connection.execute(query).scalars().all())
