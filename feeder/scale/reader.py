"""A worker's share: begins what a job holds, has it read, and says what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from feeder.pipeline.turn import Outcome
from feeder.store import claims
from feeder.store.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from feeder.config import Source
    from feeder.model import SourceState
    from feeder.store import Store

    # Reads a source that was due at an instant; True: a page that is held is accepted.
    Read: TypeAlias = Callable[[Source, SourceState, datetime, bool], Awaitable[Outcome]]
    Found: TypeAlias = list[tuple[Source, SourceState]]


class Worker:
    """What this process reads under claims."""

    def __init__(self, store: Store, name: str, read: Read) -> None:
        self._store, self._name, self._read = store, name, read
        self._made = Sources()
        self.reading: dict[int, str] = {}  # claims, by source

    async def work(
        self,
        claim: str,
        reads: Sequence[tuple[int, float]],
        *,
        asked: bool = False,
        accept: bool = False,
    ) -> None:
        """Does a job: reads those of its sources that are its own still."""
        dues = {key: datetime.fromtimestamp(due, UTC) for key, due in reads}
        found = await asyncio.to_thread(self._begin, claim, list(dues))
        self.reading |= {source.id: source_state.claim for source, source_state in found}
        try:
            outcomes = await asyncio.gather(
                *(self._read(*pair, dues[pair[0].id], accept) for pair in found)
            )
            await asyncio.to_thread(self._store.marks.write, *(source.id for source, _ in found))
        finally:
            for source, _ in found:
                self.reading.pop(source.id, None)
        if asked:
            await asyncio.to_thread(self._answer, next(iter(dues)), claim, outcomes)

    def _begin(self, claim: str, ids: list[int]) -> Found:
        with self._store.database.writing(durable=False) as connection:
            found = claims.begin(connection, self._made, claim, self._name, ids)
        self._store.hosts.recall(_hosts_of(found))
        return found

    def _answer(self, source_id: int, claim: str, outcomes: Sequence[Outcome]) -> None:
        gone = Outcome("", "failed", "new", reason="it is no longer followed")
        told = _as_text(outcomes[0] if outcomes else gone)
        with self._store.database.writing() as connection:
            claims.answer(connection, source_id, claim, told)


def _hosts_of(found: Found) -> set[str]:
    return {claims.host_of(source.url) for source, _ in found} - {""}


def _as_text(outcome: Outcome) -> str:
    return msgspec.json.encode(asdict(outcome)).decode()


def outcome_of(told: str) -> Outcome:
    """Returns the outcome that a worker has told."""
    fields: dict[str, Any] = msgspec.json.decode(told)
    if until := fields["until"]:
        fields["until"] = datetime.fromisoformat(until)
    return Outcome(**fields)
