"""Serving a published feed with wrk: the daemon on one core, wrk on the others

A busy machine takes time from the server, so what counts is the server's own processor time:
requests for each second of it, the best of several rounds. The rate by the clock of the same round
stands beside it.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from bench.measure import Row
from bench.publish import PAGE, WORDS, feed, made
from feeder.publish import publish
from feeder.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Entry

SECONDS = 2
ROUNDS = 4
CONNECTIONS = 32
ENTRIES = 186
_RATE = re.compile(r"(\d+) requests in .*?Requests/sec:\s+([\d.]+)", re.DOTALL)
_CONFIG = """
store = "sqlite:///feeder.db"
output = "feeds"
base_url = "http://127.0.0.1:{port}"
[serve]
listen = "127.0.0.1:{port}"
[push]
hubs = ["https://hub.example/"]
"""


def rows() -> list[Row]:
    if shutil.which("wrk") is None:
        return [Row("requests a second", 0, "/s", note="wrk is not installed")]
    with tempfile.TemporaryDirectory() as name, served(Path(name)) as (address, server):
        plain, _ = asked(address)
        size, etag = asked(address, "gzip")
        conditional, whole = zip(
            *((measured(address, server, etag), measured(address, server)) for _ in range(ROUNDS)),
            strict=True,
        )
    what = f"{plain / 1000:.0f} KB, {size / 1000:.0f} KB gzipped"
    return [row("304", conditional, 10_000), row(f"200 gzip: {what}", whole, 8_000)]


def asked(address: str, coding: str = "identity") -> tuple[int, str]:
    with urlopen(Request(address, headers={"Accept-Encoding": coding})) as answer:
        return len(answer.read()), answer.headers["ETag"]


def row(what: str, rounds: tuple[tuple[float, float, float], ...], bound: float) -> Row:
    best, by_clock, share = max(rounds)
    note = f"{by_clock:,.0f} /s by the clock, {share:.0%} of a core"
    return Row(f"requests for a processor second, {what}", best, "/s", bound, least=True, note=note)


def measured(address: str, server: int, etag: str = "") -> tuple[float, float, float]:
    """Requests per second of processor and of clock; the share of a core that the server had."""
    conditional = ["-H", f"If-None-Match: {etag}"] if etag else []
    before = processor_seconds(server)
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{SECONDS}",
        "-H",
        "Accept-Encoding: gzip",
        *conditional,
        address,
    ]
    with on_cores(others=True):
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = processor_seconds(server) - before
    found = _RATE.search(output)
    assert found, output
    assert "Non-2xx" not in output, output
    return int(found[1]) / spent, float(found[2]), spent / SECONDS


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def on_cores(*, others: bool) -> Iterator[None]:
    """What is started here runs on the first core, or on the `others`."""
    mine = os.sched_getaffinity(0)
    first = {min(mine)}
    os.sched_setaffinity(0, (mine - first or first) if others else first)
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """A feed of about 200 KB, and the daemon that serves it."""
    publish(
        feed([render(told(number), feed_link=PAGE) for number in range(1, ENTRIES + 1)]),
        folder / "feeds",
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "config.toml"
    config.write_text(_CONFIG.format(port=port))
    command = [sys.executable, "-m", "feeder", "--config", str(config), "run"]
    with on_cores(others=False):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}/feeds/harbour.atom", process.pid
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    for _ in range(600):
        time.sleep(0.1)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise TimeoutError("the daemon does not answer")


def told(number: int) -> Entry:
    """An update whose sentences recur as those of a live blog do, so that it packs like one."""
    rng = random.Random(number)
    usual = random.Random(0)
    phrases = [sentence(usual) for _ in range(40)]
    paragraphs = [" ".join([sentence(rng), *rng.choices(phrases, k=2)]) for _ in range(3)]
    entry = made(number)
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return replace(entry, content=replace(entry.content, text="\n\n".join(paragraphs), html=html))


def sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randrange(7, 20))).capitalize() + "."
