"""Reading a source: over HTTP behind the guard, or from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.model import Reading
from feeder.read.fetcher import Answer, Fetcher
from feeder.read.file import read_file
from feeder.read.http import look, read_page
from feeder.read.manners import HostMemory, HostState

if TYPE_CHECKING:
    from feeder.config import Source
    from feeder.model import Reading, Validators

__all__ = ["Answer", "Fetcher", "HostMemory", "HostState", "look", "read"]


async def read(source: Source, since: Validators, fetcher: Fetcher) -> Reading:
    """Returns what a source holds now; `document` is None where nothing has changed.

    Raises:
        ReadError: there was no clean read.
    """
    if source.settings.path:
        return await read_file(source, since, fetcher.max_bytes)
    return await read_page(source, since, fetcher)
