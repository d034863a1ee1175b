"""Raw pages as they were read, compressed: for rebuild and replay."""

from __future__ import annotations

import html
import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import zstandard
from sqlalchemy import bindparam, delete, func, insert, select

from feeder.model import Document
from feeder.store.records import KeptPage
from feeder.store.schema import pages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

_head = msgspec.json.Decoder(Document)
# Pages dropped at once where `[keep] pages` was lowered; SQLite wants a LIMIT beside an OFFSET.
_CROWD = 1000
_MINE = (
    select(pages.c.id)
    .where(pages.c.source_id == bindparam("source"))
    .order_by(pages.c.id.desc())
    .offset(bindparam("most"))
    .limit(_CROWD)
)
_DROP = delete(pages).where(pages.c.id.in_(_MINE))
_local = threading.local()  # a compressor is not for two threads at once


def pack(document: Document) -> dict[str, Any]:
    """Returns a document as the columns of its row.

    Called before the transaction, so that no other writer waits for the compression.
    """
    if not hasattr(_local, "compressor"):
        _local.compressor = zstandard.ZstdCompressor(level=1)
    body = _local.compressor.compress(document.body)
    return {
        "head": msgspec.json.encode(replace(document, body=b"")),
        "body": body,
        "size": len(body),
    }


def keep(
    connection: Connection, source_id: int, at: datetime, packed: dict[str, Any], most: int
) -> None:
    """Stores a page, and drops all but the last `most` of its source."""
    if most <= 0:
        return
    connection.execute(insert(pages), packed | {"source_id": source_id, "read_at": at})
    connection.execute(_DROP, {"source": source_id, "most": most})


def kept(connection: Connection, source_id: int) -> list[KeptPage]:
    """Returns the raw pages that are kept of a source, the oldest first."""
    rows = connection.execute(
        select(pages).where(pages.c.source_id == source_id).order_by(pages.c.id)
    )
    return [_page(row) for row in rows]


def shrink(connection: Connection, total: int) -> int:
    """Drops the oldest pages of all until they take `total` bytes at most; returns how many."""
    excess = (connection.execute(select(func.sum(pages.c.size))).scalar() or 0) - total
    last, dropped = 0, 0
    if excess <= 0:
        return 0
    for row in connection.execute(select(pages.c.id, pages.c.size).order_by(pages.c.id)):
        if excess <= 0:
            break
        last, dropped, excess = row.id, dropped + 1, excess - row.size
    connection.execute(delete(pages).where(pages.c.id <= last))
    return dropped


def holds(document: Document, texts: Sequence[str]) -> bool:
    """Returns whether a page has any of these lines, as far as can be told without its markup."""
    try:
        page = document.body.decode(document.charset or "utf-8", "replace")
    except LookupError:
        page = document.body.decode("utf-8", "replace")
    # Words alone, of page and line alike: tags, escapes of JSON and white space stand anywhere
    # between them.
    words = (
        _letters(re.sub(r"<[^>]*>", " ", page)),
        _letters(html.unescape(page)),
        _letters(_unescaped(page)),
    )
    return any(_letters(text) in page for text in texts for page in words)


def _unescaped(page: str) -> str:
    """Returns a page without the escapes of JSON, tags and entities."""
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), page)
    return html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"\\[nrt]", " ", plain)))


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w+", text)).casefold()


def _page(row: Row[*tuple[Any, ...]]) -> KeptPage:
    body = zstandard.ZstdDecompressor().decompress(row.body)
    return KeptPage(row.id, row.read_at, replace(_head.decode(row.head), body=body))
