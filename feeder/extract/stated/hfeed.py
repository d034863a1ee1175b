"""microformats2 h-entry (https://microformats.org/wiki/h-entry) and classic hAtom.

What an entry quotes (h-cite, reply contexts) and what stands below it (comments) is inside it and
no entry. One entry, or one among teasers, is an article.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from feeder.extract.page.identity import native_id
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.record.content import content
from feeder.extract.record.people import people
from feeder.extract.stated.dom import ancestors, classes, inner, moment, select, tongue, words
from feeder.extract.stated.update_times import read_times
from feeder.model import Note, Rules, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.extract.stated.update_times import UpdateTime, UpdateTimes
    from feeder.model import Content

KIND = "hfeed"
# Property → classes, microformats2 first.
_NAMES = {
    "name": ("p-name", "entry-title"),
    "content": ("e-content", "entry-content"),
    "summary": ("p-summary", "entry-summary"),
    "published": ("dt-published", "published"),
    "updated": ("dt-updated", "updated"),
    "url": ("u-uid", "u-url", "bookmark"),
    "author": ("p-author", "author", "u-author"),
    "category": ("p-category",),
}
_ROOTS = ".h-entry, .hentry"
_BORDERS = frozenset(
    {"h-entry", "hentry", "h-cite", "h-card", "h-event", "h-feed", "hreview", "vevent", "comment"}
)
_MOST = 2_000  # entries
_MAIN = 0.7  # share of all words, above which one entry is the article and the rest are teasers


def find(page: ParsedPage, rules: Rules) -> Evidence | None:  # noqa: ARG001
    roots = select(page.tree, _ROOTS)
    if not roots:
        return None
    entries = [node for node in roots if not _inside(node)][:_MOST]
    feed = page.tree.css_first(".h-feed, .hfeed")
    of_feed = _properties(feed) if feed is not None else {}
    updates, times = _read_entries(page, entries, _authors(of_feed.get("author", [])))
    told = f"{len(entries)} entries in microformats, {len(updates)} with a time or text"
    note = Note(KIND, told)
    if not _a_feed(updates):
        why = Note(KIND, "one entry, or one among teasers: an article, not a feed")
        return Evidence(KIND, notes=(note, why))
    return Evidence(
        KIND,
        updates,
        confidence=0.85,
        place=KIND,
        title=words(next(iter(of_feed.get("name", [])), None)),
        notes=(note,),
        assumed=times.assumed,
        unread=times.unread,
    )


def _read_entries(
    page: ParsedPage, entries: list[LexborNode], author: tuple[str, ...]
) -> tuple[tuple[Update, ...], UpdateTimes]:
    items = [_properties(node) for node in entries]
    times = read_times(page, [_moments(own) for own in items])
    pairs = zip(entries, items, times.each, strict=True)
    read = (_update(page, node, own, time, author) for node, own, time in pairs)
    return tuple(update for update in read if update), times


def _moments(own: dict[str, list[LexborNode]]) -> list[str]:
    return [moment(node) for node in (*own["published"], *own["updated"])]


def _inside(node: LexborNode) -> bool:
    """Returns whether it stands inside an entry, a citation, a comment."""
    for up in ancestors(node):
        here = classes(up)
        if any(
            c
            in (
                "h-entry",
                "hentry",
                "h-cite",
                "h-event",
                "comment",
                "p-comment",
                "u-comment",
                "comments",
            )
            for c in here
        ):
            return True
    return "h-cite" in classes(node)


def _a_feed(updates: tuple[Update, ...]) -> bool:
    if len(updates) < 2 or sum(u.published is not None for u in updates) < len(updates) / 2:
        return False
    sizes = [len(u.content.text) for u in updates]
    if sum(bool(u.content.html) for u in updates) < len(updates) / 2:
        # headlines alone: what else the page shows must tell whether they are its list or its
        # teasers
        return False
    return len(updates) > 4 or max(sizes) < _MAIN * (sum(sizes) + 1)


def _properties(root: LexborNode) -> dict[str, list[LexborNode]]:
    """Returns the nodes of every property that is the root's own, by the strongest of its names."""
    by_class: dict[str, list[LexborNode]] = {}
    for node in _inner_nodes(root):
        for name in classes(node):
            by_class.setdefault(name, []).append(node)
    return {
        what: next((by_class[n] for n in names if n in by_class), [])
        for what, names in _NAMES.items()
    }


def _inner_nodes(root: LexborNode) -> Iterator[LexborNode]:
    """Yields what is inside, in the document's order, up to and with the roots of other things."""
    waiting = list(root.iter())[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if _BORDERS.isdisjoint(classes(node)):
            waiting += list(node.iter())[::-1]


def _update(
    page: ParsedPage,
    entry: LexborNode,
    own: dict[str, list[LexborNode]],
    time: UpdateTime,
    author: tuple[str, ...],
) -> Update | None:
    made = _content(page, entry, own, author)
    if (time.at is None or made.derived) and not made.html:
        return None
    links = own["url"] or entry.css('a[rel~="bookmark"]')
    address = page.absolute(_first_attribute(links, "href"))
    native = native_id(page, address or "") or entry.id
    newer = time.modified(*map(moment, own["updated"]))
    return Update(made, time.at, time.stated, newer, native, address, evidence=KIND)


def _first_attribute(nodes: list[LexborNode], name: str) -> str | None:
    return next((value for node in nodes if (value := node.attributes.get(name))), None)


def _content(
    page: ParsedPage,
    entry: LexborNode,
    own: dict[str, list[LexborNode]],
    author: tuple[str, ...],
) -> Content:
    bodies = own["content"] or own["summary"]
    times = {words(node) for node in own["published"]}
    headline = _headline(entry, own["name"], bodies, times)
    return content(
        html.escape(headline, quote=False),
        inner(bodies[0]) if bodies else "",
        page.base,
        authors=_authors(own["author"]) or author,
        categories=[words(node) for node in own["category"]],
        language=tongue(entry),
    )


def _headline(
    entry: LexborNode,
    names: list[LexborNode],
    bodies: list[LexborNode],
    published: set[str],
) -> str:
    """The name, unless it is the content itself, or its time: themes put what a note has."""
    body = words(bodies[0]) if bodies else ""
    inside = {b.mem_id for b in bodies}
    for node in names:
        text = words(node)
        if (
            not text
            or text in published
            or not inside.isdisjoint(n.mem_id for n in (node, *ancestors(node, entry)))
        ):
            continue
        if node.tag in ("h1", "h2", "h3") or not body.startswith(text.rstrip("… .")):
            return text
    return ""


def _authors(nodes: list[LexborNode]) -> tuple[str, ...]:
    for node in nodes:
        image = node.css_first("img[alt]")
        alt = image.attributes.get("alt") if image is not None else ""
        found = people(
            words(node.css_first(".p-name, .fn") or node)
            or node.attributes.get("title")
            or alt
            or ""
        )
        if found:
            return found
    return ()
