"""A snapshot to be reconciled: every update once, with what it is recognised by, newest first."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import xxhash

from feeder.extract.record.counters import steady, steady_headline
from feeder.reconcile.words import bare, digest, pictures, recordings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from feeder.model import Snapshot, Update


@dataclass(frozen=True, slots=True)
class Observed:
    """An update and what it is recognised by."""

    update: Update
    key: (
        str | None
    )  # the page's own id for it, or its own address; None: it has neither, or shares it
    time: datetime | None  # the instant that the page itself states for it, be it by a clock alone
    mark: str  # of all that was read of it, but what ticks

    @property
    def digest(self) -> str:
        """Digest of the normalised words: computed only for what is not as it was."""
        return digest(self.update.content)


def once(snapshot: Snapshot) -> tuple[list[Observed], tuple[str, ...]]:
    """Returns the page's updates, each once and newest first, and warnings."""
    observed = [_observe(update) for update in snapshot.updates]
    if is_ascending(observed):
        observed.reverse()
    observed = _without_echoes(_without_copies(observed, _find_repeated(observed)))
    shared = _find_repeated(observed)
    if not shared:
        return observed, ()
    note = (
        f"{len(shared)} of the page's own ids stand for several updates and were not used, "
        f"{min(shared)!r} for one."
    )
    return [replace(one, key=None) if one.key in shared else one for one in observed], (note,)


def _find_repeated(observed: Sequence[Observed]) -> set[str]:
    """Returns the keys that several updates have."""
    counts = Counter(one.key for one in observed if one.key is not None)
    return {key for key, times in counts.items() if times > 1}


def native_key(update: Update) -> str | None:
    """Returns the page's own name for an update, as text that can be stored.

    The address of its group is that of others too. A page's JSON may hold half a character.
    """
    own = update.url if update.group is None or update.url != update.group.url else None
    key = update.native_id or own
    if not key or key.isascii():
        return key or None
    return key.encode(errors="replace").decode()


def _observe(update: Update) -> Observed:
    time = update.published if update.stated in {"instant", "clock"} else None
    key = native_key(update)
    return Observed(update, key, time, _mark(update, time))


def _mark(update: Update, time: datetime | None) -> str:
    """Fingerprints all that was read of an update but its ids and what ticks."""
    content = update.content
    stated = str(time.timestamp()) if time else update.stated
    parts = [stated, steady_headline(content.title), steady(content.text), *content.authors]
    if content.images or content.media:
        parts += sorted(pictures(content) | recordings(content))
    return xxhash.xxh3_64_hexdigest("\0".join(parts).encode(errors="replace"))


def is_ascending(observed: Sequence[Observed]) -> bool:
    """Returns whether the page shows its oldest update first; not where times do not say."""
    updates = [one.update for one in observed if not one.update.pinned]
    times = [update.published for update in updates if update.published is not None]
    pairs = list(pairwise(times))
    return sum(a < b for a, b in pairs) > sum(a > b for a, b in pairs)


def _without_copies(observed: list[Observed], repeated: set[str]) -> list[Observed]:
    """Drops what repeats another update out of its place, pinned or in a summary box."""
    groups = _alike(observed)
    if not groups:
        return observed
    placed = set(in_place([one.time.timestamp() if one.time else None for one in observed]))
    dropped: set[int] = set()
    for indexes in groups:
        if observed[indexes[0]].key in repeated or not _side_by_side(indexes, observed):
            dropped |= {*indexes} - {_in_its_place(indexes, placed, observed)}
    return [one for index, one in enumerate(observed) if index not in dropped]


def _in_its_place(indexes: Sequence[int], placed: set[int], observed: Sequence[Observed]) -> int:
    """Returns which of several copies stands among the others by its time; else the last."""
    free = (index for index in indexes if not observed[index].update.pinned)
    return next((index for index in free if index in placed), indexes[-1])


def _alike(observed: Sequence[Observed]) -> list[list[int]]:
    """Returns indexes of updates of the same words and the same id or time.

    A copy may have an id of its own.
    """
    named: defaultdict[object, list[int]] = defaultdict(list)
    for index, one in enumerate(observed):
        for name in _names_of_copies(one):
            named[name].append(index)
    groups: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for number, indexes in enumerate(_several(named)):
        for index in indexes:
            groups[number, observed[index].digest].append(index)
    return _several(groups)


def _several(groups: Mapping[Any, list[int]]) -> list[list[int]]:
    """Returns the groups of more than one."""
    return [indexes for indexes in groups.values() if len(indexes) > 1]


def _names_of_copies(one: Observed) -> Iterator[object]:
    """Yields what a copy of an update has in common with it, beside the words."""
    if one.key is not None:
        yield one.key
    if one.key is None or one.time is not None:
        yield one.update.published, len(one.update.content.text)


def _side_by_side(indexes: Sequence[int], observed: Sequence[Observed]) -> bool:
    """Returns whether updates follow each other: two, and no copy, unless one is pinned."""
    pinned = {observed[index].update.pinned for index in indexes}
    return indexes[-1] - indexes[0] == len(indexes) - 1 and len(pinned) == 1


def _without_echoes(observed: list[Observed]) -> list[Observed]:
    """Drops what says no more than the time and headline of an update shown in full."""
    short = [_says_only_its_headline(one) for one in observed]
    if not any(short):
        return observed
    full = {
        _heading(one)
        for one, is_short in zip(observed, short, strict=True)
        if not is_short and one.time
    }
    return [
        one
        for one, is_short in zip(observed, short, strict=True)
        if not is_short or _heading(one) not in full
    ]


def _heading(one: Observed) -> tuple[datetime | None, str]:
    return one.time, bare(one.update.content.title)


def _says_only_its_headline(one: Observed) -> bool:
    content = one.update.content
    return len(content.text) <= len(content.title) + 4 and bare(content.text) in {
        "",
        bare(content.title),
    }


def in_place(values: Sequence[float | None]) -> list[int]:
    """Returns the indexes of the longest run in which values never rise, and of what has none."""
    known = {index: value for index, value in enumerate(values) if value is not None}
    ordered = list(known.values())
    if ordered == sorted(ordered, reverse=True):
        return [*range(len(values))]
    run = _longest_falling(known)
    return [index for index in range(len(values)) if index in run or index not in known]


def _longest_falling(values: dict[int, float]) -> set[int]:
    """Returns the keys of the longest run, in their order, in which values never rise."""
    tails: list[float] = []  # the smallest negated value that ends a run of each length …
    ends: list[int] = []  # … and where it stands
    before: dict[int, int] = {}
    for index, value in values.items():
        place = bisect_right(tails, -value)
        before[index] = ends[place - 1] if place else -1
        tails[place : place + 1] = [-value]
        ends[place : place + 1] = [index]
    run, index = set(), ends[-1] if ends else -1
    while index >= 0:
        run.add(index)
        index = before[index]
    return run
