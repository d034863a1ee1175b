"""Which update of one kind of evidence is which of another: by id, then by time, then by words."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Sequence

    from feeder.model import Update

_START = 10  # words by which a text is known
_NEAR = timedelta(seconds=90)  # printed clocks have no seconds
_WORD = re.compile(r"\w+")
_NUMBERS = re.compile(r"[0-9a-f]*\d[0-9a-f]*")

Pairs = dict[int, int]


def aligned(first: Sequence[Update], second: Sequence[Update]) -> Pairs:
    """Indices of `first` with those of `second`, one-to-one; later rules see what is left."""
    pairs: Pairs = {}
    for key in (_id, _number, _time_and_words, _words, _headline, _time, _minute):
        _pair(first, second, key, pairs)
    _nearest(first, second, pairs)
    return pairs


def _pair(
    first: Sequence[Update],
    second: Sequence[Update],
    key: Callable[[Update], Hashable],
    pairs: Pairs,
) -> None:
    """Add what has the same key, where that is unique on both sides."""
    ours = _unique(first, key, pairs)
    theirs = _unique(second, key, set(pairs.values()))
    pairs |= {i: theirs[k] for k, i in ours.items() if k in theirs}


def _unique(
    updates: Sequence[Update], key: Callable[[Update], Hashable], taken: Container[int]
) -> dict[Hashable, int]:
    """Returns the places of the updates that are left and have a key of their own, by that key."""
    left = {at: key(update) for at, update in enumerate(updates) if at not in taken}
    counts = Counter(left.values())
    return {one: at for at, one in left.items() if one and counts[one] == 1}


def _id(update: Update) -> Hashable:
    return update.native_id


def _number(update: Update) -> Hashable:
    """Returns the number in an id: block-80, #80 and 80_parent are one."""
    found = _NUMBERS.findall((update.native_id or "").rpartition("/")[2])
    longest = max(found, key=len, default="")
    return longest if len(longest) > 1 else None


def start(text: str, count: int = _START) -> tuple[str, ...]:
    return tuple(_WORD.findall(text[:400].lower())[:count])


def _words(update: Update) -> Hashable:
    words = start(update.content.text)
    return words if len(words) > 3 else None


def _headline(update: Update) -> Hashable:
    words = start(update.content.title, 30)
    return words if len(words) > 2 else None


def _time(update: Update) -> Hashable:
    return update.published


def _minute(update: Update) -> Hashable:
    return update.published.replace(second=0, microsecond=0) if update.published else None


def _time_and_words(update: Update) -> Hashable:
    words = start(update.content.text, 4)
    return (_minute(update), words) if update.published and words else None


def _nearest(first: Sequence[Update], second: Sequence[Update], pairs: Pairs) -> None:
    """What is left, in the page's order: the same minute or the one beside it."""
    taken = set(pairs.values())
    left = [j for j in range(len(second)) if j not in taken]
    for i, update in enumerate(first):
        if i in pairs or update.published is None:
            continue
        for j in left:
            other = second[j].published
            if other and abs(other - update.published) <= _NEAR and _may_be(update, second[j]):
                pairs[i] = j
                left.remove(j)
                break


def _may_be(one: Update, two: Update) -> bool:
    """Nothing in the words speaks against it: some are missing, or they share some."""
    ours, theirs = set(start(one.content.text, 40)), set(start(two.content.text, 40))
    return not ours or not theirs or len(ours & theirs) >= 0.3 * min(len(ours), len(theirs))
