"""What known entries become: edited, retimed, restored, removed, or a version beside the first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from feeder.model import Change, Entry
from feeder.reconcile.edits import (
    differences,
    find_site_wide,
    of_substance,
    signature,
    when_updated,
)
from feeder.reconcile.evidence import best_of, is_stronger, is_weaker, says_nothing_new
from feeder.reconcile.ids import added
from feeder.reconcile.last_read import seconds
from feeder.reconcile.match_context import is_forgotten

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import datetime

    from feeder.model import ChangeKind, Content, Stated
    from feeder.reconcile.edits import Signature
    from feeder.reconcile.ids import Mint
    from feeder.reconcile.last_read import WindowItem
    from feeder.reconcile.observed import Observed
    from feeder.reconcile.recognition import Recognised

Edits = Literal["inplace", "new", "off"]

_A_SLIP = timedelta(minutes=30)  # by which a newsroom corrects a printed time, and no zone or day


@dataclass(frozen=True, slots=True)
class Revision:
    """How entries are revised in one read."""

    now: datetime
    edits: Edits
    new_rules: bool  # what differs may be our doing: no time moves
    items: dict[str, WindowItem]  # the entries as they were last shown …
    same: frozenset[str]  # … and those that are shown to the letter as they were
    site_wide: frozenset[Signature] = frozenset()
    renamed: bool = False  # the updates have other ids, and most of them their times of before
    common: frozenset[datetime] = frozenset()  # stated by so many that they are the page's own
    redated: bool = False  # most state other times than at the last read: that is no correction


def plan_revision(page: Recognised, edits: Edits) -> Revision:
    """Returns what is told of all updates together."""
    items = {item.id: item for item in page.memory.window}
    pairs = [(one, entry) for one, entry in page.pairs() if entry is not None]
    others = [(one, entry) for one, entry in pairs if not _is_same(entry, one, items)]
    same = frozenset(entry.id for _, entry in pairs) - {entry.id for _, entry in others}
    plan = Revision(
        now=page.now,
        edits=edits,
        new_rules=page.new_rules,
        items=items,
        same=same,
    )
    if not others:
        return plan
    contents = [(entry.content, _shown(entry, one, items)) for one, entry in others]
    return replace(
        plan,
        site_wide=find_site_wide(contents, len(page.observed)),
        renamed=_is_renamed(pairs),
        common=_find_common_times(page.observed),
        redated=_is_redated(pairs, items),
    )


def _is_same(entry: Entry, one: Observed, items: dict[str, WindowItem]) -> bool:
    """Returns whether the page says to the letter what it said of a living entry before."""
    item = items.get(entry.id)
    if item is None or item.mark != one.mark or entry.removed is not None:
        return False
    return _native_id(entry, one, items) == entry.native_id


def _native_id(entry: Entry, one: Observed, items: dict[str, WindowItem]) -> str | None:
    """Returns the page's own id to store: another one only once it was shown at two reads.

    Some pages make up other ids at every request.
    """
    if one.key is None or one.key == entry.native_id:
        return entry.native_id
    item = items.get(entry.id)
    return one.key if item is not None and item.key == one.key else entry.native_id


def _find_common_times(observed: Sequence[Observed]) -> frozenset[datetime]:
    times = Counter(one.time for one in observed if one.time is not None)
    enough = max(3, len(observed) // 3)
    return frozenset(time for time, count in times.items() if count > enough)


def _is_redated(pairs: Sequence[tuple[Observed, Entry]], items: dict[str, WindowItem]) -> bool:
    """Returns whether most times have moved: some generators date items by the build."""
    shown = [(one.time, items.get(entry.id)) for one, entry in pairs]
    dated = [(time, item.at) for time, item in shown if time and item and item.at is not None]
    moved = sum(seconds(time) != before for time, before in dated)
    return moved > 1 and 2 * moved > len(dated)


def _is_renamed(pairs: Iterable[tuple[Observed, Entry]]) -> bool:
    renamed = [one.time == entry.published for one, entry in pairs if _has_other_id(entry, one)]
    return 2 * sum(renamed) > len(renamed)


def _has_other_id(entry: Entry, one: Observed) -> bool:
    return None not in {one.key, entry.native_id} and one.key != entry.native_id


def revise(entry: Entry, one: Observed, mint: Mint, how: Revision) -> Change | None:
    """Returns what the page makes of an entry; None: it stays as it is."""
    if entry.id in how.same or is_forgotten(entry):
        return None
    new = _shown(entry, one, how.items)
    differing = differences(entry.content, new)
    what = differing if how.edits != "off" else ()
    published, updated = _published(entry, one, how), entry.updated
    if _moves_updated(entry, one, new, what, how):
        updated = when_updated(entry, one.update, how.now)
        if how.edits == "new" and entry.removed is None:
            return added(mint.version(entry, one, max(updated, published), how.now, what))
    after = replace(
        entry,
        published=published,
        updated=max(updated, published),
        native_id=_native_id(entry, one, how.items),
        pinned=one.update.pinned,
        removed=None,
    )
    if differing:
        after = replace(after, digest=one.digest)
    if what:
        after = replace(after, content=_content(entry, new))
    return _change(entry, after, what, how.now)


def _shown(entry: Entry, one: Observed, items: dict[str, WindowItem]) -> Content:
    """Returns what the page shows of an entry, with what only the present evidence leaves out."""
    if is_weaker(one, items.get(entry.id)):
        return best_of(entry.content, one.update.content)
    return one.update.content


def _moves_updated(
    entry: Entry, one: Observed, new: Content, what: tuple[str, ...], how: Revision
) -> bool:
    """Returns whether an edit moves `updated`."""
    if not what or how.new_rules or not of_substance(entry.content, new, what):
        return False
    if how.site_wide and signature(entry.content, new, what) in how.site_wide:
        return False
    # Where further evidence only adds to what was known, nobody has edited it.
    better_read = is_stronger(one, how.items.get(entry.id))
    return not (better_read and says_nothing_new(new, entry.content))


def _content(entry: Entry, new: Content) -> Content:
    if entry.edit_of is None:
        return new
    lead = entry.content.html.partition("\n")[0]
    return replace(new, html=f"{lead}\n{new.html}")


def _change(before: Entry, after: Entry, what: tuple[str, ...], now: datetime) -> Change | None:
    if after in (before, replace(before, pinned=after.pinned)):
        return None
    if after.published != before.published:
        what = (*what, "time")
    kind: ChangeKind = "edited"
    if before.removed is not None:
        kind = "restored"
    elif not what:
        kind = "touched"
    elif what == ("time",):
        kind = "retimed"
    return Change(kind, now, replace(after, revision=before.revision + 1), what)


def _published(entry: Entry, one: Observed, how: Revision) -> datetime:
    """Returns the time frozen at first sight, or the one that the page corrects it to."""
    stated = one.update.published
    if stated is None or not _may_correct(entry, one, stated, how):
        return entry.published
    item = how.items.get(entry.id)
    if item is not None and item.at == seconds(stated):
        return entry.published  # the page says what it said before
    return min(stated, how.now)


def _may_correct(entry: Entry, one: Observed, stated: datetime, how: Revision) -> bool:
    """Returns whether a stated time is a correction, and not the time of a build."""
    if entry.edit_of is not None:
        return False
    if not _is_exact(one.update.stated, stated - entry.published):
        return False
    if how.new_rules or how.redated:
        return False
    if stated in how.common or stated > entry.first_seen:  # nothing is published after it was seen
        return False
    if one.key is None:
        return False
    return one.key == entry.native_id or (how.renamed and _has_other_id(entry, one))


def _is_exact(how_stated: Stated, shift: timedelta) -> bool:
    """Returns whether a time says enough: of a mere clock, the day or the zone may be a guess."""
    if how_stated == "clock":
        return abs(shift) < _A_SLIP
    return how_stated == "instant"


def removals(gone: Container[str], entries: Iterable[Entry], now: datetime) -> tuple[Change, ...]:
    """Tombstones of what is gone, and of all its versions."""
    entries = tuple(entries)
    roots = {entry.edit_of or entry.id for entry in entries if entry.id in gone}
    return tuple(
        Change("removed", now, replace(entry, removed=now, revision=entry.revision + 1))
        for entry in sorted(entries, key=lambda entry: (entry.published, entry.number))
        if (entry.edit_of or entry.id) in roots and entry.removed is None
    )
