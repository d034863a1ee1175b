"""What a page gives as context of its times, and the times that data states."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

from feeder.when import Context, Resolved, Stamp, lenient, machine, named, read, whole

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Rules

_NOTHING = Resolved(None, "none")
_GOING_ON = timedelta(days=3)  # for which a page may say nothing of its last change
_DAY = re.compile(r"(?<!\d)(20\d\d)([-/]?)(\d\d)\2(\d\d)(?!\d)")


def context(page: ParsedPage, rules: Rules) -> Context:
    """The zone is the source's, else UTC; the days are those that the page's metadata names."""
    zone = (named(rules.timezone) if rules.timezone else None) or UTC
    plain = Context(rules.now, zone, language=page.language or "")
    return of_days(plain, *(stated(text, plain).at for text in (page.published, page.modified)))


def of_days(known: Context, published: datetime | None, modified: datetime | None) -> Context:
    """`known`, of a page that was published and modified then, and may go on if that is not long ago."""
    began = published if published and published <= known.now else None
    changed = modified if modified and (began or modified) <= modified <= known.now else None
    last = changed or began
    if last is None:
        return known
    going_on = known.now if known.now - last < _GOING_ON else None
    dates = tuple(at for at in (began, changed, going_on) if at)
    return replace(known, dates=dates, began=None if changed else began, changed=changed)


def day_in(address: str) -> tuple[date | None, str]:
    """The day that an address names, and in which notation (strftime): 2022/03/02, 2022-03-02, 20220302."""
    for year, separator, month, day in _DAY.findall(address):
        try:
            return date(int(year), int(month), int(day)), f"%Y{separator}%m{separator}%d"
        except ValueError:
            continue
    return None, ""


def stated(value: Any, known: Context) -> Resolved:
    """The time that an attribute or a JSON value states, in whatever notation."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e19:
        value = str(int(value))
    if not isinstance(value, str):
        return _NOTHING
    return read(stamp_of(value), known) or _NOTHING


def stamp_of(text: str) -> Stamp | None:
    return machine(text) or whole(text) or lenient(text)
