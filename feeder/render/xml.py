"""Atom 1.0 (RFC 4287) and RSS 2.0, by feedgen.

An entry is rendered once for each revision, in a feed of its own, and cut out; a feed is an
envelope without entries into which the kept bytes are spliced. That is byte for byte what feedgen
makes of all entries at once, and its cost does not grow with their words. What feedgen has no field
for goes in by its extensions.
"""

from __future__ import annotations

import re
from datetime import datetime
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
from feeder.render.xml_text import language, line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.model import Feed
    from feeder.render.urls import Format

# feedgen sets the locale of the whole process around each RFC 2822 date, which other threads must
# not see.
feedgen.feed.formatRFC2822 = feedgen.entry.formatRFC2822 = format_datetime

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_DCTERMS = "http://purl.org/dc/terms/"
_HISTORY = "http://purl.org/syndication/history/1.0"
_MEDIA = "http://search.yahoo.com/mrss/"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# Text that is no HTML. What an item's description holds is: it begins with a paragraph.
_PLAIN = re.compile(
    rb"<(?:title|subtitle|name|category|source[^>]*|dc:creator|media:\w+)>[^<]*&[^<]*</"
    rb"|<description>(?!&lt;p&gt;)[^<]*&[^<]*</"
)
# Words that speak of markup ("Fix </div>") are taken for markup by readers and validators that
# guess, whatever is declared. A word joiner, which nobody sees, keeps them from it, and the words
# for the reader.
_END_TAG = re.compile(rb"&#x3C;/(?=[A-Za-z]\w*&gt;)")
_NO_END_TAG = "&#x3C;\u2060/".encode()
_END_TAG_IN_WORDS = re.compile(r"</(?=[A-Za-z]\w*>)")
_END = {"atom": b"</feed>", "rss": b"</channel></rss>"}
# What the entries themselves use. feedgen adds the last two to every RSS document.
_ATOM_SPACES = {"media": _MEDIA}
_RSS_SPACES = {
    "media": _MEDIA,
    "dc": _DC,
    "atom": _ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
}

Tombstone = tuple[str, datetime]  # the id, and when it was removed


def atom(feed: Feed, archive: int | None = None) -> bytes:
    """The subscription document, or an archive document. RFC 6721 §3: what was deleted stands before the entries."""
    return _spliced(
        feed,
        "atom",
        archive,
        [*[one.atom for one in feed.deleted], *[one.atom for one in feed.items]],
    )


def rss(feed: Feed) -> bytes:
    return _spliced(feed, "rss", None, [one.rss for one in feed.items])


def atom_entries(items: Iterable[Item]) -> list[bytes]:
    """Each as it stands in a document."""
    return _apart(
        [_entry("atom", item).atom_entry() for item in items], _ATOM_SPACES, b"</entry>\n"
    )


def rss_items(items: Iterable[Item]) -> list[bytes]:
    return _apart([_entry("rss", item).rss_entry() for item in items], _RSS_SPACES, b"</item>\n")


def deleted_entry(tombstone: Tombstone) -> bytes:
    return _apart([_grave(tombstone)], {"at": _TOMBSTONES}, b"/>\n")[0]


def sourced_entry(entry: bytes, origin: Origin, updated: datetime) -> bytes:
    """An `atom_entry` that says which feed it comes from."""
    source = _PLAIN.sub(_by_number, etree.tostring(_source(origin, updated), encoding="UTF-8"))
    entry = b"%s%s</entry>\n" % (entry.removesuffix(b"</entry>\n"), source)
    if not origin.language or not entry.startswith(b"<entry>"):
        return entry
    return b'<entry xml:lang="%s">%s' % (origin.language.encode(), entry.removeprefix(b"<entry>"))


def sourced_item(item: bytes, origin: Origin) -> bytes:
    """The same of an `rss_item`."""
    if origin.language and b"<dc:language>" not in item:
        tongue = b"<dc:language>%s</dc:language><atom:updated>" % origin.language.encode()
        item = item.replace(b"<atom:updated>", tongue, 1)
    source = _PLAIN.sub(_by_number, etree.tostring(_rss_source(origin), encoding="UTF-8"))
    return b"%s%s</item>\n" % (item.removesuffix(b"</item>\n"), source)


def whole(
    feed: Feed,
    form: Format,
    archive: int | None = None,
    *,
    items: Iterable[Item] = (),
    deleted: Iterable[Tombstone] = (),
) -> bytes:
    """The document by feedgen alone: an envelope without entries, or all that a test compares with."""
    generator = _envelope(feed, form, archive)
    generator.head.deleted = tuple(deleted)
    for one in items:
        generator.add_entry(_entry(form, one), order="append")
    return _PLAIN.sub(_by_number, generator.atom_str() if form == "atom" else generator.rss_str())


