"""The press: feeds put together from the store, into the output folder.

Files are a cache of the store: each function brings some of them up to date with it, and
`publish_all` heals whatever a crash or a hand has left there.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import re2
import xxhash

from feeder import __version__, publish, render
from feeder.config import duration
from feeder.model import Feed
from feeder.notify import advertised, announce, topics
from feeder.store import Published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from feeder.config import BundleSettings, Settings, Source, SourceSettings
    from feeder.model import Entry, Profile, Rendered, SourceState
    from feeder.store import Store

# Of a feed of which nothing is known yet: the same at each writing, and a year that validators take
# for one.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
OWN = UUID("0d0bfa2b-7e0e-5a3c-9a4e-6d1f8c6f7f4a")  # the name space of feeds that are of no page
STATES = 100  # changes of state in status.atom
DIGESTED = 5000  # entries that a digest looks back on
# Two threads never publish one feed at once: the one that read the store first could be the last to
# write.
_turns = tuple(threading.Lock() for _ in range(64))
AT_ONCE = 500  # entries rendered in one transaction when all have to be rendered again


def wanted(entry: Entry, settings: SourceSettings) -> bool:
    """Whether `include` and `exclude` let a new entry be published."""
    if not (settings.include or settings.exclude):
        return True
    text = f"{entry.content.title}\n{entry.content.text}"
    included = not settings.include or any(_pattern(p).search(text) for p in settings.include)
    return included and not any(_pattern(p).search(text) for p in settings.exclude)


def rendered(entries: Iterable[Entry], source: Source) -> list[Rendered]:
    return render.render_all(
        entries, feed_link=source.settings.url, content=source.settings.content
    )


def renderer(source: Source) -> str:
    """Fingerprint of all that the bytes of an entry depend on besides the entry."""
    return xxhash.xxh3_64_hexdigest(
        repr((__version__, source.settings.url, source.settings.content)).encode()
    )


def feed_of(
    source: Source, source_state: SourceState, settings: Settings, published: Published
) -> Feed:
    """The feed as it is published; of items and tombstones those of `published`."""
    profile = source_state.profile
    times = [item.removed or item.updated for item in (*published.items, *published.deleted)]
    return Feed(
        id=f"urn:uuid:{source.feed_id}",
        name=source.name,
        title=source.settings.title or profile.title or source.name,
        link=source.url,
        base=base(settings),
        updated=max(times, default=source_state.last_read or EPOCH),
        items=published.items,
        deleted=published.deleted,
        description=profile.description,
        language=profile.language,
        hubs=advertised(settings.push.hubs, f"{settings.base_url}/hub"),
        coverage_start=profile.coverage_start,
        coverage_end=profile.coverage_end,
        sealed=published.sealed,
        first=published.first,
    )


def shown(profile: Profile) -> tuple[object, ...]:
    """What a feed says of its page."""
    return (
        profile.title,
        profile.description,
        profile.language,
        profile.coverage_start,
        profile.coverage_end,
    )


def base(settings: Settings) -> str:
    """The public address of the output folder."""
    return f"{settings.base_url}/feeds/"


def publish_source(
    source: Source,
    source_state: SourceState,
    store: Store,
    settings: Settings,
    touched: Iterable[int] | None = None,
) -> None:
    """A source's documents and what else shows its entries. `touched`: numbers of changed entries; None: of any.

    Raises:
        StoreError: the store or the folder refused; the files stay as they were.
    """
    _publish_alone(source, source_state, store, settings, touched)
    for name in bundles_with(source.name, settings):
        publish_bundle(name, store, settings)


def _publish_alone(
    source: Source,
    source_state: SourceState,
    store: Store,
    settings: Settings,
    touched: Iterable[int] | None = None,
) -> None:
    with _turns[source.id % len(_turns)]:
        _render_again(source, store)
        feed = feed_of(source, source_state, settings, store.feed(source.id, source.settings.keep))
        changed = None if touched is None else {render.archive_number(number) for number in touched}
        for number in range(feed.first, feed.sealed + 1):
            if changed is None or number in changed:
                publish.publish_archive(
                    feed, number, store.archive(source.id, number), settings.output
                )
        publish.publish(feed, settings.output)


class _Round:
    """Of many who want a thing done that takes in all that was before it: one does it for all that wait meanwhile."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._tickets = itertools.count(1)
        self._newest = self._served = 0

    def join(self, work: Callable[[], object]) -> None:
        """Returns when `work` has been done from its beginning to its end since this call."""
        ticket = self._newest = next(self._tickets)
        with self._turn:
            if ticket > self._served:
                newest = self._newest
                work()
                self._served = newest


