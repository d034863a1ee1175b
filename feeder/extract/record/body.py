"""The HTML of what is left of a record."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeder.extract.record.parts import Inside

_ROW = frozenset({"tr"})
_ROWS = frozenset({"tr", "tbody", "thead", "tfoot"})
_TAG = re.compile(r"<[^<>]*>")
_CELL = re.compile(r"^\s*<t[dh][^<>]*>|</t[dh]>\s*$")
_WORD = re.compile(r"\w")


def write_body(inside: Inside) -> str:
    """The record's HTML without what is gone, and with what stands in the place of some texts."""
    inside.changed = sorted(inside.gone | inside.instead.keys())
    tags = inside.outline.tags
    return "".join([(_rows if tags[t] in _ROWS else _spaced)(t, inside) for t in inside.tops])


def _rows(top: int, inside: Inside) -> str:
    """The rows of a table as a table, less cells that say nothing; a single cell as a block."""
    rows = [top] if inside.outline.tags[top] == "tr" else inside.outline.inside(top, _ROW)
    kept = [_cells(row, inside) for row in rows]
    if all(len(row) < 2 for row in kept):
        return "".join(f"<div>{_CELL.sub('', cell)}</div>" for row in kept for cell in row)
    return "<table>" + "".join("<tr>" + "".join(row) + "</tr>" for row in kept if row) + "</table>"


def _cells(row: int, inside: Inside) -> list[str]:
    """The cells of a row; those before its headline, numbers by which it is filed, come last."""
    ordered = sorted(
        inside.outline.children(row), key=lambda cell: inside.outline.end(cell) <= inside.link
    )
    cells = [_spaced(cell, inside) for cell in ordered]
    return [cell for cell in cells if "<img" in cell or _WORD.search(_TAG.sub("", cell))]


def _spaced(index: int, inside: Inside) -> str:
    return inside.outline.space(index) + _written(index, inside)


def _written(index: int, inside: Inside) -> str:
    outline = inside.outline
    if index in inside.gone:
        return ""
    if index in inside.instead:
        return inside.instead[index]
    end = outline.end(index)
    if bisect_left(inside.changed, index) == bisect_left(inside.changed, end):
        return outline.html(index)
    tag = outline.tags[index]
    stated = "".join(
        f' {name}="{html.escape(value)}"' for name, value in outline.attributes(index).items()
    )
    inner = [_spaced(child, inside) for child in outline.children(index)]
    return f"<{tag}{stated}>{''.join(inner)}</{tag}>"
