"""How late new updates are: from their own times to the read, to the feed, to the pings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, select

from feeder.store.engine import upsert
from feeder.store.records import Latency
from feeder.store.schema import latencies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from feeder.model import Change

KEPT = 100  # samples of a step and a source: enough for a 99th percentile, 2 KB

_KNOWN = select(latencies.c.samples).where(latencies.c.source_id == bindparam("source"))
_samples = msgspec.json.Decoder(Latency)


def measured(changes: Sequence[Change], published: datetime) -> Latency:
    """Returns how late new updates with a clock time of their own were.

    A first read finds old ones, and measures nothing.
    """
    new = [change for change in changes if change.kind == "added" and not change.entry.hidden]
    if any(change.entry.number == 1 for change in new):
        return Latency()
    timed = [change for change in new if change.entry.stated in {"instant", "clock"}]
    return Latency(
        found=tuple(seconds(change.entry.published, change.at) for change in timed),
        published=tuple(seconds(change.at, published) for change in timed),
    )


def seconds(since: datetime, until: datetime) -> float:
    """Returns the seconds between two instants, rounded to milliseconds; never less than 0."""
    return round(max(0.0, (until - since).total_seconds()), 3)


def add(connection: Connection, source_id: int, new: Latency) -> None:
    """Adds samples to those of a source, of which the last KEPT are kept."""
    if not (new.found or new.told):
        return
    kept = connection.execute(_KNOWN, {"source": source_id}).scalar()
    before = _samples.decode(kept) if kept else Latency()
    after = Latency(
        found=(before.found + new.found)[-KEPT:],
        published=(before.published + new.published)[-KEPT:],
        told=(before.told + new.told)[-KEPT:],
    )
    row = {"source_id": source_id, "samples": msgspec.json.encode(after)}
    upsert(connection, latencies, [row], "source_id")


def read(connection: Connection, source_id: int | None = None) -> dict[int, Latency]:
    """Returns how late the last new updates were, by source."""
    query = select(latencies)
    if source_id is not None:
        query = query.where(latencies.c.source_id == source_id)
    return {row.source_id: _samples.decode(row.samples) for row in connection.execute(query)}
