"""Time marks: everything in a page that can be the time of a record.

Attributes that state a time, and printed times that stand out (`blocks_printed`). A time in the middle of prose, in a
caption or in a quotation is no mark.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feeder.extract import blocks_printed
from feeder.extract.mark import SHORT, Mark, misplaced
from feeder.extract.outline import INLINE
from feeder.extract.times import stamp_of
from feeder.when import normal, whole
from feeder.when.words import UPDATED, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from feeder.extract.outline import Outline


_MOST = 6_000  # marks; a page with more is no live page
# data-* attributes that hold a time: an ISO date under any name, an epoch under one that speaks of time.
# Sought in small letters from "data-" on: a search that begins with letters runs ahead to them.
_DATA = re.compile(
    r"""(data-(?<=\sdata-)[\w-]+)\s*=\s*["']?(?=\d)(?:\d{4}-\d\d-\d\d[t ]|(?<=["'])(?:\d{10}|\d{13}|\d{14})["'])"""
)
_TIMELY = re.compile(r"time|date|stamp|utc|epoch|sort|publish|creat|updat|modif|-ts$", re.IGNORECASE)
_UPDATING = re.compile(r"updat|modif|edit|chang", re.IGNORECASE)


def marks(tree: LexborHTMLParser, markup: str, outline: Outline) -> list[Mark]:
    """All marks in document order."""
    found = {m.index: m for m in _stated(tree, markup, outline)}
    covered = _covered(found.values(), outline)
    for mark in blocks_printed.printed(outline, covered):
        if mark.index not in covered:
            found.setdefault(mark.index, mark)
        if len(found) > _MOST:
            return []
    for mark in found.values():
        mark.updating = _is_updating(mark, outline)
        if mark.stamp.shape == "relative":
            _explained(mark)
    return [found[n] for n in sorted(found)]


def _explained(mark: Mark) -> None:
    """A relative time often has the absolute one in its title."""
    here: LexborNode | None = mark.node
    for _ in range(2):
        if here is None or here.is_text_node:
            return
        attributes = here.attributes
        for name in ("title", "aria-label", "data-title", "data-tooltip"):
            value = attributes.get(name)
            if value and (stamp := stamp_of(normal(value))) and (stamp.at or (stamp.dated and stamp.hour is not None)):
                mark.stamp, mark.printed, mark.attribute = stamp, mark.stamp, name
                return
        here = here.parent


def _is_updating(mark: Mark, outline: Outline) -> bool:
    """By its words, else by what its attributes are called."""
    label = mark.stamp.label or (mark.printed.label if mark.printed else "") or _label(mark, outline)
    if label:
        return label == "updated"
    attributes = mark.node.attributes
    names = [mark.attribute, *(attributes.get(n) or "" for n in ("itemprop", "property", "class"))]
    return any(_UPDATING.search(name) for name in names if "publish" not in name.lower())


def _label(mark: Mark, outline: Outline) -> str:
    """The word before a time in the same block: "Updated at <time>"."""
    last = outline.before(mark.index)
    if last < 0 or outline.tags[last] not in INLINE:
        return ""
    text = outline.nodes[last].text(separator=" ").strip().rstrip(":")
    return "updated" if any(fold(w) in UPDATED for w in text.rsplit(None, 2)[-2:]) else ""


def _stated(tree: LexborHTMLParser, markup: str, outline: Outline) -> Iterator[Mark]:
    small = markup.lower()
    data = set(_DATA.findall(small))
    names = ["datetime", *sorted(n for n in data if _TIMELY.search(n) or _iso_named(small, n))]
    seen: set[int] = set()
    for node in tree.css(", ".join(["time", "[itemprop*=date i][content]", *(f"[{n}]" for n in names)])):
        index = outline.index.get(node.mem_id, -1)
        if index < 0 or index in seen or misplaced(index, outline):
            continue
        mark = _attributed(node, index, names)
        if mark is not None and not (mark.holds and _in_prose(index, outline)):
            seen.add(index)
            yield mark


def _in_prose(index: int, outline: Outline) -> bool:
    """Whether it is a part of a paragraph: a link's own date is that of the page which it leads to."""
    around = outline.parents[index]
    if outline.tags[index] not in INLINE or around < 0 or outline.tags[around] != "p":
        return False
    return outline.chars(around, outline.ends[around]) > 1.5 * outline.chars(index, outline.ends[index]) + 20


def _iso_named(markup: str, name: str) -> bool:
    return re.search(rf"{name}(?<=\s{name})\s*=\s*[\"']?\d{{4}}-\d\d-\d\d[t ]", markup) is not None


def _attributed(node: LexborNode, index: int, names: list[str]) -> Mark | None:
    attributes = node.attributes
    text = _short_text(node)
    printed = whole(text) if text else None
    for name in (*names, "content"):
        value = attributes.get(name)
        if value and (stamp := stamp_of(value)) and (stamp.dated or stamp.at):
            holds = printed is None and "time" not in (node.tag or "") and bool(node.text(strip=True))
            return Mark(node, index, "own", stamp, printed, attribute=name, holds=holds)
    if printed is not None and node.tag == "time":
        return Mark(node, index, "own", printed)
    return None


def _short_text(node: LexborNode) -> str:
    text = node.text(separator=" ")
    return normal(text) if len(text) < 4 * SHORT else ""


def _covered(found: Iterable[Mark], outline: Outline) -> set[int]:
    """The nodes inside those that state a time themselves, where they are no more than that."""
    covered: set[int] = set()
    for mark in found:
        end = outline.ends[mark.index]
        if not mark.holds and outline.chars(mark.index, end) < SHORT:
            covered.update(range(mark.index, end))
    return covered
