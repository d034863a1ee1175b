"""What would be extracted from a page: for `feeder preview`, the API and the page. Nothing is stored."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feeder.config import source_settings
from feeder.extract import extract, suggestion
from feeder.model import Document, Group, Note, Rules
from feeder.read import Fetcher, look

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

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


@dataclass(frozen=True, slots=True)
class PreviewOptions:
    """How a page is to be read, beyond its address; what is empty is as for a new source."""

    timezone: str = ""
    extract: str = ""
    select: Mapping[str, str] = field(default_factory=dict)  # keys of [source.select]
    language: str = ""
    date_order: str = ""
    at: datetime | None = None  # the page is read as of then; None: now

    def rules(self, **where: str) -> Rules:
        """The rules for the page at `where`, a `url` or a `path`.

        Raises:
            ConfigError: there is no such address, zone, kind or selector.
        """
        given: dict[str, Any] = {"timezone": self.timezone, "extract": self.extract}
        if self.select:
            given["select"] = dict(self.select)
            given["extract"] = self.extract or "select"
        chosen = {key: value for key, value in given.items() if value}
        settings = source_settings({"name": _NAMED} | where | chosen)
        return Rules(
            now=self.at or datetime.now(UTC),
            timezone=settings.timezone or None,
            language=self.language or None,
            date_order=self.date_order or None,
            extract=settings.extract,
            select=settings.select.model_dump() if settings.select else {},
        )


async def look_at(
    url: str,
    fetcher: Fetcher,
    extracted: Callable[[Document, Rules], Awaitable[Snapshot]],
    options: PreviewOptions,
    *,
    trusted: bool = False,
) -> Preview:
    """Read a page and return what is found; `trusted` lets `allow_private` count.

    Raises:
        ConfigError: there is no such address, zone, kind or selector.
        SourceError: the page cannot be read, or cannot hold updates.
    """
    rules = options.rules(url=url)
    document = await look(url, fetcher, trusted=trusted)
    return preview_of(await extracted(document, rules))


async def look_there(
    settings: Settings, url: str, options: PreviewOptions
) -> tuple[Preview, dict[str, str]]:
    """Read a page with a fetcher of its own.

    The second value holds selectors to try where nothing was found: keys of [source.select].
    """
    suggested: dict[str, str] = {}

    async def extract_here(document: Document, rules: Rules) -> Snapshot:
        snapshot = extract(document, rules)
        suggested.update({} if snapshot.updates else suggestion(document, rules))
        return snapshot

    async with Fetcher(settings.fetch) as fetcher:
        seen = await look_at(url, fetcher, extract_here, options, trusted=True)
    return seen, suggested


def look_here(
    body: bytes, name: str, url: str, options: PreviewOptions
) -> tuple[Preview, dict[str, str]]:
    """Return what a saved page shows, and selectors to try where that is nothing.

    `name` is the file's, "" for standard input; `url` is the base of its links.

    Raises:
        ConfigError: there is no such zone, kind or selector.
        ExtractError: the page cannot hold updates.
    """
    rules = options.rules(path=name or "-")
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
