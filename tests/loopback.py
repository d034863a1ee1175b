"""A site on loopback that behaves as it is told, and misbehaves on command.

    with site() as there: there.serve("/live", page(b"..."), reset())   # the first request gets the
    page, all later ones a reset there.url("/live"), there.asked

An answer is a function of the request and the connection's writer. All requests are kept, as they
came.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request: what came, and when (monotonic seconds)."""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    at: float
    body: bytes = b""
    host: str = ""  # the address that it came to
    peer: int = 0  # the port that it came from: the same for requests over one connection


@dataclass
class Site:
    port: int
    scheme: str = "http"
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)

    def serve(self, path: str, *answers: Answer) -> None:
        """The answers of a path, one after the other, the last one for ever."""
        self.answers[path] = list(answers)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def of(self, path: str) -> list[Asked]:
        """The requests for a path."""
        return [asked for asked in self.asked if asked.target.partition("?")[0] == path]


@contextmanager
def site(
    hosts: tuple[str, ...] = ("127.0.0.1",), tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """A site in a thread of its own, at one port of some loopback addresses. What it does not know is a 404."""
    loop = asyncio.new_event_loop()
    sockets = [socket.create_server((hosts[0], 0))]
    port = sockets[0].getsockname()[1]
    sockets += [socket.create_server((host, port)) for host in hosts[1:]]
    here = Site(port, "https" if tls else "http")
    ready = threading.Event()
    serving = loop.create_task(_served(here, sockets, tls, ready))
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,))
    thread.start()
    ready.wait()
    try:
        yield here
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join()
        loop.close()


async def _served(
    here: Site, sockets: list[socket.socket], tls: ssl.SSLContext | None, ready: threading.Event
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # connections that were cut on command
    writers: set[asyncio.StreamWriter] = set()
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        tasks.add(loop.create_task(_spoken(here, reader, writer)))

    servers = [await asyncio.start_server(connected, sock=sock, ssl=tls) for sock in sockets]
    with contextlib.suppress(asyncio.CancelledError):
        ready.set()
        await asyncio.Event().wait()
    for server in servers:
        server.close()
    await asyncio.sleep(0.01)  # what was accepted already
    for task in tasks:
        task.cancel()
    for writer in writers:
        writer.transport.abort()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.01)


async def _spoken(here: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(
        ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError
    ):
        while not writer.is_closing():
            await _answered(here, reader, writer)
    writer.transport.abort()


async def _answered(here: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    first = await reader.readexactly(1)
    if first == b"\x16":  # a TLS handshake, at a site that speaks none
        writer.write(head(400, {}))
        raise ConnectionError
    head_of = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head_of[:-4].split("\r\n")
    method, target, _ = line.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (text.partition(":") for text in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    ends = writer.get_extra_info("sockname")[0], writer.get_extra_info("peername")[1]
    asked = Asked(method, target, headers, time.monotonic(), body, *ends)
    here.asked.append(asked)
    answers = here.answers.get(target.partition("?")[0], [status(404)])
    answer = answers.pop(0) if len(answers) > 1 else answers[0]
    await answer(asked, writer)
    await writer.drain()


# -------------------------------------------------------------------------------------- the answers


def head(code: int, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {code} Of Course\r\n{lines}\r\n".encode("latin-1")


def answer(code: int = 200, body: bytes = b"", **headers: str) -> Answer:
    """Whole and right. Header names are given with underscores."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        writer.write(head(code, {"content-length": str(len(body))} | named) + body)

    return say


def status(code: int, **headers: str) -> Answer:
    return answer(
        code, b"" if code in {204, 304} else b"<h1>Sorry</h1>", content_type="text/html", **headers
    )


def page(body: bytes, **headers: str) -> Answer:
    return answer(200, body, **{"content_type": "text/html; charset=utf-8", **headers})


def redirect(to: str, code: int = 302) -> Answer:
    return answer(code, location=to)


def validated(body: bytes, etag: str = "", modified: str = "", **headers: str) -> Answer:
    """A page with validators, and 304 to whoever sends one of them back unchanged."""

    async def say(asked: Asked, writer: asyncio.StreamWriter) -> None:
        stated = {"etag": etag} if etag else {}
        stated |= {"last_modified": modified} if modified else {}
        known = (etag and asked.headers.get("if-none-match") == etag) or (
            not etag and modified and asked.headers.get("if-modified-since") == modified
        )
        if known:
            writer.write(
                head(304, {name.replace("_", "-"): value for name, value in stated.items()})
            )
        else:
            await page(body, **stated, **headers)(asked, writer)

    return say


def raw(*pieces: bytes, close: bool = True) -> Answer:
    """Any bytes at all, and then the end of the connection."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if close:
            writer.close()

    return say


def short(body: bytes, missing: int, **headers: str) -> Answer:
    """Fewer bytes than were promised."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return raw(head(200, {"content-length": str(len(body))} | named) + body[: len(body) - missing])


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n", **headers: str) -> Answer:
    """In chunks; without their end, the connection just closes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    chunks = (f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)
    return raw(
        head(200, {"transfer-encoding": "chunked"} | named),
        *chunks,
        end,
        close=not end.startswith(b"0"),
    )


def packed(body: bytes, **headers: str) -> Answer:
    return page(gzip.compress(body, mtime=0), content_encoding="gzip", **headers)


def streamed(pieces: Callable[[], Iterator[bytes]], **headers: str) -> Answer:
    """A body that is made while it is sent, and ends with the connection."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {name.replace("_", "-"): value for name, value in headers.items()}))
        for piece in pieces():
            writer.write(piece)
            await writer.drain()
        writer.close()

    return say


def reset() -> Answer:
    """The connection is reset in the middle of the answer."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"content-length": "100"}) + b"half")
        await writer.drain()
        linger = b"\1\0\0\0\0\0\0\0"
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    return say


def stall(first: bytes = b"") -> Answer:
    """Says something, or nothing, and then nothing more for ever."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await asyncio.Event().wait()

    return say


def trickle(body: bytes, pause: float) -> Answer:
    """One byte at a time."""

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"content-length": str(len(body))}))
        for at in range(len(body)):
            writer.write(body[at : at + 1])
            await asyncio.sleep(pause)

    return say