_bundling: dict[str, _Round] = {}  # by the bundle's file


def publish_bundle(name: str, store: Store, settings: Settings) -> None:
    """The newest entries of several sources in one feed; the members that change at once share one writing of it."""
    round_ = _bundling.setdefault(str(settings.output / name), _Round())
    round_.join(lambda: _publish_bundle(name, store, settings))


def _publish_bundle(name: str, store: Store, settings: Settings) -> None:
    one = next(bundle for bundle in settings.bundle if bundle.name == name)
    publish.publish(bundled(one, store, settings), settings.output)


def bundled(one: BundleSettings, store: Store, settings: Settings) -> Feed:
    """A bundle as it is published."""
    feeds = [feed_of(*pair, settings, newest) for pair, newest in newest_of(one, store)]
    return render.bundle(own_feed(one.name, one.title or one.name, settings), feeds, one.keep)


def newest_of(
    one: BundleSettings, store: Store
) -> list[tuple[tuple[Source, SourceState], Published]]:
    """The sources whose entries are among the newest of a bundle, and those entries."""
    named = (
        None
        if "*" in one.sources
        else [pair[0].id for pair in map(store.source, one.sources) if pair]
    )
    newest = store.newest(named, one.keep)
    return [(pair, newest[pair[0].id]) for pair in map(store.source, newest) if pair]


def publish_digest(
    source: Source, source_state: SourceState, store: Store, settings: Settings, now: datetime
) -> None:
    feed = digested(source, source_state, settings, store.entries(source.id, None, DIGESTED), now)
    if publish.publish(feed, settings.output):
        announce(store, source.id, topics(base(settings), feed.name), settings.push.hubs, now)


def digested(
    source: Source,
    source_state: SourceState,
    settings: Settings,
    entries: Iterable[Entry],
    now: datetime,
    since: datetime | None = None,
) -> Feed:
    """The digest of these entries at `now`: the periods that are over, and that ended later than `since`."""
    every = duration(source.settings.digest)
    parts = render.digest(entries, source.feed_id, every, source.settings.timezone, now)[
        : source.settings.keep
    ]
    head = feed_of(source, source_state, settings, Published())
    name, title = f"{source.name}-digest", f"{head.title}: digest"
    feed = replace(head, id=render.digest_id(source.feed_id), name=name, title=title)
    return render.composed(
        feed, [part for part in parts if since is None or part.first_seen > since]
    )


def publish_states(store: Store, settings: Settings) -> None:
    """status.atom: an entry for each change of a source's state, so that an installation can be watched in a reader."""
    newest = store.state_changes(1)
    if (
        publish.publish_status(states_head(settings), turns(store, STATES)[::-1], settings.output)
        and newest
    ):
        announce(
            store,
            newest[0].source_id,
            (f"{base(settings)}status.atom",),
            settings.push.hubs,
            _now(),
        )


def states_head(settings: Settings) -> Feed:
    return own_feed("status", "feeder: states of sources", settings)


def turns(store: Store, most: int) -> list[render.Turn]:
    """The newest first."""
    return [
        render.Turn(
            change.feed_id, change.name, change.at, change.state, change.before, change.reason
        )
        for change in store.state_changes(most)
    ]


_retitled: Counter[str] = (
    Counter()
)  # by output folder: feeds that were given another title, or the like
_listed: dict[str, object] = {}  # and what the lists there are made of


def retitle(settings: Settings) -> None:
    """What a feed says of its page has changed: the lists are to be written again when there is time."""
    _retitled[str(settings.output)] += 1


def publish_lists(store: Store, settings: Settings) -> None:
    """The page for people and the list for readers: every feed and how to subscribe."""
    made_of = _made_of(store, settings)
    feeds = [
        feed_of(source, source_state, settings, Published())
        for source, source_state in store.each()
    ]
    bundles = [
        own_feed(bundle.name, bundle.title or bundle.name, settings) for bundle in settings.bundle
    ]
    publish.publish_index([*bundles, *feeds], settings.output)
    _listed[str(settings.output)] = made_of


