"""What several tests need: someone at a loopback address who is told things, a site there, a source that reads it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback import Site, site
from pipeline import Pipeline

from feeder.config import Settings
from feeder.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Receiver:
    """Who is told. `answers` are given one after the other, the last one for ever; a challenge is echoed."""

    url: str
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(204, {})])
    asked: list[dict[str, str]] = field(default_factory=list)  # the queries of GET
    got: list[tuple[dict[str, str], bytes]] = field(
        default_factory=list
    )  # headers and bodies of POST
    echo: bool = True

    def answer(self) -> tuple[int, dict[str, str]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def forms(self) -> list[dict[str, list[str]]]:
        return [parse_qs(body.decode()) for _, body in self.got]

    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    mine = server.receiver = Receiver(f"http://127.0.0.1:{server.server_port}/")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield mine
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def there() -> Iterator[Site]:
    with site() as made:
        yield made


@pytest.fixture
def line(tmp_path: Path, there: Site) -> Iterator[Pipeline]:
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as store:
        made = Pipeline(tmp_path, store, Settings())
        made.configured(there.url("/live"))
        yield made
        made.store.close()  # a test may have opened another one


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        mine: Receiver = self.server.receiver  # type: ignore[attr-defined]
        query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        mine.asked.append(query)
        if mine.echo:
            self._send(200, {}, query.get("hub.challenge", "").encode())
        else:
            self._send(*mine.answer())

    def do_POST(self) -> None:
        mine: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["content-length"]))
        mine.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self._send(*mine.answer())

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
