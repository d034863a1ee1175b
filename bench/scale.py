"""The daemon at its limits: 10,000 sources every 30 s for two minutes; a start with 100,000.

`python -m bench.scale [SOURCES [SECONDS [EVERY]]]`. The sites are one other process, on
127.0.0.0/8. All sources are read once before anything is measured: a first read is once in a
source's life.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.__main__ import show
from bench.measure import Row

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Daemon:
    """The process and those that it has started."""

    process: subprocess.Popen[bytes]
    address: str
    started: float
    peak: float = 0.0  # the most memory seen, MB; pages that processes share are counted once

    def family(self) -> list[int]:
        found, young = [], [self.process.pid]
        while young:
            found += young
            lists = [
                file.read_text()
                for parent in young
                for file in Path(f"/proc/{parent}/task").glob("*/children")
            ]
            young = [int(pid) for pids in lists for pid in pids.split()]
        return found

    def cpu(self) -> float:
        """Seconds, so far, of processes that have ended too."""
        total = 0
        for pid in self.family():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])
        return total / TICKS

    def look(self) -> None:
        shares = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.family()]
        held = sum(int(re.search(r"Pss:\s*(\d+) kB", share)[1]) for share in shares) / 1024  # type: ignore[index, misc]
        self.peak = max(self.peak, held)

    def reads(self) -> dict[str, float]:
        text = urllib.request.urlopen(f"{self.address}/metrics", timeout=30).read().decode()
        return {
            name: float(value)
            for name, value in re.findall(r'feeder_reads_total\{outcome="(\w+)"\} (\S+)', text)
        }


def measured(sources: int, seconds: float, every: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="feeder-scale-") as made, site_of_hosts() as site:
        folder = Path(made)
        configure(folder, hosts(sources), site, every)
        first = _first_round(folder, sources, site)
        with daemon_of(folder) as daemon:
            wait_until(lambda: sum(daemon.reads().values()) >= sources, daemon, sources)
            again = time.monotonic() - daemon.started
            _pass(daemon, every)  # all are on time again
            _ask(site, "/-/change")
            before, begun, counted = daemon.cpu(), time.monotonic(), daemon.reads()
            _pass(daemon, seconds)
            used = (daemon.cpu() - before) / (time.monotonic() - begun)
            outcomes = {
                name: value - counted.get(name, 0) for name, value in daemon.reads().items()
            }
            late = _lateness(_ask(site, "/-/reads"), time.monotonic(), sources, every)
            peak = daemon.peak
    reads, changed = sum(outcomes.values()), outcomes.get("changed", 0)
    note = f"{reads / seconds:.0f} reads a second, {changed / seconds:.0f} changed"
    return [
        Row(
            f"{sources:,} sources are new, with 50 updates each: first reads",
            sources / first,
            "a second",
            80,
            least=True,
        ),
        Row("after a start all are due: each was read after", again, "s"),
        Row(
            f"{sources:,} sources every {every} s: cores, of the daemon and its workers",
            used,
            "",
            1,
            note=note,
        ),
        Row("lateness, median", statistics.median(late.late), "s"),
        Row("lateness, 99th percentile", statistics.quantiles(late.late, n=100)[98], "s", 2),
        Row("reads missed", late.missed, "", 0),
        Row("memory at its peak", peak, "MB", 400),
    ]


def _first_round(folder: Path, sources: int, site: str) -> float:
    """All sources are read for the first time: in how many seconds."""
    _ask(site, "/-/still")
    with daemon_of(folder) as daemon:
        wait_until(lambda: daemon.reads().get("changed", 0) >= sources, daemon, sources)
        return time.monotonic() - daemon.started


def crowd(sources: int, others: int, every: int) -> list[Row]:
    """One host with many sources, which take turns, beside hosts of one, which do not wait."""
    with tempfile.TemporaryDirectory(prefix="feeder-scale-") as made, site_of_hosts() as site:
        folder = Path(made)
        addresses = ["127.200.0.1"] * sources + list(hosts(others))
        configure(folder, addresses, site, every)
        with daemon_of(folder) as daemon:
            wait_until(lambda: sum(daemon.reads().values()) >= others, daemon, others)
            _pass(daemon, 2 * every)
            _ask(site, "/-/still")
            _pass(daemon, 4 * every)
            reads = _ask(site, "/-/reads")
    alone = {page: times for page, times in reads.items() if not page.startswith("127.200.")}
    together = sorted(
        moment for page, times in reads.items() if page not in alone for moment in times
    )
    late = _lateness(alone, time.monotonic(), others, every)
    least = min((b - a for a, b in itertools.pairwise(together)), default=0.0)
    return [
        Row(
            f"one host with {sources:,} sources: the least pause between two reads",
            least,
            "s",
            1,
            least=True,
        ),
        Row(
            f"{others} other hosts: lateness, 99th percentile",
            statistics.quantiles(late.late, n=100)[98],
            "s",
            2,
        ),
    ]


@dataclass
class Lateness:
    late: list[float]
    missed: int


def _lateness(reads: dict[str, list[float]], ended: float, sources: int, every: int) -> Lateness:
    """How much later than `every` seconds each read came at the site, and which never came."""
    late = [
        max(0.0, b - a - every) for times in reads.values() for a, b in itertools.pairwise(times)
    ]
    # One that is a whole period late was missed, at the end of the time too.
    missed = sum(gap >= every for gap in late) + sum(
        ended - times[-1] >= 2 * every for times in reads.values()
    )
    return Lateness(late or [0.0, 0.0], missed + sources - len(reads))


def first_read(sources: int) -> list[Row]:
    """A start with a store full of sources, the file unchanged."""
    with tempfile.TemporaryDirectory(prefix="feeder-scale-") as made, site_of_hosts() as site:
        folder = Path(made)
        configure(folder, hosts(sources), site, 86_400)
        subprocess.run([sys.executable, "-c", FILL, str(folder / "config.toml")], check=True)
        _ask(site, "/-/still")
        with daemon_of(folder, wait=False) as daemon:
            while not (reads := _ask(site, "/-/reads")):
                time.sleep(0.02)
            first = min(times[0] for times in reads.values())
            took = first - daemon.started
            wait_until(lambda: bool(daemon.reads()), daemon, 1)
            _pass(daemon, 10)
            peak = daemon.peak
    return [
        Row(f"{sources:,} sources in the store: first read after", took, "s", 3),
        Row("memory at its peak, ten seconds on", peak, "MB", 600),
    ]


FILL = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from feeder.config import load
from feeder.store import Store
settings = load(Path(sys.argv[1]))
with Store.open(settings.store) as store:
    store.sync(settings.source, settings.fingerprint, datetime.now(UTC))
"""


