"""Times written for machines: ISO 8601, RFC 3339, epochs, RFC 5322, and what else dateutil knows."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from dateutil import parser as dateutil

from feeder.when.stamp import Stamp

_LONGEST = 80  # characters; what is longer is no time
_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_EPOCHS = {
    9: 1,
    10: 1,
    12: 1_000,
    13: 1_000,
    16: 1_000_000,
    19: 1_000_000_000,
}  # by number of digits
_EARLIEST, _LATEST = 631_152_000, 4_102_444_800  # 1990 and 2100: no live page is of another time
_DEFAULTS = datetime(1, 1, 1), datetime(2, 2, 2, 2, 2)  # noqa: DTZ001 -- what differs between them was not stated
_ALPHABETIC = re.compile(r"[A-Za-z]{3}")


def machine(text: str) -> Stamp | None:
    """The time that an attribute or a JSON value holds."""
    text = text.strip()
    return _machine(text) if 8 <= len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _machine(text: str) -> Stamp | None:
    if match := _ISO.fullmatch(text):
        return _iso(match)
    if text.isascii() and text.isdigit():
        return _digits(text)
    return None


def lenient(text: str) -> Stamp | None:
    """The same for any other notation, read by dateutil; only what states year, month and day."""
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
    if first.date() != second.date():
        return None
    if first.tzinfo is not None:
        return Stamp(at=first.astimezone(UTC))
    hour = first.hour if first.hour == second.hour else None
    return Stamp(
        year=first.year,
        month=first.month,
        day=first.day,
        hour=hour,
        minute=first.minute,
        second=first.second,
    )


def _iso(match: re.Match[str]) -> Stamp | None:
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    at = _valid(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        min(int(second or 0), 59),
        micro,
    )
    if at is None:
        return None
    if offset:
        return _shifted(at, offset)
    if hour is None:
        return Stamp(year=at.year, month=at.month, day=at.day)
    return Stamp(
        year=at.year,
        month=at.month,
        day=at.day,
        hour=at.hour,
        minute=at.minute,
        second=at.second,
        microsecond=micro,
    )


def _shifted(at: datetime, offset: str) -> Stamp | None:
    if offset == "Z":
        return Stamp(at=at.replace(tzinfo=UTC))
    digits = offset[1:].replace(":", "").ljust(4, "0")
    try:
        return Stamp(
            at=datetime.fromisoformat(
                f"{at.isoformat()}{offset[0]}{digits[:2]}:{digits[2:]}"
            ).astimezone(UTC)
        )
    except (ValueError, OverflowError):
        return None


def _valid(*fields: int) -> datetime | None:
    try:
        return datetime(*fields)  # type: ignore[arg-type]  # noqa: DTZ001 -- the zone is what it lacks
    except ValueError:
        return None


def _digits(text: str) -> Stamp | None:
    if len(text) in {8, 12, 14} and text[:2] in {"19", "20"}:
        whole = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
        if len(text) == 8:
            match = _ISO.fullmatch(whole)
        else:
            match = _ISO.fullmatch(f"{whole}T{text[8:10]}:{text[10:12]}:{text[12:] or '00'}")
        return _iso(match) if match else None
    scale = _EPOCHS.get(len(text))
    if scale is None or not _EARLIEST <= int(text) / scale <= _LATEST:
        return None
    seconds, rest = divmod(int(text), scale)
    return Stamp(
        at=datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1_000_000 // scale)
    )
