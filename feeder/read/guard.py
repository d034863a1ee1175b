"""The guard: where a connection may go, and the only place where one is made.

A name is resolved once, every address it has is checked, and the connection is made to a checked
address, so nothing can be swapped between the check and the use (DNS rebinding; Miniflux fe2bfb27).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Literal

import httpcore
from httpcore import AnyIOBackend

from feeder.errors import DeadAddressError, ReadError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

Reach = Literal["public", "private", "never"]

# https://www.iana.org/assignments/iana-ipv4-special-registry and …ipv6-special-registry, and the
# addresses at which cloud providers hand out credentials. "private": for those who set
# allow_private; "never": for no page.
_SPECIAL: dict[str, Reach] = {
    "0.0.0.0/8": "never",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "private",
    "100.100.100.200/32": "never",  # metadata (Alibaba)
    "127.0.0.0/8": "private",
    "168.63.129.16/32": "never",  # the wire server of Azure, a public address in name only
    "169.254.0.0/16": "never",  # link-local, and metadata
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "never",  # protocol assignments, and metadata (Oracle)
    "192.0.2.0/24": "never",
    "192.31.196.0/24": "never",  # AS112
    "192.52.193.0/24": "never",  # AMT
    "192.88.99.0/24": "never",  # 6to4 relays
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "never",  # AS112
    "198.18.0.0/15": "private",  # benchmarks; some VPNs answer every name with these
    "198.51.100.0/24": "never",
    "203.0.113.0/24": "never",
    "224.0.0.0/4": "never",
    "240.0.0.0/4": "never",
    "::/0": "never",  # but what is named below
    "::1/128": "private",
    "fc00::/7": "private",
    "fd00:ec2::/32": "never",  # metadata (AWS)
    "fd20:ce::/32": "never",  # metadata (Google)
    "2000::/3": "public",
    "2001::/23": "never",  # protocol assignments; Teredo and ORCHID carry or hide other addresses
    "2001:db8::/32": "never",
    "2002::/16": "never",  # 6to4 carries an IPv4 address
    "2620:4f:8000::/48": "never",  # AS112
    "3fff::/20": "never",
}
_Network = IPv4Network | IPv6Network
_TABLE: tuple[tuple[_Network, Reach], ...] = tuple(
    sorted(
        ((ip_network(network), reach) for network, reach in _SPECIAL.items()),
        key=lambda row: -row[0].prefixlen,
    )
)


def reach(address: str) -> Reach:
    """Returns who may connect to an IP address; the longest prefix decides, as in routing."""
    try:
        found = ip_address(address)
    except ValueError:
        return "never"
    return _reach(found)


def _reach(address: IPv4Address | IPv6Address) -> Reach:
    if isinstance(address, IPv6Address) and address.scope_id:
        return "never"
    for network, how in _TABLE:
        if address.version == network.version and address in network:
            return how
    return "public"


# Seconds for one address where there are more, so that a dead IPv6 route does not eat the time of
# the whole read.
_ATTEMPT = 3.0


async def resolve(host: str, port: int) -> Sequence[str]:
    """Returns every address of a name, in the order in which the system would try them.

    In a thread of its own: a name server that does not answer must hold up neither the threads that
    others wait for nor the end of the program.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Sequence[str]] = loop.create_future()

    def tell(addresses: Sequence[str], error: OSError | UnicodeError | None) -> None:
        if not found.done():
            found.set_exception(error) if error else found.set_result(addresses)

    def look() -> None:
        addresses, error = _looked_up(host, port)
        with contextlib.suppress(RuntimeError):  # the loop is closed, nobody waits any more
            loop.call_soon_threadsafe(tell, addresses, error)

    threading.Thread(target=look, name=f"resolve {host}", daemon=True).start()
    return await found


def _looked_up(host: str, port: int) -> tuple[Sequence[str], OSError | UnicodeError | None]:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return (), error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in entries)), None


async def checked(
    host: str, port: int, *, private: bool, resolve: Resolve = resolve
) -> Sequence[str]:
    """Returns the addresses of a host, all of which may be connected to.

    One that may not refuses them all: a name with an inside and an outside address is a mistake or
    an attack.

    Raises:
        ReadError: there is no address, or one that must not be connected to.
    """
    addresses = (host,) if _is_address(host) else await _resolved(host, port, resolve)
    for address in addresses:
        how = reach(address)
        if how == "never" or (how == "private" and not private):
            raise ReadError(_refused(host, address, how))
    return addresses


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _resolved(host: str, port: int, resolve: Resolve) -> Sequence[str]:
    try:
        addresses = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DeadAddressError(
            f"the name {host} was not found ({reason}); check the address and the network"
        ) from error
    if not addresses:
        raise DeadAddressError(f"the name {host} has no address; check it")
    return addresses


def _refused(host: str, address: str, how: Reach) -> str:
    named = host if host == address else f"{host} ({address})"
    if how == "private":
        return (
            f"{named} is a private address, which is only read where a configuration file "
            "names it and has allow_private = true under [fetch]"
        )
    return f"{named} is reserved for other uses than web pages: refused"


class Guard(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only. TLS still verifies the name, which httpcore keeps."""

    def __init__(self, *, private: bool, resolve: Resolve = resolve) -> None:
        self._private = private
        self._resolve = resolve
        self._network = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's signature
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        addresses = await checked(host, port, private=self._private, resolve=self._resolve)
        *earlier, last = addresses[:4]
        for address in earlier:
            try:
                return await self._network.connect_tcp(address, port, _ATTEMPT)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout)
