"""A source as the overview shows it: plain values for a template, made of what the store knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.notify.topics import topics
from feeder.operations.status import latency_of
from feeder.store.overview import TROUBLED
from feeder.web.pages.chart import Chart, hourly
from feeder.web.state_words import STATES

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.config import Settings, Source
    from feeder.model import Entry, SourceState, State
    from feeder.store.overview import Activity

FORMATS = ("Atom", "RSS", "JSON")  # in the order of `topics`
_FRESH = 20  # seconds for which a change is new


@dataclass(frozen=True, slots=True)
class SourceRow:
    name: str
    title: str
    address: str  # of the page, or the path of a file
    is_link: bool
    state: State
    state_words: str
    troubled: bool  # a person has to look
    reason: str
    since: datetime | None
    last_read: datetime | None
    last_change: datetime | None
    next_read: datetime | None
    fresh: bool
    entries: int
    chart: Chart
    newest: Entry | None
    latency: float | None  # seconds from an update's own time to the feed; the median
    feeds: tuple[tuple[str, str], ...]  # what it is called, and its address
    from_file: bool
    failures: int


def source_row(
    source: Source, stands: SourceState, activity: Activity, settings: Settings, now: datetime
) -> SourceRow:
    changed = stands.last_change
    return SourceRow(
        name=source.name,
        title=source.settings.title or stands.profile.title or source.name,
        address=source.url or source.settings.path,
        is_link=bool(source.url),
        state=stands.state,
        state_words=STATES[stands.state],
        troubled=stands.state in TROUBLED,
        reason=stands.reason,
        since=stands.since,
        last_read=stands.last_read,
        last_change=changed,
        next_read=stands.next_due,
        fresh=changed is not None and (now - changed).total_seconds() < _FRESH,
        entries=activity.entries,
        chart=hourly(activity.recent, now),
        newest=activity.newest,
        latency=_latency(activity),
        feeds=tuple(zip(FORMATS, topics(f"{settings.base_url}/feeds/", source.name), strict=True)),
        from_file=source.origin == "file",
        failures=stands.failures,
    )


def _latency(activity: Activity) -> float | None:
    view = latency_of(activity.latency)
    if view.found is None:
        return None
    return view.found[0] + (view.published[0] if view.published else 0.0)
