"""What the doors to the web need of the daemon behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from feeder.config import Source
    from feeder.model import Standing
    from feeder.refresh import Outcome, Works


class Schedule(Protocol):
    async def refresh(self, source: Source, standing: Standing, *, accept: bool = False) -> Outcome: ...
    def wake(self) -> None: ...


class Daemon(Protocol):
    @property
    def works(self) -> Works:
        """Of the present configuration."""
        ...

    @property
    def schedule(self) -> Schedule: ...
    @property
    def token(self) -> str:
        """Lets its bearer change things."""
        ...

    def sickness(self) -> str:
        """Why scheduler or store do not advance; "" where they do."""
        ...

    def metrics(self) -> bytes:
        """Prometheus text."""
        ...
