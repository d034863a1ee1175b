"""Whether a page is believed: an older copy, another page, or one that suddenly shows too little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import xxhash

from feeder.reconcile.last_read import LONG_ENOUGH, Doubt, moment, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.model import Entry, Snapshot
    from feeder.reconcile.absence import Sight
    from feeder.reconcile.last_read import Memory
    from feeder.reconcile.observed import Shown

ENOUGH_READS = 3


@dataclass(frozen=True, slots=True)
class Age:
    """What a page's age is told by."""

    state: str  # of all that it shows, in any order
    newest: int | None
    touched: int | None


def age(shown: Sequence[Shown], entries: Sequence[Entry | None], now: datetime) -> Age:
    """Times in the future do not count: nothing could ever be newer than they are."""
    times = [_time(one, entry) for one, entry in zip(shown, entries, strict=True)]
    told = [time for time in times if time is not None and time <= now]
    edits = [
        one.update.modified
        for one in shown
        if one.update.modified is not None and one.update.modified <= now
    ]
    state = xxhash.xxh3_64_hexdigest("".join(sorted(one.mark for one in shown)).encode())
    newest = seconds(max(told)) if told else None
    return Age(state, newest, seconds(max(told + edits)) if edits else None)


def _time(one: Shown, entry: Entry | None) -> datetime | None:
    """A clock's day and a relative time are reckoned anew at every read; the stored one holds."""
    if one.update.stated in {"clock", "relative"}:
        return entry.published if entry is not None else one.update.published
    return one.time


def is_older_copy(age: Age, memory: Memory) -> bool:
    """Whether the page was like that before, or its newest update or edit is older than at the last clean read."""
    if age.newest is not None and memory.newest is not None and age.newest != memory.newest:
        return age.newest < memory.newest
    if age.touched is not None and memory.touched is not None and age.touched < memory.touched:
        return True
    return age.state in memory.states[:-1] and age.state != memory.states[-1]


# -------------------------------------------------------------------------------------------- holds


def doubt(
    memory: Memory, snapshot: Snapshot, sight: Sight, shown: Sequence[Shown], now: datetime
) -> Doubt | None:
    """Why the page is not believed; None: it is."""
    if not sight.before:
        return None
    final = _another_page(memory, snapshot, sight)
    if final:
        return _again(memory.hold, Doubt(seconds(now), final, final=True, seen=len(shown)))
    missing = _missing(memory, sight, shown)
    if len(missing) <= sight.kept:  # half of all that have not fallen off the end
        return None
    reason = f"{len(missing)} of the {sight.before} updates of the last read are missing, and did not fall off its end."
    found = Doubt(seconds(now), reason, missing=missing, counted_from=seconds(now), seen=len(shown))
    return _again(memory.hold, found)


def _missing(memory: Memory, sight: Sight, shown: Sequence[Shown]) -> tuple[str, ...]:
    """The entries that are gone; none where the page just starts anew, as by the same means as ever."""
    if sight.kept:
        return tuple(sorted(sight.missing))
    if _starts_anew(memory, shown):
        return ()
    return tuple(sorted(item.id for item in memory.window if not item.gone))


def _starts_anew(memory: Memory, shown: Sequence[Shown]) -> bool:
    times = [one.time for one in shown]
    newer = memory.newest is not None and all(
        time is not None and seconds(time) >= memory.newest for time in times
    )
    return newer and any(one.update.evidence in memory.evidence for one in shown)


def _again(before: Doubt | None, found: Doubt) -> Doubt:
    """One more read of a page that is held already."""
    if before is None:
        return found
    if before.final or found.final:
        since = before.since if before.final == found.final else found.since
        return msgspec.structs.replace(found, since=since, reads=before.reads + 1)
    if not set(before.missing) <= set(found.missing):
        return msgspec.structs.replace(found, since=before.since)
    return msgspec.structs.replace(
        found,
        since=before.since,
        missing=before.missing,
        reads=before.reads + 1,
        counted_from=before.counted_from,
    )


def has_lasted(doubt: Doubt, now: datetime) -> bool:
    """Whether the page has been so for long enough to be what it now says."""
    waited = now - moment(doubt.counted_from)
    return not doubt.final and doubt.reads >= ENOUGH_READS and waited >= LONG_ENOUGH


# ------------------------------------------------------------------------------- the page's address


def _another_page(memory: Memory, snapshot: Snapshot, sight: Sight) -> str:
    """A sentence where the answer is another page than the one that was read so far."""
    here, there = _address(snapshot.url), _address(memory.url)
    if memory.url and _is_home(here) and not _is_home(there):
        return f"The page was redirected to the home page, {snapshot.url}."
    if not (snapshot.canonical and memory.canonical):
        return ""
    canonical, was = _address(snapshot.canonical), _address(memory.canonical)
    if canonical == was:
        return ""
    if canonical == here != there and 2 * sight.kept > sight.before:
        return ""  # it has moved, with all that it shows
    return (
        f"The page says that it is another one: {snapshot.canonical}, formerly {memory.canonical}."
    )


def _address(url: str) -> tuple[str, str]:
    """Host and path: the scheme, "www.", parameters and fragments do not make another page."""
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")


def _is_home(address: tuple[str, str]) -> bool:
    return bool(address[0]) and not address[1]


def is_successor(memory: Memory, snapshot: Snapshot) -> bool:
    """Whether this is the page that the last one named as its continuation."""
    if not memory.successor:
        return False
    wanted = _address(memory.successor)
    return wanted in {
        _address(snapshot.url),
        _address(snapshot.canonical or ""),
    } and wanted != _address(memory.url)
