"""Signs that a series is a programme, which says what is to come, or a table of figures.

A programme goes on through the day in the order of the clock, from full quarters to full quarters;
updates come when something happens, and the newest of them mostly stands first.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from feeder.extract.page.kind import titled_live

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Series
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.when import Stamp

_CALLED = re.compile(
    r"\b(?:tv|television|radio)[- ]?(?:guide|programmes?|programm?a?|listings?|schedule|tabl[åa])\b|\bepg\b"
    r"|programmes? (?:tv|télé)|fernsehprogramm|tv-program|sendeplan|guida tv|programaci[oó]n|programaç[aã]o"
    r"|program tv|programul tv|телепрограмма|программа передач|tv-?gids|tv-?ohjelm|tv műsor|broadcast schedule",
    re.IGNORECASE,
)
_DAY = 24 * 60  # minutes
_FEW, _SOME, _MANY = 5, 8, 12  # times
_RISING = 0.9  # share of the steps that go on in the day
_SAMPLE = 20  # records whose texts are counted


def programme(series: Series, page: ParsedPage) -> bool:
    """Whether it is what is announced for the hours of a day, one thing after the other."""
    minutes = [at for mark in series.marks if (at := _minutes(mark.stamp)) is not None]
    if len(minutes) < max(_FEW, _RISING * len(series.marks)):
        return False
    dated = series.marks[0].stamp.shape == "instant"
    steps = [b - a if dated else (b - a) % _DAY for a, b in pairwise(minutes)]
    if sum(0 < step <= _DAY / 2 for step in steps) < _RISING * len(steps):
        return False
    named = _CALLED.search(f"{page.title} {page.description}") is not None
    if titled_live(page) and not named:
        return False
    fives, hours = sum(at % 5 == 0 for at in minutes) / len(minutes), sum(steps) / 60
    full = fives >= 0.65 and len(minutes) >= _SOME and hours >= 10
    whole_day = len(minutes) >= _MANY and hours >= 18
    return full or whole_day or (named and fives >= 0.9)


def _minutes(stamp: Stamp) -> int | None:
    """Of the day; of an instant, since the first of all days."""
    if stamp.ago is not None or (stamp.at is None and stamp.hour is None):
        return None
    day = stamp.at or (
        date(stamp.year or 1, stamp.month or 1, stamp.day or 1) if stamp.dated else date.min
    )
    clock = (
        stamp.at.hour * 60 + stamp.at.minute if stamp.at else (stamp.hour or 0) * 60 + stamp.minute
    )
    return (day.toordinal() - 1) * _DAY + clock


def figures(series: Series, outline: Outline) -> float:
    """Points against rows of many cells that say next to nothing each: results, standings, statistics."""
    sample = series.records[:: max(len(series.records) // _SAMPLE, 1)]
    rows = sum(_of_figures([text for _, text in outline.between(r.start, r.end)]) for r in sample)
    return -2.5 if rows > 0.7 * len(sample) else 0.0


def _of_figures(texts: Sequence[str]) -> bool:
    sizes = [len(text.strip()) for text in texts]
    return len(sizes) >= _SOME and sum(sizes) < 12 * len(sizes) and max(sizes) < 40
