"""Feeds into the output folder. A file whose bytes are right is not touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.publish.files import complete_names, folder_turn, in_words, remove, sweep, write
from feeder.publish.verify import Finding, check_archive, check_feed
from feeder.render import (
    DOCUMENTS,
    archive_feed,
    index_page,
    jsonfeed,
    opml,
    status_feed,
    urls,
    xml,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from feeder.model import Feed, Rendered
    from feeder.render import StateTurn

__all__ = [
    "LISTS",
    "Finding",
    "archives_in",
    "check_archive",
    "check_feed",
    "folder_turn",
    "names_in",
    "publish",
    "publish_archive",
    "publish_index",
    "publish_status",
    "sweep",
    "unpublish",
    "unpublish_archive",
]

# What `publish_index` writes.
LISTS = ("index.html", "index.css", "feeds.opml")


def publish(feed: Feed, folder: Path, modified: datetime | None = None) -> tuple[Path, ...]:
    """Writes the subscription documents, and returns those that differed from what was there.

    They are dated `modified`; None: now.

    Raises:
        StoreError: the folder refused; the feeds there stay as they were.
    """
    documents = ((f"{feed.name}.{form}", document(feed)) for form, document in DOCUMENTS.items())
    return write(documents, folder, modified)


def publish_archive(
    feed: Feed,
    number: int,
    items: Sequence[Rendered],
    folder: Path,
    modified: datetime | None = None,
) -> tuple[Path, ...]:
    """Writes the archive document of `number`, whose entries and tombstones are `items`.

    Raises:
        StoreError: the folder refused; the documents there stay as they were.
    """
    document = archive_feed(feed, items)
    files = {
        urls.archive_name(feed.name, "atom", number): xml.atom(document, number),
        urls.archive_name(feed.name, "json", number): jsonfeed.feed_json(document, number),
    }
    return write(files.items(), folder, modified)


def publish_index(feeds: Sequence[Feed], folder: Path) -> tuple[Path, ...]:
    """Writes the page for people and the list for readers; the items of `feeds` are not looked at.

    Raises:
        StoreError: the folder refused; what is there stays as it was.
    """
    documents = index_page.index(feeds), index_page.stylesheet(), opml.opml(feeds)
    return write(zip(LISTS, documents, strict=True), folder)


def publish_status(feed: Feed, turns: Iterable[StateTurn], folder: Path) -> tuple[Path, ...]:
    """Publishes status.atom, of the changes of state, oldest first.

    Raises:
        StoreError: the folder refused; the file there stays as it was.
    """
    return write([(f"{feed.name}.atom", xml.atom(status_feed(feed, turns)))], folder)


def names_in(folder: Path) -> frozenset[str]:
    """Returns the names of the feeds of which all subscription documents are in the folder."""
    return complete_names(folder, DOCUMENTS)


def archives_in(folder: Path, name: str) -> frozenset[int]:
    """Returns the numbers of a feed's archive documents that are in the folder in each form."""
    stems = complete_names(folder / name, ("atom", "json"))
    return frozenset(int(stem) for stem in stems if stem.isdecimal())


def unpublish(name: str, folder: Path) -> None:
    """Removes the feed's documents, with its archive and its digest.

    Raises:
        StoreError: the folder refused.
    """
    remove(
        tuple(f"{one}.{form}" for one in (name, f"{name}-digest") for form in urls.MEDIA_TYPES),
        folder,
    )
    archives = folder / name
    if archives.is_dir() and not archives.is_symlink():
        remove(tuple(one.name for one in archives.iterdir()), archives)
        with in_words(folder):
            archives.rmdir()


def unpublish_archive(name: str, number: int, folder: Path) -> None:
    """Removes an archive document; the next one has to be published again, for its link.

    Raises:
        StoreError: the folder refused.
    """
    remove(tuple(urls.archive_name(name, form, number) for form in ("atom", "json")), folder)
