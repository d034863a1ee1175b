"""Files that hold many addresses: OPML 2.0, or one address per line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from feeder.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def addresses(file: Path) -> list[tuple[str, str]]:
    """Returns each address with its title, "" where there is none.

    Raises:
        ConfigError: the file cannot be read, or is neither OPML nor a list of addresses.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _read_outlines(_parse_opml(data, file))
    return _read_lines(data, file)


def _parse_opml(data: bytes, file: Path) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ConfigError(f"{file}: not OPML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ConfigError(
            f"{file}: has a DOCTYPE, which OPML does not need and feeder does not read"
        )
    return root


def _read_outlines(root: etree._Element) -> list[tuple[str, str]]:
    found = []
    for outline in root.iter("outline"):
        address = outline.get("xmlUrl") or outline.get("url") or outline.get("htmlUrl")
        if address and address.startswith(("http://", "https://")):
            found.append((address, (outline.get("title") or outline.get("text") or "").strip()))
    return found


def _read_lines(data: bytes, file: Path) -> list[tuple[str, str]]:
    """Reads one address per line; blank lines and those that begin with # are skipped."""
    found = []
    for number, line in enumerate(data.decode("utf-8", errors="replace").splitlines(), 1):
        address = line.strip()
        if not address or address.startswith("#"):
            continue
        if not address.startswith(("http://", "https://")):
            raise ConfigError(
                f"{file}:{number}: {address[:80]!r} must begin with http:// or https://"
            )
        found.append((address, ""))
    return found
