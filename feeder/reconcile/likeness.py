"""The last rung of matching: the best assignment by likeness of words, time and neighbours.

Weights were found by trying; what must hold stands in the tests: a text that stayed is the same
update whatever became of its headline, and the next of its kind ("2 wickets") is another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.extract.record.counters import steady, steady_headline
from feeder.reconcile.assignment import assign
from feeder.reconcile.match_context import (
    MINUTE,
    NEAR,
    apart,
    is_forgotten,
    is_telling,
    keys_hold,
    moved_keys,
)
from feeder.reconcile.words import bare, similarity, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import timedelta

    from feeder.model import Content, Entry
    from feeder.reconcile.match_context import MatchContext, Unmatched
    from feeder.reconcile.observed import Observed

ALIKE = 0.85
_MOST_PAIRS, _NEIGHBOURHOOD = 40_000, 20
_NEIGHBOURS = (0.0, 0.05, 0.15)  # what none, one and both of the neighbours are worth


@dataclass(frozen=True, slots=True)
class _Words:
    whole: list[str]  # of headline and text
    text: list[str]


@dataclass(frozen=True, slots=True)
class _Pair:
    """An update that may be an entry."""

    one: Observed
    entry: Entry
    own: _Words  # of the update
    known: _Words  # of the entry
    distance: timedelta | None  # between their times; None: that is no evidence
    neighbours: int  # 0 to 2: how many stand beside both

    @property
    def at_once(self) -> bool:
        return self.distance is not None and self.distance < MINUTE


def match_by_likeness(unmatched: Unmatched, context: MatchContext) -> dict[int, Entry]:
    """Returns the entries of updates that are alike enough, by the updates' indexes."""
    scores: dict[tuple[int, int], float] = {}
    for index, place, pair in _pairs(unmatched, context):
        score = _score(pair, context)
        if score >= ALIKE:
            scores[index, place] = score
    return {index: unmatched.free[place] for index, place in assign(scores).items()}


def _pairs(unmatched: Unmatched, context: MatchContext) -> Iterator[tuple[int, int, _Pair]]:
    """Yields what may be the same, with its index among updates and its place among entries."""
    beside = _Neighbours(unmatched, context)
    words = {entry.id: _words(entry.content) for entry in unmatched.free}
    told_apart = keys_hold(unmatched, context)
    moved = moved_keys(unmatched, context) if told_apart else set()
    for index in unmatched.left:
        one = unmatched.observed[index]
        own = _words(one.update.content)
        for place, entry in _candidates(index, unmatched, context):
            if told_apart and one.key not in moved and None not in {one.key, entry.native_id}:
                continue
            distance, neighbours = apart(one, entry, context), beside.shared(index, entry)
            yield index, place, _Pair(one, entry, own, words[entry.id], distance, neighbours)


def _candidates(
    index: int, unmatched: Unmatched, context: MatchContext
) -> Iterable[tuple[int, Entry]]:
    """Yields entries with their places; of a wholly unknown page only those that stood near."""
    if len(unmatched.left) * len(unmatched.free) <= _MOST_PAIRS:
        return enumerate(unmatched.free)
    return (
        (place, entry)
        for place, entry in enumerate(unmatched.free)
        if abs(context.order.get(entry.id, -_NEIGHBOURHOOD - 1) - index) <= _NEIGHBOURHOOD
    )


def _score(pair: _Pair, context: MatchContext) -> float:
    if _is_next_of_its_kind(pair):
        return 0.0
    if is_forgotten(pair.entry):
        return _score_forgotten(pair)
    if not _may_be_same(pair, context):
        return 0.0
    return _score_circumstances(pair) + _score_words(pair)


def _is_next_of_its_kind(pair: _Pair) -> bool:
    """Returns whether it counts something else at another time: "2 wickets" after "1 wicket"."""
    if pair.distance is None or pair.at_once:
        return False
    return _numbers(pair.own) != _numbers(pair.known)


def _numbers(words: _Words) -> list[str]:
    return [word for word in words.whole if any(map(str.isdigit, word))]


def _score_forgotten(pair: _Pair) -> float:
    """An entry's words were erased and must not come back: its time, else its place, is enough."""
    if pair.distance is None:
        return float(pair.neighbours == 2)
    return float(pair.at_once)


def _may_be_same(pair: _Pair, context: MatchContext) -> bool:
    """Returns whether time and place allow it; what is dated otherwise must be alike in words."""
    if pair.distance is None:
        return pair.entry.id in context.present
    if pair.distance > NEAR:
        return False
    return pair.at_once or pair.neighbours == 2 or is_telling(pair.one)


def _score_circumstances(pair: _Pair) -> float:
    """Returns what speaks for it besides the likeness of the words."""
    bonus = _NEIGHBOURS[pair.neighbours] - 0.2 * (pair.entry.removed is not None)
    if pair.at_once:
        bonus += 0.4
    elif pair.distance is not None or not pair.neighbours:
        return bonus
    if len(pair.one.update.content.title) > 16 and _has_same_title(pair):
        bonus += 0.3
    return bonus + _score_opening(pair.own.text, pair.known.text)


def _has_same_title(pair: _Pair) -> bool:
    return bare(pair.one.update.content.title) == bare(pair.entry.content.title)


def _score_opening(own: Sequence[str], known: Sequence[str]) -> float:
    """Returns what the same beginning is worth: a body is rewritten from its end."""
    same = 0
    for one, other in zip(own, known, strict=False):
        if one != other:
            break
        same += 1
    return 0.04 * min(same, 12) if same >= 5 else 0.0


def _score_words(pair: _Pair) -> float:
    """Returns the likeness of the words: a text that stayed is enough, under any headline."""
    whole = similarity(pair.own.whole, pair.known.whole)
    if min(len(pair.own.text), len(pair.known.text)) < 8:
        return whole
    return max(whole, similarity(pair.own.text, pair.known.text))


def _words(content: Content) -> _Words:
    text = tokens(steady(content.text))
    headline = [] if content.derived else tokens(steady_headline(content.title))
    return _Words(headline + text, text)


class _Neighbours:
    """Knows what stands beside each update now, and stood beside each entry at the last read."""

    def __init__(self, unmatched: Unmatched, context: MatchContext) -> None:
        now = [
            unmatched.found[index].id if index in unmatched.found else None
            for index in range(len(unmatched.observed))
        ]
        here = {name for name in now if name is not None}
        then = [name if name in here else None for name in context.order]
        self._now, self._then, self._order = _both_sides(now), _both_sides(then), context.order

    def shared(self, index: int, entry: Entry) -> int:
        """Returns how many of the two neighbours of an update stood beside the entry too."""
        place = self._order.get(entry.id)
        if place is None:
            return 0
        now = {side[index] for side in self._now}
        then = {side[place] for side in self._then}
        return len((now & then) - {None})


def _both_sides(names: Sequence[str | None]) -> tuple[list[str | None], list[str | None]]:
    """Returns for each place the nearest name above, and the nearest below."""
    return _nearest(names), _nearest(names[::-1])[::-1]


def _nearest(names: Sequence[str | None]) -> list[str | None]:
    nearest: str | None = None
    found: list[str | None] = []
    for name in names:
        found.append(nearest)
        nearest = name or nearest
    return found
