"""Time marks: everything in a page that can be the time of a record.

Attributes that state a time, and printed times that stand out: alone in a block or an inline element, or at the start or
end of a block. A time in the middle of prose, in a caption or in a quotation is no mark.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from feeder.extract.times import stamp_of
from feeder.when import Found, Stamp, leading, normal, trailing, whole
from feeder.when.words import GLUE, HOUR_STRICT, UPDATED, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

Form = Literal["own", "lead", "tail", "line"]

INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "q",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "-text",
    ]
)
_NO_PLACE = frozenset(
    [
        "figcaption",
        "figure",
        "blockquote",
        "nav",
        "select",
        "option",
        "button",
        "textarea",
        "title",
        "noscript",
        "template",
        "svg",
        "caption",
    ]
)
_SHORT = 110  # characters of a block that may be a time and its label
_LINE = 260  # characters of a block in which an inline element of its own may still be its time
_MOST = 20_000  # text nodes that may be times; a page with more is no live page
# Texts worth a closer look: a digit near the start, or in a short text anywhere, or words that mean a time.
_DIGIT = re.compile(r"[^\d]{0,26}\d")
_LAST_DIGIT = re.compile(r"\d[^\d]{0,26}$")
_WORDS = re.compile(
    r"\b(?:just|ago|now|today|yesterday|noon|midnight|heute|gestern|eben|jetzt|vor|hier|aujourd|hace|hoy|ayer|ahora|oggi"
    r"|ieri|hoje|ontem|nu|zojuist|vandaag|gisteren|temu|teraz|dziś|wczoraj|siden|sedan|nå|i dag|i går|idag|igår|назад"
    r"|сегодня|вчера|önce|şimdi|bugün|dün|sitten|tänään|eilen)\b|[前今昨刚剛방]",
    re.IGNORECASE,
)
# data-* attributes that hold a time: an ISO date under any name, an epoch under one that speaks of time.
_DATA = re.compile(
    r"""\s(data-[\w-]+)\s*=\s*["']?(?=\d)(?:\d{4}-\d\d-\d\d[T ]|(?<=["'])(?:\d{10}|\d{13}|\d{14})["'])""", re.IGNORECASE
)
_TIMELY = re.compile(r"time|date|stamp|utc|epoch|sort|publish|creat|updat|modif|-ts$", re.IGNORECASE)
_PREPOSITIONS = GLUE - HOUR_STRICT
_UPDATING = re.compile(r"updat|modif|edit|chang", re.IGNORECASE)


@dataclass(slots=True)
class Mark:
    """A time and the place where it stands."""

    node: LexborNode  # that is the time, or begins or ends with it
    index: int  # in the outline
    form: Form
    stamp: Stamp  # by which it is resolved
    printed: Stamp | None = None  # what people see, where an attribute states the time too
    rest: str = ""  # what shares the line with it
    path: str = ""  # tags from the body down
    attribute: str = ""  # that states it

    holds: bool = False  # the element is a record, or part of one, and only its attribute a time
    updating: bool = False  # says when it was last changed, not when it was published


class Outline:
    """The page's nodes in document order, and how much text lies between any two of them."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        root = tree.body or tree.root
        self.nodes = list(root.traverse(include_text=True)) if root is not None else []
        self.index = {node.mem_id: number for number, node in enumerate(self.nodes)}
        self.texts = [(n, t) for n, node in enumerate(self.nodes) if (t := node.text_content) and not t.isspace()]
        sizes = [0] * len(self.nodes)
        prose = [0] * len(self.nodes)
        for number, text in self.texts:
            size = _weight(text.strip())
            sizes[number] = size
            if size >= 60:
                prose[number] = size
        self._chars = [0, *accumulate(sizes)]
        self._prose = [0, *accumulate(prose)]

    def end(self, node: LexborNode) -> int:
        """Where the node's own subtree ends."""
        here: LexborNode | None = node
        while here is not None:
            after = here.next
            if after is not None:
                return self.index.get(after.mem_id, len(self.nodes))
            here = here.parent
        return len(self.nodes)

    def between(self, start: int, end: int) -> list[tuple[int, str]]:
        """The texts between two places, with theirs."""
        return self.texts[bisect_left(self.texts, (start, "")) : bisect_left(self.texts, (end, ""))]

    def chars(self, start: int, end: int) -> int:
        return self._chars[end] - self._chars[start]

    def prose(self, start: int, end: int) -> int:
        """Characters of texts that are long enough to be sentences."""
        return self._prose[end] - self._prose[start]


