"""Where the time of a small changed refresh goes, that of a start, and the memory of both.

`python -m bench.profile`. CPU milliseconds; what takes turns in several threads is counted for the
thread that it runs in. A line with two spaces before it is a part of the one above it.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import refresh as bench_refresh
from bench.__main__ import show
from bench.measure import Row
from feeder import publish
from feeder.pipeline import take
from feeder.publish import compose, files
from feeder.publish.publisher import Publisher
from feeder.runtime import sandbox
from feeder.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

REFRESHES = 25
_MOST = 16  # packages that are told
# What is measured, in the order in which a refresh comes to it.
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("  job and answer through the pipe", sandbox._Worker, "_ask"),  # noqa: SLF001
    ("known entries", Store, "known"),
    ("reconcile", take, "reconcile"),
    ("render the changed entries", compose, "render_entries"),
    ("commit", Store, "commit"),
    ("publish", Publisher, "publish_source"),
    ("  entries of the feed from the store", Store, "feed"),
    ("  put together, written and put in place", publish, "publish"),
    ("    compress", files, "compress"),
    ("    fsync", os, "fsync"),
    ("    rename", os, "replace"),
    ("note what was published", Store, "published"),
)
RUN = "import feeder.cli, feeder.runtime.daemon"
EXTRACT = "import feeder.runtime.sandboxed; from feeder import extract; extract.extractors()"
_CALM = "import gc; gc.set_threshold(50_000, 20, 20); "  # as feeder.__main__ does
_MEMORY = (
    "import re; print(re.search(r'Anonymous: *(\\d+)', open('/proc/self/smaps_rollup').read())[1])"
)


def refresh_rows() -> Iterator[Row]:
    """Yields the stages of a changed refresh of the small page, and what is left."""
    with asyncio.Runner() as runner:
        whole, own, spent = runner.run(_refreshes())
    yield Row("a changed refresh of 40 updates, whole", whole, "ms")
    yield Row("worker: parse and extract", whole - own, "ms")
    for what, _, _ in STAGES:
        yield Row(what, spent[what] / REFRESHES, "ms")
    told = sum(spent[what] for what, _, _ in STAGES if not what.startswith(" ")) / REFRESHES
    yield Row("fetch, turns between threads, and the rest", own - told, "ms")


async def _refreshes() -> tuple[float, float, dict[str, float]]:
    """Returns the medians of the whole and of this process's part, and the sums by stage."""
    spent: dict[str, float] = defaultdict(float)
    async with bench_refresh.bench(["small-0"]) as place:
        for added in (None, 1, 1):
            await (place.timed("small-0", "changed", 1, 1) if added else place.changed("small-0"))
        for what, owner, name in STAGES:
            setattr(owner, name, _timed(getattr(owner, name), what, spent))
        whole, own = [], []
        for _ in range(REFRESHES):
            started = time.process_time_ns()
            whole.append(await place.timed("small-0", "changed", 1, 1))
            own.append((time.process_time_ns() - started) / 1e6)
    return statistics.median(whole), statistics.median(own), spent


def _timed(function: Any, what: str, spent: dict[str, float]) -> Any:
    @wraps(function)
    def timed(*args: Any, **named: Any) -> Any:
        started = time.thread_time_ns()
        try:
            return function(*args, **named)
        finally:
            spent[what] += (time.thread_time_ns() - started) / 1e6

    return timed


def import_rows(code: str) -> Iterator[Row]:
    """Yields the packages that `code` imports by their share of the time, the costliest first."""
    told = _python("-X", "importtime", "-c", _CALM + code).stderr
    own: Counter[str] = Counter()
    for microseconds, name in re.findall(r"import time: +(\d+) \|[ \d]+\| +(\S+)", told):
        parts = name.split(".")
        own[".".join(parts[: 2 if parts[0] == "feeder" else 1])] += int(microseconds)
    whole = sum(own.values())
    for package, took in own.most_common(_MOST):
        yield Row(package, 100 * took / whole, "%")


def cpu_rows() -> Iterator[Row]:
    for what, code in (("daemon", RUN), ("worker", EXTRACT)):
        took = [_cpu_of(f"{_CALM}{code}") for _ in range(5)]
        yield Row(what, statistics.median(took), "ms")


def _cpu_of(code: str) -> float:
    told = f"{code}; import time; print(time.process_time())"
    return float(_python("-c", told).stdout) * 1000


def memory_rows() -> Iterator[Row]:
    """Yields the memory that is a process's own, with more and more of it imported."""
    steps = (
        ("Python", "pass"),
        ("a command", "import feeder.cli"),
        ("with its settings (pydantic)", "import feeder.cli, feeder.config"),
        ("with the store (SQLAlchemy)", "import feeder.cli, feeder.store"),
        ("the daemon", RUN),
        ("the daemon, asked for its API (FastAPI)", f"{RUN}, feeder.web.api"),
        ("a worker", EXTRACT),
    )
    for what, code in steps:
        kilobytes = int(_python("-c", f"{_CALM}{code}; {_MEMORY}").stdout)
        yield Row(what, kilobytes / 1024, "MB")


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment)


def main() -> None:
    show("refresh", "a small page, one new and one edited", refresh_rows())
    show("imports", "CPU time", cpu_rows())
    show("daemon", "what its imports take, by package", import_rows(RUN))
    show("worker", "what its imports take, by package", import_rows(EXTRACT))
    show("memory", "anonymous memory after imports", memory_rows())


if __name__ == "__main__":
    assert Path("/proc/self/smaps_rollup").exists(), "memory is measured under Linux alone"
    main()
