"""Serving a published feed with wrk, the server on one core and wrk on another

A busy machine takes time from the server, so what counts is the server's own processor time: requests for each second
of it. The rate by the clock stands beside it.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from bench.measure import Row
from bench.publish import PAGE, feed, made
from feeder.publish import publish, render

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 4
CONNECTIONS = 32
_RATE = re.compile(r"(\d+) requests in .*?Requests/sec:\s+([\d.]+)", re.DOTALL)


def rows() -> list[Row]:
    if shutil.which("wrk") is None:
        return [Row("requests a second", 0, "/s", note="wrk is not installed")]
    with tempfile.TemporaryDirectory() as name, served(Path(name)) as (address, server):
        request = Request(address, headers={"Accept-Encoding": "gzip"})
        with urlopen(request) as answer:
            etag, size = answer.headers["ETag"], len(answer.read())
        return [
            measured("304", address, server, 10_000, etag),
            measured(f"200 gzip, {size / 1000:.0f} KB", address, server, 8_000),
        ]


def measured(what: str, address: str, server: int, bound: float, etag: str = "") -> Row:
    conditional = ["-H", f"If-None-Match: {etag}"] if etag else []
    before = processor_seconds(server)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "-H", "Accept-Encoding: gzip", *conditional, address]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = processor_seconds(server) - before
    found = _RATE.search(output)
    assert found, output
    note = f"{float(found[2]):,.0f} /s by the clock, {spent / SECONDS:.0%} of a core"
    return Row(f"requests for a processor second, {what}", int(found[1]) / spent, "/s", bound, least=True, note=note)


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """A feed of about 200 KB, and the process that serves it."""
    entries = [made(number) for number in range(1, 181)]
    publish(feed([render(one, feed_link=PAGE) for one in entries]), folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.serve", str(folder), str(port)])
    try:
        for _ in range(600):
            time.sleep(0.1)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"http://127.0.0.1:{port}/feeds/harbour.atom", process.pid
    finally:
        process.terminate()
        process.wait()


def serve(folder: Path, port: int) -> None:
    """As the daemon does it."""
    import uvicorn
    import uvloop

    from feeder.web.feeds import Desk, Feeds

    async def nothing(*_: object) -> None:
        return None

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    desk = Desk(lambda: "http://127.0.0.1/feeds/", lambda: ("https://hub.example/",), lambda _: 60, nothing, nothing)
    config = uvicorn.Config(
        Feeds(folder, desk), port=port, http="httptools", lifespan="off", access_log=False, log_config=None,
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
