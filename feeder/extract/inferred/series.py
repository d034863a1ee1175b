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

from feeder.extract.inferred.outline import BOLD, HEADINGS, INLINE, LINK, TEXT

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

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
_MOST = 60  # series of a page
_PHRASE = 80  # characters in which a day says that nothing happened
_NEARLY_ALL = 0.8
_ZONE = 6  # characters that a zone or a comma has


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
    """Every series of two or more marks, cut into records.

    Marks stand alike where all tags above them are the same. Where those of several such groups
    differ only further up (an open incident above the past ones, lists that were never closed), the
    groups together are one more series.
    """
    groups: dict[tuple[str, bool], Group] = {}
    for mark in marks:
        ancestors = chain(mark.index, outline)
        mark.path = ">".join([outline.tags[n] for n in ancestors])
        groups.setdefault((mark.path, mark.updating), []).append((mark, ancestors))
    several = [group for group in groups.values() if len(group) > 1]
    cut = [_cut(group, outline) for group in _united(several, outline)]
    known = {tuple(mark.index for mark in made.marks) for made in cut}
    gathered = _gathered(groups.values(), outline)
    new = [group for group in gathered if tuple(mark.index for mark, _ in group) not in known]
    cut += [_cut(group, outline) for group in new]
    filled = (_without_void(made, outline) for made in cut)
    return [made for made in filled if len(made.records) > 1][:_MOST]


def _gathered(groups: Iterable[Group], outline: Outline) -> list[Group]:
    """Groups of marks whose blocks are built and called alike, wherever they stand."""
    alike: dict[tuple[Hashable, ...], list[Group]] = {}
    for group in groups:
        mark, ancestors = group[0]
        block = next((n for n in reversed(ancestors) if outline.tags[n] not in INLINE), mark.index)
        built = tuple(outline.tags[n] for n in ancestors if n >= block)
        called = outline.attributes(block).get("class", "").split()[:1]
        stands = bool(mark.attribute), mark.updating, mark.form, mark.stamp.shape
        alike.setdefault((built, *called, stands), []).append(group)
    found = [same for same in alike.values() if 1 < len(same) <= _DEEPEST]
    return [
        sorted((each for group in same for each in group), key=lambda each: each[0].index)
        for same in found
    ]


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
    group, days = _without_days(group)
    for reduced in (_first_of_each, _without_ends):
        group = reduced(group, outline)
    holders, region = _holders([c for _, c in group])
    marks = [m for m, _ in group]
    made = Series(marks, marks[0].path, days=days, region=region)
    made.records = _records(made, holders, outline)
    return made


def _without_days(group: Group) -> tuple[Group, list[Mark]]:
    """A group of clocks without the days that stand among them, which head them."""
    shapes = Counter(mark.stamp.shape for mark, _ in group)
    if not shapes["day"] or shapes["clock"] + shapes["instant"] < 2:
        return group, []
    rest = [each for each in group if each[0].stamp.shape != "day"]
    return rest, [mark for mark, _ in group if mark.stamp.shape == "day"]


def _first_of_each(group: Group, outline: Outline) -> Group:
    """The first mark of each record where all show so many: a row with two dates is one record.

    Told by holders that say nothing but their time, as many in each element around them.
    """
    holders, _ = _holders([c for _, c in group])
    if sum(_is_bare(h, m, outline) for h, (m, _) in zip(holders, group, strict=True)) < 0.8 * len(
        group
    ):
        return group
    firsts: dict[int, int] = {}
    counts: Counter[int] = Counter()
    for at, holder in enumerate(holders):
        around = outline.parent(holder)
        firsts.setdefault(around, at)
        counts[around] += 1
    usual, of = Counter(counts.values()).most_common(1)[0]
    if usual < 2 or len(counts) < 2 or of < 0.8 * len(counts):
        return group
    return [group[at] for at in firsts.values()]


