"""The short way for feeds answers byte for byte what uvicorn's way does, over real connections."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import uvicorn
from making_feeds import BASE, entry, feed, rendered
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from feeder.publish import publish, publish_index
from feeder.web.access import Door
from feeder.web.counter import Counter
from feeder.web.feeds import Desk, Feeds

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

DATE = (b"date", b"Mon, 02 Mar 2026 13:04:00 GMT")
# The request after which the connection is closed, and the beginning of its answer.
LAST = b"GET /end HTTP/1.1\r\nHost: feeds.example\r\nAuthorization: Bearer token\r\nConnection: close\r\n\r\n"
ENDED = b"HTTP/1.1 410 Gone\r\n"


class Counted(Counter):
    """How many requests went the short way."""

    short = 0

    def _answered(self) -> bool:
        answered = super()._answered()
        Counted.short += answered
        return answered


@dataclass
class House:
    folder: Path
    read: str = "open"
    prefix: str = ""

    def door(self) -> Door:
        async def nobody(*_: object) -> None:
            return None

        feeds = Feeds(
            self.folder,
            Desk(lambda: BASE, lambda: ("https://hub.example/",), lambda _: 60, nobody, nobody),
        )
        settings = SimpleNamespace(
            base_url=f"http://feeds.example{self.prefix}",
            serve=SimpleNamespace(host="127.0.0.1", read=self.read),
        )

        async def rooms(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"].startswith("/feeds"):
                await feeds(scope, receive, send)
                return
            if scope["path"] == "/end":
                await send(
                    {
                        "type": "http.response.start",
                        "status": 410,
                        "headers": [(b"content-length", b"0")],
                    }
                )
                await send({"type": "http.response.body", "body": b""})
                return
            body, more = b"", True
            while more:
                message = await receive()
                body, more = body + message.get("body", b""), message.get("more_body", False)
            start = {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-length", b"%d" % len(body))],
            }
            await send(start)
            await send({"type": "http.response.body", "body": body})

        return Door(rooms, lambda: settings, "token", feeds.ready)  # type: ignore[arg-type, return-value]

    def ask(self, protocol: type[HttpToolsProtocol], *pieces: bytes) -> bytes:
        """All that is answered on one connection to what is sent piece by piece."""
        return asyncio.run(self._ask(protocol, pieces))

    async def _ask(self, protocol: type[HttpToolsProtocol], pieces: tuple[bytes, ...]) -> bytes:
        state = ServerState()
        state.default_headers = [DATE]
        config = uvicorn.Config(
            self.door(), lifespan="off", access_log=False, log_config=None, proxy_headers=False
        )
        make = partial(protocol, config, state, {})
        server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            with contextlib.suppress(
                ConnectionError
            ):  # it is closed where a request asked for that
                for piece in (*pieces, LAST):
                    writer.write(piece)
                    for _ in range(20):  # the server's turns
                        await asyncio.sleep(0)
            answered = await reader.read()
            writer.close()
        return answered.partition(ENDED)[0]


@pytest.fixture
def house(tmp_path: Path) -> House:
    Counted.short = 0
    made = feed(*rendered(entry(1), entry(2)))
    publish(made, tmp_path)
    publish_index([made], tmp_path)
    return House(tmp_path)


def get(
    path: str, *headers: str, method: str = "GET", version: str = "1.1", host: str = "feeds.example"
) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", f"Host: {host}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


class _Wire(BytesIO):
    """What came, for a client that thinks it the last answer when it has read one."""

    def makefile(self, _mode: str) -> BytesIO:
        return self

    def close(self) -> None:
        pass


def answers(data: bytes, *methods: str) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers and body of each answer, as a client of the standard library reads them."""
    wire, found = _Wire(data), []
    for method in methods:
        answer = HTTPResponse(wire, method=method)  # type: ignore[arg-type]
        answer.begin()
        body = answer.read(answer.length) if answer.length else b""
        headers = {name.lower(): value for name, value in answer.getheaders()}
        assert len(headers) == len(answer.getheaders())
        found.append((answer.status, headers, body))
    assert not wire.read()
    return found


def tag(house: House, *headers: str) -> str:
    [(_, found, _)] = answers(
        house.ask(HttpToolsProtocol, get("/feeds/harbour.atom", *headers)), "GET"
    )
    return found["etag"]


