"""What feeder costs before it does anything: starts, and memory.

Processor time is that of all processes until the last has ended, or until the first feed is
served; memory is their proportional set size. The site is a process of its own on 127.0.0.0/8.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Row
from bench.scale import configure, daemon_of, hosts, site_of_hosts, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 5
SOURCES = 500
A_SECOND, CORES = 80, 2  # first reads that so many cores are to do
SETTLED = 5.0  # seconds after a start
CALM = 65.0  # seconds after many first reads: what they needed has been given back


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="feeder-light-") as made, site_of_hosts() as site:
        folder = Path(made)
        configure(folder, hosts(1), site, 3600)
        yield Row("refresh without a daemon, first read", _first_refresh(folder), "ms", 700)
        for command, bound in (("--help", 150), ("status", 300), ("list", 300)):
            took = statistics.median(_cpu_of(folder, command) for _ in range(ROUNDS))
            yield Row(f"feeder {command}", took, "ms", bound)
        cold, memory = zip(*(_start(folder) for _ in range(ROUNDS)), strict=True)
        yield Row("start until the first feed is served", statistics.median(cold), "ms", 700)
        yield Row(f"memory {SETTLED:g} s later", statistics.median(memory), "MB", 70)
        configure(folder, hosts(SOURCES), site, 3600)
        each, held = _many(folder)
        yield Row(f"first reads of {SOURCES} sources, each", each, "ms", CORES * 1000 / A_SECOND)
        yield Row(f"memory {CALM:g} s after all were read", held, "MB", 150)


def _first_refresh(folder: Path) -> float:
    took = []
    for _ in range(ROUNDS):
        _empty(folder)
        took.append(_cpu_of(folder, "refresh"))
    return statistics.median(took)


def _empty(folder: Path) -> None:
    for file in [*folder.glob("feeder.*"), *folder.glob("feeds/*")]:
        file.unlink()


def _cpu_of(folder: Path, command: str) -> float:
    """Returns the CPU milliseconds of a command from its start to its end."""
    arguments = [sys.executable, "-m", "feeder"]
    if not command.startswith("-"):
        arguments += ["--config", str(folder / "config.toml")]
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    pid = os.posix_spawn(sys.executable, [*arguments, command], environment, file_actions=quiet)
    _, status, used = os.wait4(pid, 0)
    assert status == 0, command
    return (used.ru_utime + used.ru_stime) * 1000


def _start(folder: Path) -> tuple[float, float]:
    """Returns CPU milliseconds until an empty folder has its first feed served, and MB later."""
    _empty(folder)
    with daemon_of(folder, wait=False) as daemon:
        while not _is_served(f"{daemon.address}/feeds/s0.atom"):
            time.sleep(0.02)
        cpu = daemon.cpu() * 1000
        time.sleep(SETTLED)
        daemon.look()
        return cpu, daemon.peak


def _is_served(address: str) -> bool:
    with suppress(OSError):
        return b"<entry>" in urllib.request.urlopen(address, timeout=5).read()
    return False


def _many(folder: Path) -> tuple[float, float]:
    """Returns CPU milliseconds of a first read of 50 updates, and MB when there is calm again."""
    _empty(folder)
    with daemon_of(folder) as daemon:
        before = daemon.cpu()
        wait_until(lambda: daemon.reads().get("changed", 0) >= SOURCES, daemon, SOURCES)
        each = (daemon.cpu() - before) * 1000 / SOURCES
        time.sleep(CALM)
        daemon.look()
        return each, daemon.peak
