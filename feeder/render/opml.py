"""feeds.opml: all feeds, to import into a reader (OPML 2.0)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from feeder.render import urls
from feeder.render.xml_text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Feed


_REFERENCE = re.compile(r"&(?=[#\w])")


def opml(feeds: Sequence[Feed]) -> bytes:
    root = etree.Element("opml", {"version": "2.0"})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Feeds"
    body = etree.SubElement(root, "body")
    for feed in sorted(feeds, key=lambda feed: feed.name):
        title = _as_html(line(feed.title) or feed.name)
        addresses = {"xmlUrl": urls.subscription(feed, "atom"), "htmlUrl": urls.page(feed)}
        outline = {"type": "rss", "text": title, "title": title} | addresses
        etree.SubElement(body, "outline", outline)
    if not feeds:  # "a <body> contains one or more <outline> elements"
        etree.SubElement(body, "outline", {"text": "No page is followed yet"})
    etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def _as_html(text: str) -> str:
    """Escapes words for "text", which may hold HTML: "<" would begin a tag, "&" a reference."""
    return _REFERENCE.sub("&amp;", text).replace("<", "&lt;")
