"""What a page gives as context of its times, and the times that data states."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from feeder.when import (
    Context,
    Resolved,
    Stamp,
    home_zone,
    lenient,
    machine,
    name_zone,
    named,
    read,
    whole,
)
from feeder.when.calendars import EARLIEST, LATEST

if TYPE_CHECKING:
    from datetime import timezone

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Assumption, Rules

NONE = Resolved(None, "none")
_GOING_ON = timedelta(days=3)  # for which a page may say nothing of its last change
_DAY = re.compile(r"(?<!\d)(20\d\d)([-/]?)(\d\d)\2(\d\d)(?!\d)")


def context(page: ParsedPage, rules: Rules, language: str | None = None) -> Context:
    """What a page gives as context of its times: its zone, the days it names, its language.

    `language` is what a kind of evidence states, before that of the page.
    """
    language = rules.language or language or page.language or ""
    given = named(rules.timezone) if rules.timezone else None
    zone, why = (given, "") if given else _assume_zone(page, rules, language)
    plain = Context(
        rules.now,
        zone,
        language=language,
        zone_why=why,
        order=rules.date_order or "",
        served=page.document.served,
    )
    return of_days(plain, *(stated(text, plain).at for text in (page.published, page.modified)))


def _assume_zone(page: ParsedPage, rules: Rules, language: str) -> tuple[tzinfo, str]:
    """The zone of times without one, and by what it is assumed."""
    name = home_zone(language)
    home = named(name) if name else None
    known = named(rules.known_zone) if rules.known_zone else None
    if page.offset is not None:
        why = f"the page states its own times in {page.offset.tzname(None)}"
        fitting = (zone for zone in (known, home) if zone and _agree(zone, page.offset, rules.now))
        return next(fitting, page.offset), why
    if known is not None and known not in {home, UTC}:
        return known, "earlier reads told it"
    if home is not None:
        return home, f"the page's language, {language}, has no other"
    return UTC, "nothing on the page says another"


def source_zone(page: ParsedPage, assumed: Assumption | None) -> str:
    """The zone of a source: as configured or assumed, else as earlier reads or the page have it.

    The offset that a page states moves with summer time, which is no other zone.
    """
    rules = page.rules
    inferred = assumed.timezone if assumed and page.offset is None else None
    known = rules.timezone or inferred or rules.known_zone
    return known or name_zone(context(page, rules).zone)


def _agree(zone: tzinfo, offset: timezone, now: datetime) -> bool:
    """Whether a zone has this offset at some time of the year."""
    days = (now, now + timedelta(days=182))
    return any(day.astimezone(zone).utcoffset() == offset.utcoffset(None) for day in days)


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
    return read(stamp_in(value), known) or NONE


def stamp_in(value: Any) -> Stamp | None:
    """What an attribute or a JSON value states of a time, in whatever notation."""
    text = written(value)
    at = _aware(text)
    return Stamp(at=at) if at else stamp_of(text[:200])


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
