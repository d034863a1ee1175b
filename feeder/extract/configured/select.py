"""CSS selectors from the configuration: `update` for the records, `time headline body author` inside each."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from selectolax.lexbor import SelectolaxError

from feeder.errors import ExtractError
from feeder.extract.page.identity import native_id
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import context, stamp_of
from feeder.extract.record.content import content
from feeder.extract.record.people import people
from feeder.extract.stated.dom import inner, moment, select, tongue, words
from feeder.model import Note, Rules, Update
from feeder.when import Stamp, resolve

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Content

KIND = "select"


def find(page: ParsedPage, rules: Rules) -> Evidence | None:
    if not rules.select.get("update"):
        raise ExtractError("extract = 'select' needs [source.select] with at least the key update.")
    records = _chosen(page.tree, rules.select["update"], "update")
    if not records:
        raise ExtractError(_missing(page, rules.select["update"]))
    parts = [
        {key: _parts(record, rules, key) for key in ("time", "headline", "body", "author")}
        for record in records
    ]
    stamps = [_stamp(part["time"]) for part in parts]
    times = resolve(stamps, context(page, rules))
    updates = tuple(
        Update(
            _content(page, record, part),
            time.at,
            time.stated,
            None,
            _native(page, record),
            _address(page, record),
            evidence=KIND,
        )
        for record, part, time in zip(records, parts, times, strict=True)
    )
    told = tuple(u for u in updates if u.content.title or u.content.html)
    undated = sum(u.published is None for u in told)
    notes = [Note(KIND, f"{len(records)} elements match update, {len(told)} of them say something")]
    notes += (
        [Note(KIND, f"{undated} of them have no time that can be read by the selector time")]
        if undated
        else []
    )
    return Evidence(KIND, told, place=KIND, notes=tuple(notes))


def _missing(page: ParsedPage, selector: str) -> str:
    """Whether the container is gone, as after a redesign, or stands there empty."""
    container = (
        selector.replace(">", " > ").rsplit(None, 1)[0].rstrip("> ")
        if " " in selector.strip()
        else ""
    )
    if container and not _chosen(page.tree, container, "update"):
        return f"The container {container!r} of the selector update was not found: has the page been redesigned?"
    if container:
        return f"The container {container!r} was found, but there are no items in it that match {selector!r}."
    return f"Nothing in the page matches the selector update, {selector!r}: container not found."


def _chosen(top: LexborHTMLParser | LexborNode, selector: str, key: str) -> list[LexborNode]:
    try:
        return select(top, selector)
    except SelectolaxError as error:
        raise ExtractError(f"The selector {key}, {selector!r}, is not valid CSS.") from error


def _parts(record: LexborNode, rules: Rules, key: str) -> list[LexborNode]:
    selector = rules.select.get(key)
    return (
        [n for n in _chosen(record, selector, key) if n.mem_id != record.mem_id] if selector else []
    )


def _stamp(nodes: list[LexborNode]) -> Stamp:
    for node in nodes:
        found = stamp_of(moment(node)) or stamp_of(words(node))
        if found:
            return found
    return Stamp()


def _content(page: ParsedPage, record: LexborNode, part: dict[str, list[LexborNode]]) -> Content:
    rest = [*part["time"], *part["headline"][:1], *part["author"]]
    body = "".join(inner(node) for node in part["body"]) if part["body"] else inner(record, rest)
    authors = dict.fromkeys(name for node in part["author"] for name in people(words(node)))
    headline = html.escape(
        words(next(iter(part["headline"]), None)), quote=False
    )  # words, which may be of markup
    return content(headline, body, page.base, authors=authors, language=tongue(record))


def _native(page: ParsedPage, record: LexborNode) -> str | None:
    own = next(
        (
            record.attributes.get(key)
            for key in ("id", "data-id", "data-post-id", "data-update-id")
            if record.attributes.get(key)
        ),
        None,
    )
    return own or native_id(page, _address(page, record) or "")


def _address(page: ParsedPage, record: LexborNode) -> str | None:
    """Where a link around the time, or a bookmark, leads."""
    for link in select(record, 'a[rel~="bookmark"], a:has(time)'):
        if address := page.absolute(link.attributes.get("href")):
            return address
    return None
