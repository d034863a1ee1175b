"""The HTML of what is left of a record."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from feeder.embeds import WRAPPERS

if TYPE_CHECKING:
    from feeder.extract.outline import Outline
    from feeder.extract.parts import Inside


def body(inside: Inside, outline: Outline) -> str:
    """The HTML of what is left."""
    around = _on_the_way(frozenset(inside.tops), inside, outline)
    written: list[str] = []
    for top in inside.tops:
        _write(top, inside, around, outline, written)
    return "".join(written)


def _on_the_way(own: frozenset[int], inside: Inside, outline: Outline) -> set[int]:
    """The elements around what is gone or changed."""
    found: set[int] = set()
    for index in inside.gone | inside.instead.keys():
        way: list[int] = []
        here = index
        while here >= 0 and here not in own and here not in found:
            here = outline.parents[here]
            way.append(here)
        if here >= 0:
            found.update(way)
    return found


def _write(index: int, inside: Inside, around: set[int], outline: Outline, written: list[str]) -> None:
    if index in inside.gone:
        return
    if index in inside.instead:
        written.append(inside.instead[index])
    elif index not in around:
        written.append(outline.nodes[index].html or "")
    else:
        tag = WRAPPERS.get(outline.tags[index], outline.tags[index])
        href = outline.nodes[index].attributes.get("href") if tag == "a" else None
        written.append(f'<{tag} href="{html.escape(href)}">' if href else f"<{tag}>")
        for child in outline.children(index):
            _write(child, inside, around, outline, written)
        written.append(f"</{tag}>")
