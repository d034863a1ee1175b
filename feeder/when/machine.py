"""Times written for machines: ISO 8601, RFC 3339, epochs, and what else dateutil knows."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from dateutil import parser as dateutil

from feeder.when.calendars import EARLIEST, LATEST
from feeder.when.stamp import Stamp

_LONGEST = 80  # characters; what is longer is no time
_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?"
    r"(?(8)(?: [A-Z]{1,5})?(?: m=[+-][\d.]+)?))?"  # Go adds its name and a second clock
    r"(?:\[[\w/+-]+\])?",  # Java adds the name of the zone
    re.ASCII,
)
_DOT_NET = re.compile(r"\\?/Date\((\d{9,13})(?:[+-]\d{4})?\)\\?/")
_EPOCH = re.compile(r"(\d{9,19})(?:\.\d*)?", re.ASCII)
_SCALES = {9: 1, 10: 1, 12: 1_000, 13: 1_000, 16: 1_000_000, 19: 1_000_000_000}  # by digits
_OLDEST, _NEWEST = 631_152_000, 4_102_444_800  # 1990 and 2100: no live page is of another time
# What differs between these was not stated.
_DEFAULTS = datetime(1, 1, 1), datetime(2, 2, 2, 2, 2)  # noqa: DTZ001
_ALPHABETIC = re.compile(r"[A-Za-z]{3}")


def machine(text: str) -> Stamp | None:
    """Returns the time that an attribute or a JSON value holds."""
    text = text.strip()
    return _machine(text) if 8 <= len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _machine(text: str) -> Stamp | None:
    if match := _ISO.fullmatch(text):
        return _iso(match)
    if match := _DOT_NET.fullmatch(text) or _EPOCH.fullmatch(text):
        return _digits(match[1])
    return None


def lenient(text: str) -> Stamp | None:
    """The time in any other notation that dateutil reads; only what states year, month and day."""
    text = text.strip()[:_LONGEST]
    if not _ALPHABETIC.search(text) and "/" not in text:
        return None
    try:
        first, second = (
            dateutil.parse(text, default=default, ignoretz=False, tzinfos={})
            for default in _DEFAULTS
        )
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError, RuntimeWarning):
        return None
    if first.date() != second.date() or not _states_year(text, first.year):
        return None
    if first.tzinfo is not None:
        return Stamp(at=first.astimezone(UTC))
    timed = first.hour == second.hour
    return _fields(first, timed=timed)


def _states_year(text: str, year: int) -> bool:
    """Returns whether it is the year that is printed, and one that a page can be of."""
    if not EARLIEST <= year <= LATEST:
        return False
    printed = re.findall(r"(?<!\d)\d{4}(?!\d)", text)
    return str(year) in printed or not printed


def _iso(match: re.Match[str]) -> Stamp | None:
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    clock = int(hour or 0), int(minute or 0), min(int(second or 0), 59)
    over = clock == (24, 0, 0)  # the end of the day
    try:
        on = date(int(year), int(month), int(day))
        at = datetime.combine(on, time(*((0, 0, 0) if over else clock), micro))
        at += timedelta(days=over)
    except (ValueError, OverflowError):
        return None
    if not EARLIEST <= at.year <= LATEST:
        return None
    return _shifted(at, offset) if offset else _fields(at, timed=hour is not None)


def _fields(at: datetime, *, timed: bool) -> Stamp:
    stamp = Stamp(year=at.year, month=at.month, day=at.day)
    if not timed:
        return stamp
    return stamp._replace(
        hour=at.hour, minute=at.minute, second=at.second, microsecond=at.microsecond
    )


def _shifted(at: datetime, offset: str) -> Stamp | None:
    digits = offset[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:] or 0))
    if shift >= timedelta(days=1):
        return None
    return Stamp(at=(at + shift if offset[0] == "-" else at - shift).replace(tzinfo=UTC))


def _digits(text: str) -> Stamp | None:
    """20220302, 20220302130405 or an epoch in seconds or a fraction of them."""
    if len(text) in {12, 14} and text[:2] in {"19", "20"}:
        match = _ISO.fullmatch(f"{text[:8]}T{text[8:]}")
        return _iso(match) if match else None
    scale = _SCALES.get(len(text))
    if scale is None or not _OLDEST <= int(text) / scale <= _NEWEST:
        return None
    seconds, rest = divmod(int(text), scale)
    return Stamp(
        at=datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1_000_000 // scale)
    )
