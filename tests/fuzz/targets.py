"""Every parser of what comes from outside, as a function of bytes that never raises but what it promises.

`fuzz.py` has libFuzzer look for bytes at which one of them does; `test_targets.py` has hypothesis look for a
moment, and holds what was found.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from uvicorn.server import ServerState

from feeder.config import Fetch, SourceSettings, parse
from feeder.errors import ConfigError, ExtractError, FeederError, ReadError, StoreError
from feeder.extract import extract
from feeder.model import Document, Rules
from feeder.operations import lists
from feeder.publish import read_back
from feeder.read import address
from feeder.read.decode import decoded
from feeder.read.fetcher import Fetcher
from feeder.read.http import fresh_until
from feeder.read.manners import retry_after
from feeder.read.robots import _judged
from feeder.store import Store
from feeder.web import conditional, events, hub
from feeder.web.server import BoundedProtocol, server_config
from feeder.web.time_travel import MomentError, asked_moment
from feeder.when import (
    Context,
    labels,
    leading,
    lenient,
    machine,
    maybe_time,
    normal,
    resolve,
    spans,
    trailing,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

NOW = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
DAY = timedelta(days=1)
TYPES = (None, "text/html", "text/plain", "application/json", "application/atom+xml")
KINDS = (
    "auto",
    "auto",
    "auto",
    "jsonld",
    "microdata",
    "hfeed",
    "amp",
    "feed",
    "blocks",
    "text",
    "api",
)
HERE = Path(tempfile.mkdtemp(prefix="feeder-fuzz-"))
PAGES = (
    (
        "\x01<!doctype html><html lang=en><title>T</title><h1>Live</h1><article id=a1>"
        "<time datetime='2026-03-02T10:00:00Z'>10:00</time><h2>Water</h2><p>It rises and people leave.</p></article>"
        "<article id=a2><time>8:04 AM EST</time><p>B.</p>"
    ),
    (
        '\x01<script type="application/ld+json">{"@type":"LiveBlogPosting","liveBlogUpdate":[{"@id":"#1",'
        '"headline":"H","datePublished":"2026-03-02T10:00:00Z","articleBody":"<p>B</p>"}]}</script>'
    ),
    "\x02Live\n\nMar 02, 2022, 8:04 AM EST\n\nHeadline\n\nWords.\n\n-The Paper's Ana Lind\n\n7:30 AM EST\n\nOther",
    '\x03{"posts":[{"id":1,"time":"2026-03-02T10:00:00Z","html":"<p>words</p>"},{"id":2,"time":1772445840}]}',
    (
        "\x04<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>t</title>"
        "<updated>2026-03-02T10:00:00Z</updated><content type='html'>&lt;p&gt;a</content></entry></feed>"
    ),
    "\x01<div class=h-feed><div class=h-entry><p class=p-name>n<time class=dt-published datetime=2026-03-02>x</time>",
    "\x01<amp-live-list id=l><div items><div id=i data-sort-time=1772445840><h2>a</h2>b</div></div></amp-live-list>",
    "\x01<p><b>17.00 </b>Some words.</p><p><strong>16.30</strong> Other words.</p><p>11.04 Uhr: Worte</p>",
)


class Target(NamedTuple):
    parse: Callable[[bytes], object]
    seeds: tuple[str, ...]


def read_page(data: bytes) -> None:
    """The first byte says how the document was declared and read."""
    how = data[0] if data else 0
    document = Document("https://news.example/live", data[1:], TYPES[how % len(TYPES)])
    rules = Rules(NOW, timezone="Europe/Berlin", extract=KINDS[how // len(TYPES) % len(KINDS)])
    with suppress(ExtractError):
        extract(document, rules)


def read_feed(data: bytes) -> None:
    with suppress(ExtractError):
        extract(Document("https://news.example/feed", data, "application/rss+xml"), Rules(NOW))


def read_json(data: bytes) -> None:
    with suppress(ExtractError):
        extract(Document("https://news.example/api", data, "application/json"), Rules(NOW))


def read_stamp(data: bytes) -> None:
    text = normal(data.decode("utf-8", "replace"))
    context = Context(NOW)
    for read in (whole, leading, trailing, labels, spans, maybe_time, machine, lenient):
        read(text)  # type: ignore[operator]
    stamp = whole(text)
    if stamp is not None:
        for one in resolve([stamp], context):
            assert one.at is None or one.at.tzinfo is not None


def read_list(data: bytes) -> None:
    with suppress(ConfigError):
        lists.read_list(data, "the list")


def read_config(data: bytes) -> None:
    with suppress(ConfigError):
        parse(data, HERE / "config.toml")


def read_robots(data: bytes) -> None:
    verdict = _judged(data.decode("utf-8", "replace"), "https://news.example/live?a=b", "feeder")
    assert verdict.delay >= 0
    assert math.isfinite(verdict.delay)


def read_headers(data: bytes) -> None:
    text = data.decode("latin-1")
    until = retry_after(text, NOW)
    assert until is None or NOW < until <= NOW + 1.1 * DAY
    for name in ("cache-control", "age", "expires"):
        fresh = fresh_until({"cache-control": "max-age=60", name: text}, NOW)
        assert fresh is None or NOW < fresh <= NOW + DAY
    conditional.accepts_gzip(data)
    conditional.not_modified({b"if-none-match": data}, b'"a"', 1)
    conditional.not_modified({b"if-modified-since": data}, b'"a"', 1)
    events._resumed({"headers": [(b"last-event-id", data)]})


def read_address(data: bytes) -> None:
    text = data.decode("utf-8", "surrogatepass") if _is_text(data) else data.decode("latin-1")
    with suppress(ReadError):
        found = address.parse(text)
        assert address.parse(str(found)) == found
    with suppress(ReadError):
        address.join(address.parse("https://news.example/live/"), text)
    assert "secret" not in address.shown("https://user:secret@news.example/" + text)


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def unpack(data: bytes) -> None:
    with suppress(ReadError):
        assert len(decoded(data, "gzip", 5000)) <= 5000


def read_hub_request(data: bytes) -> None:
    scope: Any = {"headers": [(b"content-type", b"application/x-www-form-urlencoded")]}
    with suppress(hub._RefusedError):
        hub._intent(hub._form(scope, data), inside=False)


def read_query(data: bytes) -> None:
    with suppress(MomentError):
        asked_moment(data)


def read_published(data: bytes) -> None:
    (HERE / "harbour.json").write_bytes(data)
    (HERE / "harbour.atom").write_bytes(data)
    with suppress(read_back.UnreadableFeedError):
        list(read_back.documents_of(HERE, "harbour"))
    read_back.feed_id_in(HERE, "harbour")


@cache
def _sound_store() -> bytes:
    file = HERE / "sound.db"
    with Store.open(f"sqlite:///{file}") as store:
        store.add(SourceSettings(name="harbour", url="https://news.example/live"), "api", NOW)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return file.read_bytes()


def open_store(data: bytes) -> None:
    """A store in which pieces are overwritten: two bytes for where, one for how much, then the piece."""
    spoiled = bytearray(_sound_store())
    while len(data) > 3:
        at, size = int.from_bytes(data[:2]) * 3 % len(spoiled), data[2]
        spoiled[at : at + size] = data[3 : 3 + size]
        data = data[3 + size :]
    file = HERE / "spoiled.db"
    for leftover in HERE.glob("spoiled.db*"):
        leftover.unlink()
    file.write_bytes(spoiled)
    with suppress(StoreError), Store.open(f"sqlite:///{file}") as store:
        store.sources()
        store.due(NOW)
        store.make_due(None, NOW)
        store.unpublished()


async def _say_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    body = b"x" * 100
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]}
    )
    await send({"type": "http.response.body", "body": body})


class _Nowhere(asyncio.Transport):
    """A connection that takes everything."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 80)})
        self.closed = False

    def write(self, data: object) -> None: ...
    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def set_protocol(self, protocol: object) -> None: ...


