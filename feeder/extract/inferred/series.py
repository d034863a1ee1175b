"""Series of marks, and the records that they cut a page into.

Marks with the same path of tags are a series, and so are series whose records are siblings. A
record is the highest ancestor of its mark that holds no other mark of the series (Liu, Grossman,
Zhai: MDR, 2003, find such regions by comparing all siblings; here the times say where they are).
Where that ancestor holds hardly any text the layout is flat: a record is then a run of siblings,
from its mark on or up to it, and may begin at a heading before its mark.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from feeder.extract.inferred.outline import BOLD, HEADINGS, INLINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import Outline

_ENDINGS = frozenset({"nav", "aside", "footer", "form", "script", "iframe"})
_TEXTUAL = frozenset(
    {"p", "dt", "strong", "b", "li", "summary", "legend", "pre", "address", *HEADINGS, *INLINE}
)
_HEADLIKE = HEADINGS | BOLD
_SOME = (
    0.25  # share of the paragraphs with a time, from which on others between them belong to them
)
_DEEPEST = 200  # ancestors of a mark


@dataclass(slots=True)
class Record:
    """The nodes of one update, in document order; the mark is in the first or the last, or inside."""

    mark: Mark
    tops: tuple[int, ...]
    start: int
    end: int


@dataclass(slots=True)
class Series:
    """Marks that stand alike, and their records."""

    marks: list[Mark]
    path: str
    records: list[Record] = field(default_factory=list)
    days: list[Mark] = field(default_factory=list)  # that are no records: headings of days
    region: list[int] = field(
        default_factory=list
    )  # ancestors that all records share, from the body down
    flat: bool = False


Group: TypeAlias = "list[tuple[Mark, list[int]]]"


def chain(index: int, outline: Outline) -> list[int]:
    """The node and its ancestors, from the body down."""
    found: list[int] = []
    up = outline.up
    while index > 0 and len(found) < _DEEPEST:
        found.append(index)
        index -= up[index]
    return found[::-1]


def series(marks: Sequence[Mark], outline: Outline) -> list[Series]:
    """Every series of two or more marks, cut into records."""
    groups: dict[tuple[str, bool], Group] = {}
    for mark in marks:
        ancestors = chain(mark.index, outline)
        mark.path = ">".join([outline.tags[n] for n in ancestors])
        groups.setdefault((mark.path, mark.updating), []).append((mark, ancestors))
    found = [
        _cut(group, outline)
        for group in _united([g for g in groups.values() if len(g) > 1], outline)
    ]
    return [s for s in found if len(s.records) > 1]


def _united(groups: list[Group], outline: Outline) -> list[Group]:
    """Groups whose records are siblings of each other are one list with items of several builds."""
    if len(groups) < 2:
        return groups
    alike: dict[tuple[int, str, bool, bool], list[Group]] = {}
    alone: list[Group] = []
    for group in groups:
        _, region = _holders([c for _, c in group])
        mark = group[0][0]
        if region:
            key = (region[-1], outline.tags[mark.index], bool(mark.attribute), mark.updating)
            alike.setdefault(key, []).append(group)
        else:
            alone.append(group)
    for same in alike.values():
        if len(same) == 1:
            alone += same
            continue
        union = sorted((each for group in same for each in group), key=lambda each: each[0].index)
        depth = len(_holders([c for _, c in same[0]])[1])
        places = {c[min(depth, len(c) - 1)] for _, c in union}
        alone += [union] if len(places) == len(union) else same
    return alone


def _cut(group: Group, outline: Outline) -> Series:
    marks, chains = [m for m, _ in group], [c for _, c in group]
    shapes = [m.stamp.shape for m in marks]
    days: list[Mark] = []
    if (
        "day" in shapes
        and "clock" in shapes
        and shapes.count("clock") + shapes.count("instant") > 1
    ):
        days = [m for m, shape in zip(marks, shapes, strict=True) if shape == "day"]
        chains = [c for c, shape in zip(chains, shapes, strict=True) if shape != "day"]
        marks = [m for m, shape in zip(marks, shapes, strict=True) if shape != "day"]
    holders, region = _holders(chains)
    made = Series(marks, marks[0].path, days=days, region=region)
    made.records = _records(made, holders, outline)
    return made


def _holders(chains: list[list[int]]) -> tuple[list[int], list[int]]:
    """For each mark the highest ancestor without another mark, and the ancestors that all of them share."""
    shared = [_shared(a, b) for a, b in pairwise(chains)]
    depths = [max(a, b) for a, b in zip([0, *shared], [*shared, 0], strict=True)]
    depths = [min(d, len(c) - 1) for d, c in zip(depths, chains, strict=True)]
    usual = Counter(depths).most_common(1)[0][0]
    # a day with a single record: not the whole day, but what lies as deep as the records of other
    # days
    depths = [usual if d < usual < len(c) else d for d, c in zip(depths, chains, strict=True)]
    region = chains[0][: min(shared)]
    return [c[d] for c, d in zip(chains, depths, strict=True)], region


def _shared(a: list[int], b: list[int]) -> int:
    """How many ancestors two marks have in common."""
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count


# ------------------------------------------------------------------------------------------ records


def _records(made: Series, holders: list[int], outline: Outline) -> list[Record]:
    starts = set(holders)
    gaps = [_following(h, starts, outline) for h in holders]
    inside = [
        outline.said(h) - outline.said(m.index) for h, m in zip(holders, made.marks, strict=True)
    ]
    between = [_size(g, outline) for g in gaps[:-1]] or [0]
    textual = sum(outline.tags[h] in _TEXTUAL for h in holders) > len(holders) / 2
    usual = _median(between) > 0 or (textual and sum(map(bool, between)) > _SOME * len(between))
    made.flat = usual and sum(between) > (0.2 if textual else 1.0) * sum(inside)
    if made.flat:
        return _flat(made, holders, gaps, outline)
    before = _headings_before(holders, outline)
    return [
        _record(m, [*before.get(h, []), h], outline)
        for m, h in zip(made.marks, holders, strict=True)
    ]


def _flat(
    made: Series, holders: list[int], gaps: list[list[int]], outline: Outline
) -> list[Record]:
    """Runs of siblings: from a mark to the next, or from the mark before to a mark."""
    lead = [*outline.before_all(holders[0])][::-1]
    heads_first = sum(bool(g) and _is_heading(g[0], outline) for g in gaps[:-1]) / max(
        len(gaps) - 1, 1
    )
    heads_last = sum(bool(g) and _is_heading(g[-1], outline) for g in gaps[:-1]) / max(
        len(gaps) - 1, 1
    )
    if (
        heads_first > 0.6
        and heads_first > heads_last
        and not _is_heading(holders[0], outline)
        and _any_text(lead, outline)
    ):
        first = next((i for i in range(len(lead) - 1, -1, -1) if _is_heading(lead[i], outline)), 0)
        runs = [lead[first:], *gaps[:-1]]
        return [
            _record(m, [*r, h], outline) for m, h, r in zip(made.marks, holders, runs, strict=True)
        ]
    below = not _lead(made, holders, outline) and not _any_text(gaps[-1], outline)
    if below and _any_text(lead, outline) and heads_last <= 0.6:
        usual = _median([len(g) for g in gaps[:-1]])
        runs = [lead[-max(usual, 1) :], *gaps[:-1]]
        return [
            _record(m, [*r, h], outline) for m, h, r in zip(made.marks, holders, runs, strict=True)
        ]
    shift = heads_last > 0.6 and not any(_is_heading(h, outline) for h in holders)
    heads: list[list[int]] = [[] for _ in holders]
    if shift:
        heads = [
            lead[-1:] if lead and _is_heading(lead[-1], outline) else [],
            *(g[-1:] if g and _is_heading(g[-1], outline) else [] for g in gaps[:-1]),
        ]
        gaps = [*(g[:-1] if g and _is_heading(g[-1], outline) else g for g in gaps[:-1]), gaps[-1]]
    gaps = [*gaps[:-1], _bounded(gaps, outline)]
    return [
        _record(m, [*t, h, *g], outline)
        for m, t, h, g in zip(made.marks, heads, holders, gaps, strict=True)
    ]


def _lead(made: Series, holders: list[int], outline: Outline) -> bool:
    """Whether most times begin a block whose words go on after them: then nothing above belongs to them."""
    pairs = (
        (outline.text(mark.index).strip(), outline.text(holder).strip())
        for mark, holder in zip(made.marks, holders, strict=True)
    )
    leading = sum(
        bool(time) and words.startswith(time) and len(words) > len(time) + 10
        for time, words in pairs
    )
    return 2 * leading > len(holders)


def _bounded(gaps: list[list[int]], outline: Outline) -> list[int]:
    """What belongs to the last record: no more than the others have, and nothing that ends an article."""
    inner = {outline.tags[n] for g in gaps[:-1] for n in g}
    most = max((_size(g, outline) for g in gaps[:-1]), default=0)
    kept: list[int] = []
    size = 0
    for node in gaps[-1]:
        tag = outline.tags[node]
        strange = tag in _ENDINGS or (
            tag in HEADINGS | {"div", "section", "hr", "ul", "table"} and tag not in inner
        )
        size += _size([node], outline)
        if strange or size > 3 * most + 400:
            break
        kept.append(node)
    return kept


def _headings_before(holders: list[int], outline: Outline) -> dict[int, list[int]]:
    """Headings that stand before the holders, where most have one."""
    found: dict[int, list[int]] = {}
    starts, without = set(holders), 0
    for holder in holders:
        before = outline.before(holder)
        if before >= 0 and before not in starts and _is_heading(before, outline):
            found[holder] = [before]
        elif (without := without + 1) >= 0.4 * len(holders):
            return {}
    return found


def _following(holder: int, starts: set[int], outline: Outline) -> list[int]:
    """Its siblings up to the next record; in a plain loop, for there may be hundreds of records."""
    found: list[int] = []
    sizes, around = outline.sizes, outline.parent(holder)
    here, end = outline.end(holder), outline.end(around) if around >= 0 else len(outline)
    while here < end and here not in starts:
        found.append(here)
        here += sizes[here]
    return found


def _is_heading(index: int, outline: Outline) -> bool:
    tag = outline.tags[index]
    if tag in HEADINGS:
        return True
    if tag in INLINE:
        return tag in BOLD
    size = outline.letters(index)
    if not 2 < size <= 160:
        return False
    bold = next(iter(outline.tagged(_HEADLIKE, index, outline.end(index))), -1)
    return bold >= 0 and outline.letters(bold) >= 0.9 * size


def _record(mark: Mark, tops: list[int], outline: Outline) -> Record:
    return Record(mark, tuple(tops), tops[0], outline.end(tops[-1]))


def _size(nodes: Iterable[int], outline: Outline) -> int:
    return sum(map(outline.said, nodes))


def _any_text(nodes: Iterable[int], outline: Outline) -> bool:
    return _size(nodes, outline) > 0


def _median(numbers: Sequence[int]) -> int:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0
