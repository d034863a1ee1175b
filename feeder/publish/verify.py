"""Reading back what is published: is it what the store says, in each format?"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec
from lxml import etree

from feeder.render import jsonfeed, xml
from feeder.render.urls import archive_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from feeder.model import Feed

_TOO_LARGE = 64 * 1024  # compressed: what a reader fetches again and again should not be more
_ATOM = "{http://www.w3.org/2005/Atom}"
_ENTRIES = re.compile(rb"<at:deleted-entry|<entry|</feed>")
_ITEMS = re.compile(rb'"items":\[')
_GZIP_FORMAT = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a published file that is to be told."""

    file: str  # in the output folder
    text: str  # a sentence for a person
    wrong: bool = True  # False: a warning


@dataclass(frozen=True, slots=True)
class Told:
    """What a document says of an entry."""

    id: str
    published: datetime
    updated: datetime


class _Item(msgspec.Struct):
    id: str
    date_published: datetime
    date_modified: datetime


class _Document(msgspec.Struct):
    items: list[_Item]


def check_feed(feed: Feed, folder: Path) -> list[Finding]:
    """Returns what is wrong with the published subscription documents of `feed`."""
    atom, rss, json = (f"{feed.name}.{form}" for form in ("atom", "rss", "json"))
    return [
        *_check(atom, xml.atom(feed), feed, read_atom, folder),
        *_check(rss, xml.rss(feed), feed, read_rss, folder),
        *_check(json, jsonfeed.feed_json(feed), feed, read_json, folder),
        *(finding for name in (atom, rss, json) for finding in _size(name, folder)),
    ]


def check_archive(feed: Feed, number: int, folder: Path) -> list[Finding]:
    """Returns what is wrong with an archive document, whose items `feed` has (`archive_feed`).

    Its head says what the page was called when one of its entries last changed: that it may say
    otherwise is no fault.
    """
    atom = archive_name(feed.name, "atom", number)
    json = archive_name(feed.name, "json", number)
    return [
        *_check(atom, xml.atom(feed, number), feed, read_atom, folder, since=_ENTRIES),
        *_check(json, jsonfeed.feed_json(feed, number), feed, read_json, folder, since=_ITEMS),
    ]


def _check(
    name: str,
    wanted: bytes,
    feed: Feed,
    reader: Callable[[bytes], list[Told]],
    folder: Path,
    since: re.Pattern[bytes] | None = None,
) -> list[Finding]:
    """Returns what is wrong; all bytes count from where `since` matches, else from the first."""
    try:
        data, packed = (folder / name).read_bytes(), (folder / f"{name}.gz").read_bytes()
    except OSError as error:
        return [Finding(name, f"cannot be read: {error.strerror or error}")]
    try:
        differences = _differences(reader(data), feed)
    except (etree.XMLSyntaxError, msgspec.DecodeError, ValueError, TypeError) as error:
        return [Finding(name, f"is damaged: {error}")]
    if not differences and _from(since, data) != _from(since, wanted):
        differences = ["has every entry, and differs from what would be published now"]
    if _unpacked(packed) != data:
        differences.append("and its .gz do not say the same")
    return [Finding(name, text) for text in differences]


def _differences(told: Iterable[Told], feed: Feed) -> list[str]:
    shown = {one.id: one for one in told}
    stored = {
        one.id: Told(one.id, _second(one.published), _second(one.updated)) for one in feed.items
    }
    missing, foreign = stored.keys() - shown.keys(), shown.keys() - stored.keys()
    otherwise = [id_ for id_ in stored.keys() & shown.keys() if stored[id_] != shown[id_]]
    return [
        f"{text} ({', '.join(sorted(ids)[:3])}{', …' if len(ids) > 3 else ''})"
        for ids, text in (
            (missing, f"lacks {len(missing)} of {len(stored)} entries"),
            (foreign, f"has {len(foreign)} entries that it should not have"),
            (otherwise, f"has other dates for {len(otherwise)} entries"),
        )
        if ids
    ]


def _from(since: re.Pattern[bytes] | None, document: bytes) -> bytes:
    begin = since.search(document) if since else None
    return document[begin.start() :] if begin else document


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _size(name: str, folder: Path) -> list[Finding]:
    try:
        size = (folder / f"{name}.gz").stat().st_size
    except OSError:
        return []
    if size <= _TOO_LARGE:
        return []
    text = (
        f"is {size / 1024:.0f} KiB compressed, fetched at every poll: "
        "a smaller `keep` would spare readers"
    )
    return [Finding(name, text, wrong=False)]


def _unpacked(data: bytes) -> bytes | None:
    try:
        return zlib.decompress(data, _GZIP_FORMAT)
    except zlib.error:
        return None


def read_atom(data: bytes) -> list[Told]:
    return [
        Told(
            entry.findtext(f"{_ATOM}id", ""),
            datetime.fromisoformat(entry.findtext(f"{_ATOM}published", "")),
            datetime.fromisoformat(entry.findtext(f"{_ATOM}updated", "")),
        )
        for entry in _parsed(data).iterfind(f"{_ATOM}entry")
    ]


def read_rss(data: bytes) -> list[Told]:
    return [
        Told(
            item.findtext("guid", ""),
            parsedate_to_datetime(item.findtext("pubDate", "")),
            datetime.fromisoformat(item.findtext(f"{_ATOM}updated", "")),
        )
        for item in _parsed(data).iterfind("channel/item")
    ]


def read_json(data: bytes) -> list[Told]:
    items = msgspec.json.decode(data, type=_Document).items
    return [Told(item.id, item.date_published, item.date_modified) for item in items]


def _parsed(data: bytes) -> etree._Element:
    """Parses without lxml's bounds, which long headlines exceed; our files hold no entities."""
    return etree.fromstring(
        data, etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True)
    )
