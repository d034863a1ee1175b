"""Printed times that stand out: alone in a block or an inline element, or at the start or end of a block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feeder.extract.mark import NO_PLACE, SHORT, Mark, misplaced
from feeder.extract.outline import HEADINGS, INLINE, before, blank
from feeder.when import leading, normal, trailing, whole
from feeder.when.words import AFTER, BEFORE, DAYS, GLUE, HOUR_STRICT, NAMED_CLOCKS, NOW, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

    from feeder.extract.mark import Form
    from feeder.extract.outline import Outline
    from feeder.when import Found

_LINE = 260  # characters of a line in which an inline element of its own may still be its time
# Texts worth a closer look: a digit near the start or the end, or a word that means a time.
_DIGIT = re.compile(r"[^\d]{0,26}\d")
_LAST_DIGIT = re.compile(r"\d[^\d]{0,26}$")
_TIMELY = frozenset(
    AFTER | BEFORE | DAYS.keys() | NOW | NAMED_CLOCKS.keys() | {"idag", "igår", "dag", "går", "l’instant"}
)
_TIMELY_CJK = frozenset("前今昨本刚剛방어오")
_PREPOSITIONS = GLUE - HOUR_STRICT


def printed(outline: Outline, covered: set[int]) -> Iterator[Mark]:
    """Every printed time but those in `covered`, in document order."""
    blocks: set[int] = set()
    for number, text in outline.texts:
        if number not in covered and _timely(text) and (mark := _printed(outline, number, blocks)):
            yield mark


def _timely(text: str) -> bool:
    if _DIGIT.match(text):
        return True
    if len(text) > SHORT:
        return False
    if _LAST_DIGIT.search(text):
        return True
    if len(text) > 40:
        return False
    return not _TIMELY.isdisjoint(fold(text).replace(",", " ").split()) or not _TIMELY_CJK.isdisjoint(text)


def _printed(outline: Outline, number: int, blocks: set[int]) -> Mark | None:
    text = outline.nodes[number]
    block = text.parent
    inline = None
    while block is not None and block.tag in INLINE:
        inline, block = block, block.parent
    if block is None or block.tag in NO_PLACE or block.mem_id not in outline.index:
        return None
    index = outline.index[block.mem_id]
    if block.mem_id not in blocks:
        blocks.add(block.mem_id)
        if mark := _of_block(outline, block, index):
            return None if misplaced(block) else mark
    return _of_line(outline, number, inline, block)


def _of_block(outline: Outline, block: LexborNode, index: int) -> Mark | None:
    """A block that is a time, or a short one that begins or ends with one."""
    size = outline.chars(index, outline.end(block))
    end = outline.end(block)
    if size > SHORT * 2 or any(node.tag not in INLINE and node.tag != "br" for node in outline.nodes[index + 1 : end]):
        return None
    text = normal(block.text(separator=" "))
    if size <= SHORT and (stamp := whole(text)):
        inner = _innermost(block)
        return Mark(inner, outline.index[inner.mem_id], "own", stamp)
    if (
        block.css_first("br") is None
        and (found := leading(text))
        and not found.stamp.weak
        and not _begins_sentence(found, block)
    ):
        return _own_at_start(outline, block) or Mark(block, index, "lead", found.stamp, rest=found.rest)
    return None


def _own_at_start(outline: Outline, block: LexborNode) -> Mark | None:
    """The element of its own that a time at the start of a block has."""
    first = next((c for c in block.iter(include_text=True) if not blank(c)), None)
    if first is None or first.is_text_node or not (stamp := whole(first.text(separator=" "))):
        return None
    inner = _innermost(first)
    return Mark(inner, outline.index[inner.mem_id], "own", stamp)


def _innermost(node: LexborNode) -> LexborNode:
    """The smallest element that has all the words of this one."""
    while True:
        children = [c for c in node.iter(include_text=True) if not blank(c)]
        if len(children) != 1 or children[0].is_text_node or children[0].tag not in INLINE:
            return node
        node = children[0]


def _of_line(outline: Outline, number: int, inline: LexborNode | None, block: LexborNode) -> Mark | None:
    """A time in an inline element of its own, or at the start of a block's line."""
    node = outline.nodes[number]
    starts = _starts_line(inline or node)
    content = normal(inline.text(separator=" ")) if inline is not None else ""
    index = outline.index[block.mem_id]
    stamp = whole(content) if inline is not None and len(content) <= SHORT else None
    if inline is not None and stamp and (starts or _line_size(inline) <= _LINE) and not misplaced(inline):
        return Mark(inline, outline.index[inline.mem_id], "own", stamp)
    if starts and (found := leading(node.text_content or "")) and not _begins_sentence(found, block):
        first = block.first_child
        place = block if first is not None and first.mem_id == (inline or node).mem_id else (inline or node)
        if not misplaced(place) and place.tag not in NO_PLACE:
            form: Form = "lead" if place is block else "line"
            return Mark(place, outline.index[place.mem_id], form, found.stamp, rest=found.rest)
    return _of_end(outline, node, block, index)


def _of_end(outline: Outline, node: LexborNode, block: LexborNode, index: int) -> Mark | None:
    """A short block that ends with a time."""
    text = node.text_content or ""
    if not _LAST_DIGIT.search(text) or outline.chars(index, outline.end(block)) > SHORT:
        return None
    found = trailing(text)
    if found is None or found.stamp.weak or misplaced(block) or _in_sentence(found.rest, text, block):
        return None
    return Mark(block, index, "tail", found.stamp, rest=found.rest)


def _begins_sentence(found: Found, block: LexborNode) -> bool:
    """Whether a time at the start belongs to the words around it: "At 9:30 the gates …", "10:00-11:00", "5.30%"."""
    if found.rest[:1] in {"%", "-", "/"}:
        return True
    word = found.after.strip(" :.-–—|•·([").rsplit(" ", 1)[-1]
    return bool(word) and block.tag not in HEADINGS and fold(word) in _PREPOSITIONS


def _in_sentence(words: str, text: str, block: LexborNode) -> bool:
    """Whether a time at the end is the end of a sentence: nothing parts it from the words before."""
    if words.rstrip()[-1:] in "|·•–—-,([":
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
    last = before(node)
    return last is None or last.tag not in INLINE
