"""Atom 1.0 (RFC 4287) and RSS 2.0, by feedgen.

An entry is rendered once for each revision, in a feed of its own, and cut out; a feed is an
envelope without entries into which the kept bytes are spliced. That is byte for byte what feedgen
makes of all entries at once, and its cost does not grow with their words. What feedgen has no field
for goes in by its extensions.
"""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import feedgen.entry
import feedgen.feed
from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeder.render import urls
from feeder.render.item import Item, Origin, paragraph
from feeder.render.xml_parts import (
    ATOM,
    DC,
    DCTERMS,
    HISTORY,
    LANG,
    MEDIA,
    TOMBSTONES,
    Tombstone,
    add_child,
    add_media,
    add_text,
    break_lines,
    coverage_period,
    hide_end_tags,
    number_references,
    rss_source_element,
    source_element,
    tombstone_element,
)
from feeder.render.xml_text import language, line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.model import Feed
    from feeder.render.urls import Format

# feedgen sets the locale of the whole process around each RFC 2822 date, which other threads must
# not see.
feedgen.feed.formatRFC2822 = feedgen.entry.formatRFC2822 = format_datetime

_END = {"atom": b"</feed>", "rss": b"</channel></rss>"}
# What the entries themselves use. feedgen adds the last two to every RSS document.
_ATOM_SPACES = {"media": MEDIA}
_RSS_SPACES = {
    "media": MEDIA,
    "dc": DC,
    "atom": ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
}


def atom(feed: Feed, archive: int | None = None) -> bytes:
    """The subscription document, or an archive document; tombstones come first (RFC 6721 §3)."""
    return _spliced(
        feed,
        "atom",
        archive,
        [*[one.atom for one in feed.deleted], *[one.atom for one in feed.items]],
    )


def rss(feed: Feed) -> bytes:
    return _spliced(feed, "rss", None, [one.rss for one in feed.items])


def atom_entries(items: Iterable[Item]) -> list[bytes]:
    """Returns the bytes of each entry as it stands in a document."""
    return _apart(
        [_entry("atom", item).atom_entry() for item in items], _ATOM_SPACES, b"</entry>\n"
    )


def rss_items(items: Iterable[Item]) -> list[bytes]:
    return _apart([_entry("rss", item).rss_entry() for item in items], _RSS_SPACES, b"</item>\n")


def deleted_entry(tombstone: Tombstone) -> bytes:
    return _apart([tombstone_element(tombstone)], {"at": TOMBSTONES}, b"/>\n")[0]


def sourced_entry(entry: bytes, origin: Origin, updated: datetime) -> bytes:
    """Returns an `atom_entry` that says which feed it comes from."""
    source = number_references(etree.tostring(source_element(origin, updated), encoding="UTF-8"))
    entry = b"%s%s</entry>\n" % (entry.removesuffix(b"</entry>\n"), source)
    if not origin.language or not entry.startswith(b"<entry>"):
        return entry
    return b'<entry xml:lang="%s">%s' % (origin.language.encode(), entry.removeprefix(b"<entry>"))


def sourced_item(item: bytes, origin: Origin) -> bytes:
    """Returns an `rss_item` that says which feed it comes from."""
    if origin.language and b"<dc:language>" not in item:
        tongue = b"<dc:language>%s</dc:language><atom:updated>" % origin.language.encode()
        item = item.replace(b"<atom:updated>", tongue, 1)
    source = number_references(etree.tostring(rss_source_element(origin), encoding="UTF-8"))
    return b"%s%s</item>\n" % (item.removesuffix(b"</item>\n"), source)


def whole(
    feed: Feed,
    form: Format,
    archive: int | None = None,
    *,
    items: Iterable[Item] = (),
    deleted: Iterable[Tombstone] = (),
) -> bytes:
    """The document by feedgen alone: without entries, or with those that a test compares with."""
    generator = _envelope(feed, form, archive)
    generator.head.deleted = tuple(deleted)
    for one in items:
        generator.add_entry(_entry(form, one), order="append")
    return number_references(generator.atom_str() if form == "atom" else generator.rss_str())


def _spliced(feed: Feed, form: Format, archive: int | None, parts: list[bytes]) -> bytes:
    head = whole(feed, form, archive).removesuffix(_END[form])
    return b"".join([head, *parts, _END[form]])


def _apart(elements: list[Any], spaces: dict[str, str], end: bytes) -> list[bytes]:
    """The bytes of each as they stand in a document that declares these name spaces at its root.

    `end` is what each ends with, and has nowhere else: in words a "<" is written otherwise.
    """
    root = etree.Element("root", None, spaces)
    root.extend(elements)
    document: bytes = number_references(etree.tostring(root, encoding="UTF-8"))
    start = document.find(b"><") + 1
    return [part + end for part in document[start:].split(end)[:-1]] if start else []


