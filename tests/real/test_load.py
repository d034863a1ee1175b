"""Many at once, for long: nothing fails, and memory, handles and threads stay flat.

One round: pages change, pollers poll, listeners hear of each change, crowds ask for refreshes and previews, and
the configuration is read again. `make load` and `make soak` do the same with more of everything, or for an hour.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from loopback import page as html
from loopback import site
from pipeline import live, post
from running import PATIENCE, TOKEN, Daemon, Page, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="memory and handles are read from /proc"
)
PREVIEWED = "http://pages.example/live"
SOURCE = '[[source]]\nname = "page-{n}"\npath = "page-{n}.txt"\nevery = "1h"\n'


@dataclass(frozen=True)
class Scale:
    sources: int
    pollers: int
    listeners: int
    refreshes: int
    previews: int
    rounds: int
    seconds: float = 0.0  # further rounds until so much time has passed
    settling: float = 0.5  # the part of the rounds in which feeds and caches still fill


SCALES = {
    "short": Scale(12, 200, 100, 60, 4, 10),
    "load": Scale(1000, 200, 2000, 1000, 50, 12),
    "soak": Scale(40, 40, 40, 40, 4, 14, float(os.environ.get("SECONDS_OF_SOAK", "3600")), 0.25),
}
SCALE = os.environ.get("FEEDER_LOAD", "short")


@dataclass(frozen=True)
class Sample:
    """What a process and its children hold."""

    memory: int  # KiB, what is shared counted once
    handles: int
    threads: int


def measure(pid: int) -> Sample:
    own = Path(f"/proc/{pid}")
    rollup = (own / "smaps_rollup").read_text()
    memory = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    children = " ".join(file.read_text() for file in own.glob("task/*/children")).split()
    below = [measure(int(child)) for child in children]
    return Sample(
        memory + sum(one.memory for one in below),
        len(list((own / "fd").iterdir())) + sum(one.handles for one in below),
        len(list((own / "task").iterdir())) + sum(one.threads for one in below),
    )


def growth(values: list[int]) -> float:
    """By how much values rise from the first to the last, by linear regression."""
    steps = len(values) - 1
    middle, mean = steps / 2, sum(values) / len(values)
    above = sum((at - middle) * (value - mean) for at, value in enumerate(values))
    return steps * above / sum((at - middle) ** 2 for at in range(steps + 1))


@dataclass(frozen=True)
class Said:
    status: int
    head: str  # in lower case
    body: bytes


async def ask(daemon: Daemon, method: str, path: str, tag: str = "", body: bytes = b"") -> Said:
    """One request on a connection of its own, as pollers make them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", daemon.port)
    host = f"Host: 127.0.0.1:{daemon.port}\r\nConnection: close\r\nContent-Length: {len(body)}"
    kind = f"Content-Type: application/json\r\nAuthorization: Bearer {TOKEN}"
    asked = f"{method} {path} HTTP/1.1\r\n{host}\r\n{kind}\r\nIf-None-Match: {tag}\r\n\r\n"
    writer.write(asked.encode() + body)
    head, _, content = (await reader.read(-1)).partition(b"\r\n\r\n")
    writer.close()
    return Said(int(head.split()[1]), head.decode().lower(), content)


