"""Days that head several items without times of their own: each item is a record of its day."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from feeder.extract.inferred.outline import HEADINGS, INLINE, LINK
from feeder.extract.inferred.series import Record, Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import NodeRuns, Outline

_TITLES = HEADINGS | LINK | {"summary"}
_NO_ITEMS = INLINE | {"td", "th", "table", "tbody", "ul", "ol", "dl"}
_CELL = frozenset({"td"})
_TITLE = 8  # characters from which on words are a title
_FIRST = 3  # texts of an item among which its title is
_SOME = 0.2
_NEARLY_ALL = 0.8
_MOST = 0.6  # share of what the days say that is in their items

# By tag and class, and by the number of the record, the elements built so.
Builds: TypeAlias = "dict[tuple[str, str], dict[int, list[int]]]"


def split_days(series: Series, marks: Sequence[Mark]) -> Series:
    """Returns the items under the days of a series as one of their own.

    The series itself where there are none.
    """
    if not series.marks or not all(mark.of_day for mark in series.marks):
        return series
    best = _find_items(series, [mark.index for mark in marks])
    if not best:
        return series
    records = [
        Record(record.mark, (item,), item, series.outline.end(item))
        for record, items in zip(series.records, best, strict=True)
        for item in items
    ]
    return Series([r.mark for r in records], series.path, records, region=series.region)


def _find_items(series: Series, places: Sequence[int]) -> NodeRuns:
    """The items of each record, of the build that says most; empty where none says enough."""
    outline = series.outline
    spans = [(record.start, record.end, record.mark.index) for record in series.records]
    said = sum(outline.chars(start, end) - outline.said(mark) for start, end, mark in spans)
    labelled = _are_labelled(series)
    best: NodeRuns = []
    most = _MOST * said
    for built in _builds(series).values():
        found = [built.get(at, []) for at in range(len(series.records))]
        held = sum(outline.said(item) for items in found for item in items)
        if held > most and _are_items(found, places, outline, labelled=labelled):
            best, most = found, held
    return best


def _builds(series: Series) -> Builds:
    """The blocks in each record but around its day, by tag and class; none within its like."""
    outline = series.outline
    found: Builds = {}
    for at, record in enumerate(series.records):
        for node in range(record.start, record.end):
            tag = outline.tags[node]
            if tag in _NO_ITEMS or node <= record.mark.index < outline.end(node):
                continue
            if tag == "tr" and not outline.inside(node, _CELL):
                continue  # the heads of the columns
            called = outline.attributes(node).get("class", "").partition(" ")[0]
            items = found.setdefault((tag, called), {}).setdefault(at, [])
            if not items or node >= outline.end(items[-1]):
                items.append(node)
    return found


def _are_labelled(series: Series) -> bool:
    """Whether the same words stand before nearly all days: "Published on 2 May 2022"."""
    rests = Counter(mark.rest for mark in series.marks)
    words, count = next(iter(rests.most_common(1)), ("", 0))
    return any(map(str.isalpha, words)) and count >= _NEARLY_ALL * len(series.marks)


def _are_items(found: NodeRuns, places: Sequence[int], outline: Outline, *, labelled: bool) -> bool:
    """Whether nearly all days hold such elements, some several, with titles and without times."""
    items = [item for each in found for item in each]
    if len(items) <= len(found) or sum(map(bool, found)) < _NEARLY_ALL * len(found):
        return False
    timed = [bisect_left(places, i) < bisect_left(places, outline.end(i)) for i in items]
    if sum(timed) > _SOME * len(items):
        return False
    titles = [title for item in items if (title := _title(item, outline, run_on=labelled))]
    return len(titles) >= _NEARLY_ALL * len(items) and len(set(titles)) >= 0.7 * len(items)


def _title(item: int, outline: Outline, *, run_on: bool) -> str:
    """Returns the heading, or the link at the end of its line, that an item begins with.

    With `run_on` words may follow the link, and are a part of the title. "": there is none.
    """
    end = outline.end(item)
    texts = [place for place, _ in outline.between(item, end)]
    for node in outline.tagged(_TITLES, item, texts[: _FIRST + 1][-1] if texts else item):
        last = outline.end(node)
        if run_on:
            return outline.text(item)
        if outline.said(node) < _TITLE:
            continue
        after = next((place for place in texts if place >= last), end)
        alone = not INLINE.issuperset(outline.tags[last:after])
        return outline.text(node) if alone or after == end else ""
    return ""
