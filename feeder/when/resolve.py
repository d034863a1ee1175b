"""Completing what a series of stamps leaves open, all of it together.

A clock without a day could be of any day, a date without a year of any year, 01:30 of the night
when clocks are set back of either hour, "14 h" fourteen o'clock or that many hours ago. Each stamp
so has a few candidates, and a way through the whole series is sought that costs least: to go
against the order of the series costs, so do days that are skipped, days far from those the page
names, and the future. It is found by dynamic programming, for both orders of the page and for day
headings above or below what they head. So a 23:58 that stands below 00:10 on a newest-first page is
of the day before, and an update that stands a few minutes out of order still is of its own day.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from feeder.when import zones
from feeder.when.calendars import year_first
from feeder.when.lexicon import date_order, month_in
from feeder.when.stamp import Context, Resolved, Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.model import Stated

_HOUR = 3600.0
_DAY = 86400.0
_FUTURE = 8.0  # what it costs to lie in the future, or after the page's own last change
_NEWEST = 0.3  # what each day costs that the newest update lies from the page's last change
_BEGUN = 0.35  # what each day costs that the oldest update lies from the page's publication
_STRAY = 0.6  # what each day costs that a clock lies from the days the page names
_UNHEADED = 0.3  # what it costs that a stamp has no heading, where others have
_TURNED = 3 * _HOUR  # how far a clock goes against the order before that is taken for midnight


class Candidate(NamedTuple):
    """One of the instants that a stamp may mean."""

    at: datetime
    seconds: float
    cost: float


class Heading(NamedTuple):
    """A day that stands before the stamp of this index."""

    before: int
    stamp: Stamp


def read(stamp: Stamp | None, context: Context) -> Resolved | None:
    """A single stamp, completed by the context alone; None where nothing is stated."""
    if stamp is None:
        return None
    resolved = resolve((stamp,), context)[0]
    return resolved if resolved.at else None


def resolve(
    stamps: Sequence[Stamp], context: Context, headings: Sequence[tuple[int, Stamp]] = ()
) -> tuple[Resolved, ...]:
    """The instants of a series in the page's order; `headings` say which day stands before which stamp."""
    if all(s.at is not None for s in stamps):
        return tuple([Resolved(s.at, "instant") for s in stamps])
    stamps = _alike([_meant(s, context) for s in stamps], context)
    days = [Heading(i, h) for i, h in headings]
    if not any(s.shape == "clock" for s in stamps):
        days = []
    best: tuple[float, list[Candidate | None]] | None = None
    for below in (False, True) if days else (False,):
        for descending in (True, False):
            choices = _choices(
                stamps,
                context,
                _headed(len(stamps), days, context, below=below),
                descending,
                headed=bool(days),
            )
            way = _cheapest(choices, context, descending)
            if best is None or way[0] < best[0]:
                best = way
            if all(len(c) < 2 for c in choices):
                break
    assert best is not None
    return tuple(
        Resolved(c.at if c else None, _stated(s)) for s, c in zip(stamps, best[1], strict=True)
    )


def _stated(stamp: Stamp) -> Stated:
    if stamp.played is not None:
        return "none"
    if stamp.ago is not None or (stamp.days is not None and stamp.hour is None):
        return "relative"
    if stamp.at is None and stamp.hour is None:
        return "day"
    return "instant" if stamp.at is not None or stamp.year is not None else "clock"


# ------------------------------------------------------------------- what the series says about all


def _alike(stamps: Sequence[Stamp], context: Context) -> list[Stamp]:
    """The stamps, with what their neighbours make plain: the zone, the order of day and month, what "14 h" is."""
    shapes = Counter(s.shape for s in stamps if not (s.weak and s.ago is not None))
    hours = shapes["clock"] + shapes["instant"] > shapes["relative"]
    named = Counter(s.zone for s in stamps if s.hour is not None and s.at is None)
    zone = (
        named.most_common(1)[0][0]
        if len(stamps) > 2 and named and named.most_common(1)[0][1] > 1
        else None
    )
    turn = _day_first(stamps, context) if any(s.slashed == "either" for s in stamps) else False
    return [_fitted(s, zone, hours=hours, turn=turn) for s in stamps]


def _meant(stamp: Stamp, context: Context) -> Stamp:
    """The stamp, with the month that its word means in the page's language."""
    month = month_in(stamp.word, context.language) if stamp.word else None
    if month:
        return replace(stamp, month=month)
    if stamp.numbers and stamp.numbers[0] < 100:
        order = context.order or (date_order(context.language) if context.language else "")
        day = year_first(*stamp.numbers) if order == "ymd" else None
        if day:
            return replace(stamp, year=day.year, month=day.month, day=day.day, slashed="")
    return stamp


