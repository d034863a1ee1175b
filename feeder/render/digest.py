"""The digest: one entry for each hour or day that is over, for those who want no more than that."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from feeder.model import Content, Entry
from feeder.render.xml_text import uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Period:
    """The time from `start` up to `end`, in the source's zone: a day may have 23 or 25 hours."""

    start: datetime
    end: datetime


def digest(
    entries: Iterable[Entry], feed_id: str, every: timedelta, zone: str | None, now: datetime
) -> list[Entry]:
    """An entry for each period that is over and has entries, newest first; `every`: hour or day."""
    periods: defaultdict[Period, list[Entry]] = defaultdict(list)
    for entry in entries:
        if not (entry.removed or entry.hidden):
            periods[period(entry.published, every, zone)].append(entry)
    over = sorted((one for one in periods if one.end <= now), key=lambda one: one.end)
    made = [_digested(one, periods[one], feed_id, number) for number, one in enumerate(over, 1)]
    return made[::-1]


def digest_id(feed_id: str) -> str:
    """Returns the id of a feed's digest, itself a feed."""
    return uuid5(UUID(feed_id), "digest").urn


def period(at: datetime, every: timedelta, zone: str | None) -> Period:
    """Returns the hour or day of the zone's clocks that `at` falls into."""
    from feeder.when import named  # noqa: PLC0415 -- slow to import, and few have a digest

    tz = (named(zone) if zone else None) or UTC
    local = at.astimezone(tz)
    if every <= _HOUR:
        start = local.replace(minute=0, second=0, microsecond=0)
        return Period(
            start.astimezone(UTC).astimezone(tz), (start.astimezone(UTC) + _HOUR).astimezone(tz)
        )
    start = datetime(local.year, local.month, local.day, tzinfo=tz)
    tomorrow = local.date() + timedelta(days=1)
    return Period(start, datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=tz))


def _digested(over: Period, entries: Sequence[Entry], feed_id: str, number: int) -> Entry:
    entries = sorted(entries, key=lambda entry: (entry.published, entry.number))
    start, end = over.start.astimezone(UTC), over.end.astimezone(UTC)
    titles = "\n".join(entry.content.title for entry in entries)
    html = "".join(_part(entry, over) for entry in entries)
    return Entry(
        id=uuid5(UUID(feed_id), f"digest {start.isoformat()} {end.isoformat()}").urn,
        number=number,
        published=end,
        updated=max(end, *(entry.updated for entry in entries)),
        first_seen=end,
        content=Content(title=_title(over, len(entries)), text=titles, html=html),
        digest="",
    )


def _title(over: Period, count: int) -> str:
    times = f", {over.start:%H:%M}–{over.end:%H:%M}" if over.end - over.start <= _HOUR else ""
    return f"{over.start:%Y-%m-%d}{times}: {count} update{'s' if count > 1 else ''}"


def _part(entry: Entry, over: Period) -> str:
    title, address = escape(entry.content.title, quote=False), uri(entry.url)
    head = f'<a href="{escape(address)}">{title}</a>' if address else title
    at = entry.published.astimezone(over.start.tzinfo)
    return f"<h2>{head}</h2>\n<p>{at:%H:%M}</p>\n{entry.content.html}\n"
