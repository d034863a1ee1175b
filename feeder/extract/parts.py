"""The parts of a record: its blocks of text in order, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from feeder.extract.outline import HEADINGS, INLINE
from feeder.when import normal

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from feeder.extract.blocks_series import Record
    from feeder.extract.mark import Mark
    from feeder.extract.outline import Outline

_CAPTIONS = frozenset({"figcaption", "figure", "picture", "caption"})
_QUOTED = frozenset({"blockquote", "table", "aside", "li", "pre"})
LINK = frozenset({"a"})
AFTER_TIME = " \t:|–—-•·,.)]"  # what may stand between a time and the words after it


@dataclass(slots=True)
class Part:
    """A block of text in a record."""

    node: LexborNode
    index: int  # of its first text, in the outline
    text: str = ""
    path: str = ""
    bold: bool = True
    linked: bool = True
    heading: bool = False
    caption: bool = False
    quoted: bool = False
    common: bool = False  # most records have it
    line: int = 0  # of what stands directly in a larger block, between line breaks
    texts: list[int] = field(default_factory=list)  # places of its texts in the outline


@dataclass(slots=True)
class Inside:
    """What a record comes to."""

    headline: str = ""
    byline: tuple[str, ...] = ()
    gone: set[int] = field(default_factory=set)  # nodes that are not the body, by mem_id
    instead: dict[int, str] = field(default_factory=dict)  # texts of which something is left, and what
    link: LexborNode | None = None  # that the headline is

    def drop(self, node: LexborNode) -> None:
        self.gone.add(node.mem_id)

    def drop_part(self, part: Part, outline: Outline) -> None:
        """The whole block, unless other parts stand in it as well."""
        block = part.node
        start = outline.index.get(block.mem_id, part.index)
        if not part.line and len(outline.between(start, outline.end(block))) == len(part.texts):
            self.drop(block)
            return
        for index in part.texts:
            self.drop(outline.nodes[index])


def parts_of(record: Record, outline: Outline) -> list[Part]:
    tops = {n.mem_id for n in record.nodes}
    parts: list[Part] = []
    line = 0
    last = -1
    for index, text in outline.between(record.start, record.end):
        part = _placed(outline.nodes[index], tops)
        part.index = index
        if part.node.mem_id in tops and (part.node.is_text_node or part.node.tag in INLINE):
            line += _breaks(outline, last, index)
            part.line = line
        same = parts[-1] if parts else None
        if same is not None and _continues(same, part):
            same.text += " " + text
            same.texts.append(index)
            same.bold &= part.bold
            same.linked &= part.linked
        else:
            part.text = text
            part.texts = [index]
            parts.append(part)
        last = index
    for part in parts:
        part.text = normal(part.text)
    return [p for p in parts if p.text]


def _continues(before: Part, part: Part) -> bool:
    if before.line or part.line:
        return before.line == part.line
    return before.node.mem_id == part.node.mem_id


def _breaks(outline: Outline, last: int, index: int) -> int:
    return int(last < 0 or any(n.tag not in INLINE for n in outline.nodes[last + 1 : index]))


def _placed(text: LexborNode, tops: set[int]) -> Part:
    """The block that a text belongs to, and what it is inside it."""
    bold = linked = False
    here = text
    while here.mem_id not in tops and here.tag in INLINE and here.parent is not None:
        here = here.parent
        bold |= here.tag in {"b", "strong"}
        linked |= here.tag == "a"
    bold |= here.tag in {"b", "strong"}
    part = Part(here, 0, bold=bold, linked=linked or here.tag == "a")
    path: list[str] = []
    up: LexborNode | None = here
    while up is not None:
        tag = up.tag or ""
        path.append(tag)
        part.heading |= tag in HEADINGS
        part.caption |= tag in _CAPTIONS
        part.linked |= tag == "a"
        if up.mem_id in tops:
            break
        part.quoted |= tag in _QUOTED
        up = up.parent
    part.path = ">".join(reversed(path))
    part.bold |= part.heading
    return part


def holds(part: Part, mark: Mark) -> bool:
    here: LexborNode | None = mark.node
    for _ in range(6):
        if here is None:
            return False
        if here.mem_id == part.node.mem_id:
            return True
        here = here.parent
    return False


def gone(node: LexborNode, inside: Inside) -> bool:
    here: LexborNode | None = node
    for _ in range(4):
        if here is None:
            return False
        if here.mem_id in inside.gone:
            return True
        here = here.parent
    return False


def is_in(node: LexborNode, top: LexborNode, tags: frozenset[str]) -> bool:
    """Whether an inline element of these tags holds it, inside `top`."""
    here = node.parent
    while here is not None and here.tag in INLINE:
        if here.tag in tags:
            return True
        if here.mem_id == top.mem_id:
            break
        here = here.parent
    return False
