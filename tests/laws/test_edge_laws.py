"""Caches of one site disagree for some minutes: no text goes back, and `updated` moves for edits alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from folding import Folded, page, update
from hypothesis import given, settings

if TYPE_CHECKING:
    from feeder.model import Snapshot

LAG = 4.5  # minutes at most by which an edge is behind: less than makes an older copy the page
WAIT = st.sampled_from([0.25, 0.5, 1.0, 2.0, 5.0])
COUNT = 5  # updates on the first page


@dataclass(frozen=True)
class Read:
    """What happens before a read, and how far behind the edge is that answers."""

    wait: float
    event: str
    which: int
    lag: float


READS = st.lists(
    st.builds(
        Read,
        WAIT,
        st.sampled_from(["", "", "edit", "add", "back"]),
        st.integers(0, 99),
        st.sampled_from([0.0, LAG, LAG]),
    ),
    max_size=30,
)


class Site:
    """A page of which every update says how often it was edited, and all its states with their times."""

    def __init__(self, *, dated: bool) -> None:
        self.versions = [0] * COUNT
        self.dated = dated  # whether edits state when they were made
        self.edited: dict[int, float] = {}
        self.states: list[tuple[float, Snapshot]] = []

    def happen(self, read: Read, now: float) -> None:
        if read.event == "edit":
            which = read.which % len(self.versions)
            self.versions[which] += 1
            self.edited[which] = now
        elif read.event == "add":
            self.versions.append(0)

    def render(self) -> Snapshot:
        shown = [
            update(
                number * 3,
                f"Update {number} speaks of the harbour, in edition {version * 11}.",
                f"u{number}",
                modified=self.edited.get(number) if self.dated else None,
            )
            for number, version in enumerate(self.versions)
        ]
        return page(*shown[::-1])

    def at(self, instant: float) -> Snapshot:
        return [state for since, state in self.states if since <= instant or since == 0][-1]


@pytest.mark.row("13")
@given(reads=READS)
@settings(deadline=None, max_examples=200)
def test_no_text_goes_back_and_updated_moves_for_edits_alone(reads: list[Read]) -> None:
    """Each edition is read from the newest edge first: without a date nobody could know it otherwise."""
    site, source, now = Site(dated=False), Folded(), 0.0
    site.states.append((0.0, site.render()))
    source.read(site.render(), wait=0)
    said = [0] * COUNT
    for read in reads:
        now += read.wait
        changed = read.event in {"edit", "add"}
        if changed:
            site.happen(read, now)
            site.states.append((now, site.render()))
        if read.event == "back":  # the newest edge says that nothing has changed
            source.unchanged(wait=read.wait)
            continue
        before = {entry.native_id: entry.updated for entry in source.living}
        source.read(site.at(now if changed else now - read.lag), wait=read.wait)
        said += [0] * (len(site.versions) - len(said))
        for entry in source.living:
            number = int(str(entry.native_id)[1:])
            edition = int(entry.content.text.rpartition(" ")[2].rstrip(".")) // 11
            assert edition >= said[number], "the text has gone back"
            if entry.updated != before.get(entry.native_id, entry.updated):
                assert edition > said[number], "`updated` has moved without an edit"
            said[number] = edition
    assert sorted(said) == sorted(site.versions)


@pytest.mark.row("13")
def test_an_older_copy_that_stays_becomes_the_page() -> None:
    """The law would hold of a program that never takes anything."""
    site, source = Site(dated=False), Folded()
    old = site.render()
    source.read(old)
    site.happen(Read(0, "edit", 2, 0), 0.0)
    source.read(site.render())
    assert [source.read(old, wait=3).believed for _ in range(3)] == [False, False, True]
    assert "Update 2 speaks of the harbour, in edition 0." in source.texts
