"""A refresh that a person asks for here, and that any worker does."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from feeder.errors import StoreError
from feeder.pipeline.turn import Outcome
from feeder.scale import jobs
from feeder.scale.reader import outcome_of
from feeder.store import claims, machines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.config import Source
    from feeder.model import SourceState
    from feeder.store import Store

LOOK = 0.05  # seconds between two looks for an outcome
PATIENCE = 120.0  # seconds that one waits for it


async def refresh_elsewhere(
    store: Store, source: Source, source_state: SourceState, *, accept: bool
) -> Outcome:
    """Has a source read now, by whoever is free first; returns what came of it.

    Raises:
        StoreError: it could not be asked for.
    """
    deadline = time.monotonic() + PATIENCE
    await asyncio.to_thread(_ask, store, source.id, accept=accept)
    while time.monotonic() < deadline:
        await asyncio.sleep(LOOK)
        with suppress(StoreError):  # gone for a moment; the answer is there afterwards
            if told := await asyncio.to_thread(_look_for_answer, store, source.id):
                return outcome_of(told)
    reason = f"no worker has read it within {PATIENCE:.0f} seconds: is one running?"
    return Outcome(source.name, "failed", source_state.state, reason=reason)


async def refresh_named(
    store: Store, names: Sequence[str], *, accept: bool, step: Callable[[str], object]
) -> list[Outcome]:
    """Has sources read by others, all at once; calls `step` with the name of each."""

    async def refresh_one(name: str) -> Outcome:
        found = await asyncio.to_thread(store.source, name)
        if found is None:  # removed a moment ago
            return Outcome(name, "failed", "gone", reason="it is no longer followed")
        outcome = await refresh_elsewhere(store, *found, accept=accept)
        step(name)
        return outcome

    return list(await asyncio.gather(*map(refresh_one, names)))


def _ask(store: Store, source_id: int, *, accept: bool) -> None:
    with store.database.writing() as connection:
        claim, fresh = claims.ask(connection, source_id, accept=accept)
        if fresh:
            reads = [(source_id, claims.clock(connection).timestamp())]
            job = {"claim": claim, "reads": reads, "asked": True, "accept": accept}
            jobs.defer(connection, [job], urgent=True)


def _look_for_answer(store: Store, source_id: int) -> str | None:
    with store.database.reading() as connection:
        found = claims.answered(connection, source_id)
    return found[1] if found else None


def anyone_lives(store: Store) -> bool:
    """Returns whether a process runs that shares the store."""
    with store.database.reading() as connection:
        now = claims.clock(connection)
        return any(not machine.is_gone(now) for machine in machines.every(connection))
