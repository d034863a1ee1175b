"""Entries as they are known, and a page as it is now, give changes: identity, edits, absence, holds. Pure.

Only a clean read may change entries. The validators of a page that is held, or is an older copy,
are not to be kept: the next read has to see it in full. So an unchanged answer always means the
last page that was taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from feeder.model import Reconciled, Sought
from feeder.reconcile import absence, holds, matching
from feeder.reconcile.ids import Mint, added
from feeder.reconcile.last_read import (
    MOST_EVIDENCE,
    MOST_STATES,
    Memory,
    as_hold,
    changed,
    held,
    keep,
    last,
    pending,
    recall,
    remembered,
)
from feeder.reconcile.match_context import scene as as_scene
from feeder.reconcile.observed import native_key, once
from feeder.reconcile.revisions import removals, revise, revision
from feeder.reconcile.words import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Change, Entry, Known, Snapshot
    from feeder.reconcile.absence import Sight
    from feeder.reconcile.holds import Age
    from feeder.reconcile.last_read import Doubt, Item
    from feeder.reconcile.observed import Shown
    from feeder.reconcile.revisions import Edits

__all__ = ["digest", "held", "pending", "reconcile", "remembered", "sought", "unchanged"]


# Pages do state the first and the last instant that a datetime can hold; they could not be widened.
_FIRST, _LAST = (
    datetime.min.replace(tzinfo=UTC) + matching.NEAR,
    datetime.max.replace(tzinfo=UTC) - matching.NEAR,
)


def sought(snapshot: Snapshot) -> Sought:
    """The entries that the snapshot can touch: by the page's ids, by the words, by the time."""
    published = [update.published for update in snapshot.updates if update.published is not None]
    keys = map(native_key, snapshot.updates)
    return Sought(
        native_ids=frozenset(key for key in keys if key is not None) | snapshot.deleted,
        digests=frozenset(digest(update.content) for update in snapshot.updates),
        earliest=max(min(published), _FIRST) - matching.NEAR if published else None,
        latest=min(max(published), _LAST) + matching.NEAR if published else None,
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A snapshot recognised."""

    shown: Sequence[Shown]  # each update once, newest first
    entries: Sequence[Entry | None]  # what each of them is; None: new
    snapshot: Snapshot
    memory: Memory  # as it was before this read
    now: datetime
    edits: Edits
    rules: str
    new_rules: bool
    idle_ids: bool


def reconcile(
    known: Known,
    snapshot: Snapshot,
    now: datetime,
    *,
    edits: Edits = "inplace",
    accept: bool = False,
    rules: str = "",
) -> Reconciled:
    """What the page changes. `rules` is the fingerprint of those it was extracted by; `accept` believes it as it is."""
    if not snapshot.updates:
        return Reconciled(memory=known.memory)
    memory = recall(known.memory)
    new_rules = bool(memory.rules) and rules != memory.rules
    joined = holds.is_successor(memory, snapshot)
    shown, notes = once(snapshot)
    scene = as_scene(known.entries, memory, now, lenient=new_rules or joined)
    idle_ids = (memory.idle_ids and not new_rules) or matching.contradict(shown, scene)
    if idle_ids:
        shown = [replace(one, key=None) for one in shown]
    found = matching.match(shown, scene)
    entries = [found.get(index) for index in range(len(shown))]
    if absence.is_turned(memory, shown, entries):
        shown, entries = shown[::-1], entries[::-1]
    page = Page(shown, entries, snapshot, memory, now, edits, rules, new_rules, idle_ids)
    sight = absence.compare(memory, shown, entries)
    age = holds.age(shown, entries, now)
    trusted = accept or new_rules or joined
    if (
        not trusted
        and holds.is_older_copy(age, memory)
        and memory.older_copies + 1 < holds.ENOUGH_READS
    ):
        return _ignored(memory, notes)
    doubt = None if trusted else holds.doubt(memory, snapshot, sight, shown, now)
    if doubt is not None and not holds.has_lasted(doubt, now):
        return _held(known, page, sight, doubt, notes)
    fresh_start = trusted or doubt is not None  # what is absent counts as rolled off
    return _taken(known, page, replace(sight, gone=()) if fresh_start else sight, age, notes)


def unchanged(known: Known, now: datetime) -> Reconciled:
    """The page is as it was when it was last taken: a hold is over, and what is missing is missed once more."""
    memory = recall(known.memory)
    window = absence.one_more_read(memory.window)
    gone = {item.id for item in window if item.absent >= absence.ENOUGH_READS}
    changes = removals(gone, known.entries, now)
    left = tuple(item for item in window if item.id not in gone)
    return Reconciled(changes, keep(changed(memory, window=left, older_copies=0, hold=None)))


# -------------------------------------------------------------------------------- not taken as read


def _ignored(memory: Memory, notes: tuple[str, ...]) -> Reconciled:
    """An older copy: for two reads nothing is taken from it."""
    after = keep(changed(memory, older_copies=memory.older_copies + 1))
    return Reconciled(memory=after, hold=as_hold(memory.hold), notes=notes, stale=True)


def _held(
    known: Known, page: Page, sight: Sight, doubt: Doubt, notes: tuple[str, ...]
) -> Reconciled:
    """Absences and edits are frozen; what is new still comes, where it was read by the same evidence as ever."""
    changes: tuple[Change, ...] = ()
    if not doubt.final or 2 * sight.kept > sight.before:
        mint = Mint(known.feed_id, {entry.id for entry in known.entries}, known.next_number)
        new = [one for one, entry in zip(page.shown, page.entries, strict=True) if entry is None]
        changes = tuple(
            added(mint.entry(one, page.now))
            for one in reversed(new)
            if one.update.evidence in page.memory.evidence
        )
    came = (
        *(page.memory.hold.new if page.memory.hold else ()),
        *(change.entry.id for change in changes),
    )
    memory = changed(page.memory, hold=msgspec.structs.replace(doubt, new=came), older_copies=0)
    return Reconciled(changes, keep(memory), as_hold(doubt), notes)


# ------------------------------------------------------------------------------------ taken as read


def _taken(known: Known, page: Page, sight: Sight, age: Age, notes: tuple[str, ...]) -> Reconciled:
    """New entries, what known ones have become, and what is gone; the oldest first."""
    mint = Mint(known.feed_id, {entry.id for entry in known.entries}, known.next_number)
    how = revision(
        page.shown, page.entries, page.memory, page.now, edits=page.edits, new_rules=page.new_rules
    )
    changes: list[Change] = []
    entries: list[Entry] = []
    for one, entry in zip(reversed(page.shown), reversed(page.entries), strict=True):
        change = (
            added(mint.entry(one, page.now)) if entry is None else revise(entry, one, mint, how)
        )
        if change is not None:
            changes.append(change)
        if after := change.entry if change else entry:
            entries.append(after)
    gone = sight.removed | _stated_gone(known, page)
    changes += removals(gone, known.entries, page.now)
    window = absence.window(
        page.memory, page.shown, entries[::-1], [gap for gap in sight.gone if gap[1].id not in gone]
    )
    return Reconciled(
        tuple(changes), keep(_after(page, _with_versions(window, known, entries), age)), None, notes
    )


def _stated_gone(known: Known, page: Page) -> set[str]:
    """What the page itself says was deleted: that needs no proof."""
    if not page.snapshot.deleted:
        return set()
    deleted = page.snapshot.deleted - {native_key(one.update) for one in page.shown}
    return {entry.id for entry in known.entries if entry.native_id in deleted}


def _with_versions(
    window: tuple[Item, ...], known: Known, entries: Sequence[Entry]
) -> tuple[Item, ...]:
    """Each later version remembers the earlier ones, so that they are known when it is removed (edits = "new")."""
    if not any(entry.edit_of for entry in entries):
        return window
    earlier: dict[str, list[str]] = {}
    for entry in known.entries:
        earlier.setdefault(entry.edit_of or entry.id, []).append(entry.id)
    versions = {
        entry.id: tuple(earlier.get(entry.edit_of, ())) for entry in entries if entry.edit_of
    }
    return tuple(
        msgspec.structs.replace(item, earlier=versions.get(item.id, item.earlier))
        for item in window
    )


def _after(page: Page, window: tuple[Item, ...], age: Age) -> Memory:
    before, snapshot = page.memory, page.snapshot
    evidence = (*before.evidence, *(one.update.evidence for one in page.shown))
    states = (age.state,) if page.new_rules else (*before.states, age.state)
    return Memory(
        window=window,
        states=last(states, MOST_STATES),
        newest=age.newest,
        touched=age.touched,
        evidence=last(evidence, MOST_EVIDENCE),
        url=snapshot.url,
        canonical=snapshot.canonical or before.canonical,
        successor=snapshot.successor or "",
        rules=page.rules,
        idle_ids=page.idle_ids,
    )
