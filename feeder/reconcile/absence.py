"""What is no longer shown: removed, rolled off, or not to be believed.

An update is gone from *between* its neighbours when one that stood above it and one that stood
below it are still there, in that order. What is gone from either end of the page has fallen off it.
Nothing here looks at times to tell that, but for what stands out of its place (pinned) and so is no
witness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from feeder.reconcile.evidence import kinds_to_remember
from feeder.reconcile.last_read import MOST_GONE, MOST_SUPERSEDED, WindowItem, seconds
from feeder.reconcile.observed import in_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.model import Entry
    from feeder.reconcile.last_read import LastRead
    from feeder.reconcile.observed import Observed

ENOUGH_READS = 3


@dataclass(frozen=True, slots=True)
class Comparison:
    """The page now, against the page at the last clean read."""

    gone: tuple[
        tuple[int, WindowItem], ...
    ]  # what may come to be proven gone, each after the place in the page it followed
    missing: frozenset[str]  # gone since the last clean read, and not fallen off the end
    kept: int  # how many of the last clean read are still there
    before: int  # of so many

    @property
    def removed(self) -> frozenset[str]:
        return frozenset(item.id for _, item in self.gone if item.absent >= ENOUGH_READS)


def compare(
    memory: LastRead, observed: Sequence[Observed], entries: Sequence[Entry | None]
) -> Comparison:
    """`entries` are those of `shown`, None for a new one, in the same order."""
    places = _places(memory, observed, entries)
    here = {entry.id for entry in entries if entry is not None}
    stood = _places_of(memory)
    gone, missing = [], set()
    for item, nearest, first, last in _neighbourhoods(memory.window, places):
        if item.id in here:
            continue
        if last >= 0 and not item.gone:
            missing.add(item.id)
        if nearest >= 0:  # else it stood above all that is left: there will never be a proof
            place = _below_strangers(nearest, item, observed, stood, entries)
            gone.append((place, _missed(item, proven=first < last)))
    last_time = {item.id for item in memory.window if not item.gone}
    return Comparison(_bounded(gone), frozenset(missing), len(here & last_time), len(last_time))


def is_turned(
    memory: LastRead, observed: Sequence[Observed], entries: Sequence[Entry | None]
) -> bool:
    """Returns whether a page without any time now shows the other end first."""
    if any(one.update.published is not None for one in observed):
        return False
    order = _places_of(memory)
    values = [order[entry.id] for entry in entries if entry is not None and entry.id in order]
    return len(in_place(values)) > len(in_place([-value for value in values]))


def _places_of(memory: LastRead) -> dict[str, int]:
    """Returns where each item stood in the page at the last clean read."""
    return {item.id: place for place, item in enumerate(memory.window)}


def _places(
    memory: LastRead, observed: Sequence[Observed], entries: Sequence[Entry | None]
) -> dict[str, int]:
    """Returns where each known entry stands now, without those out of their place.

    The place is told by time, or where times are rare by the order at the last clean read.
    """
    values: list[float | None] = [one.time.timestamp() if one.time else None for one in observed]
    if 2 * values.count(None) > len(values):
        order = {name: float(-place) for name, place in _places_of(memory).items()}
        values = [order.get(entry.id) if entry is not None else None for entry in entries]
    return {
        entry.id: place
        for place in in_place(values)
        if (entry := entries[place]) is not None and not observed[place].update.pinned
    }


def _neighbourhoods(
    window: Sequence[WindowItem], places: dict[str, int]
) -> Iterator[tuple[WindowItem, int, float, int]]:
    """Yields each item with three places of now: the one that it follows, and its neighbours'.

    Those are the first of all that stood above it, and the last of all that stood below it.
    """
    nearest = -1
    sides = zip(window, _first_above(window, places), _last_below(window, places), strict=True)
    for item, first, last in sides:
        nearest = places.get(item.id, nearest)
        yield item, nearest, first, last


def _first_above(window: Sequence[WindowItem], places: dict[str, int]) -> list[float]:
    """Returns for each item the topmost place now of all that stood above it."""
    first, found = float("inf"), []
    for item in window:
        found.append(first)
        first = min(first, places.get(item.id, first))
    return found


def _last_below(window: Sequence[WindowItem], places: dict[str, int]) -> list[int]:
    """Returns for each item the lowest place now of all that stood below it."""
    last, found = -1, []
    for item in reversed(window):
        found.append(last)
        last = max(last, places.get(item.id, last))
    return found[::-1]


def _below_strangers(
    place: int,
    item: WindowItem,
    observed: Sequence[Observed],
    stood: dict[str, int],
    entries: Sequence[Entry | None],
) -> int:
    """Returns where a missing item goes: below what was not below it before and is no older."""
    while place + 1 < len(observed):
        entry, time = entries[place + 1], observed[place + 1].time
        below = entry is not None and stood.get(entry.id, -1) > stood[item.id]
        if below or (time is not None and item.at is not None and seconds(time) < item.at):
            break
        place += 1
    return place


def _missed(item: WindowItem, *, proven: bool) -> WindowItem:
    return msgspec.structs.replace(item, absent=item.absent + proven, gone=True, proven=proven)


def _bounded(gone: list[tuple[int, WindowItem]]) -> tuple[tuple[int, WindowItem], ...]:
    """Returns all that has been missed, and the newest of what has fallen off the end."""
    fallen = [item.id for _, item in gone if not item.absent][:MOST_GONE]
    return tuple((place, item) for place, item in gone if item.absent or item.id in fallen)


def remember_window(
    memory: LastRead,
    observed: Sequence[Observed],
    entries: Sequence[Entry],
    known: Sequence[Entry | None],
    gone: Sequence[tuple[int, WindowItem]],
) -> tuple[WindowItem, ...]:
    """Returns the page to remember: what is shown, and what is missed at the place where it stood.

    `entries` are those of `observed` as they are now, `known` as they were before; None: new.
    """
    before = {item.id: item for item in memory.window}
    after: dict[int, list[WindowItem]] = {}
    for place, item in gone:
        after.setdefault(place, []).append(item)
    items = [*after.get(-1, ())]
    for place, (one, entry, was) in enumerate(zip(observed, entries, known, strict=True)):
        shown = before.get(entry.id) or before.get(was.id if was is not None else "")
        items.append(_remember(entry, one, was, shown))
        items += after.get(place, ())
    return tuple(items)


def update_window(
    memory: LastRead,
    observed: Sequence[Observed],
    entries: Sequence[Entry],
    known: Sequence[Entry | None],
) -> tuple[WindowItem, ...]:
    """Returns the remembered page with what is shown in it; what is not shown stays as it was."""
    items = list(memory.window)
    next_place = 0
    for one, entry, was in zip(observed, entries, known, strict=True):
        names = {entry.id, was.id if was is not None else entry.id}
        place = next((at for at, item in enumerate(items) if item.id in names), None)
        if place is None:
            items.insert(next_place, _remember(entry, one, was, None))
            next_place += 1
        else:
            if entry != was:
                items[place] = _remember(entry, one, was, items[place])
            next_place = place + 1
    return tuple(items)


def _other_key(entry: Entry, one: Observed) -> str:
    """Returns the page's own id where the entry is stored under another; else ""."""
    return one.key if one.key is not None and one.key != entry.native_id else ""


def _remember(
    entry: Entry, one: Observed, was: Entry | None, before: WindowItem | None
) -> WindowItem:
    key = _other_key(entry, one)
    kinds = kinds_to_remember(was or entry, one, before)
    item = WindowItem(
        id=entry.id,
        at=seconds(one.time) if one.time else None,
        mark=one.mark,
        key=key,
        kinds=kinds,
    )
    if before is None:
        return item
    if (before.mark, before.key, before.kinds, before.gone) == (one.mark, key, kinds, False):
        return before
    edited = was is None or was.content != entry.content  # else it was only read otherwise
    marks = (*before.superseded, before.mark) if edited else before.superseded
    others = tuple(mark for mark in marks if mark != one.mark)
    superseded = others[-MOST_SUPERSEDED:]
    return msgspec.structs.replace(item, earlier=before.earlier, superseded=superseded)


def one_more_read(items: Sequence[WindowItem]) -> tuple[WindowItem, ...]:
    """Returns the window after an unchanged answer: what it proved gone is missed once more."""
    return tuple(_missed(item, proven=True) if item.proven else item for item in items)
