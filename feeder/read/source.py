"""Reads a source, whatever it is: a page or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.read.file import read_file
from feeder.read.http import read_page

if TYPE_CHECKING:
    from feeder.config import Source
    from feeder.model import Reading, Validators
    from feeder.read.fetcher import Fetcher


async def read(source: Source, since: Validators, fetcher: Fetcher) -> Reading:
    """Returns what a source holds now; `document` is None where nothing has changed.

    Raises:
        ReadError: there was no clean read.
    """
    if source.settings.path:
        return await read_file(source, since, fetcher.max_bytes)
    return await read_page(source, since, fetcher)
