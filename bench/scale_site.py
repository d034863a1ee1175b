"""A site of many hosts, the addresses of 127.0.0.0/8; each path is a page of 50 updates, 20 KB.

A page gets a new update at one read in twenty. Pages of even hosts have an ETag, those of odd ones
do not.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache

CHANGED = 0.05  # of the reads
SHOWN = 50  # updates on a page
WORDS = (
    "the",
    "ferry",
    "pier",
    "crowd",
    "wind",
    "signal",
    "boats",
    "harbour",
    "council",
    "tide",
    "rain",
    "bridge",
    "crew",
)


class Site:
    def __init__(self) -> None:
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.first = midnight - timedelta(days=1)  # the same page after a restart
        self.versions: dict[str, int] = defaultdict(int)
        self.reads: dict[str, list[float]] = defaultdict(
            list
        )  # when each page was read, on the monotonic clock
        self.chance = random.Random(1)
        self.still = False  # pages stay as they are
        self.page = cache(self._page)
        self.update = cache(self._update)

    def answer(self, path: str, host: str, etag: str) -> bytes:
        if path == "/robots.txt":
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if path.startswith("/-/"):
            return self._told(path)
        key = f"{host}{path}"
        if not self.still and key in self.versions and self.chance.random() < CHANGED:
            self.versions[key] += 1
        self.reads[key].append(time.monotonic())
        version = self.versions[key]
        tag = f'"{version}"' if int(host.rpartition(".")[2]) % 2 == 0 else ""
        if tag and etag == tag:
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        body = self.page(version)
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        head += f"Content-Length: {len(body)}\r\n"
        return f"{head}{f'ETag: {tag}' if tag else 'X-Tag: none'}\r\n\r\n".encode() + body

    def _told(self, path: str) -> bytes:
        if path == "/-/reads":
            body = json.dumps(self.reads).encode()
        else:
            self.still = path == "/-/still"
            self.reads.clear()
            body = b"{}"
        return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def _page(self, version: int) -> bytes:
        updates = "".join(self.update(n) for n in range(version + SHOWN, version, -1))
        head = '<html lang="en"><head><meta charset="utf-8"><title>Harbour, live</title></head>'
        main = f'<main class="feed">{updates}</main>'
        return f"{head}<body><h1>Harbour, live</h1>{main}</body></html>".encode()

    def _update(self, number: int) -> str:
        noise = random.Random(number)
        moment = self.first + timedelta(minutes=number)
        text = " ".join(noise.choices(WORDS, k=40))
        return (
            f'<article id="u{number}" class="post">'
            f'<time datetime="{moment.isoformat()}">{moment:%H:%M}</time>'
            f"<h2>{' '.join(noise.choices(WORDS, k=6)).capitalize()} {number}</h2>"
            f"<p>{text.capitalize()}.</p></article>\n"
        )


class Talk(asyncio.Protocol):
    def __init__(self, site: Site) -> None:
        self.site = site
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.host = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while b"\r\n\r\n" in self.rest:
            head, _, self.rest = self.rest.partition(b"\r\n\r\n")
            line, *fields = head.decode("latin-1").split("\r\n")
            tags = [
                value.strip()
                for name, _, value in (f.partition(":") for f in fields)
                if name.lower() == "if-none-match"
            ]
            self.transport.write(  # type: ignore[attr-defined]
                self.site.answer(line.split()[1], self.host, tags[0] if tags else "")
            )


async def main(port: int) -> None:
    site = Site()
    server = await asyncio.get_running_loop().create_server(
        lambda: Talk(site), "0.0.0.0", port, backlog=4096
    )
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with asyncio.Runner() as runner:
        runner.run(main(int(sys.argv[1])))
