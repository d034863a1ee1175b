"""Our own mistakes corrected: kept pages, read by the present rules, against what is stored. Pure.

The pages are played from nothing; what a source that had always been read so would know is then
matched with what is known, by the same ladder as ever. So ids stay, while times and words become
what they should have been.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from feeder.model import Change, Entry, Known, Reconciled, Update, fold
from feeder.reconcile import reconcile
from feeder.reconcile.edits import differences
from feeder.reconcile.ids import Mint
from feeder.reconcile.last_read import keep, recall, seconds
from feeder.reconcile.match_context import MatchContext, is_forgotten
from feeder.reconcile.matching import match
from feeder.reconcile.observed import Observed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from feeder.model import ChangeKind, Content, Memory, Snapshot
    from feeder.reconcile.revisions import Edits


NEVER_WAS = "mistake"  # what a removal was for that no read has seen
_COMPARED = 200  # of the newest entries, by which a wrong zone is told


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """A page that was kept, as the present rules read it."""

    at: datetime
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class _Correction:
    """What tells how known entries are corrected."""

    now: datetime
    edits: Edits
    reads: frozenset[datetime]  # instants of the pages
    last: frozenset[str]  # ids, as played, of what the last page shows
    later: frozenset[str]  # ids of what the page edited after the last page: its words stay
    removed: frozenset[str]  # ids of what the page removed after the last page: it stays so


def rebuilt(
    known: Known,
    pages: Sequence[KeptSnapshot],
    now: datetime,
    *,
    edits: Edits = "inplace",
    rules: str = "",
    edited: Mapping[str, datetime] | None = None,
    removed: Mapping[str, datetime] | None = None,
) -> Reconciled:
    """Returns what the pages correct.

    Args:
        known: all entries of the source.
        pages: in the order in which they were read.
        now: the instant of the correction.
        edits: how an edit of substance shows.
        rules: fingerprint of the rules that the pages were extracted by.
        edited: when the page last edited an entry, by its id. What it said later than on the last
            of `pages`, of which no page is left, stays.
        removed: likewise, when the page removed an entry.
    """
    played, memory = _play(known.feed_id, pages, edits=edits, rules=rules)
    pairs = _pair(known.entries, played, now)
    pairs |= _pair_versions(known.entries, played, pairs)
    how = _plan(pages, memory, now, edits=edits, edited=edited, removed=removed)
    corrected = (_correct(entry, pairs.get(entry.id), how) for entry in _in_order(known.entries))
    news = _additions(known, played, pairs)
    changes = [change for change in corrected if change is not None]
    changes += [Change("added", now, entry) for entry in news.values()]
    if how.later or how.removed or not pages:
        return Reconciled(tuple(changes))
    names = {true.id: name for name, true in pairs.items()}
    names |= {old: new.id for old, new in news.items()}
    return Reconciled(tuple(changes), _rename(memory, names))


def _plan(
    pages: Sequence[KeptSnapshot],
    memory: bytes,
    now: datetime,
    *,
    edits: Edits,
    edited: Mapping[str, datetime] | None,
    removed: Mapping[str, datetime] | None,
) -> _Correction:
    last_at = pages[-1].at if pages else None

    def since(stamps: Mapping[str, datetime] | None) -> frozenset[str]:
        found = (stamps or {}).items()
        return frozenset(name for name, at in found if last_at is None or at > last_at)

    return _Correction(
        now=now,
        edits=edits,
        reads=frozenset(page.at for page in pages),
        last=frozenset(item.id for item in recall(memory).window if not item.gone),
        later=since(edited),
        removed=since(removed),
    )


def unseen(
    known: Known, pages: Sequence[KeptSnapshot], now: datetime, *, rules: str = ""
) -> Reconciled:
    """Returns what the pages show that is not known; they change nothing else."""
    played, _ = _play(known.feed_id, pages, edits="inplace", rules=rules)
    news = _additions(known, played, _pair(known.entries, played, now)).values()
    return Reconciled(tuple(Change("added", now, replace(entry, first_seen=now)) for entry in news))


def _play(
    feed_id: str, pages: Iterable[KeptSnapshot], *, edits: Edits, rules: str
) -> tuple[list[Entry], bytes]:
    """Returns what would be known, oldest first, and remembered had only these pages been read."""
    changes: list[Change] = []
    memory = b""
    for page in pages:
        entries = fold(changes)
        known = Known(feed_id, tuple(entries.values()), memory, len(entries) + 1)
        result = reconcile(known, page.snapshot, page.at, edits=edits, rules=rules)
        changes += result.changes
        memory = memory if result.memory is None else result.memory.data
    return _in_order(fold(changes).values()), memory


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.published, entry.number))


# ----------------------------------------------------------------------------------------- matching


def _pair(entries: Iterable[Entry], played: Sequence[Entry], now: datetime) -> dict[str, Entry]:
    """Returns what each known entry should have been, by its id, without later versions."""
    known = [entry for entry in _in_order(entries) if entry.edit_of is None]
    true = [entry for entry in played if entry.edit_of is None][::-1]
    observed = [_as_shown(entry) for entry in true]
    found = match(observed, _context_of(known, {}, now))
    shift = _usual_shift(known, true) if len(found) < min(len(true), len(known)) else None
    if shift:  # the zone was wrong, and all times with it
        times = {entry.id: seconds(entry.published + shift) for entry in known}
        found = max(match(observed, _context_of(known, times, now)), found, key=len)
    return {entry.id: true[index] for index, entry in found.items()}


def _pair_versions(
    known: Iterable[Entry], played: Iterable[Entry], pairs: dict[str, Entry]
) -> dict[str, Entry]:
    """Returns what later versions should have been (edits = "new"): no read shows two of one."""
    names = {true.id: name for name, true in pairs.items()}
    true = {
        (names.get(one.edit_of), one.first_seen): one for one in played if one.edit_of is not None
    }
    later = (
        (entry.id, true.get((entry.edit_of, entry.first_seen)))
        for entry in known
        if entry.edit_of is not None
    )
    return {name: one for name, one in later if one is not None}


def _context_of(known: Sequence[Entry], times: dict[str, int], now: datetime) -> MatchContext:
    order = {entry.id: place for place, entry in enumerate(reversed(known))}
    return MatchContext(
        entries=known,
        order=order,
        present=frozenset(order),
        marks={},
        now=now,
        lenient=True,
        times=times,
        keys={},
    )


def _usual_shift(known: Sequence[Entry], true: Sequence[Entry]) -> timedelta | None:
    """Returns by how much most of the times differ; None: there is no such thing."""
    newest = [entry.published for entry in known[-_COMPARED:]]
    shifts = Counter(entry.published - time for entry in true[:_COMPARED] for time in newest)
    shift, times = shifts.most_common(1)[0] if shifts else (None, 0)
    return shift if 2 * times >= min(len(newest), len(true)) else None


def _as_shown(entry: Entry) -> Observed:
    update = Update(
        content=entry.content,
        published=entry.published,
        stated=entry.stated,
        native_id=entry.native_id,
    )
    return Observed(
        update=update,
        key=entry.native_id,
        time=entry.published if entry.stated in {"instant", "clock"} else None,
        mark=entry.id,
    )


# ------------------------------------------------------------------------------------------ changes


def _correct(entry: Entry, true: Entry | None, how: _Correction) -> Change | None:
    """Returns what becomes of an entry; `true`: what it should have been, None: not shown."""
    if true is None:
        return _never_was(entry, how.now) if _is_disproved(entry, how) else None
    gone = entry.id in how.removed or true.id not in how.last
    if is_forgotten(entry) or (entry.removed is not None and gone):
        return None
    what = differences(entry.content, true.content) if _has_words_of(entry, how) else ()
    after = _corrected(entry, true, how, words=bool(what))
    return _change(entry, after, what, how.now) if after != entry else None


def _change(before: Entry, after: Entry, what: tuple[str, ...], now: datetime) -> Change:
    told = (*what, "time") if after.published != before.published else what
    kind: ChangeKind = "corrected" if before.removed is None else "restored"
    return Change(kind, now, replace(after, revision=before.revision + 1), told)


def _corrected(entry: Entry, true: Entry, how: _Correction, *, words: bool) -> Entry:
    """Returns the entry with its true time, and its true words where they differ."""
    after = replace(entry, native_id=true.native_id or entry.native_id, removed=None)
    if words:
        after = replace(after, content=_content(entry, true), digest=true.digest)
    if _has_true_time(entry, true, how):
        after = replace(after, published=true.published, stated=true.stated)
    # `updated` is silent on our mistakes.
    return replace(after, updated=max(entry.updated, after.published))


def _is_disproved(entry: Entry, how: _Correction) -> bool:
    """Returns whether an entry was made of a page that does not show it."""
    if entry.first_seen not in how.reads or entry.removed is not None:
        return False
    return entry.edit_of is None or how.edits == "new"


def _has_words_of(entry: Entry, how: _Correction) -> bool:
    """Returns whether the words of the pages are those that an entry should have."""
    if entry.id in how.later:
        return False
    return how.edits == "inplace" or entry.first_seen in how.reads


def _has_true_time(entry: Entry, true: Entry, how: _Correction) -> bool:
    if true.stated == "relative":
        return entry.first_seen in how.reads
    return true.stated in {"instant", "clock", "day"}


def _content(entry: Entry, true: Entry) -> Content:
    """Returns the true content; a later version keeps our line that links to the first."""
    if None in {entry.edit_of, true.edit_of}:
        return true.content
    (lead, _, _), (_, _, html) = (
        entry.content.html.partition("\n"),
        true.content.html.partition("\n"),
    )
    return replace(true.content, html=f"{lead}\n{html}")


def _never_was(entry: Entry, now: datetime) -> Change:
    """Removes an entry: what no page shows was never an update."""
    after = replace(entry, removed=now, revision=entry.revision + 1)
    return Change("removed", now, after, (NEVER_WAS,))


def _additions(known: Known, played: Sequence[Entry], pairs: dict[str, Entry]) -> dict[str, Entry]:
    """Returns new entries by the ids that they had as played."""
    names = {true.id: name for name, true in pairs.items()}
    mint = Mint(known.feed_id, {entry.id for entry in known.entries}, known.next_number)
    new: dict[str, Entry] = {}
    for entry in played:
        if entry.id not in names and entry.removed is None:
            names[entry.id] = mint.again(entry.id)
            first = names.get(entry.edit_of or "")
            new[entry.id] = replace(
                entry, id=names[entry.id], number=mint.number(), edit_of=first, revision=1
            )
    return new


def _rename(memory: bytes, names: dict[str, str]) -> Memory:
    """Returns what was remembered of the pages as played, with the entries as they are called."""
    before = recall(memory)
    items = [
        msgspec.structs.replace(
            item,
            id=names[item.id],
            earlier=tuple(names[name] for name in item.earlier if name in names),
        )
        for item in before.window
        if item.id in names
    ]
    return keep(msgspec.structs.replace(before, window=tuple(items)))
