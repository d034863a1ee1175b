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

from feeder.reconcile.last_read import MOST_GONE, Item, seconds
from feeder.reconcile.observed import in_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Entry
    from feeder.reconcile.last_read import Memory
    from feeder.reconcile.observed import Shown

ENOUGH_READS = 3


@dataclass(frozen=True, slots=True)
class Sight:
    """The page now, against the page at the last clean read."""

    gone: tuple[
        tuple[int, Item], ...
    ]  # what may come to be proven gone, each after the place in the page it followed
    missing: frozenset[str]  # gone since the last clean read, and not fallen off the end
    kept: int  # how many of the last clean read are still there
    before: int  # of so many

    @property
    def removed(self) -> frozenset[str]:
        return frozenset(item.id for _, item in self.gone if item.absent >= ENOUGH_READS)


def compare(memory: Memory, shown: Sequence[Shown], entries: Sequence[Entry | None]) -> Sight:
    """`entries` are those of `shown`, None for a new one, in the same order."""
    places = _places(memory, shown, entries)
    here = {entry.id for entry in entries if entry is not None}
    stood = {item.id: place for place, item in enumerate(memory.window)}
    above, below = _first_above(memory.window, places), _last_below(memory.window, places)
    gone, missing, nearest = [], set(), -1
    for item, first, last in zip(memory.window, above, below, strict=True):
        nearest = places.get(item.id, nearest)
        if item.id in here:
            continue
        if last >= 0 and not item.gone:
            missing.add(item.id)
        if nearest >= 0:  # else it stood above all that is left: there will never be a proof
            gone.append(
                (
                    _below_strangers(nearest, item, shown, stood, entries),
                    _missed(item, proven=first < last),
                )
            )
    last_time = [item for item in memory.window if not item.gone]
    kept = sum(item.id in here for item in last_time)
    return Sight(_bounded(gone), frozenset(missing), kept, len(last_time))


def is_turned(memory: Memory, shown: Sequence[Shown], entries: Sequence[Entry | None]) -> bool:
    """Whether a page without any time now shows the other end first."""
    if any(one.update.published is not None for one in shown):
        return False
    order = {item.id: float(place) for place, item in enumerate(memory.window)}
    values = [order[entry.id] for entry in entries if entry is not None and entry.id in order]
    return len(in_place(values)) > len(in_place([-value for value in values]))


def _places(
    memory: Memory, shown: Sequence[Shown], entries: Sequence[Entry | None]
) -> dict[str, int]:
    """Where each known entry stands now, but for those out of their place: in time, or against the last clean read."""
    values: list[float | None] = [one.time.timestamp() if one.time else None for one in shown]
    if 2 * values.count(None) > len(values):
        order = {item.id: float(-place) for place, item in enumerate(memory.window)}
        values = [order.get(entry.id) if entry is not None else None for entry in entries]
    return {
        entry.id: place
        for place in in_place(values)
        if (entry := entries[place]) is not None and not shown[place].update.pinned
    }


def _first_above(window: Sequence[Item], places: dict[str, int]) -> list[float]:
    """For each item the topmost place now of all that stood above it."""
    first, found = float("inf"), []
    for item in window:
        found.append(first)
        first = min(first, places.get(item.id, first))
    return found


def _last_below(window: Sequence[Item], places: dict[str, int]) -> list[int]:
    """For each item the lowest place now of all that stood below it."""
    last, found = -1, []
    for item in reversed(window):
        found.append(last)
        last = max(last, places.get(item.id, last))
    return found[::-1]


def _below_strangers(
    place: int,
    item: Item,
    shown: Sequence[Shown],
    stood: dict[str, int],
    entries: Sequence[Entry | None],
) -> int:
    """Where an item goes that followed a place: below what did not stand below it before and is no older."""
    while place + 1 < len(shown):
        entry, time = entries[place + 1], shown[place + 1].time
        below = entry is not None and stood.get(entry.id, -1) > stood[item.id]
        if below or (time is not None and item.at is not None and seconds(time) < item.at):
            break
        place += 1
    return place


def _missed(item: Item, *, proven: bool) -> Item:
    return msgspec.structs.replace(item, absent=item.absent + proven, gone=True, proven=proven)


def _bounded(gone: list[tuple[int, Item]]) -> tuple[tuple[int, Item], ...]:
    """All that has been missed, and the newest of what has only fallen off the end."""
    fallen = [item.id for _, item in gone if not item.absent][:MOST_GONE]
    return tuple((place, item) for place, item in gone if item.absent or item.id in fallen)


def window(
    memory: Memory,
    shown: Sequence[Shown],
    entries: Sequence[Entry],
    gone: Sequence[tuple[int, Item]],
) -> tuple[Item, ...]:
    """The page as it is to be remembered: what is shown, and what is missed at the place where it stood."""
    before = {(item.id, item.mark): item for item in memory.window if not item.gone}
    after: dict[int, list[Item]] = {}
    for place, item in gone:
        after.setdefault(place, []).append(item)
    items: list[Item] = []
    for place, (one, entry) in enumerate(zip(shown, entries, strict=True)):
        items.append(before.get((entry.id, one.mark)) or _item(entry, one))
        items += after.get(place, ())
    return tuple(items)


def _item(entry: Entry, one: Shown) -> Item:
    return Item(entry.id, seconds(one.time) if one.time else None, one.mark)


def one_more_read(items: Sequence[Item]) -> tuple[Item, ...]:
    """The page is as it was: what it proved gone is missed once more."""
    return tuple(_missed(item, proven=True) if item.proven else item for item in items)
