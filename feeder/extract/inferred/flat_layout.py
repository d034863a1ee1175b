"""Records of a flat layout: runs of siblings, from a mark on or up to it.

Where a run begins is told by what stands before the first time and after the last one, by empty
nodes that part the runs, and by headings.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.extract.inferred.outline import HEADINGS, TEXT
from feeder.extract.inferred.series import Record, is_heading, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import NodeRuns, Outline
    from feeder.extract.inferred.series import Series

_MORE = 10  # letters behind a time with which its block goes on
_ENDINGS = frozenset({"nav", "aside", "footer", "form", "script", "iframe"})
_PARTING = HEADINGS | {"div", "section", "hr", "ul", "table"}


def flat_records(
    made: Series,
    holders: list[int],
    gaps: NodeRuns,
) -> list[Record]:
    """Runs of siblings: each begins so many nodes before its mark's block."""
    outline = made.outline
    lead = [*outline.before_all(holders[0])][::-1]
    heads = _before_mark(made, holders, gaps)
    if heads is None:  # all that stands between two times is the latter one's
        starts = [_lead(lead, gaps, outline), *gaps[:-1]]
        rests: NodeRuns = [[] for _ in holders]
    else:
        starts = [lead[len(lead) - heads :], *(_last(gap, heads) for gap in gaps[:-1])]
        starts = [run if _any_text(run, outline) else [] for run in starts]
        rests = _rests(gaps, starts, outline)
    runs = zip(made.marks, starts, holders, rests, strict=True)
    return [record_of(mark, [*run, h, *rest]) for mark, run, h, rest in runs]


def _lead(lead: list[int], gaps: NodeRuns, outline: Outline) -> list[int]:
    """Returns what stands before the first time and is its record's: as much as others have."""
    if gaps[0] and is_heading(gaps[0][0], outline):
        headings = [at for at, node in enumerate(lead) if is_heading(node, outline)]
        return lead[max(headings, default=0) :]
    return lead[-max(median([len(gap) for gap in gaps[:-1]]), 1) :]


def _rests(gaps: NodeRuns, starts: NodeRuns, outline: Outline) -> NodeRuns:
    """Returns what stands behind each time and is no start of the next record."""
    pairs = zip(gaps[:-1], starts[1:], strict=True)
    rests = [gap[: len(gap) - len(after)] for gap, after in pairs]
    if not any(starts):
        rests = [_without_last_headings(rest, outline) for rest in rests]
    return [*rests, _bounded(gaps, outline)]


def _without_last_headings(nodes: list[int], outline: Outline) -> list[int]:
    """Returns the nodes up to headings at their end, which speak of what follows."""
    kept = list(nodes)
    while kept and outline.tags[kept[-1]] in HEADINGS:
        kept.pop()
    return kept


def _last(nodes: list[int], count: int) -> list[int]:
    return nodes[len(nodes) - count :] if 0 < count <= len(nodes) else []


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What stands around and between the times of a flat layout."""

    before: int  # nodes before the first time that are built as those before others
    after: int  # nodes after the last one that are built as those after others
    usual: int  # nodes with words between two times
    headed: bool  # a heading follows most times
    titled: bool  # a heading precedes most times
    timed: bool  # most times are headings
    led: bool  # words stand before the first time

    @property
    def begins_above(self) -> bool:
        if not self.headed or self.timed or not self.led:
            return False
        return self.before >= self.usual or not self.after


def _before_mark(
    made: Series,
    holders: list[int],
    gaps: NodeRuns,
) -> int | None:
    """How many nodes before its time a record begins; None: with all that follows the time before.

    What stands before the first time and after the last one says where the period begins, as do
    empty nodes that part records, and headings.
    """
    outline = made.outline
    first, last = _longest_run([outline.parent(holder) for holder in holders])
    between = [gap for gap in gaps[first:last] if gap]
    led = 2 * len(between) <= last - first and _are_led(made)
    if not between or led or _begin_their_blocks(made, holders):
        return 0
    seen = _look_around(
        holders, between, gaps[last], [*outline.before_all(holders[first])], outline
    )
    return _count_heads(seen, between, outline)


def _look_around(
    holders: list[int],
    between: NodeRuns,
    rest: list[int],
    lead: list[int],
    outline: Outline,
) -> _Surroundings:
    return _Surroundings(
        before=_alike_from(lead, [gap[::-1] for gap in between], outline),
        after=_alike_from(rest, between, outline),
        usual=median([sum(outline.said(n) > 0 for n in gap) for gap in between]),
        headed=_are_headings([gap[0] for gap in between], outline),
        titled=_are_headings([gap[-1] for gap in between], outline),
        timed=_are_headings(holders, outline),
        led=_any_text(lead, outline),
    )


def _count_heads(seen: _Surroundings, between: Sequence[list[int]], outline: Outline) -> int | None:
    if seen.begins_above:
        return None
    if seen.after >= max(seen.before, 1) or seen.timed:
        return int(seen.titled and seen.before > 0 and not seen.timed)
    if not seen.before:
        return 0
    if parted := _parted(between, outline):
        return parted
    if seen.titled:
        return 1
    return 0 if seen.after else None


def _are_headings(nodes: Sequence[int], outline: Outline) -> bool:
    return sum(is_heading(node, outline) for node in nodes) > 0.6 * len(nodes)


def _longest_run(values: Sequence[int]) -> tuple[int, int]:
    """Returns the first and the last place of the most frequent value."""
    usual, _ = Counter(values).most_common(1)[0]
    places = [at for at, value in enumerate(values) if value == usual]
    return places[0], places[-1]


def _alike_from(nodes: list[int], gaps: Sequence[list[int]], outline: Outline) -> int:
    """How many nodes with words, in a row, are built as those in the same places of gaps."""
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
    """Returns how many nodes follow the last empty one in most gaps; 0: there is none."""
    counts = Counter(
        next((at for at, node in enumerate(reversed(gap)) if outline.said(node) == 0), 0)
        for gap in gaps
    )
    count, of = counts.most_common(1)[0]
    return count if of > 0.6 * len(gaps) else 0


def _are_led(made: Series) -> bool:
    """Returns whether the records are paragraphs that begin with their times."""
    return all(mark.form == "lead" and len(mark.rest) > _MORE for mark in made.marks)


def _begin_their_blocks(made: Series, holders: list[int]) -> bool:
    """Whether most times begin a block whose words go on after them: nothing above is theirs."""
    pairs = (
        (made.outline.text(mark.index).strip(), made.outline.text(holder).strip())
        for mark, holder in zip(made.marks, holders, strict=True)
    )
    leading = sum(
        bool(time) and words.startswith(time) and len(words) > len(time) + _MORE
        for time, words in pairs
    )
    return 2 * leading > len(holders)


def _bounded(gaps: NodeRuns, outline: Outline) -> list[int]:
    """The last record's nodes: no more than others have, and nothing that ends an article."""
    inner = {outline.tags[n] for gap in gaps[:-1] for n in gap}
    most = max((words_in(gap, outline) for gap in gaps[:-1]), default=0)
    strange = _ENDINGS | (_PARTING - inner)
    kept: list[int] = []
    size = 0
    for node in gaps[-1]:
        size += words_in([node], outline)
        if outline.tags[node] in strange or size > 3 * most + 400:
            break
        kept.append(node)
    return kept


def _any_text(nodes: Iterable[int], outline: Outline) -> bool:
    return words_in(nodes, outline) > 0


def record_of(mark: Mark, tops: list[int]) -> Record:
    return Record(mark, tuple(tops), tops[0], mark.outline.end(tops[-1]))


def median(numbers: Sequence[int]) -> int:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0
