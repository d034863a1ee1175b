"""A page is looked at before it is followed: what would be published, and what to try if nothing.

Nothing is stored. What was read is kept by the caller, so that pointing at it asks no server again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from feeder import extract
from feeder.errors import ExtractError
from feeder.extract.page.discover import Around, look_around
from feeder.operations.preview import preview_of
from feeder.read.http import look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Document
    from feeder.operations.preview import Preview, PreviewOptions
    from feeder.pipeline.turn import Works


@dataclass(frozen=True, slots=True)
class FirstLook:
    document: Document
    preview: Preview | None  # None: it is not the page, or cannot be read
    problem: str  # why; "" where it could be read
    around: Around

    @property
    def advice(self) -> tuple[str, ...]:
        """What a person could try, in sentences."""
        return tuple(_advise(self.preview, self.around))


async def first_look(url: str, works: Works, options: PreviewOptions) -> FirstLook:
    """Reads a page and returns what would be published of it.

    Raises:
        ConfigError: there is no such address, zone, kind or selector.
        ReadError: the page cannot be read.
    """
    options.rules(url=url)  # before anything is asked for
    document = await look(url, works.fetcher)
    return await look_again(document, url, works, options)


async def look_again(
    document: Document, url: str, works: Works, options: PreviewOptions
) -> FirstLook:
    """Returns what a page that was read shows by other rules.

    Raises:
        ConfigError: there is no such zone, kind or selector.
    """
    rules = options.rules(url=url)
    around = await asyncio.to_thread(lambda: look_around(extract.ParsedPage(document, rules)))
    try:
        preview = preview_of(await works.extract(document, rules))
    except ExtractError as error:
        return FirstLook(document, None, str(error), around)
    if not preview.updates and around.is_html:
        found = await asyncio.to_thread(extract.suggestion, document, rules)
        preview = replace(preview, suggestion=found)
    return FirstLook(document, preview, "", around)


def _advise(preview: Preview | None, around: Around) -> Iterator[str]:
    found = len(preview.updates) if preview else 0
    is_feed = preview is not None and preview.strategy == "feed"
    if is_feed:
        yield _IS_FEED
    elif found == 1:
        yield _ALONE
    elif not found and around.is_html:
        yield _SCRIPTED if around.scripted else _POINT
    if around.feeds and not is_feed:
        yield "The page links feeds of its own; one of them may be what you want."


_IS_FEED = (
    "This address is a feed already. Following it here adds word differences, an archive and "
    "removals; a reader can subscribe to it directly too."
)
_ALONE = (
    "One update alone may be an article that does not change. If more are to come, follow it; if "
    "others are on the page already, point at one of them."
)
_SCRIPTED = (
    "The page is nearly empty until its scripts have run, and feeder runs none. Look for a feed of "
    "the site, or for the address that its scripts read."
)
_POINT = "Point at one update on the page: the others are found by it."
