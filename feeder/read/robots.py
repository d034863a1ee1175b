"""robots.txt (RFC 9309): fetched once a day at most, kept over restarts, always obeyed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from protego import Protego

from feeder.errors import ReadError
from feeder.read.address import Address, join, parse
from feeder.read.decode import decoded
from feeder.read.manners import HostMemory, HostState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from feeder.read.connections import Raw

    Exchange = Callable[[Address, int], Awaitable[Raw]]

_KEPT = timedelta(hours=24)  # §2.4: no longer than that
_AGAIN = timedelta(minutes=10)  # until an origin whose robots.txt fails is asked again
_HOPS = 5  # §2.3.1.2
_MOST = 500 * 1024  # bytes that are read, §2.5
_MOST_WIRE = 10 << 20
_KNOWN = 20_000  # origins in memory
_VERDICTS = 200  # addresses of an origin whose verdict is remembered


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    delay: float = 0.0  # seconds between two reads


@dataclass(frozen=True, slots=True)
class Asked:
    """What an origin asks of us. Verdicts are kept, as parsing 300 rules takes 17 ms."""

    rules: str  # "": everything may be read
    until: datetime
    unreachable: bool = False  # §2.3.1.4: a server error means that nothing may be read
    verdicts: dict[bytes, Verdict] = field(default_factory=dict)

    async def verdict(self, address: Address, agent: str) -> Verdict:
        if not self.rules:
            return Verdict(allowed=True)
        known = self.verdicts.get(address.url.raw_path)
        if known is None:
            known = await asyncio.to_thread(_judged, self.rules, str(address), agent)
            if len(self.verdicts) >= _VERDICTS:
                self.verdicts.clear()
            self.verdicts[address.url.raw_path] = known
        return known


def _judged(rules: str, url: str, agent: str) -> Verdict:
    parsed = Protego.parse(rules)
    return Verdict(parsed.can_fetch(url, agent), float(parsed.crawl_delay(agent) or 0))


class Robots:
    """Answers whether an address may be read."""

    def __init__(self, agent: str, memory: HostMemory, now: Callable[[], datetime]) -> None:
        self._agent = agent
        self._memory = memory
        self._now = now
        self._asked: dict[tuple[str, str, int], Asked] = {}

    async def check(self, address: Address, exchange: Exchange) -> float:
        """Returns the pause between two reads that the origin asks for, in seconds.

        Raises:
            ReadError: it asks not to read this address, or cannot be asked.
        """
        asked = self._asked.get(address.origin)
        if asked is None or asked.until <= self._now():
            asked = await self._renewed(address, exchange)
            self._asked[address.origin] = asked
            if len(self._asked) > _KNOWN:
                del self._asked[next(iter(self._asked))]
        if asked.unreachable:
            raise ReadError(
                f"the robots.txt of {address.host} answers with an error, "
                "so nothing there may be read yet",
                until=asked.until,
            )
        verdict = await asked.verdict(address, self._agent)
        if not verdict.allowed:
            raise ReadError(
                f"the robots.txt of {address.host} asks not to read this page; "
                "with its owner's permission, set respect_robots = false for the source",
                state="blocked",
            )
        return verdict.delay

    async def _renewed(self, address: Address, exchange: Exchange) -> Asked:
        now, key = self._now(), "{}://{}:{}".format(*address.origin)
        state = self._memory.load(key) or HostState()
        if not _is_fresh(state, now):
            text = await fetched(address, exchange)
            if text is not None:
                state = replace(state, robots=text, robots_until=now + _KEPT)
            elif state.robots is None:
                return Asked("", now + _AGAIN, unreachable=True)
            else:  # an old copy is better than none
                state = replace(state, robots_until=now + _AGAIN)
            self._memory.save(key, state)
        return Asked(state.robots or "", state.robots_until or now)


def _is_fresh(state: HostState, now: datetime) -> bool:
    """Returns whether the copy is of the last day, by a clock that was not set back since."""
    until = state.robots_until
    return state.robots is not None and until is not None and now < until <= now + _KEPT


async def fetched(address: Address, exchange: Exchange) -> str | None:
    """Returns an origin's robots.txt; "" where there is none, None: the server fails (§2.3.1)."""
    here = parse(str(address.url.copy_with(raw_path=b"/robots.txt")))
    for _ in range(_HOPS + 1):
        raw = await exchange(here, _MOST_WIRE)
        if 300 <= raw.status < 400 and "location" in raw.headers:
            here = join(here, raw.headers["location"])
            continue
        if raw.status == 429 or raw.status >= 500:
            return None
        if not 200 <= raw.status < 300:
            return ""
        body = decoded(raw.wire, raw.headers.get("content-encoding", ""), _MOST_WIRE)
        return body[:_MOST].decode("utf-8", "replace").lstrip("\ufeff")
    return ""
