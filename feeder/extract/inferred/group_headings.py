"""What records stand under: the name of an incident, a match or a topic, and where it links to.

A heading names a group where it stands outside all records, is no day or period, and others of its
build head other records. Where each heads one record only, it is that record's title, and no group.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from feeder.extract.inferred.outline import BOLD, HEADINGS, INLINE, LINK
from feeder.extract.inferred.series import is_heading
from feeder.model import Group
from feeder.when import spans, whole

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Record
    from feeder.extract.page.parsed_page import ParsedPage

_HEADLIKE = HEADINGS | BOLD | LINK | {"summary", "caption", "legend"}
_LONGEST = 160  # characters of a name
_NEARLY = 0.6  # share of an element's words that are its name
_MOST = 5000  # headings and links that are looked at
_PERIOD = re.compile(r"[^\W\d]*[\s.,]*(?:19|20)\d\d\W*|(?:19|20)\d\d\s?年(?:\s?\d{1,2}\s?月)?")


def named_groups(
    records: Sequence[Record], urls: Sequence[str | None], page: ParsedPage
) -> list[Group | None]:
    """For each record the group that it stands in; None for all where nothing names groups.

    `urls` are the records' own: those that lead to pages of their own need no other name.
    """
    starts = [record.start for record in records]
    found: dict[Hashable, dict[int, int]] = {}
    for heading in _outside(records, starts):
        last = _heads_up_to(heading, starts, page.outline)
        headed = found.setdefault(_build(heading, page.outline), {})
        for at in range(bisect_left(starts, heading), last):
            headed[at] = heading  # a later one is nearer
    best = max(found.values(), key=lambda headed: _worth(headed, len(records)), default={})
    if _worth(best, len(records)) <= 0:
        return [None] * len(records)
    names = {heading: _group(heading, page) for heading in set(best.values())}
    groups = [names[best[at]] if at in best else None for at in range(len(records))]
    away = sum(_leads_away(url, group) for url, group in zip(urls, groups, strict=True))
    return groups if 2 * away <= len(records) else [None] * len(records)


def _leads_away(url: str | None, group: Group | None) -> bool:
    """Returns whether a record has an address that is no place in its group's page."""
    if not url:
        return False
    return not (group and group.url) or url.partition("#")[0] != group.url.partition("#")[0]


def _outside(records: Sequence[Record], starts: Sequence[int]) -> Iterator[int]:
    """Blocks outside the records that are a heading, words in bold or one link."""
    outline = records[0].outline
    seen = -1
    for node in outline.tagged(_HEADLIKE, 0, starts[-1])[:_MOST]:
        at = bisect_left(starts, node + 1) - 1
        block = _block(node, outline)
        if block <= seen or (at >= 0 and node < records[at].end):
            continue
        seen = block
        name = outline.words(block)
        if 2 < len(name) <= _LONGEST and _is_name(block, name, outline):
            yield block


def _block(node: int, outline: Outline) -> int:
    """Returns the largest element that a heading, a link or words in bold nearly fill.

    -1: it is in a line.
    """
    around = outline.parent(node)
    while around > 0 and outline.said(around) * _NEARLY <= outline.said(node):
        node, around = around, outline.parent(around)
    if outline.tags[node] not in INLINE or around < 0:
        return node
    beside = [n for n in outline.children(around) if n != node and outline.tags[n] in INLINE]
    return -1 if any(outline.said(n) for n in beside) else node


def _is_name(block: int, name: str, outline: Outline) -> bool:
    """Returns whether a block can name a group: a heading or a link that speaks of no time."""
    if spans(name) or whole(f"{name} 12:00") or _PERIOD.fullmatch(name):
        return False
    return outline.tags[block] == "a" or bool(
        outline.inside(block, _HEADLIKE) or is_heading(block, outline)
    )


def _heads_up_to(heading: int, starts: Sequence[int], outline: Outline) -> int:
    """How far the element goes that holds a heading and records below it: the place of a record."""
    around, first = heading, bisect_left(starts, heading)
    while around >= 0 and not (first < len(starts) and starts[first] < outline.end(around)):
        around = outline.parent(around)
    return bisect_left(starts, outline.end(around)) if around >= 0 else first


def _build(heading: int, outline: Outline) -> Hashable:
    called = outline.attributes(heading).get("class", "").split()[:1]
    return outline.tags[heading], *called


def _worth(headed: dict[int, int], records: int) -> int:
    """Returns how many records the headings of one build name.

    Nothing where each has its own, or all one.
    """
    headings = set(headed.values())
    if len(headings) < 2 or len(headed) < 0.6 * records or len(headed) <= len(headings):
        return 0
    return len(headed) + len(headings)


def _group(block: int, page: ParsedPage) -> Group:
    """The group that a block names: by the heading or the link in it, where there is one."""
    outline = page.outline
    end = outline.end(block)
    links, headings = outline.tagged(LINK, block, end), outline.tagged(HEADINGS, block, end)
    above = outline.parent(block)
    linked = links[:1] or ([above] if outline.tags[above] == "a" else [])
    href = outline.attributes(linked[0]).get("href") if linked else None
    named = next((n for n in [*headings, *links] if outline.said(n) > 2), block)
    return Group(outline.words(named), page.absolute(href) if href else None)
