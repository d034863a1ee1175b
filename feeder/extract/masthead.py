"""The day that a page prints above its updates, as newspapers do, where its metadata names none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from feeder.when import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.blocks_series import Series
    from feeder.extract.mark import Mark
    from feeder.when import Context

_BACK = timedelta(days=1)  # what stands below may have begun the day before
_END = timedelta(days=1) - timedelta(seconds=1)


def dated(known: Context, marks: Sequence[Mark], chosen: Series) -> Context:
    """`known`, with the day that stands alone before the first update. It is the page's last day, not its first."""
    if known.dates or not chosen.records:
        return known
    first = min(record.start for record in chosen.records)
    for mark in marks:
        if mark.index >= first:
            break
        if mark.form == "own" and mark.stamp.shape == "day" and mark.stamp.year:
            day = read(mark.stamp, known)
            if day and day.at and day.at <= known.now:
                return replace(known, dates=(day.at - _BACK, min(day.at + _END, known.now)))
    return known
