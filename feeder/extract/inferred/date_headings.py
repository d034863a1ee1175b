"""The year of dates that are printed without one, from the headings above them."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from feeder.extract.inferred.outline import HEADINGS
from feeder.extract.inferred.series import outside
from feeder.when import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.series import Record
    from feeder.when import Stamp

_PERIOD = re.compile(
    r"[^\W\d]{3,12}\.?,?\s(?:de\s)?(?:19|20)\d\d(?:\sг\.?|\.)?"
    r"|(?:19|20)\d\d(?:\s?年(?:\s?\d{1,2}\s?月)?)?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_FAR = 7  # days; further away a date is not what the heading is about


class Heading(NamedTuple):
    """A day, a month or a year that heads what stands below."""

    place: int
    first: date
    last: date


def with_years(
    stamps: Sequence[Stamp], records: Sequence[Record], marks: Sequence[Mark]
) -> list[Stamp]:
    """Returns the stamps of the records.

    Where a heading above one names a year, in the year that is nearest to it.
    """
    if not any(stamp.dated and stamp.year is None for stamp in stamps):
        return list(stamps)
    headings = sorted(_headings(records, marks))
    places = [heading.place for heading in headings]
    above = [bisect_right(places, record.mark.index) - 1 for record in records]
    return [
        _headed(stamp, headings[at]) if at >= 0 else stamp
        for stamp, at in zip(stamps, above, strict=True)
    ]


def _headed(stamp: Stamp, heading: Heading) -> Stamp:
    if not stamp.dated or stamp.year is not None:
        return stamp

    def far(year: int) -> int:
        day = date(year, stamp.month or 1, min(stamp.day or 1, 28))
        return max((heading.first - day).days, (day - heading.last).days, 0)

    nearest = min((heading.first.year, heading.last.year - 1, heading.last.year + 1), key=far)
    return stamp._replace(year=nearest) if far(nearest) <= _FAR else stamp


def _headings(records: Sequence[Record], marks: Sequence[Mark]) -> Iterator[Heading]:
    for mark in outside(records, marks):
        day = mark.stamp
        if mark.form == "own" and day.shape == "day" and day.year:
            one = date(day.year, day.month or 1, day.day or 1)
            yield Heading(mark.index, one, one)
    for place in records[0].outline.tagged(HEADINGS, 0, records[-1].start):
        yield from _period(place, records[0].outline.text(place).strip())


def _period(place: int, text: str) -> Iterator[Heading]:
    stated = _YEAR.search(text)
    if stated is None or not _PERIOD.fullmatch(text):
        return
    year = int(stated[0])
    month = next(
        (s.month for t in (f"1 {text}", f"{text}1日") if (s := whole(t)) and s.dated), None
    )
    if month:
        yield Heading(place, date(year, month, 1), date(year, month, 28))
    elif text[:4].isdecimal():
        yield Heading(place, date(year, 1, 1), date(year, 12, 31))
