"""Whatever a page does: every update exactly once, under one id, at its true time, with its newest words."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from folding import Folded, page, update
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from living import WAYS, Blog

from feeder.reconcile.assignment import assign

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Entry, Snapshot


SEEDS = int(os.environ.get("FEEDER_SEEDS", "2"))


class Watched:
    """A blog, the feed that is made of it, and a judge of both."""

    def __init__(self, way: str, seed: object) -> None:
        self.blog, self.source = Blog(random.Random(f"{seed}/{way}"), WAYS[way]), Folded()
        self.first: dict[int, Entry] = {}
        self.pages: list[tuple[Snapshot, datetime]] = []
        self.old_copies = 0

    def read(self) -> None:
        """A clean read of the page as it is."""
        snapshot = self.blog.snapshot(self.source.now)
        self.pages.append((snapshot, self.source.now))
        self.old_copies = 0
        self.blog.look()
        before = self.source.entries
        result = self.source.read(snapshot)
        assert not result.hold
        self.judge()
        unmoved = set(before) - {change.entry.id for change in result.changes}
        assert all(self.source.entries[name] == before[name] for name in unmoved)

    def read_again(self) -> None:
        """Nothing has happened since: nothing changes but what is gone for the third time."""
        changes = self.source.unchanged().changes
        assert {change.kind for change in changes} <= {"removed"}
        self.judge()

    def read_old_copy(self) -> None:
        """For a read or two."""
        if len(self.pages) > 3 and self.old_copies < 2:
            self.old_copies += 1
            snapshot, then = self.pages[-3]
            late = self.source.now - then if self.blog.way.stated == "relative" else then - then
            updates = [
                replace(one, published=one.published and one.published + late)
                for one in snapshot.updates
            ]
            changes = self.source.read(replace(snapshot, updates=tuple(updates))).changes
            assert {change.kind for change in changes} <= {"touched", "removed"}
            self.judge()

    def judge(self) -> None:
        """Holds the feed against what a careful reader of the page knows."""
        found: dict[int, Entry] = {}
        for entry in self.source.living:
            number = int(entry.content.text.partition("mark")[2][:4])
            assert number not in found, f"mark{number} twice"
            found[number] = entry
        assert set(found) <= set(self.blog.shown), "an entry that is no update"
        for number in self.blog.shown:
            if number not in self.blog.deleted:
                self.compare(number, found[number])
            elif self.blog.proofs[number] > 4:
                assert number not in found, f"mark{number} is kept"

    def compare(self, number: int, entry: Entry) -> None:
        post, way = self.blog.shown[number], self.blog.way
        first = self.first.setdefault(number, entry)
        assert entry.id == first.id
        assert entry.content.text == "\n\n".join(post.paragraphs)
        assert entry.content.title == post.headline or not way.headlines
        stated = way.stated in {"instant", "clock"}
        assert entry.published == (post.published if stated else first.published)


@pytest.mark.parametrize(("way", "seed"), [*product(WAYS, range(SEEDS))])
def test_a_page_that_lives_on(way: str, seed: int) -> None:
    """Eighty reads: some are unchanged answers, some give an older copy, and between some the page rests."""
    luck = random.Random(f"{seed}/{way}/luck")
    watched = Watched(way, seed)
    watched.read()
    for _ in range(80):
        kind = luck.random()
        if kind < 0.1:
            watched.read_old_copy()
        elif kind < 0.2:
            watched.read_again()
        else:
            watched.blog.step()
            watched.read()


EVENTS = st.sampled_from(["add", "edit", "typo", "headline", "retime", "delete", "pin", "turn"])
HAPPENING = st.lists(st.tuples(EVENTS, st.integers(0, 99)), min_size=1, max_size=3)


class Living(RuleBasedStateMachine):
    """The same, where hypothesis looks for the sequence of events that breaks a law."""

    @initialize(
        way=st.sampled_from(
            ["ids", "no ids", "no headlines", "clock", "renamed", "dropped", "places"]
        ),
        seed=st.integers(0, 9999),
    )
    def begin(self, way: str, seed: int) -> None:
        self.watched = Watched(way, seed)
        self.watched.read()

    @rule(happening=HAPPENING)
    def live_on(self, happening: list[tuple[str, int]]) -> None:
        self.watched.blog.age += 1
        for event, which in happening:
            self.watched.blog.happen(event, which)
        self.watched.read()

    @rule(which=st.integers(0, 99))
    def flap(self, which: int) -> None:
        """An update is missing for one read, and then back: it was never gone."""
        watched = self.watched
        whole, number = (
            watched.blog.posts,
            watched.blog.visible[1 + which % (len(watched.blog.visible) - 2)].number,
        )
        watched.blog.posts = [post for post in whole if post.number != number]
        watched.source.read(watched.blog.snapshot(watched.source.now))
        watched.blog.posts = whole
        for _ in range(3):  # as the page was before: at first that may be an older copy
            watched.source.read(watched.blog.snapshot(watched.source.now))
        watched.judge()

    @rule()
    def rest(self) -> None:
        self.watched.read_again()

    @rule()
    def read_old_copy(self) -> None:
        self.watched.read_old_copy()

    @rule()
    def read_twice(self) -> None:
        """Reading twice changes nothing."""
        watched = self.watched
        watched.read()
        before = watched.source.entries
        result = watched.source.read(watched.blog.snapshot(watched.source.now))
        assert {change.kind for change in result.changes} <= {"removed"}
        assert {
            name: entry for name, entry in watched.source.entries.items() if entry.removed is None
        }.items() <= before.items()


TestLiving = Living.TestCase
TestLiving.settings = settings(max_examples=10 * SEEDS, stateful_step_count=30, deadline=None)


def test_a_page_that_is_wholly_unknown_is_taken_in_good_time() -> None:
    """Two days' updates without ids or times, all of other words than the day before."""
    source = Folded()
    source.read(
        page(
            *(
                update(None, f"The crews counted {n} boats at the harbour on the first day.")
                for n in range(300)
            )
        )
    )
    source.read(
        page(*(update(None, f"Day two has {n} and {n * 7} other words.") for n in range(300))),
        accept=True,
    )
    assert len(source.living) == 600


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(1, 100), max_size=12
    )
)
@settings(deadline=None)
def test_the_assignment_is_one_to_one_and_the_best_there_is(
    scores: dict[tuple[int, int], int],
) -> None:
    made = assign({pair: float(score) for pair, score in scores.items()})
    assert len({*made.values()}) == len(made)
    assert sum(scores[pair] for pair in made.items()) == _best(scores, 0, frozenset())


def _best(scores: dict[tuple[int, int], int], left: int, taken: frozenset[int]) -> int:
    if left > 4:
        return 0
    options = [
        (right, score)
        for (own, right), score in scores.items()
        if own == left and right not in taken
    ]
    return max(
        _best(scores, left + 1, taken),
        *(score + _best(scores, left + 1, taken | {right}) for right, score in options),
        0,
    )
