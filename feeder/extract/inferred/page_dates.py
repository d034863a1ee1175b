"""What a page prints of its own day above its updates, as newspapers do, and what that says of "5 minutes ago"."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feeder.extract.page.times import day_in, of_days
from feeder.when import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.series import Series
    from feeder.when import Context

_BACK = timedelta(days=1)  # what stands below may have begun the day before
_END = timedelta(days=1) - timedelta(seconds=1)
# No coverage goes on for so long after all days that its page names: then the page is an old copy
# of itself.
_OLD_COPY = timedelta(days=60)


def dated(known: Context, marks: Sequence[Mark], chosen: Series, address: str) -> Context:
    """`known`, with what stands above the first update, and for an old copy the moment that it was made at.

    Where the page's metadata name no day, days that stand alone there do, else moments, else its
    address.
    """
    if not chosen.records:
        return known
    first = min(record.start for record in chosen.records)
    days, moments, changes = _printed(known, [mark for mark in marks if mark.index < first])
    relative = any(record.mark.stamp.ago is not None for record in chosen.records)
    made = _made([*known.dates, *moments, *changes], [last for _, last in days])
    old = relative and made is not None and known.now - made > _OLD_COPY
    if not known.dates and days:
        known = replace(known, dates=tuple(at for day in days for at in day))
    elif not known.dates:
        known = of_days(
            known, max(moments, default=_of_address(known, address)), max(changes, default=None)
        )
    return replace(known, now=made) if old and made else known


def _of_address(known: Context, address: str) -> datetime | None:
    day, _ = day_in(address)
    return datetime(day.year, day.month, day.day, 12, tzinfo=known.zone) if day else None


def _made(instants: Sequence[datetime], days: Sequence[datetime]) -> datetime | None:
    """When the page says that it was made: the last moment that it names, if of the last day."""
    last = max([*instants, *days], default=None)
    exact = max(instants, default=None)
    return exact if last and exact and last - exact < _BACK else last


def _printed(
    known: Context, above: Sequence[Mark]
) -> tuple[list[tuple[datetime, datetime]], list[datetime], list[datetime]]:
    """The days that stand alone there, each as its first and last moment, moments, and those of a last change."""
    days: list[tuple[datetime, datetime]] = []
    moments: list[datetime] = []
    changes: list[datetime] = []
    for mark in above:
        if not mark.stamp.year or not (mark.form == "own" or mark.updating):
            continue
        seen = read(mark.stamp, known)
        if seen is None or seen.at is None or seen.at > known.now:
            continue
        if mark.stamp.shape == "day":
            days.append((seen.at - _BACK, min(seen.at + _END, known.now)))
        elif mark.stamp.shape == "instant":
            (changes if mark.updating else moments).append(seen.at)
    return days, moments, changes
