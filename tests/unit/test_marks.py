"""Where sources stand is written together, and never lost by a store that refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from feeder.errors import StoreError
from feeder.model import SourceState
from feeder.store.marks import Marks

if TYPE_CHECKING:
    from collections.abc import Sequence

LIVE, HELD = SourceState(state="live"), SourceState(state="held")


class Written:
    """Takes marks, or refuses them."""

    def __init__(self) -> None:
        self.got: list[tuple[int, SourceState]] = []
        self.full = False

    def __call__(self, marks: Sequence[tuple[int, SourceState]]) -> None:
        if self.full:
            raise StoreError("the disk is full")
        self.got += marks


def test_marks_are_written_once_and_together() -> None:
    written = Written()
    marks = Marks(written)
    marks.put(1, HELD)
    marks.put(2, LIVE)
    marks.put(1, LIVE)
    assert 1 in marks
    marks.write()
    marks.write()
    assert written.got == [(1, LIVE), (2, LIVE)]
    assert 1 not in marks


def test_one_source_is_written_when_it_is_asked_for() -> None:
    written = Written()
    marks = Marks(written)
    marks.put(1, LIVE)
    marks.put(2, HELD)
    marks.write(2, 3)
    assert written.got == [(2, HELD)]
    assert marks.take(1) == LIVE
    assert marks.take(1) is None


def test_what_the_store_refuses_waits_and_what_came_since_counts() -> None:
    written = Written()
    marks = Marks(written)
    marks.put(1, LIVE)
    written.full = True
    with pytest.raises(StoreError):
        marks.write()
    marks.put(2, HELD)
    written.full = False
    marks.write()
    assert sorted(written.got, key=lambda mark: mark[0]) == [(1, LIVE), (2, HELD)]
