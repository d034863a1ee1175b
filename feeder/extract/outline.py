"""A parsed page as a list of its nodes, with the amount of text between any two of them."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

# Elements that stand in a line of text; "-text" is Lexbor's name for a text.
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "em", "font", "i", "ins", "kbd",
    "label", "mark", "nobr", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
    "-text"
})  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BOLD = frozenset({"b", "strong"})
_SENTENCE = 60  # characters from which on a text is taken for prose


class Outline:
    """The page's nodes in document order, and how much text lies between any two of them."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        root = tree.body or tree.root
        self.nodes = list(root.traverse(include_text=True)) if root is not None else []
        self.index = {node.mem_id: number for number, node in enumerate(self.nodes)}
        self.texts = [(n, t) for n, node in enumerate(self.nodes) if (t := node.text_content) and not t.isspace()]
        sizes = [0] * len(self.nodes)
        prose = [0] * len(self.nodes)
        for number, text in self.texts:
            size = _weight(text.strip())
            sizes[number] = size
            if size >= _SENTENCE and not _linked(self.nodes[number]):
                prose[number] = size
        self._chars = [0, *accumulate(sizes)]
        self._prose = [0, *accumulate(prose)]

    def end(self, node: LexborNode) -> int:
        """Where the node's own subtree ends."""
        here: LexborNode | None = node
        while here is not None:
            after = here.next
            if after is not None:
                return self.index.get(after.mem_id, len(self.nodes))
            here = here.parent
        return len(self.nodes)

    def between(self, start: int, end: int) -> list[tuple[int, str]]:
        """The texts between two places, with theirs."""
        return self.texts[bisect_left(self.texts, (start, "")) : bisect_left(self.texts, (end, ""))]

    def chars(self, start: int, end: int) -> int:
        return self._chars[end] - self._chars[start]

    def prose(self, start: int, end: int) -> int:
        """Characters of texts that are long enough to be sentences, links aside."""
        return self._prose[end] - self._prose[start]


def _linked(text: LexborNode) -> bool:
    here = text.parent
    for _ in range(4):
        if here is None or here.tag == "a":
            return here is not None
        here = here.parent
    return False


def _weight(text: str) -> int:
    """Characters; those of Chinese, Japanese and Korean say as much as two and a half others."""
    if text.isascii() or text[len(text) // 2] < "\u3000":
        return len(text)
    return len(text) * 5 // 2


def blank(node: LexborNode) -> bool:
    """Whether a reader sees nothing of it: white space or a comment."""
    return node.is_comment_node or (node.is_text_node and (node.text_content or "").isspace())


def before(node: LexborNode) -> LexborNode | None:
    """The sibling before it that is more than white space."""
    here = node.prev
    while here is not None and blank(here):
        here = here.prev
    return here
