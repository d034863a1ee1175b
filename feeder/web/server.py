"""The HTTP server: uvicorn, with a limit to what a connection may hold and how long it may take.

uvicorn's parser in C (httptools) keeps a head of any size, waits for it for ever and queues
pipelined requests without end; its parser in Python (h11) limits the head, but serves 8,100 and
6,300 requests a second where 10,000 and 8,000 are asked for (304, gzip). So the limits are here.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from feeder.read.connections import open_files

if TYPE_CHECKING:
    import asyncio

    from starlette.types import ASGIApp

HEAD_BYTES = 32 * 1024  # request line and headers
MOST_PIPELINED = 32  # requests that wait for the answer to the one before
REQUEST_TIME = 10.0  # seconds until the whole of a request must have come, its body included
STALL_TIME = 60.0  # seconds in which a client that is sent something must take some of it
_PIECE = 16 * 1024  # bytes parsed before the limits are looked at
_MOST_CONNECTIONS = 4096


def most_connections() -> int:
    """Returns how many clients may be connected at once: a quarter of the files that may be open.

    Reading takes up to half of them; what is left is for the store and for publishing.
    """
    return min(_MOST_CONNECTIONS, open_files() // 4)


def server_config(app: ASGIApp) -> uvicorn.Config:
    """Returns how `app` is served."""
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=most_connections(),
        # As many may wait to be accepted; further ones may be reset. asyncio accepts all of them in
        # one turn of the loop, before any can be refused.
        backlog=max(1, most_connections() // 4),
        timeout_graceful_shutdown=2,
    )


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Whatever goes beyond a limit is refused where it can be told, and closed."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_bytes = 0
        self._in_head = False
        self._whole = False  # whether the last request has come whole
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        limit = self.config.limit_concurrency
        if limit is not None and len(self.connections) >= limit:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._watch_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._whole = True
        self._watch_deadline()
        super().connection_lost(exc)
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if self.transport.is_closing():
                return
            piece = data[start : start + _PIECE]
            super().data_received(piece)
            if self._in_head:
                self._head_bytes += len(piece)
                if self._head_bytes > HEAD_BYTES:
                    self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            if len(self.pipeline) > MOST_PIPELINED:
                self.transport.abort()
        self._watch_deadline()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes, self._whole = True, 0, False

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._whole = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:  # uvicorn would read further requests although some still wait
            self.flow.pause_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall = self.loop.call_later(STALL_TIME, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _watch_deadline(self) -> None:
        """Sets the deadline while a request is awaited or incomplete."""
        if self._whole and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        elif not self._whole and self._deadline is None:
            too_slow = HTTPStatus.REQUEST_TIMEOUT
            self._deadline = self.loop.call_later(REQUEST_TIME, self._refuse, too_slow)

    def _refuse(self, status: HTTPStatus) -> None:
        """Says why, unless an answer is under way, and closes the connection."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: 0\r\n"
            self.transport.write(f"{head}retry-after: 60\r\nconnection: close\r\n\r\n".encode())
            self.transport.close()
        else:
            self.transport.abort()
