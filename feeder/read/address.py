r"""The one parser of addresses that are fetched, strict where parsers are known to differ.

What leaves here is what the guard checks, what the connection is made to, and what the Host header
says: nothing reads the text a second time (GHSA-rph4-96w6-q594 came of two readings of
`http://a\@b`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import httpx
import idna

from feeder.errors import ReadError

# https://fetch.spec.whatwg.org/#port-blocking
BAD_PORTS = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389,
    427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
    989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665,
    6666, 6667, 6668, 6669, 6679, 6697, 10080,
})  # fmt: skip

_PORTS = {"http": 80, "https": 443}
_LONGEST = 8192  # characters; longer ones are mistakes or attacks

# C0 controls, DEL and blanks, and the backslash that browsers read as a slash and others as part of
# the name.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\\u2028\u2029]")
_SHAPE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>[^#]*)")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]@:%]+)(?::(?P<port>[0-9]{0,5}))?")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes. `url` is normalised and without fragment; `host` is canonical."""

    url: httpx.URL
    scheme: str
    host: str  # a lower-case ASCII name, dotted IPv4, or compressed IPv6 without brackets
    port: int

    @property
    def origin(self) -> tuple[str, str, int]:
        """RFC 6454 §4."""
        return self.scheme, self.host, self.port

    def __str__(self) -> str:
        return str(self.url)


def shown(text: str) -> str:
    """Returns an address as it may be logged: without query and password, which can be secrets."""
    return re.sub(r"//[^/?#]*@", "//", text.partition("?")[0].partition("#")[0])[:200]


@lru_cache(
    maxsize=32_768
)  # as many as are read in turn: of fewer, each would be forgotten before it comes again
def parse(text: str) -> Address:
    """Returns the address that a text names.

    Raises:
        ReadError: it is none that may be fetched.
    """
    if len(text) > _LONGEST or _FORBIDDEN.search(text):
        raise _refusal(text, "it is too long, or holds blanks, backslashes or control characters")
    shape = _SHAPE.match(text)
    if shape is None or (scheme := shape["scheme"].lower()) not in _PORTS:
        raise _refusal(text, "only http:// and https:// addresses are read")
    if "@" in shape["authority"]:
        raise _refusal(
            text, "it holds a user name or password; [source.request] is the place for them"
        )
    authority = _AUTHORITY.fullmatch(shape["authority"])
    if authority is None:
        raise _refusal(text, "its host name is malformed")
    host = _host(text, authority["host"])
    port = int(authority["port"] or _PORTS[scheme])
    if port in BAD_PORTS or port > 0xFFFF:
        raise _refusal(text, f"port {port} is not one that web pages are read from")
    return _whole(text, scheme, host, port, shape["rest"])


def join(base: Address, location: str) -> Address:
    """Returns the address that a redirect or a link leads to."""
    if _FORBIDDEN.search(location := location.strip(" ").replace(" ", "%20")):
        raise _refusal(location, "it holds backslashes or control characters")
    try:
        return parse(str(base.url.join(location)))
    except (httpx.InvalidURL, ValueError) as error:
        raise _refusal(location, str(error)) from error


def _whole(text: str, scheme: str, host: str, port: int, rest: str) -> Address:
    netloc = f"[{host}]" if ":" in host else host
    if port != _PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    try:
        url = httpx.URL(f"{scheme}://{netloc}{rest if rest.startswith('/') else '/' + rest}")
        if "/." in rest:  # httpx leaves no slash where nothing but dots was
            url = httpx.URL(f"{scheme}://{netloc}{url.raw_path.decode('ascii')}")
    except (httpx.InvalidURL, ValueError) as error:
        raise _refusal(text, str(error)) from error
    return Address(url, scheme, host, port)


def _host(text: str, written: str) -> str:
    """Returns the canonical host, as https://url.spec.whatwg.org/#concept-host-parser has it.

    Nothing is percent-decoded: a host with "%" was refused before.
    """
    if written.startswith("["):
        return _ipv6(text, written)
    name = _ascii(text, written).lower().removesuffix(".")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _ipv4(text, name)
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise _refusal(text, "its host name is malformed")
    return name


def _ipv6(text: str, written: str) -> str:
    """Returns the address as https://url.spec.whatwg.org/#concept-ipv6-serializer writes it."""
    try:
        address = IPv6Address(written[1:-1])
    except AddressValueError as error:
        raise _refusal(text, f"{written} is no IPv6 address") from error
    mapped = address.ipv4_mapped
    if mapped is not None:  # from Python 3.13 on, `compressed` writes these with dots
        return f"::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}"
    return address.compressed


def _ascii(text: str, name: str) -> str:
    if name.isascii():
        return name
    try:
        # UTS 46 maps full-width digits and ideographic full stops, as in 127。0。0。1.
        return idna.encode(idna.uts46_remap(name, std3_rules=False), uts46=False).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise _refusal(text, "its host name is malformed") from error


def _ipv4(text: str, name: str) -> str:
    """Returns the dotted address: 127.1, 2130706433 and 0x7f.1 are 127.0.0.1.

    https://url.spec.whatwg.org/#concept-ipv4-parser
    """
    parts = name.split(".")
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        raise _refusal(text, "its host name is malformed") from None
    *high, low = numbers
    if len(parts) > 4 or any(part > 0xFF for part in high) or low >= 256 ** (5 - len(parts)):
        raise _refusal(text, "its host name is malformed")
    return str(IPv4Address(sum(part << 8 * (3 - index) for index, part in enumerate(high)) + low))


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    if not part.isdecimal():
        raise ValueError(part)
    return int(part, 8) if part.startswith("0") else int(part)


def _refusal(text: str, reason: str) -> ReadError:
    return ReadError(f"{shown(text)!r} is not read: {reason}")
