"""`feeder worker`: reads what others schedule, and serves nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from feeder.errors import ConfigError
from feeder.runtime.daemon import allow_many_files, open_daemon, run_until_stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.config import Settings


def run(settings: Settings, ready: Callable[[], object]) -> None:
    """Runs until SIGTERM or SIGINT; calls `ready` as soon as it can read.

    Raises:
        ConfigError: the store is not one that machines can share.
        StoreError: the store cannot be opened, or a command works on it alone.
    """
    if settings.store_file:
        raise ConfigError("a worker needs a store that machines share, in PostgreSQL: set store")
    allow_many_files()
    asyncio.run(_run(settings, ready))


async def _run(settings: Settings, ready: Callable[[], object]) -> None:
    async with open_daemon(settings, "worker") as daemon:
        await run_until_stopped(daemon, ready, daemon.live(reads=True))
        if daemon.lost:
            raise daemon.lost
