"""Which known entry an update is: a ladder of evidence, one-to-one, of which a later rung sees what earlier ones left.

The page's own id → the exact words → time and headline, where unique on both sides → the best
assignment by likeness of words, time and neighbours. Evidence only ever *finds* an entry; its id is
never derived again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from feeder.reconcile.assignment import assign
from feeder.reconcile.last_read import seconds
from feeder.reconcile.match_context import DAY, MINUTE, Scene, apart
from feeder.reconcile.words import bare, similarity, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.model import Content, Entry
    from feeder.reconcile.observed import Shown

NEAR = timedelta(minutes=30)  # further apart, two updates are not taken for one by likeness
ALIKE = 0.85
_Words = tuple[list[str], list[str]]  # of headline and text, and of the text alone
_MOST_PAIRS, _NEIGHBOURHOOD = 40_000, 20
_ENOUGH_WORDS = 4  # fewer of them recur ("Goal!") and are no evidence by themselves


@dataclass(frozen=True, slots=True)
class Rest:
    """What the rungs above have left over."""

    shown: Sequence[Shown]
    left: Sequence[int]  # indexes of the updates that are not found yet
    free: Sequence[Entry]
    found: dict[int, Entry]


def contradict(shown: Sequence[Shown], scene: Scene) -> bool:
    """Whether the page's own ids go from one update to the next, as mere numbers of places do."""
    keyed = [
        one
        for one in shown
        if one.key is not None and one.time is not None and one.mark not in scene.marks
    ]
    if 3 * len(keyed) <= len(shown):
        return False
    named = {entry.native_id for entry in scene.entries}
    worded: defaultdict[tuple[str, datetime | None], set[str | None]] = defaultdict(set)
    for entry in scene.entries:
        worded[entry.digest, scene.time(entry)].add(entry.native_id)
    wrong = sum(
        one.key in named and one.key not in worded.get((one.digest, one.time), {one.key})
        for one in keyed
    )
    return wrong > 1 and 3 * wrong > len(shown)


def match(shown: Sequence[Shown], scene: Scene) -> dict[int, Entry]:
    """The entry of each update, by the update's index; updates without one are new."""
    found = _unchanged(shown, scene)
    for rung in (_by_id, _by_words, _by_time_and_headline, _by_likeness):
        left = [index for index in range(len(shown)) if index not in found]
        if not left:
            break
        taken = {entry.id for entry in found.values()}
        free = [entry for entry in scene.entries if entry.id not in taken]
        found |= rung(Rest(shown, left, free, found), scene)
    return found


# -------------------------------------------------------------------------------------------- rungs


def _unchanged(shown: Sequence[Shown], scene: Scene) -> dict[int, Entry]:
    """What is shown in every letter as it was at the last clean read."""
    by_id = {entry.id: entry for entry in scene.entries}
    found: dict[int, Entry] = {}
    seen: set[str] = set()
    for index, one in enumerate(shown):
        entry = by_id.get(scene.marks.get(one.mark, ""))
        if entry is not None and one.mark not in seen:
            found[index] = entry
        seen.add(one.mark)
    return found


def _by_id(rest: Rest, scene: Scene) -> dict[int, Entry]:
    named: defaultdict[str, list[Entry]] = defaultdict(list)
    worded: dict[tuple[str, datetime], Entry] = {}
    for entry in rest.free:
        if entry.native_id is not None:
            named[entry.native_id].append(entry)
        worded[entry.digest, scene.time(entry)] = entry
    keyed = [index for index in rest.left if rest.shown[index].key in named]
    shown = (
        {(rest.shown[index].digest, rest.shown[index].time) for index in rest.left}
        if keyed
        else set()
    )
    pairs: dict[int, Entry] = {}
    used: set[str] = set()
    for index in keyed:
        one = rest.shown[index]
        entry = max(named[one.key or ""], key=partial(_rank, one.digest))
        moved = (
            entry.digest != one.digest and (entry.digest, scene.time(entry)) in shown
        )  # to another id
        if entry.id not in used and not moved and _is_trusted(one, entry, worded, scene):
            pairs[index] = entry
            used.add(entry.id)
    return pairs


def _rank(digest: str, entry: Entry) -> tuple[bool, bool, int]:
    """Among entries of one id: that of the same words, a living one, the latest."""
    return entry.digest == digest, entry.removed is None, entry.number


def _is_trusted(
    one: Shown, entry: Entry, worded: dict[tuple[str, datetime], Entry], scene: Scene
) -> bool:
    """Whether the page's own id can be believed: some number their updates anew at every read, or every morning."""
    if entry.digest == one.digest:
        return True
    if one.time is not None:
        other = worded.get((one.digest, one.time))
        if other is not None and other.id != entry.id:
            return False
    distance = apart(one, entry, scene)
    if scene.lenient or distance is None or distance <= NEAR:
        return True
    return _alikeness(_words(one.update.content), _words(entry.content)) >= 0.5


