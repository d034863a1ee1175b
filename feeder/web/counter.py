"""uvicorn's HTTP/1.1, with a shorter way for what is asked for most: a feed that lies ready.

An ASGI application is a task for each request, and its headers are looked at one by one. A feed's
answer was put together before, so that it is written as soon as the request has been read. All else
goes uvicorn's way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from feeder.web.access import Ready

# A body, or anything to be agreed on first, is for uvicorn to see to.
_MORE = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})


def _nothing(_path: str, _headers: dict[bytes, bytes]) -> None:
    return None


class Counter(HttpToolsProtocol):
    """`ready` of the application is asked for an answer first."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._ready: Ready = getattr(self.app, "ready", _nothing)

    def on_headers_complete(self) -> None:
        if not self._answered():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if self.cycle is not None:  # nobody waits for the end of a request that was answered here
            super().on_message_complete()

    def _answered(self) -> bool:
        headers = dict(self.headers)
        if not self._at_once(headers):
            return False
        answer = self._ready(self.url.decode("latin-1"), headers)
        if answer is None:
            return False
        head, body = answer
        date = [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        self.transport.write(b"".join([head, *date, b"\r\n"]))
        if body:
            self.transport.write(body)
        self.on_response_complete()
        return True

    def _at_once(self, headers: dict[bytes, bytes]) -> bool:
        parser, before = self.parser, self.cycle
        if (
            parser.get_method() != b"GET"
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
        ):
            return False
        if (
            before is not None and not before.response_complete
        ):  # pipelined: it has to wait for its turn
            return False
        # Nor where the client does not take what it was sent, which would heap up here.
        return not (
            self.flow.write_paused or self.transport.is_closing() or not _MORE.isdisjoint(headers)
        )
