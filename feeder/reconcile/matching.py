"""Which known entry an update is: a ladder of evidence; a later rung sees what earlier ones left.

What is as it was → the page's own id → the exact words → time and headline, where unique on both
sides → the best assignment by likeness. Evidence only ever *finds* an entry; its id is never
derived again.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from feeder.reconcile.last_read import seconds
from feeder.reconcile.likeness import match_by_likeness
from feeder.reconcile.match_context import (
    DAY,
    MINUTE,
    NEAR,
    Unmatched,
    apart,
    is_telling,
    keys_hold,
)
from feeder.reconcile.words import bare, similarity, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.model import Content, Entry
    from feeder.reconcile.match_context import MatchContext
    from feeder.reconcile.observed import Observed

_HALF_ALIKE = 0.5  # at least, to believe an id against the time


def contradict(observed: Sequence[Observed], context: MatchContext) -> bool:
    """Returns whether the page's ids go from one update to the next, as numbers of places do."""
    by_id = {entry.id: entry for entry in context.entries}
    timed = (one for one in observed if one.key is not None and one.time is not None)
    keyed = [one for one in timed if not _is_as_it_was(one, by_id, context)]
    if 3 * len(keyed) <= len(observed):
        return False
    named: set[str] = set()
    worded: defaultdict[tuple[str, datetime | None], set[str]] = defaultdict(set)
    for entry in context.entries:
        names = context.named(entry)
        named |= names
        worded[entry.digest, context.time(entry)] |= names
    wrong = sum(
        one.key in named and one.key not in worded.get((one.digest, one.time), {one.key})
        for one in keyed
    )
    return wrong > 1 and 3 * wrong > len(observed)


def _is_as_it_was(one: Observed, by_id: dict[str, Entry], context: MatchContext) -> bool:
    entry = by_id.get(context.marks.get(one.mark, ""))
    return entry is not None and one.key in context.named(entry)


def match(observed: Sequence[Observed], context: MatchContext) -> dict[int, Entry]:
    """Returns the entry of each update, by the update's index; updates without one are new."""
    found = _as_they_were(observed, context)
    for rung in (_by_id, _by_words, _by_time_and_headline, match_by_likeness):
        left = [index for index in range(len(observed)) if index not in found]
        if not left:
            break
        taken = {entry.id for entry in found.values()}
        free = [entry for entry in context.entries if entry.id not in taken]
        found |= rung(Unmatched(observed, left, free, found), context)
    return found


# -------------------------------------------------------------------------------------------- rungs


def _as_they_were(observed: Sequence[Observed], context: MatchContext) -> dict[int, Entry]:
    """Finds what says to the letter what it said at the last clean read."""
    by_id = {entry.id: entry for entry in context.entries}
    found: dict[int, Entry] = {}
    seen: set[str] = set()
    for index, one in enumerate(observed):
        entry = by_id.get(context.marks.get(one.mark, ""))
        if entry is not None and one.mark not in seen:
            found[index] = entry
        seen.add(one.mark)
    under_its_key = {
        index: entry
        for index, entry in found.items()
        if observed[index].key in context.named(entry)
    }
    if not under_its_key:  # the page has no ids, or gives others at every read
        return found
    return {
        index: entry
        for index, entry in found.items()
        if not context.has_other_key(observed[index], entry)
    }


class _Worded(NamedTuple):
    """What tells one update from all others but its id."""

    digest: str
    time: datetime | None


def _by_id(unmatched: Unmatched, context: MatchContext) -> dict[int, Entry]:
    named: defaultdict[str, list[Entry]] = defaultdict(list)
    worded: dict[_Worded, Entry] = {}
    for entry in unmatched.free:
        for key in context.named(entry):
            named[key].append(entry)
        worded[_Worded(entry.digest, context.time(entry))] = entry
    left = [(index, unmatched.observed[index]) for index in unmatched.left]
    keyed = [(index, one) for index, one in left if one.key in named]
    here = {_Worded(one.digest, one.time) for _, one in left} if keyed else set()
    pairs: dict[int, Entry] = {}
    used: set[str] = set()
    for index, one in keyed:
        entry = _best_named(named[one.key or ""], one)
        moved = entry.digest != one.digest and _Worded(entry.digest, context.time(entry)) in here
        if entry.id not in used and not moved and _is_trusted(one, entry, worded, context):
            pairs[index] = entry
            used.add(entry.id)
    return pairs


def _best_named(entries: Sequence[Entry], one: Observed) -> Entry:
    """Returns of entries of one id that of the same words, else a living one, else the latest."""

    def rank(entry: Entry) -> tuple[bool, bool, int]:
        return entry.digest == one.digest, entry.removed is None, entry.number

    return max(entries, key=rank)


