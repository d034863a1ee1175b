"""How a group of marks cuts a page into records.

A record is the highest ancestor of its mark that holds no other mark of the group (Liu, Grossman,
Zhai: MDR, 2003, find such regions by comparing all siblings; here the times say where they are).
Where that ancestor holds hardly any text the layout is flat, and a record is a run of siblings.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from feeder.extract.inferred.flat_layout import flat_records, median, record_of
from feeder.extract.inferred.outline import HEADINGS, INLINE
from feeder.extract.inferred.series import Series, is_heading, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import NodeRuns, Outline
    from feeder.extract.inferred.series import MarkGroup, Record

_TEXTUAL = frozenset(
    {"p", "dt", "strong", "b", "li", "summary", "legend", "pre", "address", *HEADINGS, *INLINE}
)
# share of the paragraphs with a time, from which on others between them belong to them
_SOME = 0.25
_NEARLY_ALL = 0.8
_ZONE = 6  # characters that a zone or a comma has


def cut(group: MarkGroup) -> Series:
    for reduced in (_without_days, _first_of_each, _without_ends):
        group = reduced(group)
    holders, region = find_holders(group)
    made = Series(group, group[0].path, region=region)
    made.records = _records(made, holders)
    return made


def _without_days(group: MarkGroup) -> MarkGroup:
    """Returns a group of clocks without the days that stand among them, which head them."""
    shapes = Counter(mark.stamp.shape for mark in group)
    if not shapes["day"] or shapes["clock"] + shapes["instant"] < 2:
        return group
    return [mark for mark in group if mark.stamp.shape != "day"]


def _first_of_each(group: MarkGroup) -> MarkGroup:
    """The first mark of each record where all show so many: a row with two dates is one record.

    Told by holders that say nothing but their time, as many in each element around them.
    """
    holders, _ = find_holders(group)
    if sum(map(_is_bare, holders, group)) < 0.8 * len(group):
        return group
    firsts: dict[int, int] = {}
    counts: Counter[int] = Counter()
    for at, holder in enumerate(holders):
        around = group[0].outline.parent(holder)
        firsts.setdefault(around, at)
        counts[around] += 1
    usual, of = Counter(counts.values()).most_common(1)[0]
    if usual < 2 or len(counts) < 2 or of < 0.8 * len(counts):
        return group
    return [group[at] for at in firsts.values()]


def _without_ends(group: MarkGroup) -> MarkGroup:
    """The marks without those that say when something ended which another mark says the start of.

    A second time in a record has a holder of its own that says nothing besides.
    """
    holders, _ = find_holders(group)
    levels = [len(m.chain) - m.chain.index(h) for m, h in zip(group, holders, strict=True)]
    usual = Counter(levels).most_common(1)[0][0]
    kept: MarkGroup = []
    last = -1
    for mark, holder, level in zip(group, holders, levels, strict=True):
        around = mark.chain[max(len(mark.chain) - usual, 0)]
        if level < usual and around == last and _is_bare(holder, mark):
            continue
        kept.append(mark)
        last = around
    return kept


def _is_bare(holder: int, mark: Mark) -> bool:
    """Returns whether an element says hardly more than its time."""
    return mark.form == "own" and mark.outline.said(holder) <= mark.outline.said(mark.index) + _ZONE


def find_holders(group: MarkGroup) -> tuple[list[int], list[int]]:
    """For each mark the highest ancestor without another, and the ancestors that all share."""
    chains = [mark.chain for mark in group]
    shared = [_shared(a, b) for a, b in pairwise(chains)]
    depths = [max(a, b) for a, b in zip([0, *shared], [*shared, 0], strict=True)]
    depths = [min(d, len(c) - 1) for d, c in zip(depths, chains, strict=True)]
    # A day with a single record: not the whole day, but what lies as far above its mark as the
    # records of other days do.
    levels = [len(c) - d for d, c in zip(depths, chains, strict=True)]
    usual = Counter(levels).most_common(1)[0][0]
    depths = [max(d, len(c) - usual) for d, c in zip(depths, chains, strict=True)]
    region = chains[0][: min(shared)] if shared else chains[0][:-1]
    return [c[d] for c, d in zip(chains, depths, strict=True)], region


def _shared(a: list[int], b: list[int]) -> int:
    """Returns how many ancestors two marks have in common."""
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count


def _records(made: Series, holders: list[int]) -> list[Record]:
    gaps = [
        _following(holder, after, made.outline)
        for holder, after in zip(holders, [*holders[1:], -1], strict=True)
    ]
    made.flat = _is_flat(made, holders, gaps)
    if made.flat:
        return flat_records(made, holders, gaps)
    before = _headings_before(holders, made.outline)
    return [record_of(m, [*before.get(h, []), h]) for m, h in zip(made.marks, holders, strict=True)]


def _is_flat(
    made: Series,
    holders: list[int],
    gaps: NodeRuns,
) -> bool:
    """Whether what the times are the times of stands between their blocks, and not in them."""
    outline = made.outline
    inside = words_in(holders, outline) - words_in([m.index for m in made.marks], outline)
    between = [words_in(gap, outline) for gap in gaps[:-1]] or [0]
    textual = _are_textual(holders, outline)
    filled = sum(map(bool, between)) / len(between)
    if outline.tags[holders[0]] == "tr" and filled > _NEARLY_ALL:
        return sum(between) > 0.3 * inside
    usual = median(between) > 0 or (textual and filled > _SOME)
    return usual and sum(between) > (0.2 if textual else 1.0) * inside


def _are_textual(holders: list[int], outline: Outline) -> bool:
    return 2 * sum(outline.tags[holder] in _TEXTUAL for holder in holders) > len(holders)


def _headings_before(holders: list[int], outline: Outline) -> dict[int, list[int]]:
    """Headings that stand before the holders, where most have one."""
    found: dict[int, list[int]] = {}
    starts, without = set(holders), 0
    for holder in holders:
        before = outline.before(holder)
        if before >= 0 and before not in starts and is_heading(before, outline):
            found[holder] = [before]
        elif (without := without + 1) >= 0.4 * len(holders):
            return {}
    return {} if without and _head_groups(holders, found, outline) else found


def _head_groups(holders: list[int], headed: Iterable[int], outline: Outline) -> bool:
    """Whether the holders stand in several elements, under one heading in each."""
    around = Counter(map(outline.parent, holders))
    headings = Counter(map(outline.parent, headed))
    return len(around) > 1 and set(headings.values()) == {1}


def _following(holder: int, after: int, outline: Outline) -> list[int]:
    """What stands after a holder in the element around it, up to the next holder; -1: none.

    An element that holds the next one gives what stands in it before that.
    """
    found: list[int] = []
    around = outline.parent(holder)
    here, end = outline.end(holder), outline.end(around) if around >= 0 else len(outline)
    stop = after if here <= after < end else end
    while here < stop:
        if outline.end(here) <= stop:
            found.append(here)
            here = outline.end(here)
        else:
            here += 1
    return found
