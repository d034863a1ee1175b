"""Where the updates of a series are to be found: their own ids and addresses in the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from feeder.extract.identity import native_id
from feeder.extract.outline import INLINE, before

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selectolax.lexbor import LexborNode

    from feeder.extract.blocks_series import Record
    from feeder.extract.page import Page
    from feeder.extract.parts import Inside

_ID = re.compile(r"^(?:data-(?:[\w-]*-)?(?:id|key|uid|uuid|guid|urn|post|block|entry|item|anchor)|id|name)$")
_LONGEST = 200  # characters of an id
_SHARE = re.compile(
    r"facebook\.|twitter\.com/(?:intent|share)|x\.com/(?:intent|share)|whatsapp|linkedin\.|pinterest|reddit\.com/submit"
    r"|t\.me/share|sharer|mailto:|telegram",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    id: str | None = None
    url: str | None = None


def places(page: Page, records: Sequence[Record], insides: Sequence[Inside]) -> list[Place]:
    """For each record, where most records of the series have their own."""
    links = _column([_candidates(r, i, page) for r, i in zip(records, insides, strict=True)])
    ids = _column([_ids(r) for r in records])
    return [_place(page, link, own) for link, own in zip(links, ids, strict=True)]


def _place(page: Page, link: str | None, own: str | None) -> Place:
    if link:
        native = native_id(page, link)
        fragment = native is not None and not native.startswith("http")
        return Place(native if fragment else own or native, link)
    return Place(own, f"{page.url}#{own}" if own and page.url and _is_anchor(own) else None)


def _is_anchor(own: str) -> bool:
    return not re.search(r"\s", own)


def _column(rows: list[dict[str, str]]) -> list[str | None]:
    """The values under the first key that nearly every row has, each its own."""
    count: dict[str, list[str]] = {}
    for row in rows:
        for key, value in row.items():
            count.setdefault(key, []).append(value)
    for key, values in count.items():
        if len(values) >= 0.8 * len(rows) and len(set(values)) >= 0.9 * len(values):
            return [row.get(key) for row in rows]
    return [None] * len(rows)


def _candidates(record: Record, inside: Inside, page: Page) -> dict[str, str]:
    """Links that may be the record's own: around its time, in its headline, with a fragment of this page."""
    found: dict[str, str] = {}
    for key, node in _anchors(record, inside):
        _add(found, key, node, page)
    for node in record.nodes:
        if not node.is_text_node and "#" in (node.html or ""):
            for each in node.css('a[href*="#"]')[:4]:
                _add(found, "anchor", each, page, fragment=True)
    return found


def _anchors(record: Record, inside: Inside) -> Iterator[tuple[str, LexborNode]]:
    time = record.mark.node
    here: LexborNode | None = time
    while here is not None and (here.tag in INLINE or here.mem_id == time.mem_id):
        yield "time", here
        here = here.parent
    if not time.is_text_node and not record.mark.holds:
        yield from (("time", each) for each in time.css("a[href]")[:1])
    head = inside.link
    if head is not None and not head.is_text_node:
        yield "headline", head
        yield from (("headline", each) for each in (head.parent, *head.css("a[href]")[:1]) if each is not None)
    yield "whole", record.nodes[0]


def _add(found: dict[str, str], key: str, node: LexborNode, page: Page, *, fragment: bool = False) -> None:
    if node.tag != "a" or key in found:
        return
    href = node.attributes.get("href") or ""
    if _SHARE.search(href) or href in {"", "#"}:
        return
    url = page.absolute(href) or (href if href.startswith("#") else None)
    if url is None:
        return
    bare, anchor = urldefrag(url)
    own = bare.partition("?")[0] in {"", page.url.partition("?")[0], (page.canonical or "").partition("?")[0]}
    if (fragment and not (own and anchor)) or (own and not anchor and "?" not in bare):
        return
    found[key] = url


def _ids(record: Record) -> dict[str, str]:
    """Attributes that name the record: on the way from its outermost node to its time, or of an anchor before it."""
    found: dict[str, str] = {}
    for depth, node in enumerate([*record.nodes[:1], *_way(record)]):
        if node.is_element_node:
            named = ((n, v) for n, v in node.attributes.items() if v and len(v) <= _LONGEST and _ID.match(n))
            for name, value in named:
                found.setdefault(f"{depth}:{name}", value)
    first = record.nodes[0]
    inner = first.css("a[name], [id]")[:1] if first.is_element_node else []
    last = before(first)
    anchor = [last] if last is not None and last.tag == "a" else []
    for key, nodes in (("inner", inner), ("before", anchor)):
        for node in nodes:
            own = node.attributes.get("id") or node.attributes.get("name")
            if own:
                found.setdefault(key, own)
    return found


def _way(record: Record) -> list[LexborNode]:
    """From the outermost node of the record to its time."""
    tops = {n.mem_id for n in record.nodes}
    path: list[LexborNode] = []
    here: LexborNode | None = record.mark.node
    while here is not None:
        path.append(here)
        if here.mem_id in tops:
            break
        here = here.parent
    return path[::-1]
