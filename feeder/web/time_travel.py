"""A feed at another moment: as it was known then, or what has arrived since.

None of it is kept: the changes in the store are folded up to that instant for whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from feeder import render
from feeder.publish import compose
from feeder.publish.publisher import STATUS_ENTRIES
from feeder.store import Published

if TYPE_CHECKING:
    from feeder.config import BundleSettings, Source
    from feeder.model import Entry, Feed, SourceState
    from feeder.publish.publisher import Publisher
    from feeder.store import Store

# Each source's changes are read from their beginning, which takes too long for a bundle of more
# sources than this.
MOST_FOLDED = 200
MOST_TURNS = 10_000  # changes of state that are looked back on


class MomentError(Exception):
    """This moment cannot be asked for; the text says why."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What `?since=` and `?at=` ask for."""

    since: datetime | None
    at: datetime | None


def asked_moment(query: bytes) -> Moment | None:
    """Returns what a query asks for; None: no moment, but a tracking parameter, say.

    Raises:
        MomentError: it does, and is no RFC 3339 instant.
    """
    fields = parse_qs(query.decode("latin-1"))
    moment = Moment(_instant(fields, "since"), _instant(fields, "at"))
    return moment if moment.since or moment.at else None


def _instant(fields: dict[str, list[str]], name: str) -> datetime | None:
    if name not in fields:
        return None
    try:
        at = datetime.fromisoformat(
            fields[name][-1].strip().replace(" ", "+")
        )  # a bare plus means a blank in a query
        if at.tzinfo:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise MomentError(f"{name} must be an RFC 3339 instant, such as 2026-03-02T13:04:00Z")


def feed_at(publisher: Publisher, name: str, moment: Moment) -> Feed | None:
    """Returns the feed of a source, digest, bundle or the status; None: nothing has that name.

    Raises:
        MomentError: it would take too long.
    """
    store = publisher.store
    if name == "status":
        return _status_feed(publisher, moment)
    for bundle in publisher.settings.bundle:
        if bundle.name == name:
            return _bundle_feed(bundle, publisher, moment)
    if found := store.source(name):
        return _source_feed(*found, publisher, moment, found[0].settings.keep)
    digested = store.source(name.removesuffix("-digest"))
    if digested and digested[0].settings.digest:
        return _digest_feed(*digested, publisher, moment)
    return None


def _source_feed(
    source: Source, source_state: SourceState, publisher: Publisher, moment: Moment, most: int
) -> Feed:
    head = compose.feed_of(source, source_state, publisher.settings, Published())
    entries = _entries_at(source, publisher.store, moment, most)
    if moment.since:
        entries = render.arrived_after(entries, moment.since)
    return render.composed(head, entries, source.settings.content)


def _entries_at(source: Source, store: Store, moment: Moment, most: int) -> tuple[Entry, ...]:
    """Returns the newest `most` entries, tombstones among them where they are today's."""
    if moment.at is None:
        return tuple(store.entries(source.id, None, most))
    return render.known_at(store.changes(source.id, moment.at), moment.at)[:most]


def _digest_feed(
    source: Source, source_state: SourceState, publisher: Publisher, moment: Moment
) -> Feed:
    now = datetime.now(UTC)
    entries = _entries_at(source, publisher.store, moment, compose.DIGEST_DEPTH)
    until = min(moment.at or now, now)
    return compose.digest_feed(
        source, source_state, publisher.settings, entries, until, moment.since
    )


def _bundle_feed(bundle: BundleSettings, publisher: Publisher, moment: Moment) -> Feed:
    if moment.at:
        members = _members(bundle, publisher.store)
    else:
        members = [pair for pair, _ in publisher.newest_of(bundle)]
    if len(members) > MOST_FOLDED:
        raise MomentError(
            f"{bundle.name} has more than {MOST_FOLDED} sources, too many for one request; "
            "ask for the feed of each of them instead"
        )
    head = compose.bundle_head(bundle, publisher.settings)
    feeds = [_source_feed(*pair, publisher, moment, bundle.keep) for pair in members]
    return render.bundle(head, feeds, bundle.keep)


def _members(bundle: BundleSettings, store: Store) -> list[tuple[Source, SourceState]]:
    if "*" in bundle.sources:
        return list(islice(store.each(), MOST_FOLDED + 1))
    return [pair for pair in map(store.source, bundle.sources) if pair]


def _status_feed(publisher: Publisher, moment: Moment) -> Feed:
    turns = publisher.state_turns(MOST_TURNS)
    if moment.at:
        turns = [turn for turn in turns if turn.at <= moment.at]
    turns = turns[:STATUS_ENTRIES]
    if moment.since:
        turns = [turn for turn in turns if turn.at > moment.since]
    return render.status_feed(compose.status_head(publisher.settings), turns[::-1])
