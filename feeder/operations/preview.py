"""What would be extracted from a page: for `feeder preview`, the API and the page. Nothing is stored."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feeder.config import source_settings
from feeder.extract import extract, suggestion
from feeder.model import Document, Group, Note, Rules
from feeder.read import Fetcher, look

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.config import Settings
    from feeder.model import Image, Snapshot, Update

_NAMED = "preview"  # the settings of a source need a name; this one is never followed


@dataclass(frozen=True, slots=True)
class PreviewImage:
    url: str
    caption: str
    credit: str


@dataclass(frozen=True, slots=True)
class PreviewUpdate:
    native_id: str | None
    published: datetime | None
    modified: datetime | None
    title: str
    text: str
    html: str
    authors: tuple[str, ...]
    url: str | None
    pinned: bool
    images: tuple[PreviewImage, ...]
    group: Group | None
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The shape of `feeder preview --json`."""

    url: str
    strategy: str
    title: str
    description: str
    language: str | None
    ended: bool
    updates: tuple[PreviewUpdate, ...]
    notes: tuple[Note, ...]


async def look_at(
    url: str,
    fetcher: Fetcher,
    extracted: Callable[[Document, Rules], Awaitable[Snapshot]],
    *,
    timezone: str = "UTC",
    kind: str = "auto",
    trusted: bool = False,
) -> Preview:
    """Reads a page and says what is found. `trusted` lets `allow_private` count.

    Raises:
        ConfigError: no such address, zone or kind.
        SourceError: the page cannot be read, or is none that updates can be on.
    """
    settings = source_settings({"name": _NAMED, "url": url, "timezone": timezone, "extract": kind})
    document = await look(settings.url, fetcher, trusted=trusted)
    rules = Rules(now=datetime.now(UTC), timezone=settings.timezone, extract=settings.extract)
    return preview_of(await extracted(document, rules))


async def look_there(
    settings: Settings, url: str, timezone: str, kind: str
) -> tuple[Preview, dict[str, str]]:
    """As `look_at`, with a fetcher of its own, and selectors to try where nothing was found."""
    suggested: dict[str, str] = {}

    async def extract_here(document: Document, rules: Rules) -> Snapshot:
        snapshot = extract(document, rules)
        suggested.update({} if snapshot.updates else suggestion(document, rules))
        return snapshot

    async with Fetcher(settings.fetch) as fetcher:
        seen = await look_at(url, fetcher, extract_here, timezone=timezone, kind=kind, trusted=True)
    return seen, suggested


def look_here(
    body: bytes, name: str, url: str, timezone: str, kind: str
) -> tuple[Preview, dict[str, str]]:
    """What a saved page shows, and selectors to try where that is nothing.

    `name` is the file's, "" for standard input; `url` is the base of its links.

    Raises:
        ConfigError: no such address, zone or kind.
        ExtractError: it is none that updates can be on.
    """
    settings = source_settings(
        {"name": _NAMED, "path": name or "-", "timezone": timezone, "extract": kind}
    )
    rules = Rules(now=datetime.now(UTC), timezone=settings.timezone, extract=settings.extract)
    document = Document(url, body, mimetypes.guess_type(name)[0] if name else None)
    seen = preview_of(extract(document, rules))
    return seen, {} if seen.updates else suggestion(document, rules)


def preview_of(snapshot: Snapshot) -> Preview:
    return Preview(
        url=snapshot.url,
        strategy=snapshot.strategy,
        title=snapshot.title,
        description=snapshot.description,
        language=snapshot.language,
        ended=snapshot.ended,
        updates=tuple(_update(update) for update in snapshot.updates),
        notes=snapshot.notes,
    )


def _update(update: Update) -> PreviewUpdate:
    content = update.content
    return PreviewUpdate(
        native_id=update.native_id,
        published=update.published,
        modified=update.modified,
        title=content.title,
        text=content.text,
        html=content.html,
        authors=content.authors,
        url=update.url,
        pinned=update.pinned,
        images=tuple(_image(image) for image in content.images),
        group=update.group,
        categories=content.categories,
    )


def _image(image: Image) -> PreviewImage:
    return PreviewImage(image.url, image.caption, image.credit)
