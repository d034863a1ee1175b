"""How the tables are measured and what a row of them is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Real pages and time lines beside the repository, where there are any.
BESIDE = Path(__file__).parents[2] / "shared"


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    value: float
    unit: str
    bound: float | None = None  # None: told for comparison alone
    least: bool = False  # whether `bound` is a minimum
    note: str = ""

    @property
    def held(self) -> bool | None:
        if self.bound is None:
            return None
        return self.value >= self.bound if self.least else self.value <= self.bound


def cpu_ms(work: Callable[[], object], rounds: int = 7, repeats: int = 1) -> float:
    """CPU milliseconds of one call, the least of `rounds`: other work can only add to it."""
    work()
    laps = []
    for _ in range(rounds):
        start = time.process_time_ns()
        for _ in range(repeats):
            work()
        laps.append((time.process_time_ns() - start) / repeats / 1e6)
    return min(laps)


def in_turns(*works: Callable[[], object], rounds: int) -> list[float]:
    """Like `cpu_ms`, in turns: a machine that slows down does so for all that is compared."""
    laps = [[cpu_ms(work, rounds=1) for work in works] for _ in range(rounds)]
    return [min(column) for column in zip(*laps, strict=True)]


def missing(what: str, why: str) -> tuple[str, str, str, str]:
    """A row that says what could not be measured here, and why."""
    return what, "not measured", why, ""
