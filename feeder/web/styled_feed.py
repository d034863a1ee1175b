"""A feed as a browser shows it: readable, and saying how to subscribe.

By a sheet of CSS: browsers are about to take XSL out, and warn of it. They apply either only where
the feed is called XML, so it is for a navigation alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.web.file_cache import Headers, represent

if TYPE_CHECKING:
    from feeder.web.file_cache import Representation

_HEADERS: Headers = [
    (b"content-type", b"text/xml; charset=utf-8"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
]


def styled(feed: Representation, *, archive: bool) -> Representation:
    """Returns an Atom or RSS document that names its style sheet (xml-stylesheet, W3C)."""
    declaration, _, rest = feed.data.partition(b"\n")
    up = b"../../" if archive else b"../"
    sheet = b'<?xml-stylesheet href="%sstatic/feed.css" type="text/css"?>' % up
    return represent(b"\n".join((declaration, sheet, rest)), _HEADERS, feed.modified)
