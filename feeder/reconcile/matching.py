"""Which known entry an update is: a ladder of evidence; a later rung sees what earlier ones left.

What is as it was → the page's own id → the exact words → time and headline, where unique on both
sides → the best assignment by likeness. Evidence only ever *finds* an entry; its id is never
derived again.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

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
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from feeder.model import Content, Entry
    from feeder.reconcile.match_context import MatchContext
    from feeder.reconcile.observed import Observed

T = TypeVar("T")
_HALF_ALIKE = 0.5  # at least, to believe an id against the time


class _Worded(NamedTuple):
    """What tells one update from all others but its id."""

    digest: str
    time: datetime | None


def contradict(observed: Sequence[Observed], context: MatchContext) -> bool:
    """Returns whether the page's ids go from one update to the next, as numbers of places do."""
    keyed = _find_other(observed, context)
    if 3 * len(keyed) <= len(observed):
        return False
    worded = _names_by_words(context)
    named = set().union(*worded.values())
    known = [one for one in keyed if one.key in named]
    wrong = sum(one.key not in worded.get(_worded(one), {one.key}) for one in known)
    return wrong > 1 and 3 * wrong > len(observed)


def _find_other(observed: Sequence[Observed], context: MatchContext) -> list[Observed]:
    """Returns what has an id and a time, and is not as it was at the last clean read."""
    by_id = {entry.id: entry for entry in context.entries}
    timed = (one for one in observed if one.key is not None and one.time is not None)
    return [one for one in timed if not _is_as_it_was(one, by_id, context)]


def _names_by_words(context: MatchContext) -> dict[_Worded, set[str]]:
    worded: defaultdict[_Worded, set[str]] = defaultdict(set)
    for entry in context.entries:
        worded[_worded_entry(entry, context)] |= context.named(entry)
    return worded


def _worded(one: Observed) -> _Worded:
    return _Worded(one.digest, one.time)


def _worded_entry(entry: Entry, context: MatchContext) -> _Worded:
    return _Worded(entry.digest, context.time(entry))


def _is_as_it_was(one: Observed, by_id: dict[str, Entry], context: MatchContext) -> bool:
    entry = by_id.get(context.marks.get(one.mark, ""))
    return entry is not None and one.key in context.named(entry)


def match(observed: Sequence[Observed], context: MatchContext) -> dict[int, Entry]:
    """Returns the entry of each update, by the update's index; updates without one are new."""
    found = _as_they_were(observed, context)
    for rung in (_by_id, _by_words, _by_time_and_headline, match_by_likeness):
        left = [index for index in range(len(observed)) if index not in found]
        taken = {entry.id for entry in found.values()}
        free = [entry for entry in context.entries if entry.id not in taken]
        if not (left and free):
            break
        found |= rung(Unmatched(observed, left, free, found), context)
    return found


# -------------------------------------------------------------------------------------------- rungs


def _as_they_were(observed: Sequence[Observed], context: MatchContext) -> dict[int, Entry]:
    """Finds what says to the letter what it said at the last clean read."""
    by_id = {entry.id: entry for entry in context.entries}
    first: dict[str, int] = {}
    for index, one in enumerate(observed):
        first.setdefault(one.mark, index)
    marked = ((index, by_id.get(context.marks.get(mark, ""))) for mark, index in first.items())
    found = {index: entry for index, entry in marked if entry is not None}
    if not any(observed[index].key in context.named(entry) for index, entry in found.items()):
        return found  # the page has no ids, or gives others at every read
    return {
        index: entry
        for index, entry in found.items()
        if not context.has_other_key(observed[index], entry)
    }


