"""The one way out: every request that this program makes is made by a `Fetcher`.

It checks where it goes (guard), how much it takes (time, bytes, redirects), and whether it is
welcome (manners, robots.txt). It keeps no cookies, takes nothing from the environment, and follows
redirects itself, each hop checked.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Self

import httpcore
import httpx

from feeder import __version__
from feeder.errors import ConfigError, DeadAddressError, ReadError
from feeder.read.address import Address, join, parse, shown
from feeder.read.connections import Connections, Raw
from feeder.read.guard import Guard, checked, reach, resolve
from feeder.read.manners import Forgetful, HostMemory, Manners, asked_to_wait
from feeder.read.robots import Robots

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from feeder.config import Fetch
    from feeder.read.guard import Resolve

USER_AGENT = f"feeder/{__version__} (+https://github.com/feeder-live/feeder)"

_NONE: Mapping[str, str] = {}
_HOPS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
# What a source's own headers must not say: they belong to the connection, or promise what decoding
# does not keep.
_OURS = frozenset({
    "host", "connection", "content-length", "transfer-encoding", "accept-encoding", "te",
    "upgrade", "expect",
})  # fmt: skip
_ACCEPT = (
    "text/html, application/xhtml+xml, application/xml;q=0.9, application/json;q=0.9, "
    "text/plain;q=0.8, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said in the end."""

    status: int
    url: str  # after redirects
    headers: Mapping[str, str]  # names in lower case
    wire: bytes  # still packed, if it came so
    moved_to: str | None = None  # where a chain of nothing but permanent redirects has led
    until: datetime | None = None  # the host asked for silence


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, the same on every hop; `own` goes to the first origin alone."""

    headers: Mapping[str, str]
    own: Mapping[str, str]
    origin: tuple[str, str, int]
    robots: bool


class Fetcher:
    """Use as `async with Fetcher(settings.fetch) as fetcher`."""

    def __init__(
        self,
        settings: Fetch,
        hosts: HostMemory | None = None,
        *,
        resolve: Resolve = resolve,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        memory = hosts if hosts is not None else Forgetful()
        agent = settings.user_agent or USER_AGENT
        self._settings = settings
        self._timeout = settings.timeout.total_seconds()
        self.now = now
        self._resolve = resolve
        self._headers = {"user-agent": agent, "accept": _ACCEPT, "accept-encoding": "gzip"}
        self._robots = Robots(agent.partition("/")[0].strip(), memory, now)
        tls = _tls(settings.ca_file)
        # A connection to a private address is never lent to a request that must not use one.
        self._ways = {
            private: Connections(Guard(private=private, resolve=resolve), tls, settings.proxy)
            for private in {False, settings.allow_private}
        }
        self.manners = Manners(settings.host_interval, memory, now)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for way in self._ways.values():
            await way.aclose()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = _NONE,
        own: Mapping[str, str] = _NONE,
        trusted: bool = False,
        robots: bool = True,
    ) -> Answer:
        """Reads an address, redirects included; `max_bytes` and the time limit are for all of it.

        `trusted` says that the address stands in the configuration file: only then does
        `allow_private` count. `own` holds headers for the address's own origin, dropped on a
        redirect elsewhere.

        Raises:
            ReadError: there is no whole answer, or none may be asked for. Any status but a redirect
                is an answer.
        """
        here = parse(url)
        request = Request(headers, own, here.origin, robots)
        private = trusted and self._settings.allow_private
        left, permanent, seen, previous = self._timeout, True, {str(here)}, ""
        while True:
            async with self.manners.turn(here.host, spaced=here.host != previous):
                begun = asyncio.get_running_loop().time()
                raw = await self._within(left, here, self._asked(here, request, private=private))
                left -= asyncio.get_running_loop().time() - begun
            if raw.status not in _REDIRECTS:
                has_moved = permanent and len(seen) > 1
                # A move to another host inside is not remembered: the file vouches for the host
                # that it names only.
                if private and here.host != request.origin[1]:
                    has_moved = False
                return self._answer(raw, here, str(here) if has_moved else None)
            permanent = permanent and raw.status in _PERMANENT
            private = private and self._leads_on_inside(raw, here)
            previous, here = here.host, _next(here, raw, seen)

    def _leads_on_inside(self, raw: Raw, here: Address) -> bool:
        """Returns whether a redirect may lead inside: from the world outside, none does."""
        return reach(here.host if self._settings.proxy else raw.peer) == "private"

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        trusted: bool = False,
    ) -> Answer:
        """Tells an address something it asked to be told: no robots.txt, no pauses, no redirects.

        Raises:
            ReadError: there is no whole answer, or none may be asked for.
        """
        here = parse(url)
        private = trusted and self._settings.allow_private
        stated = self._headers | {"content-length": str(len(body))} | dict(headers or {})
        raw = await self._within(
            self._timeout, here, self._sent(here, stated, 1 << 20, private=private, body=body)
        )
        return self._answer(raw, here, None)

    @property
    def max_bytes(self) -> int:
        """How much a page may hold, unpacked."""
        return self._settings.max_bytes

    def ready_in(self, url: str, ahead: int = 0) -> float:
        """Seconds until a read of this address could begin, after `ahead` others of its host.

        0 where there is no such address: the read tells.
        """
        try:
            return self.manners.ready_in(parse(url).host, ahead)
        except ReadError:
            return 0.0

    async def _asked(self, here: Address, request: Request, *, private: bool) -> Raw:
        if request.robots and self._settings.respect_robots:
            self.manners.slow(
                here.host, await self._robots.check(here, partial(self._plain, here.host, private))
            )
        headers = self._headers | dict(request.headers)
        if here.origin == request.origin:
            headers |= {name.lower(): value for name, value in request.own.items()}
        return await self._sent(here, headers, self._settings.max_bytes, private=private)

    async def _plain(self, host: str, private: bool, here: Address, most: int) -> Raw:
        """Reads robots.txt, without a source's headers; `private` counts for its host alone."""
        return await self._sent(here, self._headers, most, private=private and here.host == host)

    async def _sent(
        self,
        here: Address,
        headers: Mapping[str, str],
        most: int,
        *,
        private: bool,
        body: bytes | None = None,
    ) -> Raw:
        # A proxy resolves names itself: only addresses that are written as such can be checked
        # here.
        if self._settings.proxy and (here.host.replace(".", "").isdigit() or ":" in here.host):
            await checked(here.host, here.port, private=private, resolve=self._resolve)
        method = "GET" if body is None else "POST"
        return await self._ways[private].exchange(
            method, here, _pairs(here, headers), most, body or b""
        )

    async def _within(self, seconds: float, here: Address, work: Awaitable[Raw]) -> Raw:
        """Returns the work's answer, or a sentence about what went wrong."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                return await work
        except TimeoutError as error:
            raise ReadError(
                f"{here.host} took longer than {self._timeout:g} s to answer; "
                "timeout under [fetch] permits more"
            ) from error
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise DeadAddressError(_network(here, error)) from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProxyError) as error:
            raise ReadError(_network(here, error)) from error
        except (
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            ssl.SSLError,
            OSError,
        ) as error:
            raise ReadError(
                f"{here.host} did not send a whole answer; what came was discarded ({error})"
            ) from error

    def _answer(self, raw: Raw, here: Address, moved_to: str | None) -> Answer:
        until = asked_to_wait(raw.status, raw.headers.get("retry-after"), self.now())
        if until is not None:
            self.manners.silence(here.host, until)
        return Answer(raw.status, str(here), raw.headers, raw.wire, moved_to, until)


def _next(here: Address, raw: Raw, seen: set[str]) -> Address:
    """Returns the address that a redirect leads to."""
    location = raw.headers.get("location")
    if not location:
        raise ReadError(f"{here.host} answers {raw.status}, a redirect to nowhere")
    there = join(here, location)
    if here.scheme == "https" and there.scheme == "http":
        raise ReadError(
            f"{here.host} redirects from https to http ({shown(str(there))}): "
            "refused, others could read along"
        )
    if str(there) in seen:
        raise ReadError(
            f"{here.host} redirects in a circle, back to {shown(str(there))}; "
            "perhaps it wants a cookie"
        )
    if len(seen) > _HOPS:
        raise ReadError(f"{here.host} redirects more than {_HOPS} times; the address may be wrong")
    seen.add(str(there))
    return there


def _pairs(here: Address, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Returns the headers of a request, Host first (RFC 9110 §7.2)."""
    pairs = [(b"host", here.url.netloc)]
    for name, value in headers.items():
        pairs.append((name.encode("ascii"), value.encode("latin-1", "replace")))
    return pairs