def _without_ends(group: Group, outline: Outline) -> Group:
    """The marks without those that say when something ended which another mark says the start of.

    A second time in a record has a holder of its own that says nothing besides.
    """
    chains = [c for _, c in group]
    holders, _ = _holders(chains)
    levels = [len(c) - c.index(h) for c, h in zip(chains, holders, strict=True)]
    usual = Counter(levels).most_common(1)[0][0]
    kept: Group = []
    last = -1
    for (mark, ancestors), holder, level in zip(group, holders, levels, strict=True):
        around = ancestors[max(len(ancestors) - usual, 0)]
        if level < usual and around == last and _is_bare(holder, mark, outline):
            continue
        kept.append((mark, ancestors))
        last = around
    return kept


def _is_bare(holder: int, mark: Mark, outline: Outline) -> bool:
    """Whether an element says hardly more than its time."""
    return outline.said(holder) <= outline.said(mark.index) + _ZONE


def _without_void(made: Series, outline: Outline) -> Series:
    """The series without days of which all that is said is what many others say: nothing."""
    if not all("day" in (m.stamp.shape, m.printed and m.printed.shape) for m in made.marks):
        return made
    said = [_said_alone(record, outline) for record in made.records]
    counts = Counter(words for words in said if words and len(words) < _PHRASE)
    void = [words for words, count in counts.items() if count > 2]
    if not void:
        return made
    told = [at for at, words in enumerate(said) if not _is_void(words, void)]
    made.marks = [made.marks[at] for at in told]
    made.records = [made.records[at] for at in told]
    return made


def _is_void(words: str, void: Sequence[str]) -> bool:
    return any(phrase in words and len(words) <= 2 * len(phrase) for phrase in void)


def _said_alone(record: Record, outline: Outline) -> str:
    """What a record says besides its time, where it is short and no link."""
    if outline.chars(record.start, record.end) > 2 * _PHRASE:
        return ""
    if outline.tagged(LINK, record.start, record.end):
        return ""
    return said_beside(record, outline).casefold().strip(" .!。！")


def said_beside(record: Record, outline: Outline) -> str:
    """What a record says besides its time."""
    mark = record.mark
    own = range(mark.index, mark.index if mark.holds else outline.end(mark.index))
    texts = outline.between(record.start, record.end)
    beside = [text for place, text in texts if place not in own]
    return " ".join([*mark.rest.split(), *" ".join(beside).split()])


def _holders(chains: list[list[int]]) -> tuple[list[int], list[int]]:
    """For each mark the highest ancestor without another mark, and the ancestors that all of them share."""
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
    """How many ancestors two marks have in common."""
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count


# ------------------------------------------------------------------------------------------ records


def _records(made: Series, holders: list[int], outline: Outline) -> list[Record]:
    gaps = [
        _following(holder, after, outline)
        for holder, after in zip(holders, [*holders[1:], -1], strict=True)
    ]
    made.flat = _is_flat(made, holders, gaps, outline)
    if made.flat:
        return _flat(made, holders, gaps, outline)
    before = _headings_before(holders, outline)
    return [
        _record(m, [*before.get(h, []), h], outline)
        for m, h in zip(made.marks, holders, strict=True)
    ]


def _is_flat(made: Series, holders: list[int], gaps: list[list[int]], outline: Outline) -> bool:
    """Whether what the times are the times of stands between their blocks, and not in them."""
    inside = sum(
        outline.said(h) - outline.said(m.index) for h, m in zip(holders, made.marks, strict=True)
    )
    between = [_size(gap, outline) for gap in gaps[:-1]] or [0]
    textual = sum(outline.tags[h] in _TEXTUAL for h in holders) > len(holders) / 2
    filled = sum(map(bool, between)) / len(between)
    if outline.tags[holders[0]] == "tr" and filled > _NEARLY_ALL:
        return sum(between) > 0.3 * inside
    usual = _median(between) > 0 or (textual and filled > _SOME)
    return usual and sum(between) > (0.2 if textual else 1.0) * inside