def _by_words(rest: Rest, scene: Scene) -> dict[int, Entry]:
    worded: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in rest.free:
        worded[entry.digest].append(entry)
    same = [
        (index, entry) for index in rest.left for entry in worded.get(rest.shown[index].digest, ())
    ]
    ids_hold = bool(same) and _ids_hold(rest)
    choices = []
    for index, entry in same:
        distance = apart(rest.shown[index], entry, scene)
        at_once = distance is not None and distance < MINUTE
        told_apart = ids_hold and _has_other_id(rest.shown[index], entry)
        if at_once or (not told_apart and _may_be(index, entry, distance, rest, scene)):
            far = distance if distance is not None else NEAR
            choices.append((entry.removed is not None, far, index, -entry.number, entry))
    pairs: dict[int, Entry] = {}
    used: set[str] = set()
    for *_, index, _, entry in sorted(choices, key=lambda choice: choice[:4]):
        if index not in pairs and entry.id not in used:
            pairs[index] = entry
            used.add(entry.id)
    return pairs


def _ids_hold(rest: Rest) -> bool:
    """Whether the page goes on to call its updates by the ids that it gave them."""
    return any(
        entry.native_id == rest.shown[index].key is not None for index, entry in rest.found.items()
    )


def _has_other_id(one: Shown, entry: Entry) -> bool:
    return None not in {one.key, entry.native_id} and one.key != entry.native_id


def _may_be(index: int, entry: Entry, distance: timedelta | None, rest: Rest, scene: Scene) -> bool:
    """Whether an entry of the very same words is this update, although its time is another or does not tell.

    Words recur: a farewell at the end of each day, a free kick. What is dated wholly otherwise
    stands in its place.
    """
    one, place = rest.shown[index], scene.order.get(entry.id)
    if distance is None:
        if place is None:
            return _is_telling(one) and not _is_long_ago(one, entry, scene)
        return entry.id in scene.present or _is_in_its_place(index, place, rest, scene)
    if not _is_telling(one):
        return False
    return (
        distance <= NEAR
        or scene.lenient
        or (place is not None and _is_in_its_place(index, place, rest, scene))
    )


def _is_in_its_place(index: int, place: int, rest: Rest, scene: Scene) -> bool:
    """Whether all that stood above it stands above it still, and below it all that stood below."""
    orders = ((other, scene.order.get(entry.id, place)) for other, entry in rest.found.items())
    return all((other < index) == (order < place) for other, order in orders if order != place)


def _is_long_ago(one: Shown, entry: Entry, scene: Scene) -> bool:
    """Of an update that says only how long ago it was: whether the entry is much older, in whatever unit."""
    if one.update.published is None or one.update.stated != "relative":
        return False
    much = DAY / 2 if scene.now - one.update.published < DAY else 2 * DAY
    return abs(one.update.published - entry.published) > much


def _is_telling(one: Shown) -> bool:
    return len(tokens(f"{one.update.content.title} {one.update.content.text}")) >= _ENOUGH_WORDS


