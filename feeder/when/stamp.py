"""What a page states of a time, and what it leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, NamedTuple, TypeAlias

from feeder.model import Stated  # noqa: TC001 -- Resolved is part of the interface

# How a date of numbers leads: by its day, by its month, or, as 8/10/2022, by either; its fields
# then hold the month first. "": it has none.
Slashed: TypeAlias = Literal["", "day", "month", "either"]


class Stamp(NamedTuple):
    """A stated time; what the page does not say is None."""

    at: datetime | None = None  # complete: an aware instant in UTC
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None  # Monday is 0
    hour: int | None = None  # 24: the end of the day
    minute: int = 0
    second: int = 0
    microsecond: int = 0
    zone: str | None = None  # an abbreviation, an offset as "+0530" or an IANA name
    ago: timedelta | None = None  # before now
    days: int | None = None  # from today, as "yesterday" says: -1
    label: str = ""  # "updated" or "posted", where the words stand by it
    slashed: Slashed = ""
    # A date of three numbers as it stands, where another order of them is possible.
    numbers: tuple[int, int, int] | None = None
    word: str = ""  # the month's, where it means another month in another language
    weak: bool = False  # may be no time at all: "3.40", "21m", "5 May"
    unread: Literal["", "day", "instant"] = ""  # printed in full, but in no calendar: "31 April"
    played: int | None = None  # minute of a match: orders, but is no time of day

    @property
    def dated(self) -> bool:
        return self.month is not None and self.day is not None

    @property
    def yearless(self) -> bool:
        return self.dated and self.year is None

    @property
    def zoneless(self) -> bool:
        """Whether it is a clock that is printed without a zone."""
        return self.hour is not None and self.at is None and self.zone is None

    @property
    def shape(self) -> str:
        """What kind of statement it is: the marks of one series share it, or nearly."""
        if self.played is not None:
            return "played"
        if self.at is not None:
            return "instant"
        if self.unread:
            return self.unread
        if self.dated:
            return "day" if self.hour is None else "instant"
        if self.ago is not None or self.days is not None:
            return "relative"
        return "clock"


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a page besides its marks."""

    now: datetime  # when it was read, aware
    zone: tzinfo = UTC  # of times that are printed without one
    # the days that the page names, or at least the first and the last, aware
    dates: tuple[datetime, ...] = ()
    # when it was published, where it does not say when it was last modified
    began: datetime | None = None
    changed: datetime | None = None  # when it was last modified
    language: str = ""  # BCP 47
    zone_why: str = ""  # by what the zone was assumed; "": someone has said it
    order: str = ""  # "dmy", "mdy" or "ymd", where someone has said so
    served: datetime | None = None  # `now` by the server's own clock, where it tells


class Resolved(NamedTuple):
    """An instant in UTC, None where the page states none, and how far it is stated."""

    at: datetime | None
    stated: Stated
