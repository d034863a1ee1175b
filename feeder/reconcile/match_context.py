"""What matching may look at: the entries, and the page as it was at the last clean read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feeder.reconcile.last_read import moment, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.model import Entry
    from feeder.reconcile.last_read import Memory
    from feeder.reconcile.observed import Shown

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """What matching may look at."""

    entries: Sequence[Entry]
    order: dict[
        str, int
    ]  # where each entry stood in the page at the last clean read, or would have stood
    present: frozenset[str]  # those that were not gone
    marks: dict[str, str]  # what was shown then -> entry id
    now: datetime
    lenient: bool  # the rules changed, or the page moved: times and places may all differ
    times: dict[str, int]  # that the page last showed, in seconds of the epoch

    def time(self, entry: Entry) -> datetime:
        """As the page last showed it, else as it is stored."""
        shown = self.times.get(entry.id)
        return (
            entry.published if shown is None or shown == seconds(entry.published) else moment(shown)
        )


def scene(entries: Iterable[Entry], memory: Memory, now: datetime, *, lenient: bool) -> Scene:
    current = latest_versions(entries)
    order = {item.id: place for place, item in enumerate(memory.window)}
    new = memory.hold.new if memory.hold else ()
    order |= {name: place for place, name in enumerate(new, len(order))}
    marks: dict[str, str] = {}
    for item in memory.window:
        if not item.gone:
            marks[item.mark] = "" if item.mark in marks else item.id
    present = frozenset(item.id for item in memory.window if not item.gone or item.absent).union(
        new
    )
    times = {item.id: item.at for item in memory.window if item.at is not None}
    return Scene(current, order, present, marks, now, lenient, times)


def latest_versions(entries: Iterable[Entry]) -> list[Entry]:
    """Of an entry and its later versions (edits = "new") the latest one alone."""
    latest: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.number):
        latest[entry.edit_of or entry.id] = entry
    return list(latest.values())


def apart(one: Shown, entry: Entry, scene: Scene) -> timedelta | None:
    """How far apart the times are; None: that is no evidence."""
    published, stated, stored = one.update.published, one.update.stated, scene.time(entry)
    if published is None or {"none", "relative"} & {stated, entry.stated}:
        # relative times are reckoned from the moments of two reads, in units that grow with them
        return None
    distance = abs(published - stored)
    kinds = {stated, entry.stated}
    if "day" in kinds:
        return None if distance < 2 * DAY else distance
    if "clock" in kinds:
        off = min(distance % DAY, -distance % DAY)
        return (
            None if off < MINUTE < distance else distance
        )  # the day may have been reckoned otherwise
    return distance
