"""Time marks: everything in a page that can be the time of a record.

Attributes that state a time, and printed times that stand out (`blocks_printed`). A time in the
middle of prose, in a caption or in a quotation is no mark.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feeder.extract.inferred import printed_times
from feeder.extract.inferred.mark import SHORT, Mark, misplaced
from feeder.extract.inferred.outline import INLINE, TEXT
from feeder.extract.page.kind import once
from feeder.extract.page.times import stamp_of
from feeder.when import normal, whole
from feeder.when.folding import fold
from feeder.when.lexicon import senses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.when import Stamp


_MOST = 60_000  # marks of a page
_PLENTY = 10_000  # times that attributes state, beside which none that is only printed is sought
# data-* attributes that hold a time: an ISO date under any name, an epoch under one that speaks of
# time.
_DATA = re.compile(r"\d{4}-\d\d-\d\d[Tt ]|(?:\d{10}|\d{13}|\d{14})(?=[\"'\s>]|$)")
_WRITTEN_DATA = re.compile(rf"(data-[\w-]+)\s*=\s*[\"']?({_DATA.pattern})", re.ASCII)
_NAMES = 50  # of data-* attributes that hold a time
_DATED = "time, [datetime], [itemprop*=date i]"
_TIMELY = re.compile(
    r"time|date|stamp|utc|epoch|sort|publish|creat|updat|modif|-ts$", re.IGNORECASE
)
_UPDATING = re.compile(r"updat|modif|edit|chang", re.IGNORECASE)
_UPDATED = re.compile(
    r"updated|modif|edited|changed|last-?upd", re.IGNORECASE
)  # "update-time" is that of an update
_EXPLAINING = ("title", "aria-label", "data-title", "data-tooltip")


@once
def marks(page: ParsedPage) -> list[Mark]:
    """Returns all marks in document order."""
    found = {mark.index: mark for mark in _stated(page)}
    covered = _covered(found.values(), page.outline)
    printed = printed_times.printed(covered, page.outline) if len(found) < _PLENTY else ()
    for mark in printed:
        if mark.index not in covered:
            found.setdefault(mark.index, mark)
    ordered = [found[n] for n in sorted(found)[:_MOST]]
    for mark in ordered:
        mark.updating = _is_updating(mark)
        if mark.stamp.shape == "relative":
            _explained(mark)
    return ordered


def _explained(mark: Mark) -> None:
    """A relative time often has the absolute one in its title."""
    outline = mark.outline
    for index in outline.above(mark.index, 2):
        if outline.tags[index] == TEXT:
            return
        attributes = outline.attributes(index)
        for name in _EXPLAINING:
            value = attributes.get(name)
            if (
                value
                and (stamp := stamp_of(normal(value)) or stamp_of(value.partition(" ")[0]))
                and (stamp.at or (stamp.dated and stamp.hour is not None))
            ):
                mark.stamp, mark.printed, mark.attribute = stamp, mark.stamp, name
                return


def _is_updating(mark: Mark) -> bool:
    """By its words, else by what its attributes are called."""
    label = mark.stamp.label or (mark.printed.label if mark.printed else "") or _label(mark)
    if label:
        return label == "updated"
    return _updating_named(mark.outline.attributes(mark.index), mark.attribute)


def _updating_named(stated: Mapping[str, str], attribute: str) -> bool:
    if _UPDATING.search(attribute):
        return True
    names = [stated.get(n, "") for n in ("itemprop", "property", "class")]
    return any(_UPDATED.search(name) for name in names if "publish" not in name.lower())


def _label(mark: Mark) -> str:
    """Returns the word before a time in the same block: "Updated at <time>"."""
    outline = mark.outline
    last = outline.before(mark.index)
    if last < 0 or outline.tags[last] not in INLINE:
        return ""
    text = outline.text(last).strip().rstrip(":")
    return "updated" if any(senses(fold(w)).get("L") for w in text.rsplit(None, 2)[-2:]) else ""


def _stated(page: ParsedPage) -> Iterator[Mark]:
    """Yields the times that attributes state, and those that a <time> holds."""
    outline = page.outline
    data = _data_names(page.markup)
    names = ("datetime", *data, "content")
    for index in outline.matching(", ".join((_DATED, *(f"[{name}]" for name in data)))):
        if not _states_time(index, data, outline):
            continue
        mark = None if misplaced(index, outline) else _attributed(index, names, outline)
        if mark is not None and not (mark.holds and _in_prose(index, outline)):
            yield mark


def _data_names(markup: str) -> list[str]:
    """Returns the data attributes by which elements of a page state times."""
    written = set(_WRITTEN_DATA.findall(markup))
    timely = {name.lower() for name, value in written if "-" in value or _TIMELY.search(name)}
    return sorted(timely)[:_NAMES]


def _states_time(index: int, data: Sequence[str], outline: Outline) -> bool:
    """Returns whether an element is a <time>, or has an attribute that is one."""
    stated = outline.attributes(index)
    if outline.tags[index] == "time" or "datetime" in stated:
        return True
    dated = "date" in stated.get("itemprop", "").lower()
    return dated or any(_DATA.match(stated.get(name, "")) for name in data)


def _in_prose(index: int, outline: Outline) -> bool:
    """Returns whether it is a part of a paragraph: a link's own date is that of where it leads."""
    around = outline.parent(index)
    if outline.tags[index] not in INLINE or around < 0 or outline.tags[around] != "p":
        return False
    return outline.said(around) > 1.5 * outline.said(index) + 20


def _attributed(index: int, names: tuple[str, ...], outline: Outline) -> Mark | None:
    text = outline.text(index)
    printed = whole(text) if text and len(text) < 4 * SHORT else None
    attribute, stamp = _stated_by(outline.attributes(index), names)
    tag = outline.tags[index]
    if stamp is not None:
        return Mark(
            outline,
            index,
            "own",
            _with_clock(stamp, printed),
            printed,
            attribute=attribute,
            holds=bool(text) and printed is None and "time" not in tag,
        )
    return Mark(outline, index, "own", printed) if printed is not None and tag == "time" else None


def _with_clock(stated: Stamp, printed: Stamp | None) -> Stamp:
    """The stated day with the printed clock, where the attribute states no more than the day."""
    if printed is None or printed.hour is None or stated.at is not None or stated.hour is not None:
        return stated
    if printed.dated and (printed.month, printed.day) != (stated.month, stated.day):
        return stated
    return printed._replace(year=stated.year, month=stated.month, day=stated.day)


def _stated_by(stated: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, Stamp | None]:
    """Returns the first of these attributes that is a time, and that."""
    for name in names:
        value = stated.get(name)
        if value and (stamp := stamp_of(value)) and (stamp.dated or stamp.at):
            return name, stamp
    return "", None


def _covered(found: Iterable[Mark], outline: Outline) -> set[int]:
    """The nodes inside those that state a time themselves, where they are no more than that."""
    covered: set[int] = set()
    for mark in found:
        end = mark.end
        if not mark.holds and outline.chars(mark.index, end) < SHORT:
            covered.update(range(mark.index, end))
    return covered
