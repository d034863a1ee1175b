"""How late new updates are: from their own stamps to the read that finds them, from there to the feed on disk."""

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

KEPT = 100  # samples of a source: enough for a 99th percentile, 2 KB

_KNOWN = select(latencies.c.samples).where(latencies.c.source_id == bindparam("source"))
_samples = msgspec.json.Decoder(list[tuple[float, float]])


def measured(changes: Sequence[Change], published: datetime) -> list[tuple[float, float]]:
    """Of new updates with a clock time of their own; a first read finds old ones and measures nothing."""
    new = [change for change in changes if change.kind == "added" and not change.entry.hidden]
    if any(change.entry.number == 1 for change in new):
        return []
    return [
        (
            round(max(0.0, (change.at - change.entry.published).total_seconds()), 3),
            round(max(0.0, (published - change.at).total_seconds()), 3),
        )
        for change in new
        if change.entry.stated in {"instant", "clock"}
    ]


def add(connection: Connection, source_id: int, samples: Sequence[tuple[float, float]]) -> None:
    before = connection.execute(_KNOWN, {"source": source_id}).scalar()
    kept = [*(_samples.decode(before) if before else ()), *samples][-KEPT:]
    upsert(connection, latencies, [{"source_id": source_id, "samples": msgspec.json.encode(kept)}], "source_id")


def read(connection: Connection, source_id: int | None) -> dict[int, tuple[Latency, ...]]:
    query = select(latencies)
    if source_id is not None:
        query = query.where(latencies.c.source_id == source_id)
    return {
        row.source_id: tuple(Latency(*pair) for pair in _samples.decode(row.samples))
        for row in connection.execute(query)
    }
