"""CSS selectors from the configuration: `update` for the records, the other keys inside each.

A selector may end with "@" and the name of an attribute, whose value is then read; "@id" alone is
an attribute of the record itself.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selectolax.lexbor import SelectolaxError

from feeder.errors import ExtractError
from feeder.extract.page.identity import native_id
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.record.content import content, says_something
from feeder.extract.record.people import people
from feeder.extract.stated.dom import ancestors, inner, moment, select, tongue, words
from feeder.extract.stated.update_times import read_times
from feeder.model import Image, Note, Rules, Update
from feeder.sanitize.clean import plain

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.extract.stated.update_times import UpdateTime
    from feeder.model import Content

KIND = "select"
_ATTRIBUTE = re.compile(r"(.*?)\s*@([A-Za-z][\w:-]*)", re.DOTALL)
_IDS = ("id", "data-id", "data-post-id", "data-update-id")
_SOURCES = ("src", "data-src", "data-original", "href", "content")


def find(page: ParsedPage, rules: Rules) -> Evidence:
    """Return what the selectors of the configuration name.

    Raises:
        ExtractError: a selector is none, or `update` matches nothing.
    """
    if not rules.select.get("update"):
        raise ExtractError("extract = 'select' needs [source.select] with at least the key update.")
    found = _chosen(page.tree, rules.select["update"], "update")
    if not found:
        raise ExtractError(_missing(page, rules.select["update"]))
    records = [_Record(node, rules) for node in found]
    times = read_times(page, [_time_texts(record) for record in records])
    pairs = zip(records, times.each, strict=True)
    read = (_update(page, record, time) for record, time in pairs)
    told = tuple(update for update in read if says_something(update.content))
    notes = [Note(KIND, f"{len(records)} elements match update, {len(told)} of them say something")]
    undated = sum(u.published is None for u in told)
    if undated:
        text = f"{undated} of them have no time that can be read by the selector time"
        notes.append(Note(KIND, f"{text}: they are dated when they are first seen"))
    return Evidence(
        KIND,
        told,
        place=KIND,
        notes=tuple(notes),
        assumed=times.assumed,
        unread=times.unread,
    )


def split_attribute(selector: str) -> tuple[str, str]:
    """Return a selector without its "@attribute", and the name of that; "" where it has none."""
    match = _ATTRIBUTE.fullmatch(selector.strip())
    return (match[1], match[2]) if match else (selector, "")


def _missing(page: ParsedPage, selector: str) -> str:
    """Returns whether the container is gone, as after a redesign, or stands there empty."""
    spaced = selector.strip().replace(">", " > ")
    container = spaced.rsplit(None, 1)[0].rstrip("> ") if " " in selector.strip() else ""
    if container and not _chosen(page.tree, container, "update"):
        gone = f"The container {container!r} of the selector update was not found"
        return f"{gone}: has the page been redesigned?"
    if container:
        empty = f"The container {container!r} was found, but there are no items in it"
        return f"{empty} that match {selector!r}."
    return f"Nothing in the page matches the selector update, {selector!r}: container not found."


def _chosen(top: LexborHTMLParser | LexborNode, selector: str, key: str) -> list[LexborNode]:
    try:
        return select(top, selector)
    except SelectolaxError as error:
        raise ExtractError(f"The selector {key}, {selector!r}, is not valid CSS.") from error


@dataclass(frozen=True, slots=True)
class _Part:
    """What one selector matches in a record, and the attribute that it asks for."""

    nodes: tuple[LexborNode, ...]
    attribute: str = ""

    def values(self, *usual: str) -> list[str]:
        """Returns the attribute of each node.

        The one asked for, else the first that it has of the usual ones.
        """
        names = (self.attribute,) if self.attribute else usual
        found = (
            next((v for n in names if (v := node.attributes.get(n))), "") for node in self.nodes
        )
        return [value.strip() for value in found if value and value.strip()]


class _Record:
    """One element that `update` matches, without what `remove` matches in it."""

    def __init__(self, node: LexborNode, rules: Rules) -> None:
        self.node = node
        self._rules = rules
        removed = rules.select.get("remove")
        self.removed = _chosen(node, removed, "remove") if removed else []
        self._gone = {each.mem_id for each in self.removed}

    def part(self, key: str) -> _Part:
        selector, attribute = split_attribute(self._rules.select.get(key, ""))
        if not selector:
            return _Part((self.node,) if attribute else (), attribute)
        matched = _chosen(self.node, selector, key)
        return _Part(tuple(n for n in matched if self._is_left(n)), attribute)

    def _is_left(self, node: LexborNode) -> bool:
        if node.mem_id == self.node.mem_id:
            return False
        around = (up.mem_id for up in ancestors(node, self.node))
        return self._gone.isdisjoint((node.mem_id, *around))

    def words(self, key: str) -> list[str]:
        """Returns the words of each match, or the values of its attribute."""
        part = self.part(key)
        if part.attribute:
            return part.values()
        return [text for node in part.nodes if (text := self.text(node))]

    def text(self, node: LexborNode) -> str:
        return plain(inner(node, self.removed)) if self.removed else words(node)


def _time_texts(record: _Record) -> list[str]:
    """Returns what may state the time of a record; no dates that the page has elsewhere."""
    part = record.part("time")
    if part.attribute:
        return part.values()
    return [text for node in part.nodes for text in (moment(node), record.text(node))]


def _update(page: ParsedPage, record: _Record, time: UpdateTime) -> Update:
    url = _address(page, record)
    own = next(iter(record.words("id")), "") or _id(record.node)
    native = own or native_id(page, url or "")
    made = _content(page, record)
    return Update(made, time.at, time.stated, None, native, url, evidence=KIND)


def _content(page: ParsedPage, record: _Record) -> Content:
    headlines = record.words("headline")
    authors = dict.fromkeys(name for text in record.words("author") for name in people(text))
    return content(
        html.escape(next(iter(headlines), ""), quote=False),  # words, which may be of markup
        _body(record),
        page.base,
        authors=authors,
        images=_images(page, record),
        categories=record.words("category"),
        language=tongue(record.node),
    )


def _body(record: _Record) -> str:
    """Returns what `body` matches, else the record without its other parts."""
    body = record.part("body")
    if body.attribute:
        return "".join(f"<p>{html.escape(text)}</p>" for text in body.values())
    if body.nodes:
        return "".join(inner(node, record.removed) for node in body.nodes)
    parts = [record.part(key) for key in ("time", "author", "category", "id")]
    gone = [node for part in parts if not part.attribute for node in part.nodes]
    headline = record.part("headline")
    gone += [] if headline.attribute else headline.nodes[:1]
    return inner(record.node, [*gone, *record.removed])


def _images(page: ParsedPage, record: _Record) -> list[Image]:
    addresses = (page.absolute(each) for each in record.part("image").values(*_SOURCES))
    return [Image(url) for url in addresses if url]


def _id(record: LexborNode) -> str:
    """Returns the id that the record's own markup states."""
    return next((value for key in _IDS if (value := record.attributes.get(key))), "")


def _address(page: ParsedPage, record: _Record) -> str | None:
    """Returns what `url` names, else where a link around the time, or a bookmark, leads."""
    named = record.part("url").values("href", "content", "src")
    usual = select(record.node, 'a[rel~="bookmark"], a:has(time)')
    addresses = [*named, *(link.attributes.get("href") for link in usual)]
    return next((url for each in addresses if (url := page.absolute(each))), None)
