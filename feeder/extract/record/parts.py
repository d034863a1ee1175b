"""The parts of a record: its blocks of text in order, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from feeder.extract.inferred.outline import BOLD, HEADINGS, INLINE, TEXT
from feeder.when import normal

if TYPE_CHECKING:
    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Record

_CAPTIONS = frozenset({"figcaption", "figure", "picture", "caption"})
_QUOTED = frozenset({"blockquote", "table", "aside", "li", "pre"})
_CELLS = frozenset({"td", "th"})
_UNREAD = frozenset(
    {"button", "form", "nav", "select", "textarea", "noscript", "template", "svg", "label", "input"}
)
_SHOWN = frozenset(
    {"img", "picture", "video", "audio", "iframe", "blockquote", "object", "embed", "amp-img"}
)
AFTER_TIME = " \t:|–—-•·,.)]"  # what may stand between a time and the words after it


@dataclass(slots=True)
class Part:
    """A block of text in a record."""

    outline: Outline
    block: int  # its place in the outline
    text: str
    path: str
    bold: bool
    linked: bool
    heading: bool
    caption: bool
    quoted: bool
    unread: bool
    cell: bool  # of a table
    item: bool  # of a list
    line: int  # of what stands directly in a larger block, between line breaks
    texts: list[int]  # places of its texts in the outline
    common: bool = False  # most records have it
    beside: bool = False  # shares a block with the time

    def go_on(
        self,
        index: int,
        text: str,
        *,
        bold: bool,
        linked: bool,
    ) -> None:
        """Take a further text in."""
        self.text += " " + text
        self.texts.append(index)
        self.bold &= bold
        self.linked &= linked


@dataclass(slots=True)
class Inside:
    """What a record comes to, while it is found out."""

    outline: Outline
    tops: tuple[int, ...]  # places of its own nodes
    headline: str = ""
    byline: tuple[str, ...] = ()
    gone: set[int] = field(default_factory=set)  # places of nodes that are not the body
    instead: dict[int, str] = field(
        default_factory=dict
    )  # texts of which something is left, and what
    changed: list[int] = field(default_factory=list)  # places of both, in order
    link: int = -1  # place of the block that the headline is

    def drop_part(self, part: Part) -> None:
        """The whole block, unless other parts stand in it, or pictures where it is the record's."""
        outline = part.outline
        end = outline.end(part.block)
        alone = not part.line and outline.count(part.block, end) == len(part.texts)
        if alone and (
            part.block not in self.tops or _SHOWN.isdisjoint(outline.tags[part.block : end])
        ):
            self.gone.add(part.block)
        else:
            self.gone.update(part.texts)


class _Standpoint(NamedTuple):
    """Where a text stands in its record."""

    path: str  # of the block, in the record
    bold: bool
    linked: bool
    heading: bool
    caption: bool
    quoted: bool
    unread: bool
    cell: bool
    item: bool


def parts_of(record: Record) -> list[Part]:
    """Returns the words of a record, block by block or line by line."""
    outline = record.outline
    placed: dict[int, tuple[int, tuple[str, ...]]] = {}
    own = frozenset(record.tops)
    parts: list[Part] = []
    line, last = 0, -1
    for index, text in record.texts:
        block, way = _find_block(index, own, placed, outline)
        stands = _stand(way)
        in_line = block in own and outline.tags[block] in INLINE
        if in_line:
            line += _breaks(outline, last, index)
        here = line if in_line else 0
        if parts and _goes_on(parts[-1], block, here):
            parts[-1].go_on(index, text, bold=stands.bold, linked=stands.linked)
        else:
            parts.append(_start_part(index, text, block, here, stands, outline))
        last = index
    for part in parts:
        part.text = normal(part.text)
    return [part for part in parts if part.text]


def _goes_on(part: Part, block: int, line: int) -> bool:
    """Whether a text in a block, and in a line of the record itself, is more of a part."""
    return part.line == line if part.line or line else part.block == block


def _start_part(
    index: int,
    text: str,
    block: int,
    line: int,
    stands: _Standpoint,
    outline: Outline,
) -> Part:
    part = Part(outline, block, text, *stands, line, [index])
    if stands.cell:
        part.path += f" {_column(block, outline)}"
    return part


def _column(index: int, outline: Outline) -> int:
    """How many cells stand before the one that a node is in."""
    while outline.tags[index] not in _CELLS:
        index = outline.parent(index)
    return sum(1 for _ in outline.before_all(index))


def _breaks(outline: Outline, last: int, index: int) -> int:
    return int(last < 0 or any(tag not in INLINE for tag in outline.tags[last + 1 : index]))


def _find_block(
    index: int,
    own: frozenset[int],
    placed: dict[int, tuple[int, tuple[str, ...]]],
    outline: Outline,
) -> tuple[int, tuple[str, ...]]:
    """The block that a text belongs to, and the tags around it; itself and none at the top."""
    return (index, ()) if index in own else _placed(outline.parent(index), own, placed, outline)


def _placed(
    index: int,
    own: frozenset[int],
    placed: dict[int, tuple[int, tuple[str, ...]]],
    outline: Outline,
) -> tuple[int, tuple[str, ...]]:
    """The block that an element's texts belong to, and the tags up to the record's own node."""
    climb, here = [], index
    while here >= 0 and here not in placed:
        climb.append(here)
        here = -1 if here in own else outline.parent(here)
    block, way = placed[here] if here >= 0 else (-1, ())
    for here in reversed(climb):
        tag = outline.tags[here]
        block, way = block if block >= 0 and tag in INLINE else here, (tag, *way)
        placed[here] = block, way
    return placed[index]


@lru_cache(maxsize=1024)
def _stand(way: tuple[str, ...]) -> _Standpoint:
    """By the tags from a text's element up to the record's own node; () where the text is that."""
    way = (TEXT, *way)
    depth = next((n for n, tag in enumerate(way) if tag not in INLINE), len(way) - 1)
    heading = not HEADINGS.isdisjoint(way)
    return _Standpoint(
        ">".join(reversed(way[depth:])),
        bold=heading or not BOLD.isdisjoint(way[: depth + 1]),
        linked="a" in way,
        heading=heading,
        caption=not _CAPTIONS.isdisjoint(way),
        quoted=not _QUOTED.isdisjoint(way[depth:-1]),
        unread=not _UNREAD.isdisjoint(way[depth : depth + 4]),
        cell=not _CELLS.isdisjoint(way[:-1]),
        item="li" in way[:-1],
    )


def holds(part: Part, mark: Mark) -> bool:
    return part.block in part.outline.above(mark.index, 6)


def gone(index: int, inside: Inside) -> bool:
    return not inside.gone.isdisjoint(inside.outline.above(index, 4))


def is_in(
    index: int,
    top: int,
    tags: frozenset[str],
    outline: Outline,
) -> bool:
    """Whether an inline element of these tags holds it, inside `top`."""
    here = outline.parent(index)
    while here >= 0 and outline.tags[here] in INLINE:
        if outline.tags[here] in tags:
            return True
        if here == top:
            break
        here = outline.parent(here)
    return False
