"""A schedule that survives whatever happens to the wall clock.

APScheduler waits for an instant of the wall clock, and lists every run that was missed before it
folds them into one. So a clock that is set back would stop it, and one that is set forward by a
year would have it list thirty million instants. Here no trigger ever looks at the past, and a watch
that sleeps by the monotonic clock says when the other one was set.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK = 1.0  # seconds between two looks at the clock
JUMP = 0.5  # seconds; what NTP slews in a second is a thousandth of that


class Pulse(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires at once, and then an interval after each time it fired; missed runs are not made up."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return now if previous_fire_time is None else now + self.interval


async def watch_clock(was_set: Callable[[timedelta], object], look: float = LOOK) -> None:
    """Calls `was_set` with the difference each time the wall clock was set; runs until cancelled.

    A suspended machine looks the same: its monotonic clock stood still meanwhile.
    """
    offset = _read_offset()
    while True:
        await asyncio.sleep(look)
        before, offset = offset, _read_offset()
        if abs(offset - before) > JUMP:
            was_set(timedelta(seconds=offset - before))


def _read_offset() -> float:
    return time.time() - time.monotonic()
