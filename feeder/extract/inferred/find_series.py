"""Every series of a page: marks that stand alike, on one path of tags or on several.

Marks with the same path of tags are a series, and so are series whose records are siblings, or
whose blocks are built and called alike (tag path clustering: Miao et al., 2009).
"""

from __future__ import annotations

from collections import Counter
from itertools import chain as joined
from typing import TYPE_CHECKING

from feeder.extract.inferred.cutting import cut, find_holders
from feeder.extract.inferred.day_items import split_days
from feeder.extract.inferred.outline import INLINE, LINK
from feeder.extract.inferred.series import chain, said_beside

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.series import MarkGroup, Record, Series

_ALIKE = 200  # groups of marks that are one series together
_MOST = 60  # series of a page
_PHRASE = 80  # characters in which a day says that nothing happened


def find_series(marks: Sequence[Mark]) -> list[Series]:
    """Returns every series of two or more marks, cut into records.

    Marks stand alike where all tags above them are the same. Where those of several such groups
    differ only further up (an open incident above the past ones, lists that were never closed), the
    groups together are one more series.
    """
    groups = _group_by_path(marks)
    several = [group for group in groups if len(group) > 1]
    made = [cut(group) for group in _united(several)]
    known = [each.marks for each in made]
    gathered = _gathered(groups) + _with_single(groups)
    made += [cut(group) for group in gathered if group not in known]
    return _complete(made, marks)[:_MOST]


def _complete(made: list[Series], marks: Sequence[Mark]) -> list[Series]:
    """Returns the series of two or more records, without void days and split into their items."""
    filled = [split_days(_without_void(each), marks) for each in made]
    return [each for each in filled if len(each.records) > 1]


def _group_by_path(marks: Sequence[Mark]) -> list[MarkGroup]:
    groups: dict[tuple[str, bool], MarkGroup] = {}
    for mark in marks:
        mark.chain = chain(mark.index, mark.outline)
        mark.path = ">".join([mark.outline.tags[n] for n in mark.chain])
        groups.setdefault((mark.path, mark.updating), []).append(mark)
    return list(groups.values())


def _in_order(groups: Iterable[MarkGroup]) -> MarkGroup:
    """Returns the marks of several groups as one, in document order."""
    return sorted(joined.from_iterable(groups), key=lambda mark: mark.index)


def _gathered(groups: Iterable[MarkGroup]) -> list[MarkGroup]:
    """Groups of marks whose blocks are built and called alike, wherever they stand."""
    alike: dict[Hashable, list[MarkGroup]] = {}
    for group in groups:
        alike.setdefault(_describe_block(group), []).append(group)
    return [_in_order(same) for same in alike.values() if 1 < len(same) <= _ALIKE]


def _describe_block(group: MarkGroup) -> Hashable:
    """Returns how the blocks of a group's marks are built and called, and how the marks stand."""
    mark, outline = group[0], group[0].outline
    block = next((n for n in reversed(mark.chain) if outline.tags[n] not in INLINE), mark.index)
    built = tuple(outline.tags[n] for n in mark.chain if n >= block)
    called = outline.attributes(block).get("class", "").split()[:1]
    stands = bool(mark.attribute), mark.updating, mark.form, mark.stamp.shape
    return built, *called, stands


def _with_single(groups: Iterable[MarkGroup]) -> list[MarkGroup]:
    """Groups of marks with single ones among them whose own elements are called alike."""
    alike: dict[Hashable, list[MarkGroup]] = {}
    for group in groups:
        mark, outline = group[0], group[0].outline
        near = (outline.attributes(node).get("class") for node in outline.above(mark.index, 2))
        if called := next(filter(None, near), ""):
            alike.setdefault((called, mark.updating, mark.stamp.shape), []).append(group)
    found: list[MarkGroup] = []
    for same in alike.values():
        most = max(same, key=len)
        first, last = most[0].index, most[-1].index
        single = [one for one in same if len(one) == 1 and first < one[0].index < last]
        if len(most) > 2 and single:
            found.append(_in_order((most, *single)))
    return found


def _united(groups: list[MarkGroup]) -> list[MarkGroup]:
    """Groups whose records are siblings of each other are one list with items of several builds."""
    if len(groups) < 2:
        return groups
    alike: dict[Hashable, list[MarkGroup]] = {}
    for group in groups:
        alike.setdefault(_find_list(group), []).append(group)
    united = alike.pop(None, [])
    for same in alike.values():
        united += _unite(same)
    return united


def _find_list(group: MarkGroup) -> Hashable:
    """Returns the element around a group's records, and what its marks are; None: there is none."""
    _, region = find_holders(group)
    mark = group[0]
    if not region:
        return None
    return region[-1], mark.tag, bool(mark.attribute), mark.updating


def _unite(same: list[MarkGroup]) -> list[MarkGroup]:
    """Returns groups in one element as one, where no two of their marks share a child of it."""
    if len(same) == 1:
        return same
    union = _in_order(same)
    depth = len(find_holders(same[0])[1])
    places = {mark.chain[min(depth, len(mark.chain) - 1)] for mark in union}
    return [union] if len(places) == len(union) else same


def _without_void(made: Series) -> Series:
    """The series without days of which all that is said is what many others say: nothing."""
    if not all(mark.of_day for mark in made.marks):
        return made
    said = [_said_alone(record) for record in made.records]
    if void := _said_by_many(said):
        told = [at for at, words in enumerate(said) if not _is_void(words, void)]
        made.marks = [made.marks[at] for at in told]
        made.records = [made.records[at] for at in told]
    return made


def _said_by_many(said: Iterable[str]) -> list[str]:
    counts = Counter(words for words in said if words and len(words) < _PHRASE)
    return [words for words, count in counts.items() if count > 2]


def _is_void(words: str, void: Sequence[str]) -> bool:
    return any(phrase in words and len(words) <= 2 * len(phrase) for phrase in void)


def _said_alone(record: Record) -> str:
    """Returns what a record says besides its time, where it is short and no link."""
    if record.chars > 2 * _PHRASE:
        return ""
    if record.outline.tagged(LINK, record.start, record.end):
        return ""
    return said_beside(record).casefold().strip(" .!。！")
