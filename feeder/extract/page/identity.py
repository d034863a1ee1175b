"""An update's own id, the same whichever kind of evidence gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeder.extract.page.parsed_page import ParsedPage


def native_id(page: ParsedPage, stated_id: str) -> str | None:
    """Return the id; of an address on the page its fragment; None for the page's own address."""
    if not stated_id.startswith(("http://", "https://", "#", "/", "?")):
        return stated_id.strip() or None
    bare, _, fragment = (page.absolute(stated_id) or stated_id).partition("#")
    if fragment and bare in ("", page.url, page.canonical, page.base):
        return fragment
    if bare.rstrip("/") in (page.url.rstrip("/"), (page.canonical or "").rstrip("/")):
        return None
    return f"{bare}#{fragment}" if fragment else bare
