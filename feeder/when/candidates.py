"""The instants that a stamp may mean, each with what it costs to believe it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from feeder.when import zones

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.when.stamp import Context, Stamp

AHEAD = timedelta(minutes=10)  # clocks are skewed: what lies no further ahead is of now
_FUTURE = 8.0  # what it costs to lie in the future, or after the page's own last change
_STRAY = 0.6  # what each day costs that a clock lies from the days the page names
_UNHEADED = 0.3  # what it costs that a stamp has no heading, where others have
_OTHER_WEEKDAY = 2.0
_MIDNIGHT = time(tzinfo=UTC)


class Meaning(NamedTuple):
    """One of the instants that a stamp may mean."""

    at: datetime
    seconds: float
    cost: float


class SeriesPlace(NamedTuple):
    """What the series says of a stamp's day."""

    day: date | None = None  # that its heading names
    turn: int = 0  # how many midnights lie, by the clocks alone, between it and the newest
    headed: bool = False  # whether the series has headings at all


def candidates(stamp: Stamp, context: Context, place: SeriesPlace) -> list[Meaning]:
    """Returns what a stamp may mean at its place in a series; none where it states no time."""
    if stamp.at is not None:
        return [Meaning(stamp.at, stamp.at.timestamp(), 0.0)]
    if stamp.played is not None or stamp.unread:
        return []
    try:
        return list(_local(stamp, context, place))
    except (ValueError, OverflowError):
        return []


def _local(stamp: Stamp, context: Context, place: SeriesPlace) -> Iterable[Meaning]:
    zone = zone_of(stamp, context)
    if stamp.dated:
        return _of_date(stamp, context, zone)
    if stamp.ago is not None:
        return _relative(stamp, context)
    day = place.day
    if stamp.days is not None:
        day = context.now.astimezone(zone).date() + timedelta(days=stamp.days)
    if day is not None:
        return _on(stamp, day, zone, 0.0, context)
    return _of_clock(stamp, context, zone, place)


def zone_of(stamp: Stamp, context: Context) -> tzinfo:
    """Returns the zone of a stamp: what it states, else the page's."""
    return zones.stated(stamp.zone, context.zone) if stamp.zone else context.zone


def _relative(stamp: Stamp, context: Context) -> list[Meaning]:
    """So long ago; with a clock beside it, when that clock last showed before then."""
    at = context.now.astimezone(UTC) - (stamp.ago or timedelta())
    if stamp.hour is None:
        return [Meaning(at, at.timestamp(), 0.0)]
    zone = zone_of(stamp, context)
    last = at.astimezone(zone).date()
    days = [last, last - timedelta(days=1)]
    found = [c for day in days for c in _on(stamp, day, zone, 0.0, context)]
    return [c for c in found if c.at <= at + timedelta(minutes=1)][:1]


def _of_date(stamp: Stamp, context: Context, zone: tzinfo) -> Iterator[Meaning]:
    month, day = stamp.month or 1, stamp.day or 1
    if stamp.year is not None:
        yield from _on(stamp, date(stamp.year, month, day), zone, 0.0, context)
        return
    around = [d.year for d in (*context.dates, context.now)]
    for year in sorted({y + d for y in around for d in (-1, 0, 1)}):
        try:
            when = date(year, month, day)
        except ValueError:  # 29 February
            continue
        yield from _on(stamp, when, zone, 2 * _astray(when, context, zone), context)


def _of_clock(
    stamp: Stamp, context: Context, zone: tzinfo, place: SeriesPlace
) -> Iterator[Meaning]:
    extra = _UNHEADED if place.headed else 0.0
    back, on = (-place.turn - 1, min(1, 1 - place.turn)) if stamp.weekday is None else (-7, 1)
    for number in _days_around(context, zone, back, on):
        when = date.fromordinal(number)
        cost = extra + _astray(when, context, zone)
        if stamp.weekday not in {None, when.weekday()}:
            cost += _OTHER_WEEKDAY
        yield from _on(stamp, when, zone, cost, context)


def _days_around(context: Context, zone: tzinfo, back: int, on: int) -> range:
    """The ordinals of the days that the page tells of, with some more before and after them."""
    newest = max(context.dates, default=context.now)
    oldest = context.changed or context.began or newest
    days = (at.astimezone(zone).date() for at in (oldest, newest, context.now))
    first, last, today = (day.toordinal() for day in days)
    return range(first + back, min(last + on, today) + 1)


def _astray(day: date, context: Context, zone: tzinfo) -> float:
    """Returns how far a day lies from those that the page names."""
    named = context.dates or (context.now,)
    known = [at.astimezone(zone).date() for at in named]
    first, last = min(known), max(known)
    outside = (first - day).days if day < first else max((day - last).days, 0)
    return min(outside, 400) * (_STRAY if context.dates else 0.05)


def _on(stamp: Stamp, day: date, zone: tzinfo, cost: float, context: Context) -> list[Meaning]:
    """Returns what the stamp's clock says on this day."""
    if stamp.hour is None:
        # A day alone is named by its beginning in UTC, so that its date reads the same everywhere.
        at = datetime.combine(day, _MIDNIGHT)
        return [Meaning(at, at.timestamp(), cost + _lateness(at - timedelta(hours=14), context))]
    over, hour = divmod(stamp.hour, 24)  # 24:00 is the end of the day
    clock = time(hour, stamp.minute, stamp.second, stamp.microsecond)
    naive = datetime.combine(day, clock) + timedelta(days=over)
    return [
        Meaning(at, at.timestamp(), cost + number * 0.05 + _lateness(at, context))
        for number, at in enumerate(zones.instants(naive, zone))
    ]


def _lateness(at: datetime, context: Context) -> float:
    return _FUTURE if at > context.now + AHEAD else 0.0
