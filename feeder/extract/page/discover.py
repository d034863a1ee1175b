"""What a page leads to besides its updates, and why it may show none: for whoever adds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.extract.stated.dom import select

if TYPE_CHECKING:
    from feeder.extract.page.parsed_page import ParsedPage

_FEEDS = {
    "application/atom+xml": "Atom",
    "application/rss+xml": "RSS",
    "application/feed+json": "JSON Feed",
}
_MOST = 20
_HARDLY = 250  # characters, less than which a page hardly says anything


@dataclass(frozen=True, slots=True)
class LinkedFeed:
    url: str
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the updates of a page."""

    feeds: tuple[LinkedFeed, ...] = ()
    scripted: bool = False  # it says hardly anything until its scripts have run
    is_html: bool = False


def look_around(page: ParsedPage) -> Around:
    if page.form != "html":
        return Around()
    found: dict[str, LinkedFeed] = {}
    for link in select(page.tree, 'link[rel~="alternate"][type][href]')[:_MOST]:
        kind = _FEEDS.get((link.attributes.get("type") or "").strip().lower())
        url = page.absolute(link.attributes.get("href"))
        if kind and url:
            title = " ".join((link.attributes.get("title") or "").split())
            found.setdefault(url, LinkedFeed(url, title or kind, kind))
    scripted = len(page.said) < _HARDLY and "<script" in page.text.lower()
    return Around(tuple(found.values()), scripted, is_html=True)
