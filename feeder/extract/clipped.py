"""Bodies that structured data clips are read whole where the page shows them, times or no times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.extract.inferred.outline import INLINE
from feeder.extract.record.content import content
from feeder.when import normal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Update

_ENDS = ("…", "...", "[…]", "[...]", "…]")
_SHORT = 20  # characters, fewer of which may begin any paragraph
_SHOWN = "blocks"  # the kind of evidence that a body of the page is


def is_clipped(text: str) -> bool:
    """Returns whether a text ends as publishers' systems end what they clip."""
    return text.endswith(_ENDS)


def read_whole(updates: Sequence[Update], page: ParsedPage) -> tuple[Update, ...]:
    """The updates, those that are clipped with the paragraphs of the page that begin as they do."""
    texts = {number: update.content.text for number, update in enumerate(updates)}
    starts = {number: _start(text) for number, text in texts.items() if is_clipped(text)}
    if not starts or page.form != "html":
        return tuple(updates)
    outline = page.outline
    places = _places(starts, outline)
    whole = list(updates)
    for number, block in places.items():
        others = [place for place in places.values() if place != block]
        body = "".join(map(outline.html, _paragraphs(block, others, outline)))
        whole[number] = _with_body(updates[number], body, page)
    return tuple(whole)


def _start(text: str) -> str:
    """Returns the words of the first paragraph before the end that was put to it."""
    first = text.partition("\n\n")[0]
    return normal(first.rstrip("….[] ") if is_clipped(first) else first)


def _places(starts: Mapping[int, str], outline: Outline) -> dict[int, int]:
    """Returns the last block of the page that begins with each start."""
    blocks = dict.fromkeys(
        _block_of(index, outline) for index, _ in outline.between(0, len(outline))
    )
    texts = [(block, outline.words(block)) for block in blocks if block > 0]
    found: dict[int, int] = {}
    for number, start in starts.items():
        if len(start) >= _SHORT:
            matching = [block for block, text in texts if text.startswith(start)]
            found.update((number, block) for block in matching[-1:])
    return found


def _block_of(index: int, outline: Outline) -> int:
    """Returns the nearest element around a node that is no part of a line."""
    while index >= 0 and outline.tags[index] in INLINE:
        index = outline.parent(index)
    return index


def _paragraphs(block: int, others: Sequence[int], outline: Outline) -> list[int]:
    """The block and what follows it in the element around it, where that holds no other update."""
    around = outline.parent(block)
    end = outline.end(around)
    if any(around < other < end for other in others):
        return [block]
    return [block, *outline.after(block)]


def _with_body(update: Update, body: str, page: ParsedPage) -> Update:
    known = update.content
    headline = "" if known.derived else known.title
    read = content("", body, page.base, images=known.images, media=known.media)
    if len(read.text) <= len(known.text):
        return update
    whole = replace(
        known, title=headline or read.title, text=read.text, html=read.html, images=read.images
    )
    kinds = tuple(dict.fromkeys((_SHOWN, *update.kinds)))
    return replace(update, content=whole, kinds=kinds)
