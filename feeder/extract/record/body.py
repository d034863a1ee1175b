"""The HTML of what is left of a record."""

from __future__ import annotations

import html
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.record.parts import Inside


def write_body(inside: Inside, outline: Outline) -> str:
    """The record's HTML without what is gone, and with what stands in the place of some texts."""
    changed = sorted(inside.gone | inside.instead.keys())
    return "".join(_spaced(top, inside, changed, outline) for top in inside.tops)


def _spaced(index: int, inside: Inside, changed: Sequence[int], outline: Outline) -> str:
    return outline.space(index) + _written(index, inside, changed, outline)


def _written(index: int, inside: Inside, changed: Sequence[int], outline: Outline) -> str:
    if index in inside.gone:
        return ""
    if index in inside.instead:
        return inside.instead[index]
    next_change = bisect_left(changed, index)
    if next_change == len(changed) or changed[next_change] >= outline.end(index):
        return outline.html(index)
    tag = outline.tags[index]
    stated = "".join(
        f' {name}="{html.escape(value)}"' for name, value in outline.attributes(index).items()
    )
    inner = [_spaced(child, inside, changed, outline) for child in outline.children(index)]
    return f"<{tag}{stated}>{''.join(inner)}</{tag}>"
