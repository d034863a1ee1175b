"""What a page calls things: an update's own id, and the language that is stated."""

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


def language_tag(stated: str) -> str | None:
    """Writes a language as BCP 47 does, "en_us" as en-US; None where it is no language."""
    parts = stated.strip().replace("_", "-").split("-")
    if not (parts[0].isascii() and parts[0].isalpha() and 2 <= len(parts[0]) <= 3):
        return None
    rest = [
        p.upper() if len(p) == 2 else p.title() if len(p) == 4 else p
        for p in parts[1:]
        if p.isascii() and p.isalnum()
    ]
    return "-".join([parts[0].lower(), *rest])
