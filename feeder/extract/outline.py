"""A parsed page as a list of its nodes, with the amount of text between any two of them."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate, count
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

# Elements that stand in a line of text; "-text" is Lexbor's name for a text.
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "em", "font", "i", "ins", "kbd",
    "label", "mark", "nobr", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
    "-text"
})  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BOLD = frozenset({"b", "strong"})
_TEXTS = frozenset({"-text"})
_ID, _TAG, _PARENT = attrgetter("mem_id"), attrgetter("tag"), attrgetter("parent.mem_id")
_SENTENCE = 60  # characters from which on a text is taken for prose


class Outline:
    """The page's nodes in document order, and how much text lies between any two of them.

    Every question to the tree makes objects, so what is asked of each node again and again is asked once: a place in
    `nodes` is also one in `tags`, in `parents` (-1: none) and in `ends` (where the node's own subtree ends).
    """

    def __init__(self, tree: LexborHTMLParser) -> None:
        root = tree.body or tree.root
        self.nodes = list(root.traverse(include_text=True)) if root is not None else []
        self.index = dict(zip(map(_ID, self.nodes), count(), strict=False))
        self.tags: list[str] = list(map(_TAG, self.nodes))
        self.parents: list[int] = [-1, *map(self.index.__getitem__, map(_PARENT, self.nodes[1:]))]
        self.ends = _ends(self.parents)
        self._tagged: dict[frozenset[str], list[int]] = {}
        places = self.tagged(_TEXTS, 0, len(self.nodes))
        words = [self.nodes[n].text_content or "" for n in places]
        self.texts = [(n, text) for n, text in zip(places, words, strict=True) if text and not text.isspace()]
        self._places = [n for n, _ in self.texts]
        sizes, prose = [0] * len(self.nodes), [0] * len(self.nodes)
        for number, text in self.texts:
            sizes[number] = size = len(text.strip()) if text.isascii() else _weight(text.strip())
            if size >= _SENTENCE and not self._linked(number):
                prose[number] = size
        self._chars = [0, *accumulate(sizes)]
        self._prose = [0, *accumulate(prose)]

    def tagged(self, tags: frozenset[str], start: int, end: int) -> list[int]:
        """The elements of those tags between two places."""
        if tags not in self._tagged:
            self._tagged[tags] = [n for n, tag in enumerate(self.tags) if tag in tags]
        places = self._tagged[tags]
        return places[bisect_left(places, start) : bisect_left(places, end)]

    def end(self, node: LexborNode) -> int:
        """Where the node's own subtree ends."""
        index = self.index.get(node.mem_id)
        return len(self.nodes) if index is None else self.ends[index]

    def above(self, index: int, most: int) -> list[int]:
        """The node itself and the nearest elements around it, from the inside."""
        found: list[int] = []
        while index >= 0 and len(found) < most:
            found.append(index)
            index = self.parents[index]
        return found

    def children(self, index: int) -> Iterator[int]:
        child, end = index + 1, self.ends[index]
        while child < end:
            yield child
            child = self.ends[child]

    def blank(self, index: int) -> bool:
        """Whether a reader sees nothing of it: white space or a comment."""
        tag = self.tags[index]
        return tag == "-comment" or (tag == "-text" and not self.count(index, index + 1))

    def before(self, index: int) -> int:
        """The sibling before it that is more than white space; -1: none."""
        around, here = self.parents[index], index - 1
        while here > around:
            while self.parents[here] != around:
                here = self.parents[here]
            if not self.blank(here):
                return here
            here -= 1
        return -1

    def between(self, start: int, end: int) -> list[tuple[int, str]]:
        """The texts between two places, with theirs."""
        return self.texts[bisect_left(self._places, start) : bisect_left(self._places, end)]

    def count(self, start: int, end: int) -> int:
        """How many texts those are."""
        return bisect_left(self._places, end) - bisect_left(self._places, start)

    def chars(self, start: int, end: int) -> int:
        return self._chars[end] - self._chars[start]

    def prose(self, start: int, end: int) -> int:
        """Characters of texts that are long enough to be sentences, links aside."""
        return self._prose[end] - self._prose[start]

    def _linked(self, text: int) -> bool:
        here = text
        for _ in range(4):
            here = self.parents[here]
            if here < 0 or self.tags[here] == "a":
                return here >= 0
        return False


def _ends(parents: list[int]) -> list[int]:
    """A subtree ends where its last child's does, which comes first from behind."""
    ends = [0] * len(parents)
    for index in range(len(parents) - 1, -1, -1):
        end = ends[index]
        if not end:
            ends[index] = end = index + 1
        if not ends[parents[index]]:
            ends[parents[index]] = end
    return ends


def _weight(text: str) -> int:
    """Characters; those of Chinese, Japanese and Korean say as much as two and a half others."""
    if text.isascii() or text[len(text) // 2] < "\u3000":
        return len(text)
    return len(text) * 5 // 2
