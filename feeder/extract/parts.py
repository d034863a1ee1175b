"""The parts of a record: its blocks of text in order, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from feeder.extract.outline import BOLD, HEADINGS, INLINE
from feeder.when import normal

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from feeder.extract.blocks_series import Record
    from feeder.extract.mark import Mark
    from feeder.extract.outline import Outline

_CAPTIONS = frozenset({"figcaption", "figure", "picture", "caption"})
_QUOTED = frozenset({"blockquote", "table", "aside", "li", "pre"})
_UNREAD = frozenset({"button", "form", "nav", "select", "textarea", "noscript", "template", "svg", "label", "input"})
LINK = frozenset({"a"})
AFTER_TIME = " \t:|–—-•·,.)]"  # what may stand between a time and the words after it


@dataclass(slots=True)
class Part:
    """A block of text in a record."""

    node: LexborNode
    block: int  # its place in the outline
    index: int  # that of its first text
    text: str = ""
    path: str = ""
    bold: bool = True
    linked: bool = True
    heading: bool = False
    caption: bool = False
    quoted: bool = False
    unread: bool = False
    common: bool = False  # most records have it
    beside: bool = False  # shares a line with the time
    line: int = 0  # of what stands directly in a larger block, between line breaks
    texts: list[int] = field(default_factory=list)  # places of its texts in the outline


@dataclass(slots=True)
class Inside:
    """What a record comes to."""

    tops: tuple[int, ...]  # places of its own nodes
    headline: str = ""
    byline: tuple[str, ...] = ()
    gone: set[int] = field(default_factory=set)  # places of nodes that are not the body
    instead: dict[int, str] = field(default_factory=dict)  # texts of which something is left, and what
    link: LexborNode | None = None  # that the headline is

    def drop_part(self, part: Part, outline: Outline) -> None:
        """The whole block, unless other parts stand in it as well."""
        if not part.line and outline.count(part.block, outline.ends[part.block]) == len(part.texts):
            self.gone.add(part.block)
        else:
            self.gone.update(part.texts)


class _Standing(NamedTuple):
    """Where a text stands in its record."""

    depth: int  # how far above it its block is
    path: str  # of the block, in the record
    bold: bool
    linked: bool
    heading: bool
    caption: bool
    quoted: bool
    unread: bool


def parts_of(record: Record, tops: tuple[int, ...], outline: Outline) -> list[Part]:
    own = frozenset(tops)
    parts: list[Part] = []
    line = 0
    last = -1
    for index, text in outline.between(record.start, record.end):
        block, standing = _placed(index, own, outline)
        here = 0
        if block in own and outline.tags[block] in INLINE:
            line += _breaks(outline, last, index)
            here = line
        same = parts[-1] if parts else None
        if same is not None and (same.line == here if same.line or here else same.block == block):
            same.text += " " + text
            same.texts.append(index)
            same.bold &= standing.bold
            same.linked &= standing.linked
        else:
            made = Part(outline.nodes[block], block, index, text, *standing[1:], line=here, texts=[index])
            parts.append(made)
        last = index
    for part in parts:
        part.text = normal(part.text)
    return [p for p in parts if p.text]


def _breaks(outline: Outline, last: int, index: int) -> int:
    return int(last < 0 or any(tag not in INLINE for tag in outline.tags[last + 1 : index]))


def _placed(text: int, own: frozenset[int], outline: Outline) -> tuple[int, _Standing]:
    """The block that a text belongs to, and what it is inside it."""
    way, parents = [text], outline.parents
    while text not in own and parents[text] >= 0:
        text = parents[text]
        way.append(text)
    standing = _standing(tuple(map(outline.tags.__getitem__, way)))
    return way[standing.depth], standing


@lru_cache(maxsize=1024)
def _standing(way: tuple[str, ...]) -> _Standing:
    """By the tags from the text up to the record's own node."""
    depth = next((n for n, tag in enumerate(way) if tag not in INLINE), len(way) - 1)
    heading = not HEADINGS.isdisjoint(way)
    return _Standing(
        depth,
        ">".join(reversed(way[depth:])),
        bold=heading or not BOLD.isdisjoint(way[: depth + 1]),
        linked="a" in way,
        heading=heading,
        caption=not _CAPTIONS.isdisjoint(way),
        quoted=not _QUOTED.isdisjoint(way[depth:-1]),
        unread=not _UNREAD.isdisjoint(way[depth : depth + 4]),
    )


def holds(part: Part, mark: Mark, outline: Outline) -> bool:
    return part.block in outline.above(mark.index, 6)


def gone(index: int, inside: Inside, outline: Outline) -> bool:
    return not inside.gone.isdisjoint(outline.above(index, 4))


def is_in(index: int, top: int, tags: frozenset[str], outline: Outline) -> bool:
    """Whether an inline element of these tags holds it, inside `top`."""
    here = outline.parents[index]
    while here >= 0 and outline.tags[here] in INLINE:
        if outline.tags[here] in tags:
            return True
        if here == top:
            break
        here = outline.parents[here]
    return False
