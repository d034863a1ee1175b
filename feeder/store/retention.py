"""What leaves the store for good: entries that are too old, and words that must go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from feeder.model import Change, Content
from feeder.store import entries, numbering, outbox, pages
from feeder.store import rendered as renderings
from feeder.store.schema import entries as table
from feeder.store.schema import native_ids, rendered, revisions
from feeder.store.schema import pages as pages_table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_FORGOTTEN = Content(title="", text="", html="")
# Characters: a page is known to hold a forgotten text by a run of words at least as long.
_LONG = 20


def has_older(connection: Connection, source_id: int, before: datetime) -> bool:
    """Returns whether a source has entries published before an instant.

    Asked first, so that no writer waits to learn that there is nothing to erase.
    """
    older = select(table.c.number).where(table.c.source_id == source_id, table.c.published < before)
    return connection.execute(older.limit(1)).first() is not None


def prune(connection: Connection, source_id: int, before: datetime, spare: int) -> int:
    """Erases entries published before an instant, but the newest `spare`; returns how many."""
    mine = table.c.source_id == source_id
    newest = select(table.c.published).where(mine).order_by(table.c.published.desc())
    edge = connection.execute(newest.offset(max(spare - 1, 0)).limit(1)).scalar()
    if edge is None:
        return 0
    old = select(table.c.number).where(mine, table.c.published < min(edge, before))
    numbers = list(connection.execute(old).scalars())
    for rows in (native_ids, revisions, rendered, table):
        _erase(connection, rows, source_id, numbers)
    if numbers:
        numbering.renew(connection, [source_id])
    return len(numbers)


def forget(connection: Connection, entry_id: str, at: datetime) -> Change | None:
    """Erases an entry's words from revisions, rendered bytes, waiting messages and kept pages.

    Id and tombstone stay. Returns the change that is left; None: there is no such entry.
    """
    found = entries.by_id(connection, entry_id)
    if found is None:
        return None
    source_id, entry = found
    words = [
        line
        for change in entries.history(connection, entry_id)
        for line in _words(change.entry.content)
    ]
    for rows in (revisions, rendered, native_ids):
        _erase(connection, rows, source_id, [entry.number])
    _erase_pages(connection, source_id, words)
    outbox.forget(connection, entry_id)
    removed = replace(entry, removed=entry.removed or at, revision=entry.revision + 1)
    change = Change("forgotten", at, replace(removed, content=_FORGOTTEN, url=None))
    entries.record(connection, source_id, [change])
    renderings.unsettle(connection, source_id, "")
    return change


def _erase(connection: Connection, rows: Any, source_id: int, numbers: list[int]) -> None:
    for number in numbers:
        mine = rows.c.source_id == source_id, rows.c.number == number
        connection.execute(delete(rows).where(*mine))


def _words(content: Content) -> list[str]:
    """Returns what a page with this content contains word for word: its longer lines."""
    lines = (content.title, *content.text.splitlines())
    return [line for line in lines if len(line) >= _LONG] or [content.text]


def _erase_pages(connection: Connection, source_id: int, words: list[str]) -> None:
    """Drops every kept page that holds any of the words, and one that cannot be searched."""
    for page in pages.kept(connection, source_id):
        if pages.holds(page.document, words):
            connection.execute(delete(pages_table).where(pages_table.c.id == page.id))
