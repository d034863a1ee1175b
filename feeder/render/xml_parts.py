"""Elements of Atom and RSS that feedgen has no field for, and how plain text is written."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lxml import etree

from feeder.render import urls

if TYPE_CHECKING:
    from feeder.model import Feed
    from feeder.render.item import Item, Origin

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

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

Tombstone = tuple[str, datetime]  # the id, and when it was removed


def _by_number(plain: re.Match[bytes]) -> bytes:
    """The text with numeric references, by which readers that guess at HTML know plain text.

    RSS leaves open what its texts are; this is the mark of its Best Practices Profile.
    """
    told: bytes = plain[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")
    return _END_TAG.sub(_NO_END_TAG, told)


def hide_end_tags(words: str) -> str:
    """Returns the words, with a word joiner in what readers would take for an end tag."""
    return _END_TAG_IN_WORDS.sub("<\u2060/", words)


def number_references(document: bytes) -> bytes:
    """Returns the document with numeric references in its plain texts."""
    return _PLAIN.sub(_by_number, document)


def tombstone_element(tombstone: Tombstone) -> Any:
    id_, when = tombstone
    stamp = when.replace(microsecond=0).isoformat()
    grave = etree.Element(f"{{{TOMBSTONES}}}deleted-entry", {"ref": id_, "when": stamp})
    grave.tail = "\n"
    return grave


def add_media(entry: Any, item: Item) -> None:
    """Adds an entry's pictures and media (Media RSS).

    feedgen's own extension puts even a single one into a media:group, and knows no caption or
    credit.
    """
    for image in item.images:
        sizes = {"width": image.width, "height": image.height}
        content = add_child(entry, f"{{{MEDIA}}}content", url=image.url, medium="image", **sizes)
        add_text(content, f"{{{MEDIA}}}description", image.caption)
        add_text(content, f"{{{MEDIA}}}credit", image.credit)
    for medium in item.media:
        known = {"url": medium.url, "type": medium.type, "fileSize": medium.length}
        content = add_child(entry, f"{{{MEDIA}}}content", **known)
        add_text(content, f"{{{MEDIA}}}title", medium.title)


def source_element(origin: Origin, updated: datetime) -> Any:
    """Returns the feed an entry comes from (atom:source, RFC 4287 §4.2.11).

    Its `updated` is that of the entry: a later one would make every entry look edited.
    """
    source = etree.Element("source")
    add_text(source, "id", origin.id)
    add_text(source, "title", origin.title)
    add_text(source, "updated", updated.replace(microsecond=0).isoformat())
    add_text(etree.SubElement(source, "author"), "name", origin.title)
    add_child(source, "link", href=origin.atom, rel="self", type=urls.MEDIA_TYPES["atom"])
    add_child(source, "link", href=origin.page, rel="alternate", type="text/html")
    return source


def rss_source_element(origin: Origin) -> Any:
    source = etree.Element("source", {"url": origin.rss})
    source.text = origin.title
    return source


def coverage_period(feed: Feed) -> str:
    """When the coverage began and ended, as a DCMI Period for dcterms:temporal; "": not known."""
    ends = {"start": feed.coverage_start, "end": feed.coverage_end}
    known = [
        f"{name}={end.replace(microsecond=0).isoformat()};" for name, end in ends.items() if end
    ]
    return " ".join([*known, "scheme=W3C-DTF;"]) if known else ""


def add_child(parent: Any, tag: str, **attributes: str | int | None) -> Any:
    return etree.SubElement(
        parent, tag, {name: str(value) for name, value in attributes.items() if value}
    )


def add_text(parent: Any, tag: str, text: str) -> None:
    if text:
        etree.SubElement(parent, tag).text = text


def break_lines(parent: Any) -> Any:
    """Puts each child on a line of its own, for people and for `diff`."""
    for child in parent:
        child.tail = "\n"
    return parent
