"""Known entries and a page as it is now give changes: identity, edits, absence, holds. Pure.

Only a clean read may change entries. The validators of a page that is not believed (held, an older
copy, cut short) are not to be kept: the next read has to see it in full. So an unchanged answer
always means the last page that was taken.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feeder.model import Reconciled, Sought
from feeder.reconcile import absence, holds, taking
from feeder.reconcile.ids import id_of_key
from feeder.reconcile.last_read import changed, keep, recall
from feeder.reconcile.match_context import NEAR
from feeder.reconcile.observed import native_key
from feeder.reconcile.recognition import is_cut, recognise, without_last
from feeder.reconcile.revisions import removals
from feeder.reconcile.words import digest

if TYPE_CHECKING:
    from feeder.model import Known, Snapshot
    from feeder.reconcile.holds import Age
    from feeder.reconcile.recognition import Recognised
    from feeder.reconcile.revisions import Edits

__all__ = ["digest", "reconcile", "sought", "unchanged"]

# Pages do state the first and the last instant that a datetime can hold; they could not be widened.
_FIRST = datetime.min.replace(tzinfo=UTC) + NEAR
_LAST = datetime.max.replace(tzinfo=UTC) - NEAR


def sought(snapshot: Snapshot, feed_id: str) -> Sought:
    """Returns what names the entries that the snapshot can touch: ids, words and times.

    `feed_id` is the UUID of the feed, in whose space ids were minted.
    """
    published = [update.published for update in snapshot.updates if update.published is not None]
    found = map(native_key, snapshot.updates)
    keys = frozenset(key for key in found if key is not None)
    return Sought(
        native_ids=keys | snapshot.deleted,
        ids=frozenset(id_of_key(feed_id, key) for key in keys),
        digests=frozenset(digest(update.content) for update in snapshot.updates),
        earliest=max(min(published), _FIRST) - NEAR if published else None,
        latest=min(max(published), _LAST) + NEAR if published else None,
    )


def reconcile(
    known: Known,
    snapshot: Snapshot,
    now: datetime,
    *,
    edits: Edits = "inplace",
    accept: bool = False,
    rules: str = "",
) -> Reconciled:
    """Returns what the page changes.

    Args:
        known: the entries that the snapshot can touch, and what the last read asked to remember.
        snapshot: the page as extracted; one without any update changes nothing.
        now: the instant of the read.
        edits: how an edit of substance shows.
        accept: believes the page as it is.
        rules: fingerprint of the rules that the snapshot was extracted by.
    """
    if not snapshot.updates:
        return Reconciled()
    page = recognise(known, snapshot, now, rules)
    trusted = accept or page.may_differ
    age = holds.tell_age(page, now)
    doubtful = None if trusted else _take_doubtful(known, page, age, edits)
    if doubtful is not None:
        return doubtful
    compared = absence.compare(page.memory, page.observed, page.entries)
    hold = None if trusted else holds.find_hold(page.memory, snapshot, compared, page.observed, now)
    if hold is not None and not holds.has_lasted(hold, now):
        return taking.hold_back(known, page, compared, hold)
    if trusted or hold is not None:  # what is absent counts as rolled off
        compared = replace(compared, gone=())
    return taking.take(known, page, compared, age, edits)


def _take_doubtful(known: Known, page: Recognised, age: Age, edits: Edits) -> Reconciled | None:
    """Returns what an older copy or a page cut short changes; None: it is neither."""
    copy = holds.seen_again(age, page.memory, page.now)
    if holds.is_the_page_now(copy, page.now):
        return None
    if holds.is_older_copy(age, page.memory):
        return taking.ignore(page, copy)
    if is_cut(page):
        return taking.take_part(known, without_last(page), age, copy, edits)
    return None


def unchanged(known: Known, now: datetime) -> Reconciled:
    """Returns what an unchanged answer changes: it ends a hold, and counts for what is missing."""
    memory = recall(known.memory)
    window = absence.one_more_read(memory.window)
    gone = {item.id for item in window if item.absent >= absence.ENOUGH_READS}
    changes = removals(gone, known.entries, now)
    left = tuple(item for item in window if item.id not in gone)
    return Reconciled(changes, keep(changed(memory, window=left, older=None, hold=None)))
