"""What one refresh works with, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.config import Settings, Source
    from feeder.model import Document, Rules, Snapshot, SourceState, State
    from feeder.publish.publisher import Publisher
    from feeder.read.fetcher import Fetcher
    from feeder.store import Store

Result = Literal["changed", "unchanged", "held", "failed", "deferred"]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Unfinished:
    """Counts the pages that are read and not yet done with: one for each `with` entered."""

    pages: int = 0

    def __enter__(self) -> None:
        self.pages += 1

    def __exit__(self, *_: object) -> None:
        self.pages -= 1


@dataclass(frozen=True, slots=True)
class Works:
    """What a refresh works with."""

    settings: Settings
    store: Store
    fetcher: Fetcher
    extract: Callable[[Document, Rules], Awaitable[Snapshot]]
    publisher: Publisher
    unfinished: Unfinished = field(default_factory=Unfinished)
    now: Callable[[], datetime] = utc_now  # where machines share a store, its clock


@dataclass(frozen=True, slots=True)
class Turn:
    """One refresh of one source: where it stood before, what it works with, when it began."""

    source: Source
    before: SourceState
    works: Works
    now: datetime
    tells: bool = True  # whether hubs and webhooks are told of what it changes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a refresh, in the words of the API."""

    source: str
    outcome: Result
    state: State
    added: int = 0
    edited: int = 0
    removed: int = 0
    reason: str = ""
    until: datetime | None = None  # deferred: when the server allows the next read
    size: int = 0  # bytes read
    status: int = 0  # of HTTP; 0: of a file, or there was no answer to be used
