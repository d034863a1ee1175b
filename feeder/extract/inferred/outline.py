"""A parsed page as a list of its nodes, with the amount of text between any two of them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from html import unescape
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from feeder.cache import recalled
from feeder.extract.inferred.stretch import (
    INLINE,
    TEXT,
    Stretch,
    link_around,
    regular,
    stretch,
    stretches,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["BOLD", "HEADINGS", "INLINE", "LINK", "TEXT", "Outline", "Placed", "attributes"]

T = TypeVar("T")

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BOLD = frozenset({"b", "strong"})
LINK = frozenset({"a"})
_TEXTS = frozenset({TEXT})
_ATTRIBUTE = re.compile(r' ([^\s=]+)="([^"]*)"')


class Placed(NamedTuple):
    """A stretch of the markup, and where it is."""

    made: Stretch
    first: int  # the place of its first node
    begin: int  # in the markup
    end: int


class Outline:
    """The nodes of a page's body in document order: its elements, and its texts but white space.

    A node is its place. What is asked of each node again and again is a list by places: its tag,
    how many places `up` its parent is (of the body one more than there are), and of how many nodes
    its own subtree is.
    """

    def __init__(self, body: str) -> None:
        self.markup = regular(body)
        self.tags: list[str] = []
        self.up: list[int] = []
        self.sizes: list[int] = []
        self.stretches: list[Placed] = []
        self._firsts: list[int] = []  # of the stretches
        self._stops: dict[int, int] = {}  # of elements that end in a later stretch than they begin
        self._places: list[int] = []  # of texts
        self._texts: list[str] = []
        self._tagged: dict[frozenset[str], list[int]] = {_TEXTS: self._places}
        weights, prose = self._grown()
        self._chars = [0, *accumulate(weights)]
        self._prose = [0, *accumulate(prose)]

    def _grown(self) -> tuple[list[int], list[int]]:
        """All stretches put together; of each node how much it says, and in sentences."""
        weights: list[int] = []
        prose: list[int] = []
        open_: list[int] = []  # places of the elements that are open
        begin, link = 0, link_around([])
        for markup in stretches(self.markup):
            made, first, end = stretch(markup, link), len(self.up), begin + len(markup)
            self.stretches.append(Placed(made, first, begin, end))
            self._firsts.append(first)
            self.tags += made.tags
            self.up += made.up
            self.sizes += made.sizes
            self._places += [first + place for place in made.places]
            self._texts += made.texts
            weights += made.weights
            prose += made.prose
            if made.whole and open_:
                for place, _ in made.roots:
                    self.up[first + place] += first - 1 - open_[-1]
            else:
                self._joined(self.stretches[-1], open_)
                link = link_around([self.tags[place] for place in open_[-4:]])
            begin = end
        for place in open_:
            self.sizes[place], self._stops[place] = len(self.up) - place, len(self.markup)
        return weights, prose

    def _joined(self, placed: Placed, open_: list[int]) -> None:
        """Elements that end in a stretch and began before, the parents of its nodes, and what it leaves open."""
        made, first, begin, _ = placed
        around = [open_[-1] if open_ else -1]
        for name, place, stop in made.ends:
            closed = "" if name in [self.tags[n] for n in open_] else name
            while closed != name:
                last = open_.pop()
                self.sizes[last], self._stops[last] = first + place - last, begin + stop
                closed = self.tags[last]
            around.append(open_[-1] if open_ else -1)
        for place, ends in made.roots:
            self.up[first + place] = first + place - around[ends]
        open_ += [first + place for place in made.open]

    def __len__(self) -> int:
        return len(self.tags)

    def parent(self, index: int) -> int:
        """-1: it has none."""
        return index - self.up[index]

    def end(self, index: int) -> int:
        """The place after its subtree."""
        return index + self.sizes[index]

    # ------------------------------------------------------------------------------ where nodes are

    def tagged(self, tags: frozenset[str], start: int, end: int) -> list[int]:
        """The elements of those tags between two places."""
        places = self._all(tags)
        return places[bisect_left(places, start) : bisect_left(places, end)]

    def _all(self, tags: frozenset[str]) -> list[int]:
        if tags not in self._tagged:
            found = self._tagged[tags] = []
            for made, first, *_ in self.stretches:
                places = made.facts.get(tags)
                if places is None:
                    places = made.facts[tags] = [
                        n for n, tag in enumerate(made.tags) if tag in tags
                    ]
                found += [first + place for place in places]
        return self._tagged[tags]

    def above(self, index: int, most: int) -> list[int]:
        """The node itself and the nearest elements around it, from the inside."""
        found: list[int] = []
        while index >= 0 and len(found) < most:
            found.append(index)
            index -= self.up[index]
        return found

    def children(self, index: int) -> Iterator[int]:
        child, end = index + 1, self.end(index)
        while child < end:
            yield child
            child += self.sizes[child]

    def before(self, index: int) -> int:
        """The sibling before it; -1: none."""
        around, here = self.parent(index), index - 1
        if here <= around:
            return -1
        while self.parent(here) != around:
            here -= self.up[here]
        return here

    def before_all(self, index: int) -> Iterator[int]:
        """The siblings before it, from the nearest."""
        while (index := self.before(index)) >= 0:
            yield index

    def after(self, index: int) -> Iterator[int]:
        """The siblings after it."""
        around = self.parent(index)
        here, end = self.end(index), self.end(around) if around >= 0 else len(self)
        while here < end:
            yield here
            here += self.sizes[here]

    # -------------------------------------------------------------------------------- what they say

    def between(self, start: int, end: int) -> list[tuple[int, str]]:
        """The texts between two places, with theirs."""
        first, last = bisect_left(self._places, start), bisect_left(self._places, end)
        return list(zip(self._places[first:last], self._texts[first:last], strict=True))

    def text(self, index: int) -> str:
        """Of a text, its words as they stand; of an element, all words in it, with spaces between its texts."""
        first = bisect_left(self._places, index)
        if self.tags[index] == TEXT:
            return self._texts[first]
        return " ".join(self._texts[first : bisect_left(self._places, self.end(index), lo=first)])

    def letters(self, index: int) -> int:
        """Characters of all words in it."""
        first, last = bisect_left(self._places, index), bisect_left(self._places, self.end(index))
        return sum(len(text.strip()) for text in self._texts[first:last])

    def count(self, start: int, end: int) -> int:
        """How many texts those are."""
        return bisect_left(self._places, end) - bisect_left(self._places, start)

    def chars(self, start: int, end: int) -> int:
        """How much the nodes between two places say."""
        return self._chars[end] - self._chars[start]

    def said(self, index: int) -> int:
        """How much a node says."""
        return self._chars[index + self.sizes[index]] - self._chars[index]

    def prose(self, start: int, end: int) -> int:
        """Characters of texts that are long enough to be sentences, links aside."""
        return self._prose[end] - self._prose[start]

    # ---------------------------------------------------------------------------- how it is written

    def span(self, index: int) -> tuple[int, int]:
        """Where a node is in the markup."""
        made, first, begin, _ = self.stretches[bisect_right(self._firsts, index) - 1]
        place = index - first
        return begin + made.starts[place], self._stops.get(index) or begin + made.stops[place]

    def html(self, index: int) -> str:
        start, stop = self.span(index)
        return self.markup[start:stop]

    def opening(self, index: int) -> str:
        """What stands in an element's start tag; "" of a text."""
        if self.tags[index] == TEXT:
            return ""
        made, first, begin, _ = self.stretches[bisect_right(self._firsts, index) - 1]
        start = begin + made.starts[index - first] + 1
        return self.markup[start : self.markup.index(">", start)]

    def attributes(self, index: int) -> Mapping[str, str]:
        return attributes(self.opening(index))

    def fact(self, of: Callable[[Stretch, str], T], placed: Placed) -> T:
        """What a pure function finds out about a stretch by itself, once."""
        facts = placed.made.facts
        if of not in facts:
            facts[of] = of(placed.made, self.markup[placed.begin : placed.end])
        known: T = facts[of]
        return known

    def block(self, index: int) -> Stretch | None:
        """The stretch that a block is, where it is one: what is remembered of that is remembered of the block."""
        at = bisect_left(self._firsts, index)
        if at == len(self._firsts) or self._firsts[at] != index:
            return None
        made = self.stretches[at].made
        return made if made.whole and made.sizes[0] == len(made.tags) else None


@recalled(2048)
def attributes(opening: str) -> Mapping[str, str]:
    """Of a start tag as a serialiser writes it."""
    return MappingProxyType({name: unescape(value) for name, value in _ATTRIBUTE.findall(opening)})