def _fitted(stamp: Stamp, zone: str | None, *, hours: bool, turn: bool) -> Stamp:
    if stamp.weak and stamp.ago is not None and stamp.hour is not None:
        stamp = replace(stamp, ago=None) if hours else replace(stamp, hour=None)
    if zone and stamp.zone is None and stamp.hour is not None and stamp.at is None:
        stamp = replace(stamp, zone=zone)
    if turn and stamp.slashed == "either":
        stamp = replace(stamp, month=stamp.day, day=stamp.month)
    return stamp


def _day_first(stamps: Sequence[Stamp], context: Context) -> bool:
    """Whether 8/10/2022 is the eighth of October.

    As the dates beside it are, else what is past or makes the fewest gaps, else as the page's
    language has it.
    """
    if context.day_first is not None:
        return context.day_first
    led = Counter(s.slashed for s in stamps)
    if led["day"] != led["month"]:
        return led["day"] > led["month"]
    slashed = [s for s in stamps if s.slashed == "either" and s.month and s.day and s.year]
    if slashed:
        months, days = {s.month for s in slashed}, {s.day for s in slashed}
        today = context.now.date()
        late = [date(s.year or 1, s.month or 1, s.day or 1) > today for s in slashed]
        turned = [date(s.year or 1, s.day or 1, s.month or 1) > today for s in slashed]
        if any(late) != any(turned):
            return any(late)
        if len(slashed) > 2 and abs(len(months) - len(days)) > 1:
            return len(months) > len(days)
    return not _american(context)


def _american(context: Context) -> bool:
    """Whether a page puts the month first; one in English that does not say whose is as its zone has it."""
    language, zone = context.language.lower().replace("_", "-"), str(context.zone)
    if language in {"", "en"}:
        return zone.startswith(("America/", "US/")) or zone in {"UTC", ""}
    return date_order(language) == "mdy"


def _headed(
    count: int, headings: Sequence[Heading], context: Context, *, below: bool
) -> list[date | None]:
    """The day that each stamp's heading gives it."""
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
    stamp = replace(stamp, hour=12, minute=0, second=0)
    found = _candidates(stamp, context, None, 0)
    return (
        min(found, key=lambda c: c.cost).at.astimezone(_zone(stamp, context)).date()
        if found
        else None
    )


# --------------------------------------------------------------------------------------- candidates


def _choices(
    stamps: Sequence[Stamp],
    context: Context,
    days: Sequence[date | None],
    descending: bool,
    *,
    headed: bool,
) -> list[list[Candidate]]:
    turns = _turns(stamps, descending)
    return [
        _candidates(stamp, context, day, turn, headed=headed)
        for stamp, day, turn in zip(stamps, days, turns, strict=True)
    ]


def _turns(stamps: Sequence[Stamp], descending: bool) -> list[int]:
    """How many midnights lie, by the clocks alone, between each stamp and the newest."""
    turns, passed, last = [], 0, None
    for stamp in stamps:
        if stamp.shape == "clock" and stamp.hour is not None:
            clock = stamp.hour * 60 + stamp.minute
            if last is not None:
                step = clock - last if descending else last - clock
                passed += step * 60 > _TURNED
            last = clock
        turns.append(passed)
    return turns if descending else [passed - t for t in turns]


def _candidates(
    stamp: Stamp, context: Context, day: date | None, turn: int, *, headed: bool = False
) -> list[Candidate]:
    if stamp.at is not None or stamp.played is not None:
        return [Candidate(stamp.at, stamp.at.timestamp(), 0.0)] if stamp.at else []
    zone = _zone(stamp, context)
    try:
        if stamp.ago is not None:
            return _relative(stamp, context)
        if stamp.dated:
            return _of_date(stamp, context, zone)
        if stamp.days is not None:
            today = context.now.astimezone(zone).date()
            return _on(stamp, today + timedelta(days=stamp.days), zone, 0.0, context)
        return _of_clock(stamp, context, zone, day, turn, headed=headed)
    except (ValueError, OverflowError):
        return []


def _zone(stamp: Stamp, context: Context) -> tzinfo:
    return zones.stated(stamp.zone, context.zone) if stamp.zone else context.zone


def _relative(stamp: Stamp, context: Context) -> list[Candidate]:
    """So long ago; with a clock beside it, the instant of that clock that was so many whole days ago."""
    at = context.now.astimezone(UTC) - (stamp.ago or timedelta())
    if stamp.hour is None:
        return [Candidate(at, at.timestamp(), 0.0)]
    zone = _zone(stamp, context)
    days = [at.astimezone(zone).date() + timedelta(days=d) for d in (0, -1)]
    found = [
        c
        for d in days
        for c in _on(stamp, d, zone, 0.0, context)
        if c.at <= at + timedelta(minutes=1)
    ]
    return found[:1]


def _of_date(stamp: Stamp, context: Context, zone: tzinfo) -> list[Candidate]:
    month, day = stamp.month or 1, stamp.day or 1
    if stamp.year is not None:
        return _on(stamp, date(stamp.year, month, day), zone, 0.0, context)
    around = [d.year for d in (*context.dates, context.now)]
    found = []
    for year in sorted({y + d for y in around for d in (-1, 0, 1)}):
        try:
            when = date(year, month, day)
        except ValueError:  # 29 February
            continue
        found += _on(stamp, when, zone, 2 * _astray(when, context, zone), context)
    return found


