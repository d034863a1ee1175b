"""The `Publisher` puts feeds together from the store and writes them into the output folder.

Files are a cache of the store: each method brings some of them up to date, and `publish_missing`
heals whatever a crash or a hand has left there.
"""

from __future__ import annotations

import itertools
import logging
import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import xxhash

from feeder import __version__, publish, render
from feeder.config import duration
from feeder.notify.notifier import announce
from feeder.notify.topics import topics
from feeder.polling.source_state import zone_of
from feeder.publish import compose
from feeder.publish.read_back import UnreadableFeedError
from feeder.publish.relearn import knows_more, relearn
from feeder.store.rendered import ARCHIVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from feeder.config import BundleSettings, Settings, Source
    from feeder.model import Feed, SourceState
    from feeder.publish.catching_up import CatchUp
    from feeder.store import Published, Store

logger = logging.getLogger("feeder.publish")

STATUS_ENTRIES = 100  # changes of state in status.atom
_AT_ONCE = 500  # entries rendered in one transaction when all have to be rendered again


class SharedRun:
    """Work that many ask for at once: one run serves everybody who asked before it began."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._tickets = itertools.count(1)
        self._newest = self._served = 0

    def join(self, work: Callable[[], object]) -> None:
        """Returns when `work` has run from beginning to end since this call."""
        ticket = self._newest = next(self._tickets)
        with self._turn:
            if ticket > self._served:
                newest = self._newest
                work()
                self._served = newest


class Publisher:
    """Keeps one output folder up to date with one store. Made once; threads may share it.

    Every method raises StoreError where the store or the folder refuses; the files that are there
    stay whole.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        """Takes settings that may be replaced later, by others with the same `output`."""
        self.settings = settings
        self.store = store
        # Two threads never publish the same feed at once: the one that read the store first could
        # be the last to write.
        self._locks = tuple(threading.Lock() for _ in range(64))
        self._compared: set[int] = set()  # sources whose files and store were compared
        self._bundling: dict[str, SharedRun] = {}  # by the bundle's name
        self._following, self._catching_up = _follow(self), SharedRun()
        self._told: object = None  # which change of a title the lists in the folder tell of
        self._listed: object = None  # what the lists in the folder were made of
        self._digested: dict[int, object] = {}  # what each source's digest was made of, by its id

    def publish_source(
        self, source: Source, source_state: SourceState, touched: Iterable[int] | None = None
    ) -> None:
        """Writes a source's documents and the bundles it is in.

        `touched` holds the numbers of the entries that changed; None stands for any of them.
        """
        self.publish_alone(source, source_state, touched)
        for bundle in compose.bundles_with(source.name, self.settings):
            self.publish_bundle(bundle)

    def learn(self, source: Source, source_state: SourceState, now: datetime) -> None:
        """Takes what subscribers were told into a store that does not know it.

        So it is after a lost commit, or when the file of an old store was put back by hand. Looked
        at once for each source: from then on, what is in the files comes from this store.
        """
        with self._locks[source.id % len(self._locks)]:
            if source.id in self._compared:
                return
            try:
                if knows_more(source, self.store, self.settings.output, now):
                    found = relearn(source, source_state, self.store, self.settings.output, now)
                    logger.warning(
                        "%s: learned again from the published feed: %d entries, %d edits and "
                        "%d removals that the store did not know",
                        *(source.name, found.entries, found.edits, found.removals),
                    )
            except UnreadableFeedError as error:
                logger.warning("%s: nothing is learned from it", error)
            self._compared.add(source.id)

    def publish_digests(self, now: datetime) -> None:
        """Writes the digests in which an hour or day has ended since the last call."""
        settings = self.settings
        for source, source_state in self.store.each(digested=True):
            every = duration(source.settings.digest)
            over = render.period(now, every, zone_of(source, source_state.profile)).start
            made_of = source, source_state.last_change, over, settings.base_url, settings.push
            file = settings.output / f"{source.name}-digest.atom"
            if self._digested.get(source.id) != made_of or not file.exists():
                self._publish_digest(source, source_state, now)
                self._digested[source.id] = made_of

    def publish_states(self, now: datetime) -> None:
        """Writes status.atom, which has an entry for each change of a source's state."""
        settings, head = self.settings, compose.status_head(self.settings)
        oldest_first = self.state_turns(STATUS_ENTRIES)[::-1]
        changed = publish.publish_status(head, oldest_first, settings.output)
        newest = self.store.state_changes(1)
        if changed and newest:
            topic = f"{compose.feeds_url(settings)}{head.name}.atom"
            self._announce(head.name, newest[0].source_id, (topic,), now)

    def publish_lists(self) -> None:
        """Writes the page for people and the list for readers: every feed and how to subscribe."""
        settings = self.settings
        made_of, self._told = self._lists_made_of(), self.store.get("retitled")
        feeds = compose.listed_feeds(settings, self.store.each())
        publish.publish_index(feeds, settings.output)
        self._listed = made_of

    def catch_up(self) -> bool:
        """Writes what any machine has stored, where the store is shared; at once, and only once.

        Returns whether hubs and webhooks may be told of something from now on.
        """
        freed: list[bool] = []
        if following := self._following:
            self._catching_up.join(lambda: freed.append(following.run()))
        return any(freed)

    def leave(self) -> None:
        """Has nothing wait for this machine any more, where others share the store."""
        if self._following:
            self._following.leave()

    def publish_retitled(self) -> None:
        """Writes the lists where a feed was given another title since they were written."""
        if self._told != self.store.get("retitled"):
            self.publish_lists()

    def heal(self, now: datetime) -> None:
        """Writes what was stored and could not be published then: after a crash, or a full disk."""
        if self._following:
            self.catch_up()
            return
        for source_id in self.store.unpublished():
            found = self.store.source(source_id)
            if found:
                self.publish_source(*found)
            self.store.published(source_id, (), now)

    def publish_missing(self, now: datetime, *, whole: bool = False) -> None:
        """Writes feeds that are missing, or were made by another version, address or hub.

        `whole` writes all of them.
        """
        settings, store = self.settings, self.store
        bundles = [bundle.name for bundle in settings.bundle]
        made_by = repr((__version__, settings.base_url, settings.push.hubs, bundles))
        key = f"published_by {self._following.folder}" if self._following else "published_by"
        same = not whole and store.get(key) == made_by
        there = publish.names_in(settings.output) if same else frozenset()
        for name in store.names(entries=1):
            found = store.source(name) if name not in there else None
            if found:
                self.publish_alone(*found)
        for bundle in settings.bundle:
            self.publish_bundle(bundle)
        if self._lists_differ():
            self.publish_lists()
        self.publish_states(now)
        store.put(key, made_by)

    def upkeep(self, now: datetime) -> None:
        """Writes files that are missing, and lets go of what is kept no longer."""
        keep = self.settings.keep
        self.publish_missing(now)
        self._publish_missing_archives()
        if isinstance(keep.entries, timedelta):
            for source, source_state in self.store.each():
                self._prune(source, source_state, now - keep.entries)
        self.store.shrink_pages(keep.pages_total)

    def bundle_feed(self, bundle: BundleSettings) -> Feed:
        """Returns a bundle as it is published."""
        settings = self.settings
        feeds = [
            compose.feed_of(*pair, settings, newest) for pair, newest in self.newest_of(bundle)
        ]
        return render.bundle(compose.bundle_head(bundle, settings), feeds, bundle.keep)

    def newest_of(
        self, bundle: BundleSettings
    ) -> list[tuple[tuple[Source, SourceState], Published]]:
        """Returns the sources that have entries among a bundle's newest, with those entries."""
        members = None
        if "*" not in bundle.sources:
            found = map(self.store.source, bundle.sources)
            members = [pair[0].id for pair in found if pair]
        newest = self.store.newest(members, bundle.keep)
        pairs = map(self.store.source, newest)
        return [(pair, newest[pair[0].id]) for pair in pairs if pair]

    def state_turns(self, most: int) -> list[render.StateTurn]:
        """Returns the last changes of state, newest first."""
        return [
            render.StateTurn(one.feed_id, one.name, one.at, one.state, one.before, one.reason)
            for one in self.store.state_changes(most)
        ]

    def publish_alone(
        self, source: Source, source_state: SourceState, touched: Iterable[int] | None = None
    ) -> None:
        settings, store = self.settings, self.store
        self.learn(source, source_state, datetime.now(UTC))
        with self._locks[source.id % len(self._locks)], self._turn():
            newest = store.feed(source.id, source.settings.keep)
            if newest.renderer != compose.renderer_of(source):
                self._render_again(source)
                newest = store.feed(source.id, source.settings.keep)
            feed = compose.feed_of(source, source_state, settings, newest)
            documents = set(range(feed.first, feed.sealed + 1))
            if touched is not None:
                documents &= {render.archive_number(number) for number in touched}
            for number in sorted(documents):
                items = store.archive(source.id, number)
                publish.publish_archive(feed, number, items, settings.output, newest.modified)
            publish.publish(feed, settings.output, newest.modified)
            if touched is None:
                self._drop_archives(feed)

    def _render_again(self, source: Source) -> None:
        """Renders entries whose bytes are of another version or setting."""
        renderer = compose.renderer_of(source)
        while entries := self.store.unrendered(source.id, renderer, _AT_ONCE):
            self.store.rerender(source.id, compose.render_entries(entries, source), renderer)

    def publish_bundle(self, bundle: BundleSettings) -> None:
        """Writes a bundle; members that change at once share one writing of it."""
        self._bundling.setdefault(bundle.name, SharedRun()).join(lambda: self._bundle(bundle))

    def _bundle(self, bundle: BundleSettings) -> None:
        with self._turn():
            publish.publish(self.bundle_feed(bundle), self.settings.output)

    def _publish_digest(self, source: Source, source_state: SourceState, now: datetime) -> None:
        settings = self.settings
        entries = self.store.entries(source.id, None, compose.DIGEST_DEPTH)
        feed = compose.digest_feed(source, source_state, settings, entries, now)
        if publish.publish(feed, settings.output):
            addresses = topics(compose.feeds_url(settings), feed.name)
            self._announce(feed.name, source.id, addresses, now)

    def _announce(self, name: str, source_id: int, addresses: Sequence[str], now: datetime) -> None:
        """Tells hubs of a feed that no refresh has changed; machines that share a store, once."""
        store, settings = self.store, self.settings
        document = (settings.output / f"{name}.atom").read_bytes()
        what = xxhash.xxh3_64_hexdigest(document)
        if self._following and not self._following.is_news(name, what):
            return
        announce(store, source_id, addresses, settings.push.hubs, now)

    def _publish_missing_archives(self) -> None:
        for name in self.store.names(entries=ARCHIVED):
            found = self.store.source(name)
            if found:
                newest = self.store.feed(found[0].id, 1)
                sealed = range(newest.first, newest.sealed + 1)
                if not publish.archives_in(self.settings.output, name).issuperset(sealed):
                    self.publish_alone(*found)

    def _lists_differ(self) -> bool:
        files = [self.settings.output / name for name in publish.LISTS]
        return self._listed != self._lists_made_of() or not all(file.exists() for file in files)

    def _lists_made_of(self) -> object:
        """Differs where the lists would, whose writing takes seconds for 100,000 feeds."""
        bundles = [(bundle.name, bundle.title) for bundle in self.settings.bundle]
        digests = [source.name for source in self.settings.source if source.digest]
        retitled, base = self.store.get("retitled"), self.settings.base_url
        return self.store.roster(), retitled, base, bundles, digests

    def _prune(self, source: Source, source_state: SourceState, before: datetime) -> None:
        """Removes old entries from store and archive."""
        if self.store.prune(source.id, before, source.settings.keep):
            self.publish_source(source, source_state)

    def _drop_archives(self, feed: Feed) -> None:
        """Removes the archive documents whose entries are kept no longer."""
        folder = self.settings.output
        for number in publish.archives_in(folder, feed.name):
            if number < feed.first:
                publish.unpublish_archive(feed.name, number, folder)

    def _turn(self) -> AbstractContextManager[None]:
        """Keeps other processes out of the folder, which machines that share a store may share."""
        return publish.folder_turn(self.settings.output) if self._following else nullcontext()


def _follow(publisher: Publisher) -> CatchUp | None:
    if not publisher.store.shared:
        return None
    from feeder.publish.catching_up import CatchUp  # noqa: PLC0415 -- PostgreSQL's alone

    return CatchUp(publisher)
