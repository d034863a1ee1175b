"""Where the updates of a series are to be found: their own ids and addresses in the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from feeder.extract.identity import native_id
from feeder.extract.outline import INLINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborNode

    from feeder.extract.blocks_series import Record
    from feeder.extract.page import Page
    from feeder.extract.record import Inside

_ID = re.compile(r"^(?:data-(?:[\w-]*-)?(?:id|key|uid|uuid|guid|urn|post|block|entry|item|anchor)|id|name)$")
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
    here: LexborNode | None = record.mark.node
    while here is not None and (here.tag in INLINE or here.mem_id == record.mark.node.mem_id):
        _add(found, "time", here, page)
        here = here.parent
    if not record.mark.node.is_text_node:
        for each in record.mark.node.css("a[href]")[:1]:
            _add(found, "time", each, page)
    if inside.link is not None and not inside.link.is_text_node:
        for each in [inside.link, inside.link.parent, *inside.link.css("a[href]")[:1]]:
            if each is not None:
                _add(found, "headline", each, page)
    for node in record.nodes:
        if not node.is_text_node and "#" in (node.html or ""):
            for each in node.css('a[href*="#"]')[:4]:
                _add(found, "anchor", each, page, fragment=True)
    if record.nodes[0].tag == "a":
        _add(found, "whole", record.nodes[0], page)
    return found


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
    """Attributes that name the record, from its outermost node to its time."""
    found: dict[str, str] = {}
    path: list[LexborNode] = []
    here: LexborNode | None = record.mark.node
    tops = {n.mem_id for n in record.nodes}
    while here is not None:
        path.append(here)
        if here.mem_id in tops:
            break
        here = here.parent
    for depth, node in enumerate([*record.nodes[:1], *reversed(path)]):
        if node.is_text_node:
            continue
        for name, value in node.attributes.items():
            if value and _ID.match(name) and len(value) <= 200:
                found.setdefault(f"{depth}:{name}", value)
    first = record.nodes[0]
    before = first.prev
    while before is not None and before.is_text_node and (before.text_content or "").isspace():
        before = before.prev
    inner = [] if first.is_text_node else first.css("a[name], [id]")[:1]
    for key, each in (("inner", inner[0] if inner else None), ("before", before)):
        if each is not None and each.is_element_node and (key == "inner" or each.tag == "a"):
            value = each.attributes.get("id") or each.attributes.get("name")
            if value:
                found.setdefault(key, value)
    return found