def hosts(count: int) -> Iterator[str]:
    """From 127.1.0.1 on."""
    for number in range(count):
        yield f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def configure(folder: Path, hosts: Iterable[str], site: str, every: int) -> None:
    """A source for each of `hosts`."""
    listen, port = free_port(), site.rpartition(":")[2]
    lines = [
        f'[serve]\nlisten = "127.0.0.1:{listen}"\ntoken = "t"\n[fetch]\nallow_private = true\n'
    ]
    for number, host in enumerate(hosts):
        page = f"http://{host}:{port}/live-{number}"
        lines.append(f'[[source]]\nname = "s{number}"\nurl = "{page}"\nevery = "{every}s"\n')
    (folder / "config.toml").write_text("".join(lines))


@contextmanager
def site_of_hosts() -> Iterator[str]:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "bench.scale_site", str(port)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@contextmanager
def daemon_of(folder: Path, *, wait: bool = True) -> Iterator[Daemon]:
    config = folder / "config.toml"
    address = re.search(r'listen = "(.*)"', config.read_text())
    assert address
    with (folder / "log").open("ab") as log:
        started = time.monotonic()
        command = [sys.executable, "-m", "feeder", "--config", str(config), "run"]
        process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=_many_files)  # noqa: PLW1509 -- no threads
    daemon = Daemon(process, f"http://{address[1]}", started)
    try:
        if wait:
            wait_until(lambda: daemon.reads() is not None, daemon, 1)
        yield daemon
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _many_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, PermissionError):  # who may not raise it keeps it
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, 65_536), max(hard, 65_536)))


def wait_until(done: object, daemon: Daemon, of: int) -> None:
    while True:
        assert daemon.process.poll() is None, "the daemon ended; see its log"
        try:
            if done():  # type: ignore[operator]
                return
            if sys.stderr.isatty():
                print(
                    f"\rreads: {sum(daemon.reads().values()):.0f} of {of}", end="", file=sys.stderr
                )
        except OSError:
            pass
        time.sleep(0.5 if of < 1000 else 2)


def _pass(daemon: Daemon, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        assert daemon.process.poll() is None, "the daemon ended; see its log"
        daemon.look()
        time.sleep(min(left, 2))


def _ask(site: str, path: str) -> dict[str, list[float]]:
    answer: dict[str, list[float]] = json.load(urllib.request.urlopen(site + path, timeout=30))
    return answer


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


if __name__ == "__main__":
    sources = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 120.0
    every = int(sys.argv[3]) if len(sys.argv) > 3 else 30
    found = [
        *measured(sources, seconds, every),
        *crowd(sources // 10, 100, 5),
        *first_read(10 * sources),
    ]
    show("scale", (__doc__ or "").partition("\n")[0], found)
    sys.exit(any(row.held is False for row in found))
