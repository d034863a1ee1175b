"""Marks that stand alike, and the records that they cut a page into."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from feeder.extract.inferred.outline import BOLD, HEADINGS, INLINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import Outline

_HEADLIKE = HEADINGS | BOLD
_DEEPEST = 200  # ancestors of a mark

MarkGroup: TypeAlias = "list[Mark]"  # that stand alike


@dataclass(slots=True)
class Record:
    """The nodes of one update, in document order.

    The mark is in the first or the last, or inside.
    """

    mark: Mark
    tops: tuple[int, ...]
    start: int
    end: int

    @property
    def outline(self) -> Outline:
        return self.mark.outline

    @property
    def texts(self) -> list[tuple[int, str]]:
        """Its texts with their places."""
        return self.outline.between(self.start, self.end)

    @property
    def chars(self) -> int:
        """How much it says, its time included."""
        return self.outline.chars(self.start, self.end)

    @property
    def prose(self) -> int:
        """How much of that stands in sentences."""
        return self.outline.prose(self.start, self.end)


@dataclass(slots=True)
class Series:
    """Marks that stand alike, and their records."""

    marks: list[Mark]
    path: str
    records: list[Record] = field(default_factory=list)
    region: list[int] = field(
        default_factory=list
    )  # ancestors that all records share, from the body down
    flat: bool = False

    @property
    def outline(self) -> Outline:
        return self.marks[0].outline


def chain(index: int, outline: Outline) -> list[int]:
    """Returns the node and its ancestors, from the body down."""
    found: list[int] = []
    up = outline.up
    while index > 0 and len(found) < _DEEPEST:
        found.append(index)
        index -= up[index]
    return found[::-1]


def said_beside(record: Record) -> str:
    """Returns what a record says besides its time."""
    mark = record.mark
    own = range(mark.index, mark.index if mark.holds else record.outline.end(mark.index))
    beside = [text for place, text in record.texts if place not in own]
    return " ".join([*mark.rest.split(), *" ".join(beside).split()])


def outside(records: Sequence[Record], marks: Sequence[Mark]) -> list[Mark]:
    """Returns the marks that stand in none of the records."""
    starts = [record.start for record in records]
    before = [bisect_right(starts, mark.index) - 1 for mark in marks]
    pairs = zip(marks, before, strict=True)
    return [mark for mark, at in pairs if at < 0 or mark.index >= records[at].end]


def is_heading(index: int, outline: Outline) -> bool:
    """Whether a node is a heading, or a short block that is one heading or words in bold."""
    tag = outline.tags[index]
    if tag in HEADINGS:
        return True
    if tag in INLINE:
        return tag in BOLD
    size = outline.letters(index)
    if not 2 < size <= 160:
        return False
    bold = next(iter(outline.tagged(_HEADLIKE, index, outline.end(index))), -1)
    return bold >= 0 and outline.letters(bold) >= 0.9 * size


def words_in(nodes: Iterable[int], outline: Outline) -> int:
    return sum(map(outline.said, nodes))
