"""Hostile pages and networks (docs/reliability.md): what only shows where all rooms work together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from loopback import page, redirect

from feeder.config import Fetch
from feeder.errors import ReadError
from feeder.read import Fetcher

if TYPE_CHECKING:
    from loopback import Site


@pytest.mark.row("51")
@pytest.mark.parametrize("hops", [1, 2, 5])
def test_each_hop_of_a_redirect_is_checked(there: Site, hops: int) -> None:
    """0.0.0.0 reaches this very machine, and is allowed to nobody."""
    for hop in range(1, hops):
        there.serve(f"/{hop}", redirect(there.url(f"/{hop + 1}")))
    there.serve(f"/{hops}", redirect(there.url("/secret", "0.0.0.0")))
    there.serve("/secret", page(b"<p>The keys of the harbour</p>"))

    async def main() -> None:
        settings = Fetch(allow_private=True, respect_robots=False, host_interval="0s")
        async with Fetcher(settings) as fetcher:
            await fetcher.get(there.url("/1"), trusted=True)

    with pytest.raises(ReadError, match="reserved"):
        asyncio.run(main())
    assert len(there.asked) == hops
