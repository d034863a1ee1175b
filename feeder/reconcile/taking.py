"""What is made of a recognised page: it is taken whole, or in part, held, or ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from feeder.model import Reconciled
from feeder.reconcile import absence
from feeder.reconcile.ids import Mint, added
from feeder.reconcile.last_read import (
    MOST_EVIDENCE,
    MOST_STATES,
    LastRead,
    as_hold,
    changed,
    keep,
    last,
)
from feeder.reconcile.observed import native_key
from feeder.reconcile.revisions import plan_revision, removals, revise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Change, Entry, Known
    from feeder.reconcile.absence import Comparison
    from feeder.reconcile.holds import Age
    from feeder.reconcile.last_read import OlderCopy, OpenHold, WindowItem
    from feeder.reconcile.recognition import Recognised
    from feeder.reconcile.revisions import Edits


def ignore(page: Recognised, copy: OlderCopy) -> Reconciled:
    """Takes nothing from an older copy."""
    after = keep(changed(page.memory, older=copy))
    hold = as_hold(page.memory.hold)
    return Reconciled(memory=after, hold=hold, notes=page.notes, believed=False)


def hold_back(known: Known, page: Recognised, compared: Comparison, hold: OpenHold) -> Reconciled:
    """Freezes absences and edits; what is new still comes, where it was read as ever."""
    new: list[Change] = []
    if not hold.final or 2 * compared.kept > compared.before:
        mint = _mint(known)
        strange = [one for one, entry in page.pairs() if entry is None]
        new = [
            added(mint.entry(one, page.now))
            for one in reversed(strange)
            if one.update.evidence in page.memory.evidence
        ]
    before = page.memory.hold.new if page.memory.hold else ()
    hold = msgspec.structs.replace(hold, new=(*before, *(change.entry.id for change in new)))
    memory = changed(page.memory, hold=hold, older=None)
    return Reconciled(tuple(new), keep(memory), as_hold(hold), page.notes, believed=False)


def take_part(
    known: Known, page: Recognised, age: Age, copy: OlderCopy, edits: Edits
) -> Reconciled:
    """Takes what a page that was cut shows in full; what it does not show stays as it was."""
    changes, entries = _revise_all(known, page, edits)
    before = page.memory
    window = absence.update_window(before, page.observed, entries, page.entries)
    memory = changed(
        before,
        window=_with_versions(window, known, entries),
        newest=_later(before.newest, age.newest),
        touched=_later(before.touched, age.touched),
        older=copy,
    )
    hold = as_hold(before.hold)
    return Reconciled(changes, keep(memory), hold, page.notes, believed=False)


def _later(one: int | None, other: int | None) -> int | None:
    return max(filter(None, (one, other)), default=None)


def take(
    known: Known, page: Recognised, compared: Comparison, age: Age, edits: Edits
) -> Reconciled:
    """Takes the page as it is: what is new, what known entries have become, and what is gone."""
    changes, entries = _revise_all(known, page, edits)
    gone = compared.removed | _stated_gone(known, page)
    changes += removals(gone, known.entries, page.now)
    missed = [(place, item) for place, item in compared.gone if item.id not in gone]
    window = absence.remember_window(page.memory, page.observed, entries, page.entries, missed)
    memory = _remember(page, _with_versions(window, known, entries), age)
    return Reconciled(changes, keep(memory), None, page.notes)


def _mint(known: Known) -> Mint:
    return Mint(known.feed_id, {entry.id for entry in known.entries}, known.next_number)


def _revise_all(
    known: Known, page: Recognised, edits: Edits
) -> tuple[tuple[Change, ...], list[Entry]]:
    """Returns the changes, the oldest update's first, and the entry of each update as it is now."""
    mint = _mint(known)
    how = plan_revision(page, edits)
    changes: list[Change] = []
    entries: list[Entry] = []
    for one, entry in reversed(list(page.pairs())):
        known_entry = entry or mint.entry(one, page.now)
        change = revise(entry, one, mint, how) if entry else added(known_entry)
        changes += [change] if change else []
        entries.append(change.entry if change else known_entry)
    return tuple(changes), entries[::-1]


def _stated_gone(known: Known, page: Recognised) -> set[str]:
    """Returns the entries that the page itself says were deleted: that needs no proof."""
    if not page.snapshot.deleted:
        return set()
    deleted = page.snapshot.deleted - {native_key(one.update) for one in page.observed}
    return {entry.id for entry in known.entries if entry.native_id in deleted}


def _with_versions(
    window: tuple[WindowItem, ...], known: Known, entries: Sequence[Entry]
) -> tuple[WindowItem, ...]:
    """Lets later versions name the earlier ones, to be known when removed (edits = "new")."""
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


def _remember(page: Recognised, window: tuple[WindowItem, ...], age: Age) -> LastRead:
    before, snapshot = page.memory, page.snapshot
    evidence = (*before.evidence, *(one.update.evidence for one in page.observed))
    states = (age.state,) if page.new_rules else (*before.states, age.state)
    return LastRead(
        window=window,
        states=last(states, MOST_STATES),
        newest=age.newest,
        touched=age.touched,
        evidence=last(evidence, MOST_EVIDENCE),
        url=snapshot.url,
        canonical=snapshot.canonical or before.canonical,
        title=snapshot.title or before.title,
        successor=snapshot.successor or "",
        rules=page.rules,
        idle_ids=page.idle_ids,
        whole=not snapshot.truncated,
    )
