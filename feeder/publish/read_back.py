"""Published JSON documents, read back as entries: what subscribers were told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from feeder.errors import StoreError
from feeder.render.urls import archive_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FEED_ID = re.compile(rb"<id>urn:uuid:([0-9a-f-]{36})</id>")
T = TypeVar("T")
_HEAD = 4096  # bytes of an Atom document within which its own id stands


class _Author(msgspec.Struct):
    name: str = ""


class _ItemExtension(msgspec.Struct):
    edit_of: str = ""


class _PublishedItem(msgspec.Struct):
    id: str
    date_published: datetime
    date_modified: datetime
    url: str = ""
    title: str = ""
    content_html: str = ""
    content_text: str = ""
    authors: list[_Author] = []
    tags: list[str] = []
    language: str | None = None
    extension: _ItemExtension = msgspec.field(default_factory=_ItemExtension, name="_feeder")


class _Tombstone(msgspec.Struct):
    ref: str
    when: datetime


class _Extension(msgspec.Struct):
    deleted: list[_Tombstone] = []


class _PublishedFeed(msgspec.Struct):
    items: list[_PublishedItem] = []
    extension: _Extension = msgspec.field(default_factory=_Extension, name="_feeder")


@dataclass(frozen=True, slots=True)
class PublishedEntry:
    """An entry as a subscriber was told of it; instants are aware, UTC, of whole seconds."""

    id: str
    published: datetime
    updated: datetime
    url: str
    title: str
    html: str  # "" where the feed carries no bodies
    text: str  # an excerpt, where the feed carries no bodies
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    language: str | None
    edit_of: str  # the id of the first entry of which this is a later version; ""


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """The items of one document, newest first, and when the ids that were withdrawn were."""

    entries: tuple[PublishedEntry, ...]
    deleted: dict[str, datetime]


class UnreadableFeedError(StoreError):
    """A published document is there and cannot be read back."""


def feed_id_in(folder: Path, name: str) -> str | None:
    """Returns the UUID of the feed that was published under `name`; None where there is none."""
    try:
        with (folder / f"{name}.atom").open("rb") as stream:
            found = _FEED_ID.search(stream.read(_HEAD))
    except OSError:
        return None
    return found[1].decode() if found else None


def documents_of(folder: Path, name: str) -> Iterator[PublishedDocument]:
    """Yields the subscription document, then the archive documents, the newest first.

    Raises:
        UnreadableFeedError: a document is there and cannot be read.
    """
    archives = sorted(folder.glob(f"{name}/*.json"), reverse=True)
    numbers = [int(file.stem) for file in archives if file.stem.isdecimal()]
    for file in (f"{name}.json", *(archive_name(name, "json", number) for number in numbers)):
        if (folder / file).is_file():
            yield _read(folder / file)


def _read(file: Path) -> PublishedDocument:
    document = _decode(file, _PublishedFeed)
    deleted = {one.ref: one.when.astimezone(UTC) for one in document.extension.deleted}
    return PublishedDocument(tuple(map(_entry, document.items)), deleted)


def _decode(file: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        message = f"the published feed {file} cannot be read back: {error}"
        raise UnreadableFeedError(message) from error


def _entry(item: _PublishedItem) -> PublishedEntry:
    return PublishedEntry(
        id=item.id,
        published=item.date_published.astimezone(UTC),
        updated=item.date_modified.astimezone(UTC),
        url=item.url,
        title=item.title,
        html=item.content_html,
        text=item.content_text,
        authors=tuple(author.name for author in item.authors if author.name),
        categories=tuple(item.tags),
        language=item.language,
        edit_of=item.extension.edit_of,
    )
