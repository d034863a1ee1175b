"""What is allowed in a configuration and yet cannot be right, as it seems from here."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from feeder.config import Settings, SourceSettings

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Zones of the IANA database that keep the same distance from UTC, and who may be meant.
_WITHOUT_SUMMER_TIME = {
    "EST": "America/New_York",
    "MST": "America/Denver",
}
_FIXED = re.compile(r"Etc/GMT[+-]\d+")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person should know of."""

    where: str  # a source, a file, the store
    text: str
    wrong: bool = True  # False: a warning


def check_settings(settings: Settings, sources: Iterable[SourceSettings]) -> Iterator[Problem]:
    """Finds what cannot be right; `sources` are those to look at, of the file or of the store."""
    yield from _check_base_url(settings)
    yield from _check_output(settings.output)
    if settings.fetch.ca_file and not Path(settings.fetch.ca_file).is_file():
        yield Problem("fetch.ca_file", f"{settings.fetch.ca_file} is not a file")
    for source in sources:
        if source.path:
            yield from _check_path(source)
        if doubt := _doubt_zone(source.timezone):
            yield Problem(source.name, f"timezone {source.timezone!r} {doubt}", wrong=False)


def _check_base_url(settings: Settings) -> Iterator[Problem]:
    address = urlsplit(settings.base_url)
    port = address.port or {"https": 443}.get(address.scheme, 80)
    if address.hostname in _LOOPBACK and port != settings.serve.port:
        text = (
            f"base_url is {settings.base_url}, but this server listens at {settings.serve.listen}: "
            "unless a proxy listens there, the addresses in the feeds lead nowhere; "
            'leave it "" to follow listen'
        )
        yield Problem("base_url", text, wrong=False)


def _check_output(folder: Path) -> Iterator[Problem]:
    if _CONTROL.search(str(folder)):
        yield Problem("output", f"{str(folder)!r} has a control character in its name")
        return
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    if not existing.is_dir():
        yield Problem("output", f"{existing} is a file; name a folder")
    elif not os.access(existing, os.W_OK | os.X_OK):
        yield Problem("output", f"feeds cannot be written: {existing} may not be written to")


def _check_path(source: SourceSettings) -> Iterator[Problem]:
    if _CONTROL.search(source.path):
        text = f"its path {source.path!r} has a control character; in TOML, '…' takes \\ as it is"
        yield Problem(source.name, text)
    elif not Path(source.path).is_file():
        yield Problem(source.name, f"its path {source.path} is not a file", wrong=False)


def _doubt_zone(zone: str) -> str:
    """Returns why a zone may not be the one that is meant, as the end of a sentence, or ""."""
    if meant := _WITHOUT_SUMMER_TIME.get(zone):
        return f"has no summer time; if the page's clock is changed in summer, write {meant!r}"
    if _FIXED.fullmatch(zone):
        return "keeps its distance from UTC all year, with the sign reversed; name a place instead"
    return ""
