"""Manners towards a host: one request at a time, pauses, and silence for as long as it asks.

All by host name, over all sources. What must outlive a restart is a `HostState`; where it is kept
is the caller's.
"""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

from feeder.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

# A host that asks for more than this has most likely made a mistake: 24 hours, 1 hour.
_LONGEST_RETRY = timedelta(days=1)
_LONGEST_DELAY = 3600.0
_WITHOUT_RETRY_AFTER = timedelta(minutes=1)  # after a 429 that does not say how long
_PATIENCE = 30.0  # seconds; a longer pause than this is not waited for but said
_CROWD = 10_000  # hosts in memory before those with nothing to remember are dropped


@dataclass(frozen=True, slots=True)
class HostState:
    """What is remembered of a host, or for robots.txt of an origin (scheme, host and port)."""

    until: datetime | None = None  # it asked not to be read before
    robots: str | None = None  # its robots.txt; "": there is none, so everything may be read
    robots_until: datetime | None = None  # when that is to be fetched again


class HostMemory(Protocol):
    """Keeps `HostState`s by a key, over restarts: the store, or a dictionary."""

    def load(self, host: str) -> HostState | None: ...
    def save(self, host: str, state: HostState) -> None: ...


class Forgetful:
    """A memory that lasts as long as the process."""

    def __init__(self) -> None:
        self._states: dict[str, HostState] = {}

    def load(self, host: str) -> HostState | None:
        return self._states.get(host)

    def save(self, host: str, state: HostState) -> None:
        self._states[host] = state


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    delay: float = 0.0  # seconds, of its robots.txt
    free_at: float = 0.0  # on the loop's clock
    waiting: int = 0


class Manners:
    """Whose turn it is at each host."""

    def __init__(
        self, interval: timedelta, memory: HostMemory, now: Callable[[], datetime]
    ) -> None:
        self._interval = interval.total_seconds()
        self._memory = memory
        self._now = now
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, name: str, *, spaced: bool = True) -> AsyncIterator[None]:
        """Waits to be the host's only request; the next turn begins a pause after this one's end.

        `spaced` is false for the second request of one read: a redirect is followed at once.

        Raises:
            ReadError: deferred; the host asked not to be read now.
        """
        host = self._host(name)
        self._check(name)
        host.waiting += 1
        try:
            await host.lock.acquire()
        finally:
            host.waiting -= 1
        try:
            self._check(name)
            if spaced:
                await self._pause(name, host)
            try:
                yield
            finally:
                host.free_at = asyncio.get_running_loop().time() + max(self._interval, host.delay)
        finally:
            host.lock.release()

    def ready_in(self, name: str, ahead: int = 0) -> float:
        """Seconds until a read of the host could begin, after `ahead` others."""
        host = self._host(name)
        until = self._silent_until(name)
        asked = (until - self._now()).total_seconds() if until else 0.0
        queue = (host.waiting + host.lock.locked() + ahead) * max(self._interval, host.delay)
        return max(asked, queue + max(0.0, host.free_at - asyncio.get_running_loop().time()))

    def slow(self, name: str, seconds: float) -> None:
        """Keeps the pause that the host's robots.txt asks for."""
        self._host(name).delay = min(seconds, _LONGEST_DELAY)

    def silence(self, name: str, until: datetime) -> None:
        """Notes that the host asked not to be read before `until`."""
        self._memory.save(name, replace(self._memory.load(name) or HostState(), until=until))

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            if len(self._hosts) > _CROWD:
                self._thin()
            host = self._hosts[name] = _Host()
        return host

    def _thin(self) -> None:
        clock = asyncio.get_running_loop().time()
        idle = [
            n
            for n, h in self._hosts.items()
            if not (h.waiting or h.lock.locked()) and h.free_at < clock
        ]
        for name in idle:
            del self._hosts[name]

    def _check(self, name: str) -> None:
        if (until := self._silent_until(name)) is not None:
            raise _deferred(f"{name} asked not to be read before {_clock(until)}", until)

    def _silent_until(self, name: str) -> datetime | None:
        state, now = self._memory.load(name), self._now()
        if state is None or state.until is None:
            return None
        # What is longer than anything that is ever promised comes of a clock that was set back, and
        # is worth nothing.
        return state.until if now < state.until < now + 2 * _LONGEST_RETRY else None

    async def _pause(self, name: str, host: _Host) -> None:
        seconds = host.free_at - asyncio.get_running_loop().time()
        if seconds > _PATIENCE:
            until = self._now() + timedelta(seconds=seconds)
            why = (
                "as its robots.txt asks" if host.delay > self._interval else "as host_interval says"
            )
            raise _deferred(f"the next read of {name} may begin at {_clock(until)}, {why}", until)
        if seconds > 0:
            await asyncio.sleep(seconds)


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """Returns the instant that Retry-After names (RFC 9110 §10.2.3), at most a day ahead.

    Up to a tenth is added, so that not everybody comes back at the same moment.
    """
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,10}", value):
        wait = timedelta(seconds=int(value))
    else:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, TypeError, OverflowError):
            return None
        wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    if wait <= timedelta(0):
        return None
    spread = 1 + random.random() / 10  # noqa: S311 -- no secret
    return now + min(wait, _LONGEST_RETRY) * spread


def asked_to_wait(status: int, value: str | None, now: datetime) -> datetime | None:
    """Returns until when an answer asks for silence: 429, and 503 with Retry-After."""
    if status == 429:
        return retry_after(value, now) or now + _WITHOUT_RETRY_AFTER
    return retry_after(value, now) if status == 503 else None


def _deferred(reason: str, until: datetime) -> ReadError:
    return ReadError(f"not read now: {reason}; it is read then", state="deferred", until=until)


def _clock(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
