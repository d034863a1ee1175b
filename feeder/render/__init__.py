"""Entries → bytes. Pure; equal feeds give equal bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.model import Rendered
from feeder.render import jsonfeed, xml
from feeder.render.as_known import arrived_after, known_at
from feeder.render.bundle import bundle
from feeder.render.digest import digest, digest_id, period
from feeder.render.item import item as made_ready
from feeder.render.status_feed import StateTurn, status_entry
from feeder.render.text_fragment import text_fragment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from feeder.model import Entry, Feed
    from feeder.render import urls
    from feeder.render.item import Mode

__all__ = [
    "ARCHIVE_SIZE",
    "DOCUMENTS",
    "StateTurn",
    "archive_feed",
    "archive_number",
    "arrived_after",
    "bundle",
    "composed",
    "digest",
    "digest_id",
    "known_at",
    "period",
    "render",
    "render_all",
    "status_feed",
    "text_fragment",
]

# What a feed can be made into, by file type.
DOCUMENTS: dict[urls.Format, Callable[[Feed], bytes]] = {
    "atom": xml.atom,
    "rss": xml.rss,
    "json": jsonfeed.feed_json,
}

# Entries in an archive document: part of every archive's address, so never to be changed.
ARCHIVE_SIZE = 100


def render(entry: Entry, *, feed_link: str, content: Mode = "full") -> Rendered:
    """One revision, to be kept: it is spliced into every feed that shows it, unchanged."""
    return render_all([entry], feed_link=feed_link, content=content)[0]


def render_all(
    entries: Iterable[Entry], *, feed_link: str, content: Mode = "full"
) -> list[Rendered]:
    """Returns many entries rendered at once, at two thirds of the cost of one by one."""
    entries = list(entries)
    ready = [made_ready(entry, feed_link, content) for entry in entries if not entry.removed]
    parts = zip(
        xml.atom_entries(ready), xml.rss_items(ready), map(jsonfeed.json_item, ready), strict=True
    )
    return [
        _rendered(entry, *(_tombstone(entry, entry.removed) if entry.removed else next(parts)))
        for entry in entries
    ]


def _rendered(entry: Entry, atom: bytes, rss: bytes, json: bytes) -> Rendered:
    updated = max(entry.published, entry.updated)
    return Rendered(
        entry.id, entry.number, entry.published, updated, atom, rss, json, entry.removed
    )


def _tombstone(entry: Entry, removed: datetime) -> tuple[bytes, bytes, bytes]:
    return xml.deleted_entry((entry.id, removed)), b"", jsonfeed.json_deleted((entry.id, removed))


def archive_feed(feed: Feed, items: Iterable[Rendered]) -> Feed:
    """`feed` as an archive document of `items` has it. That does not change with the feed."""
    newest_first = sorted(items, key=lambda one: one.number, reverse=True)
    shown = tuple(one for one in newest_first if not one.removed)
    deleted = tuple(one for one in newest_first if one.removed)
    return replace(feed, items=shown, deleted=deleted, updated=_latest(newest_first, feed))


def composed(feed: Feed, entries: Iterable[Entry], content: Mode = "full") -> Feed:
    """`feed` with these entries, tombstones among them, rendered now: for what is not kept."""
    rendered = render_all(entries, feed_link=feed.link, content=content)
    items = tuple(one for one in rendered if not one.removed)
    deleted = tuple(one for one in rendered if one.removed)
    return replace(feed, items=items, deleted=deleted, updated=_latest(rendered, feed))


def status_feed(feed: Feed, turns: Iterable[StateTurn]) -> Feed:
    """Returns what `publish_status` publishes: in Atom alone."""
    items = tuple(status_entry(turn) for turn in turns)[::-1]
    return replace(feed, items=items, updated=_latest(items, feed))


def archive_number(number: int) -> int:
    """Returns the number of the archive document that holds the entry which arrived as `number`."""
    return (number - 1) // ARCHIVE_SIZE + 1


def _latest(items: Iterable[Rendered], feed: Feed) -> datetime:
    return max((one.removed or one.updated for one in items), default=feed.updated)
