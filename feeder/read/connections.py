"""Connections that are kept alive, one for each origin.

Manners allow one request at a time to a host, so a pool has nothing to choose from: httpcore's
rescans all its idle connections at every request (14 ms at 200 of them), a dictionary does not.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpcore
import httpx

from feeder.errors import ConfigError
from feeder.read.decode import too_large

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

    from feeder.read.address import Address

_KEPT_ALIVE = 65.0  # seconds; sources that are read every minute keep theirs
# idle connections, about 6 KB each; a new one costs as much as an unchanged read over a kept one
_MOST = 10_000


def open_files() -> int:
    """Returns how many files and connections this process may hold open."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if limit == resource.RLIM_INFINITY else limit


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


class _Connection(httpcore.AsyncHTTP11Connection):
    """A connection to one origin."""

    @property
    def in_step(self) -> bool:
        """Returns whether it can be used again: all was answered, and nothing more has come."""
        return self.is_idle() and not self._h11_state.trailing_data[0]


class Connections:
    """Sends one request at a time to an origin, over a kept-alive connection where there is one."""

    def __init__(
        self, network: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext, proxy: str = ""
    ) -> None:
        self._network = network
        tls.set_alpn_protocols(["http/1.1"])
        self._tls = tls
        self._proxy = _proxied(proxy, tls) if proxy else None
        self._idle: dict[tuple[str, str, int], _Connection] = {}
        self._most = min(_MOST, open_files() // 2)

    async def exchange(
        self,
        method: str,
        address: Address,
        headers: Sequence[tuple[bytes, bytes]],
        most: int,
        body: bytes = b"",
    ) -> Raw:
        request = httpcore.Request(method, _httpcore_url(address), headers=headers, content=body)
        if self._proxy is not None:
            return await _whole(await self._proxy.handle_async_request(request), most)
        connection, response = await self._answered(address, request)
        try:
            raw = await _whole(response, most)
        except BaseException:
            await connection.aclose()
            raise
        await self._keep(address, connection)
        return raw

    async def aclose(self) -> None:
        for connection in self._idle.values():
            await connection.aclose()
        self._idle.clear()
        if self._proxy is not None:
            await self._proxy.aclose()

    async def _answered(
        self, address: Address, request: httpcore.Request
    ) -> tuple[_Connection, httpcore.Response]:
        kept = self._idle.pop(address.origin, None)
        if kept is not None and kept.has_expired():
            await kept.aclose()
        elif kept is not None:
            try:
                return kept, await kept.handle_async_request(request)
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                # Not even a status came: the server may have closed it while the request was on its
                # way (RFC 9112 §9.3.1). Once more, afresh; what is told and not asked may have been
                # heard, though.
                if request.method != b"GET":
                    raise
        fresh = await self._connected(address)
        return fresh, await fresh.handle_async_request(request)

    async def _connected(self, address: Address) -> _Connection:
        stream = await self._network.connect_tcp(address.host, address.port)
        if address.scheme == "https":
            stream = await stream.start_tls(self._tls, server_hostname=address.host)
        origin = httpcore.Origin(address.scheme.encode(), address.host.encode(), address.port)
        return _Connection(origin, stream, keepalive_expiry=_KEPT_ALIVE)

    async def _keep(self, address: Address, connection: _Connection) -> None:
        oldest = next(iter(self._idle.values()), None)
        if oldest is not None and oldest.has_expired():
            del self._idle[next(iter(self._idle))]
            await oldest.aclose()
        # Hosts are read in turn: of more than there is room for some keep theirs, where by age none
        # would.
        if connection.in_step and address.origin not in self._idle and len(self._idle) < self._most:
            self._idle[address.origin] = connection
        else:
            await connection.aclose()


def _httpcore_url(address: Address) -> httpcore.URL:
    return httpcore.URL(
        scheme=address.scheme.encode(),
        host=address.host.encode(),
        port=address.port,
        target=address.url.raw_path,
    )


async def _whole(response: httpcore.Response, most: int) -> Raw:
    try:
        headers = _headers(response.headers)
        if (length := headers.get("content-length", "")).isdecimal() and (
            len(length) > 18 or int(length) > most
        ):
            raise too_large(most)
        return Raw(response.status, headers, await _wire(response, most), response)
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
    """Returns a pool for the proxy, which resolves names and has to check their addresses."""
    try:
        named = httpx.Proxy(proxy)
    except (ValueError, httpx.InvalidURL) as error:
        raise ConfigError(
            f"fetch.proxy: {error}; it must be an address such as http://proxy.example:3128"
        ) from error
    if named.url.scheme not in {"http", "https"} or not named.url.host:
        raise ConfigError("fetch.proxy: must be an address such as http://proxy.example:3128")
    return httpcore.AsyncHTTPProxy(
        str(named.url), proxy_auth=named.raw_auth, ssl_context=tls, max_keepalive_connections=5
    )
