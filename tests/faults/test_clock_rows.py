"""Row 27 of docs/reliability.md: the clock is set, and it is noticed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from feeder.runtime.clock import watch_clock

if TYPE_CHECKING:
    from datetime import timedelta

DAY = 86_400


@pytest.mark.row("27")
@pytest.mark.parametrize("shift", [-365 * DAY, -DAY, 14 * DAY, 365 * DAY])
def test_row_27_a_clock_that_is_set_is_noticed_at_the_next_look(
    shift: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, wall = 0, time.time
    seen: list[timedelta] = []

    def shifted() -> float:
        nonlocal looks
        looks += 1
        return wall() + (shift if looks > 2 else 0)

    async def main() -> None:
        watch = asyncio.create_task(watch_clock(seen.append, look=0.001))
        while looks < 5:  # noqa: ASYNC110 -- the clock under test cannot set an event
            await asyncio.sleep(0.001)
        watch.cancel()

    monkeypatch.setattr(time, "time", shifted)
    asyncio.run(main())
    (difference,) = seen
    assert abs(difference.total_seconds() - shift) < 60
