"""Series of marks, and the records that they cut a page into.

Marks with the same path of tags are a series, and so are series whose records are siblings. A record is the highest
ancestor of its mark that holds no other mark of the series (Liu, Grossman, Zhai: MDR, 2003, find such regions by
comparing all siblings; here the times say where they are). Where that ancestor holds hardly any text the layout is
flat: a record is then a run of siblings, from its mark on or up to it, and may begin at a heading before its mark.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from feeder.extract.outline import INLINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from selectolax.lexbor import LexborNode

    from feeder.extract.mark import Mark
    from feeder.extract.outline import Outline

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_ENDINGS = frozenset({"nav", "aside", "footer", "form", "script", "iframe"})
_TEXTUAL = frozenset({"p", "dt", "strong", "b", "li", "summary", "legend", "pre", "address", *_HEADINGS, *INLINE})
_SOME = 0.25  # share of the paragraphs with a time, from which on others between them belong to them
_DEEPEST = 200  # ancestors of a mark


@dataclass(slots=True)
class Record:
    """The nodes of one update, in document order; the mark is in the first or the last, or inside."""

    mark: Mark
    nodes: list[LexborNode]
    start: int  # in the outline
    end: int


@dataclass(slots=True)
class Series:
    """Marks that stand alike, and their records."""

    marks: list[Mark]
    path: str
    records: list[Record] = field(default_factory=list)
    days: list[Mark] = field(default_factory=list)  # that are no records: headings of days
    region: list[LexborNode] = field(default_factory=list)  # ancestors that all records share, from the body down
    flat: bool = False


Group: TypeAlias = "list[tuple[Mark, list[LexborNode]]]"


def chain(node: LexborNode) -> list[LexborNode]:
    """The node and its ancestors, from the body down."""
    found: list[LexborNode] = []
    here: LexborNode | None = node
    while here is not None and here.tag not in {"body", "html"} and len(found) < _DEEPEST:
        found.append(here)
        here = here.parent
    return found[::-1]


def series(marks: Sequence[Mark], outline: Outline) -> list[Series]:
    """Every series of two or more marks, cut into records."""
    groups: dict[tuple[str, bool], Group] = {}
    for mark in marks:
        ancestors = chain(mark.node)
        mark.path = ">".join(n.tag or "" for n in ancestors)
        groups.setdefault((mark.path, mark.updating), []).append((mark, ancestors))
    found = [_cut(group, outline) for group in _united([g for g in groups.values() if len(g) > 1])]
    return [s for s in found if len(s.records) > 1]


def _united(groups: list[Group]) -> list[Group]:
    """Groups whose records are siblings of each other are one list with items of several builds."""
    alike: dict[tuple[int, str, bool, bool], list[Group]] = {}
    alone: list[Group] = []
    for group in groups:
        _, region = _holders([c for _, c in group])
        mark = group[0][0]
        if region:
            key = (region[-1].mem_id, mark.node.tag or "", bool(mark.attribute), mark.updating)
            alike.setdefault(key, []).append(group)
        else:
            alone.append(group)
    for same in alike.values():
        union = sorted((each for group in same for each in group), key=lambda each: each[0].index)
        depth = len(_holders([c for _, c in same[0]])[1])
        places = {c[min(depth, len(c) - 1)].mem_id for _, c in union}
        alone += [union] if len(places) == len(union) else same
    return alone


def _cut(group: Group, outline: Outline) -> Series:
    marks, chains = [m for m, _ in group], [c for _, c in group]
    dated = [m for m in marks if m.stamp.shape == "day"]
    clocks = [m for m in marks if m.stamp.shape in {"clock", "instant"}]
    days: list[Mark] = []
    if dated and len(clocks) > 1 and any(m.stamp.shape == "clock" for m in clocks):
        keep = {id(m) for m in marks if m.stamp.shape != "day"}
        chains = [c for m, c in zip(marks, chains, strict=True) if id(m) in keep]
        marks, days = [m for m in marks if id(m) in keep], dated
    holders, region = _holders(chains)
    made = Series(marks, marks[0].path, days=days, region=region)
    made.records = _records(made, holders, outline)
    return made


def _holders(chains: list[list[LexborNode]]) -> tuple[list[LexborNode], list[LexborNode]]:
    """For each mark the highest ancestor without another mark, and the ancestors that all of them share."""
    shared = [_shared(a, b) for a, b in pairwise(chains)]
    depths = [max(a, b) for a, b in zip([0, *shared], [*shared, 0], strict=True)]
    depths = [min(d, len(c) - 1) for d, c in zip(depths, chains, strict=True)]
    usual = Counter(depths).most_common(1)[0][0]
    # a day with a single record: not the whole day, but what lies as deep as the records of other days
    depths = [usual if d < usual < len(c) else d for d, c in zip(depths, chains, strict=True)]
    region = chains[0][: min(shared)]
    return [c[d] for c, d in zip(chains, depths, strict=True)], region


def _shared(a: list[LexborNode], b: list[LexborNode]) -> int:
    """How many ancestors two marks have in common."""
    count = 0
    for x, y in zip(a, b, strict=False):
        if x.mem_id != y.mem_id:
            break
        count += 1
    return count


# ----------------------------------------------------------------------------------------------------------- records


def _records(made: Series, holders: list[LexborNode], outline: Outline) -> list[Record]:
    starts = {h.mem_id for h in holders}
    gaps = [_following(h, starts) for h in holders]
    inside = [_size([h], outline) - len(m.node.text().strip()) for h, m in zip(holders, made.marks, strict=True)]
    between = [_size(g, outline) for g in gaps[:-1]] or [0]
    textual = sum(h.tag in _TEXTUAL for h in holders) > len(holders) / 2
    usual = _median(between) > 0 or (textual and sum(map(bool, between)) > _SOME * len(between))
    made.flat = usual and sum(between) > (0.2 if textual else 1.0) * sum(inside)
    if made.flat:
        return _flat(made, holders, gaps, outline)
    before = _headings_before(holders, starts) if not made.flat else {}
    return [_record(m, [*before.get(h.mem_id, []), h], outline) for m, h in zip(made.marks, holders, strict=True)]


def _flat(made: Series, holders: list[LexborNode], gaps: list[list[LexborNode]], outline: Outline) -> list[Record]:
    """Runs of siblings: from a mark to the next, or from the mark before to a mark."""
    lead = _preceding(holders[0])
    heads_first = sum(bool(g) and _is_heading(g[0]) for g in gaps[:-1]) / max(len(gaps) - 1, 1)
    heads_last = sum(bool(g) and _is_heading(g[-1]) for g in gaps[:-1]) / max(len(gaps) - 1, 1)
    if heads_first > 0.6 and heads_first > heads_last and not _is_heading(holders[0]) and _any_text(lead, outline):
        first = next((i for i in range(len(lead) - 1, -1, -1) if _is_heading(lead[i])), 0)
        runs = [lead[first:], *gaps[:-1]]
        return [_record(m, [*r, h], outline) for m, h, r in zip(made.marks, holders, runs, strict=True)]
    if not _lead(made, holders) and not _any_text(gaps[-1], outline) and _any_text(lead, outline) and heads_last <= 0.6:
        usual = _median([len(g) for g in gaps[:-1]])
        runs = [lead[-max(usual, 1) :], *gaps[:-1]]
        return [_record(m, [*r, h], outline) for m, h, r in zip(made.marks, holders, runs, strict=True)]
    shift = heads_last > 0.6 and not any(_is_heading(h) for h in holders)
    heads: list[list[LexborNode]] = [[] for _ in holders]
    if shift:
        heads = [
            lead[-1:] if lead and _is_heading(lead[-1]) else [],
            *(g[-1:] if g and _is_heading(g[-1]) else [] for g in gaps[:-1]),
        ]
        gaps = [*(g[:-1] if g and _is_heading(g[-1]) else g for g in gaps[:-1]), gaps[-1]]
    gaps = [*gaps[:-1], _bounded(gaps, outline)]
    return [_record(m, [*t, h, *g], outline) for m, t, h, g in zip(made.marks, heads, holders, gaps, strict=True)]


def _lead(made: Series, holders: list[LexborNode]) -> bool:
    """Whether most times begin a block whose words go on after them: then nothing above belongs to them."""
    pairs = (
        (mark.node.text().strip(), holder.text().strip()) for mark, holder in zip(made.marks, holders, strict=True)
    )
    leading = sum(bool(time) and words.startswith(time) and len(words) > len(time) + 10 for time, words in pairs)
    return 2 * leading > len(holders)


def _bounded(gaps: list[list[LexborNode]], outline: Outline) -> list[LexborNode]:
    """What belongs to the last record: no more than the others have, and nothing that ends an article."""
    inner = {n.tag for g in gaps[:-1] for n in g}
    most = max((_size(g, outline) for g in gaps[:-1]), default=0)
    kept: list[LexborNode] = []
    for node in gaps[-1]:
        strange = node.tag in _ENDINGS or (
            node.tag in _HEADINGS | {"div", "section", "hr", "ul", "table"} and node.tag not in inner
        )
        if strange or _size([*kept, node], outline) > 3 * most + 400:
            break
        kept.append(node)
    return kept


def _headings_before(holders: list[LexborNode], starts: set[int]) -> dict[int, list[LexborNode]]:
    """Headings that stand before the holders, where most have one."""
    found: dict[int, list[LexborNode]] = {}
    for holder in holders:
        before = _sibling_before(holder)
        if before is not None and before.mem_id not in starts and _is_heading(before):
            found[holder.mem_id] = [before]
    return found if len(found) > 0.6 * len(holders) else {}


def _sibling_before(node: LexborNode) -> LexborNode | None:
    before = node.prev
    while before is not None and before.is_text_node and (before.text_content or "").isspace():
        before = before.prev
    return before


def _following(holder: LexborNode, starts: set[int]) -> list[LexborNode]:
    found, here = [], holder.next
    while here is not None and here.mem_id not in starts:
        if not (here.is_text_node and (here.text_content or "").isspace()):
            found.append(here)
        here = here.next
    return found


def _preceding(holder: LexborNode) -> list[LexborNode]:
    found, here = [], holder.prev
    while here is not None:
        if not (here.is_text_node and (here.text_content or "").isspace()):
            found.append(here)
        here = here.prev
    return found[::-1]


def _is_heading(node: LexborNode) -> bool:
    if node.tag in _HEADINGS:
        return True
    if node.tag in INLINE or node.is_text_node:
        return node.tag in {"b", "strong"}
    text = node.text(strip=True)
    if not 2 < len(text) <= 160:
        return False
    bold = node.css_first("h1, h2, h3, h4, h5, h6, b, strong")
    return bold is not None and len(bold.text(strip=True)) >= 0.9 * len(text)


def _record(mark: Mark, nodes: list[LexborNode], outline: Outline) -> Record:
    return Record(mark, nodes, outline.index.get(nodes[0].mem_id, 0), outline.end(nodes[-1]))


def _size(nodes: Iterable[LexborNode], outline: Outline) -> int:
    return sum(outline.chars(outline.index[n.mem_id], outline.end(n)) for n in nodes if n.mem_id in outline.index)


def _any_text(nodes: Iterable[LexborNode], outline: Outline) -> bool:
    return _size(nodes, outline) > 0


def _median(numbers: Sequence[int]) -> int:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0
