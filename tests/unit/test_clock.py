"""The schedule goes on whatever happens to the wall clock."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

import apscheduler.schedulers.base
import pytest
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from hypothesis import given
from hypothesis import strategies as st

from feeder.runtime import clock
from feeder.runtime.clock import Pulse, watch_clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import tzinfo

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SHIFTS = (-365 * 86400, -3600, -2, 2, 3600, 14 * 86400, 365 * 86400)


class WallClock:
    """The clock on the wall, which a test sets."""

    def __init__(self) -> None:
        self.shift = 0.0

    def time(self) -> float:
        return time.time() + self.shift

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """APScheduler and the watch read this clock."""
    made = WallClock()

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(made.time(), tz)

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Shifted)
    monkeypatch.setattr(clock, "time", made)
    return made


async def until(holds: Callable[[], bool]) -> None:
    """Returns as soon as it holds; fails after a time in which it surely would."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 -- the clock under test cannot set an event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def watched(was_set: Callable[[timedelta], object]) -> AsyncIterator[None]:
    watch = asyncio.create_task(watch_clock(was_set, look=0.01))
    await asyncio.sleep(0)  # it has read the clock
    try:
        yield
    finally:
        watch.cancel()


@pytest.mark.row("27")
@given(
    ahead=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=100_000)),
    interval=st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=1)),
)
def test_a_pulse_never_lists_what_was_missed(ahead: timedelta, interval: timedelta) -> None:
    job = Job(AsyncIOScheduler(timezone=UTC), id="one", func=print, args=(), kwargs={})
    job._modify(trigger=Pulse(interval), next_run_time=NOON)
    assert job.trigger.get_next_fire_time(NOON, NOON + ahead) == NOON + ahead + interval
    assert job._get_run_times(NOON + ahead) == [NOON]


@pytest.mark.row("27")
def test_a_pulse_begins_at_once() -> None:
    assert Pulse(SECOND).get_next_fire_time(None, NOON) == NOON


@pytest.mark.row("27")
@pytest.mark.parametrize("seconds", SHIFTS)
def test_a_clock_that_is_set_is_noticed_with_its_difference(seconds: int, wall: WallClock) -> None:
    async def main() -> list[timedelta]:
        seen: list[timedelta] = []
        async with watched(seen.append):
            wall.shift += seconds
            await until(lambda: bool(seen))
            wall.shift += 0.001  # no one sets a clock by so little
            await asyncio.sleep(0.05)
        return seen

    (difference,) = asyncio.run(main())
    assert abs(difference - timedelta(seconds=seconds)) < SECOND / 2


@pytest.mark.row("27")
@pytest.mark.parametrize("seconds", SHIFTS)
def test_jobs_go_on_after_the_clock_was_set(seconds: int, wall: WallClock) -> None:
    """One more run soon, and not a run for each that was missed."""

    async def main() -> int:
        jobs, runs = AsyncIOScheduler(timezone=UTC), 0

        async def tick() -> None:
            nonlocal runs
            runs += 1

        def run_now(_: timedelta) -> None:
            now = datetime.fromtimestamp(wall.time(), UTC)
            jobs.modify_job("tick", next_run_time=now)

        jobs.add_job(tick, Pulse(timedelta(hours=1)), id="tick", misfire_grace_time=None)
        jobs.start()
        await until(lambda: runs == 1)
        async with watched(run_now):
            wall.shift += seconds
            await until(lambda: runs > 1)
            await asyncio.sleep(0.05)
        jobs.shutdown(wait=False)
        return runs

    assert asyncio.run(main()) == 2
