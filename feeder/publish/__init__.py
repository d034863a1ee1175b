"""Feed → bytes → files. Equal feeds give equal bytes, and a file whose bytes are right is not touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.model import Rendered
from feeder.publish import addresses, jsonfeed, opml, page, xml
from feeder.publish.bundle import bundle
from feeder.publish.check import Finding, check_archive, check_feed
from feeder.publish.digest import digest, digest_id, period
from feeder.publish.files import in_words, remove, replace_file, sweep, write
from feeder.publish.item import item as made_ready
from feeder.publish.links import text_fragment
from feeder.publish.moments import arrived_after, known_at
from feeder.publish.status import Turn, status_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from feeder.model import Entry, Feed
    from feeder.publish.item import Mode

__all__ = [
    "ARCHIVE_SIZE",
    "DOCUMENTS",
    "LISTS",
    "Finding",
    "Turn",
    "archive_feed",
    "archive_number",
    "arrived_after",
    "bundle",
    "check_archive",
    "check_feed",
    "composed",
    "digest",
    "digest_id",
    "known_at",
    "period",
    "publish",
    "publish_archive",
    "publish_index",
    "publish_status",
    "render",
    "render_all",
    "replace_file",
    "sealed",
    "status_feed",
    "sweep",
    "text_fragment",
    "unpublish",
    "unpublish_archive",
]

# What a feed can be made into, by file type.
DOCUMENTS: dict[addresses.Format, Callable[[Feed], bytes]] = {
    "atom": xml.atom,
    "rss": xml.rss,
    "json": jsonfeed.feed_json,
}

# What `publish_index` writes.
LISTS = ("index.html", "index.css", "feeds.opml")

# Entries in an archive document: part of every archive's address, so never to be changed.
ARCHIVE_SIZE = 100


def render(entry: Entry, *, feed_link: str, content: Mode = "full") -> Rendered:
    """One revision, to be kept: it is spliced into every feed that shows it, unchanged."""
    return render_all([entry], feed_link=feed_link, content=content)[0]


def render_all(entries: Iterable[Entry], *, feed_link: str, content: Mode = "full") -> list[Rendered]:
    """The same of many, at two thirds of the cost."""
    entries = list(entries)
    ready = [made_ready(entry, feed_link, content) for entry in entries if not entry.removed]
    parts = zip(xml.atom_entries(ready), xml.rss_items(ready), map(jsonfeed.json_item, ready), strict=True)
    return [_rendered(entry, *(_grave(entry, entry.removed) if entry.removed else next(parts))) for entry in entries]


def _rendered(entry: Entry, atom: bytes, rss: bytes, json: bytes) -> Rendered:
    updated = max(entry.published, entry.updated)
    return Rendered(entry.id, entry.number, entry.published, updated, atom, rss, json, entry.removed)


def _grave(entry: Entry, removed: datetime) -> tuple[bytes, bytes, bytes]:
    return xml.deleted_entry((entry.id, removed)), b"", jsonfeed.json_deleted((entry.id, removed))


def publish(feed: Feed, folder: Path) -> tuple[Path, ...]:
    """The subscription documents that differed from what was there.

    Raises:
        StoreError: the folder refused; the feeds there stay as they were.
    """
    return write(((f"{feed.name}.{form}", document(feed)) for form, document in DOCUMENTS.items()), folder)


def publish_archive(feed: Feed, number: int, items: Sequence[Rendered], folder: Path) -> tuple[Path, ...]:
    """The archive document of `number`, of the entries that `archive_number` puts there, tombstones among them.

    Raises:
        StoreError: the folder refused; the documents there stay as they were.
    """
    document = archive_feed(feed, items)
    files = {
        addresses.archive_name(feed.name, "atom", number): xml.atom(document, number),
        addresses.archive_name(feed.name, "json", number): jsonfeed.feed_json(document, number),
    }
    return write(files.items(), folder)


def archive_feed(feed: Feed, items: Iterable[Rendered]) -> Feed:
    """`feed` as an archive document of `items` has it. That does not change with the feed."""
    newest_first = sorted(items, key=lambda one: one.number, reverse=True)
    shown = tuple(one for one in newest_first if not one.removed)
    deleted = tuple(one for one in newest_first if one.removed)
    return replace(feed, items=shown, deleted=deleted, updated=_latest(newest_first, feed))


def composed(feed: Feed, entries: Iterable[Entry], content: Mode = "full") -> Feed:
    """`feed` with these entries, tombstones among them, rendered now: for digests, other moments, what is not kept."""
    rendered = render_all(entries, feed_link=feed.link, content=content)
    items = tuple(one for one in rendered if not one.removed)
    deleted = tuple(one for one in rendered if one.removed)
    return replace(feed, items=items, deleted=deleted, updated=_latest(rendered, feed))


def publish_index(feeds: Sequence[Feed], folder: Path) -> tuple[Path, ...]:
    """The page for people and the list for readers. Of `feeds` the items are not looked at.

    Raises:
        StoreError: the folder refused; what is there stays as it was.
    """
    documents = page.index(feeds), page.stylesheet(), opml.opml(feeds)
    return write(zip(LISTS, documents, strict=True), folder)


def publish_status(feed: Feed, turns: Iterable[Turn], folder: Path) -> tuple[Path, ...]:
    """status.atom, of the changes of state, oldest first.

    Raises:
        StoreError: the folder refused; the file there stays as it was.
    """
    return write([(f"{feed.name}.atom", xml.atom(status_feed(feed, turns)))], folder)


def status_feed(feed: Feed, turns: Iterable[Turn]) -> Feed:
    """What `publish_status` publishes: in Atom alone."""
    items = tuple(status_entry(turn) for turn in turns)[::-1]
    return replace(feed, items=items, updated=_latest(items, feed))


def unpublish(name: str, folder: Path) -> None:
    """The feed's documents, with its archive and its digest, are gone.

    Raises:
        StoreError: the folder refused.
    """
    remove(tuple(f"{one}.{form}" for one in (name, f"{name}-digest") for form in addresses.MEDIA_TYPES), folder)
    archives = folder / name
    if archives.is_dir() and not archives.is_symlink():
        remove(tuple(one.name for one in archives.iterdir()), archives)
        with in_words(folder):
            archives.rmdir()


def unpublish_archive(name: str, number: int, folder: Path) -> None:
    """An archive document whose entries were all let go is gone; the next one is to be published again, for its link.

    Raises:
        StoreError: the folder refused.
    """
    remove(tuple(addresses.archive_name(name, form, number) for form in ("atom", "json")), folder)


def archive_number(number: int) -> int:
    """Which archive document the entry that arrived as `number` belongs to; it is sealed when later ones are begun."""
    return (number - 1) // ARCHIVE_SIZE + 1


def sealed(next_number: int) -> int:
    """How many archive documents are full when the next entry to arrive will be `next_number`."""
    return (next_number - 1) // ARCHIVE_SIZE


def _latest(items: Iterable[Rendered], feed: Feed) -> datetime:
    return max((one.removed or one.updated for one in items), default=feed.updated)
