"""When a source is read next: a pure rule of its settings and its history.

A fixed interval and a cron line are kept to the second. The adaptive rule follows the source's own
rhythm. A source that fails is read ever more rarely; what its server asked for (Retry-After,
freshness) is the floor of everything.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from feeder.polling import adaptive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.config import SourceSettings

FIRST_RETRY = timedelta(seconds=30)  # doubled with every further failure …
LAST_RETRY = timedelta(hours=6)  # … up to this
BLOCKED_RETRY = timedelta(minutes=15)  # a server that says no is not asked again at once
GONE_AFTER = 3  # answers of 410 in a row, then polling stops
ENDED_STOP = timedelta(days=14)  # coverage that ended so long ago is not read any more
A_TICK = timedelta(seconds=0.3)  # by which a read can begin late where nothing is in its way
JITTER = 0.05  # share of a retry by which sources that failed together are spread


def after_read(
    settings: SourceSettings,
    now: datetime,
    stamps: Sequence[datetime],
    *,
    zone: str = "",
    starts: datetime | None = None,
    ended: datetime | None = None,
    floor: datetime | None = None,
) -> datetime | None:
    """Returns the next read after one that succeeded; None: never.

    Args:
        settings: of the source.
        now: the instant of the read, `on_time`.
        stamps: the source's latest updates by their own times, ascending.
        zone: in which a cron line is read; "" is UTC.
        starts: when the page says that coverage will start; None: it does not say.
        ended: since when the page says that coverage has ended; None: it goes on.
        floor: until when the server said that its answer stays fresh.
    """
    if _is_over(settings, now, ended):
        return None
    due = _regular(settings, now, stamps, zone, ended)
    if settings.every != "adaptive" or settings.cron:
        return due
    wait_for = max(filter(None, (floor, None if stamps else starts)), default=due)
    return max(due, min(wait_for, now + settings.adaptive.max))


def on_time(now: datetime, was_due: datetime | None) -> datetime:
    """Returns when a read should have begun: an interval does not grow by the ticks."""
    if was_due is None or not timedelta() <= now - was_due <= A_TICK:
        return now
    return was_due


def _is_over(settings: SourceSettings, now: datetime, ended: datetime | None) -> bool:
    """Returns whether coverage ended so long ago that the page is not read any more."""
    adaptive = settings.every == "adaptive" and not settings.cron
    return adaptive and ended is not None and now - ended > ENDED_STOP


def after_failure(
    settings: SourceSettings,
    now: datetime,
    failures: int,
    stamps: Sequence[datetime] = (),
    *,
    state: str,
    zone: str = "",
    until: datetime | None = None,
    chance: float = 0.0,
) -> datetime | None:
    """Returns the next read after the `failures`-th one in a row that failed; None: never.

    `until` is when the server allows the next one; `chance`, from 0 to 1, spreads those that failed
    together.
    """
    if state == "gone" and failures >= GONE_AFTER:
        return None
    due = now
    if state != "deferred":
        first = BLOCKED_RETRY if state == "blocked" else FIRST_RETRY
        wait = min(first * 2 ** min(failures - 1, 20), LAST_RETRY) * (1 + JITTER * chance)
        due = max(_regular(settings, now, stamps, zone), now + wait)
    return max(due, until or due)


def _regular(
    settings: SourceSettings,
    now: datetime,
    stamps: Sequence[datetime],
    zone: str,
    ended: datetime | None = None,
) -> datetime:
    if settings.cron:
        return next_cron(settings.cron, settings.timezone or zone, now) or now + LAST_RETRY
    if isinstance(settings.every, timedelta):
        return now + settings.every
    seconds = adaptive.wait(
        [s.timestamp() for s in stamps], now.timestamp(), ended.timestamp() if ended else None
    )
    low, high = settings.adaptive.min, settings.adaptive.max
    return now + min(max(timedelta(seconds=seconds), low), high)


def next_cron(line: str, zone: str, now: datetime) -> datetime | None:
    """Returns the first instant after `now` that a line of crontab(5) names; None: there is none.

    Debian's rules hold (cronsim): a daily time that daylight saving skips comes right after the
    gap, one that happens twice comes once.

    Args:
        line: five fields, as `config.values.crontab` returns them.
        zone: an IANA name or an offset, in which the fields are read; "" is UTC.
        now: an aware instant; the result is in its zone.
    """
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 -- only where cron is used

    from feeder.when import named  # noqa: PLC0415

    try:
        instants = CronSim(line, now.astimezone(named(zone) or UTC))
    except CronSimError:  # stored by a version that took other lines
        return None
    # In the second of two equal hours the library begins with the first: that one is over.
    ahead = (instant.astimezone(now.tzinfo) for instant in instants)
    return next((instant for instant in ahead if instant > now), None)