def _weight(text: str) -> int:
    """Characters; those of Chinese, Japanese and Korean say as much as two and a half others."""
    if text.isascii() or text[len(text) // 2] < "\u3000":
        return len(text)
    return len(text) * 5 // 2


def marks(tree: LexborHTMLParser, markup: str, outline: Outline) -> list[Mark]:
    """All marks in document order."""
    found = {m.index: m for m in _stated(tree, markup, outline)}
    covered = _covered(found.values(), outline)
    blocks: dict[int, bool] = {}
    for number, text in outline.texts:
        if number in covered or not _timely(text):
            continue
        mark = _printed(outline, number, blocks)
        if mark is not None and mark.index not in found and mark.index not in covered:
            found[mark.index] = mark
        if len(found) > _MOST:
            return []
    for mark in found.values():
        mark.updating = _is_updating(mark)
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


def _is_updating(mark: Mark) -> bool:
    """By its words, else by what its attributes are called."""
    label = mark.stamp.label or (mark.printed.label if mark.printed else "") or _label(mark)
    if label:
        return label == "updated"
    attributes = mark.node.attributes
    names = [mark.attribute, *(attributes.get(n) or "" for n in ("itemprop", "property", "class"))]
    return any(_UPDATING.search(name) for name in names if "publish" not in name.lower())


def _label(mark: Mark) -> str:
    """The word before a time in the same block: "Updated at <time>"."""
    before = mark.node.prev
    text = (before.text(separator=" ") if before is not None and before.tag in INLINE else "").strip().rstrip(":")
    words = text.rsplit(None, 2)[-2:]
    return "updated" if any(fold(w) in UPDATED for w in words) else ""


def _timely(text: str) -> bool:
    if len(text) > _SHORT:
        text = text.lstrip()[:40]
        return _DIGIT.match(text) is not None
    return (
        _DIGIT.match(text) is not None
        or _LAST_DIGIT.search(text) is not None
        or (len(text) < 60 and _WORDS.search(text) is not None)
    )


# -------------------------------------------------------------------------------------------------- stated by attributes


def _stated(tree: LexborHTMLParser, markup: str, outline: Outline) -> Iterator[Mark]:
    data = {name.lower() for name in _DATA.findall(markup)}
    names = ["datetime", *sorted(n for n in data if _TIMELY.search(n) or _iso_named(markup, n))]
    seen: set[int] = set()
    for node in tree.css(", ".join(["time", "[itemprop*=date i][content]", *(f"[{n}]" for n in names)])):
        index = outline.index.get(node.mem_id, -1)
        if index < 0 or index in seen or misplaced(node):
            continue
        mark = _attributed(node, index, names)
        if mark is not None:
            seen.add(index)
            yield mark


def _iso_named(markup: str, name: str) -> bool:
    return re.search(rf"\s{re.escape(name)}\s*=\s*[\"']?\d{{4}}-\d\d-\d\d[T ]", markup, re.IGNORECASE) is not None


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
    return normal(text) if len(text) < 4 * _SHORT else ""


def _covered(found: object, outline: Outline) -> set[int]:
    """The nodes inside those that state a time themselves, where they are no more than that."""
    covered: set[int] = set()
    for mark in found:  # type: ignore[attr-defined]
        end = outline.end(mark.node)
        if not mark.holds and outline.chars(mark.index, end) < _SHORT:
            covered.update(range(mark.index, end))
    return covered


def misplaced(node: LexborNode) -> bool:
    """Whether it stands where no record's time does: a caption, a quotation, navigation."""
    here = node.parent
    while here is not None:
        if here.tag in _NO_PLACE:
            return True
        here = here.parent
    return False


# ------------------------------------------------------------------------------------------------------------- printed


def _printed(outline: Outline, number: int, blocks: dict[int, bool]) -> Mark | None:
    text = outline.nodes[number]
    block = text.parent
    inline = None
    while block is not None and block.tag in INLINE:
        inline, block = block, block.parent
    if block is None or block.mem_id not in outline.index:
        return None
    index = outline.index[block.mem_id]
    if block.mem_id not in blocks:
        blocks[block.mem_id] = True
        if mark := _of_block(outline, block, index):
            return None if misplaced(block) or block.tag in _NO_PLACE else mark
    return _of_line(outline, number, inline, block)


def _of_block(outline: Outline, block: LexborNode, index: int) -> Mark | None:
    """A block that is a time, or a short one that begins or ends with one."""
    size = outline.chars(index, outline.end(block))
    end = outline.end(block)
    if size > _SHORT * 2 or any(node.tag not in INLINE and node.tag != "br" for node in outline.nodes[index + 1 : end]):
        return None
    text = normal(block.text(separator=" "))
    if size <= _SHORT and (stamp := whole(text)):
        inner = _innermost(block)
        return Mark(inner, outline.index[inner.mem_id], "own", stamp)
    if (
        block.css_first("br") is None
        and (found := leading(text))
        and not found.stamp.weak
        and not _begins_sentence(found, block)
    ):
        return Mark(block, index, "lead", found.stamp, rest=found.rest)
    return None


def _innermost(node: LexborNode) -> LexborNode:
    """The smallest element that has all the words of this one."""
    while True:
        children = [
            c for c in node.iter(include_text=True) if not (c.is_text_node and (c.text_content or "").isspace())
        ]
        if len(children) != 1 or children[0].is_text_node or children[0].tag not in INLINE:
            return node
        node = children[0]


def _of_line(outline: Outline, number: int, inline: LexborNode | None, block: LexborNode) -> Mark | None:
    """A time in an inline element of its own, or at the start of a block's line."""
    node = outline.nodes[number]
    starts = _starts_line(inline or node)
    content = normal(inline.text(separator=" ")) if inline is not None else ""
    index = outline.index[block.mem_id]
    if inline is not None and len(content) <= _SHORT and (stamp := whole(content)):
        if (starts or _line_size(inline) <= _LINE) and not misplaced(inline):
            return Mark(inline, outline.index[inline.mem_id], "own", stamp)
    if starts and (found := leading(node.text_content or "")) and not _begins_sentence(found, block):
        first = block.first_child
        place = block if first is not None and first.mem_id == (inline or node).mem_id else (inline or node)
        if not misplaced(place) and place.tag not in _NO_PLACE:
            form: Form = "lead" if place is block else "line"
            return Mark(place, outline.index[place.mem_id], form, found.stamp, rest=found.rest)
    if number and (found := trailing(node.text_content or "")) and not found.stamp.weak and not misplaced(block):
        size = outline.chars(index, outline.end(block))
        if size <= _SHORT and not _in_sentence(found.rest, node.text_content or "", block):
            return Mark(block, index, "tail", found.stamp, rest=found.rest)
    return None


def _begins_sentence(found: Found, block: LexborNode) -> bool:
    """Whether a time at the start belongs to the words around it: "At 9:30 the gates …", "10:00-11:00", "5.30%"."""
    if found.rest[:1] in {"%", "-", "/"}:
        return True
    word = found.after.strip(" :.-–—|•·([").rsplit(" ", 1)[-1]
    return bool(word) and not block.tag.startswith("h") and fold(word) in _PREPOSITIONS


def _in_sentence(before: str, text: str, block: LexborNode) -> bool:
    """Whether a time at the end is the end of a sentence: nothing parts it from the words before."""
    if before.rstrip()[-1:] in "|·•–—-,([":
        return False
    return block.tag in {"p", "li", "dd", "td"} or text.rstrip().endswith((".", "!", "?", "。"))


def _line_size(inline: LexborNode) -> int:
    """Characters of the inline run that an element stands in, up to the nearest blocks."""
    size = len(inline.text())
    for step in ("prev", "next"):
        here = getattr(inline, step)
        while here is not None and here.tag in INLINE and size <= _LINE:
            size += len(here.text())
            here = getattr(here, step)
    return size


def _starts_line(node: LexborNode) -> bool:
    """Whether nothing stands before it in its block, or a line break does."""
    before = node.prev
    while before is not None and before.is_text_node and (before.text_content or "").isspace():
        before = before.prev
    return before is None or before.tag in {"br", "hr"} or before.tag not in INLINE
