"""What a published feed is made of: its head, its entries, and where it can be found. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import re2
import xxhash

from feeder import __version__, render
from feeder.config import duration
from feeder.model import Feed
from feeder.notify.delivery import FeedLocation
from feeder.notify.messages import advertised
from feeder.polling.source_state import zone_of
from feeder.store import Published

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.config import BundleSettings, Settings, Source, SourceSettings
    from feeder.model import Entry, Profile, Rendered, SourceState

# The `updated` of a feed that has no entries yet: the same at every writing, and a year that
# validators accept.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# The UUID name space of feeds that belong to this installation and not to a page.
OWN = UUID("0d0bfa2b-7e0e-5a3c-9a4e-6d1f8c6f7f4a")
DIGEST_DEPTH = 5000  # newest entries that a digest looks at


def feeds_url(settings: Settings) -> str:
    """Returns the public address of the output folder, with its final slash."""
    return f"{settings.base_url}/feeds/"


def hubs_of(settings: Settings) -> tuple[str, ...]:
    """Returns the addresses of the hubs that feeds name, the built-in one too where it is on."""
    return advertised(settings.push.hubs, _hub_url(settings))


def place_of(settings: Settings) -> FeedLocation:
    """Returns where notifiers find the feeds, and where the built-in hub answers."""
    return FeedLocation(feeds_url(settings), _hub_url(settings), settings.output)


def _hub_url(settings: Settings) -> str:
    return f"{settings.base_url}/hub"


def is_wanted(entry: Entry, settings: SourceSettings) -> bool:
    """Returns whether `include` and `exclude` let a new entry be published."""
    text = f"{entry.content.title}\n{entry.content.text}"
    if settings.include and not _matches(settings.include, text):
        return False
    return not _matches(settings.exclude, text)


def _matches(patterns: Iterable[str], text: str) -> bool:
    return any(_pattern(pattern).search(text) for pattern in patterns)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re2.Pattern:
    return re2.compile(f"(?i){text}")


def render_entries(entries: Iterable[Entry], source: Source) -> list[Rendered]:
    """Returns the entries as the feeds of `source` hold them."""
    settings = source.settings
    return render.render_all(entries, feed_link=settings.url, content=settings.content)


def renderer_of(source: Source) -> str:
    """Returns a fingerprint of everything but the entry itself that decides an entry's bytes."""
    settings = source.settings
    decides = (__version__, settings.url, settings.content)
    return xxhash.xxh3_64_hexdigest(repr(decides).encode())


def feed_of(
    source: Source, source_state: SourceState, settings: Settings, published: Published
) -> Feed:
    """Returns a source's feed, with the items and tombstones of `published`."""
    profile = source_state.profile
    times = [item.removed or item.updated for item in (*published.items, *published.deleted)]
    return Feed(
        id=f"urn:uuid:{source.feed_id}",
        name=source.name,
        title=source.settings.title or profile.title or source.name,
        link=source.url,
        base=feeds_url(settings),
        updated=max(times, default=source_state.last_read or EPOCH),
        items=published.items,
        deleted=published.deleted,
        description=profile.description,
        language=profile.language,
        hubs=hubs_of(settings),
        coverage_start=profile.coverage_start,
        coverage_end=profile.coverage_end,
        sealed=published.sealed,
        first=published.first,
    )


def listed_feeds(settings: Settings, followed: Iterable[tuple[Source, SourceState]]) -> list[Feed]:
    """Returns the feeds that the index and the OPML list name, without their entries."""
    feeds = [bundle_head(bundle, settings) for bundle in settings.bundle]
    for source, source_state in followed:
        head = feed_of(source, source_state, settings, Published())
        feeds += [head, digest_head(head, source)] if source.settings.digest else [head]
    return feeds


def said_of_page(profile: Profile) -> tuple[object, ...]:
    """Returns what a feed repeats of its page; where it differs, the feed is published again."""
    return (
        profile.title,
        profile.description,
        profile.language,
        profile.coverage_start,
        profile.coverage_end,
    )


def own_feed(name: str, title: str, settings: Settings) -> Feed:
    """Returns an empty feed of ours; its id follows from its name, so it survives a move."""
    return Feed(
        id=uuid5(OWN, name).urn,
        name=name,
        title=title,
        link=f"{feeds_url(settings)}index.html",
        base=feeds_url(settings),
        updated=EPOCH,
        hubs=hubs_of(settings),
    )


def bundle_head(bundle: BundleSettings, settings: Settings) -> Feed:
    """Returns a bundle's feed without entries."""
    return own_feed(bundle.name, bundle.title or bundle.name, settings)


def status_head(settings: Settings) -> Feed:
    """Returns the feed of state changes, without entries."""
    return own_feed("status", "feeder: states of sources", settings)


def bundles_with(name: str, settings: Settings) -> tuple[BundleSettings, ...]:
    """Returns the bundles that the source called `name` is part of."""
    return tuple(
        bundle for bundle in settings.bundle if "*" in bundle.sources or name in bundle.sources
    )


def bundle_names(name: str, settings: Settings) -> tuple[str, ...]:
    """Returns the names of the bundles that change with the source called `name`."""
    return tuple(bundle.name for bundle in bundles_with(name, settings))


def digest_feed(
    source: Source,
    source_state: SourceState,
    settings: Settings,
    entries: Iterable[Entry],
    now: datetime,
    since: datetime | None = None,
) -> Feed:
    """Returns the digest of `entries` at `now`: one for each period that ended after `since`."""
    own = source.settings
    every = duration(own.digest)
    zone = zone_of(source, source_state.profile)
    parts = render.digest(entries, source.feed_id, every, zone, now)[: own.keep]
    if since is not None:
        parts = [part for part in parts if part.first_seen > since]
    head = feed_of(source, source_state, settings, Published())
    return render.composed(digest_head(head, source), parts)


def digest_head(head: Feed, source: Source) -> Feed:
    """Returns the feed of a source's digest without entries, made of the source's own."""
    name, title = f"{source.name}-digest", f"{head.title}: digest"
    return replace(head, id=render.digest_id(source.feed_id), name=name, title=title)