def _by_id(unmatched: Unmatched, context: MatchContext) -> dict[int, Entry]:
    named = _index_names(unmatched.free, context)
    left = [unmatched.observed[index] for index in unmatched.left]
    if named.keys().isdisjoint(map(_key, left)):
        return {}
    worded = {_worded_entry(entry, context): entry for entry in unmatched.free}
    here = set(map(_worded, left))
    pairs: dict[str, tuple[int, Entry]] = {}
    for index, one in zip(unmatched.left, left, strict=True):
        if one.key not in named:
            continue
        entry = _best_named(named[one.key], one)
        if entry.id in pairs or _has_moved(entry, one, here, context):
            continue
        if _is_trusted(one, entry, worded, context):
            pairs[entry.id] = index, entry
    return dict(pairs.values())


def _has_moved(entry: Entry, one: Observed, here: set[_Worded], context: MatchContext) -> bool:
    """Returns whether another update says what an entry said: its id has gone on to this one."""
    return entry.digest != one.digest and _worded_entry(entry, context) in here


def _key(one: Observed) -> str | None:
    return one.key


def _index_names(entries: Iterable[Entry], context: MatchContext) -> dict[str | None, list[Entry]]:
    """Returns the entries by each of the page's own ids for them."""
    named: defaultdict[str | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        for key in context.named(entry):
            named[key].append(entry)
    return dict(named)


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
        other = worded.get(_worded(one))
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
    left = [(index, unmatched.observed[index].digest) for index in unmatched.left]
    same = [(index, entry) for index, digest in left for entry in worded.get(digest, ())]
    told_by_keys = bool(same) and keys_hold(unmatched, context)
    choices = []
    for index, entry in same:
        distance = apart(unmatched.observed[index], entry, context)
        if _may_have_moved(index, entry, distance, unmatched, context, told_by_keys=told_by_keys):
            far = distance if distance is not None else NEAR
            choices.append(_Choice(entry.removed is not None, far, index, -entry.number, entry))
    return _take_best(choices)


class _Choice(NamedTuple):
    """An entry that an update may be; of two, the lesser one is more likely."""

    removed: bool
    distance: timedelta
    at: int  # the index of the update
    order: int  # of the entries, the newest first
    entry: Entry


def _take_best(choices: Iterable[_Choice]) -> dict[int, Entry]:
    pairs: dict[int, Entry] = {}
    used: set[str] = set()
    for choice in sorted(choices, key=lambda choice: choice[:4]):
        if choice.at not in pairs and choice.entry.id not in used:
            pairs[choice.at] = choice.entry
            used.add(choice.entry.id)
    return pairs


def _may_have_moved(
    index: int,
    entry: Entry,
    distance: timedelta | None,
    unmatched: Unmatched,
    context: MatchContext,
    *,
    told_by_keys: bool,
) -> bool:
    """Returns whether an entry of the same words is this update, by its time, id and place."""
    if distance is not None and distance < MINUTE:
        return True
    if told_by_keys and context.has_other_key(unmatched.observed[index], entry):
        return False
    return _may_be(index, entry, distance, unmatched, context)


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
    timed = (entry for entry in entries if entry.stated in {"instant", "clock"})
    ours = _index_headings(
        ((entry, context.time(entry), entry.content) for entry in timed), modulus
    )
    left = ((index, unmatched.observed[index]) for index in unmatched.left)
    theirs = _index_headings(
        ((index, one.time, one.update.content) for index, one in left), modulus
    )
    return {index: ours[key] for key, index in theirs.items() if key in ours}


def _index_headings(
    titled: Iterable[tuple[T, datetime | None, Content]], modulus: int
) -> dict[tuple[int, str], T]:
    """Returns what has a time and a title that nothing else has, by those."""
    found: defaultdict[tuple[int, str], list[T]] = defaultdict(list)
    for one, time, content in titled:
        if time is not None and content.title:
            found[_heading(time, content, modulus)].append(one)
    return {key: same[0] for key, same in found.items() if len(same) == 1}


def _heading(time: datetime, content: Content, modulus: int) -> tuple[int, str]:
    """Returns the time, in seconds of the epoch or of the day, and the title that updates share."""
    stated = seconds(time)
    return stated % modulus if modulus else stated, bare(content.title)
