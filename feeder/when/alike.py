"""What the stamps of a series say about each other: the zone, the order of day and month."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from feeder.when.calendars import year_first
from feeder.when.lexicon import date_order, month_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.when.stamp import Context, Stamp


def alike(stamps: Sequence[Stamp], context: Context) -> list[Stamp]:
    """Returns the stamps, with what their neighbours and the page's language make plain."""
    stamps = [_in_language(stamp, context) for stamp in stamps]
    zone = _usual_zone(stamps)
    shapes = Counter(s.shape for s in stamps if not (s.weak and s.ago is not None))
    hours = shapes["clock"] + shapes["instant"] > shapes["relative"]
    either = any(s.slashed == "either" for s in stamps)
    turn = either and _day_first(stamps, context)
    return [_fitted(s, zone, hours=hours, turn=turn) for s in stamps]


def _in_language(stamp: Stamp, context: Context) -> Stamp:
    """The stamp, with the month that its word means there and the order that its numbers have."""
    month = month_in(stamp.word, context.language) if stamp.word else None
    if month:
        return stamp._replace(month=month)
    order = context.order or (date_order(context.language) if context.language else "")
    if not stamp.numbers or order != "ymd":
        return stamp
    day = year_first(*stamp.numbers) if stamp.numbers[0] < 100 else None
    if day is None:
        return stamp
    return stamp._replace(year=day.year, month=day.month, day=day.day, slashed="")


def _usual_zone(stamps: Sequence[Stamp]) -> str | None:
    """Returns the zone that most state: it holds for all."""
    named = Counter(s.zone for s in stamps if s.hour is not None and s.at is None)
    if len(stamps) < 3 or not named:
        return None
    zone, count = named.most_common(1)[0]
    return zone if count > 1 else None


def _fitted(stamp: Stamp, zone: str | None, *, hours: bool, turn: bool) -> Stamp:
    if stamp.weak and stamp.ago is not None and stamp.hour is not None:
        stamp = stamp._replace(ago=None) if hours else stamp._replace(hour=None)
    if zone and stamp.zoneless:
        stamp = stamp._replace(zone=zone)
    if turn and stamp.slashed == "either":
        stamp = stamp._replace(month=stamp.day, day=stamp.month)
    return stamp


def _day_first(stamps: Sequence[Stamp], context: Context) -> bool:
    """Returns whether 8/10/2022 is the eighth of October.

    As someone has said, as the dates beside it are, else what is past or makes the fewest gaps,
    else as the page's language has it.
    """
    if context.order in {"dmy", "mdy"}:
        return context.order == "dmy"
    led = Counter(s.slashed for s in stamps)
    if led["day"] != led["month"]:
        return led["day"] > led["month"]
    told = _told_by_dates(stamps, context)
    return not _american(context) if told is None else told


def _ambiguous_dates(stamps: Sequence[Stamp]) -> list[tuple[int, int, int]]:
    either = [s for s in stamps if s.slashed == "either"]
    return [(s.year, s.month, s.day) for s in either if s.year and s.month and s.day]


def _told_by_dates(stamps: Sequence[Stamp], context: Context) -> bool | None:
    dates = _ambiguous_dates(stamps)
    if not dates:
        return None
    today = context.now.date()
    late = max(date(year, month, day) for year, month, day in dates) > today
    turned_late = max(date(year, day, month) for year, month, day in dates) > today
    if late != turned_late:
        return late
    _, months, days = (set(each) for each in zip(*dates, strict=True))
    telling = len(dates) > 2 and abs(len(months) - len(days)) > 1
    return len(months) > len(days) if telling else None


def _american(context: Context) -> bool:
    """Whether a page puts the month first; plain English does where its zone is American."""
    language, zone = context.language.lower().replace("_", "-"), str(context.zone)
    if language in {"", "en"}:
        return zone.startswith(("America/", "US/")) or zone in {"UTC", ""}
    return date_order(language) == "mdy"
