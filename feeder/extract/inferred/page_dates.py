"""What a page prints of its own day above its updates, and what that says of "5 minutes ago"."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from feeder.extract.page.times import day_in, of_days
from feeder.when import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.series import Series
    from feeder.when import Context

_NOON = time(12)
_BACK = timedelta(days=1)  # what stands below may have begun the day before
_END = timedelta(days=1) - timedelta(seconds=1)
# No coverage goes on for so long after all days that its page names: then the page is an old copy
# of itself.
_OLD_COPY = timedelta(days=60)


class _Printed(NamedTuple):
    """What stands above the first update."""

    days: list[tuple[datetime, datetime]]  # the first and last moment of days that stand alone
    moments: list[datetime]
    changes: list[datetime]  # moments of a last change

    def made(self, named: Sequence[datetime]) -> datetime | None:
        """When the page says that it was made: its last moment, if that is of its last day."""
        exact = max([*named, *self.moments, *self.changes], default=None)
        last_day = max([last for _, last in self.days], default=None)
        if exact and last_day and last_day - exact >= _BACK:
            return last_day
        return exact or last_day


def dated(
    known: Context,
    marks: Sequence[Mark],
    chosen: Series,
    address: str,
) -> Context:
    """`known`, with what stands above the first update; of an old copy, the moment it was made.

    Where the page's metadata name no day, days that stand alone there do, else moments, else its
    address.
    """
    if not chosen.records:
        return known
    first = min(record.start for record in chosen.records)
    printed = _read_above(known, [mark for mark in marks if mark.index < first])
    made = printed.made(known.dates)
    if not known.dates:
        known = _with_printed(known, printed, address)
    if made is None or known.now - made <= _OLD_COPY:
        return known
    relative = any(record.mark.stamp.ago is not None for record in chosen.records)
    return replace(known, now=made) if relative else known


def _with_printed(known: Context, printed: _Printed, address: str) -> Context:
    if printed.days:
        return replace(known, dates=tuple(chain.from_iterable(printed.days)))
    began = max(printed.moments, default=_of_address(known, address))
    return of_days(known, began, max(printed.changes, default=None))


def _of_address(known: Context, address: str) -> datetime | None:
    day, _ = day_in(address)
    return datetime.combine(day, _NOON, known.zone) if day else None


def _read_above(known: Context, above: Sequence[Mark]) -> _Printed:
    printed = _Printed([], [], [])
    for mark in above:
        at = _read_moment(mark, known)
        if at is None:
            continue
        if mark.stamp.shape == "day":
            printed.days.append((at - _BACK, min(at + _END, known.now)))
        elif mark.stamp.shape == "instant":
            (printed.changes if mark.updating else printed.moments).append(at)
    return printed


def _read_moment(mark: Mark, known: Context) -> datetime | None:
    """Returns what a mark that states its year means, if it stands alone and is not to come."""
    if not mark.stamp.year or not (mark.form == "own" or mark.updating):
        return None
    seen = read(mark.stamp, known)
    return seen.at if seen and seen.at and seen.at <= known.now else None
