"""When a source is read next: a pure rule of its settings and its history.

A fixed interval and a cron line are kept to the second. The adaptive rule follows the source's own
rhythm. A source that fails is read ever more rarely; what its server asked for (Retry-After,
freshness) is the floor of everything.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from feeder.polling import adaptive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from apscheduler.triggers.cron import CronTrigger

    from feeder.config import SourceSettings

FIRST_RETRY = timedelta(seconds=30)  # doubled with every further failure …
LAST_RETRY = timedelta(hours=6)  # … up to this
BLOCKED_RETRY = timedelta(minutes=15)  # a server that says no is not asked again at once
GONE_AFTER = 3  # answers of 410 in a row, then polling stops
ENDED_STOP = timedelta(days=14)  # coverage that ended so long ago is not read any more
JITTER = 0.05  # share of a retry by which sources that failed together are spread


def after_read(
    settings: SourceSettings,
    now: datetime,
    stamps: Sequence[datetime],
    *,
    starts: datetime | None = None,
    ended: datetime | None = None,
    floor: datetime | None = None,
) -> datetime | None:
    """The next read after one that succeeded; None: never.

    Args:
        settings: of the source.
        now: the instant of the read.
        stamps: the source's latest updates by their own times, ascending.
        starts: when the page says that coverage will start; None: it does not say.
        ended: since when the page says that coverage has ended; None: it goes on.
        floor: until when the server said that its answer stays fresh.
    """
    if ended and now - ended > ENDED_STOP and not settings.cron and settings.every == "adaptive":
        return None
    due = _regular(settings, now, stamps, ended)
    if settings.every != "adaptive" or settings.cron:
        return due
    latest = now + settings.adaptive.max
    wait_for = (floor, None if stamps else starts)
    return max([due, *(min(instant, latest) for instant in wait_for if instant)])


def after_failure(
    settings: SourceSettings,
    now: datetime,
    failures: int,
    stamps: Sequence[datetime] = (),
    *,
    state: str,
    until: datetime | None = None,
    chance: float = 0.0,
) -> datetime | None:
    """The next read after the `failures`-th one in a row that did not succeed; None: never.

    `until` is when the server allows the next one; `chance`, from 0 to 1, spreads those that failed
    together.
    """
    if state == "gone" and failures >= GONE_AFTER:
        return None
    first = BLOCKED_RETRY if state == "blocked" else FIRST_RETRY
    wait = min(first * 2 ** min(failures - 1, 20), LAST_RETRY) * (1 + JITTER * chance)
    due = max(_regular(settings, now, stamps, None), now + wait) if state != "deferred" else now
    return max(due, until) if until else due


def _regular(
    settings: SourceSettings, now: datetime, stamps: Sequence[datetime], ended: datetime | None
) -> datetime:
    if settings.cron:
        fire = _cron(settings.cron, settings.timezone).get_next_fire_time(
            None, now + timedelta(seconds=1)
        )
        return (
            fire.astimezone(now.tzinfo) if fire else now + LAST_RETRY
        )  # no day fits, such as February 30
    if isinstance(settings.every, timedelta):
        return now + settings.every
    seconds = adaptive.wait(
        [s.timestamp() for s in stamps], now.timestamp(), ended.timestamp() if ended else None
    )
    low, high = settings.adaptive.min, settings.adaptive.max
    return now + min(max(timedelta(seconds=seconds), low), high)


@lru_cache(maxsize=1024)
def _cron(line: str, zone: str) -> CronTrigger:
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 -- only where cron is used

    return CronTrigger.from_crontab(line, timezone=zone)