def own_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Returns a source's own headers, as they may be sent.

    Raises:
        ReadError: a name or value that would change the request itself.
    """
    for name, value in headers.items():
        if name.lower() in _OURS:
            raise ReadError(
                f"the header {name} cannot be set for a source: the connection needs it as it is"
            )
        if not name.isascii() or any(c in "\r\n\0" for c in name + value):
            raise ReadError(
                f"the header {name[:40]!r} holds a line break or another forbidden character"
            )
    return {name.lower(): value for name, value in headers.items()}


def _network(here: Address, error: Exception) -> str:
    """Returns what went wrong with a connection, in a sentence."""
    causes = _causes(error)
    at = f"{here.host} cannot be reached at port {here.port}"
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message
            return f"the certificate of {here.host} is not to be trusted ({why}); nothing was read"
        if isinstance(cause, ssl.SSLError):
            why = cause.reason or str(cause)
            return f"no secure connection to {here.host} ({why}); nothing was read"
        if isinstance(cause, ConnectionRefusedError):
            return f"{at} (connection refused); it is tried again"
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return f"{at} ({str(error) or 'no answer'}); it is tried again"
    why = str(error) or type(error).__name__
    return f"the connection to {here.host} broke off ({why}); it is tried again"


def _causes(error: BaseException | None) -> list[BaseException]:
    """Returns an exception and what it came of, the last cause last."""
    causes = []
    while error is not None:
        causes.append(error)
        error = error.__cause__ or error.__context__
    return causes


def _tls(ca_file: str) -> ssl.SSLContext:
    """Returns the usual authorities and those of `ca_file`; the environment adds none."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            said = f"fetch.ca_file: {ca_file} cannot be used: {error.strerror or error}"
            raise ConfigError(said) from error
    return context
