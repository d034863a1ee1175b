"""What a page prints of its own day above its updates, as newspapers do, and what that says of "5 minutes ago"."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feeder.extract.times import day_in
from feeder.when import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.extract.blocks_series import Series
    from feeder.extract.mark import Mark
    from feeder.when import Context

_LIVE_ON = timedelta(days=3)  # for which a page may go on under an address that names the first of its days
_BACK = timedelta(days=1)  # what stands below may have begun the day before
_END = timedelta(days=1) - timedelta(seconds=1)
# No coverage goes on for so long after all days that its page names: then the page is an old copy of itself.
_OLD_COPY = timedelta(days=60)


def dated(known: Context, marks: Sequence[Mark], chosen: Series, address: str) -> Context:
    """`known`, with the days that stand above the first update, and for an old copy the moment that it was made at.

    Where the page names no day, that of its address counts, unless it is so near that the updates may be of today.
    """
    if not chosen.records:
        return known
    first = min(record.start for record in chosen.records)
    printed = list(_printed(known, [mark for mark in marks if mark.index < first]))
    named = [days for days in printed if len(days) > 1] or printed or _of_address(known, address)
    days = known.dates or tuple(day for days in named for day in days)
    relative = any(record.mark.stamp.ago is not None for record in chosen.records)
    made = _made([*known.dates, *(days[0] for days in printed if len(days) == 1)], [days[-1] for days in printed])
    old = relative and made is not None and known.now - made > _OLD_COPY
    return replace(known, dates=days, now=made if old and made else known.now)


def _of_address(known: Context, address: str) -> list[tuple[datetime, ...]]:
    day, _ = day_in(address)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=known.zone) if day else known.now
    return [(noon,)] if known.now - noon > _LIVE_ON else []


def _made(instants: Sequence[datetime], days: Sequence[datetime]) -> datetime | None:
    """When the page says that it was made: the last moment that it names, if only it is of the last day."""
    last = max([*instants, *days], default=None)
    exact = max(instants, default=None)
    return exact if last and exact and last - exact < _BACK else last


def _printed(known: Context, above: Sequence[Mark]) -> Iterator[tuple[datetime, ...]]:
    """The days that stand alone there, each as its first and last moment, and moments such as "last updated"."""
    for mark in above:
        if not mark.stamp.year or not (mark.form == "own" or mark.updating):
            continue
        seen = read(mark.stamp, known)
        if seen is None or seen.at is None or seen.at > known.now:
            continue
        if mark.stamp.shape == "day":
            yield seen.at - _BACK, min(seen.at + _END, known.now)
        elif mark.stamp.shape == "instant":
            yield (seen.at,)
