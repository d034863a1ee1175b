"""Whole refreshes of the yardstick's page, as the daemon does them.

Processor time from the request to the last file, that of the worker which extracts counted in. The
site is a process of its own on loopback, the store is a SQLite file. The usual way takes turns with
ours, so that a busy machine is as busy for both: on a quiet one it takes 286 ms.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import usual_stack
from bench.measure import Row
from feeder.config import parse
from feeder.publish.publisher import Publisher
from feeder.read.fetcher import Fetcher
from feeder.refresh import Outcome, Works, refresh
from feeder.runtime.sandbox import Sandbox
from feeder.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

KINDS = {"304": "304", "same": "same bytes", "jsonld": "JSON-LD", "dom": "DOM"}
STEPS = 25  # refreshes of the small page
ROUNDS = 7  # changed refreshes of each page
READS = 10  # unchanged refreshes, their marks stored together as the schedule does

_SITE: list[int] = []  # its process id
_JSON_LD = re.compile(rb"<script type='application/ld\+json'>.*?</script>", re.DOTALL)
_CONFIG = """
base_url = "http://127.0.0.1:8000"
[fetch]
allow_private = true
host_interval = "0s"
"""


def rows() -> Iterator[Row]:
    usual, took = measured()
    other = statistics.median(usual)
    for what, bound in (("304", 1.2), ("same bytes", 1.5)):
        yield Row(f"unchanged, {what}", statistics.median(took[what]), "ms", bound)
    for what, bound in (("JSON-LD", 18), ("DOM", 26)):
        ours = statistics.median(took[what])
        yield Row(f"changed, {what}", ours, "ms", bound, note=f"the usual way: {other:.0f} ms")
        yield Row(
            f"changed, {what}: less than the usual way", other / ours, "times", 12, least=True
        )

    yield from _small_rows()


def _small_rows() -> Iterator[Row]:
    """Yields what refreshes of a small page cost, of which people have most."""
    with asyncio.Runner() as runner:
        changed, differs = runner.run(_small())
    usual = statistics.median(_usual_small(version) for version in range(1, STEPS))
    note = f"the usual way: {usual:.0f} ms"
    page = "page of 40 updates, 20 KB"
    yield Row(f"{page}: one new, one edited", statistics.median(changed), "ms", 8, note=note)
    yield Row(f"{page}: other bytes, nothing new", statistics.median(differs), "ms", 5, note=note)


async def _small() -> tuple[list[float], list[float]]:
    async with bench(["small-0", "other-0"]) as place:
        for name in ("small-0", "other-0"):
            await place.changed(name)
        steps = range(STEPS + 3)
        changed = [await place.timed("small-0", "changed", 1, 1) for _ in steps]
        differs = [await place.timed("other-0", "unchanged", 0, 0) for _ in steps]
    return changed[3:], differs[3:]  # the first ones warm up


def _usual_small(version: int) -> float:
    pages = [gzip.compress(usual_stack.small_page(version + n), 6) for n in (0, 1)]
    return _usual_of(*pages)


def measured() -> tuple[list[float], dict[str, list[float]]]:
    """CPU milliseconds of each refresh, of the usual stack and of ours by kind."""
    with asyncio.Runner() as runner:
        return runner.run(_measured())


async def _measured() -> tuple[list[float], dict[str, list[float]]]:
    usual: list[float] = []
    took: dict[str, list[float]] = {what: [] for what in KINDS.values()}
    names = [f"{kind}-{n}" for kind in ("jsonld", "dom") for n in range(ROUNDS + 1)]
    names += [f"{kind}-{n}" for kind in ("304", "same") for n in range(READS)]
    async with bench(names) as place:
        for name in names:
            await place.changed(name)
        for turn in range(ROUNDS + 1):
            for kind in ("jsonld", "dom"):
                took[KINDS[kind]].append(await place.timed(f"{kind}-{turn}", "changed", 1, 1))
            usual.append(_usual())
        for kind in ("304", "same"):
            for _ in range(ROUNDS + 1):
                took[KINDS[kind]].append(
                    await place.unchanged([f"{kind}-{n}" for n in range(READS)])
                )
    return usual[1:], {
        kind: times[1:] for kind, times in took.items()
    }  # the first of each warms up


def _usual() -> float:
    pages = [gzip.compress(usual_stack.page(edited=edited), 6) for edited in (False, True)]
    return _usual_of(*pages)


def _usual_of(before: bytes, after: bytes) -> float:
    with tempfile.TemporaryDirectory() as folder:
        usual = usual_stack.Usual(Path(folder))
        usual.refresh(before)
        started = time.process_time_ns()
        assert usual.refresh(after) == 2
        return (time.process_time_ns() - started) / 1e6


def _cpu() -> float:
    """Milliseconds of this process and of those that it has started, but the site."""
    lists = [file.read_text().split() for file in Path("/proc/self/task").glob("*/children")]
    # Another process's clock: CPUCLOCK_SCHED of its id, as clock_getcpuclockid(3) makes it.
    clocks = [
        (~int(child) << 3) | 2
        for children in lists
        for child in children
        if int(child) not in _SITE
    ]
    return (time.process_time_ns() + sum(map(time.clock_gettime_ns, clocks))) / 1e6


@dataclass
class Place:
    works: Works

    async def changed(self, name: str) -> Outcome:
        """A refresh whose page is new, with the mark stored."""
        source, source_state = self._found(name)
        return await refresh(source, source_state, self.works)

    async def timed(self, name: str, outcome: str, added: int, edited: int) -> float:
        source, source_state = self._found(name)
        started = _cpu()
        came = await refresh(source, source_state, self.works)
        took = _cpu() - started
        assert (came.outcome, came.added, came.edited, came.removed) == (
            outcome,
            added,
            edited,
            0,
        ), came
        return took

    async def unchanged(self, names: list[str]) -> float:
        """Of one refresh, its share of what the schedule does for all that are due at a tick."""
        store = self.works.store
        past = datetime.now(UTC)
        store.mark(
            [
                (source.id, replace(source_state, next_due=past))
                for source, source_state in map(self._found, names)
            ]
        )
        started = _cpu()
        due = store.due(past, 1000, frozenset())
        came = [await refresh(*found, self.works) for found in due]
        store.marks.write()
        took = _cpu() - started
        assert [outcome.outcome for outcome in came] == ["unchanged"] * len(names), came
        return took / len(names)

    def _found(self, name: str) -> Any:
        found = self.works.store.source(name)
        assert found, name
        return found


@asynccontextmanager
async def bench(names: list[str]) -> AsyncIterator[Place]:
    """A store with a source for each name; the name up to its dash says what its page does."""
    with tempfile.TemporaryDirectory() as folder, _site() as port:
        tables = [
            f'[[source]]\nname = "{n}"\nurl = "http://127.0.0.1:{port}/{n}"\nevery = "1d"\n'
            for n in names
        ]
        settings = parse((_CONFIG + "".join(tables)).encode(), Path(folder) / "config.toml")
        with Store.open(settings.store) as store:
            store.sync(settings.source, settings.fingerprint, datetime.now(UTC))
            async with (
                Fetcher(settings.fetch, store.hosts) as fetcher,
                Sandbox(workers=1) as sandbox,
            ):
                yield Place(
                    Works(settings, store, fetcher, sandbox.extract, Publisher(settings, store))
                )


# ------------------------------------------------------------------------------ the site, a process


@contextmanager
def _site() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.refresh"], stdout=subprocess.PIPE, text=True
    )
    try:
        _SITE.append(process.pid)
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


async def _serve() -> None:
    pages = [usual_stack.page(edited=edited) for edited in (False, True)]
    kinds = {
        "jsonld": pages,
        "dom": [_JSON_LD.sub(b"", page) for page in pages],
        "same": pages[:1],
        "304": pages[:1],
        "small": [usual_stack.small_page(version) for version in range(STEPS + 4)],
        "other": [usual_stack.small_page(0, nonce) for nonce in range(STEPS + 4)],
    }
    packed = {kind: [gzip.compress(page, 6) for page in these] for kind, these in kinds.items()}
    asked: Counter[str] = Counter()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode().lstrip("/")
                writer.write(_answer(packed.get(path.partition("-")[0], []), asked[path], head))
                asked[path] += 1
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _answer(bodies: list[bytes], times: int, head: bytes) -> bytes:
    """The first page at first, then the last one; 304 to the ETag that one kind of page has."""
    if b'if-none-match: "v"' in head.lower():
        return b'HTTP/1.1 304 Not Modified\r\netag: "v"\r\n\r\n'
    if not bodies:
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    body = bodies[min(times, len(bodies) - 1)]
    tag = 'etag: "v"\r\n' if b"/304-" in head else ""
    said = "content-type: text/html; charset=utf-8\r\ncontent-encoding: gzip\r\n"
    said += f"{tag}content-length: {len(body)}"
    return f"HTTP/1.1 200 OK\r\n{said}\r\n\r\n".encode() + body


if __name__ == "__main__":
    asyncio.run(_serve())
