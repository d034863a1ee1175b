"""Instants, spans and states in the words of the page. `now` comes in by the door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeder.model import ChangeKind

CHANGES: dict[ChangeKind, str] = {
    "added": "New",
    "edited": "Edited",
    "touched": "Touched",
    "retimed": "Time corrected",
    "removed": "Removed",
    "restored": "Back again",
    "corrected": "Corrected",
    "forgotten": "Erased",
}
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def span(seconds: float) -> str:
    """Returns a length of time in one unit, such as "4 min"."""
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return "0 s"


def ago(at: datetime, now: datetime) -> str:
    passed = (now - at).total_seconds()
    return f"{span(passed)} ago" if passed >= 1 else "just now"


def until(at: datetime, now: datetime) -> str:
    left = (at - now).total_seconds()
    return f"in {span(left)}" if left >= 1 else "now"


def stamp(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def took(seconds: float) -> str:
    """Returns a latency, in milliseconds where it is short."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 10 else span(seconds)


def size(count: int) -> str:
    """Returns a number of bytes, such as "12 KB"."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def plural(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def day_of(at: datetime, now: datetime) -> str:
    """Returns the heading that updates of a day stand under."""
    if at.date() == now.date():
        return "Today"
    if at.date() == (now - timedelta(days=1)).date():
        return "Yesterday"
    return f"{at:%A}, {at.day} {at:%B %Y}"


def sentence(text: str) -> str:
    """Returns what an error says with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"