def _by_time_and_headline(rest: Rest, scene: Scene) -> dict[int, Entry]:
    pairs = _same_heading(rest, rest.free, scene, 0)
    if any(rest.shown[index].update.stated == "clock" for index in rest.left):
        # Of a clock time the day was reckoned from its context, which may have been another.
        here = [entry for entry in rest.free if entry.id in scene.order]
        pairs = _same_heading(rest, here, scene, DAY // timedelta(seconds=1)) | pairs
    return pairs


def _same_heading(
    rest: Rest, entries: Sequence[Entry], scene: Scene, modulus: int
) -> dict[int, Entry]:
    ours: defaultdict[tuple[int, str], list[Entry]] = defaultdict(list)
    theirs: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for entry in entries:
        if entry.stated in {"instant", "clock"} and entry.content.title:
            ours[_moment(scene.time(entry), modulus), bare(entry.content.title)].append(entry)
    for index in rest.left:
        time, title = rest.shown[index].time, rest.shown[index].update.content.title
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


def _by_likeness(rest: Rest, scene: Scene) -> dict[int, Entry]:
    beside = _Neighbours(rest, scene)
    words = {entry.id: _words(entry.content) for entry in rest.free}
    ids_hold = _ids_hold(rest)
    scores: dict[tuple[int, int], float] = {}
    for index in rest.left:
        one = rest.shown[index]
        own = _words(one.update.content)
        for place, entry in _candidates(index, rest, scene):
            if ids_hold and None not in {one.key, entry.native_id}:
                continue  # the page tells the two apart
            if _is_next_of_its_kind(one, entry, own, words[entry.id], scene):
                continue
            neighbours = beside.shared(index, entry)
            if is_forgotten(entry):
                scores[index, place] = _like_a_forgotten_one(one, entry, neighbours, scene)
                continue
            bonus = _circumstances(one, entry, own, words[entry.id], neighbours, scene)
            if bonus > -1:
                scores[index, place] = bonus + _alikeness(own, words[entry.id])
    return {
        index: rest.free[place]
        for index, place in assign({k: v for k, v in scores.items() if v >= ALIKE}).items()
    }


def _candidates(index: int, rest: Rest, scene: Scene) -> Iterable[tuple[int, Entry]]:
    """Of a page that is wholly unknown, only what stood at about the same place is compared: all would take minutes."""
    if len(rest.left) * len(rest.free) <= _MOST_PAIRS:
        return enumerate(rest.free)
    return (
        (place, entry)
        for place, entry in enumerate(rest.free)
        if abs(scene.order.get(entry.id, -_NEIGHBOURHOOD - 1) - index) <= _NEIGHBOURHOOD
    )


def _circumstances(
    one: Shown, entry: Entry, own: _Words, other: _Words, neighbours: int, scene: Scene
) -> float:
    """What else speaks for it than likeness. What the page dates otherwise must be alike by its words alone."""
    distance = apart(one, entry, scene)
    if (distance is None and entry.id not in scene.present) or (
        distance is not None and distance > NEAR
    ):
        return -1.0
    if distance is not None and distance >= MINUTE and neighbours < 2 and not _is_telling(one):
        return -1.0
    bonus = (0.0, 0.05, 0.15)[neighbours] - 0.2 * (entry.removed is not None)
    if distance is not None and distance < MINUTE:
        bonus += 0.4
    elif distance is not None or not neighbours:
        return bonus
    bonus += 0.3 * (len(one.update.content.title) > 16 and _same_title(one, entry))
    return bonus + _same_opening(own[1], other[1])


def _is_next_of_its_kind(
    one: Shown, entry: Entry, own: _Words, other: _Words, scene: Scene
) -> bool:
    """Whether it is worded like the entry but counts something else at another time: "2 wickets" is no edit of "1"."""
    distance = apart(one, entry, scene)
    return distance is not None and distance >= MINUTE and _numbers(own) != _numbers(other)


def _numbers(words: _Words) -> list[str]:
    return [word for word in words[0] if any(map(str.isdigit, word))]


def _like_a_forgotten_one(one: Shown, entry: Entry, neighbours: int, scene: Scene) -> float:
    """Its words were erased and must not come back: its time, else its place, is enough."""
    distance = apart(one, entry, scene)
    return float(distance < MINUTE if distance is not None else neighbours == 2)


def is_forgotten(entry: Entry) -> bool:
    """Whether its text was erased on request: then what the page still shows of it stays out."""
    return entry.removed is not None and not (
        entry.content.title or entry.content.text or entry.content.html
    )


def _same_title(one: Shown, entry: Entry) -> bool:
    return bare(one.update.content.title) == bare(entry.content.title)


def _same_opening(own: Sequence[str], other: Sequence[str]) -> float:
    """What it counts that both begin with the same words: a body is rewritten from behind."""
    pairs = enumerate(zip(own, other, strict=False))
    same = next((count for count, (a, b) in pairs if a != b), min(len(own), len(other)))
    return 0.04 * min(same, 12) if same >= 5 else 0.0


def _words(content: Content) -> _Words:
    text = tokens(content.text)
    return ([] if content.derived else tokens(content.title)) + text, text


def _alikeness(own: _Words, other: _Words) -> float:
    """A text that stayed is enough, whatever became of its headline."""
    whole = similarity(own[0], other[0])
    return (
        max(whole, similarity(own[1], other[1])) if min(len(own[1]), len(other[1])) >= 8 else whole
    )


class _Neighbours:
    """What stands beside each update now and stood beside each entry at the last clean read."""

    def __init__(self, rest: Rest, scene: Scene) -> None:
        now = [
            rest.found[index].id if index in rest.found else None
            for index in range(len(rest.shown))
        ]
        here = {name for name in now if name is not None}
        then = [name if name in here else None for name in scene.order]
        self._now, self._then, self._order = _both_sides(now), _both_sides(then), scene.order

    def shared(self, index: int, entry: Entry) -> int:
        place = self._order.get(entry.id)
        if place is None:
            return 0
        now, then = (
            {side[at] for side in sides} for sides, at in ((self._now, index), (self._then, place))
        )
        return len((now & then) - {None})


def _both_sides(names: Sequence[str | None]) -> tuple[list[str | None], list[str | None]]:
    """For each place, the nearest name above and below."""
    return _nearest(names), _nearest(names[::-1])[::-1]


def _nearest(names: Sequence[str | None]) -> list[str | None]:
    nearest: str | None = None
    found: list[str | None] = []
    for name in names:
        found.append(nearest)
        nearest = name or nearest
    return found