def _made_of(store: Store, settings: Settings) -> object:
    """Differs where the lists would: to write those of 100,000 feeds takes seconds."""
    own = [(bundle.name, bundle.title) for bundle in settings.bundle]
    return store.roster(), _retitled[str(settings.output)], settings.base_url, own


def heal(store: Store, settings: Settings) -> None:
    """What was stored and could not be published then: after a crash, or a full disk.

    Raises:
        StoreError: it still cannot be.
    """
    for source_id in store.unpublished():
        found = store.source(source_id)
        if found:
            publish_source(*found, store, settings)
        store.published(source_id, (), _now())


def publish_missing(store: Store, settings: Settings, *, whole: bool = False) -> None:
    """Feeds that are missing in the folder, or of another version, address or hub; `whole`: all of them."""
    made_by = repr(
        (__version__, settings.base_url, settings.push.hubs, [one.name for one in settings.bundle])
    )
    same = not whole and store.get("published_by") == made_by
    there = {file.stem for file in settings.output.glob("*.atom")} if same else set()
    for name in store.names(fed=True):
        found = store.source(name) if name not in there else None
        if found:
            _publish_alone(*found, store, settings)
    for bundle in settings.bundle:
        publish_bundle(bundle.name, store, settings)
    lists = (settings.output / name for name in publish.LISTS)
    if _listed.get(str(settings.output)) != _made_of(store, settings) or not all(
        file.exists() for file in lists
    ):
        publish_lists(store, settings)
    publish_states(store, settings)
    store.put("published_by", made_by)


def publish_digests(
    store: Store, settings: Settings, now: datetime, seen: dict[int, object]
) -> None:
    """An entry for each hour or day that is over, of every source that is to have a digest.

    `seen` is the caller's to keep: what has been looked at and can say nothing new is passed over,
    as it takes long.
    """
    for source, source_state in store.each("digest"):
        over = render.period(now, duration(source.settings.digest), source.settings.timezone).start
        last = source, source_state.last_change, over, settings.base_url, settings.push
        if (
            seen.get(source.id) != last
            or not (settings.output / f"{source.name}-digest.atom").exists()
        ):
            publish_digest(source, source_state, store, settings, now)
            seen[source.id] = last


def upkeep(store: Store, settings: Settings, now: datetime) -> None:
    """Now and then: files that are missing, and what is kept no longer."""
    publish_missing(store, settings)
    if isinstance(settings.keep.entries, timedelta):
        for source, source_state in store.each():
            _prune(source, source_state, store, settings, now - settings.keep.entries)
    store.shrink_pages(settings.keep.pages_total)


def _prune(
    source: Source, source_state: SourceState, store: Store, settings: Settings, before: datetime
) -> None:
    """Entries that are old leave store and archive."""
    if store.prune(source.id, before, source.settings.keep):
        for number in range(1, store.feed(source.id, 1).first):
            publish.unpublish_archive(source.name, number, settings.output)
        publish_source(source, source_state, store, settings)


def own_feed(name: str, title: str, settings: Settings) -> Feed:
    """A feed of this installation, not of one page: its id hangs on its name, so that it survives a move."""
    return Feed(
        id=uuid5(OWN, name).urn,
        name=name,
        title=title,
        link=f"{base(settings)}index.html",
        base=base(settings),
        updated=EPOCH,
        hubs=advertised(settings.push.hubs, f"{settings.base_url}/hub"),
    )


def _render_again(source: Source, store: Store) -> None:
    """After an upgrade or a changed setting: entries that were rendered otherwise."""
    fingerprint = renderer(source)
    while entries := store.unrendered(source.id, fingerprint, AT_ONCE):
        store.rerender(source.id, rendered(entries, source), fingerprint)


def bundles_with(name: str, settings: Settings) -> tuple[str, ...]:
    """The feeds that change with a source."""
    return tuple(
        bundle.name for bundle in settings.bundle if "*" in bundle.sources or name in bundle.sources
    )


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re2.Pattern:
    return re2.compile(f"(?i){text}")


def _now() -> datetime:
    return datetime.now(UTC)
