"""What known entries become: edited, retimed, restored, removed, or a new version beside the first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from feeder.model import Change, Entry
from feeder.reconcile.edits import differences, of_substance, signature, site_wide, when_updated
from feeder.reconcile.ids import added
from feeder.reconcile.last_read import seconds
from feeder.reconcile.matching import is_forgotten

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import datetime

    from feeder.model import ChangeKind, Content
    from feeder.reconcile.edits import Signature
    from feeder.reconcile.ids import Mint
    from feeder.reconcile.last_read import Item, Memory
    from feeder.reconcile.observed import Shown

Edits = Literal["inplace", "new", "off"]


@dataclass(frozen=True, slots=True)
class Revision:
    """How entries are revised in one read."""

    now: datetime
    edits: Edits
    new_rules: bool  # what differs may be our doing: no time moves
    items: dict[str, Item]  # the entries as they were last shown …
    same: frozenset[str]  # … and those that are shown to the letter as they were
    site_wide: frozenset[Signature]
    renamed: bool  # the page gave its updates other ids, and most of them their times of before
    common: frozenset[
        datetime
    ]  # times that so many updates state that they are the page's, not theirs


def revision(
    shown: Sequence[Shown],
    entries: Sequence[Entry | None],
    memory: Memory,
    now: datetime,
    *,
    edits: Edits,
    new_rules: bool,
) -> Revision:
    items = {item.id: item for item in memory.window}
    others = [
        (one, entry)
        for one, entry in zip(shown, entries, strict=True)
        if entry and not _is_same(entry, one, items)
    ]
    moved = {entry.id for _, entry in others}
    return Revision(
        now=now,
        edits=edits,
        new_rules=new_rules,
        items=items,
        same=frozenset(entry.id for entry in entries if entry and entry.id not in moved),
        site_wide=site_wide(
            [(entry.content, one.update.content) for one, entry in others], len(shown)
        ),
        renamed=_is_renamed(others),
        common=_common(shown) if others else frozenset(),
    )


def _is_same(entry: Entry, one: Shown, items: dict[str, Item]) -> bool:
    """Whether the page says to the letter what it said of a living entry at the last clean read."""
    item = items.get(entry.id)
    return item is not None and item.mark == one.mark and entry.removed is None


def _common(shown: Sequence[Shown]) -> frozenset[datetime]:
    times = Counter(one.time for one in shown)
    return frozenset(
        time
        for time, count in times.items()
        if time is not None and count > max(3, len(shown) // 3)
    )


def _is_renamed(pairs: Iterable[tuple[Shown, Entry]]) -> bool:
    renamed = [one.time == entry.published for one, entry in pairs if _has_other_id(entry, one)]
    return 2 * sum(renamed) > len(renamed)


def _has_other_id(entry: Entry, one: Shown) -> bool:
    return None not in {one.key, entry.native_id} and one.key != entry.native_id


def revise(entry: Entry, one: Shown, mint: Mint, how: Revision) -> Change | None:
    """What the page makes of an entry; None: it stays as it is."""
    if entry.id in how.same or is_forgotten(entry):
        return None
    new = one.update.content
    differing = differences(entry.content, new)
    what = differing if how.edits != "off" else ()
    published, updated = _published(entry, one, how), entry.updated
    if _moves(entry, new, what, how):
        updated = when_updated(entry, one.update, how.now)
        if how.edits == "new" and entry.removed is None:
            return added(mint.version(entry, one, max(updated, published), how.now, what))
    after = replace(
        entry,
        published=published,
        updated=max(updated, published),
        content=_content(entry, new) if what else entry.content,
        digest=one.digest if differing else entry.digest,
        native_id=one.key or entry.native_id,
        pinned=one.update.pinned,
        removed=None,
    )
    return _change(entry, after, (*what, "time") if published != entry.published else what, how.now)


def _moves(entry: Entry, new: Content, what: tuple[str, ...], how: Revision) -> bool:
    """Whether an edit moves `updated`."""
    if not what or how.new_rules or not of_substance(entry.content, new, what):
        return False
    return not how.site_wide or signature(entry.content, new, what) not in how.site_wide


def _content(entry: Entry, new: Content) -> Content:
    if entry.edit_of is None:
        return new
    lead = entry.content.html.partition("\n")[0]
    return replace(new, html=f"{lead}\n{new.html}")


def _change(before: Entry, after: Entry, what: tuple[str, ...], now: datetime) -> Change | None:
    if after in (before, replace(before, pinned=after.pinned)):
        return None
    kind: ChangeKind = "edited"
    if before.removed is not None:
        kind = "restored"
    elif not what:
        kind = "touched"
    elif what == ("time",):
        kind = "retimed"
    return Change(kind, now, replace(after, revision=before.revision + 1), what)


def _published(entry: Entry, one: Shown, how: Revision) -> datetime:
    """Frozen at first sight, unless the page itself now states another instant under the same id of its own."""
    stated = one.update.published
    if (
        stated is None
        or stated in how.common
        or one.update.stated != "instant"
        or how.new_rules
        or entry.edit_of is not None
    ):
        return entry.published
    if one.key is None or not (
        one.key == entry.native_id or (how.renamed and _has_other_id(entry, one))
    ):
        return entry.published
    item = how.items.get(entry.id)
    if item is not None and item.at == seconds(stated):
        return entry.published  # the page says what it said before
    return min(stated, how.now)


def removals(gone: Container[str], entries: Iterable[Entry], now: datetime) -> tuple[Change, ...]:
    """Tombstones of what is gone, and of all its versions."""
    entries = tuple(entries)
    roots = {entry.edit_of or entry.id for entry in entries if entry.id in gone}
    return tuple(
        Change("removed", now, replace(entry, removed=now, revision=entry.revision + 1))
        for entry in sorted(entries, key=lambda entry: (entry.published, entry.number))
        if (entry.edit_of or entry.id) in roots and entry.removed is None
    )
