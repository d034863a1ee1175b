"""Files that hold many addresses: OPML 2.0, or one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from feeder.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def addresses(file: Path) -> list[tuple[str, str]]:
    """Address and title ("" where there is none) of each.

    Raises:
        ConfigError: the file cannot be read, or is neither OPML nor a list of addresses.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    return (
        _opml(data, file)
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        else _lines(data, file)
    )


def _opml(data: bytes, file: Path) -> list[tuple[str, str]]:
    """Of an outline the page that it is of, else the feed."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ConfigError(f"{file}: is no OPML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ConfigError(
            f"{file}: has a DOCTYPE, which OPML does not need and feeder does not read"
        )
    found = []
    for outline in root.iter("outline"):
        address = outline.get("xmlUrl") or outline.get("url") or outline.get("htmlUrl")
        if address and address.startswith(("http://", "https://")):
            found.append((address, (outline.get("title") or outline.get("text") or "").strip()))
    return found


def _lines(data: bytes, file: Path) -> list[tuple[str, str]]:
    """Blank lines and those that begin with # are passed over."""
    found = []
    for number, line in enumerate(data.decode("utf-8", errors="replace").splitlines(), 1):
        address = line.strip()
        if not address or address.startswith("#"):
            continue
        if not address.startswith(("http://", "https://")):
            raise ConfigError(
                f"{file}:{number}: {address[:80]!r} is no address that begins with http:// or https://"
            )
        found.append((address, ""))
    return found
