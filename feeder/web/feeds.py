"""/feeds/ over HTTP: the files of the output folder, with what HTTP can add to them.

A plain ASGI application: a route of FastAPI would serve a third of the requests.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.responses import Response

from feeder.publish.files import compress
from feeder.render import DOCUMENTS
from feeder.render.index_page import feed_page
from feeder.render.urls import CONTENT_TYPES, MEDIA_TYPES
from feeder.web.access import safe
from feeder.web.conditional import accepts_gzip, not_modified
from feeder.web.file_cache import FileCache, Headers, represent
from feeder.web.problem import problem
from feeder.web.styled_feed import styled
from feeder.web.time_travel import MomentError, asked_moment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from feeder.model import Feed
    from feeder.render.urls import Format
    from feeder.web.file_cache import Representation
    from feeder.web.time_travel import Moment

_ROUTE = re.compile(
    r"(?P<name>[a-z0-9-]{1,64})(?:(?:/(?P<number>\d{4,6}))?\.(?P<form>atom|rss|json))?(?P<gz>\.gz)?"
)
_OTHERS = {
    "index.html": b"text/html; charset=utf-8",
    "index.css": b"text/css; charset=utf-8",
    "feeds.opml": b"text/x-opml; charset=utf-8",
}
_TYPES: dict[Format, bytes] = {form: CONTENT_TYPES[form].encode() for form in MEDIA_TYPES}
_FORMS: dict[str, Format] = {form: form for form in _TYPES}
# Nothing that is served here is to run, or to be shown inside of another's page. Feeds are asked
# for most: few words.
_POLICY: Headers = [(b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")]
_PAGE_POLICY: Headers = [
    (
        b"content-security-policy",
        (
            b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
            b"frame-ancestors 'none'"
        ),
    ),
    (b"referrer-policy", b"no-referrer"),
]
_GZIP = (b"content-encoding", b"gzip")
_METHODS = "GET, HEAD, OPTIONS"
_PREFLIGHT = {
    "allow": _METHODS,
    "access-control-allow-origin": "*",
    "access-control-allow-methods": _METHODS,
    "access-control-allow-headers": "Authorization, If-Modified-Since, If-None-Match",
    "access-control-max-age": "86400",
}
_NOTHING = "There is no feed at this address."
_PAGE_AGE = 300  # seconds; what is no feed changes seldom
_MOMENT_AGE = 60
_MOMENTS_AT_ONCE = (
    2  # each is rendered anew: whoever asks for many waits, and the others are served
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the application asks its surroundings. All of it may change while it runs."""

    base: Callable[[], str]  # the public address of the folder, with its slash
    hubs: Callable[[], tuple[str, ...]]
    max_age: Callable[[str], int]  # seconds, by the feed's name
    renamed: Callable[[str], Awaitable[str | None]]  # the present name of a feed that had this one
    feed_at: Callable[[str, Moment], Awaitable[Feed | None]]
    index: Callable[[], Awaitable[bytes | None]]  # as it is now; None: its file is to be served


@dataclass(frozen=True, slots=True)
class Route:
    """What an address stands for. `file` is where it is, in the folder."""

    name: str = ""  # of the feed; "": the index and what goes with it
    form: Format | None = None
    number: int | None = None  # of an archive document
    file: str = ""  # "": the feed's page, which is made when asked for
    type: bytes = b""
    packed: bool = False  # asked for as a .gz file
    tail: str = ""  # what follows the name in the address of the document