def _flat(
    made: Series, holders: list[int], gaps: list[list[int]], outline: Outline
) -> list[Record]:
    """Runs of siblings: each begins so many nodes before its mark's block."""
    lead = [*outline.before_all(holders[0])][::-1]
    heads = _before_mark(made, holders, gaps, outline)
    if heads is None:  # all that stands between two times is the latter one's
        usual = max(_median([len(gap) for gap in gaps[:-1]]), 1)
        first = next((i for i in range(len(lead) - 1, -1, -1) if _is_heading(lead[i], outline)), 0)
        headed = _is_heading(gaps[0][0], outline) if gaps[0] else False
        runs = [lead[first:] if headed else lead[-usual:], *gaps[:-1]]
        return [
            _record(m, [*run, h], outline)
            for m, h, run in zip(made.marks, holders, runs, strict=True)
        ]
    starts = [lead[len(lead) - heads :], *(_last(gap, heads) for gap in gaps[:-1])]
    if heads:
        starts = [run if _any_text(run, outline) else [] for run in starts]
    rests = [gap[: len(gap) - len(after)] for gap, after in zip(gaps[:-1], starts[1:], strict=True)]
    rests.append(_bounded(gaps, outline))
    return [
        _record(m, [*run, h, *rest], outline)
        for m, run, h, rest in zip(made.marks, starts, holders, rests, strict=True)
    ]


def _last(nodes: list[int], count: int) -> list[int]:
    return nodes[len(nodes) - count :] if 0 < count <= len(nodes) else []


def _before_mark(
    made: Series, holders: list[int], gaps: list[list[int]], outline: Outline
) -> int | None:
    """How many nodes before its time a record begins; None: with all that follows the time before.

    What stands before the first time and after the last one says where the period begins, as do
    empty nodes that part records, and headings.
    """
    first, last = _longest_run([outline.parent(holder) for holder in holders])
    between = [gap for gap in gaps[first:last] if gap]
    if not between or _begin_their_blocks(made, holders, outline):
        return 0
    lead = [*outline.before_all(holders[first])]
    before = _alike_from(lead, [gap[::-1] for gap in between], outline)
    after = _alike_from(gaps[last], between, outline)
    usual = _median([sum(outline.said(n) > 0 for n in gap) for gap in between])
    headed, titled, timed = (
        sum(_is_heading(node, outline) for node in nodes) > 0.6 * len(nodes)
        for nodes in ([gap[0] for gap in between], [gap[-1] for gap in between], holders)
    )
    if headed and not timed and (before >= usual or not after) and _any_text(lead, outline):
        return None
    if after >= max(before, 1) or timed:
        return int(titled and before > 0 and not timed)
    if before and (parted := _parted(between, outline)):
        return parted
    if titled and before:
        return 1
    return None if before and not after else 0


def _longest_run(values: Sequence[int]) -> tuple[int, int]:
    """The first and the last place of the most frequent value."""
    usual, _ = Counter(values).most_common(1)[0]
    places = [at for at, value in enumerate(values) if value == usual]
    return places[0], places[-1]


def _alike_from(nodes: list[int], gaps: Sequence[list[int]], outline: Outline) -> int:
    """How many nodes with words, one after the other, are built as those in the same place of gaps."""
    alike = 0
    for at, node in enumerate(nodes):
        built = _build(node, outline)
        same = sum(len(gap) > at and _build(gap[at], outline) == built for gap in gaps)
        if same <= 0.5 * len(gaps):
            break
        alike += outline.said(node) > 0
    return alike


def _build(node: int, outline: Outline) -> tuple[str, str, bool]:
    tag = outline.tags[node]
    called = outline.attributes(node).get("class", "") if tag != TEXT else ""
    return tag, called, outline.said(node) > 0


def _parted(gaps: Sequence[list[int]], outline: Outline) -> int:
    """How many nodes follow the last empty one in most gaps; 0: there is none."""
    counts = Counter(
        next((at for at, node in enumerate(reversed(gap)) if outline.said(node) == 0), 0)
        for gap in gaps
    )
    count, of = counts.most_common(1)[0]
    return count if of > 0.6 * len(gaps) else 0


def _begin_their_blocks(made: Series, holders: list[int], outline: Outline) -> bool:
    """Whether most times begin a block whose words go on after them: then nothing above is theirs."""
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


def _following(holder: int, after: int, outline: Outline) -> list[int]:
    """What stands after a holder in the element around it, up to the next holder; -1: there is none.

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
