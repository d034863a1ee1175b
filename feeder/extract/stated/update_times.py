"""The times that data states of its updates, read as one series, and what they leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from feeder.extract.page.times import NONE, context, later_time, stamp_in, stated, written
from feeder.when import assume, resolve, settle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Assumption, Stated
    from feeder.when import Context, Resolved, Stamp


@dataclass(frozen=True, slots=True)
class UpdateTime:
    """When an update was published; `known` is what its times are read with."""

    published: Resolved
    known: Context

    @property
    def at(self) -> datetime | None:
        return self.published.at

    @property
    def stated(self) -> Stated:
        return self.published.stated

    def modified(self, *values: Any) -> datetime | None:
        """Returns the first of the values that can be read, where that is later."""
        times = (stated(value, self.known) for value in values)
        return later_time(next((time for time in times if time.at), NONE), self.published)


@dataclass(frozen=True, slots=True)
class UpdateTimes:
    """The times of all updates in order, and what they leave open."""

    each: tuple[UpdateTime, ...]
    known: Context  # in the zone that was settled for all
    assumed: Assumption | None
    unread: int  # updates that state a time which is not understood


def read_times(
    page: ParsedPage, values: Sequence[Sequence[Any]], language: str | None = None
) -> UpdateTimes:
    """Reads the times of all updates together.

    `values` has for each update what may state its time: the first that can be read counts.
    """
    known = context(page, page.rules, language)
    stamps = [_first_stamp(each) for each in values]
    told = [stamp for stamp in stamps if stamp is not None]
    known = settle(told, known)
    resolved = iter(resolve(told, known))
    times = tuple(UpdateTime(NONE if s is None else next(resolved), known) for s in stamps)
    silent = [each for each, time in zip(values, times, strict=True) if time.at is None]
    unread = sum(any(map(written, each)) for each in silent)
    return UpdateTimes(times, known, assume(told, known), unread)


def _first_stamp(values: Sequence[Any]) -> Stamp | None:
    stamps = (stamp_in(value) for value in values)
    return next((stamp for stamp in stamps if stamp and not stamp.unread), None)
