"""Where the updates of a series are to be found: their own ids and addresses in the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from feeder.extract.identity import native_id
from feeder.extract.outline import INLINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selectolax.lexbor import LexborNode

    from feeder.extract.blocks_series import Record
    from feeder.extract.outline import Outline
    from feeder.extract.page import Page
    from feeder.extract.record import Read

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


def places(page: Page, records: Sequence[Record], insides: Sequence[Read], outline: Outline) -> list[Place]:
    """For each record, where most records of the series have their own."""
    links = _links(page, records, insides)
    here = _own(page)
    fragments = [_fragment(here, link) if link else None for link in links]
    ids = fragments if _nearly_all(fragments) else _column([_ids(r, outline) for r in records])
    return [_place(page, link, n, own) for link, n, own in zip(links, fragments, ids, strict=True)]


def _fragment(here: frozenset[str], link: str) -> str | None:
    """The fragment of an address of this page; its query may say which part of the page is to be shown."""
    bare, _, fragment = link.partition("#")
    return fragment or None if bare.partition("?")[0] in here else None


def _own(page: Page) -> frozenset[str]:
    return _without_queries(page.url, page.canonical or "")


@lru_cache(maxsize=64)
def _without_queries(*urls: str) -> frozenset[str]:
    return frozenset({"", *(url.partition("?")[0] for url in urls)})


def _place(page: Page, link: str | None, fragment: str | None, own: str | None) -> Place:
    if link:
        return Place(fragment or own or native_id(page, link), link)
    return Place(own, f"{page.url}#{own}" if own and page.url and _is_anchor(own) else None)


def _is_anchor(own: str) -> bool:
    return not re.search(r"\s", own)


def _nearly_all(column: Sequence[str | None]) -> bool:
    """Whether nearly every record has a value, each its own."""
    values = [v for v in column if v]
    return len(values) >= 0.8 * len(column) and len(set(values)) >= 0.9 * len(values)


def _column(rows: list[dict[str, str]]) -> list[str | None]:
    """The values under the first key that nearly every row has, each its own."""
    for key in dict.fromkeys(key for row in rows for key in row):
        if _nearly_all(column := [row.get(key) for row in rows]):
            return column
    return [None] * len(rows)


def _links(page: Page, records: Sequence[Record], insides: Sequence[Read]) -> list[str | None]:
    """The addresses of the first kind that nearly every record has one of."""
    for kind in (_of_time, _of_headline, _of_whole, _of_anchor):
        rows = [_first(kind(r, i), page, fragment=kind is _of_anchor) for r, i in zip(records, insides, strict=True)]
        found = _column(rows)
        if any(found):
            return found
    return [None] * len(records)


def _of_time(record: Record, _: Read) -> Iterator[LexborNode]:
    time = record.mark.node
    here: LexborNode | None = time
    while here is not None and (here.tag in INLINE or here.mem_id == time.mem_id):
        yield here
        here = here.parent
    if not time.is_text_node and not record.mark.holds:
        yield from time.css("a[href]")[:1]


def _of_headline(_: Record, inside: Read) -> Iterator[LexborNode]:
    head = inside.link
    if head is not None and not head.is_text_node:
        yield head
        yield from (each for each in (head.parent, *head.css("a[href]")[:1]) if each is not None)


def _of_whole(record: Record, _: Read) -> Iterator[LexborNode]:
    yield record.nodes[0]


def _of_anchor(record: Record, _: Read) -> Iterator[LexborNode]:
    for node in record.nodes:
        if node.is_element_node:
            yield from node.css('a[href*="#"]')[:4]


def _first(nodes: Iterator[LexborNode], page: Page, *, fragment: bool) -> dict[str, str]:
    """The first address among them that can be the record's own, as a row of one column."""
    for node in nodes:
        if url := _own_url(node, page, fragment=fragment):
            return {"link": url}
    return {}


def _own_url(node: LexborNode, page: Page, *, fragment: bool) -> str | None:
    href = (node.attributes.get("href") or "") if node.tag == "a" else ""
    if href in {"", "#"} or _shares(href):
        return None
    url = page.absolute(href) or (href if href.startswith("#") else None)
    if url is None:
        return None
    bare, _, anchor = url.partition("#")
    here = bare.partition("?")[0] in _own(page)
    if (fragment and not (here and anchor)) or (here and not anchor and "?" not in bare):
        return None
    return url


@lru_cache(maxsize=4096)
def _shares(href: str) -> bool:
    return _SHARE.search(href) is not None


def _ids(record: Record, outline: Outline) -> dict[str, str]:
    """Attributes that name the record: on the way from its outermost node to its time, or of an anchor before it."""
    found: dict[str, str] = {}
    for depth, node in enumerate([*record.nodes[:1], *_way(record)]):
        if node.is_element_node:
            named = ((n, v) for n, v in node.attributes.items() if v and len(v) <= _LONGEST and _ID.match(n))
            for name, value in named:
                found.setdefault(f"{depth}:{name}", value)
    first = record.nodes[0]
    inner = first.css("a[name], [id]")[:1] if first.is_element_node else []
    last = outline.before(outline.index[first.mem_id])
    anchor = [outline.nodes[last]] if last >= 0 and outline.tags[last] == "a" else []
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
