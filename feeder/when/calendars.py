"""Days of the calendars that pages print: Gregorian, Buddhist, of an era, Persian."""

from __future__ import annotations

from datetime import date

EARLIEST, LATEST = 1971, 2100  # what is printed for an epoch's zero, or for never, is no time
_BUDDHIST = 543
PERSIAN = range(1300, 1500)
_BUDDHIST_YEARS = range(2500, 2650)
_MINGUO = 1911  # the year before the first of the Republic of China
_MINGUO_YEARS = range(100, 200)
_PERSIAN_MONTHS = 100  # what their numbers are higher by


def century(two_digits: int) -> int:
    """Returns the year that two digits mean (RFC 5322 §4.3)."""
    return two_digits + (2000 if two_digits < 50 else 1900)


def gregorian(year: int, month: int, day: int) -> date | None:
    """Returns the day that a printed date means; None where there is no such day.

    A year that no live page can be of is one of another calendar: 2569 of the Buddhist, 1405 of
    the Persian, 115 of the Republic of China. Months from 101 on are of the Persian calendar.
    """
    try:
        if year in PERSIAN:
            return persian(year, month % _PERSIAN_MONTHS, day)
        if year in _MINGUO_YEARS:
            year += _MINGUO
        found = date(year - _BUDDHIST if year in _BUDDHIST_YEARS else year, month, day)
    except ValueError:
        return None
    return found if EARLIEST <= found.year <= LATEST else None


def year_first(year: int, month: int, day: int) -> date | None:
    """Returns the day of a date that begins with a year of two digits."""
    return gregorian(century(year), month, day)


def possible(month: int, day: int) -> bool:
    """Returns whether some year has this day."""
    return gregorian(2024, month, day) is not None


def persian(year: int, month: int, day: int) -> date | None:
    """The day of a date of the Persian calendar; the 33-year rule holds from 1300 to 1500."""
    if not (1 <= month <= 12 and 1 <= day <= (31 if month < 7 else 30)):
        return None
    leaps = (8 * year + 21) // 33
    days = 365 * (year - 1) + leaps + _before(month) + day
    return date.fromordinal(days + _EPOCH)


def _before(month: int) -> int:
    return 31 * (month - 1) if month < 8 else 30 * (month - 1) + 6


_EPOCH = 0
_EPOCH = date(2024, 3, 20).toordinal() - (365 * 1402 + (8 * 1403 + 21) // 33 + 1)
