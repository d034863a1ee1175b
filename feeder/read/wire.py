"""A connection as httpcore wants it, on asyncio alone: anyio's streams are a third of what an unchanged read costs."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, cast

import httpcore

_FULL = 1 << 18  # bytes that may wait to be read before the sender is stopped


class Wire(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection. Limits of time are the reader's, for the whole of a read."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._pieces: list[bytes] = []
        self._size = 0
        self._lost = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclasses

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _FULL:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._lost = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._error = exc
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    # What httpcore calls.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 -- its signature
        while not self._pieces and not self._lost:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        if not self._pieces:
            if self._error is not None:
                raise httpcore.ReadError(str(self._error)) from self._error
            return b""
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces = [data[max_bytes:]] if len(data) > max_bytes else []
        if self._size > _FULL:
            self._transport.resume_reading()
        self._size = len(data) - max_bytes if self._pieces else 0
        return data[:max_bytes]

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 -- its signature
        if self._lost:
            raise httpcore.WriteError(str(self._error or "the server closed the connection"))
        if buffer:  # a request without a body ends in two empty pieces
            self._transport.write(buffer)

    async def aclose(self) -> None:
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 -- its signature
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._transport, self, ssl_context, server_hostname=server_hostname
            )
        except (OSError, ssl.SSLError) as error:
            self._transport.abort()
            raise httpcore.ConnectError(str(error)) from error
        except BaseException:
            self._transport.abort()
            raise
        if transport is None:
            raise httpcore.ConnectError("the server closed the connection")
        self._transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:
        match info:
            # an idle connection at which something arrives is at its end, or not in step with us
            case "is_readable":
                return self._lost or bool(self._pieces)
            case "server_addr":
                return (self._address,)
            case "ssl_object" | "socket":
                return self._transport.get_extra_info(info)
        return None


async def connected(address: str, port: int, seconds: float | None) -> Wire:
    """A connection to an IP address."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            _, wire = await loop.create_connection(lambda: Wire(address), address, port)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout("no answer") from error
    except OSError as error:
        raise httpcore.ConnectError(error.strerror or str(error)) from error
    return wire
