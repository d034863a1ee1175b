"""Files that hold many addresses: OPML 2.0, newsboat's `urls`, or one address per line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from feeder.config import name_for, valid_page
from feeder.errors import ConfigError
from feeder.extract.stated.feed import mend_ampersands

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_FEED = re.compile(r"feed:(?://)?(?=https?://)|feed(?=://)", re.IGNORECASE)
_TITLE = re.compile(r'"~([^"]+)"')  # newsboat's own title of a feed


class Listed(NamedTuple):
    """An address, and where it stands."""

    line: int
    address: str
    title: str  # "" where there is none


def read_list(data: bytes, origin: str) -> tuple[list[Listed], list[str]]:
    """Returns the addresses that can be followed, and a sentence for each that cannot.

    `origin` says where the list comes from, and begins each sentence.

    Raises:
        ConfigError: it is neither OPML nor a list of addresses.
    """
    opml = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    listed = _read_outlines(_parse_opml(data, origin)) if opml else _read_lines(data)
    return _sort_out(listed, origin)


def choose_new(
    found: Sequence[Listed], known: Collection[str], taken: Collection[str]
) -> list[dict[str, Any]]:
    """Returns what to follow: the addresses not `known`, each with a name that is not `taken`."""
    passed, names = set(known), set(taken)
    added: list[dict[str, Any]] = []
    for _, address, title in found:
        if address in passed:
            continue
        passed.add(address)
        name = name_for(address, names)
        names.add(name)
        added.append({"name": name, "url": address} | ({"title": title} if title else {}))
    return added


def _sort_out(listed: Iterable[Listed], origin: str) -> tuple[list[Listed], list[str]]:
    good, bad = [], []
    for one in listed:
        try:
            good.append(one._replace(address=valid_page(one.address)))
        except ValueError as error:
            bad.append(f"{origin}:{one.line}: {_name(one)} {error}")
    return good, bad


def _name(one: Listed) -> str:
    """Returns what to call an address that cannot be followed; it may hold a password."""
    try:
        host = urlsplit(one.address).hostname
    except ValueError:
        host = None
    return one.title or host or repr(one.address.rpartition("@")[2][:80])


def _parse_opml(data: bytes, origin: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    mended = mend_ampersands(data.decode("latin-1")).encode("latin-1")  # whatever its charset is
    try:
        root = etree.fromstring(mended, parser)
    except etree.XMLSyntaxError as error:
        raise ConfigError(f"{origin}: not OPML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ConfigError(
            f"{origin}: has a DOCTYPE, which OPML does not need and feeder does not read"
        )
    return root


def _read_outlines(root: etree._Element) -> Iterator[Listed]:
    for outline in root.iter("outline"):
        address = outline.get("xmlUrl") or outline.get("url") or outline.get("htmlUrl")
        if address:
            title = (outline.get("title") or outline.get("text") or "").strip()
            line: Any = outline.sourceline  # its stubs have no type for it
            yield Listed(line, _as_http(address.strip()), title)


def _read_lines(data: bytes) -> Iterator[Listed]:
    """Reads an address a line, with newsboat's tags behind it; # begins a comment."""
    for number, line in enumerate(data.decode("utf-8-sig", errors="replace").splitlines(), 1):
        address, _, tags = line.strip().partition(" ")
        if address and not address.startswith("#"):
            title = _TITLE.search(tags)
            yield Listed(number, _as_http(address), title[1] if title else "")


def _as_http(address: str) -> str:
    """Returns an address with the scheme "feed" as what it means."""
    return _FEED.sub(lambda found: "" if found[0][-1:] in ":/" else "http", address, count=1)
