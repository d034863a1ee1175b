"""Connections that are kept alive, one for each origin.

Manners allow one request at a time to a host, so a pool has nothing to choose from: httpcore's rescans all its idle
connections at every request (14 ms at 200 of them), a dictionary does not.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpcore

from feeder.read.decode import too_large

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

    from feeder.read.address import Address

_KEPT_ALIVE = 65.0  # seconds; sources that are read every minute keep theirs
_MOST = 1000  # idle connections; about 20 KB each


@dataclass(frozen=True, slots=True)
class Raw:
    """One answer, whole, as it came: `wire` is without transfer coding, but still packed."""

    status: int
    headers: Mapping[str, str]  # names in lower case, repeated ones joined by ", " (RFC 9110 §5.3)
    wire: bytes
    _response: httpcore.Response

    @property
    def peer(self) -> str:
        """The IP address that answered; "" where a proxy did."""
        return _peer(self._response)


class Connections:
    """Sends one request at a time to an origin, over a kept-alive connection where there is one."""

    def __init__(self, network: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext, proxy: str = "") -> None:
        self._network = network
        self._tls = tls
        self._proxy = _proxied(proxy, tls) if proxy else None
        self._idle: dict[tuple[str, str, int], httpcore.AsyncHTTPConnection] = {}
        self._most = min(_MOST, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 3)

    async def exchange(
        self, method: str, address: Address, headers: Sequence[tuple[bytes, bytes]], most: int, body: bytes = b""
    ) -> Raw:
        request = httpcore.Request(method, _httpcore_url(address), headers=headers, content=body)
        if self._proxy is not None:
            return await _exchange(self._proxy, request, most)
        kept = await self._kept(address)
        if kept is not None:
            try:
                return await self._over(kept, address, request, most)
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                # The server may have closed it while the request was on its way (RFC 9112 §9.3.1): once more, afresh.
                # What it had begun to answer is discarded whole.
                if method != "GET":
                    raise
        fresh = httpcore.AsyncHTTPConnection(
            httpcore.Origin(address.scheme.encode(), address.host.encode(), address.port),
            ssl_context=self._tls,
            keepalive_expiry=_KEPT_ALIVE,
            network_backend=self._network,
        )
        return await self._over(fresh, address, request, most)

    async def aclose(self) -> None:
        for connection in self._idle.values():
            await connection.aclose()
        self._idle.clear()
        if self._proxy is not None:
            await self._proxy.aclose()

    async def _kept(self, address: Address) -> httpcore.AsyncHTTPConnection | None:
        connection = self._idle.pop(address.origin, None)
        if connection is not None and connection.has_expired():
            await connection.aclose()
            return None
        return connection

    async def _over(
        self, connection: httpcore.AsyncHTTPConnection, address: Address, request: httpcore.Request, most: int
    ) -> Raw:
        try:
            raw = await _exchange(connection, request, most)
        except BaseException:
            await connection.aclose()
            raise
        await self._keep(address, connection)
        return raw

    async def _keep(self, address: Address, connection: httpcore.AsyncHTTPConnection) -> None:
        if connection.is_idle() and address.origin not in self._idle:
            self._idle[address.origin] = connection
        else:
            await connection.aclose()
        oldest = next(iter(self._idle.values()), None)
        if oldest is not None and (len(self._idle) > self._most or oldest.has_expired()):
            del self._idle[next(iter(self._idle))]
            await oldest.aclose()


def _httpcore_url(address: Address) -> httpcore.URL:
    return httpcore.URL(
        scheme=address.scheme.encode(), host=address.host.encode(), port=address.port, target=address.url.raw_path
    )


async def _exchange(
    way: httpcore.AsyncHTTPConnection | httpcore.AsyncHTTPProxy, request: httpcore.Request, most: int
) -> Raw:
    response = await way.handle_async_request(request)
    try:
        headers = _headers(response.headers)
        if (length := headers.get("content-length", "")).isdecimal() and int(length) > most:
            raise too_large(most)
        wire = await _wire(response, most)
        return Raw(response.status, headers, wire, response)
    finally:
        await response.aclose()


async def _wire(response: httpcore.Response, most: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_stream():
        size += len(piece)
        if size > most:
            raise too_large(most)
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _headers(pairs: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _peer(response: httpcore.Response) -> str:
    stream = response.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream is not None else None
    return str(peer[0]) if isinstance(peer, tuple) else ""


def _proxied(proxy: str, tls: ssl.SSLContext) -> httpcore.AsyncHTTPProxy:
    """The proxy that the configuration names: it resolves names, so addresses behind them are its to check."""
    return httpcore.AsyncHTTPProxy(proxy, ssl_context=tls, max_keepalive_connections=5)
