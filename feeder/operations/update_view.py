"""An update and its changes as programs are given them: by the commands and by the API alike.

`feeder preview --json`, webhooks and /events give a part of it, under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 -- the API resolves the annotations
from typing import TYPE_CHECKING

from feeder.model import ChangeKind, Media  # noqa: TC001 -- as above
from feeder.reconcile.word_diff import Segment, steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.model import Change, Entry, Image
    from feeder.reconcile.word_diff import Step


@dataclass(frozen=True, slots=True)
class ImageView:
    url: str
    caption: str
    credit: str


@dataclass(frozen=True, slots=True)
class UpdateView:
    """An update as subscribers have it."""

    id: str  # "urn:uuid:…"
    native_id: str | None  # the page's own id
    published: datetime
    updated: datetime
    first_seen: datetime
    removed: datetime | None  # set: it is a tombstone
    title: str
    text: str
    html: str
    authors: tuple[str, ...]
    url: str | None
    pinned: bool
    images: tuple[ImageView, ...]
    media: tuple[Media, ...]
    categories: tuple[str, ...]
    language: str | None
    revision: int  # how many changes it has had
    edit_of: str | None  # the first entry, of which this one is a later version
    hidden: bool  # left out by `include` or `exclude`: never published


@dataclass(frozen=True, slots=True)
class RevisionView:
    """One change of an update: what it was from then on."""

    change: ChangeKind
    at: datetime
    what: tuple[str, ...]
    update: UpdateView
    differences: dict[str, tuple[Segment, ...]]  # from the revision before, word by word


@dataclass(frozen=True, slots=True)
class UpdateHistory:
    """An update with all its revisions, the oldest first."""

    source: str
    update: UpdateView
    revisions: tuple[RevisionView, ...]


def view_update(entry: Entry) -> UpdateView:
    """Returns an entry as programs are given it."""
    content = entry.content
    return UpdateView(
        id=entry.id,
        native_id=entry.native_id,
        published=entry.published,
        updated=entry.updated,
        first_seen=entry.first_seen,
        removed=entry.removed,
        title=content.title,
        text=content.text,
        html=content.html,
        authors=content.authors,
        url=entry.url,
        pinned=entry.pinned,
        images=view_images(content.images),
        media=content.media,
        categories=content.categories,
        language=content.language,
        revision=entry.revision,
        edit_of=entry.edit_of,
        hidden=entry.hidden,
    )


def view_images(images: Iterable[Image]) -> tuple[ImageView, ...]:
    """Returns images without their sizes."""
    return tuple(ImageView(image.url, image.caption, image.credit) for image in images)


def view_history(source: str, entry: Entry, changes: Iterable[Change]) -> UpdateHistory:
    """Returns an entry with its changes and what differs between them."""
    revisions = tuple(_view_step(step) for step in steps(changes))
    return UpdateHistory(source, view_update(entry), revisions)


def _view_step(step: Step) -> RevisionView:
    change = step.change
    update = view_update(change.entry)
    return RevisionView(change.kind, change.at, change.what, update, dict(step.parts))
