"""Reads of a loopback site, and what to expect of them."""

from __future__ import annotations

import asyncio
from typing import Any

from loopback import Answer, Site

from feeder.config import Fetch, Source, SourceSettings
from feeder.errors import ReadError
from feeder.model import Document, Reading, Validators
from feeder.read.fetcher import Fetcher
from feeder.read.source import read

NONE = Validators()
PAGE = b"<article>" + b"<p>Twelve boats are back in the harbour.</p>" * 50 + b"</article>"
GZIP = {"content_encoding": "gzip", "content_type": "text/html"}


def source(url: str = "", **settings: Any) -> Source:
    return Source(
        1, "c6a8d6a1-9f3c-4ad1-8f2f-1d7f0e6f9a11", SourceSettings(name="a", url=url, **settings)
    )


def fetch(**changes: Any) -> Fetch:
    return Fetch(
        **(
            {"allow_private": True, "respect_robots": False, "host_interval": "0s", "timeout": "5s"}
            | changes
        )
    )


def reading(what: Source, since: Validators = NONE, **changes: Any) -> Reading | ReadError:
    async def main() -> Reading | ReadError:
        async with Fetcher(fetch(**changes)) as fetcher:
            try:
                return await read(what, since, fetcher)
            except ReadError as error:
                return error

    return asyncio.run(main())


def whole(result: Reading | ReadError) -> Document:
    assert isinstance(result, Reading), result
    assert result.document is not None
    return result.document


def failed(result: Reading | ReadError, *words: str, state: str = "failing") -> ReadError:
    assert isinstance(result, ReadError), result
    assert result.state == state, str(result)
    for word in words:
        assert word in str(result)
    return result


def of(
    there: Site, *answers: Answer, since: Validators = NONE, **changes: Any
) -> Reading | ReadError:
    """A read of a page that gives these answers."""
    there.serve("/live", *answers)
    return reading(source(there.url("/live")), since, **changes)