@asynccontextmanager
async def listening(daemon: Daemon) -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await asyncio.open_connection("127.0.0.1", daemon.port)
    writer.write(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\n\r\n".encode())
    assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader
    finally:
        writer.close()


@dataclass
class Crowd:
    """All that happens to one daemon in a round."""

    daemon: Daemon
    scale: Scale
    pages: list[Page]
    listeners: list[asyncio.StreamReader]
    tags: dict[int, str] = field(default_factory=dict)  # of the feed that a poller has, by poller

    async def round(self, number: int) -> None:
        changed = [self.pages[(number * 3 + n) % len(self.pages)] for n in range(3)]
        for page in changed:
            page.texts[1:] = page.texts[-30:]  # the oldest fall off
            page.add(f"Gate {number} is shut, says the harbour master of {page.file.stem}")
        names = [page.file.stem for page in changed]
        others = [f"page-{n % self.scale.sources}" for n in range(self.scale.refreshes)]
        await asyncio.gather(
            *(self._refresh(name) for name in names + others),
            *(self._preview() for _ in range(self.scale.previews)),
            *(self._poll(poller) for poller in range(self.scale.pollers)),
        )
        for name in names:
            feed = await ask(self.daemon, "GET", f"/feeds/{name}.atom")
            assert f"Gate {number} is shut".encode() in feed.body
        await asyncio.gather(*(self._hear(reader, number) for reader in self.listeners))
        self.daemon.send(signal.SIGHUP)

    async def _refresh(self, name: str) -> None:
        said = await ask(self.daemon, "POST", f"/api/sources/{name}/refresh")
        assert said.status == 200, said

    async def _preview(self) -> None:
        wanted = json.dumps({"url": PREVIEWED}).encode()
        said = await ask(self.daemon, "POST", "/api/preview", body=wanted)
        assert said.status == 200, said
        assert b"Gate 2 is closed" in said.body

    async def _poll(self, poller: int) -> None:
        tag = self.tags.get(poller, "")
        path = f"/feeds/page-{poller % self.scale.sources}.atom"
        said = await ask(self.daemon, "GET", path, tag)
        assert said.status in {200, 304}, said
        self.tags[poller] = said.head.partition("etag: ")[2].partition("\r")[0]

    @staticmethod
    async def _hear(reader: asyncio.StreamReader, number: int) -> None:
        """Each listener hears of all three changes."""
        for _ in range(3):
            await reader.readuntil(f"Gate {number} is shut".encode())


async def play(daemon: Daemon, scale: Scale, pages: list[Page]) -> list[Sample]:
    """Returns what the daemon holds after each round."""
    assert daemon.process
    samples: list[Sample] = []
    deadline = time.monotonic() + scale.seconds
    async with AsyncExitStack() as stack:
        opened = [listening(daemon) for _ in range(scale.listeners)]
        listeners = [await stack.enter_async_context(one) for one in opened]
        crowd = Crowd(daemon, scale, pages, listeners)
        while len(samples) < scale.rounds or time.monotonic() < deadline:
            async with asyncio.timeout(PATIENCE * 3):
                await crowd.round(len(samples))
            samples.append(measure(daemon.process.pid))
            if SCALE != "short":
                print(len(samples), samples[-1], flush=True)
    return samples


@pytest.mark.row("76", "77")
def test_many_at_once_are_all_answered_and_memory_handles_and_threads_stay_flat(
    daemon: Daemon,
) -> None:
    scale = SCALES[SCALE]
    pages = [Page(daemon.folder / f"page-{n}.txt") for n in range(scale.sources)]
    sources = "".join(SOURCE.format(n=n) for n in range(scale.sources))
    with site() as proxy:  # a stranger's preview leads to no private address, but through it
        proxy.serve("http://pages.example:80/live", html(live(post(2), post(1))))
        daemon.configure(f'proxy = "{proxy.url("")}"\nrespect_robots = false\n{sources}')
        file = daemon.folder / "config.toml"  # others may have the processor for a while
        file.write_text(file.read_text().replace('timeout = "5s"', 'timeout = "60s"'))
        daemon.start()
        until(lambda: all_read(daemon, scale.sources), "not all sources are read")
        samples = asyncio.run(play(daemon, scale, pages))
    settled = samples[int(len(samples) * scale.settling) :]
    memory = growth([one.memory for one in settled]) / settled[0].memory
    handles = growth([one.handles for one in settled])
    threads = growth([one.threads for one in settled])
    print(f"memory {memory:+.1%}, handles {handles:+.1f}, threads {threads:+.1f}")
    assert memory < 0.05, [one.memory for one in samples]
    assert handles < 5, [one.handles for one in samples]
    assert threads < 3, [one.threads for one in samples]
    assert "Traceback" not in daemon.log
    assert "ERROR" not in daemon.log


def all_read(daemon: Daemon, count: int) -> bool:
    found: list[dict[str, Any]] = daemon.get("/api/sources").json()
    return sum(one["last_read"] is not None for one in found) == count
