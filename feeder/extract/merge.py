"""Several kinds of evidence in one page, about the same updates → one Snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.model import Note, Snapshot

if TYPE_CHECKING:
    from feeder.extract.page import Found, Page


def complete(page: Page, found: Found) -> bool:
    """Whether it leaves nothing to ask other kinds for."""
    return bool(found.updates) and page.form == "html"


def merged(page: Page, found: list[Found]) -> Snapshot:
    best = max(found, key=lambda f: f.confidence * bool(f.updates), default=None)
    if best is None or not best.updates:
        return Snapshot(page.url, title=page.title, notes=(Note("page", "no kind of evidence was found"),))
    return Snapshot(
        page.url,
        best.updates,
        strategy=best.kind,
        title=best.title or page.title,
        description=best.description or page.description,
        language=page.language,
        canonical=page.canonical,
        confidence=best.confidence,
        notes=best.notes,
    )
