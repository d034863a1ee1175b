"""Feed → bytes → files. Equal feeds give equal bytes, and a file whose bytes are right is not touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.model import Rendered
from feeder.publish import addresses, jsonfeed, xml
from feeder.publish.files import in_words, remove, replace_file, sweep, write
from feeder.publish.item import item as made_ready
from feeder.publish.links import text_fragment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from feeder.model import Entry, Feed
    from feeder.publish.item import Mode

__all__ = [
    "ARCHIVE_SIZE",
    "archive_number",
    "publish",
    "publish_archive",
    "render",
    "replace_file",
    "sealed",
    "sweep",
    "text_fragment",
    "unpublish",
    "unpublish_archive",
]

# Entries in an archive document: part of every archive's address, so never to be changed.
ARCHIVE_SIZE = 100


def render(entry: Entry, *, feed_link: str, content: Mode = "full") -> Rendered:
    """One revision, to be kept: it is spliced into every feed that shows it, unchanged."""
    rendered = Rendered(entry.id, entry.number, entry.published, entry.updated, b"", removed=entry.removed)
    if entry.removed:
        grave = (entry.id, entry.removed)
        return replace(rendered, atom=xml.deleted_entry(grave), json=jsonfeed.json_deleted(grave))
    ready = made_ready(entry, feed_link, content)
    return replace(rendered, atom=xml.atom_entry(ready), rss=xml.rss_item(ready), json=jsonfeed.json_item(ready))


def publish(feed: Feed, folder: Path) -> tuple[Path, ...]:
    """The subscription documents that differed from what was there.

    Raises:
        StoreError: the folder refused; the feeds there stay as they were.
    """
    documents = {"atom": xml.atom(feed), "rss": xml.rss(feed), "json": jsonfeed.feed_json(feed)}
    return write({f"{feed.name}.{form}": data for form, data in documents.items()}, folder)


def publish_archive(feed: Feed, number: int, items: Sequence[Rendered], folder: Path) -> tuple[Path, ...]:
    """The archive document of `number`, of the entries that `archive_number` puts there, tombstones among them.

    Raises:
        StoreError: the folder refused; the documents there stay as they were.
    """
    newest_first = sorted(items, key=lambda one: one.number, reverse=True)
    shown = tuple(one for one in newest_first if not one.removed)
    deleted = tuple(one for one in newest_first if one.removed)
    document = replace(feed, items=shown, deleted=deleted, updated=_latest(newest_first, feed))
    files = {
        addresses.archive_name(feed.name, "atom", number): xml.atom(document, number),
        addresses.archive_name(feed.name, "json", number): jsonfeed.feed_json(document, number),
    }
    return write(files, folder)


def unpublish(name: str, folder: Path) -> None:
    """The feed's documents, with its archive, are gone.

    Raises:
        StoreError: the folder refused.
    """
    remove(tuple(f"{name}.{form}" for form in addresses.MEDIA_TYPES), folder)
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


def _latest(items: Sequence[Rendered], feed: Feed) -> datetime:
    """A sealed document does not change with its feed, so neither does the instant that it states."""
    return max((one.removed or one.updated for one in items), default=feed.updated)
