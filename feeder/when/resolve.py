"""Completing what a series of stamps leaves open, all of it together.

A clock without a day could be of any day, a date without a year of any year, 01:30 of the night
when clocks are set back of either hour, "14 h" fourteen o'clock or that many hours ago. Each stamp
so has a few candidates, and the way through the whole series is sought that costs least, for both
orders of the page. So a 23:58 that stands below 00:10 on a newest-first page is of the day before,
and an update that stands a few minutes out of order still is of its own day. What is printed is
never overruled: a clock under a printed day is of that day, and where it then lies ahead of now, it
is the zone that was assumed wrongly.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from itertools import compress, pairwise
from typing import TYPE_CHECKING, NamedTuple

from feeder.model import Assumption
from feeder.when.alike import alike
from feeder.when.candidates import AHEAD, Meaning, SeriesPlace, candidates, zone_of
from feeder.when.stamp import Context, Resolved, Stamp
from feeder.when.way import cheapest
from feeder.when.zones import name_zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Stated

_TURNED = 3 * 60  # minutes that a clock goes against the order before that is taken for midnight
_OUT_OF_ORDER = 0.1  # share of the updates of a page
_YEARLESS_AHEAD = timedelta(days=1)
# Minutes by which zones differ from the whole hour, with the hours east of UTC where they do.
_HALVES = {3.5, 4.5, 5.5, 5.75, 6.5, 9.5, 10.5}


class DayHeading(NamedTuple):
    """A day that stands before the stamp of this index."""

    before: int
    stamp: Stamp


def read(stamp: Stamp | None, context: Context) -> Resolved | None:
    """Returns a single stamp, completed by the context alone; None where nothing is stated."""
    if stamp is None:
        return None
    resolved = resolve((stamp,), context)[0]
    return resolved if resolved.at else None


def resolve(
    stamps: Sequence[Stamp], context: Context, headings: Sequence[tuple[int, Stamp]] = ()
) -> tuple[Resolved, ...]:
    """The instants of a series in order; `headings` say which day stands before which stamp."""
    if all(s.at is not None for s in stamps):
        return tuple([Resolved(s.at, "instant") for s in stamps])
    return _resolved(stamps, settle(stamps, context, headings), headings)


def settle(
    stamps: Sequence[Stamp], context: Context, headings: Sequence[tuple[int, Stamp]] = ()
) -> Context:
    """Returns the context, in the first zone further east where no printed time lies ahead of now.

    Only where the zone was assumed, and where at most half of the times lie ahead or the newest
    comes first: a programme, which begins with what comes next, has not happened anywhere.
    """
    times = _zoneless_times(stamps, context, headings) if context.zone_why else []
    ahead = [at for at in times if at > (context.served or context.now) + AHEAD]
    if len(times) < 3 or not ahead:
        return context
    if 2 * len(ahead) > len(times) and not _begins_with_newest(times):
        return context
    zone = _further_east(max(ahead), context)
    why = "the newest update would lie ahead of now in any zone further west"
    return replace(context, zone=zone, zone_why=why) if zone else context


def _begins_with_newest(times: Sequence[datetime]) -> bool:
    """Whether nearly all times are no later than the one before: some stand out of order."""
    rising = sum(before < after for before, after in pairwise(times))
    return rising <= _OUT_OF_ORDER * len(times)


def _zoneless_times(
    stamps: Sequence[Stamp], context: Context, headings: Sequence[tuple[int, Stamp]]
) -> list[datetime]:
    """Returns the instants, in the page's zone, of what is printed without one."""
    zoneless = [s.zoneless for s in stamps]
    resolved = _resolved(stamps, context, headings) if any(zoneless) else ()
    return [one.at for one in compress(resolved, zoneless) if one.at]


def _further_east(latest: datetime, context: Context) -> tzinfo | None:
    offset = context.zone.utcoffset(latest.replace(tzinfo=None)) or timedelta()
    least = offset + (latest - (context.served or context.now)) - AHEAD
    for quarter in range(int(offset / timedelta(minutes=15)), 14 * 4 + 1):
        hours = quarter / 4
        if timedelta(hours=hours) >= least and (hours.is_integer() or hours in _HALVES):
            return timezone(timedelta(hours=hours))
    return None


def assume(
    stamps: Sequence[Stamp], context: Context, headings: Sequence[tuple[int, Stamp]] = ()
) -> Assumption | None:
    """What a series leaves open and `resolve` assumes; None where every time is stated in full."""
    context = settle(stamps, context, headings)
    known = alike(stamps, context)
    zone = _assumed_zone(known, context)
    days = 0 if headings else sum(s.shape == "clock" and s.hour is not None for s in known)
    years = sum(s.yearless for s in known)
    told = _tell(zone, context.zone_why, days, years)
    return Assumption(told, zone, days, years) if told else None


def _assumed_zone(stamps: Sequence[Stamp], context: Context) -> str | None:
    if context.zone_why and any(s.zoneless for s in stamps):
        return name_zone(context.zone)
    return None