_loop: list[asyncio.AbstractEventLoop] = []


def _run(work: Any) -> None:
    if not _loop:
        _loop.append(asyncio.new_event_loop())
    _loop[0].run_until_complete(work)


_config = server_config(_say_nothing)


def serve(data: bytes) -> None:
    """What a client sends to our server, in pieces."""
    _run(_serve(data))


async def _serve(data: bytes) -> None:
    state = ServerState()
    _config.loaded_app = _say_nothing
    protocol = BoundedProtocol(_config, state, {})
    protocol.connection_made(_Nowhere())
    for at in range(0, len(data), 100):
        protocol.data_received(data[at : at + 100])
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    await asyncio.gather(*state.tasks, return_exceptions=False)


def take_answer(data: bytes) -> None:
    """What a page, a hub or a webhook answers."""
    _run(_take_answer(data))


async def _take_answer(data: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(data)
            await writer.drain()
        writer.close()

    settings = Fetch(allow_private=True, respect_robots=False, host_interval="0s", timeout="2s")  # type: ignore[arg-type]
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, Fetcher(settings) as fetcher:
        with suppress(FeederError):
            await fetcher.get(url, trusted=True)
        with suppress(FeederError):
            await fetcher.post(url, b"", headers={}, trusted=True)


ATOM = (
    "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry><id>1</id>"
    "<title type='html'>t</title><updated>2026-03-02T10:00:00Z</updated><link href='/1'/>"
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>a</p></div></content></entry></feed>"
)
RSS = (
    "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>t</title><item>"
    "<guid>1</guid><pubDate>Mon, 02 Mar 2026 10:00:00 EST</pubDate><dc:creator>A</dc:creator>"
    "<description><![CDATA[<p>b &amp; c &#xD83D;</p>]]></description></item></channel></rss>"
)
TARGETS = {
    "page": Target(read_page, PAGES),
    "feed": Target(read_feed, (ATOM, RSS, '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":1}]}')),
    "json": Target(read_json, ('{"posts":[{"id":1,"time":1772445840,"html":"<p>a"}],"b":[[1]]}', '[{"at":"2026-03-02","x":{}}]')),
    "when": Target(read_stamp, ("Mar 02, 2022, 8:04 AM EST", "2d ago / 5:52 AM UTC", "heute, 18:00 Uhr", "il y a 3 h",
                                "2026-03-02T13:04:00+01:00", "Mon, 02 Mar 26 10:00 -0500", "1772445840123", "24:00 Uhr")),
    "list": Target(read_list, ('<opml version="2.0"><body><outline xmlUrl="feed://a.example/" text="A"/></body></opml>',
                               'https://a.example/ tag "~Title"\n# no\nfeed:https://b.example/x\n')),
    "config": Target(read_config, ('[fetch]\ntimeout = "5s"\n[[source]]\nname = "a"\nurl = "https://a.example/"\nevery = "1h"\n',
                                   '[[source]]\npath = "x"\ncron = "0 7 * * *"\n[source.select]\nitem = "li"\n[[bundle]]\nname = "b"\nsources = ["*"]\n')),
    "robots": Target(read_robots, ("User-agent: *\nDisallow: /*?a=\nAllow: /live$\nCrawl-delay: 2.5\n", "user-agent:feeder\ndisallow:%2f")),
    "headers": Target(read_headers, ("120", "Mon, 02 Mar 2026 14:00:00 GMT", "max-age=60, must-revalidate", 'W/"a", "b"', "gzip;q=0.5, *;q=0", "17")),
    "address": Target(read_address, ("https://user:p@news.example:8443/a/../b?c#d", "http://[::ffff:7f00:1]/", "//0x7f.1\\@b/")),
    "gzip": Target(unpack, ("\x1f\x8b\x08",)),
    "hub": Target(read_hub_request, ("hub.mode=subscribe&hub.callback=https%3A%2F%2Fr.example%2Fcb&hub.topic=t&hub.lease_seconds=60&hub.secret=s",)),
    "query": Target(read_query, ("since=2026-03-02T13:04:00Z&at=2026-03-02T13:04:00%2B01:00",)),
    "published": Target(read_published, ('{"items":[{"id":"urn:uuid:1","date_published":"2026-03-02T13:04:00Z","date_modified":"2026-03-02T13:04:00Z"}],"_feeder":{"deleted":[{"ref":"a","when":"2026-03-02T13:04:00Z"}]}}',)),
    "store": Target(open_store, ("\x00\x00\x10spoiled spoiled ", "\x04\x00\x03abc\x08\x00\x03abc")),
    "server": Target(serve, ("GET /a?b HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",)),
    "answer": Target(take_answer, ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/html; charset=x\r\nRetry-After: 5\r\n\r\nab",
                                   "HTTP/1.1 301 M\r\nLocation: //b\r\nContent-Length: 0\r\n\r\n")),
}  # fmt: skip
