"""AMP's live list (https://amp.dev/documentation/components/amp-live-list).

Each item has an `id` that "must never change" and a `data-sort-time`; `data-update-time` says when
it was last edited and `data-tombstone` that it was deleted.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import context, later_time, stamp_of, stated
from feeder.extract.record.bylines import is_signature
from feeder.extract.record.content import content
from feeder.extract.record.people import people
from feeder.extract.stated.dom import classes, inner, select, tongue, words
from feeder.model import Note, Rules, Update

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.when import Context

KIND = "amp"
_TIMES = frozenset({"data-sort-time", "data-update-time", "data-tombstone"})
_HEADINGS = "h1, h2, h3, h4, h5, h6"


def find(page: ParsedPage, rules: Rules) -> Evidence | None:
    items = _items(page)
    if not items:
        return None
    known = context(page, rules)
    deleted = frozenset(str(i.id) for i in items if "data-tombstone" in i.attributes)
    read = [_update(page, item, known) for item in items if item.id not in deleted]
    updates = tuple(u for u in read if u.published or _has_own_words(u))
    notes = (Note(KIND, f"a live list of {len(updates)} items, {len(deleted)} of them deleted"),)
    return Evidence(KIND, updates, confidence=0.9, place=KIND, deleted=deleted, notes=notes)


def _has_own_words(update: Update) -> bool:
    return bool(update.content.html) or not update.content.derived


def _items(page: ParsedPage) -> list[LexborNode]:
    """Returns the items of the page's live lists: what has an id and a time of its own."""
    lists = select(page.tree, "amp-live-list [items]")
    inside = (item for found in lists for item in found.iter())
    return [item for item in inside if item.id and not _TIMES.isdisjoint(item.attributes)]


def _update(page: ParsedPage, item: LexborNode, known: Context) -> Update:
    published = stated(item.attributes.get("data-sort-time"), known)
    modified = stated(item.attributes.get("data-update-time"), known)
    heading = next(iter(select(item, _HEADINGS)), None)
    named = [n for n in select(item, "[rel~=author], [class]") if _byline(n)]
    bylines = named or [n for n in select(item, "p, span, div")[:3] if is_signature(words(n))]
    gone = [n for n in (heading, *bylines[:1], *_stamps(item)) if n is not None]
    made = content(
        html.escape(words(heading), quote=False),
        inner(item, gone),
        page.base,
        authors=people(words(bylines[0])) if bylines else (),
        language=tongue(item),
    )
    url = f"{page.url}#{item.id}" if page.url else None
    later = later_time(modified, published)
    return Update(made, published.at, published.stated, later, item.id, url, evidence=KIND)


def _byline(node: LexborNode) -> bool:
    named = any(word in name.lower() for name in classes(node) for word in ("byline", "author"))
    return (named or "author" in (node.attributes.get("rel") or "")) and len(words(node)) < 80


def _stamps(item: LexborNode) -> list[LexborNode]:
    """Elements that show nothing but a time."""
    return [
        node
        for node in select(item, "time, p, span, div, a")
        if len(text := words(node)) < 40 and any(c.isdigit() for c in text) and stamp_of(text)
    ]
