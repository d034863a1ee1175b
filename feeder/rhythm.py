"""The rhythm of a source: how soon after a read the next one is worth making. Pure; instants are epoch seconds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMORY = 12  # updates whose times are remembered


def wait(stamps: Sequence[float], now: float, ended: float | None = None) -> float:
    """Seconds until the next read, given the times of the newest updates, oldest first. `ended`: when coverage did."""
    if not stamps:
        return 300.0
    silence = max(0.0, now - stamps[-1], now - ended if ended else 0.0)
    recent = stamps[-9:]
    gap = (recent[-1] - recent[0]) / max(1, len(recent) - 1)
    live = 2.5 * math.sqrt(max(gap, 1.0))
    return live if silence < 900 else max(live, silence / 20)


def silent(stamps: Sequence[float], now: float) -> bool:
    """Whether nothing has come for far longer than this source's own rhythm lets expect."""
    if len(stamps) < 4:
        return False
    gaps = sorted(later - earlier for earlier, later in zip(stamps, stamps[1:], strict=False))
    return now - stamps[-1] > max(6 * 3600.0, 10 * gaps[-1])