def _of_clock(
    stamp: Stamp, context: Context, zone: tzinfo, day: date | None, turn: int, *, headed: bool
) -> list[Candidate]:
    if day is not None:
        return [
            c
            for shift, cost in ((0, 0.0), (-1, 1.0), (1, 1.0))
            for c in _on(stamp, day + timedelta(days=shift), zone, cost, context)
        ]
    extra = _UNHEADED if headed else 0.0
    newest = max(context.dates, default=context.now)
    first, last = (
        (at or newest).astimezone(zone).date() for at in (context.changed or context.began, newest)
    )
    back, on = (-turn - 1, min(1, 1 - turn)) if stamp.weekday is None else (-7, 1)
    found = []
    today = context.now.astimezone(zone).date()
    for number in range(
        (first + timedelta(back)).toordinal(), min(last + timedelta(on), today).toordinal() + 1
    ):
        when = date.fromordinal(number)
        stray = 2.0 if stamp.weekday not in {None, when.weekday()} else 0.0
        found += _on(stamp, when, zone, extra + stray + _astray(when, context, zone), context)
    return found


def _astray(day: date, context: Context, zone: tzinfo) -> float:
    """How far a day lies from those that the page names."""
    known = [d.astimezone(zone).date() for d in context.dates] or [
        context.now.astimezone(zone).date()
    ]
    first, last = min(known), max(known)
    outside = (first - day).days if day < first else max((day - last).days, 0)
    return min(outside, 400) * (_STRAY if context.dates else 0.05)


def _on(stamp: Stamp, day: date, zone: tzinfo, cost: float, context: Context) -> list[Candidate]:
    """What the stamp's clock says on this day."""
    if (
        stamp.hour is None
    ):  # a day alone is named by its beginning in UTC, so that its date reads the same everywhere
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return [Candidate(at, at.timestamp(), cost + _lateness(at - timedelta(hours=14), context))]
    over, hour = divmod(stamp.hour, 24)
    naive = datetime(  # noqa: DTZ001 -- the zone is applied by `instants`
        day.year, day.month, day.day, hour, stamp.minute, stamp.second, stamp.microsecond
    ) + timedelta(days=over)
    found = zones.instants(naive, zone)
    return [
        Candidate(at, at.timestamp(), cost + n * 0.05 + _lateness(at, context))
        for n, at in enumerate(found)
    ]


def _lateness(at: datetime, context: Context) -> float:
    return _FUTURE if at > context.now + timedelta(minutes=10) else 0.0


# --------------------------------------------------------------------------------- the cheapest way


def _cheapest(
    choices: list[list[Candidate]], context: Context, descending: bool
) -> tuple[float, list[Candidate | None]]:
    """One candidate for each stamp that has any, so that the sum of all costs is least."""
    filled = [(i, c) for i, c in enumerate(choices) if c]
    chosen: list[Candidate | None] = [None] * len(choices)
    if not filled:
        return 0.0, chosen
    newest, oldest = _ends(context)
    top, bottom = (newest, oldest) if descending else (oldest, newest)
    costs = [c.cost + top(c.seconds) for c in filled[0][1]]
    back: list[list[int]] = []
    for (_, before), (_, here) in pairwise(filled):
        links, summed = [], []
        for candidate in here:
            via, cost = _link(before, costs, candidate.seconds, descending)
            links.append(via)
            summed.append(cost + candidate.cost)
        back.append(links)
        costs = summed
    costs = [cost + bottom(c.seconds) for cost, c in zip(costs, filled[-1][1], strict=True)]
    at = min(range(len(costs)), key=costs.__getitem__)
    total = costs[at]
    for position in range(len(filled) - 1, -1, -1):
        chosen[filled[position][0]] = filled[position][1][at]
        if position:
            at = back[position - 1][at]
    return total, chosen


def _ends(context: Context) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """What it costs that the newest update is not of the page's last change, and the oldest not of its publication."""
    last = (context.changed or max(context.dates, default=context.now)).timestamp()
    first = context.began.timestamp() if context.began else None

    def newest(seconds: float) -> float:
        return _NEWEST * min(abs(last - seconds) / _DAY, 3.0)

    def oldest(seconds: float) -> float:
        return _BEGUN * min(abs(seconds - first) / _DAY, 3.0) if first is not None else 0.0

    return newest, oldest


def _link(
    before: list[Candidate], costs: list[float], seconds: float, descending: bool
) -> tuple[int, float]:
    best, via = float("inf"), 0
    for position, candidate in enumerate(before):
        step = candidate.seconds - seconds if descending else seconds - candidate.seconds
        cost = costs[position] + (
            min(step / _DAY, 3.0) if step >= 0 else min(0.3 - step / (6 * _HOUR), 3.0)
        )
        if cost < best:
            best, via = cost, position
    return via, best
