"""Time marks: everything in a page that can be the time of a record.

Attributes that state a time, and printed times that stand out (`blocks_printed`). A time in the
middle of prose, in a caption or in a quotation is no mark.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from feeder.cache import recalled
from feeder.extract.inferred import printed_times
from feeder.extract.inferred.mark import SHORT, Mark, misplaced
from feeder.extract.inferred.outline import INLINE, TEXT, attributes
from feeder.extract.page.times import stamp_of
from feeder.when import normal, whole
from feeder.when.vocabulary import UPDATED, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from feeder.extract.inferred.outline import Outline, Placed
    from feeder.extract.inferred.stretch import Stretch
    from feeder.when import Stamp


_MOST = 6_000  # marks; a page with more is no live page
# data-* attributes that hold a time: an ISO date under any name, an epoch under one that speaks of
# time.
_DATA = re.compile(r' (data-[\w-]+)="(?=\d)(?:(\d{4}-\d\d-\d\d[Tt ])|(?:\d{10}|\d{13}|\d{14})")')
_DATED = re.compile(r' itemprop="[^"]*date', re.IGNORECASE)
_TIMELY = re.compile(
    r"time|date|stamp|utc|epoch|sort|publish|creat|updat|modif|-ts$", re.IGNORECASE
)
_UPDATING = re.compile(r"updat|modif|edit|chang", re.IGNORECASE)
_UPDATED = re.compile(
    r"updated|modif|edited|changed|last-?upd", re.IGNORECASE
)  # "update-time" is that of an update
_EXPLAINING = ("title", "aria-label", "data-title", "data-tooltip")


class _Stating(NamedTuple):
    """The elements of a stretch that may state a time, and the data attributes by which they do."""

    places: tuple[int, ...]
    names: frozenset[str]


def marks(outline: Outline) -> list[Mark]:
    """All marks in document order."""
    names = _names(outline)
    inner, loose = _known(names, outline)
    found = {mark.index: mark for placed in loose for mark in _stated(placed, names, outline)}
    covered = _covered(found.values(), outline)
    for placed in loose:
        for mark in printed_times.printed(placed, covered, outline):
            if mark.index not in covered:
                found.setdefault(mark.index, mark)
    if len(found) + len(inner) > _MOST:
        return []
    for mark in found.values():
        mark.updating = _is_updating(mark, outline)
        if mark.stamp.shape == "relative":
            _explained(mark, outline)
    _remember(found, [p for p in loose if p.made.whole and p.first not in covered], names, outline)
    found |= {mark.index: mark for mark in inner if mark.index not in covered}
    return [found[n] for n in sorted(found)]


def _known(names: tuple[str, ...], outline: Outline) -> tuple[list[Mark], list[Placed]]:
    """The marks of stretches that were read before, and the stretches that were not."""
    inner: list[Mark] = []
    loose: list[Placed] = []
    for placed in outline.stretches:
        known = placed.made.facts.get(names)
        if known is None:
            loose.append(placed)
        elif known and not misplaced(placed.first, outline):
            inner += [mark.moved(placed.first) for mark in known]
    return inner, loose


def _remember(
    found: Mapping[int, Mark], read: Iterable[Placed], names: tuple[str, ...], outline: Outline
) -> None:
    """What is a mark inside a block hangs on nothing outside, but on where the block itself stands."""
    places = sorted(found)
    for made, first, *_ in read:
        inside = places[bisect_left(places, first) : bisect_left(places, first + len(made.tags))]
        roots = {first + place for place, _ in made.roots}
        if roots.isdisjoint(inside) and not misplaced(first, outline):
            made.facts[names] = tuple([found[place].moved(-first) for place in inside])


def _explained(mark: Mark, outline: Outline) -> None:
    """A relative time often has the absolute one in its title."""
    for index in outline.above(mark.index, 2):
        if outline.tags[index] == TEXT:
            return
        attributes = outline.attributes(index)
        for name in _EXPLAINING:
            value = attributes.get(name)
            if (
                value
                and (stamp := stamp_of(normal(value)))
                and (stamp.at or (stamp.dated and stamp.hour is not None))
            ):
                mark.stamp, mark.printed, mark.attribute = stamp, mark.stamp, name
                return


def _is_updating(mark: Mark, outline: Outline) -> bool:
    """By its words, else by what its attributes are called."""
    label = (
        mark.stamp.label or (mark.printed.label if mark.printed else "") or _label(mark, outline)
    )
    if label:
        return label == "updated"
    return _updating_named(outline.opening(mark.index), mark.attribute)


@recalled(1024)
def _updating_named(opening: str, attribute: str) -> bool:
    stated = attributes(opening)
    if _UPDATING.search(attribute):
        return True
    names = [stated.get(n, "") for n in ("itemprop", "property", "class")]
    return any(_UPDATED.search(name) for name in names if "publish" not in name.lower())


def _label(mark: Mark, outline: Outline) -> str:
    """The word before a time in the same block: "Updated at <time>"."""
    last = outline.before(mark.index)
    if last < 0 or outline.tags[last] not in INLINE:
        return ""
    text = outline.text(last).strip().rstrip(":")
    return "updated" if any(fold(w) in UPDATED for w in text.rsplit(None, 2)[-2:]) else ""


def _names(outline: Outline) -> tuple[str, ...]:
    """The attributes by which the page states times."""
    data = frozenset().union(
        *(outline.fact(_stating, placed).names for placed in outline.stretches)
    )
    return ("datetime", *sorted(data), "content")


def _stated(placed: Placed, names: tuple[str, ...], outline: Outline) -> Iterator[Mark]:
    for place in outline.fact(_stating, placed).places:
        index = placed.first + place
        mark = None if misplaced(index, outline) else _attributed(index, names, outline)
        if mark is not None and not (mark.holds and _in_prose(index, outline)):
            yield mark


def _stating(stretch: Stretch, markup: str) -> _Stating:
    data = [found for at in _all(" data-", markup) if (found := _DATA.match(markup, at))]
    dated = [at for at in _all(" itemprop=", markup) if _DATED.match(markup, at)]
    stated = [
        *_all("<time", markup),
        *_all(" datetime=", markup),
        *dated,
        *(found.start() for found in data),
    ]
    starts = {markup.rfind("<", 0, at + 1) for at in stated}
    places = tuple([place for place, start in enumerate(stretch.starts) if start in starts])
    return _Stating(places, frozenset(m[1] for m in data if m[2] or _TIMELY.search(m[1])))


def _all(words: str, markup: str) -> Iterator[int]:
    """Wherever they stand: without a pattern, that would look at every space."""
    at = markup.find(words)
    while at >= 0:
        yield at
        at = markup.find(words, at + 1)


def _in_prose(index: int, outline: Outline) -> bool:
    """Whether it is a part of a paragraph: a link's own date is that of the page which it leads to."""
    around = outline.parent(index)
    if outline.tags[index] not in INLINE or around < 0 or outline.tags[around] != "p":
        return False
    return outline.said(around) > 1.5 * outline.said(index) + 20


def _attributed(index: int, names: tuple[str, ...], outline: Outline) -> Mark | None:
    text = outline.text(index)
    printed = whole(text) if text and len(text) < 4 * SHORT else None
    attribute, stamp = _stated_by(outline.opening(index), names)
    tag = outline.tags[index]
    if stamp is not None:
        return Mark(
            index,
            "own",
            stamp,
            printed,
            attribute=attribute,
            holds=bool(text) and printed is None and "time" not in tag,
        )
    return Mark(index, "own", printed) if printed is not None and tag == "time" else None


@recalled(4096)
def _stated_by(opening: str, names: tuple[str, ...]) -> tuple[str, Stamp | None]:
    """The first of these attributes that is a time, and that."""
    stated = attributes(opening)
    for name in names:
        value = stated.get(name)
        if value and (stamp := stamp_of(value)) and (stamp.dated or stamp.at):
            return name, stamp
    return "", None


def _covered(found: Iterable[Mark], outline: Outline) -> set[int]:
    """The nodes inside those that state a time themselves, where they are no more than that."""
    covered: set[int] = set()
    for mark in found:
        end = outline.end(mark.index)
        if not mark.holds and outline.chars(mark.index, end) < SHORT:
            covered.update(range(mark.index, end))
    return covered
