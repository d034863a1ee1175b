"""What would be extracted from a page, for `feeder preview` and the API; nothing is stored."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feeder import extract
from feeder.config import Source, source_settings
from feeder.model import Assumption, Document, Group, Note, Rules, Validators
from feeder.operations.preview_sentences import describe_snapshot
from feeder.operations.update_view import ImageView, view_images
from feeder.pipeline.rules import rules_of
from feeder.read.fetcher import Fetcher
from feeder.read.http import look
from feeder.read.source import read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.config import Settings, SourceSettings
    from feeder.model import Snapshot, Update

_NAMED = "preview"  # the settings of a source need a name; this one is never followed


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
    images: tuple[ImageView, ...]
    group: Group | None
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a page shows. `feeder preview --json` prints it as far as `updates`.

    `suggestion` holds selectors to try where nothing was found: keys of [source.select].
    """

    url: str
    strategy: str
    title: str
    description: str
    language: str | None
    ended: bool
    assumed: Assumption | None
    unread: int  # texts that could be a time and were not understood
    updates: tuple[PreviewUpdate, ...]
    sentences: tuple[str, ...]  # what was read, assumed, left out and not understood
    notes: tuple[Note, ...]  # the evidence, with its figures
    suggestion: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreviewOptions:
    """How a page is to be read, beyond its address; what is empty is as for a new source."""

    timezone: str = ""
    extract: str = ""
    select: Mapping[str, str] = field(default_factory=dict)  # keys of [source.select]
    language: str = ""
    date_order: str = ""
    at: datetime | None = None  # the page is read as of then; None: now

    def overrides(self) -> dict[str, Any]:
        """Returns the keys of [[source]] that are given."""
        given: dict[str, Any] = {
            "timezone": self.timezone,
            "extract": self.extract,
            "language": self.language,
            "date_order": self.date_order,
        }
        if self.select:
            given["select"] = dict(self.select)
            given["extract"] = self.extract or "select"
        return {key: value for key, value in given.items() if value}

    def rules(self, **where: str) -> Rules:
        """Returns the rules for the page at `where`, a `url` or a `path`.

        Raises:
            ConfigError: there is no such address, zone, kind or selector.
        """
        return self.rules_for(source_settings({"name": _NAMED} | where | self.overrides()))

    def rules_for(self, settings: SourceSettings) -> Rules:
        """Returns the rules of a source, as of the instant that is given."""
        return rules_of(Source(0, "", settings), self.at or datetime.now(UTC))


async def look_at(
    url: str,
    fetcher: Fetcher,
    extracted: Callable[[Document, Rules], Awaitable[Snapshot]],
    options: PreviewOptions,
    *,
    trusted: bool = False,
) -> Preview:
    """Reads a page and returns what is found; `trusted` lets `allow_private` count.

    Raises:
        ConfigError: there is no such address, zone, kind or selector.
        SourceError: the page cannot be read, or cannot hold updates.
    """
    rules = options.rules(url=url)
    document = await look(url, fetcher, trusted=trusted)
    return preview_of(await extracted(document, rules))


async def look_there(settings: Settings, url: str, options: PreviewOptions) -> Preview:
    """Reads a page with a fetcher of its own, and returns what is found.

    Raises:
        ConfigError: there is no such address, zone, kind or selector.
        SourceError: the page cannot be read, or cannot hold updates.
    """
    rules = options.rules(url=url)
    async with Fetcher(settings.fetch) as fetcher:
        document = await look(url, fetcher, trusted=True)
    return _look_into(document, rules)


async def look_at_source(
    source: SourceSettings,
    fetcher: Fetcher,
    extracted: Callable[[Document, Rules], Awaitable[Snapshot]],
    options: PreviewOptions,
) -> Preview:
    """Reads the page of a source as a refresh would, and returns what is found.

    Raises:
        ConfigError: an option is not allowed.
        SourceError: the page cannot be read, or cannot hold updates.
    """
    given = source.model_dump(exclude_unset=True) | options.overrides()
    unread = {"select", "api"} - {given.get("extract")}
    chosen = source_settings({key: value for key, value in given.items() if key not in unread})
    reading = await read(Source(0, "", chosen), Validators(), fetcher)
    assert reading.document is not None  # nothing was known that it could equal
    rules = options.rules_for(chosen)
    return _suggesting(await extracted(reading.document, rules), reading.document, rules)


def look_here(body: bytes, name: str, url: str, options: PreviewOptions) -> Preview:
    """Returns what a saved page shows.

    `name` is the file's, "" for standard input; `url` is the base of its links.

    Raises:
        ConfigError: there is no such zone, kind or selector.
        ExtractError: the page cannot hold updates.
    """
    rules = options.rules(path=name or "-")
    document = Document(url, body, mimetypes.guess_type(name)[0] if name else None)
    return _look_into(document, rules)


def _look_into(document: Document, rules: Rules) -> Preview:
    return _suggesting(extract.extract(document, rules), document, rules)


def _suggesting(snapshot: Snapshot, document: Document, rules: Rules) -> Preview:
    seen = preview_of(snapshot)
    return seen if seen.updates else replace(seen, suggestion=extract.suggestion(document, rules))


def preview_of(snapshot: Snapshot) -> Preview:
    return Preview(
        url=snapshot.url,
        strategy=snapshot.strategy,
        title=snapshot.title,
        description=snapshot.description,
        language=snapshot.language,
        ended=snapshot.ended,
        assumed=snapshot.assumed,
        unread=snapshot.unread,
        updates=tuple(_update(update) for update in snapshot.updates),
        sentences=describe_snapshot(snapshot),
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
        images=view_images(content.images),
        group=update.group,
        categories=content.categories,
    )