def _is_trusted(
    one: Observed, entry: Entry, worded: dict[_Worded, Entry], context: MatchContext
) -> bool:
    """Returns whether the page's own id can be believed: some pages number anew every morning."""
    if entry.digest == one.digest:
        return True
    if one.time is not None:
        other = worded.get(_Worded(one.digest, one.time))
        if other is not None and other.id != entry.id:
            return False
    distance = apart(one, entry, context)
    if context.lenient or distance is None or distance <= NEAR:
        return True
    return _are_half_alike(one.update.content, entry.content)


def _are_half_alike(one: Content, other: Content) -> bool:
    texts = tokens(one.text), tokens(other.text)
    if min(map(len, texts)) >= 8 and similarity(*texts) >= _HALF_ALIKE:
        return True
    whole = [
        ([] if content.derived else tokens(content.title)) + text
        for content, text in zip((one, other), texts, strict=True)
    ]
    return similarity(*whole) >= _HALF_ALIKE


def _by_words(unmatched: Unmatched, context: MatchContext) -> dict[int, Entry]:
    worded: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in unmatched.free:
        worded[entry.digest].append(entry)
    same = [
        (index, entry)
        for index in unmatched.left
        for entry in worded.get(unmatched.observed[index].digest, ())
    ]
    told_by_keys = bool(same) and keys_hold(unmatched, context)
    choices = []
    for index, entry in same:
        distance = apart(unmatched.observed[index], entry, context)
        at_once = distance is not None and distance < MINUTE
        told_apart = told_by_keys and context.has_other_key(unmatched.observed[index], entry)
        if at_once or (not told_apart and _may_be(index, entry, distance, unmatched, context)):
            far = distance if distance is not None else NEAR
            choices.append((entry.removed is not None, far, index, -entry.number, entry))
    pairs: dict[int, Entry] = {}
    used: set[str] = set()
    for *_, index, _, entry in sorted(choices, key=lambda choice: choice[:4]):
        if index not in pairs and entry.id not in used:
            pairs[index] = entry
            used.add(entry.id)
    return pairs


def _may_be(
    index: int,
    entry: Entry,
    distance: timedelta | None,
    unmatched: Unmatched,
    context: MatchContext,
) -> bool:
    """Returns whether an entry of the same words is this update, though its time does not say so.

    Words recur: a farewell at the end of each day, a free kick. What is dated wholly otherwise
    stands in its place.
    """
    one, place = unmatched.observed[index], context.order.get(entry.id)
    if distance is None:
        if place is None:
            return is_telling(one) and not _is_long_ago(one, entry, context)
        return entry.id in context.present or _is_in_its_place(index, place, unmatched, context)
    if not is_telling(one):
        return False
    return (
        distance <= NEAR
        or context.lenient
        or (place is not None and _is_in_its_place(index, place, unmatched, context))
    )


def _is_in_its_place(index: int, place: int, unmatched: Unmatched, context: MatchContext) -> bool:
    """Returns whether what stood above it still stands above it, and the rest below."""
    orders = (
        (other, context.order.get(entry.id, place)) for other, entry in unmatched.found.items()
    )
    return all((other < index) == (order < place) for other, order in orders if order != place)


def _is_long_ago(one: Observed, entry: Entry, context: MatchContext) -> bool:
    """Returns whether an entry is much older than an update that says only how long ago it was."""
    if one.update.published is None or one.update.stated != "relative":
        return False
    much = DAY / 2 if context.now - one.update.published < DAY else 2 * DAY
    return abs(one.update.published - entry.published) > much


def _by_time_and_headline(unmatched: Unmatched, context: MatchContext) -> dict[int, Entry]:
    pairs = _same_heading(unmatched, unmatched.free, context, 0)
    if any(unmatched.observed[index].update.stated == "clock" for index in unmatched.left):
        # Of a clock time the day was reckoned from its context, which may have been another.
        here = [entry for entry in unmatched.free if entry.id in context.order]
        pairs = _same_heading(unmatched, here, context, DAY // timedelta(seconds=1)) | pairs
    return pairs


def _same_heading(
    unmatched: Unmatched, entries: Sequence[Entry], context: MatchContext, modulus: int
) -> dict[int, Entry]:
    ours: defaultdict[tuple[int, str], list[Entry]] = defaultdict(list)
    theirs: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for entry in entries:
        if entry.stated in {"instant", "clock"} and entry.content.title:
            ours[_moment(context.time(entry), modulus), bare(entry.content.title)].append(entry)
    for index in unmatched.left:
        time, title = unmatched.observed[index].time, unmatched.observed[index].update.content.title
        if time is not None and title:
            theirs[_moment(time, modulus), bare(title)].append(index)
    return {
        indexes[0]: ours[key][0]
        for key, indexes in theirs.items()
        if len(indexes) == 1 and len(ours.get(key, ())) == 1
    }


def _moment(time: datetime, modulus: int) -> int:
    stated = seconds(time)
    return stated % modulus if modulus else stated
