"""What reading costs this process: the fetcher's part of a read, and an extraction apart.

Processor time of this process alone: the site is a process of its own on loopback, at many of its
addresses.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.measure import Row
from feeder.config import Fetch, Source, SourceSettings
from feeder.extract import extract
from feeder.model import Document, Rules, Validators
from feeder.read.fetcher import Fetcher
from feeder.read.source import read
from feeder.runtime.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

READS = 1500
AT_ONCE = 20
BODY = b"<p>Twelve boats are back in the harbour.</p>" * 480  # 20 KB


def rows() -> list[Row]:
    with _site() as port, asyncio.Runner() as runner:
        table = []
        for path, what, bound in (("304", "304", 1.2), ("same", "same 20 KB", 1.5)):
            for hosts in (1, 200):
                took = statistics.median(runner.run(_reads(port, path, hosts)) for _ in range(3))
                note = "the bound is for the whole refresh, of which this is a part"
                table.append(
                    Row(
                        f"read, {what}, {hosts} host{'s' if hosts > 1 else ''}",
                        took,
                        "ms",
                        bound,
                        note=note,
                    )
                )
        here, apart = runner.run(_extractions())
        table.append(Row("extraction of 200 updates, here", here, "ms"))
        table.append(Row("the same in a process apart, this process's part", apart, "ms", 2.0))
        return table


async def _reads(port: int, path: str, hosts: int) -> float:
    sources = [
        Source(
            n,
            "",
            SourceSettings(name="a", url=f"http://127.0.{n // 250}.{n % 250 + 1}:{port}/{path}"),
        )
        for n in range(hosts)
    ]
    since: dict[int, Validators] = {}
    async with Fetcher(Fetch(allow_private=True, host_interval="0s")) as fetcher:

        async def one(source: Source) -> None:
            known = since.get(source.id, Validators())
            since[source.id] = (await read(source, known, fetcher)).validators

        for source in sources:
            await one(source)
        turns = iter(sources * (READS // hosts))

        async def some() -> None:
            for source in turns:
                await one(source)

        started = time.process_time()
        await asyncio.gather(*(some() for _ in range(AT_ONCE if hosts > 1 else 1)))
        return (time.process_time() - started) / READS * 1000


async def _extractions() -> tuple[float, float]:
    posts = [
        {
            "@type": "BlogPosting",
            "@id": f"https://harbour.example/live#p{n}",
            "datePublished": f"2026-03-02T{9 + n // 60:02}:{n % 60:02}:00Z",
            "headline": f"Boat {n} is back",
            "articleBody": f"Boat number {n} came into the harbour. " * 25,
        }
        for n in range(200)
    ]
    live = json.dumps(
        {"@context": "https://schema.org", "@type": "LiveBlogPosting", "liveBlogUpdate": posts}
    )
    body = (
        f'<script type="application/ld+json">{live}</script>'.encode()
        + b"<script>"
        + b"and.so.on();" * 33_000
    )
    document, rules = (
        Document("https://harbour.example/live", body, "text/html", "utf-8"),
        Rules(now=datetime.now(UTC)),
    )
    here, apart = [], []
    async with Sandbox(workers=1) as sandbox:
        for _ in range(11):
            started = time.process_time()
            direct = extract(document, rules)
            between = time.process_time()
            there = await sandbox.extract(document, rules)
            apart.append(time.process_time() - between)
            here.append(between - started)
            assert there == direct
    return statistics.median(here) * 1000, statistics.median(apart) * 1000


# ------------------------------------------------------------------------------ the site, a process


@contextmanager
def _site() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.read"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


async def _serve() -> None:
    stated = (
        b"Date: Mon, 02 Mar 2026 12:00:00 GMT\r\n"
        b'Last-Modified: Mon, 02 Mar 2026 11:00:00 GMT\r\nETag: "v"\r\n'
    )
    same = (
        b"HTTP/1.1 200 OK\r\n"
        + stated
        + b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(BODY)
        + BODY
    )

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if b"/robots.txt" in head:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                elif b"/304" in head and b"if-none-match" in head:
                    writer.write(b"HTTP/1.1 304 Not Modified\r\n" + stated + b"\r\n")
                else:
                    writer.write(same)
        writer.close()

    server = await asyncio.start_server(connected, "0.0.0.0", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
