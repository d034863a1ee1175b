"""What is known of a source, for `feeder status`, the API and the page."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from feeder.model import Assumption, State
from feeder.notify.topics import topics
from feeder.polling.source_state import zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.config import Settings, Source
    from feeder.model import SourceState
    from feeder.operations.glance import Glance, Samples
    from feeder.store import Latency, Store


@dataclass(frozen=True, slots=True)
class LatencyView:
    """Latencies of the newest updates: the median and the 95th percentile, in seconds."""

    found: tuple[float, float] | None  # from an update's own stamp to the read that found it
    published: tuple[float, float] | None  # from that read to the feed on disk
    told: tuple[float, float] | None  # from that read until a hub or webhook took its message


@dataclass(frozen=True, slots=True)
class Status:
    name: str
    address: str  # what is read: an address, or the path of a file
    title: str
    state: State
    reason: str  # what happened and what can be done, "" where all is well
    since: datetime | None
    last_read: datetime | None
    last_outcome: str
    next_read: datetime | None  # None: not until someone asks
    last_change: datetime | None
    entries: int  # tombstones left out
    failures: int  # failed reads in a row
    strategy: str  # the kinds of evidence that the updates were read by
    notes: tuple[str, ...]  # warnings of the last read
    timezone: str  # of its days and clocks: as configured, else inferred; "": not read yet
    assumed: Assumption | None  # what the times of its page leave open
    unread: int  # texts that could be a time and were not understood
    latency: LatencyView
    feeds: tuple[str, ...]  # addresses to subscribe to
    origin: Literal["file", "api"]


def status_of(
    source: Source,
    source_state: SourceState,
    entries: int,
    latency: LatencyView,
    settings: Settings,
) -> Status:
    profile = source_state.profile
    return Status(
        name=source.name,
        address=source.url or source.settings.path,
        title=source.settings.title or profile.title or source.name,
        state=source_state.state,
        reason=source_state.reason,
        since=source_state.since,
        last_read=source_state.last_read,
        last_outcome=source_state.last_outcome,
        next_read=source_state.next_due,
        last_change=source_state.last_change,
        entries=entries,
        failures=source_state.failures,
        strategy=profile.strategy,
        notes=profile.notes,
        timezone=zone_of(source, profile),
        assumed=profile.assumed,
        unread=profile.unread,
        latency=latency,
        feeds=topics(f"{settings.base_url}/feeds/", source.name),
        origin=source.origin,
    )


def all_statuses(store: Store | Glance, settings: Settings) -> list[Status]:
    counts, latencies = store.counts(), store.latencies()
    return [
        status_of(
            source,
            source_state,
            counts.get(source.id, 0),
            latency_of(latencies.get(source.id)),
            settings,
        )
        for source, source_state in store.sources()
    ]


def one_status(store: Store | Glance, settings: Settings, name: str) -> Status | None:
    found = store.source(name)
    if found is None:
        return None
    source, source_state = found
    count = store.counts(source.id).get(source.id, 0)
    latency = latency_of(store.latencies(source.id).get(source.id))
    return status_of(source, source_state, count, latency, settings)


def latency_of(samples: Latency | Samples | None) -> LatencyView:
    if samples is None:
        return LatencyView(None, None, None)
    return LatencyView(
        _percentiles(samples.found), _percentiles(samples.published), _percentiles(samples.told)
    )


def _percentiles(seconds: Sequence[float]) -> tuple[float, float] | None:
    if not seconds:
        return None
    if len(seconds) == 1:
        return seconds[0], seconds[0]
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return round(cuts[9], 3), round(cuts[18], 3)
