"""A live page that has just begun: one update, which no other one shows to be a record.

Only where the page says of itself that it is live: a block with a time of its own, a headline of
its own beside it and most of the words below the page's heading; and its time is not the page's
own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.extract.inferred.outline import HEADINGS
from feeder.extract.inferred.series import Record, Series, chain
from feeder.extract.page.kind import titled_live
from feeder.extract.page.times import stated
from feeder.when import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import Outline
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.when import Context

_RECORDS = frozenset({"article", "li", "section"})
_PROSE = 60  # characters that an update says at least
_SHARE = 0.5  # of the words below the heading
_BESIDE = 3  # texts at the start of a record, among which its headline is


def single(
    marks: Sequence[Mark],
    page: ParsedPage,
    known: Context,
) -> Series | None:
    """Returns the page's only update, as a series of one."""
    outline = page.outline
    headings = outline.headings if marks and titled_live(page) else []
    if not headings:
        return None
    top = headings[0]
    found = [made for mark in marks if mark.index > top and (made := _series(mark, top))]
    if len(found) != 1 or _is_pages(found[0].marks[0], page, known):
        return None
    record = found[0].records[0]
    below = outline.prose(top, len(outline))
    return found[0] if record.prose >= _SHARE * below else None


def _series(mark: Mark, top: int) -> Series | None:
    """Returns the block around a time that has words and a headline of its own."""
    outline = mark.outline
    if mark.form != "own" or mark.updating or mark.stamp.shape not in {"instant", "clock"}:
        return None
    for index in outline.above(mark.index, 6)[1:]:
        end = outline.end(index)
        if index <= top < end:
            return None
        if outline.prose(index, end) >= _PROSE:
            named = outline.tags[index] in _RECORDS or outline.attributes(index).get("id")
            if not named or not _headed(index, end, outline):
                return None
            return Series(
                [mark],
                mark.path,
                [Record(mark, (index,), index, end)],
                region=chain(index, outline)[:-1],
            )
    return None


def _headed(start: int, end: int, outline: Outline) -> bool:
    """Returns whether a headline is among its first words."""
    firsts = (index for index, _ in outline.between(start, end)[:_BESIDE])
    return any(
        not HEADINGS.isdisjoint(outline.tags[i] for i in outline.above(index, 4))
        for index in firsts
    )


def _is_pages(mark: Mark, page: ParsedPage, known: Context) -> bool:
    """Returns whether it is when the page itself was published."""
    at, own = read(mark.stamp, known), stated(page.published, known)
    return (
        at is not None
        and at.at is not None
        and own.at is not None
        and abs(at.at - own.at).total_seconds() < 60
    )
