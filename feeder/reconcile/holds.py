"""Whether a page is believed: an older copy, another page, one that suddenly shows too little."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import xxhash

from feeder.reconcile.last_read import LONG_ENOUGH, OlderCopy, OpenHold, moment, seconds
from feeder.reconcile.words import similarity, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.model import Entry, Snapshot
    from feeder.reconcile.absence import Comparison
    from feeder.reconcile.last_read import LastRead
    from feeder.reconcile.observed import Observed
    from feeder.reconcile.recognition import Recognised

ENOUGH_READS = 3
SAME_TITLE = 0.5  # likeness of two titles from which on they name one event
OLD_FOR_LONG = timedelta(minutes=5)  # caches of one site disagree for less than that


@dataclass(frozen=True, slots=True)
class Age:
    """What a page's age is told by."""

    state: str  # fingerprint of all that it shows, in any order
    newest: int | None  # the latest time of an update, in seconds of the epoch …
    touched: int | None  # … and of an update or an edit, where edits are dated
    superseded: bool  # something is shown that the page has replaced since


def tell_age(page: Recognised, now: datetime) -> Age:
    """Returns what the page's age is told by.

    Times in the future do not count: nothing could ever be newer.
    """
    told = _not_ahead([_time(one, entry) for one, entry in page.pairs()], now)
    edits = _not_ahead([one.update.modified for one in page.observed], now)
    marks = sorted(one.mark for one in page.observed)
    return Age(
        state=xxhash.xxh3_64_hexdigest("".join(marks).encode()),
        newest=seconds(max(told)) if told else None,
        touched=seconds(max(told + edits)) if edits else None,
        superseded=_is_superseded(page),
    )


def _not_ahead(times: Sequence[datetime | None], now: datetime) -> list[datetime]:
    return [time for time in times if time is not None and time <= now]


def _is_superseded(page: Recognised) -> bool:
    items = {item.id: item for item in page.memory.window if item.superseded}
    known = ((one, items.get(entry.id)) for one, entry in page.pairs() if entry is not None)
    return any(item is not None and one.mark in item.superseded for one, item in known)


def _time(one: Observed, entry: Entry | None) -> datetime | None:
    """A clock's day and a relative time are reckoned anew at every read; the stored one holds."""
    if one.update.stated in {"clock", "relative"}:
        return entry.published if entry is not None else one.update.published
    return one.time


def is_older_copy(age: Age, memory: LastRead) -> bool:
    """Returns whether the page shows what was superseded, and nothing newer than before."""
    if age.newest is not None and memory.newest is not None and age.newest != memory.newest:
        return age.newest < memory.newest
    if age.touched is not None and memory.touched is not None and age.touched != memory.touched:
        return age.touched < memory.touched
    if age.superseded:
        return True
    return age.state in memory.states[:-1] and age.state != memory.states[-1]


def seen_again(age: Age, memory: LastRead, now: datetime) -> OlderCopy:
    """Returns the older copy with this read counted.

    Another copy starts the count anew: caches differ in age.
    """
    before = memory.older
    if before is None or before.state != age.state or moment(before.since) > now:
        return OlderCopy(age.state, seconds(now))
    return msgspec.structs.replace(before, reads=before.reads + 1)


def is_the_page_now(copy: OlderCopy, now: datetime) -> bool:
    """Returns whether an older copy was shown for long enough, with nothing else between."""
    return copy.reads >= ENOUGH_READS and now - moment(copy.since) >= OLD_FOR_LONG


# -------------------------------------------------------------------------------------------- holds


def find_hold(
    memory: LastRead,
    snapshot: Snapshot,
    compared: Comparison,
    observed: Sequence[Observed],
    now: datetime,
) -> OpenHold | None:
    """Returns why the page is not believed; None: it is."""
    if not compared.before:
        return None
    final = _another_page(memory, snapshot, compared)
    if final:
        return _again(memory.hold, OpenHold(seconds(now), final, final=True, seen=len(observed)))
    missing = _missing(memory, compared, observed)
    if len(missing) <= compared.kept:  # half of all that have not fallen off the end
        return None
    reason = (
        f"{len(missing)} of the {compared.before} updates of the last read are missing, "
        "and did not fall off its end."
    )
    found = OpenHold(
        seconds(now), reason, missing=missing, counted_from=seconds(now), seen=len(observed)
    )
    return _again(memory.hold, found)


def _missing(
    memory: LastRead, compared: Comparison, observed: Sequence[Observed]
) -> tuple[str, ...]:
    """Returns the entries that are gone; none where the page starts anew, read as ever."""
    if compared.kept:
        return tuple(sorted(compared.missing))
    if _starts_anew(memory, observed):
        return ()
    return tuple(sorted(item.id for item in memory.window if not item.gone))


def _starts_anew(memory: LastRead, observed: Sequence[Observed]) -> bool:
    times = [one.time for one in observed]
    newer = memory.newest is not None and all(
        time is not None and seconds(time) >= memory.newest for time in times
    )
    return newer and any(one.update.evidence in memory.evidence for one in observed)


def _again(before: OpenHold | None, found: OpenHold) -> OpenHold:
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


def has_lasted(hold: OpenHold, now: datetime) -> bool:
    """Returns whether the page has been so for long enough to be what it now says."""
    waited = now - moment(hold.counted_from)
    return not hold.final and hold.reads >= ENOUGH_READS and waited >= LONG_ENOUGH


# ------------------------------------------------------------------------------- the page's address


def _another_page(memory: LastRead, snapshot: Snapshot, compared: Comparison) -> str:
    """Returns a sentence where the answer is another page than the one that was read so far."""
    here, there = _address(snapshot.url), _address(memory.url)
    if memory.url and _is_home(here) and not _is_home(there):
        return f"The page was redirected to the home page, {snapshot.url}."
    if not (snapshot.canonical and memory.canonical):
        return _another_event(memory, snapshot, compared)
    canonical, was = _address(snapshot.canonical), _address(memory.canonical)
    if canonical == was:
        return ""
    if canonical == here != there and 2 * compared.kept > compared.before:
        return ""  # it has moved, with all that it shows
    return (
        f"The page says that it is another one: {snapshot.canonical}, formerly {memory.canonical}."
    )


def _another_event(memory: LastRead, snapshot: Snapshot, compared: Comparison) -> str:
    """Returns a sentence where nothing that is known is left, under a wholly other title."""
    if compared.kept or not (memory.title and snapshot.title):
        return ""
    if similarity(tokens(snapshot.title), tokens(memory.title)) >= SAME_TITLE:
        return ""
    return f"The page shows another event: {snapshot.title!r}, formerly {memory.title!r}."


def _address(url: str) -> tuple[str, str]:
    """Host and path: the scheme, "www.", parameters and fragments do not make another page."""
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")


def _is_home(address: tuple[str, str]) -> bool:
    return bool(address[0]) and not address[1]


def is_successor(memory: LastRead, snapshot: Snapshot) -> bool:
    """Returns whether this is the page that the last one named as its continuation."""
    if not memory.successor:
        return False
    wanted = _address(memory.successor)
    return wanted in {
        _address(snapshot.url),
        _address(snapshot.canonical or ""),
    } and wanted != _address(memory.url)