def _by_number(plain: re.Match[bytes]) -> bytes:
    """The same text with numeric references, which say that it is plain text where a reader guesses at HTML.

    RSS leaves open what its texts are; this is the mark of its Best Practices Profile.
    """
    told: bytes = plain[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")
    return _END_TAG.sub(_NO_END_TAG, told)


def _spliced(feed: Feed, form: Format, archive: int | None, parts: list[bytes]) -> bytes:
    head = whole(feed, form, archive).removesuffix(_END[form])
    return b"".join([head, *parts, _END[form]])


def _apart(elements: list[Any], spaces: dict[str, str], end: bytes) -> list[bytes]:
    """The bytes of each as they stand in a document that declares these name spaces at its root.

    `end` is what each ends with, and has nowhere else: in words a "<" is written otherwise.
    """
    root = etree.Element("root", None, spaces)
    root.extend(elements)
    document: bytes = _PLAIN.sub(_by_number, etree.tostring(root, encoding="UTF-8"))
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
    entry.register_extension(
        "head", _Extra
    )  # under the name of the feed's, which brings it to every entry
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
            spaces["at"] = _TOMBSTONES
        if self.archive is not None:
            spaces["fh"] = _HISTORY
        if _coverage(self.feed):
            spaces["dcterms"] = _DCTERMS
        return spaces

    def extend_atom(self, root: Any) -> Any:
        if self.archive is not None:
            _child(root, f"{{{_HISTORY}}}archive")
        _add_text(root, f"{{{_DCTERMS}}}temporal", _coverage(self.feed))
        for tombstone in self.deleted:
            root.append(_grave(tombstone))
        return _lines(root)


class _RssHead(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    feed: Feed
    archive: int | None = None
    deleted: tuple[Tombstone, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        own = {"media": _MEDIA, "dc": _DC}
        return own | ({"dcterms": _DCTERMS} if _coverage(self.feed) else {})

    def extend_rss(self, root: Any) -> Any:
        channel = root[0]
        for hub in self.feed.hubs:  # feedgen writes no link of RSS but `self`
            _child(channel, f"{{{_ATOM}}}link", href=hub, rel="hub")
        _add_text(channel, f"{{{_DCTERMS}}}temporal", _coverage(self.feed))
        _lines(channel)
        return root


class _Extra(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    item: Item

    def extend_atom(self, entry: Any) -> Any:
        if tongue := _tongue(self.item):
            entry.set(_LANG, tongue)
        if self.item.edit_of:
            _child(entry, "link", rel="related", href=self.item.edit_of)
        for medium in self.item.media:  # feedgen forgets the `rel` of an entry's links
            title = _END_TAG_IN_WORDS.sub("<\u2060/", medium.title)
            link = {
                "href": medium.url,
                "type": medium.type,
                "length": medium.length,
                "title": title,
            }
            _child(entry, "link", rel="enclosure", **link)
        self._media(entry)
        if self.item.origin:
            entry.append(_source(self.item.origin, self.item.updated))
        entry.tail = "\n"
        return entry

    def extend_rss(self, entry: Any) -> Any:
        for name in self.item.authors:  # RSS's own `author` is an e-mail address
            _add_text(entry, f"{{{_DC}}}creator", name)
        _add_text(entry, f"{{{_DC}}}language", _tongue(self.item))
        _add_text(entry, f"{{{_ATOM}}}updated", self.item.updated.isoformat())
        self._media(entry)
        if self.item.origin:
            entry.append(_rss_source(self.item.origin))
        entry.tail = "\n"
        return entry

    def _media(self, entry: Any) -> None:
        """By hand: feedgen's extension puts even a single one into a media:group, and knows no caption or credit."""
        for image in self.item.images:
            sizes = {"width": image.width, "height": image.height}
            content = _child(entry, f"{{{_MEDIA}}}content", url=image.url, medium="image", **sizes)
            _add_text(content, f"{{{_MEDIA}}}description", image.caption)
            _add_text(content, f"{{{_MEDIA}}}credit", image.credit)
        for medium in self.item.media:
            known = {"url": medium.url, "type": medium.type, "fileSize": medium.length}
            content = _child(entry, f"{{{_MEDIA}}}content", **known)
            _add_text(content, f"{{{_MEDIA}}}title", medium.title)


def _grave(tombstone: Tombstone) -> Any:
    id_, when = tombstone
    stamp = when.replace(microsecond=0).isoformat()
    grave = etree.Element(f"{{{_TOMBSTONES}}}deleted-entry", {"ref": id_, "when": stamp})
    grave.tail = "\n"
    return grave


def _tongue(item: Item) -> str:
    return item.language or (item.origin.language if item.origin else "")


def _source(origin: Origin, updated: datetime) -> Any:
    """The feed as it was when the entry last changed: a later `updated` would make every entry look edited."""
    source = etree.Element("source")
    _add_text(source, "id", origin.id)
    _add_text(source, "title", origin.title)
    _add_text(source, "updated", updated.replace(microsecond=0).isoformat())
    _add_text(etree.SubElement(source, "author"), "name", origin.title)
    _child(source, "link", href=origin.atom, rel="self", type=urls.MEDIA_TYPES["atom"])
    _child(source, "link", href=origin.page, rel="alternate", type="text/html")
    return source


def _rss_source(origin: Origin) -> Any:
    source = etree.Element("source", {"url": origin.rss})
    source.text = origin.title
    return source


def _coverage(feed: Feed) -> str:
    """When the coverage began and ended, as a DCMI Period, which dcterms:temporal holds."""
    ends = {"start": feed.coverage_start, "end": feed.coverage_end}
    known = [
        f"{name}={end.replace(microsecond=0).isoformat()};" for name, end in ends.items() if end
    ]
    return " ".join([*known, "scheme=W3C-DTF;"]) if known else ""


def _child(parent: Any, tag: str, **attributes: str | int | None) -> Any:
    return etree.SubElement(
        parent, tag, {name: str(value) for name, value in attributes.items() if value}
    )


def _add_text(parent: Any, tag: str, text: str) -> None:
    if text:
        etree.SubElement(parent, tag).text = text


def _lines(parent: Any) -> Any:
    """Each child on a line of its own, for people and for `diff`."""
    for child in parent:
        child.tail = "\n"
    return parent
