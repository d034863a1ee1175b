"""Several feeds in one; each entry names its feed (atom:source, RFC 4287 §4.2.11)."""

from __future__ import annotations

from dataclasses import replace
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from feeder.render import item, jsonfeed, xml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from feeder.model import Feed, Rendered


def bundle(feed: Feed, sources: Sequence[Feed], keep: int) -> Feed:
    """`feed` with the newest `keep` items of all `sources`, and the tombstones among them."""
    items = tuple(
        islice(_newest_first((source.items, _sourced(source)) for source in sources), keep)
    )
    since = items[-1].published if len(items) == keep else None
    graves = _newest_first((source.deleted, _plain) for source in sources)
    deleted = tuple(one for one in islice(graves, keep) if since is None or one.published >= since)
    updated = max((one.removed or one.updated for one in (*items, *deleted)), default=feed.updated)
    return replace(feed, items=items, deleted=deleted, updated=updated)


def _newest_first(
    parts: Iterable[tuple[Iterable[Rendered], Callable[[Rendered], Rendered]]],
) -> Iterable[Rendered]:
    """The newest entries of `feeds`; equal instants are ordered by id, whatever the feeds' order.

    No more is looked at than is asked for, however many sources there are.
    """
    keyed = [_keyed(items, change) for items, change in parts]
    for _, one, change in merge(*keyed, key=lambda entry: entry[0], reverse=True):
        yield change(one)


def _keyed(
    items: Iterable[Rendered], change: Callable[[Rendered], Rendered]
) -> Iterator[tuple[tuple[datetime, int, str], Rendered, Callable[[Rendered], Rendered]]]:
    for one in items:
        yield (one.published, one.number, one.id), one, change


def _sourced(source: Feed) -> Callable[[Rendered], Rendered]:
    origin = item.origin(source)

    def sourced(one: Rendered) -> Rendered:
        return replace(
            one,
            atom=xml.sourced_entry(one.atom, origin, one.updated),
            rss=xml.sourced_item(one.rss, origin),
            json=jsonfeed.sourced_item(one.json, origin),
        )

    return sourced


def _plain(one: Rendered) -> Rendered:
    return one
