"""Reading a parsed tree: what the extractors of explicit markup share.

The tree is read and never changed.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

_VALUES = {
    "meta": "content",
    "time": "datetime",
    "data": "value",
    "abbr": "title",
    "a": "href",
    "link": "href",
    "img": "src",
}


def classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()


def words(node: LexborNode | None) -> str:
    """Returns the node's text on one line."""
    return " ".join(node.text(separator=" ").split()) if node is not None else ""


def tongue(node: LexborNode) -> str | None:
    """Returns the language that an element states for itself."""
    return node.attributes.get("lang") or None


def ancestors(node: LexborNode, top: LexborNode | None = None) -> Iterator[LexborNode]:
    """Yields the elements around it, from the inside, up to but not including `top`."""
    up = node.parent
    while up is not None and (top is None or up.mem_id != top.mem_id):
        yield up
        up = up.parent


def value(node: LexborNode) -> str:
    """What it states for machines: the attribute that its element has for that, else its text."""
    key = _VALUES.get(node.tag or "")
    stated = node.attributes.get(key) if key else None
    return (stated or node.attributes.get("content") or "").strip() or words(node)


def moment(node: LexborNode) -> str:
    """Returns the time that it states.

    Its own, or that of the first <time> or value inside (the value-class-pattern).
    """
    for one in (node, *node.css("time[datetime], .value-title, abbr[title], data[value]")):
        for key in ("datetime", "content", "value", "title"):
            stated = one.attributes.get(key)
            if stated and any(c.isdigit() for c in stated):
                return stated.strip()
    return words(node)


def inner(node: LexborNode, without: Iterable[LexborNode] = ()) -> str:
    """Returns the HTML inside, less some of its parts."""
    gone = {each.mem_id for each in without}
    if not gone:
        return node.inner_html or ""
    on_the_way = {up.mem_id for each in without for up in ancestors(each, node)}
    return "".join(_outer(child, gone, on_the_way) for child in node.iter(include_text=True))


def _outer(node: LexborNode, gone: set[int], on_the_way: set[int]) -> str:
    if node.mem_id in gone:
        return ""
    if node.mem_id not in on_the_way:
        return node.html or ""
    inside = "".join(_outer(child, gone, on_the_way) for child in node.iter(include_text=True))
    href = node.attributes.get("href")
    attribute = f' href="{html.escape(href)}"' if href else ""
    return f"<{node.tag}{attribute}>{inside}</{node.tag}>"


def select(top: LexborHTMLParser | LexborNode, selector: str) -> list[LexborNode]:
    """Returns what matches, once each and in the document's order.

    Lexbor answers once per matching part of a list.
    """
    return list({node.mem_id: node for node in top.css(selector)}.values())
