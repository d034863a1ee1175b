"""The site of the demonstration, on loopback: the live page, and a page with page and feed."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.demo.live_page import LivePage

_HERE = "127.0.0.1"


def free_port() -> int:
    """Returns a port of loopback that is free now."""
    with ThreadingHTTPServer((_HERE, 0), BaseHTTPRequestHandler) as taken:
        return taken.server_port


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def __init__(self, page: LivePage, feeder: str, *given: Any) -> None:
        self._page = page
        self._feeder = feeder
        super().__init__(*given)  # which answers already

    def do_GET(self) -> None:
        if self.path == "/live" and self._page.broken:
            self._answer(500, "<title>Internal Server Error</title>")
        elif self.path == "/live":
            self._answer(200, self._page.html())
        elif self.path == "/":
            beside = files("feeder.demo").joinpath("side_by_side.html").read_text(encoding="utf-8")
            self._answer(200, beside.replace("FEEDER", self._feeder))
        else:
            self._answer(404, "<title>Not Found</title>")

    def _answer(self, status: int, html: str) -> None:
        body = html.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keeps silent: the terminal is for what is followed."""


@contextmanager
def serve(page: LivePage, feeder: str, port: int = 0) -> Iterator[str]:
    """Serves the page at /live, and beside its feed at /; yields the site's address.

    Args:
        page: may be changed meanwhile.
        feeder: the address of the daemon that follows it.
        port: 0: one that is free.

    Raises:
        OSError: the port is taken.
    """
    handler = partial(_Handler, page, feeder)
    with ThreadingHTTPServer((_HERE, port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{_HERE}:{server.server_port}"
        finally:
            server.shutdown()