class Feeds:
    """The application. Its address is `/feeds/…`, with or without being mounted there."""

    def __init__(self, folder: Path, around: Surroundings) -> None:
        self._cache, self._surroundings = FileCache(folder), around
        self._moments = asyncio.Semaphore(_MOMENTS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._serve(scope, send)
        if refusal is not None:
            await safe(refusal)(scope, receive, send)

    async def _serve(self, scope: Scope, send: Send) -> Response | None:
        """Answers, or returns what is to be answered instead."""
        method, found = scope["method"], route(_below(scope))
        if method == "OPTIONS":
            return Response(None, 204, _PREFLIGHT)
        if method not in ("GET", "HEAD"):
            return _refused(405, "Feeds can only be read.", allow=_METHODS)
        if found is None:
            return _refused(404, _NOTHING)
        headers = dict(scope["headers"])
        if scope["query_string"] and found.number is None:
            return await self._moment(found, scope, headers, send)
        return await self._now(found, method, headers, send)

    async def _now(
        self, found: Route, method: str, headers: dict[bytes, bytes], send: Send
    ) -> Response | None:
        """Answers with what stands there now."""
        if found == _INDEX:
            return await self._index(method, headers, send)
        return await self._file(found, method, headers, send)

    async def _file(
        self, found: Route, method: str, headers: dict[bytes, bytes], send: Send
    ) -> Response | None:
        try:
            if _is_opened(found, headers):
                plain = self._representation(found, gzip=False)
                shown = styled(plain, archive=found.number is not None) if plain else None
            else:
                shown = self._representation(found, gzip=_wants_gzip(headers))
        except OSError:
            return _refused(503, "The feed is there and cannot be read just now.")
        if shown is None:
            return await self._elsewhere(found)
        max_age = (
            min(self._surroundings.max_age(found.name), _PAGE_AGE) if found.form else _PAGE_AGE
        )
        await _answer(shown, method, headers, max_age, self._link(found), send)
        return None

    def _representation(self, found: Route, *, gzip: bool) -> Representation | None:
        if not found.file:
            return self._page(found.name)
        policy = _POLICY if found.form else _PAGE_POLICY
        if gzip and not found.packed:
            packed = self._cache.get(f"{found.file}.gz", found.type, [*policy, _GZIP])
            if packed is not None:
                return packed
        return self._cache.get(found.file, found.type, policy)

    def _page(self, name: str) -> Representation | None:
        feed = self._cache.get(f"{name}.json", _TYPES["json"], _POLICY)
        if feed is None:
            return None
        own = [(b"content-type", _OTHERS["index.html"]), *_PAGE_POLICY]
        return represent(_cached_page(name, feed.data), own, feed.modified)

    async def _index(self, method: str, headers: dict[bytes, bytes], send: Send) -> Response | None:
        async with self._moments:
            page = await self._surroundings.index()
        file = route("index.html")
        if page is None and file is not None:
            return await self._file(file, method, headers, send)
        own: Headers = [(b"content-type", _OTHERS["index.html"]), *_PAGE_POLICY]
        await _answer(represent(page or b"", own), method, headers, _MOMENT_AGE, b"", send)
        return None

    async def _elsewhere(self, found: Route, query: bytes = b"") -> Response:
        """Answers for a feed that was renamed (301) and a document yet to be sealed (307)."""
        new = await self._surroundings.renamed(found.name) if found.name else None
        if new:
            asked = f"?{query.decode('latin-1')}" if query else ""
            packed = ".gz" if found.packed else ""
            return _redirected(301, f"{self._surroundings.base()}{new}{found.tail}{packed}{asked}")
        if found.number and self._is_next(found):
            return _redirected(307, f"{self._surroundings.base()}{found.name}.{found.form}")
        return _refused(404, _NOTHING)

    def _is_next(self, found: Route) -> bool:
        before = f"{found.name}/{(found.number or 0) - 1:04d}.{found.form}"
        return self._cache.get(before, found.type, _POLICY) is not None

    def _link(self, found: Route) -> bytes:
        """Returns the header that says where the feed is and which hubs tell of it (WebSub §4)."""
        if not found.form:
            return b""
        return _linked(
            self._surroundings.base(),
            found.name,
            found.tail,
            self._surroundings.hubs() if found.number is None else (),
        )

    async def _moment(
        self, found: Route, scope: Scope, headers: dict[bytes, bytes], send: Send
    ) -> Response | None:
        try:
            moment = asked_moment(scope["query_string"])
            if moment is None or found.form is None:  # a page and a list are of now
                return await self._now(found, scope["method"], headers, send)
            if not self._is_there(found):
                return await self._elsewhere(found, scope["query_string"])
            async with self._moments:
                return await self._at(found, moment, scope["method"], headers, send)
        except MomentError as error:
            return _refused(400, str(error))

    def _is_there(self, found: Route) -> bool:
        """Returns whether it is published now; what is not was not at another moment either."""
        try:
            return self._representation(found, gzip=False) is not None
        except OSError:
            return True

    async def _at(
        self, found: Route, moment: Moment, method: str, headers: dict[bytes, bytes], send: Send
    ) -> Response | None:
        feed = await self._surroundings.feed_at(found.name, moment)
        if (
            feed is None and moment.at is None
        ):  # nothing is known of when what arrived: all of it holds what is new
            return await self._file(found, method, headers, send)
        if feed is None:
            return _refused(
                404, "How this feed was then is not known: its page is no longer followed."
            )
        coded = not found.packed and _wants_gzip(headers)
        shown = await asyncio.to_thread(_made, feed, found, coded=coded)
        await _answer(shown, method, headers, _MOMENT_AGE, b"", send)
        return None


_INDEX = Route()  # /feeds/ itself, which is made when asked for


@lru_cache(maxsize=4096)
def route(path: str) -> Route | None:
    """Returns what `path`, below /feeds/, stands for; None: nothing, and no file is opened."""
    if not path:
        return _INDEX
    if path.removesuffix(".gz") in _OTHERS:
        kind = b"application/gzip" if path.endswith(".gz") else _OTHERS[path]
        return Route(file=path, type=kind, packed=path.endswith(".gz"))
    match = _ROUTE.fullmatch(path)
    if match is None:
        return None
    name, form, number = match["name"], _FORMS.get(match["form"]), match["number"]
    if form is None:
        return None if match["gz"] else Route(name)
    kind, tail = (
        b"application/gzip" if match["gz"] else _TYPES[form],
        f"/{number}.{form}" if number else f".{form}",
    )
    return Route(name, form, int(number) if number else None, path, kind, bool(match["gz"]), tail)


def _wants_gzip(headers: dict[bytes, bytes]) -> bool:
    return accepts_gzip(headers.get(b"accept-encoding", b""))


def _below(scope: Scope) -> str:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path.removeprefix("/feeds").removeprefix("/")


def _made(feed: Feed, found: Route, *, coded: bool) -> Representation:
    assert found.form
    data = DOCUMENTS[found.form](feed)
    own: Headers = [(b"content-type", found.type), *_POLICY]
    return (
        represent(compress(data), [*own, *[_GZIP] * coded])
        if coded or found.packed
        else represent(data, own)
    )


def _is_opened(found: Route, headers: dict[bytes, bytes]) -> bool:
    """Returns whether a person looks at a feed in a browser."""
    opened = headers.get(b"sec-fetch-dest") == b"document"
    return opened and found.form in {"atom", "rss"} and not found.packed


@lru_cache(maxsize=64)
def _cached_page(name: str, feed: bytes) -> bytes:
    return feed_page(name, feed)


async def _answer(
    shown: Representation,
    method: str,
    headers: dict[bytes, bytes],
    max_age: int,
    link: bytes,
    send: Send,
) -> None:
    """Sends a representation, or 304 where the client has it."""
    status = 304 if not_modified(headers, shown.etag, shown.modified) else 200
    head = shown.head(status, max_age, link, time.time())
    body = shown.data if status == 200 and method != "HEAD" else b""
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=1024)
def _linked(base: str, name: str, tail: str, hubs: tuple[str, ...]) -> bytes:
    own = f'<{base}{name}{tail}>; rel="self"'
    return ", ".join([own, *(f'<{hub}>; rel="hub"' for hub in hubs)]).encode()


def _refused(status: int, detail: str, **headers: str) -> Response:
    own = {
        "cache-control": "no-store",
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
    }
    return problem(status, detail, {**own, **headers})


def _redirected(status: int, address: str) -> Response:
    own = {"cache-control": f"max-age={_MOMENT_AGE}", "access-control-allow-origin": "*"}
    return Response(None, status, {**own, "location": address})
