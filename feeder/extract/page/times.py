"""What a page gives as context of its times, and the times that data states."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any

from feeder.when import Context, Resolved, Stamp, home_zone, lenient, machine, named, read, whole
from feeder.when.calendars import EARLIEST, LATEST

if TYPE_CHECKING:
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Rules

NONE = Resolved(None, "none")
_GOING_ON = timedelta(days=3)  # for which a page may say nothing of its last change
_OFFSET = re.compile(r":\d\d(?:\.\d+)?\s?([+-])(\d\d):?(\d\d)$")
_DAY = re.compile(r"(?<!\d)(20\d\d)([-/]?)(\d\d)\2(\d\d)(?!\d)")


def context(page: ParsedPage, rules: Rules) -> Context:
    """What a page gives as context of its times: its zone, its language, the days it names."""
    language = rules.language or page.language or ""
    given = named(rules.timezone) if rules.timezone else None
    zone, why = (given, "") if given else _assume_zone(page, rules, language)
    plain = Context(rules.now, zone, language=language, zone_why=why, order=rules.date_order or "")
    return of_days(plain, *(stated(text, plain).at for text in (page.published, page.modified)))


def _assume_zone(page: ParsedPage, rules: Rules, language: str) -> tuple[tzinfo, str]:
    """The zone of times without one, and by what it is assumed."""
    name = home_zone(language)
    home = named(name) if name else None
    offset = _offset(page.published or "") or _offset(page.modified or "")
    if offset is not None:
        why = f"the page states its own times in UTC{offset.tzname(None)[3:]}"
        return (home if home and _agree(home, offset, rules.now) else offset), why
    if home is not None:
        return home, f"the page's language, {language}, has no other"
    return UTC, "nothing on the page says another"


def _offset(text: str) -> timezone | None:
    """The offset that a stated time carries; None for UTC too, which may stand for nothing."""
    found = _OFFSET.search(text)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    if not 0 < minutes <= 14 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def _agree(home: tzinfo, offset: timezone, now: datetime) -> bool:
    """Whether a zone has this offset at some time of the year."""
    days = (now, now + timedelta(days=182))
    return any(day.astimezone(home).utcoffset() == offset.utcoffset(None) for day in days)


def of_days(known: Context, published: datetime | None, modified: datetime | None) -> Context:
    """`known`, of a page published and modified then, that goes on if that is not long ago."""
    began = _within(published, published, known.now)
    changed = _within(modified, began or modified, known.now)
    last = changed or began
    if last is None:
        return known
    going_on = known.now if known.now - last < _GOING_ON else None
    dates = tuple(at for at in (began, changed, going_on) if at)
    return replace(known, dates=dates, began=None if changed else began, changed=changed)


def _within(at: datetime | None, first: datetime | None, last: datetime) -> datetime | None:
    return at if at and first and first <= at <= last else None


def day_in(address: str) -> tuple[date | None, str]:
    """The day that an address names, and in which notation: 2022/03/02 is "%Y/%m/%d"."""
    for year, separator, month, day in _DAY.findall(address):
        try:
            return date(int(year), int(month), int(day)), f"%Y{separator}%m{separator}%d"
        except ValueError:
            continue
    return None, ""


def later_time(modified: Resolved, published: Resolved) -> datetime | None:
    """Return when an update was modified; None where that is not after its publication."""
    if modified.at is None or published.at is None or modified.at <= published.at:
        return None
    return modified.at


def stated(value: Any, known: Context) -> Resolved:
    """The instant that an attribute or a JSON value states, in whatever notation."""
    text = written(value)
    if not text:
        return NONE
    at = _aware(text)
    return Resolved(at, "instant") if at else read(stamp_of(text[:200]), known) or NONE


def written(value: Any) -> str:
    """Return a text as it is and a number in digits; "" for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(int(value)) if abs(value) < 1e20 else ""
    return value if isinstance(value, str) else ""


def _aware(value: str) -> datetime | None:
    """The usual shape, by the standard library's fast path; year 1 and 9999 are no times."""
    try:
        at = datetime.fromisoformat(value)
        usual = at.tzinfo is not None and EARLIEST <= at.year <= LATEST
        return at.astimezone(UTC) if usual else None
    except (ValueError, OverflowError):
        return None


def stamp_of(text: str) -> Stamp | None:
    """What a text states, by the notations of machines first."""
    return machine(text) or whole(text) or lenient(text)
