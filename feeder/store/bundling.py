"""The newest entries of several sources together, without loading more of each than is shown."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from feeder.model import Rendered
from feeder.store.records import Published
from feeder.store.rendered import FIRST, ITEM
from feeder.store.schema import rendered, standings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

# (published, number, id, source_id): the first three are the order that a bundle has.
_Key = tuple["datetime", int, str, int]

_ORDER = (rendered.c.published.desc(), rendered.c.number.desc(), rendered.c.id.desc())
_KEYS = select(rendered.c.published, rendered.c.number, rendered.c.id, rendered.c.source_id)
_FOLLOWED = ~(
    select(standings.c.source_id)
    .where(standings.c.source_id == rendered.c.source_id, standings.c.retired)
    .correlate(rendered)
    .exists()
)
_MINE = rendered.c.source_id == bindparam("source")
_LIVE, _DEAD = rendered.c.removed.is_(None), rendered.c.removed.is_not(None)
_SINCE = rendered.c.published >= bindparam("since")
_ALL_LIVE = _KEYS.where(_LIVE, _FOLLOWED).order_by(*_ORDER).limit(bindparam("most"))
_ALL_DEAD = _KEYS.where(_DEAD, _FOLLOWED, _SINCE).order_by(*_ORDER).limit(bindparam("most"))
_ONE_LIVE = _KEYS.where(_LIVE, _MINE).order_by(*_ORDER).limit(bindparam("most"))
_ONE_DEAD = _KEYS.where(_DEAD, _MINE, _SINCE).order_by(*_ORDER).limit(bindparam("most"))
_THESE = ITEM.where(_MINE, rendered.c.number.in_(bindparam("numbers", expanding=True))).order_by(
    *_ORDER
)


def newest(connection: Connection, ids: Sequence[int] | None, most: int) -> dict[int, Published]:
    """Returns, by source, its entries among the newest `most` of these sources, and the tombstones.

    `ids` are the sources; None: all that are followed.
    """
    live = _keys(connection, _ALL_LIVE if ids is None else _ONE_LIVE, ids, most=most)
    since = live[-1][0] if len(live) == most else FIRST
    dead = _keys(connection, _ALL_DEAD if ids is None else _ONE_DEAD, ids, most=most, since=since)
    items, deleted = _loaded(connection, live), _loaded(connection, dead)
    return {
        key: Published(tuple(items.get(key, ())), tuple(deleted.get(key, ())))
        for key in items | deleted
    }


def _keys(
    connection: Connection, query: Any, ids: Sequence[int] | None, *, most: int, **values: object
) -> list[_Key]:
    if ids is None:
        return [tuple(row) for row in connection.execute(query, {"most": most} | values).all()]
    found = (connection.execute(query, {"most": most, "source": key} | values).all() for key in ids)
    return heapq.nlargest(most, (tuple(row) for rows in found for row in rows))


def _loaded(connection: Connection, keys: Iterable[_Key]) -> dict[int, list[Rendered]]:
    numbers = defaultdict(list)
    for _, number, _, source_id in keys:
        numbers[source_id].append(number)
    found = {}
    for key, mine in numbers.items():
        rows = connection.execute(_THESE, {"source": key, "numbers": mine})
        found[key] = [Rendered(*row) for row in rows]
    return found
