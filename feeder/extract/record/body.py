"""The HTML of what is left of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeder.extract.inferred.outline import Outline
    from feeder.extract.record.parts import Inside


def body(inside: Inside, outline: Outline) -> str:
    """Its markup without what is gone, and with what stands in the place of some texts."""
    changed = sorted(inside.gone | inside.instead.keys())
    return "".join(
        [
            _left(top, [n for n in changed if top <= n < outline.end(top)], inside, outline)
            for top in inside.tops
        ]
    )


def _left(top: int, changed: list[int], inside: Inside, outline: Outline) -> str:
    at, stop = outline.span(top)
    written: list[str] = []
    for index in changed:
        start, end = outline.span(index)
        if start >= at:  # else it stands in what is gone already
            written += [
                outline.markup[at:start],
                "" if index in inside.gone else inside.instead[index],
            ]
            at = end
    written.append(outline.markup[at:stop])
    return "".join(written)
