"""What one connection may hold and how long it may take, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import re
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from uvicorn.server import ServerState

from feeder.read.connections import open_files
from feeder.web import server
from feeder.web.server import BoundedProtocol, most_connections, server_config

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.types import Receive, Scope, Send

BODY = b"x" * (1 << 20)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers what it was sent; at /large, a megabyte."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    if scope["path"] == "/large":
        body = BODY
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class House:
    """A server on loopback."""

    def __init__(self, port: int, state: ServerState) -> None:
        self.port, self.state = port, state

    async def connected(self, fits: Callable[[int], bool]) -> None:
        """Waits until so many are connected."""
        while not fits(len(self.state.connections)):  # noqa: ASYNC110 -- uvicorn tells nobody
            await asyncio.sleep(0)

    async def send(self, *pieces: bytes) -> bytes:
        """All that is answered on one connection until it is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answered = bytearray()
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(1 << 16):
                answered += piece
        writer.close()
        return bytes(answered)

    async def statuses(self, *pieces: bytes) -> list[int]:
        return [int(one) for one in re.findall(rb"HTTP/1.1 (\d+) ", await self.send(*pieces))]


@asynccontextmanager
async def serving() -> AsyncIterator[House]:
    config, state = server_config(application), ServerState()
    make = partial(BoundedProtocol, config, state, {})
    listener = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    try:
        yield House(listener.sockets[0].getsockname()[1], state)
    finally:
        listener.close()
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.gather(*state.tasks, return_exceptions=True)


def play(act: Callable[[House], Awaitable[None]]) -> None:
    async def played() -> None:
        async with asyncio.timeout(60), serving() as house:
            await act(house)

    asyncio.run(played())


def get(path: str = "/", *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: here", *headers, "", ""]).encode()


LAST = get("/", "Connection: close")


def test_requests_in_pieces_and_in_a_row_are_answered() -> None:
    post = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 40000\r\n\r\n" + b"y" * 40_000

    async def act(house: House) -> None:
        whole = get() + post + get("/", f"X: {'z' * 20_000}") + LAST
        for size in (1000, 50_000, len(whole)):
            pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
            assert await house.statuses(*pieces) == [200] * 4

    play(act)


@pytest.mark.row("70")
@pytest.mark.parametrize(
    "beginning",
    [
        b"GET /" + b"a" * 100_000,
        b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"a" * 100_000,
        b"GET / HTTP/1.1\r\nHost: here\r\n" + b"X: a\r\n" * 20_000 + b"Y: b",
    ],
    ids=["address", "header", "headers"],
)
def test_a_head_without_end_is_refused(beginning: bytes) -> None:
    end = b" HTTP/1.1\r\nHost: here" if beginning.count(b"\r") == 0 else b""
    head = beginning + end + b"\r\nConnection: close\r\n\r\n"

    async def act(house: House) -> None:
        assert await house.statuses(head) in ([431], [])
        assert await house.statuses(get() + head) in ([200, 431], [200], [])

    play(act)


@pytest.mark.row("71")
def test_requests_that_nobody_waits_for_are_not_heaped_up() -> None:
    async def act(house: House) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        with contextlib.suppress(ConnectionError):
            while True:  # until the server hangs up
                writer.write(get("/large") * 1000)
                await writer.drain()
        assert all(len(one.pipeline) <= server.MOST_PIPELINED for one in house.state.connections)
        del reader

    play(act)


@pytest.mark.row("70")
@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", [408]),
        (b"GET / HTTP/1.1\r\nHost: he", [408]),
        (get() + b"GET / HT", [200, 408]),
        (b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nfour", []),
    ],
    ids=["nothing", "head", "second head", "body"],
)
def test_a_request_that_does_not_come_whole_in_time_is_given_up(
    sent: bytes, answer: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "REQUEST_TIME", 0.05)

    async def act(house: House) -> None:
        assert await house.statuses(sent) == answer

    play(act)


@pytest.mark.row("71")
def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STALL_TIME", 0.05)

    async def act(house: House) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port, limit=1024)
        writer.write(get("/large") * 20)
        await house.connected(lambda count: count > 0)
        await house.connected(lambda count: count == 0)
        writer.close()
        del reader

    play(act)


@pytest.mark.row("72")
def test_connections_over_the_limit_are_refused_and_the_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 4)

    async def act(house: House) -> None:
        idle = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(3)]
        await house.connected(lambda count: count == 3)
        assert await house.statuses(LAST) == [503]
        idle.pop()[1].close()
        await house.connected(lambda count: count == 2)
        assert await house.statuses(LAST) == [200]
        for _, writer in idle:
            writer.close()

    play(act)


@pytest.mark.row("72")
def test_most_of_the_files_that_may_be_open_are_left_for_reading_and_publishing() -> None:
    config = server_config(application)
    assert config.limit_concurrency == most_connections() <= open_files() // 4
    assert 0 < config.backlog <= max(1, most_connections() // 4)
