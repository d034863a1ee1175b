"""What matching may look at: the entries, and the page as it was at the last clean read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feeder.reconcile.last_read import moment, seconds
from feeder.reconcile.words import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from feeder.model import Entry
    from feeder.reconcile.last_read import LastRead
    from feeder.reconcile.observed import Observed

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NEAR = timedelta(minutes=30)  # further apart, two updates are not taken for one by likeness
_ENOUGH_WORDS = 4  # fewer of them recur ("Goal!") and are no evidence by themselves


@dataclass(frozen=True, slots=True)
class MatchContext:
    """The entries, and by their ids what the page showed of them at the last clean read."""

    entries: Sequence[Entry]
    order: Mapping[str, int]  # where each stood in the page, or would have stood
    present: frozenset[str]  # those that were not gone
    marks: Mapping[str, str]  # fingerprint of what was shown -> entry id; "": of several
    now: datetime
    lenient: bool  # the rules changed, or the page moved: times and places may all differ
    times: Mapping[str, int]  # that the page last showed, in seconds of the epoch
    keys: Mapping[str, str]  # the page's own ids as last shown, where they are not the stored ones

    def time(self, entry: Entry) -> datetime:
        """Returns an entry's time as the page last showed it, else as it is stored."""
        observed = self.times.get(entry.id)
        if observed is None or observed == seconds(entry.published):
            return entry.published
        return moment(observed)

    def named(self, entry: Entry) -> set[str]:
        """Returns the page's own ids for an entry: the stored one and the last one."""
        return {key for key in (entry.native_id, self.keys.get(entry.id)) if key}

    def has_other_key(self, one: Observed, entry: Entry) -> bool:
        """Returns whether the page gives this update an id, and had another one for the entry."""
        names = self.named(entry)
        return one.key is not None and bool(names) and one.key not in names


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What earlier rungs have left over."""

    observed: Sequence[Observed]
    left: Sequence[int]  # indexes of the updates that are not found yet
    free: Sequence[Entry]
    found: Mapping[int, Entry]


def gather_context(
    entries: Iterable[Entry], memory: LastRead, now: datetime, *, lenient: bool
) -> MatchContext:
    """Returns what the last read tells of the entries; `lenient`: times and places may differ."""
    new = memory.hold.new if memory.hold else ()
    names = dict.fromkeys((*(item.id for item in memory.window), *new))
    return MatchContext(
        entries=latest_versions(entries),
        order=dict(zip(names, range(len(names)), strict=True)),
        present=frozenset((*_still_there(memory), *new)),
        marks=_index_marks(memory),
        now=now,
        lenient=lenient,
        times={item.id: item.at for item in memory.window if item.at is not None},
        keys={item.id: item.key for item in memory.window if item.key},
    )


def _still_there(memory: LastRead) -> list[str]:
    """Returns the ids of what was shown, or is only missed."""
    return [item.id for item in memory.window if not item.gone or item.absent]


def _index_marks(memory: LastRead) -> dict[str, str]:
    """Returns the ids of what was shown, by its mark; "" where several had one mark."""
    marks: dict[str, str] = {}
    for item in memory.window:
        if not item.gone:
            marks[item.mark] = "" if item.mark in marks else item.id
    return marks


def latest_versions(entries: Iterable[Entry]) -> list[Entry]:
    """Returns the latest one alone of each entry and its later versions (edits = "new")."""
    latest: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.number):
        latest[entry.edit_of or entry.id] = entry
    return list(latest.values())


def apart(one: Observed, entry: Entry, context: MatchContext) -> timedelta | None:
    """Returns how far apart the times of an update and an entry are; None: that is no evidence."""
    published, kinds = one.update.published, {one.update.stated, entry.stated}
    if published is None or {"none", "relative"} & kinds:
        # A relative time is counted from the moment of the read, in units that grow with it.
        return None
    distance = abs(published - context.time(entry))
    if "day" in kinds:
        return None if distance < 2 * DAY else distance
    if "clock" in kinds:  # the day may have been worked out otherwise
        off = min(distance % DAY, -distance % DAY)
        return None if off < MINUTE < distance else distance
    return distance


def keys_hold(unmatched: Unmatched, context: MatchContext) -> bool:
    """Returns whether the page goes on to call its updates by the ids that it gave them."""
    return any(
        unmatched.observed[index].key in context.named(entry)
        for index, entry in unmatched.found.items()
    )


def moved_keys(unmatched: Unmatched, context: MatchContext) -> set[str]:
    """Returns ids of entries that the page now calls otherwise: it may have passed them on."""
    return {
        key
        for index, entry in unmatched.found.items()
        if context.has_other_key(unmatched.observed[index], entry)
        for key in context.named(entry)
    }


def is_telling(one: Observed) -> bool:
    """Returns whether an update has words enough to be known by them."""
    return len(tokens(f"{one.update.content.title} {one.update.content.text}")) >= _ENOUGH_WORDS


def is_forgotten(entry: Entry) -> bool:
    """Returns whether an entry was erased on request: what the page still shows of it stays out."""
    content = entry.content
    return entry.removed is not None and not (content.title or content.text or content.html)