def _envelope(feed: Feed, form: Format, archive: int | None) -> Any:
    generator = FeedGenerator()
    generator.register_extension("head", _AtomHead if form == "atom" else _RssHead, _Extra)
    generator.head.feed, generator.head.archive = feed, archive
    title = line(feed.title) or feed.name
    generator.id(feed.id)
    generator.title(title)
    generator.updated(feed.updated.replace(microsecond=0))  # its default is the clock's time
    generator.author(name=title)  # RFC 4287 §4.1.2: for the entries that name none
    generator.generator("feeder")
    generator.link(urls.links(feed, form, archive))
    if description := line(feed.description) or (title if form == "rss" else ""):
        generator.description(description)
    if tag := language(feed.language):
        generator.language(tag)
    return generator


def _entry(form: Format, item: Item) -> Any:
    entry = FeedEntry()
    # Under the name of the feed's extension, which brings it to every entry.
    entry.register_extension("head", _Extra)
    entry.head.item = item
    entry.id(item.id)
    entry.title(item.title)
    entry.published(item.published)
    entry.updated(item.updated)
    if item.link:
        entry.link(href=item.link)
    if form == "atom":
        _fill_atom(entry, item)
    else:
        _fill_rss(entry, item)
    if item.categories:
        entry.category([{"term": category} for category in item.categories])
    return entry


def _fill_atom(entry: Any, item: Item) -> None:
    entry.author([{"name": name} for name in item.authors])
    if item.html:
        entry.content(item.html, type="html")
    else:  # an entry without any text is no mistake, but validators warn of it
        entry.summary(paragraph(item.summary or item.title), type="html")
    if not (item.html or item.link):  # RFC 4287 §4.1.2: one of the two there must be
        entry.content(paragraph(item.title), type="html")


def _fill_rss(entry: Any, item: Item) -> None:
    # Readers take a description for HTML. feedgen writes content:encoded only where there is a
    # description as well.
    if item.summary or item.html:
        entry.description(paragraph(item.summary or item.title))
    if item.html:
        entry.content(item.html)
    if item.media:  # RSS 2.0 has room for one
        first = item.media[0]
        entry.enclosure(first.url, first.length or 0, first.type)


class _AtomHead(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    feed: Feed
    archive: int | None = None
    deleted: tuple[Tombstone, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        spaces = dict(_ATOM_SPACES)
        if self.feed.deleted or self.deleted:
            spaces["at"] = TOMBSTONES
        if self.archive is not None:
            spaces["fh"] = HISTORY
        if coverage_period(self.feed):
            spaces["dcterms"] = DCTERMS
        return spaces

    def extend_atom(self, root: Any) -> Any:
        if self.archive is not None:
            add_child(root, f"{{{HISTORY}}}archive")
        add_text(root, f"{{{DCTERMS}}}temporal", coverage_period(self.feed))
        for tombstone in self.deleted:
            root.append(tombstone_element(tombstone))
        return break_lines(root)


class _RssHead(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    feed: Feed
    archive: int | None = None
    deleted: tuple[Tombstone, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        own = {"media": MEDIA, "dc": DC}
        return own | ({"dcterms": DCTERMS} if coverage_period(self.feed) else {})

    def extend_rss(self, root: Any) -> Any:
        channel = root[0]
        for hub in self.feed.hubs:  # feedgen writes no link of RSS but `self`
            add_child(channel, f"{{{ATOM}}}link", href=hub, rel="hub")
        add_text(channel, f"{{{DCTERMS}}}temporal", coverage_period(self.feed))
        break_lines(channel)
        return root


class _Extra(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    item: Item

    def extend_atom(self, entry: Any) -> Any:
        if tongue := _tongue(self.item):
            entry.set(LANG, tongue)
        if self.item.edit_of:
            add_child(entry, "link", rel="related", href=self.item.edit_of)
        for medium in self.item.media:  # feedgen forgets the `rel` of an entry's links
            title = hide_end_tags(medium.title)
            link = {
                "href": medium.url,
                "type": medium.type,
                "length": medium.length,
                "title": title,
            }
            add_child(entry, "link", rel="enclosure", **link)
        add_media(entry, self.item)
        if self.item.origin:
            entry.append(source_element(self.item.origin, self.item.updated))
        entry.tail = "\n"
        return entry

    def extend_rss(self, entry: Any) -> Any:
        for name in self.item.authors:  # RSS's own `author` is an e-mail address
            add_text(entry, f"{{{DC}}}creator", name)
        add_text(entry, f"{{{DC}}}language", _tongue(self.item))
        add_text(entry, f"{{{ATOM}}}updated", self.item.updated.isoformat())
        add_media(entry, self.item)
        if self.item.origin:
            entry.append(rss_source_element(self.item.origin))
        entry.tail = "\n"
        return entry


def _tongue(item: Item) -> str:
    return item.language or (item.origin.language if item.origin else "")
