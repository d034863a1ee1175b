"""The press: feeds put together from the store, into the output folder.

Files are a cache of the store: each function brings some of them up to date with it, and `publish_all` heals whatever a
crash or a hand has left there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import re2
import xxhash

from feeder import __version__, publish
from feeder.model import Feed
from feeder.notify import advertised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.config import Settings, Source, SourceSettings
    from feeder.model import Entry, Rendered, Standing
    from feeder.store import Published, Store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # of a feed of which nothing is known yet
AT_ONCE = 500  # entries rendered in one transaction when all have to be rendered again


def wanted(entry: Entry, settings: SourceSettings) -> bool:
    """Whether `include` and `exclude` let a new entry be published."""
    if not (settings.include or settings.exclude):
        return True
    text = f"{entry.content.title}\n{entry.content.text}"
    included = not settings.include or any(_pattern(p).search(text) for p in settings.include)
    return included and not any(_pattern(p).search(text) for p in settings.exclude)


def rendered(entry: Entry, source: Source) -> Rendered:
    return publish.render(entry, feed_link=source.settings.url, content=source.settings.content)


def renderer(source: Source) -> str:
    """Fingerprint of all that the bytes of an entry depend on besides the entry."""
    return xxhash.xxh3_64_hexdigest(repr((__version__, source.settings.url, source.settings.content)).encode())


def feed_of(source: Source, standing: Standing, settings: Settings, published: Published) -> Feed:
    """The feed as it is published; of items and tombstones those of `published`."""
    profile = standing.profile
    times = [item.removed or item.updated for item in (*published.items, *published.deleted)]
    return Feed(
        id=f"urn:uuid:{source.feed_id}",
        name=source.name,
        title=source.settings.title or profile.title or source.name,
        link=source.url,
        base=base(settings),
        updated=max(times, default=standing.last_read or EPOCH),
        items=published.items,
        deleted=published.deleted,
        description=profile.description,
        language=profile.language,
        hubs=advertised(settings.push.hubs, f"{settings.base_url}/hub"),
        coverage_start=profile.coverage_start,
        coverage_end=profile.coverage_end,
        sealed=published.sealed,
    )


def base(settings: Settings) -> str:
    """The public address of the output folder."""
    return f"{settings.base_url}/feeds/"


def publish_source(
    source: Source, standing: Standing, store: Store, settings: Settings, touched: Iterable[int] | None = None
) -> None:
    """A source's documents. `touched` are the numbers of the entries that changed; None: all archives are looked at.

    Raises:
        StoreError: the store or the folder refused; the files stay as they were.
    """
    _render_again(source, store)
    feed = feed_of(source, standing, settings, store.feed(source.id, source.settings.keep))
    documents = range(1, feed.sealed + 1)
    if touched is not None:
        changed = {publish.archive_number(number) for number in touched}
        documents = [number for number in documents if number in changed]
    for number in documents:
        publish.publish_archive(feed, number, store.archive(source.id, number), settings.output)
    publish.publish(feed, settings.output)


def _render_again(source: Source, store: Store) -> None:
    """After an upgrade or a changed setting: entries that were rendered otherwise."""
    fingerprint = renderer(source)
    while entries := store.unrendered(source.id, fingerprint, AT_ONCE):
        store.rerender(source.id, [rendered(entry, source) for entry in entries], fingerprint)


def bundles_with(name: str, settings: Settings) -> tuple[str, ...]:
    """The feeds that change with a source."""
    return tuple(bundle.name for bundle in settings.bundle if "*" in bundle.sources or name in bundle.sources)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re2.Pattern:
    return re2.compile(f"(?i){text}")
