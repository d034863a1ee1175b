"""What the doors to the web need of the daemon behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.config import Source
    from feeder.model import SourceState, State
    from feeder.notify.delivery import FeedLocation
    from feeder.pipeline.turn import Outcome, Works
    from feeder.web.events import Bell


class Reads(Protocol):
    """The schedule, which reads sources and tells the world."""

    def is_reading(self, source_id: int) -> bool: ...
    async def make_due(self) -> None: ...
    def wake(self) -> None: ...
    def tell(self) -> None: ...


class Served(Protocol):
    """The daemon, of which the web is a door."""

    @property
    def works(self) -> Works:
        """What refreshes work with, under the configuration in force."""
        ...

    @property
    def schedule(self) -> Reads: ...
    async def refresh(
        self, source: Source, source_state: SourceState, *, accept: bool = False
    ) -> Outcome:
        """Has a source read now; when this returns, the feeds that are served show it."""
        ...

    @property
    def token(self) -> str:
        """The secret whose bearer may change things."""
        ...

    @property
    def place(self) -> FeedLocation: ...
    @property
    def bell(self) -> Bell: ...
    @property
    def states(self) -> Mapping[str, State]:
        """The states of the sources that were read since the start, by name."""
        ...

    def sickness(self) -> str:
        """Returns why scheduler or store do not advance; "" where they do."""
        ...

    def metrics(self) -> bytes:
        """Prometheus text."""
        ...
