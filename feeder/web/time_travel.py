"""A feed at another moment: as it was known then, or what has arrived since.

Nothing of it lies ready: the changes in the store are folded up to that instant, for whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from feeder import render
from feeder.publish import publisher
from feeder.store import Published

if TYPE_CHECKING:
    from feeder.config import BundleSettings, Settings, Source
    from feeder.model import Entry, Feed, SourceState
    from feeder.store import Store

# Each source's changes are read from their beginning: a bundle of more sources than this would take
# too long.
MOST_FOLDED = 200
# Changes of state that are looked back on.
MOST_TURNS = 10_000


class MomentError(Exception):
    """It cannot be asked for; says why."""


@dataclass(frozen=True, slots=True)
class Moment:
    """`?since=` and `?at=`."""

    since: datetime | None
    at: datetime | None


def feed_at(store: Store, settings: Settings, name: str, moment: Moment) -> Feed | None:
    """A source's feed, its digest, a bundle or the feed of states; None: no page is followed under that name.

    Raises:
        MomentError: it would take too long.
    """
    if name == "status":
        return _states(store, settings, moment)
    for bundle in settings.bundle:
        if bundle.name == name:
            return _bundle(bundle, store, settings, moment)
    if found := store.source(name):
        return _source(*found, store, settings, moment, found[0].settings.keep)
    found = store.source(name.removesuffix("-digest"))
    return _digest(*found, store, settings, moment) if found and found[0].settings.digest else None


def _source(
    source: Source,
    source_state: SourceState,
    store: Store,
    settings: Settings,
    moment: Moment,
    most: int,
) -> Feed:
    head = publisher.feed_of(source, source_state, settings, Published())
    entries = _known(source, store, moment, most)
    shown = render.arrived_after(entries, moment.since) if moment.since else entries
    return render.composed(head, shown, source.settings.content)


def _known(source: Source, store: Store, moment: Moment, most: int) -> tuple[Entry, ...]:
    """The newest `most` entries, with tombstones where they are those of today."""
    if moment.at is None:
        return tuple(store.entries(source.id, None, most))
    return render.known_at(store.changes(source.id, moment.at), moment.at)[:most]


def _digest(
    source: Source, source_state: SourceState, store: Store, settings: Settings, moment: Moment
) -> Feed:
    now = datetime.now(UTC)
    entries = _known(source, store, moment, publisher.DIGESTED)
    return publisher.digested(
        source, source_state, settings, entries, min(moment.at or now, now), moment.since
    )


def _bundle(bundle: BundleSettings, store: Store, settings: Settings, moment: Moment) -> Feed:
    members = (
        _followed(bundle, store)
        if moment.at
        else [pair for pair, _ in publisher.newest_of(bundle, store)]
    )
    if len(members) > MOST_FOLDED:
        raise MomentError(
            f"{bundle.name} has more than {MOST_FOLDED} sources, which is too many to be put together for "
            "one request: each of their feeds can be asked"
        )
    head = publisher.own_feed(bundle.name, bundle.title or bundle.name, settings)
    feeds = [_source(*pair, store, settings, moment, bundle.keep) for pair in members]
    return render.bundle(head, feeds, bundle.keep)


def _followed(bundle: BundleSettings, store: Store) -> list[tuple[Source, SourceState]]:
    if "*" in bundle.sources:
        return list(islice(store.each(), MOST_FOLDED + 1))
    return [pair for pair in map(store.source, bundle.sources) if pair]


def _states(store: Store, settings: Settings, moment: Moment) -> Feed:
    turns = [
        turn
        for turn in publisher.turns(store, MOST_TURNS)
        if not (moment.at and turn.at > moment.at)
    ]
    later = [
        turn for turn in turns[: publisher.STATES] if not (moment.since and turn.at <= moment.since)
    ]
    return render.status_feed(publisher.states_head(settings), later[::-1])