SHORT = [
    ("/feeds/harbour.atom",),
    ("/feeds/harbour.rss", "Accept-Encoding: gzip, br"),
    ("/feeds/harbour.json", "Connection: keep-alive", "User-Agent: reader"),
    ("/feeds/harbour.atom.gz",),
    ("/feeds/index.html",),
    ("/feeds/harbour",),
    ("/feeds/",),
    ("/feeds/harbour.atom", "If-Modified-Since: Mon, 02 Mar 2126 13:04:00 GMT"),
    ("/feeds/harbour.atom", "If-None-Match: *"),
]
LONG = [
    ("/feeds/nothing.atom",),
    ("/feeds/harbour.atom?since=2026-03-02T13:04:00Z",),
    ("/feeds/harbour.atom?utm_source=x",),
    ("/feeds/%68arbour.atom",),
    ("http://feeds.example/feeds/harbour.atom",),
    ("/feeds/../harbour.atom",),
    ("/feeds/harbour.atom", "Content-Length: 0"),
    ("/feeds/harbour.atom", "Expect: 100-continue"),
    ("/feeds/harbour.atom", "Upgrade: h2c", "Connection: Upgrade"),
    ("/api/sources",),
]


@pytest.mark.parametrize("request_", [*SHORT, *LONG])
def test_both_ways_answer_the_same(house: House, request_: tuple[str, ...]) -> None:
    sent = get(*request_)
    [short], [long] = (answers(house.ask(way, sent), "GET") for way in (Counted, HttpToolsProtocol))
    assert short == long
    assert Counted.short == (request_ in SHORT)


def test_what_a_client_has_is_not_sent_again(house: House) -> None:
    known = tag(house, "Accept-Encoding: gzip")
    sent = get("/feeds/harbour.atom", f"If-None-Match: {known}", "Accept-Encoding: gzip")
    [(status, headers, body)] = answers(house.ask(Counted, sent), "GET")
    assert (status, headers["etag"], body, Counted.short) == (304, known, b"", 1)
    assert headers["date"] == DATE[1].decode()


@pytest.mark.parametrize(
    "way", [{"method": "HEAD"}, {"version": "1.0"}, {"host": "elsewhere.example"}]
)
def test_other_requests_are_left_to_uvicorn(house: House, way: dict[str, str]) -> None:
    sent, method = get("/feeds/harbour.atom", **way), way.get("method", "GET")  # type: ignore[arg-type]
    [short], [long] = (
        answers(house.ask(one, sent), method) for one in (Counted, HttpToolsProtocol)
    )
    assert (short, Counted.short) == (long, 0)


def test_nothing_is_read_without_the_token(house: House) -> None:
    house.read = "token"
    sent = get("/feeds/harbour.atom"), get("/feeds/harbour.atom", "Authorization: Bearer token")
    assert [status for status, *_ in answers(house.ask(Counted, *sent), "GET", "GET")] == [401, 200]
    assert Counted.short == 0


def test_the_prefix_of_a_proxy_is_taken_off(house: House) -> None:
    house.prefix = "/news"
    sent = get("/news/feeds/harbour.atom"), get("/newsfeeds/harbour.atom")
    assert [status for status, *_ in answers(house.ask(Counted, *sent), "GET", "GET")] == [200, 200]
    assert Counted.short == 1


def test_a_connection_goes_on_whichever_way_was_taken(house: House) -> None:
    """Also where requests come before the answers to those before them, in pieces, or with a body in between."""
    body = b"GET /feeds/harbour.atom HTTP/1.1\r\nx: y\r\n\r\n"
    post = get("/echo", f"Content-Length: {len(body)}", method="POST") + body
    sent = [
        get("/feeds/harbour.atom"),
        post,
        get("/feeds/harbour.rss"),
        get("/feeds/nothing"),
        get("/feeds/harbour"),
    ]
    whole = b"".join(sent)
    for pieces in ([whole], sent, [whole[at : at + 50] for at in range(0, len(whole), 50)]):
        Counted.short = 0
        found = answers(house.ask(Counted, *pieces), "GET", "POST", "GET", "GET", "GET")
        assert [status for status, *_ in found] == [200, 200, 200, 404, 200]
        assert found[1][2] == body
        assert found[2][1]["content-type"].startswith("application/rss+xml")
        assert Counted.short >= 1


def test_a_connection_that_the_client_closes_is_closed(house: House) -> None:
    [(status, headers, _)] = answers(
        house.ask(Counted, get("/feeds/harbour.atom", "Connection: close")), "GET"
    )
    assert (status, headers["connection"], Counted.short) == (200, "close", 0)
