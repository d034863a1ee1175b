"""A read-only view over the parser's tree: a page's nodes as arrays, to be asked by place.

Lexbor has read the page; one walk over its tree notes of each node what is asked again and again.
"""

from __future__ import annotations

import html
from bisect import bisect_left
from itertools import accumulate, chain
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from feeder.when import normal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from selectolax.lexbor import LexborNode

NodeRuns: TypeAlias = "list[list[int]]"  # places of nodes, run by run

TEXT = "-text"  # the tag of what is a text and no element
# Elements that stand in a line of text; a text is one too.
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "em", "font", "i",
    "ins", "kbd", "label", "mark", "nobr", "q", "s", "small", "span", "strike", "strong", "sub",
    "sup", "time", "tt", "u", "var", TEXT
})  # fmt: skip
_H1 = frozenset({"h1"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BOLD = frozenset({"b", "strong"})
LINK = frozenset({"a"})
_NO_NODES = frozenset({None, "-comment", "-document", "!doctype"})
# No one sees what these hold, and a text holds nothing.
_CLOSED = frozenset({"script", "style", "iframe", "noembed", "noframes", TEXT})
_SENTENCE = 60  # characters from which on a text is taken for prose
_LINKED = 4  # elements around a text, among which a link makes it that link's
_NONE: Mapping[str, str] = MappingProxyType({})


def _follows_text(node: LexborNode) -> bool:
    """Returns whether nothing but comments stands between a node and a text before it."""
    before = node.prev
    while before is not None and before.tag in _NO_NODES:
        before = before.prev
    return before is not None and before.tag == TEXT


class Outline:
    """The nodes of a page's body in document order: its elements, and its texts but white space.

    A node is its place. `tags`, `up` (how many places before it its parent is; the body's is at -1)
    and `sizes` (nodes of its subtree, itself included) are lists by places.
    """

    def __init__(self, body: LexborNode | None) -> None:
        self.tags: list[str] = []
        self.up: list[int] = []
        self._body = body
        self._nodes: list[LexborNode] = []
        self._stated: dict[int, Mapping[str, str]] = {}
        self._places: list[int] = []  # of texts
        self._texts: list[str] = []
        self._words: dict[int, str] = {}
        self._spaces: dict[int, str] = {}  # by the place of the node that follows
        self._tagged: dict[frozenset[str], list[int]] = {}
        if body is not None:
            self._walk(body)
        self.sizes = self._measure()
        self._by_tag: dict[str, list[int]] = {}
        for place, tag in enumerate(self.tags):
            self._by_tag.setdefault(tag, []).append(place)
        self._chars, self._prose = self._weighed()

    def _walk(self, body: LexborNode) -> None:
        """Note every node; in a loop of its own, since pages nest deeper than Python's stack."""
        tags, up, nodes = self.tags, self.up, self._nodes
        tags.append(str(body.tag))
        up.append(1)
        nodes.append(body)
        node, around = body.child, 0
        while node is not None:
            inner, tag = None, node.tag
            if tag not in _NO_NODES and (tag != TEXT or self._note_text(node, around)):
                inner = None if tag in _CLOSED else node.child
                up.append(len(tags) - around)
                tags.append(_shows(node) if tag == "button" else str(tag))
                nodes.append(node)
            if inner is not None:
                node, around = inner, len(tags) - 1
                continue
            node = node.next
            while node is None and around > 0:
                node, around = nodes[around].next, around - up[around]

    def _measure(self) -> list[int]:
        sizes = [1] * len(self.tags)
        for place in range(len(sizes) - 1, 0, -1):
            sizes[place - self.up[place]] += sizes[place]
        return sizes

    def _note_text(self, node: LexborNode, parent: int) -> bool:
        """Note what a text says; two that only a comment parts are one, white space is no node."""
        text, place = node.text_content or "", len(self.tags)
        if self.tags[-1] == TEXT and place - 1 - self.up[-1] == parent:
            self._texts[-1] += text
            return False
        if place in self._spaces and _follows_text(node):
            text = self._spaces.pop(place) + text
        if not text or text.isspace():
            self._spaces[place] = text
            return False
        self._places.append(place)
        self._texts.append(text)
        return True

    def _weighed(self) -> tuple[list[int], list[int]]:
        """How much the nodes up to each place say, and how much of it in sentences, links aside."""
        weights, prose = [0] * len(self.tags), [0] * len(self.tags)
        for place, text in zip(self._places, self._texts, strict=True):
            weights[place] = weight = _weight(text.strip())
            if weight >= _SENTENCE and not self._is_linked(place):
                prose[place] = weight
        return [0, *accumulate(weights)], [0, *accumulate(prose)]

    def _is_linked(self, place: int) -> bool:
        return any(self.tags[n] == "a" for n in self.above(self.parent(place), _LINKED))

    def __len__(self) -> int:
        return len(self.tags)

    def parent(self, index: int) -> int:
        """Returns the place of its parent; -1: it has none."""
        return index - self.up[index]

    def end(self, index: int) -> int:
        """Returns the place after its subtree."""
        return index + self.sizes[index]

    # ------------------------------------------------------------------------------ where nodes are

    def tagged(self, tags: frozenset[str], start: int, end: int) -> list[int]:
        """Returns the elements of those tags between two places."""
        places = self._tagged.get(tags)
        if places is None:
            places = self._tagged[tags] = sorted(chain(*(self._by_tag.get(t, ()) for t in tags)))
        return places[bisect_left(places, start) : bisect_left(places, end)]

    def inside(self, index: int, tags: frozenset[str]) -> list[int]:
        """Returns the elements of those tags in a node, itself included."""
        return self.tagged(tags, index, self.end(index))

    def links(self, index: int) -> list[int]:
        """Returns the links in a node that lead anywhere."""
        return [link for link in self.inside(index, LINK) if self.href(link)]

    @property
    def headings(self) -> list[int]:
        """The page's main headings."""
        return self.tagged(_H1, 0, len(self))

    def matching(self, selector: str) -> list[int]:
        """Returns the elements that match a CSS selector, in document order."""
        found = self._body.css(selector) if self._body is not None else ()
        wanted = {node.mem_id for node in found}
        return [n for n, node in enumerate(self._nodes) if node.mem_id in wanted] if wanted else []

    def above(self, index: int, most: int) -> list[int]:
        """Returns the node itself and the nearest elements around it, from the inside."""
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
        """Returns the sibling before it; -1: none."""
        around, here = self.parent(index), index - 1
        if here <= around:
            return -1
        while self.parent(here) != around:
            here -= self.up[here]
        return here

    def before_all(self, index: int) -> Iterator[int]:
        """Yields the siblings before it, from the nearest."""
        while (index := self.before(index)) >= 0:
            yield index

    def after(self, index: int) -> Iterator[int]:
        """Yields the siblings after it."""
        around = self.parent(index)
        here, end = self.end(index), self.end(around) if around >= 0 else len(self)
        while here < end:
            yield here
            here += self.sizes[here]

    # -------------------------------------------------------------------------------- what they say

    def between(self, start: int, end: int) -> list[tuple[int, str]]:
        """Returns the texts between two places, with theirs."""
        first, last = bisect_left(self._places, start), bisect_left(self._places, end)
        return list(zip(self._places[first:last], self._texts[first:last], strict=True))

    def text(self, index: int) -> str:
        """The words of a text as they stand, or those in an element, a space between its texts."""
        first = bisect_left(self._places, index)
        if self.tags[index] == TEXT:
            return self._texts[first]
        return " ".join(self._texts[first : bisect_left(self._places, self.end(index), lo=first)])

    def words(self, index: int) -> str:
        """Returns those words on one line, as times are sought in them."""
        known = self._words.get(index)
        if known is None:
            known = self._words[index] = normal(self.text(index))
        return known

    def letters(self, index: int) -> int:
        """Characters of all words in it."""
        first, last = bisect_left(self._places, index), bisect_left(self._places, self.end(index))
        return sum(len(text.strip()) for text in self._texts[first:last])

    def count(self, start: int, end: int) -> int:
        """Returns how many texts stand between two places."""
        return bisect_left(self._places, end) - bisect_left(self._places, start)

    def chars(self, start: int, end: int) -> int:
        """Returns how much the nodes between two places say."""
        return self._chars[end] - self._chars[start]

    def said(self, index: int) -> int:
        """Returns how much a node says."""
        return self._chars[index + self.sizes[index]] - self._chars[index]

    def prose(self, start: int, end: int) -> int:
        """Characters of texts that are long enough to be sentences, links aside."""
        return self._prose[end] - self._prose[start]

    # ---------------------------------------------------------------------------- how it is written

    def attributes(self, index: int) -> Mapping[str, str]:
        """Returns the attributes of an element, "" for those without a value; none of a text."""
        if self.tags[index] == TEXT:
            return _NONE
        stated = self._stated.get(index)
        if stated is None:
            raw = self._nodes[index].attributes
            stated = self._stated[index] = {name: value or "" for name, value in raw.items()}
        return stated

    def href(self, index: int) -> str:
        """Returns where a link leads; "" for what is none."""
        return self.attributes(index).get("href", "") if self.tags[index] == "a" else ""

    def html(self, index: int) -> str:
        """Returns how the parser would write a node."""
        if self.tags[index] == TEXT:
            return html.escape(self.text(index), quote=False)
        return self._nodes[index].html or ""

    def space(self, index: int) -> str:
        """Returns the white space that alone stands before a node; "": none."""
        return self._spaces.get(index, "")


def _shows(button: LexborNode) -> str:
    """Returns the tag of a button: "summary" where it shows and hides what it titles."""
    return "summary" if "aria-expanded" in button.attributes else "button"


def _weight(text: str) -> int:
    """Characters; those of Chinese, Japanese and Korean say as much as two and a half others."""
    if text.isascii() or text[len(text) // 2] < "\u3000":
        return len(text)
    return len(text) * 5 // 2