def _tell(zone: str | None, why: str, days: int, years: int) -> str:
    told = []
    if zone:
        told.append(f"The page prints no zone; {zone} was assumed: {why}.")
    if days:
        told.append(f"{_times(days)} without a day; the order of the page and its dates gave it.")
    if years:
        told.append(f"{_times(years)} without a year; the nearest one was assumed.")
    return " ".join(told)


def _times(count: int) -> str:
    return "One time stands" if count == 1 else f"{count} times stand"


def _resolved(
    stamps: Sequence[Stamp], context: Context, headings: Sequence[tuple[int, Stamp]]
) -> tuple[Resolved, ...]:
    stamps = alike(stamps, context)
    days = [DayHeading(*heading) for heading in headings]
    if not any(s.shape == "clock" for s in stamps):
        days = []
    ways = [
        _way(stamps, context, _headed(len(stamps), days, context, below=below), descending)
        for below in _sides(days, len(stamps))
        for descending in (True, False)
    ]
    _, chosen = min(ways, key=lambda way: way[0])
    chosen = _of_last_year(stamps, chosen, context)
    return tuple(
        [Resolved(c.at if c else None, _stated(s)) for s, c in zip(stamps, chosen, strict=True)]
    )


def _of_last_year(
    stamps: Sequence[Stamp], chosen: Sequence[Meaning | None], context: Context
) -> list[Meaning | None]:
    """What each stamp means, none without a year ahead of now, but where most are: a programme."""
    latest, known = context.now + _YEARLESS_AHEAD, list(chosen)
    late = [number for number, meaning in enumerate(known) if meaning and meaning.at > latest]
    ahead = [number for number in late if stamps[number].yearless]
    if 2 * len(ahead) > len(stamps) > 1:
        return known
    for number in ahead:
        known[number] = _in_latest_year(stamps[number], context, latest) or known[number]
    return known


def _in_latest_year(stamp: Stamp, context: Context, latest: datetime) -> Meaning | None:
    years = (stamp._replace(year=latest.year - back) for back in (0, 1))
    found = (meaning for dated in years for meaning in _alone(dated, context))
    return next((meaning for meaning in found if meaning.at <= latest), None)


def _alone(stamp: Stamp, context: Context) -> list[Meaning]:
    return candidates(stamp, context, SeriesPlace())


def _sides(days: Sequence[DayHeading], count: int) -> tuple[bool, ...]:
    """Returns whether headings stand below what they head, by the first or the last of the page."""
    if not days or days[0].before == 0:
        return (False,)
    return (True,) if days[-1].before == count else (False, True)


def _way(
    stamps: Sequence[Stamp],
    context: Context,
    days: Sequence[date | None],
    descending: bool,
) -> tuple[float, list[Meaning | None]]:
    headed = any(days)
    turns = _turns(stamps, descending=descending)
    choices = [
        candidates(stamp, context, SeriesPlace(day, turn, headed))
        for stamp, day, turn in zip(stamps, days, turns, strict=True)
    ]
    return cheapest(choices, context, descending=descending)


def _stated(stamp: Stamp) -> Stated:
    if stamp.played is not None or stamp.unread:
        return "none"
    if stamp.shape == "instant":
        return "clock" if stamp.at is None and stamp.year is None else "instant"
    if stamp.shape == "relative" and (stamp.ago is not None or stamp.hour is None):
        return "relative"
    return "day" if stamp.hour is None else "clock"


def _headed(
    count: int, headings: Sequence[DayHeading], context: Context, *, below: bool
) -> list[date | None]:
    """Returns the day that each stamp's heading gives it."""
    days: list[date | None] = [None] * count
    for position, heading in enumerate(headings):
        if below:
            start, end = headings[position - 1].before if position else 0, heading.before
        else:
            start = heading.before
            end = headings[position + 1].before if position + 1 < len(headings) else count
        day = _heading_day(heading.stamp, context)
        for index in range(max(start, 0), min(end, count)):
            days[index] = day
    return days


def _heading_day(stamp: Stamp, context: Context) -> date | None:
    noon = stamp._replace(hour=12, minute=0, second=0)
    found = _alone(alike([noon], context)[0], context)
    if not found:
        return None
    return min(found, key=lambda c: c.cost).at.astimezone(zone_of(noon, context)).date()


def _turns(stamps: Sequence[Stamp], *, descending: bool) -> list[int]:
    """Returns how many midnights lie, by the clocks alone, between each stamp and the newest."""
    turns, passed, last = [], 0, None
    for stamp in stamps:
        if stamp.shape == "clock" and stamp.hour is not None:
            clock = stamp.hour * 60 + stamp.minute
            if last is not None:
                step = clock - last if descending else last - clock
                passed += step > _TURNED
            last = clock
        turns.append(passed)
    return turns if descending else [passed - t for t in turns]
